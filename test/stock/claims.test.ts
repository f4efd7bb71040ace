/**
 * What a shopper may claim at the object, by whichever door: never what stands free for somebody ahead, not outside the
 * sale window, not beyond their limit or their time, and not by a message that comes late.
 */
import { runDurableObjectAlarm } from "cloudflare:test";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { MAX_PIN_AGE_MS } from "../../src/limits.ts";
import type { unpackRequests } from "../../src/stock/reserve-columns.ts";
import type { CommitRequest, PinRequest } from "../../src/stock/rpc.ts";
import { aDraft, SkuHarness, START } from "./sku-harness.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: START }));
afterEach(() => void vi.useRealTimers());

const PREORDER = { capacity: 9, expectedAtMs: null, termsVersion: "v1" };

const claim = (shopperId: string, over: Partial<PinRequest & CommitRequest> = {}) => ({
	...{ shopperId, checkoutId: `co-${shopperId}`, quantity: 1, acceptPreorder: true, attempt: 1 },
	...over,
});

describe("a unit that stands free for the head of the waitlist", () => {
	/** Ada waits for 3, and one unit stands free for her. */
	async function oneStandsFree(): Promise<SkuHarness> {
		const sku = await SkuHarness.with(3, { preorder: PREORDER, waitlistLimit: 9 });
		await sku.reserve("first", 2);
		await sku.reserve("second");
		await sku.join("ada", 3);
		await sku.object.release("second");
		expect((await sku.stored()).stock).toMatchObject({ available: 1, waiting: 3 });
		return sku;
	}

	it.each([
		["a pre-order", (sku: SkuHarness) => sku.buy("late", 1, true), "owed"],
		["a late payment", (sku: SkuHarness) => sku.object.commit(claim("late")), "owed"],
		["a checkout", (sku: SkuHarness) => sku.buy("late"), "sold-out"],
		["a reservation", (sku: SkuHarness) => sku.reserve("late"), "sold-out"],
	] as const)("is not given to a later comer by way of %s", async (_, come, kind) => {
		const sku = await oneStandsFree();
		expect(await come(sku)).toMatchObject({ kind });
		expect((await sku.stored()).stock).toMatchObject({ available: 1, sold: 0, waiting: 3 });
		// What comes free from now on goes to who has paid, and the rest to the head with what stands free.
		await sku.object.release("first");
		const owed = kind === "owed" ? 1 : 0;
		expect((await sku.stored()).stock).toMatchObject({ owed: 0, sold: owed });
		expect(await sku.statusOf("ada")).toBe(owed ? "waiting" : "held");
		if (owed) expect(await sku.restock(1)).toMatchObject({ promoted: 3 });
		expect(await sku.statusOf("ada")).toBe("held");
	});

	it("is told to the merchant who restocks as what it is", async () => {
		const sku = await oneStandsFree();
		await sku.buy("late", 2, true);
		// Two are owed, and one of the three that are free then is the head's.
		expect(await sku.restock(2)).toMatchObject({ filledPreorders: 2, promoted: 0, handingOut: 0 });
		expect(await sku.restock(2)).toMatchObject({ filledPreorders: 0, promoted: 3, handingOut: 0 });
	});
});

describe("the sale window", () => {
	async function oneWaits(): Promise<SkuHarness> {
		const sku = await SkuHarness.with(1, { waitlistLimit: 9 });
		await sku.reserve("ada");
		await sku.join("bob");
		return sku;
	}
	const setWindow = (sku: SkuHarness, window: { saleStartsAtMs?: number; saleEndsAtMs?: number }) =>
		sku.object.define(aDraft(sku.id, { waitlistLimit: 9, ...window }));

	it("ends for those who wait too, whatever frees the unit, and what is held may be paid", async () => {
		const sku = await oneWaits();
		await setWindow(sku, { saleEndsAtMs: START + 1_000 });
		vi.setSystemTime(START + 1_000);
		await sku.restock(1);
		expect(await sku.statusOf("bob")).toBe("waiting");
		expect(await sku.buy("bob")).toMatchObject({ kind: "sale-not-open" });
		expect(await sku.buy("ada")).toMatchObject({ kind: "sold" });
		expect((await sku.report()).stock).toMatchObject({ available: 1, waiting: 1, sold: 1 });
	});

	it("begins for those who wait by the alarm, and not before", async () => {
		const sku = await oneWaits();
		await setWindow(sku, { saleStartsAtMs: START + 60_000 });
		await sku.object.release("ada");
		expect(await sku.statusOf("bob")).toBe("waiting");
		expect((await sku.stored()).alarmAtMs).toBeLessThanOrEqual(START + 60_000);
		// The alarm of the hold that is gone rings before that.
		vi.setSystemTime(START + 59_999);
		await runDurableObjectAlarm(sku.stub);
		expect((await sku.stored()).alarmAtMs).toBe(START + 60_000);
		vi.setSystemTime(START + 60_000);
		expect(await runDurableObjectAlarm(sku.stub)).toBe(true);
		expect((await sku.stored()).reservations).toMatchObject([{ status: "released" }, { status: "held" }]);
	});
});

