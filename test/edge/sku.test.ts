/** What each call to a SKU leaves in the isolate's memory. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { ProductDraft } from "../../src/catalog/product.ts";
import { IsolateMemory } from "../../src/edge/isolate-memory.ts";
import { EdgeSku } from "../../src/edge/sku.ts";
import { invalidateAfter, type SkuCall } from "../../src/edge/stale-after.ts";
import { CALL_TIMEOUT_MS } from "../../src/limits.ts";
import type { PackedRequests, PackedResults, ReserveResult, SkuRpc } from "../../src/stock/rpc.ts";
import { newProduct } from "../support/merchant.ts";

const REFUSAL = { kind: "sold-out", preorder: null, retryAtMs: null, closed: true } as const satisfies ReserveResult;
const KEYED = { key: "delivery-1", fingerprint: "f" };

/** The isolate has just been told that this SKU is sold out. */
const latch = ({ soldOut }: IsolateMemory, sku: string, refusesWaiters = true): void =>
	soldOut.set(sku, REFUSAL, refusesWaiters, soldOut.beginAsking(sku, Date.now()), null);

/** A SKU for which every cache of the isolate has an entry. */
async function knownSku(): Promise<{ sku: EdgeSku; memory: IsolateMemory }> {
	const memory = new IsolateMemory({ batching: false });
	const sku = new EdgeSku({ env, memory, keepAlive: () => {} }, await newProduct({ units: 2 }));
	await Promise.all([sku.product(), sku.availability()]);
	latch(memory, sku.name);
	return { sku, memory };
}

/** The caches that still have an entry. None can load here, so a result comes from the cache. */
async function remembered({ products, availability, soldOut }: IsolateMemory, sku: string): Promise<string[]> {
	const nobody = () => Promise.reject();
	const entries = {
		product: products.fresh(sku, Date.now()),
		availability: await availability.get(sku, Date.now(), nobody, () => {}).catch(() => null),
		soldOut: soldOut.get(sku, true, Date.now()),
	};
	return Object.entries(entries).flatMap(([name, entry]) => (entry === null ? [] : [name]));
}

const reserve = (sku: EdgeSku, shopperId: string, ifMatch: "*" | null = null) =>
	sku.reserve({ shopperId, quantity: 1, wait: false, ifMatch });

describe("EdgeSku", () => {
	it.each<[string, (sku: EdgeSku) => Promise<unknown>, string[]]>([
		["define", (sku) => sku.define({ title: "Lamp" }, null), []],
		["archive", (sku) => sku.archive(true, null), []],
		["restock", (sku) => sku.restock({ quantity: 1, reference: null, ifOnHand: null }, KEYED), ["product"]],
		["adjust", (sku) => sku.adjust({ delta: -1, reason: "broken", force: false }, KEYED), ["product", "soldOut"]],
		["release of nothing", (sku) => sku.release("ada"), ["product", "soldOut"]],
		["releaseById of nothing", (sku) => sku.releaseById("nobody's", null, "admin"), ["product", "soldOut"]],
		["cancelPreorder of nothing", (sku) => sku.cancelPreorder("ada", "co_1"), ["product", "soldOut"]],
		["reservation", (sku) => sku.reservation("ada"), ["product", "availability", "soldOut"]],
		["extend", (sku) => sku.extend("ada"), ["product", "availability", "soldOut"]],
		["stock", (sku) => sku.stock(), ["product", "availability", "soldOut"]],
		["reservations", (sku) => sku.reservations(null, "", 1), ["product", "availability", "soldOut"]],
		["journal", (sku) => sku.journal(0, 1), ["product", "availability", "soldOut"]],
		["reserve, refused from memory", (sku) => reserve(sku, "ada"), ["product", "availability", "soldOut"]],
		["reserve, refused by the object", (sku) => reserve(sku, "ada", "*"), ["product", "availability", "soldOut"]],
		["adjust upwards", (sku) => sku.adjust({ delta: 1, reason: "found", force: false }, KEYED), ["product"]],
	])("%s keeps the cache entries that it cannot have changed", async (_, call, left) => {
		const { sku, memory } = await knownSku();
		await call(sku);
		expect(await remembered(memory, sku.name)).toEqual(left);
	});

	it("sends a changed product whole too, to an object whose code is older than changes", async () => {
		const { sku, memory } = await knownSku();
		await sku.define({ policy: { holdMs: 60_000, waitlistLimit: 7 } }, null);
		// Such an object takes the first argument and knows no other.
		const older = {
			getByName: (name: string) => {
				const stub = env.SKU.getByName(name) as unknown as SkuRpc;
				return { stock: () => stub.stock(), define: (draft: ProductDraft) => stub.define(draft) };
			},
		};
		const edge = { env: { ...env, SKU: older as unknown as Env["SKU"] }, memory, keepAlive: () => {} };
		const changed = await new EdgeSku(edge, sku.name).define({ title: "Lamp" }, null);
		expect(changed).toMatchObject({
			kind: "defined",
			created: false,
			product: { title: "Lamp", priceMinor: 1999, policy: { holdMs: 60_000, waitlistLimit: 7 } },
		});
	});

	it("reserve exempts a successful shopper from the sold-out cache, and invalidates the availability", async () => {
		const { sku, memory } = await knownSku();
		memory.soldOut.invalidate(sku.name);
		expect(await reserve(sku, "ada")).toMatchObject({ kind: "held", created: true });
		latch(memory, sku.name);
		expect(await remembered(memory, sku.name)).toEqual(["product", "soldOut"]);
		expect(await reserve(sku, "ada")).toMatchObject({ kind: "held", created: false });
		expect(await reserve(sku, "bob")).toEqual(REFUSAL);
	});
});

