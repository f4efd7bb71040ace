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
	const nobody = { actor: null };
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

	const read = entries.map((row) => ({ ...row, ...nobody }));
	expect(await sku.object.journal(0, 10)).toEqual({ kind: "journal", entries: read });
	expect(await sku.object.journal(2, 1)).toEqual({ kind: "journal", entries: read.slice(2, 3) });
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

describe("what was stored before checkouts gave back what was there before them", () => {
	/** The migrations before the one that made room for what a checkout has to restore. */
	const BEFORE_PINS = SKU_MIGRATIONS.slice(0, 4);
	const NOW = Date.now();

	/** Ada pays for a hold of 2 that has 5 minutes left, Bob's pre-order is unpaid, and Cyd has bought. */
	async function storedBefore(): Promise<SkuHarness> {
		const sku = new SkuHarness(`sku-${crypto.randomUUID()}`);
		await runInDurableObject(sku.stub, (_object: SkuObject, { storage }) => {
			migrate(storage, BEFORE_PINS);
			const { sql } = storage;
			const policy = { limitPerShopper: 3, preorder: { capacity: 5, expectedAtMs: null, termsVersion: "v1" } };
			const product = { ...aDraft(sku.id, policy), revision: 1, updatedAtMs: 1 };
			sql.exec("INSERT INTO product VALUES (1, ?)", JSON.stringify(product));
			sql.exec("INSERT INTO stock VALUES (1, 3, 0, 0, 0, 2, 1, 0, 1, 0, 0, 0, 4, 4, 0)");
			sql.exec("INSERT INTO journal_pages (lastSeq, atMs, received, adjusted, entries) VALUES (4, ?, 3, 0, '[]')", NOW);
			const reservation = `INSERT INTO reservations (id, shopperId, quantity, status, expiresAtMs, heldUntilMs, checkoutId,
				endedAtMs, extensions, offered, returned, version, createdAtMs) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 2, ?)`;
			sql.exec(reservation, ...["r1", "ada", 2, "paying", NOW + 900_000, NOW + 300_000, "co-ada", null, NOW]);
			sql.exec(reservation, ...["r2", "cyd", 1, "sold", null, null, "co-cyd", NOW, NOW]);
			sql.exec(
				`INSERT INTO preorders (id, shopperId, checkoutId, quantity, status, expiresAtMs, termsVersion, returned, version,
					createdAtMs) VALUES ('p1', 'bob', 'co-bob', 1, 'pending', ?, 'v1', 0, 0, ?)`,
				...[NOW + 900_000, NOW],
			);
		});
		await evictDurableObject(sku.stub);
		return sku;
	}

	it("is balanced, and goes on: a pinned hold is restored, a pre-order is owed, a refund is noted", async () => {
		const sku = await storedBefore();
		expect((await sku.report()).balanced).toBe(true);
		expect(await sku.object.unpin("ada", "co-ada", true, 1)).toMatchObject({ kind: "unpinned" });
		expect(await sku.object.reservation("ada")).toMatchObject({
			reservation: { id: "r1", status: "held", quantity: 2, expiresAtMs: NOW + 300_000 },
		});
		const paid = { shopperId: "bob", checkoutId: "co-bob", quantity: 1, acceptPreorder: true, attempt: 1 };
		expect(await sku.object.commit(paid)).toMatchObject({ kind: "owed", preorderId: "p1" });
		await sku.object.givenBack("cyd", "co-cyd", 1, 1);
		await sku.object.release("ada");
		expect(await sku.reserve("cyd", 1)).toMatchObject({ kind: "held" });
		expect((await sku.report()).balanced).toBe(true);
	});

	it("is asked by callers of then, who name no attempt, no terms and no refund", async () => {
		const sku = await storedBefore();
		const old = { shopperId: "ada", checkoutId: "co-ada", quantity: 2, acceptPreorder: false };
		expect(await sku.object.pin(old)).toMatchObject({ kind: "pinned", reservationId: "r1", payByMs: NOW + 780_000 });
		expect(await sku.object.commit(old)).toMatchObject({ kind: "sold", reservationId: "r1" });
		expect(await sku.object.unpin("bob", "co-bob", false)).toMatchObject({ kind: "unpinned" });
		expect(await sku.object.takeBack("ada", "co-ada", 2)).toMatchObject({ kind: "taken-back" });
		expect(await sku.report()).toMatchObject({ balanced: true, stock: { available: 2, sold: 1, pending: 0 } });
	});
});