describe("the limit per shopper", () => {
	it.each(["stock", "a pre-order"])(
		"does not count units of %s that were paid back and did not come back",
		async (of) => {
			const sku = await SkuHarness.with(of === "stock" ? 2 : 0, { limitPerShopper: 1, preorder: PREORDER });
			const buy = async (checkoutId: string) => {
				const pinned = await sku.object.pin(claim("ada", { checkoutId }));
				return pinned.kind === "pinned" || pinned.kind === "preordered"
					? await sku.object.commit(claim("ada", { checkoutId }))
					: pinned;
			};
			expect((await buy("c1")).kind).toBe(of === "stock" ? "sold" : "owed");
			if (of !== "stock") await sku.restock(2);
			expect(await buy("c2")).toEqual({ kind: "limit-exceeded", limit: 1, owned: 1 });
			expect(await sku.object.givenBack("ada", "c1", 1, 1)).toEqual({ kind: "given-back" });
			await sku.object.givenBack("ada", "c1", 1, 1);
			expect((await buy("c3")).kind).toBe("sold");
			expect((await buy("c4")).kind).toBe("limit-exceeded");
			expect((await sku.report()).stock).toMatchObject({ sold: 2, returned: 0 });
		},
	);
});

describe("a shopper who does not pay", () => {
	const HOLD_MS = 2_000;
	const doors = {
		"letting go and taking again": async (sku: SkuHarness) => {
			await sku.object.release("ada");
			return (await sku.reserve("ada")).kind;
		},
		"opening and calling off checkouts": async (sku: SkuHarness, n: number) => {
			await sku.object.unpin("ada", `co-${n - 1}`, true, 1);
			return (await sku.object.pin(claim("ada", { checkoutId: `co-${n}`, acceptPreorder: false }))).kind;
		},
	};

	it.each(Object.keys(doors) as (keyof typeof doors)[])("does not keep a unit from others by %s", async (door) => {
		const policy = { holdMs: HOLD_MS, maxExtensions: 1, waitlistLimit: 0, paymentWindowMs: 4_000, paymentGraceMs: 0 };
		const sku = await SkuHarness.with(1, policy);
		await doors[door](sku, 0);
		let othersAskAtMs = START;
		for (let nowMs = START; nowMs < START + 60_000; nowMs += 100) {
			vi.setSystemTime(nowMs);
			if ((nowMs - START) % 900 === 0) await doors[door](sku, (nowMs - START) / 900);
			if (nowMs < othersAskAtMs) continue;
			const result = await sku.reserve("bob");
			if (result.kind === "held") {
				// A hold with its extension, and a checkout that was open when the time was used up.
				expect(nowMs - START).toBeLessThanOrEqual(2 * HOLD_MS + 4_000 + 900);
				return;
			}
			// Others obey Retry-After, to the second.
			expect(result).toMatchObject({ kind: "sold-out", noneForPublic: true });
			const retryAtMs = result.kind === "sold-out" ? (result.retryAtMs ?? nowMs) : nowMs;
			othersAskAtMs = Math.ceil(retryAtMs / 1_000) * 1_000;
		}
		throw new Error("nobody else ever got the unit");
	});

	it.each([
		["reserve", (sku: SkuHarness) => sku.reserve("bob", 100)],
		["check out", (sku: SkuHarness) => sku.object.pin(claim("bob", { quantity: 100, acceptPreorder: false }))],
	] as const)("may take units again when others could not %s what they asked for anyway", async (_, ask) => {
		const policy = { holdMs: HOLD_MS, maxExtensions: 0, paymentWindowMs: 60_000 };
		const sku = await SkuHarness.with(9, policy);
		await sku.reserve("ada");
		expect(await ask(sku)).toMatchObject({ kind: "sold-out" });
		vi.setSystemTime(START + HOLD_MS);
		expect(await sku.reserve("ada")).toMatchObject({ kind: "held" });
	});

	it.each([
		["restock", (sku: SkuHarness) => sku.restock(100)],
		["adjust", (sku: SkuHarness) => sku.object.adjust({ delta: 100, reason: "count", force: false }, null)],
	] as const)("may take units again when a merchant's %s has brought some for everybody", async (_, bring) => {
		const sku = await SkuHarness.with(1, { holdMs: HOLD_MS, maxExtensions: 0, waitlistLimit: 0 });
		await sku.reserve("ada");
		expect(await sku.reserve("bob")).toMatchObject({ kind: "sold-out" });
		vi.setSystemTime(START + HOLD_MS);
		await bring(sku);
		expect(await sku.reserve("ada")).toMatchObject({ kind: "held" });
	});

	it("is told when to come again, and has the unit then if nobody took it", async () => {
		const sku = await SkuHarness.with(1, {
			...{ holdMs: HOLD_MS, maxExtensions: 0 },
			paymentWindowMs: 1_000,
			paymentGraceMs: 0,
		});
		await sku.reserve("ada");
		expect((await sku.reserve("bob")).kind).toBe("sold-out");
		vi.setSystemTime(START + HOLD_MS);
		// That units are free for everybody else must not be remembered as sold out.
		const refusal = { kind: "sold-out", retryAtMs: START + 2 * HOLD_MS, closed: false, noneForPublic: false };
		expect(await sku.reserve("ada")).toMatchObject(refusal);
		expect(await sku.join("ada")).toMatchObject(refusal);
		vi.setSystemTime(START + 2 * HOLD_MS);
		expect((await sku.reserve("ada")).kind).toBe("held");
	});
});

