/** A SKU that earlier code stored, as a deploy in the middle of a sale finds it. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { Policy } from "../../src/catalog/policy.ts";
import type { ProductDraft } from "../../src/catalog/product.ts";
import { migrate } from "../../src/platform/migrate.ts";
import type { SkuObject } from "../../src/stock/sku.ts";
import { SKU_MIGRATIONS } from "../../src/stock/storage/schema.ts";
import { aPolicy } from "./builders.ts";
import { aDraft, SkuHarness, START } from "./sku-harness.ts";

/** The migrations before the one that put the journal on pages. */
const BEFORE_PAGES = SKU_MIGRATIONS.slice(0, 2);
/** The migrations before the one that carries sums of old rows. */
const BEFORE_SUMS = SKU_MIGRATIONS.slice(0, 3);

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

it("takes up thousands of rows from before sums were carried, balances them at once, and folds them", async () => {
	vi.useFakeTimers({ toFake: ["Date"], now: START });
	onTestFinished(() => void vi.useRealTimers());
	const sku = new SkuHarness(`sku-${crypto.randomUUID()}`);
	await runInDurableObject(sku.stub, (_object: SkuObject, { storage }) => {
		migrate(storage, BEFORE_SUMS);
		const { sql } = storage;
		sql.exec("INSERT INTO product VALUES (1, ?)", JSON.stringify({ ...aDraft(sku.id), revision: 1, updatedAtMs: 1 }));
		sql.exec("INSERT INTO stock VALUES (1, 20000, 0, 0, 20000, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0)");
		const entry = [1, "received", 20_000, null, null, null, "pallet", 20_000, 0, 0];
		sql.exec("INSERT INTO journal_pages VALUES (1, 10, 20000, 0, ?)", JSON.stringify([entry]));
	});
	await sku.plantPast(20_000, START - 90 * 86_400_000);
	const expected = { balanced: true, stock: { sold: 2_000, available: 18_000 } };
	expect(await sku.report()).toMatchObject(expected);
	await sku.foldAll();
	expect(await sku.report()).toMatchObject(expected);
	expect((await sku.stored()).reservations).toHaveLength(2_000);
	expect(await sku.object.journal(0, 10)).toMatchObject({ entries: [{ seq: 1, kind: "received" }] });
});

describe("a SKU stored by version 0.1, which called waitlistLimit lineLimit", () => {
	/** A draft as a Worker of version 0.1 sends it; a product as its object stored it. */
	function draftOf01(id: string, lineLimit: number): ProductDraft {
		const { waitlistLimit: _, ...policy } = aPolicy();
		return { ...aDraft(id), policy: { ...policy, lineLimit } as unknown as Policy };
	}

	/** The limit is neither the default of 1 for a single held unit nor unlimited. */
	async function storedBy01(lineLimit: number): Promise<SkuHarness> {
		const sku = new SkuHarness(`sku-${crypto.randomUUID()}`);
		await runInDurableObject(sku.stub, (_object: SkuObject, { storage }) => {
			migrate(storage, SKU_MIGRATIONS);
			const product = { ...draftOf01(sku.id, lineLimit), revision: 1, updatedAtMs: 1 };
			storage.sql.exec("INSERT INTO product VALUES (1, ?)", JSON.stringify(product));
		});
		await evictDurableObject(sku.stub);
		await sku.restock(1);
		await sku.reserve("ada");
		return sku;
	}

	const storedLimits = (sku: SkuHarness) =>
		runInDurableObject(sku.stub, (_object: SkuObject, { storage }) => {
			const { json } = storage.sql.exec<{ json: string }>("SELECT json FROM product").one();
			const { waitlistLimit, lineLimit } = JSON.parse(json).policy;
			return { waitlistLimit, lineLimit };
		});

	it("obeys its lineLimit", async () => {
		const sku = await storedBy01(3);
		expect((await sku.report()).product.policy).toMatchObject({ waitlistLimit: 3 });
		expect((await sku.join("bob", 2)).kind).toBe("waiting");
		expect((await sku.join("cyd", 2)).kind).toBe("sold-out");
		expect((await sku.join("cyd", 1)).kind).toBe("waiting");
		expect((await sku.join("dan", 1)).kind).toBe("sold-out");
	});

	it("is stored with both names when a Worker of this version defines it again", async () => {
		const sku = await storedBy01(3);
		await sku.object.define(aDraft(sku.id, { waitlistLimit: 5 }));
		expect(await storedLimits(sku)).toEqual({ waitlistLimit: 5, lineLimit: 5 });
		expect((await sku.join("bob", 5)).kind).toBe("waiting");
		expect((await sku.join("cyd", 1)).kind).toBe("sold-out");
	});

	it("understands a Worker of version 0.1 that defines it with lineLimit alone", async () => {
		const sku = await storedBy01(3);
		const { product } = await sku.object.define(draftOf01(sku.id, 4));
		expect(product).toMatchObject({ revision: 2, policy: { waitlistLimit: 4 } });
		expect(await storedLimits(sku)).toEqual({ waitlistLimit: 4, lineLimit: 4 });
		expect((await sku.join("bob", 4)).kind).toBe("waiting");
		expect((await sku.join("cyd", 1)).kind).toBe("sold-out");
	});
});
