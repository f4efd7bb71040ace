/** The sold-out cache: whom an isolate refuses by itself, for how long, and whom it must not. */
import { describe, expect, it } from "vitest";
import { SoldOutCache } from "../../src/edge/sold-out-cache.ts";
import { REFRESH_AHEAD_MS, SOLD_OUT_ENTRIES, SOLD_OUT_TTL_MS } from "../../src/limits.ts";
import { NOW } from "../stock/builders.ts";

const SOLD_OUT = { kind: "sold-out" };

/** The object answers at once. */
function tell(cache: SoldOutCache<object>, sku: string, atMs: number, refusal: object = SOLD_OUT): void {
	cache.set(sku, refusal, true, cache.beginAsking(sku, atMs), null);
}

function soldOut(backAtMs: number | null = null, refusesWaiters = true): SoldOutCache<object> {
	const cache = new SoldOutCache<object>();
	cache.set("lamp", SOLD_OUT, refusesWaiters, cache.beginAsking("lamp", NOW), backAtMs);
	return cache;
}

describe("the sold-out cache", () => {
	it("refuses nobody before the object has said that it is sold out", () => {
		expect(new SoldOutCache().get("lamp", false, NOW)).toBeNull();
	});

	it.each([
		{ backAtMs: null, after: 0, refuses: true },
		{ backAtMs: null, after: SOLD_OUT_TTL_MS - 1, refuses: true },
		{ backAtMs: null, after: SOLD_OUT_TTL_MS, refuses: false },
		{ backAtMs: 300, after: 299, refuses: true },
		{ backAtMs: 300, after: 300, refuses: false },
		{ backAtMs: SOLD_OUT_TTL_MS + 5_000, after: SOLD_OUT_TTL_MS, refuses: false },
	])("refuses after $after ms, when units may be back after $backAtMs ms: $refuses", ({ backAtMs, after, refuses }) => {
		const cache = soldOut(backAtMs === null ? null : NOW + backAtMs);
		expect(cache.get("lamp", false, NOW + after)).toBe(refuses ? SOLD_OUT : null);
	});

	it("refuses who would wait only when the object said that nobody can", () => {
		expect(soldOut(null, false).get("lamp", false, NOW)).toBe(SOLD_OUT);
		expect(soldOut(null, false).get("lamp", true, NOW)).toBeNull();
		expect(soldOut(null, true).get("lamp", true, NOW)).toBe(SOLD_OUT);
	});

	it("does not take an answer that was on its way when units were freed", () => {
		const cache = new SoldOutCache<object>();
		const asking = cache.beginAsking("lamp", NOW);
		cache.invalidate("lamp");
		cache.set("lamp", SOLD_OUT, true, asking, null);
		expect(cache.get("lamp", false, NOW)).toBeNull();
		tell(cache, "lamp", NOW);
		expect(cache.get("lamp", false, NOW)).toBe(SOLD_OUT);
	});

	it("says when the object was asked for the refusal, while there is one", () => {
		const cache = soldOut();
		expect(cache.askedAtMs("lamp", NOW + SOLD_OUT_TTL_MS - 1)).toBe(NOW);
		expect(cache.askedAtMs("lamp", NOW + SOLD_OUT_TTL_MS)).toBeNull();
		expect(cache.askedAtMs("chair", NOW)).toBeNull();
	});

	it("says how long ago units came free here, whether or not it had a refusal", () => {
		const cache = new SoldOutCache<object>();
		expect(cache.freedAgoMs("lamp", NOW)).toBe(Number.POSITIVE_INFINITY);
		cache.invalidate("lamp", NOW);
		expect(cache.freedAgoMs("lamp", NOW + 300)).toBe(300);
		expect(cache.freedAgoMs("chair", NOW + 300)).toBe(Number.POSITIVE_INFINITY);
	});

	it("counts the time from when the object was asked, however long its answer took", () => {
		const cache = new SoldOutCache<object>();
		const asking = cache.beginAsking("lamp", NOW);
		// The answer comes 600 ms later.
		cache.set("lamp", SOLD_OUT, true, asking, null);
		expect(cache.get("lamp", false, NOW + SOLD_OUT_TTL_MS - 1)).toBe(SOLD_OUT);
		expect(cache.get("lamp", false, NOW + SOLD_OUT_TTL_MS)).toBeNull();
	});

	it("refuses reservations of its own SKU only", () => {
		expect(soldOut().get("lamp-2", false, NOW)).toBeNull();
	});

	it("refuses nobody once it is invalidated", () => {
		const cache = soldOut();
		cache.invalidate("lamp");
		expect(cache.get("lamp", false, NOW)).toBeNull();
	});

	it("knows the shoppers who have something of that SKU", () => {
		const cache = soldOut();
		cache.exempt("lamp", "ada");
		cache.exempt("chair", "bob");
		expect([cache.isExempt("lamp", "ada"), cache.isExempt("lamp", "bob")]).toEqual([true, false]);
	});

	it("lets one request refresh the entry shortly before it expires, and no other until it is refreshed", () => {
		const cache = soldOut();
		expect(cache.claimRefresh("lamp", NOW + SOLD_OUT_TTL_MS - REFRESH_AHEAD_MS - 1)).toBe(false);
		expect(cache.claimRefresh("lamp", NOW + SOLD_OUT_TTL_MS - REFRESH_AHEAD_MS)).toBe(true);
		expect(cache.claimRefresh("lamp", NOW + SOLD_OUT_TTL_MS - 1)).toBe(false);
		expect(cache.get("lamp", false, NOW + SOLD_OUT_TTL_MS - 1)).toBe(SOLD_OUT);
		tell(cache, "lamp", NOW + SOLD_OUT_TTL_MS);
		expect(cache.claimRefresh("lamp", NOW + 2 * SOLD_OUT_TTL_MS - 1)).toBe(true);
	});

	it("asks for no refresh of a SKU that it does not have", () => {
		expect(new SoldOutCache().claimRefresh("lamp", NOW)).toBe(false);
	});

	it("keeps a newer refusal for the whole time again", () => {
		const cache = soldOut();
		tell(cache, "lamp", NOW + SOLD_OUT_TTL_MS, { kind: "newer" });
		expect(cache.get("lamp", false, NOW + 2 * SOLD_OUT_TTL_MS - 1)).toEqual({ kind: "newer" });
	});

	it("has no more than SOLD_OUT_ENTRIES entries, and drops the oldest first", () => {
		const cache = soldOut();
		for (let i = 0; i < SOLD_OUT_ENTRIES; i++) tell(cache, `sku-${i}`, NOW);
		expect(cache.get("lamp", false, NOW)).toBeNull();
		expect(cache.get("sku-0", false, NOW)).toBe(SOLD_OUT);
	});
});