describe("a message of a checkout that comes late", () => {
	it("of an older attempt gives nothing away of what the next one has pinned", async () => {
		const sku = await SkuHarness.with(1);
		await sku.object.pin(claim("ada"));
		await sku.object.unpin("ada", "co-ada", true, 1);
		await sku.object.pin(claim("ada", { attempt: 2 }));
		expect(await sku.object.unpin("ada", "co-ada", true, 1)).toEqual({ kind: "unpinned", freed: 0 });
		expect(await sku.object.commit(claim("ada"))).toEqual({ kind: "lost" });
		expect(await sku.statusOf("ada")).toBe("paying");
		expect(await sku.object.commit(claim("ada", { attempt: 2 }))).toMatchObject({ kind: "sold" });
		for (const total of [1, 1]) await sku.object.takeBack("ada", "co-ada", total, 1);
		expect((await sku.report()).stock).toMatchObject({ sold: 1, available: 0 });
	});

	it("sells nothing once the attempt was answered that its units are lost, though units are free by then", async () => {
		const sku = await SkuHarness.with(0);
		expect(await sku.object.commit(claim("ada", { acceptPreorder: false }))).toEqual({ kind: "lost" });
		await sku.restock(5);
		expect(await sku.object.commit(claim("ada", { acceptPreorder: false }))).toEqual({ kind: "lost" });
		expect((await sku.report()).stock).toMatchObject({ sold: 0, available: 5 });
	});

	it("pins nothing once the attempt has given back its units, nor before it ever had any", async () => {
		const sku = await SkuHarness.with(1);
		await sku.object.unpin("ada", "co-ada", true, 1);
		expect(await sku.object.pin(claim("ada"))).toEqual({ kind: "attempt-over" });
		expect(await sku.object.pin(claim("ada", { attempt: 2 }))).toMatchObject({ kind: "pinned" });
	});

	it("pins nothing when it was refused, and comes once more when units are free and nobody is opening any more", async () => {
		const sku = await SkuHarness.with(0);
		const pin = () => sku.object.pin(claim("ada", { attempt: START, acceptPreorder: false }));
		expect(await pin()).toMatchObject({ kind: "sold-out" });
		await sku.restock(5);
		vi.setSystemTime(START + MAX_PIN_AGE_MS + 1);
		expect(await pin()).toEqual({ kind: "attempt-over" });
		expect((await sku.report()).stock).toMatchObject({ held: 0, available: 5 });
	});

	it("pins nothing in place of a pre-order of its own that was cancelled", async () => {
		const sku = await SkuHarness.with(0, { preorder: PREORDER });
		await sku.object.pin(claim("ada", { attempt: START }));
		await sku.object.commit(claim("ada", { attempt: START }));
		await sku.object.cancelPreorder("ada", "co-ada", START);
		await sku.restock(5);
		vi.setSystemTime(START + MAX_PIN_AGE_MS + 1);
		expect(await sku.object.pin(claim("ada", { attempt: START }))).toEqual({ kind: "attempt-over" });
		expect((await sku.report()).stock).toMatchObject({ held: 0, available: 5 });
	});

	it("sells nothing in place of a pre-order that was paid and then cancelled", async () => {
		const sku = await SkuHarness.with(0, { preorder: PREORDER });
		await sku.object.pin(claim("ada"));
		expect(await sku.object.commit(claim("ada"))).toMatchObject({ kind: "owed" });
		await sku.object.cancelPreorder("ada", "co-ada", 1);
		await sku.restock(5);
		expect(await sku.object.commit(claim("ada"))).toMatchObject({ kind: "owed" });
		expect((await sku.report()).stock).toMatchObject({ sold: 0, owed: 0, available: 5 });
	});

	it("changes nothing, in whatever order and how often the messages of one attempt come", async () => {
		const message = fc.constantFrom("pin", "commit", "unpin", "takeBack", "cancelPreorder");
		const property = fc.asyncProperty(
			fc.array(message, { maxLength: 6 }),
			fc.boolean(),
			async (messages, preorders) => {
				const sku = await SkuHarness.with(preorders ? 0 : 3, preorders ? { preorder: PREORDER } : {});
				const send = async (verb: string, attempt: number) => {
					if (verb === "pin") await sku.object.pin(claim("ada", { attempt }));
					else if (verb === "commit") await sku.object.commit(claim("ada", { attempt }));
					else if (verb === "unpin") await sku.object.unpin("ada", "co-ada", true, attempt);
					else if (verb === "takeBack") await sku.object.takeBack("ada", "co-ada", 1, attempt);
					else await sku.object.cancelPreorder("ada", "co-ada", attempt);
				};
				// Attempt 1 is over, and attempt 2 is under way when its messages come again.
				for (const verb of ["pin", "unpin"]) await send(verb, 1);
				await send("pin", 2);
				const before = await sku.stored();
				for (const verb of messages) await send(verb, 1);
				expect(await sku.stored()).toEqual(before);
			},
		);
		await fc.assert(property, { numRuns: 60 });
	});

	it("is no message of code that names no attempts, which claims again under the same id", async () => {
		const sku = await SkuHarness.with(1);
		const { attempt: _, ...old } = claim("ada");
		for (let round = 0; round < 2; round++) {
			expect(await sku.object.pin(old)).toMatchObject({ kind: "pinned" });
			expect(await sku.object.unpin("ada", "co-ada")).toMatchObject({ kind: "unpinned" });
		}
		expect(await sku.object.commit(old)).toMatchObject({ kind: "sold" });
	});

	it("is told from others for a day, and the memory of it is bounded by that", async () => {
		const sku = await SkuHarness.with(1);
		for (let n = 0; n < 3; n++) await sku.object.unpin("ada", `co-${n}`, true, 1);
		vi.setSystemTime(START + 86_400_001);
		await sku.object.unpin("ada", "co-new", true, 1);
		await sku.tamper("DELETE FROM ended_attempts WHERE checkoutId = 'co-new'");
		expect(await sku.object.pin(claim("ada", { checkoutId: "co-0" }))).toMatchObject({ kind: "pinned" });
	});
});

