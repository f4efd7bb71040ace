/**
 * The one module of the Workers' runtime that Holdfast's objects import, for Node: `cloudflare:workers`. Only the base
 * class is needed. Whoever imports an object imports this file first.
 */
import { registerHooks } from "node:module";

export class DurableObject<Environment> {
	readonly ctx: unknown;
	readonly env: Environment;

	constructor(ctx: unknown, env: Environment) {
		this.ctx = ctx;
		this.env = env;
	}
}

registerHooks({
	resolve: (specifier, context, next) =>
		specifier === "cloudflare:workers" ? { url: import.meta.url, shortCircuit: true } : next(specifier, context),
});
