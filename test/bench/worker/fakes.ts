/**
 * What stands where D1 and the queue would: plain `workerd` has neither.
 *
 * The products are a Map behind the statements of `catalog/store.ts`; reading one is as quick as nothing, and the catalogue's
 * cache in front of it is the product's own. Messages to the queue are counted and dropped. Not here: purchases that are
 * timed, which happen where D1 and queues are (`../purchase.ts`).
 */
import { operations } from "./counted.ts";

interface Row {
	readonly revision: number;
	readonly json: string;
}

const products = new Map<string, Row>();

/** One of the statements that the catalogue makes, with its bindings. */
class Statement {
	readonly #query: string;
	readonly #bindings: readonly unknown[];

	constructor(query: string, bindings: readonly unknown[] = []) {
		this.#query = query;
		this.#bindings = bindings;
	}

	bind(...bindings: unknown[]): Statement {
		return new Statement(this.#query, bindings);
	}

	async first(): Promise<{ json: string } | null> {
		if (!this.#query.startsWith("SELECT json FROM products WHERE sku =")) throw new Error(`no D1 here: ${this.#query}`);
		return products.get(String(this.#bindings[0])) ?? null;
	}

	async run(): Promise<void> {
		if (!this.#query.startsWith("INSERT INTO products")) throw new Error(`no D1 here: ${this.#query}`);
		const [sku, revision, json] = this.#bindings as [string, number, string];
		products.set(sku, { revision, json });
	}
}

const DB = { prepare: (query: string) => new Statement(query) } as unknown as D1Database;
const ORDERS = {
	async send() {
		operations.queueMessages += 1;
	},
	async sendBatch(messages: Iterable<unknown>) {
		operations.queueMessages += [...messages].length;
	},
} as unknown as Queue;

const whole = new WeakMap<Env, Env>();

/** The same environment for the same environment: made once, since it is wanted for every request. */
export function withStandIns(env: Env): Env {
	let made = whole.get(env);
	if (made === undefined) {
		made = { ...env, DB, ORDERS };
		whole.set(env, made);
	}
	return made;
}
