/** The real object of a SKU, with a storage in memory and an alarm that rings in virtual time. */
import { DEFAULT_POLICY, type Policy } from "../../catalog/policy.ts";
import type { Product } from "../../catalog/product.ts";
import { SkuObject } from "../../stock/sku.ts";
import { MemorySql } from "./memory-store.ts";
import type { VirtualTime } from "./virtual-time.ts";

export const SKU = "LAMP";

/** D1 as the object asks it: who listens to webhooks. Nobody does. */
const NOBODY = { prepare: () => ({ all: async () => ({ results: [] }) }) };

export class SkuInMemory {
	readonly object: SkuObject;
	readonly #sql = new MemorySql();

	constructor(time: VirtualTime) {
		const sql = this.#sql;
		const storage = {
			sql,
			transactionSync: <T>(work: () => T): T => sql.transaction(work),
			setAlarm: async (atMs: number) => {
				time.after(atMs - Date.now(), () => void this.object.alarm());
			},
		};
		const ctx = { storage, waitUntil: () => {}, getWebSockets: () => [] };
		const env = { DB: NOBODY, ORDERS: { send: async () => {} } };
		this.object = new SkuObject(ctx as unknown as DurableObjectState, env as unknown as Env);
	}

	/** Statements that have stored something so far. */
	get writes(): number {
		return this.#sql.writes;
	}

	async sell(units: number, policy: Partial<Policy>): Promise<Product> {
		const shown = { title: "Lamp", description: null, imageUrl: null, priceMinor: 1999, currency: "USD" };
		const { product } = await this.object.define({ sku: SKU, ...shown, policy: { ...DEFAULT_POLICY, ...policy } });
		await this.restock("first", units);
		return product as Product;
	}

	async restock(reference: string, units: number): Promise<void> {
		const request = { quantity: units, reference, ifOnHand: null, actor: "crowd" };
		const result = await this.object.restock(request, { key: reference, fingerprint: reference });
		if (result.kind !== "restocked") throw new Error(`the restock was answered ${result.kind}`);
	}

	close(): void {
		this.#sql.close();
	}
}
