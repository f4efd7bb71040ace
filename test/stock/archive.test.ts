/** An archived product at its object: unknown to whoever has nothing of it, and what there is of it goes on. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { migrate } from "../../src/platform/migrate.ts";
import { type ArchiveRequest, WATCHER_HEADER } from "../../src/stock/rpc.ts";
import type { SkuObject } from "../../src/stock/sku.ts";
import { SKU_MIGRATIONS } from "../../src/stock/storage/schema.ts";
import { aDraft, SkuHarness, START } from "./sku-harness.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: START }));
afterEach(() => void vi.useRealTimers());

const request = (ifMatch: ArchiveRequest["ifMatch"] = null, key = crypto.randomUUID() as string) => ({ ifMatch, key });
const archive = (sku: SkuHarness) => sku.object.archive(true, request());
const UNKNOWN = { kind: "unknown-sku" };

/** Ada holds two units of four, Bob pays for the rest, Cyd waits, and Dan has a pre-order that is paid. */
async function busySku(): Promise<SkuHarness> {
	const preorder = { capacity: 5, expectedAtMs: null, termsVersion: "v1" };
	const sku = await SkuHarness.with(4, { waitlistLimit: 5, preorder });
	await sku.reserve("ada", 2);
	await sku.object.pin({ shopperId: "bob", checkoutId: "co-bob", quantity: 2, acceptPreorder: false });
	await sku.buy("dan", 1, true);
	await sku.join("cyd");
	return sku;
}

describe("an archived product", () => {
	it("is unknown to whoever has nothing of it, by whatever they ask", async () => {
		const sku = await busySku();
		await sku.restock(9);
		await archive(sku);
		expect(await sku.reserve("eve")).toEqual(UNKNOWN);
		expect(await sku.join("eve")).toEqual(UNKNOWN);
		expect(await sku.reserve("eve", 1, { ifMatch: "*" })).toEqual(UNKNOWN);
		expect(await sku.buy("eve", 1, true)).toEqual(UNKNOWN);
		expect(await sku.object.availability()).toEqual(UNKNOWN);
		expect(await sku.object.reservation("eve")).toEqual(UNKNOWN);
		expect(await sku.object.release("eve")).toEqual(UNKNOWN);
		expect(await sku.object.extend("eve")).toEqual(UNKNOWN);
		expect((await sku.stored()).reservations.map(({ shopperId }) => shopperId)).not.toContain("eve");
	});

	it("gives nobody more of it than they have, not even who holds some", async () => {
		const sku = await SkuHarness.with(9);
		await sku.reserve("ada", 2);
		await archive(sku);
		expect(await sku.reserve("ada", 3)).toEqual(UNKNOWN);
		const checkout = { shopperId: "ada", checkoutId: "co-ada", acceptPreorder: false };
		expect(await sku.object.pin({ ...checkout, quantity: 3 })).toEqual(UNKNOWN);
		expect(await sku.reserve("ada", 2)).toMatchObject({ kind: "held", created: false });
		expect(await sku.reserve("ada", 1)).toMatchObject({ kind: "held", reservation: { quantity: 1 } });
	});

	it("lets a hold be read, extended, checked out and paid, and one be released", async () => {
		const sku = await busySku();
		await sku.reserve("fay", 1, { wait: true });
		await archive(sku);
		expect(await sku.statusOf("ada")).toBe("held");
		expect(await sku.object.extend("ada")).toMatchObject({ kind: "extended" });
		expect(await sku.buy("ada", 2)).toMatchObject({ kind: "sold" });
		expect(await sku.object.release("fay")).toMatchObject({ kind: "released" });
		expect(await sku.statusOf("fay")).toBe("released");
	});

	it("lets an open checkout be paid, and a sale be refunded into the stock", async () => {
		const sku = await busySku();
		await archive(sku);
		const bob = { shopperId: "bob", checkoutId: "co-bob", quantity: 2, acceptPreorder: false };
		expect(await sku.object.commit(bob)).toMatchObject({ kind: "sold" });
		expect(await sku.object.takeBack("bob", "co-bob", 2)).toMatchObject({ kind: "taken-back" });
		expect(await sku.report()).toMatchObject({ balanced: true, stock: { sold: 1, returned: 2, owed: 0 } });
	});

	it("goes on to fill pre-orders and to serve the waitlist with what is restocked or comes free", async () => {
		const sku = await busySku();
		await archive(sku);
		expect(await sku.restock(1)).toMatchObject({ filledPreorders: 1, promoted: 0 });
		await sku.object.release("ada");
		expect(await sku.statusOf("cyd")).toBe("held");
		expect(await sku.buy("cyd")).toMatchObject({ kind: "sold" });
	});

	it("gives a shopper who bought some, or whose hold ended, no more of it", async () => {
		const sku = await SkuHarness.with(9);
		await sku.buy("ada");
		await sku.reserve("bob");
		await sku.object.release("bob");
		await archive(sku);
		for (const shopperId of ["ada", "bob"]) {
			expect(await sku.reserve(shopperId)).toEqual(UNKNOWN);
			expect(await sku.object.reservation(shopperId)).toMatchObject({ kind: "found" });
		}
	});

	it("is watched by those alone who have something of it, and closes the sockets of the others", async () => {
		const sku = await SkuHarness.with(3);
		await sku.reserve("ada");
		const watch = async (shopperId?: string) => {
			const headers = new Headers({ upgrade: "websocket" });
			if (shopperId !== undefined) headers.set(WATCHER_HEADER, shopperId);
			const { status, webSocket } = await sku.stub.fetch("https://sku/live", { headers });
			const seen = { status, closed: false, socket: webSocket };
			webSocket?.addEventListener("close", () => {
				seen.closed = true;
			});
			webSocket?.accept();
			return seen;
		};
		const before = await Promise.all([watch(), watch("eve"), watch("ada")]);
		await archive(sku);
		await vi.waitFor(() => expect(before.map(({ closed }) => closed)).toEqual([true, true, false]), 5_000);
		const after = await Promise.all([watch(), watch("eve"), watch("ada")]);
		expect(after.map(({ status }) => status)).toEqual([404, 404, 101]);
		await sku.object.release("ada");
		await vi.waitFor(() => expect([before[2]?.closed, after[2]?.closed]).toEqual([true, true]), 5_000);
	});

	it("stays archived when it is changed, and when its object is loaded again", async () => {
		const sku = await SkuHarness.with(1);
		await archive(sku);
		await sku.object.define(aDraft(sku.id), { change: { title: "Lantern" }, ...request() });
		await sku.object.define(aDraft(sku.id));
		await evictDurableObject(sku.stub);
		expect((await sku.report()).product).toMatchObject({ isArchived: true, revision: 4 });
		expect(await sku.reserve("eve")).toEqual(UNKNOWN);
	});

	it("is sold again when it is taken out of the archive", async () => {
		const sku = await SkuHarness.with(1);
		await archive(sku);
		expect(await sku.object.archive(false, request())).toMatchObject({ product: { isArchived: false, revision: 3 } });
		expect(await sku.object.availability()).toMatchObject({ availability: { status: "in_stock" } });
		expect(await sku.reserve("eve")).toMatchObject({ kind: "held" });
	});
});

