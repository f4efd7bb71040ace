/**
 * Fakes of D1 and the queue, which plain `workerd` does not have. Products are a Map behind the statements of
 * `src/catalog/product-store.ts`, and the cache in front of it is the real one. Messages to the queue are counted and
 * dropped. Purchases are timed where there are a real D1 and queues (`../purchase.ts`).
 */
import { operations } from "./counted.ts";

interface Row {
	readonly revision: number;
	readonly json: string;
}

const products = new Map<string, Row>();

/** A statement of the product store, with its bindings. */
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

	async all(): Promise<{ results: { sku: string; json: string }[] }> {
		if (!this.#query.startsWith("SELECT sku, json FROM products")) throw new Error(`no D1 here: ${this.#query}`);
		const skus = JSON.parse(String(this.#bindings[0])) as string[];
		const results = skus.flatMap((sku) => {
			const row = products.get(sku);
			return row === undefined ? [] : [{ sku, json: row.json }];
		});
		return { results };
	}

	async run(): Promise<void> {
		if (this.#query.startsWith("INSERT INTO open_skus")) return;
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

const complete = new WeakMap<Env, Env>();

/** The environment with fakes in it. It is made once for each environment, since every request needs it. */
export function withFakes(env: Env): Env {
	let made = complete.get(env);
	if (made === undefined) {
		made = { ...env, DB, ORDERS };
		complete.set(env, made);
	}
	return made;
}
