/**
 * A SKU of a test's own, behind the stub that the Worker uses, and a look at what its object has stored that does not go
 * through the object: reading by its methods would bring the books up to the clock first.
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

/** Midnight of a sale far enough ahead that workerd's own clock rings no alarm of a test that has set its own. */
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
	readonly reservations: readonly (Omit<Reservation, "offered"> & { readonly offered: number })[];
	readonly preorders: readonly Preorder[];
	readonly journal: readonly JournalRow[];
	readonly alarmAtMs: number | null;
}

export class Shelf {
	readonly sku: string;

	constructor(sku: string) {
		this.sku = sku;
	}

	/** A SKU that the merchant has defined and stocked. */
	static async with(units: number, policy: Partial<Policy> = {}): Promise<Shelf> {
		const shelf = new Shelf(`sku-${crypto.randomUUID()}`);
		await shelf.object.define(aDraft(shelf.sku, policy));
		if (units > 0) await shelf.restock(units);
		return shelf;
	}

	/** Made anew each time: one whose object has died stays dead. */
	get stub(): DurableObjectStub<SkuObject> {
		return env.SKU.getByName(this.sku);
	}

	get object(): SkuRpc {
		return this.stub as unknown as SkuRpc;
	}

	async reserve(shopperId: string, quantity = 1, over: Partial<ReserveRequest> = {}): Promise<ReserveResult> {
		const answers = await reserveMany(this.object, [{ shopperId, quantity, wait: false, ifMatch: null, ...over }]);
		if (!Array.isArray(answers)) return answers;
		const [answer] = answers;
		if (answer === undefined) throw new Error("one request, no answer");
		return answer;
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

	/** By way of a checkout, from the second stock check to the payment. */
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
					// What D1 has heard by now is no part of the stock, and comes when it comes.
					({ recordedVersion: _, ...preorder }) => preorder,
				),
				journal: rows<JournalRow>(`SELECT ${JOURNAL_COLUMNS} FROM journal ORDER BY seq`),
				alarmAtMs: await storage.getAlarm(),
			};
		});
	}

	/** As a fault of the machine, or of somebody who writes where only the object may. */
	tamper(statement: string): Promise<void> {
		return runInDurableObject(this.stub, (_object: SkuObject, { storage }) => {
			storage.sql.exec(statement);
		});
	}
}