describe("an attempt that ended before it was noted whose it was", () => {
	const BEFORE_OWNERS = SKU_MIGRATIONS.slice(0, 9);

	it("is over all the same, and its shopper's later ones are named to who erases them", async () => {
		const sku = new SkuHarness(`sku-${crypto.randomUUID()}`);
		await runInDurableObject(sku.stub, (_object: SkuObject, { storage }) => {
			migrate(storage, BEFORE_OWNERS);
			const product = { ...aDraft(sku.id), revision: 1, updatedAtMs: 1 };
			storage.sql.exec("INSERT INTO product VALUES (1, ?)", JSON.stringify(product));
			storage.sql.exec("INSERT INTO ended_attempts VALUES ('co-1', 7, 'unpinned', ?)", Date.now());
		});
		await evictDurableObject(sku.stub);
		await sku.restock(1);
		const claim = { shopperId: "ada", checkoutId: "co-1", quantity: 1, acceptPreorder: false };
		expect(await sku.object.pin({ ...claim, attempt: 7 })).toEqual({ kind: "attempt-over" });
		await sku.reserve("ada");
		expect(await sku.object.pin({ ...claim, checkoutId: "co-2", attempt: 8 })).toMatchObject({ kind: "pinned" });
		await sku.object.unpin("ada", "co-2", true, 8);
		expect(await sku.object.forgetAddress("ada")).toEqual({
			...{ kind: "forgotten", isPaying: false, checkoutIds: ["co-2"] },
		});
	});
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

describe("what was stored before shoppers could be told by mail", () => {
	const BEFORE_ADDRESSES = SKU_MIGRATIONS.slice(0, 7);
	const NOW = Date.now();

	/** Ada holds the one unit, and Bob waits. The policy knows no offer to the absent. */
	async function storedBefore(): Promise<SkuHarness> {
		const sku = new SkuHarness(`sku-${crypto.randomUUID()}`);
		await runInDurableObject(sku.stub, (_object: SkuObject, { storage }) => {
			migrate(storage, BEFORE_ADDRESSES);
			const { sql } = storage;
			const { offerAbsentMs: _, ...policy } = aPolicy({ waitlistLimit: 9 });
			const product = { ...aDraft(sku.id), policy, revision: 1, updatedAtMs: 1 };
			sql.exec("INSERT INTO product VALUES (1, ?)", JSON.stringify(product));
			sql.exec(`INSERT INTO stock (id, received, adjusted, returned, available, held, sold, waiting, pending, owed, filled,
				cancelled, version, seq, place) VALUES (1, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 3, 3, 1)`);
			sql.exec("INSERT INTO journal_pages (lastSeq, atMs, received, adjusted, entries) VALUES (3, ?, 1, 0, '[]')", NOW);
			const reservation = `INSERT INTO reservations (id, shopperId, quantity, status, expiresAtMs, place, extensions,
				offered, returned, version, createdAtMs) VALUES (?, ?, 1, ?, ?, ?, 0, 0, 0, 1, ?)`;
			sql.exec(reservation, ...["r1", "ada", "held", NOW + 300_000, null, NOW]);
			sql.exec(reservation, ...["r2", "bob", "waiting", null, 1, NOW]);
		});
		await evictDurableObject(sku.stub);
		return sku;
	}

	it("goes on: who waits is there, is offered units for as long as before, and may ask for a mail", async () => {
		const sku = await storedBefore();
		expect(await sku.report()).toMatchObject({ balanced: true, product: { policy: { offerAbsentMs: 3_600_000 } } });
		expect(await sku.object.reservation("bob")).toMatchObject({ reservation: { status: "waiting", notify: false } });
		const notify = { email: "cyd@example.com", origin: "https://shop.example" };
		expect(await sku.reserve("cyd", 1, { wait: true, notify })).toMatchObject({ reservation: { notify: true } });
		await sku.object.release("ada");
		await sku.restock(1);
		const [bob, cyd] = ["bob", "cyd"].map(async (id) => {
			const found = await sku.object.reservation(id);
			return found.kind === "found" ? (found.reservation.expiresAtMs ?? 0) - Date.now() : 0;
		});
		expect(await bob).toBeLessThanOrEqual(300_000);
		expect(await cyd).toBeGreaterThan(3_500_000);
	});

	it("takes requests and drafts of callers of then, which say nothing of it", async () => {
		const sku = await storedBefore();
		const columns = { shopperId: ["cyd"], quantity: [1], wait: [true], ifMatch: [null] };
		expect(await sku.object.reserveMany(columns)).toMatchObject({ grants: { kind: ["waiting"], notify: [false] } });
		const { offerAbsentMs: _, ...policy } = aPolicy();
		const { product } = await sku.object.define({ ...aDraft(sku.id), policy } as ProductDraft);
		expect(product.policy.offerAbsentMs).toBe(3_600_000);
	});
});