describe("the terms of a pre-order", () => {
	const byTerms = (termsVersion: string) => claim("ada", { terms: { termsVersion } });
	const setTerms = (sku: SkuHarness, termsVersion: string) =>
		sku.object.define(aDraft(sku.id, { preorder: { ...PREORDER, termsVersion } }));

	it("are those that were accepted by name, or the checkout is refused with the new ones", async () => {
		const sku = await SkuHarness.with(0, { preorder: PREORDER });
		await setTerms(sku, "v2");
		expect(await sku.object.pin(byTerms("v1"))).toEqual({
			kind: "terms-changed",
			preorder: { expectedAtMs: null, termsVersion: "v2", remaining: 9 },
		});
		expect(await sku.object.pin(byTerms("v2"))).toMatchObject({ kind: "preordered", termsVersion: "v2" });
	});

	it("stand as they were accepted when the payment comes late, or the money goes back", async () => {
		const sku = await SkuHarness.with(1, { preorder: PREORDER });
		const pinned = await sku.object.pin(byTerms("v1"));
		expect(pinned).toMatchObject({ kind: "pinned", offer: { termsVersion: "v1", expectedAtMs: null, remaining: 9 } });
		vi.setSystemTime(START + 2_000_000);
		await sku.reserve("bob");
		await setTerms(sku, "v2");
		const accepted = { termsVersion: "v1", expectedAtMs: null, acceptedAtMs: START };
		expect(await sku.object.commit({ ...byTerms("v1"), accepted })).toMatchObject({ kind: "owed", termsVersion: "v1" });
		expect((await sku.stored()).preorders).toMatchObject([{ termsVersion: "v1", createdAtMs: START }]);
		const nothing = claim("cyd", { accepted: null });
		expect(await sku.object.commit(nothing)).toEqual({ kind: "lost" });
	});
});