describe("a call to the SKU's object", () => {
	const NOBODY_GOT_ANYTHING: PackedResults["grants"] = {
		...{ kind: [], created: [], id: [], quantity: [], status: [] },
		...{ expiresAtMs: [], version: [], position: [], extensionsLeft: [] },
	};

	/** A SKU whose object is played: it refuses each request in this way, after `before`. */
	function played(refusal: ReserveResult, before: () => void = () => {}) {
		const memory = new IsolateMemory({ batching: false });
		const calls: PackedRequests[] = [];
		const reserveMany = async (packed: PackedRequests): Promise<PackedResults> => {
			calls.push(packed);
			before();
			return {
				grants: NOBODY_GOT_ANYTHING,
				refusals: packed.shopperId.map(() => refusal) as PackedResults["refusals"],
			};
		};
		const SKU = { getByName: () => ({ reserveMany }) };
		return { memory, calls, sku: new EdgeSku({ env: { ...env, SKU } as never, memory, keepAlive: () => {} }, "lamp") };
	}

	it("says until when its callers wait", async () => {
		const { sku, calls } = played(REFUSAL);
		const before = Date.now();
		await reserve(sku, "ada");
		expect(calls[0]?.untilMs).toBeGreaterThanOrEqual(before + CALL_TIMEOUT_MS);
		expect(calls[0]?.untilMs).toBeLessThanOrEqual(Date.now() + CALL_TIMEOUT_MS);
	});

	it("leaves no memory of a refusal that was on its way when units were freed", async () => {
		const { sku, calls, memory } = played(REFUSAL, () => invalidateAfter(memory, "release", ["lamp"], ["lamp"]));
		expect(await reserve(sku, "ada")).toEqual(REFUSAL);
		await reserve(sku, "bob");
		expect(calls).toHaveLength(2);
	});

	it("is remembered by `closed` when the object is of the version before, which says no more", async () => {
		const closed = played(REFUSAL);
		const open = played({ ...REFUSAL, closed: false });
		for (const { sku } of [closed, open]) {
			await reserve(sku, "ada");
			await sku.reserve({ shopperId: "bob", quantity: 1, wait: true, ifMatch: null });
		}
		expect([closed.calls.length, open.calls.length]).toEqual([1, 2]);
	});
});

describe("invalidateAfter", () => {
	it.each<[SkuCall, string[]]>([
		["openCheckout", ["product", "soldOut"]],
		["readEndedCheckout", ["product", "soldOut"]],
		["paymentOfOpenCheckout", ["product", "soldOut"]],
		["paymentOfEndedCheckout", ["product"]],
		["cancelCheckout", ["product"]],
		["refund", ["product"]],
	])("%s keeps the cache entries that it cannot have changed, and those of other SKUs", async (call, left) => {
		const { sku, memory } = await knownSku();
		invalidateAfter(memory, call, ["another-sku"]);
		expect(await remembered(memory, sku.name)).toEqual(["product", "availability", "soldOut"]);
		invalidateAfter(memory, call, ["another-sku", sku.name]);
		expect(await remembered(memory, sku.name)).toEqual(left);
	});
});
