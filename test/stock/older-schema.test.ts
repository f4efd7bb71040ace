/** A SKU that earlier code stored, as a deploy in the middle of a sale finds it. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { expect, it } from "vitest";
import { migrate } from "../../src/platform/migrate.ts";
import type { SkuObject } from "../../src/stock/sku.ts";
import { SKU_MIGRATIONS } from "../../src/stock/storage/schema.ts";
import { aDraft, SkuHarness } from "./sku-harness.ts";

/** The migrations before the one that put the journal on pages. */
const BEFORE_PAGES = SKU_MIGRATIONS.slice(0, 2);

it("reads a journal of one row an entry as it was, balances it and continues it", async () => {
	const sku = new SkuHarness(`sku-${crypto.randomUUID()}`);
	const entry = { subjectId: null, checkoutId: null, sold: 0 };
	const entries = [
		{
			...entry,
			seq: 1,
			atMs: 10,
			kind: "received",
			quantity: 5,
			shopperId: null,
			note: "pallet",
			available: 5,
			held: 0,
		},
		{
			...entry,
			seq: 2,
			atMs: 20,
			kind: "adjusted",
			quantity: -2,
			shopperId: null,
			note: "broken",
			available: 3,
			held: 0,
		},
		{ ...entry, seq: 3, atMs: 20, kind: "held", quantity: 1, shopperId: "ada", note: null, available: 2, held: 1 },
		{ ...entry, seq: 4, atMs: 30, kind: "released", quantity: 1, shopperId: "ada", note: null, available: 3, held: 0 },
	];
	await runInDurableObject(sku.stub, (_object: SkuObject, { storage }) => {
		migrate(storage, BEFORE_PAGES);
		const { sql } = storage;
		sql.exec("INSERT INTO product VALUES (1, ?)", JSON.stringify({ ...aDraft(sku.id), revision: 1, updatedAtMs: 1 }));
		sql.exec("INSERT INTO stock VALUES (1, 5, -2, 0, 3, 0, 0, 0, 0, 0, 0, 0, 4, 4, 0)");
		for (const row of entries) {
			const names = Object.keys(row);
			sql.exec(`INSERT INTO journal (${names}) VALUES (${names.map(() => "?")})`, ...Object.values(row));
		}
	});
	await evictDurableObject(sku.stub);

	expect(await sku.object.journal(0, 10)).toEqual({ kind: "journal", entries });
	expect(await sku.object.journal(2, 1)).toEqual({ kind: "journal", entries: entries.slice(2, 3) });
	expect((await sku.report()).balanced).toBe(true);
	expect((await sku.reserve("bob")).kind).toBe("held");
	expect(await sku.object.journal(4, 10)).toMatchObject({ entries: [{ seq: 5, kind: "held", shopperId: "bob" }] });
});