describe("what a call says that it freed", () => {
	it("is what the public can take now and could not before", async () => {
		const sku = await SkuHarness.with(5, { waitlistLimit: 9 });
		expect(await sku.reserve("ada", 3)).toMatchObject({ kind: "held", freed: 0 });
		expect(await sku.reserve("ada", 2)).toMatchObject({ kind: "held", freed: 1 });
		await sku.object.pin(claim("bob", { quantity: 3 }));
		expect(await sku.reserve("cyd")).toMatchObject({ kind: "sold-out", noneForPublic: true, closed: false });
		expect(await sku.object.unpin("bob", "co-bob", true, 1)).toEqual({ kind: "unpinned", freed: 3 });
		expect(await sku.object.release("ada")).toMatchObject({ kind: "released", freed: 2 });
		// Letting go of nothing frees nothing.
		expect(await sku.object.release("ada")).toMatchObject({ kind: "released", freed: 0 });
		expect(await sku.object.unpin("bob", "co-bob", true, 1)).toEqual({ kind: "unpinned", freed: 0 });
		await sku.reserve("dan", 3);
		expect(await sku.object.pin(claim("dan"))).toMatchObject({ kind: "pinned" });
		expect(await sku.object.commit(claim("dan"))).toMatchObject({ kind: "sold", freed: 2 });
		expect(await sku.object.takeBack("dan", "co-dan", 1, 1)).toEqual({ kind: "taken-back", freed: 1 });
	});

	it("leaves out what went to somebody who waited", async () => {
		const sku = await SkuHarness.with(1, { waitlistLimit: 9 });
		await sku.reserve("ada");
		await sku.join("bob");
		expect(await sku.object.release("ada")).toMatchObject({ kind: "released", freed: 0 });
	});

	it("is left out by code of the version before, whose answers are understood", async () => {
		const sku = await SkuHarness.with(1);
		const object = {
			async reserveMany(packed: Parameters<typeof unpackRequests>[0]) {
				const results = await sku.object.reserveMany(packed);
				if ("kind" in results) return results;
				const { freed: _, ...grants } = results.grants;
				return { ...results, grants };
			},
		};
		const { reserveMany } = await import("../../src/stock/reserve-columns.ts");
		const request = { shopperId: "ada", quantity: 1, wait: false, ifMatch: null };
		expect(await reserveMany(object, [request])).toMatchObject([{ kind: "held", freed: 0 }]);
	});
});

describe("an object whose clock is behind the one that it had", () => {
	it("finds what a checkout has pinned, though its id is older than that of what ended before", async () => {
		const sku = await SkuHarness.with(2);
		await sku.object.pin(claim("ada"));
		await sku.object.unpin("ada", "co-ada", true, 1);
		await sku.object.pin(claim("ada", { attempt: 2 }));
		// As if the second claim had been made by a machine whose clock is behind.
		await sku.tamper("UPDATE reservations SET id = '0' || id WHERE endedAtMs IS NULL");
		expect(await sku.object.commit(claim("ada", { attempt: 2 }))).toMatchObject({ kind: "sold" });
		expect((await sku.report()).stock).toMatchObject({ held: 0, sold: 1, available: 1 });
		await sku.object.takeBack("ada", "co-ada", 1, 2);
		expect((await sku.report()).stock).toMatchObject({ sold: 0, available: 2 });
	});
});