describe("archiving", () => {
	it("changes a product once, and is refused by a stale condition only while it would change it", async () => {
		const sku = await SkuHarness.with(0);
		expect(await sku.object.archive(true, request(["7"]))).toEqual({ kind: "stale", revision: 1 });
		expect(await sku.object.archive(true, request(["1"]))).toMatchObject({ product: { revision: 2 } });
		expect(await sku.object.archive(true, request(["1"]))).toMatchObject({ product: { revision: 2 } });
		expect(await sku.object.archive(false, request(["1"]))).toEqual({ kind: "stale", revision: 2 });
	});

	it("answers a request that comes twice with the first answer, whatever its condition", async () => {
		const sku = await SkuHarness.with(0);
		const first = request(["1"]);
		const answer = await sku.object.archive(true, first);
		expect(answer).toMatchObject({ kind: "defined", product: { revision: 2 } });
		expect(await sku.object.archive(true, first)).toEqual(answer);
	});

	it("stores nothing for a SKU that nobody has defined", async () => {
		const sku = new SkuHarness(`sku-${crypto.randomUUID()}`);
		expect(await archive(sku)).toEqual(UNKNOWN);
		await runInDurableObject(sku.stub, async (_object: SkuObject, { storage }) => {
			expect((await storage.list()).size).toBe(0);
			expect(
				storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'").toArray(),
			).toEqual([]);
		});
	});

	it("finds a product that was stored before there were archives, and is not archived", async () => {
		const sku = new SkuHarness(`sku-${crypto.randomUUID()}`);
		await runInDurableObject(sku.stub, (_object: SkuObject, { storage }) => {
			migrate(storage, SKU_MIGRATIONS);
			const product = { ...aDraft(sku.id), revision: 1, updatedAtMs: 1 };
			storage.sql.exec("INSERT INTO product VALUES (1, ?)", JSON.stringify(product));
		});
		await evictDurableObject(sku.stub);
		expect((await sku.report()).product).toMatchObject({ isArchived: false });
		expect(await archive(sku)).toMatchObject({ kind: "defined", product: { isArchived: true, revision: 2 } });
	});
});
