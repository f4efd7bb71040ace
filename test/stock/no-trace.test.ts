/**
 * A checkout that ends without a sale leaves no trace: whatever it did and however it ended, every shopper is shown what
 * they would be shown without it. Two SKUs live through the same story; in one of them there is a checkout besides.
 */
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { PinRequest } from "../../src/stock/rpc.ts";
import { SkuHarness, START } from "./sku-harness.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: START }));
afterEach(() => void vi.useRealTimers());

const PREORDER = { capacity: 9, expectedAtMs: null, termsVersion: "v1" };

/** What GET answers to this shopper; the version alone tells that there was something. */
async function shown(sku: SkuHarness, shopperId: string) {
	const found = await sku.object.reservation(shopperId);
	if (found.kind !== "found") return found.kind;
	const { status, quantity, expiresAtMs, position, extensionsLeft } = found.reservation;
	return { status, quantity, expiresAtMs, position, extensionsLeft };
}

describe("a checkout that ends without a sale", () => {
	const checkout: PinRequest = { shopperId: "ada", checkoutId: "c1", quantity: 1, acceptPreorder: true, attempt: 1 };

	it.each([
		{ holds: 3, wants: 1 },
		{ holds: 1, wants: 3 },
		{ holds: 2, wants: 2 },
	])("gives back a hold of $holds of which it wanted $wants, until its former end", async ({ holds, wants }) => {
		const sku = await SkuHarness.with(5);
		await sku.reserve("ada", holds);
		const before = await shown(sku, "ada");
		expect(await sku.object.pin({ ...checkout, quantity: wants })).toMatchObject({ kind: "pinned" });
		expect(await sku.statusOf("ada")).toBe("paying");
		// Nobody else gets a unit that may have to be given back.
		expect((await sku.reserve("bob", 6 - Math.max(holds, wants))).kind).toBe("sold-out");
		vi.setSystemTime(START + 60_000);
		await sku.object.unpin("ada", "c1", false, 1);
		expect(await shown(sku, "ada")).toEqual(before);
		expect((await sku.report()).stock).toMatchObject({ held: holds, available: 5 - holds });
	});

	it("gives back what is left of a hold that lapsed in part meanwhile", async () => {
		const sku = await SkuHarness.with(5);
		await sku.reserve("ada", 3);
		await sku.object.pin(checkout);
		vi.setSystemTime(START + 600_000);
		expect((await sku.report()).stock).toMatchObject({ held: 1, available: 4 });
		expect(await sku.object.unpin("ada", "c1", true, 1)).toEqual({ kind: "unpinned", freed: 1 });
		expect(await shown(sku, "ada")).toMatchObject({ status: "expired", quantity: 3 });
	});

	it("leaves the first of the waitlist where they stood, also when its pre-order was pending", async () => {
		const sku = await SkuHarness.with(1, { preorder: PREORDER, waitlistLimit: 9 });
		await sku.reserve("first");
		await sku.join("ada");
		await sku.join("bob");
		expect(await sku.object.pin(checkout)).toMatchObject({ kind: "preordered" });
		expect(await shown(sku, "ada")).toMatchObject({ status: "waiting", position: 1 });
		await sku.object.unpin("ada", "c1", true, 1);
		await sku.object.release("first");
		expect(await shown(sku, "ada")).toMatchObject({ status: "held" });
		expect(await shown(sku, "bob")).toMatchObject({ status: "waiting", position: 1 });
	});

	it("shows nothing to a shopper who had nothing", async () => {
		const sku = await SkuHarness.with(5);
		await sku.object.pin(checkout);
		await sku.object.unpin("ada", "c1", true, 1);
		expect(await sku.object.reservation("ada")).toEqual({ kind: "no-reservation", lastStatus: null });
	});

	// ---- Any of them

	type Ending = "refused" | "unpinned" | "run out" | "run out, then unpinned";
	const story = fc.record({
		units: fc.integer({ min: 1, max: 6 }),
		/** Whom the checkout is of, and two others, in the order in which they come. */
		order: fc.constantFrom(["ada", "bob", "cyd"], ["bob", "ada", "cyd"], ["bob", "cyd", "ada"]),
		quantities: fc.tuple(...[1, 2, 3].map(() => fc.integer({ min: 0, max: 4 }))),
		holdMs: fc.constantFrom(5_000, 20_000, 40_000),
		windowMs: fc.constantFrom(4_000, 15_000),
		preorder: fc.constantFrom(null, PREORDER),
		saleEndsAtMs: fc.constantFrom(null, null, START + 6_000),
		wants: fc.integer({ min: 1, max: 5 }),
		acceptPreorder: fc.boolean(),
		opensAfterMs: fc.constantFrom(0, 2_000, 7_000),
		endsAfterMs: fc.constantFrom(0, 1_000, 4_000, 8_000, 16_000),
		ending: fc.constantFrom<Ending>("refused", "unpinned", "run out", "run out, then unpinned"),
		repeats: fc.boolean(),
	});

	it("shows every shopper what they would be shown without it", { timeout: 120_000 }, async () => {
		const live = { paid: 0, preordered: 0, pinned: 0 };
		const property = fc.asyncProperty(story, async (s) => {
			vi.setSystemTime(START);
			const graceMs = 1_000;
			const policy = {
				...{ holdMs: s.holdMs, offerMs: s.holdMs, paymentWindowMs: s.windowMs, paymentGraceMs: graceMs },
				...{ preorder: s.preorder, waitlistLimit: 9, saleEndsAtMs: s.saleEndsAtMs },
			};
			const [sku, twin] = await Promise.all([SkuHarness.with(s.units, policy), SkuHarness.with(s.units, policy)]);
			for (const [index, shopperId] of s.order.entries()) {
				const quantity = s.quantities[index] ?? 0;
				if (quantity > 0) for (const each of [sku, twin]) await each.join(shopperId, quantity);
			}
			let nowMs = START;
			// No alarm rings by this clock, and what falls due has its effect when the object is called: so both are, often.
			const pass = async (ms: number) => {
				for (const endMs = nowMs + ms; nowMs < endMs; ) {
					nowMs = Math.min(endMs, nowMs + 1_000);
					vi.setSystemTime(nowMs);
					await Promise.all([sku, twin].map(({ object }) => object.availability()));
				}
			};
			await pass(s.opensAfterMs);
			const { status, expiresAtMs } = (await shown(sku, "ada")) as { status?: string; expiresAtMs?: number };
			const heldUntilMs = status === "held" ? (expiresAtMs ?? 0) : Number.POSITIVE_INFINITY;
			const request = { ...checkout, quantity: s.wants, acceptPreorder: s.acceptPreorder };
			const times = s.repeats ? 2 : 1;
			for (let n = 0; n < times; n++) {
				const { kind } = await sku.object.pin({ ...request, probe: s.ending === "refused" });
				if (kind === "pinned" || kind === "preordered") live[kind]++;
			}
			await pass(s.ending.startsWith("run out") ? s.windowMs + graceMs : s.endsAfterMs);
			if (s.ending.endsWith("unpinned")) {
				for (let n = 0; n < times; n++) await sku.object.unpin("ada", "c1", s.repeats, 1);
				// A message that comes late changes nothing either.
				if (s.repeats) expect(await sku.object.pin(request)).toEqual({ kind: "attempt-over" });
			}
			// Units that a checkout may be paid for come free for those who wait when it ends, and not when the hold would have.
			const affected = nowMs > heldUntilMs ? ["ada"] : s.order;
			for (const laterMs of [0, 1, 2_999, 17_000, 41_000]) {
				await pass(laterMs);
				for (const shopperId of affected) {
					expect(await shown(sku, shopperId), `${shopperId} ${laterMs} ms later`).toEqual(await shown(twin, shopperId));
				}
			}
			const { stock, balanced } = await sku.report();
			const { available, held, waiting, pending } = (await twin.report()).stock;
			expect(balanced).toBe(true);
			if (affected === s.order) expect(stock).toMatchObject({ available, held, waiting, pending });
		});
		await fc.assert(property, { numRuns: 80 });
		// The stories are not all refusals.
		expect(Math.min(live.pinned, live.preordered)).toBeGreaterThan(5);
	});
});
