/** Bindings that count what a request asks of objects and of D1, to be passed to `callWith`. */
import { env } from "cloudflare:workers";

export interface Counted {
	/** For `callWith`. */
	readonly bindings: Readonly<Record<string, unknown>>;
	/** Calls so far. A stub is taken for each call to an object, a statement is prepared for each query. */
	readonly calls: { sku: number; checkout: number; database: number };
}

export function counted(): Counted {
	const calls = { sku: 0, checkout: 0, database: 0 };
	const SKU = {
		getByName(name: string) {
			calls.sku += 1;
			return env.SKU.getByName(name);
		},
	};
	const CHECKOUT = {
		getByName(name: string) {
			calls.checkout += 1;
			return env.CHECKOUT.getByName(name);
		},
	};
	const DB = {
		prepare(sql: string) {
			calls.database += 1;
			return env.DB.prepare(sql);
		},
	};
	return { bindings: { SKU, CHECKOUT, DB }, calls };
}

/** A D1 that cannot be reached. */
export const NO_DATABASE = {
	prepare() {
		throw new Error("D1_ERROR: Network connection lost.");
	},
};
