/**
 * A SKU of a test's own, called through the stub that the Worker uses. `stored` reads past the object: its methods
 * would end what is due first.
 */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { Policy } from "../../src/catalog/policy.ts";
import type { ProductDraft } from "../../src/catalog/product.ts";
import { reserveMany } from "../../src/stock/reserve-columns.ts";
import type { ReserveRequest, ReserveResult, SkuRpc, StockReport } from "../../src/stock/rpc.ts";
import { EMPTY_STOCK, type Preorder, type Reservation, type Stock } from "../../src/stock/rules/model.ts";
import type { SkuObject } from "../../src/stock/sku.ts";
import { JOURNAL_COLUMNS, type JournalRow } from "../../src/stock/storage/journal.ts";
import { aPolicy } from "./builders.ts";

/**
 * The time of tests that set the clock: so far ahead that workerd, which has its own clock, rings none of their alarms.
 */
export const START = Date.UTC(2099, 11, 12);

export const aDraft = (sku: string, policy: Partial<Policy> = {}): ProductDraft => ({
	sku,
	title: "Lamp",
	description: null,
	imageUrl: null,
	priceMinor: 1999,
	currency: "USD",
	policy: aPolicy(policy),
});

/** What the object has stored, read past it. */
export interface Stored {
	readonly stock: Stock;
	readonly reservations: readonly (Omit<Reservation, "offered" | "pin"> & {
		readonly offered: number;
		/** As JSON. */
		readonly pin: string | null;
	})[];
	readonly preorders: readonly Preorder[];
	readonly journal: readonly JournalRow[];
	readonly alarmAtMs: number | null;
}

export class SkuHarness {
	readonly id: string;

	constructor(id: string) {
		this.id = id;
	}

	/** A SKU that the merchant has defined and stocked. */
	static async with(units: number, policy: Partial<Policy> = {}): Promise<SkuHarness> {
		const sku = new SkuHarness(`sku-${crypto.randomUUID()}`);
		await sku.object.define(aDraft(sku.id, policy));
		if (units > 0) await sku.restock(units);
		return sku;
	}

	/** A new stub each time: a stub whose object has died stays broken. */
	get stub(): DurableObjectStub<SkuObject> {
		return env.SKU.getByName(this.id);
	}

	get object(): SkuRpc {
		return this.stub as unknown as SkuRpc;
	}

	async reserve(shopperId: string, quantity = 1, over: Partial<ReserveRequest> = {}): Promise<ReserveResult> {
		const results = await reserveMany(this.object, [{ shopperId, quantity, wait: false, ifMatch: null, ...over }]);
		if (!Array.isArray(results)) return results;
		const [result] = results;
		if (result === undefined) throw new Error("no result");
		return result;
	}

	join(shopperId: string, quantity = 1): Promise<ReserveResult> {
		return this.reserve(shopperId, quantity, { wait: true });
	}

	async restock(quantity: number, key: string = crypto.randomUUID()) {
		return await this.object.restock(
			{ quantity, reference: null, ifOnHand: null },
			{ key, fingerprint: `${quantity}` },
		);
	}

	/** Buys through a checkout, from the second stock check to the payment. */
	async buy(shopperId: string, quantity = 1, acceptPreorder = false) {
		const checkout = { shopperId, checkoutId: `co-${shopperId}`, quantity, acceptPreorder };
		const pinned = await this.object.pin(checkout);
		if (pinned.kind !== "pinned" && pinned.kind !== "preordered") return pinned;
		return await this.object.commit(checkout);
	}

	async report(): Promise<StockReport> {
		const report = await this.object.stock();
		if (report.kind !== "stock") throw new Error(report.kind);
		return report;
	}

	async statusOf(shopperId: string): Promise<string> {
		const found = await this.object.reservation(shopperId);
		return found.kind === "found" ? found.reservation.status : found.kind;
	}

	stored(): Promise<Stored> {
		return runInDurableObject(this.stub, async (_object: SkuObject, { storage }) => {
			const rows = <T>(query: string): T[] => storage.sql.exec(query).toArray() as T[];
			return {
				stock: rows<Stock>("SELECT * FROM stock")[0] ?? EMPTY_STOCK,
				reservations: rows<Stored["reservations"][number]>("SELECT * FROM reservations ORDER BY id"),
				preorders: rows<Preorder & { recordedVersion?: number }>("SELECT * FROM preorders ORDER BY id").map(
					// What D1 has acknowledged is no part of the stock, and changes at any time.
					({ recordedVersion: _, ...preorder }) => preorder,
				),
				journal: rows<JournalRow>(`SELECT ${JOURNAL_COLUMNS} FROM journal ORDER BY seq`),
				alarmAtMs: await storage.getAlarm(),
			};
		});
	}

	/** Changes the stored rows behind the object's back. */
	tamper(statement: string): Promise<void> {
		return runInDurableObject(this.stub, (_object: SkuObject, { storage }) => {
			storage.sql.exec(statement);
		});
	}
}
