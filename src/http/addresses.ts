/**
 * What each address answers: its methods, and the query parameters of each. Made of the declared routes, so nothing is
 * listed twice, and on first use: most requests have no query and a right method, and never ask.
 */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import type { AppEnv } from "./context.ts";
import { Problem } from "./problems.ts";
import { invalidRequest } from "./route.ts";

/** The query parameters of each method. */
type Methods = ReadonlyMap<string, ReadonlySet<string>>;

interface Address {
	readonly pattern: RegExp;
	readonly method: string;
	readonly parameters: ReadonlySet<string>;
}

/** Pages that are no operation of the API. */
const PAGES: readonly Address[] = [{ pattern: /^\/docs$/, method: "GET", parameters: new Set() }];

function addressesOf(app: OpenAPIHono<AppEnv>): Address[] {
	return app.openAPIRegistry.definitions.flatMap((definition) => {
		if (definition.type !== "route") return [];
		const { method, path, request } = definition.route;
		const pattern = new RegExp(`^${path.replaceAll(".", "\\.").replace(/\{\w+\}/g, "[^/]+")}$`);
		const query = request?.query as { readonly shape: object } | undefined;
		return [{ pattern, method: method.toUpperCase(), parameters: new Set(Object.keys(query?.shape ?? {})) }];
	});
}

export class Addresses {
	readonly #app: OpenAPIHono<AppEnv>;
	#known: readonly Address[] | null = null;

	readonly #isHidden: (c: Context<AppEnv>) => boolean;

	/**
	 * @param app asked on first use, when it has all of its routes
	 * @param isHidden whether this deployment is to answer as if it had no such address
	 */
	constructor(app: OpenAPIHono<AppEnv>, isHidden: (c: Context<AppEnv>) => boolean) {
		this.#app = app;
		this.#isHidden = isHidden;
	}

	#methodsAt(c: Context<AppEnv>): Methods {
		if (this.#isHidden(c)) return new Map();
		const { path } = c.req;
		this.#known ??= [...addressesOf(this.#app), ...PAGES];
		return new Map(
			this.#known.flatMap(({ pattern, method, parameters }) => (pattern.test(path) ? [[method, parameters]] : [])),
		);
	}

	/** The value of `Allow` (RFC 9110, section 10.2.1); null where there is nothing. */
	#allowedAt(c: Context<AppEnv>): string | null {
		const methods = [...this.#methodsAt(c).keys()];
		if (methods.length === 0) return null;
		return [...methods, ...(methods.includes("GET") ? ["HEAD"] : []), "OPTIONS"].sort().join(", ");
	}

	/** Says in the answer to OPTIONS what the address allows. */
	readonly allow = createMiddleware<AppEnv>(async (c, next) => {
		const allowed = this.#allowedAt(c);
		if (allowed !== null) c.header("allow", allowed);
		await next();
	});

	/**
	 * The answer where no route answers: to OPTIONS what is allowed.
	 * @throws Problem `method-not-allowed` or `not-found`
	 */
	readonly notFound = (c: Context<AppEnv>): Response => {
		const { method, path } = c.req;
		const allowed = this.#allowedAt(c);
		if (allowed === null) throw new Problem("not-found", `Nothing answers ${method} ${path}.`);
		if (method === "OPTIONS") return c.body(null, 204);
		throw new Problem("method-not-allowed", `${path} does not answer ${method}.`, { headers: { allow: allowed } });
	};

	/**
	 * Refuses a query with a parameter that the route does not declare, that comes twice, or that is not UTF-8. A filter
	 * that is misspelt would otherwise be answered with everything. The provider's webhooks are let through: it sends
	 * them to the address that a merchant once gave it, with whatever query, and they must not be lost.
	 */
	readonly strictQuery = createMiddleware<AppEnv>(async (c, next) => {
		const { url, method, path } = c.req;
		const start = url.indexOf("?");
		if (start >= 0 && !path.startsWith("/webhooks/")) {
			const parameters = this.#methodsAt(c).get(method === "HEAD" ? "GET" : method);
			if (parameters !== undefined) checkQuery(url.slice(start + 1).split("#", 1)[0] ?? "", parameters);
		}
		await next();
	});
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
