/**
 * A SKU of a test's own, called through the stub that the Worker uses. `stored` reads past the object: its methods
 * would end what is due first.
 */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { vi } from "vitest";
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

	/** Rows that SQLite reads while the object does this. */
	async rowsRead(work: (object: SkuRpc) => Promise<unknown>): Promise<number> {
		return (await this.#rows(work)).read;
	}

	/** Rows that SQLite writes while the object does this, those of indices too. */
	async rowsWritten(work: (object: SkuRpc) => Promise<unknown>): Promise<number> {
		return (await this.#rows(work)).written;
	}

	#rows(work: (object: SkuRpc) => Promise<unknown>): Promise<{ read: number; written: number }> {
		return runInDurableObject(this.stub, async (object: SkuObject, { storage: { sql } }) => {
			const cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = [];
			const exec = sql.exec.bind(sql);
			sql.exec = ((query: string, ...bindings: SqlStorageValue[]) => {
				const cursor = exec(query, ...bindings);
				cursors.push(cursor);
				return cursor;
			}) as SqlStorage["exec"];
			try {
				await work(object as unknown as SkuRpc);
			} finally {
				sql.exec = exec;
			}
			const sum = (rows: "rowsRead" | "rowsWritten") => cursors.reduce((all, cursor) => all + cursor[rows], 0);
			return { read: sum("rowsRead"), written: sum("rowsWritten") };
		});
	}

	/**
	 * So many reservations that ended, as earlier code left them: a tenth was sold, and ten were pinned by checkouts that
	 * never paid. The object is then loaded anew.
	 */
	async plantPast(rows: number, endedAtMs: number): Promise<void> {
		await this.tamper(`WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ${rows})
			INSERT INTO reservations (id, shopperId, quantity, status, expiresAtMs, place, extensions, offered, checkoutId,
				returned, version, createdAtMs, endedAtMs, heldUntilMs)
			SELECT 'past-' || i, 'past-' || i, 1, CASE i % 10 WHEN 0 THEN 'sold' WHEN 1 THEN 'expired' ELSE 'released' END,
				NULL, NULL, 0, 0, IIF(i % 10 = 0 OR (i % 10 = 1 AND i < 100), 'past-' || i, NULL), 0, 2, ${endedAtMs},
				${endedAtMs}, NULL FROM n`);
		await this.tamper(`UPDATE stock SET sold = sold + ${rows / 10}, available = available - ${rows / 10}`);
		await evictDurableObject(this.stub);
	}

	/** Rings the alarm, on a stopped clock that it moves on, until everything that is due to be folded was. */
	async foldAll(): Promise<void> {
		for (let rings = 0; rings < 1_000; rings++) {
			await this.object.availability();
			const { alarmAtMs } = await this.stored();
			if (alarmAtMs === null || alarmAtMs > Date.now() + 10_000) return;
			vi.setSystemTime(Math.max(Date.now(), alarmAtMs));
			await runDurableObjectAlarm(this.stub);
		}
		throw new Error("folding has no end");
	}

	/** Changes the stored rows behind the object's back. */
	tamper(statement: string): Promise<void> {
		return runInDurableObject(this.stub, (_object: SkuObject, { storage }) => {
			storage.sql.exec(statement);
		});
	}
}
