/**
 * Refuses a query with a parameter that the route does not declare, that comes twice, or that is not UTF-8. A filter
 * that is misspelt would otherwise be answered with everything.
 *
 * `route.ts` puts it behind the other middleware of every route: who may not ask at all learns that first. The
 * provider's webhooks are no such route: it sends them to the address that a merchant once gave it, with whatever query,
 * and they must not be lost.
 */
import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "./context.ts";
import { invalidRequest } from "./problems.ts";

/** @param parameters the names of those that the route declares */
export function strictQuery(parameters: readonly string[]): MiddlewareHandler<AppEnv> {
	const known = new Set(parameters);
	// Not async: most requests have no query, and every request of a drop passes here.
	return (c, next) => {
		const { url } = c.req;
		const start = url.indexOf("?");
		if (start >= 0) checkQuery(url.slice(start + 1).split("#", 1)[0] ?? "", known);
		return next();
	};
}

/** @throws Problem `invalid-request` */
function checkQuery(query: string, parameters: ReadonlySet<string>): void {
	const seen = new Set<string>();
	for (const pair of query.split("&")) {
		if (pair === "") continue;
		const [encoded = "", ...values] = pair.split("=");
		const name = decode(encoded);
		const fault = faultOf(name, values.map(decode), parameters, seen);
		if (fault !== null) throw invalidRequest([{ path: [name ?? encoded], message: fault }]);
		seen.add(name ?? encoded);
	}
}

function faultOf(
	name: string | null,
	values: readonly (string | null)[],
	parameters: ReadonlySet<string>,
	seen: ReadonlySet<string>,
): string | null {
	if (name === null || values.includes(null)) return "must be percent-encoded UTF-8";
	if (!parameters.has(name)) return "is not a parameter of this address";
	return seen.has(name) ? "comes twice" : null;
}

/** Null when it is not UTF-8: half of a surrogate pair has no form in it. */
function decode(encoded: string): string | null {
	try {
		return decodeURIComponent(encoded.replaceAll("+", " "));
	} catch {
		return null;
	}
}
