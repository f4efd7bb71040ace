/**
 * What each address answers, for a request by a method that it does not have. Made of the declared routes, so nothing is
 * listed twice, and on first use: most requests have a right method, and never ask.
 */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import type { AppEnv } from "./context.ts";
import { Problem } from "./problems.ts";

interface Address {
	readonly pattern: RegExp;
	readonly method: string;
}

/** Pages that are no operation of the API. */
const PAGES: readonly Address[] = [
	{ pattern: /^\/docs$/, method: "GET" },
	{ pattern: /^\/problems\/[^/]+$/, method: "GET" },
];

function addressesOf(app: OpenAPIHono<AppEnv>): Address[] {
	return app.openAPIRegistry.definitions.flatMap((definition) => {
		if (definition.type !== "route") return [];
		const { method, path } = definition.route;
		const pattern = new RegExp(`^${path.replaceAll(".", "\\.").replace(/\{\w+\}/g, "[^/]+")}$`);
		return [{ pattern, method: method.toUpperCase() }];
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

	#methodsAt(c: Context<AppEnv>): string[] {
		if (this.#isHidden(c)) return [];
		const { path } = c.req;
		this.#known ??= [...addressesOf(this.#app), ...PAGES];
		return this.#known.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
	}

	/** The value of `Allow` (RFC 9110, section 10.2.1); null where there is nothing. */
	#allowedAt(c: Context<AppEnv>): string | null {
		const methods = this.#methodsAt(c);
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
}
