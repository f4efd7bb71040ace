/** The sold-out cache: whom an isolate refuses by itself, for how long, and whom it must not. */
import { describe, expect, it } from "vitest";
import { SoldOutCache } from "../../src/edge/sold-out-cache.ts";
import { REFRESH_AHEAD_MS, SOLD_OUT_ENTRIES, SOLD_OUT_TTL_MS } from "../../src/limits.ts";
import { NOW } from "../stock/builders.ts";

const SOLD_OUT = { kind: "sold-out" };

function soldOut(backAtMs: number | null = null): SoldOutCache<object> {
	const cache = new SoldOutCache<object>();
	cache.set("lamp", SOLD_OUT, NOW, backAtMs);
	return cache;
}

describe("the sold-out cache", () => {
	it("refuses nobody before the object has said that it is sold out", () => {
		expect(new SoldOutCache().get("lamp", "ada", NOW)).toBeNull();
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
		expect(cache.get("lamp", "ada", NOW + after)).toBe(refuses ? SOLD_OUT : null);
	});

	it("refuses reservations of its own SKU only", () => {
		expect(soldOut().get("lamp-2", "ada", NOW)).toBeNull();
	});

	it("refuses nobody once it is invalidated", () => {
		const cache = soldOut();
		cache.invalidate("lamp");
		expect(cache.get("lamp", "ada", NOW)).toBeNull();
	});

	it("does not refuse a shopper who has something of that SKU", () => {
		const cache = soldOut();
		cache.exempt("lamp", "ada");
		cache.exempt("chair", "bob");
		expect(cache.get("lamp", "ada", NOW)).toBeNull();
		expect(cache.get("lamp", "bob", NOW)).toBe(SOLD_OUT);
	});

	it("lets one request refresh the entry shortly before it expires, and no other until it is refreshed", () => {
		const cache = soldOut();
		expect(cache.claimRefresh("lamp", NOW + SOLD_OUT_TTL_MS - REFRESH_AHEAD_MS - 1)).toBe(false);
		expect(cache.claimRefresh("lamp", NOW + SOLD_OUT_TTL_MS - REFRESH_AHEAD_MS)).toBe(true);
		expect(cache.claimRefresh("lamp", NOW + SOLD_OUT_TTL_MS - 1)).toBe(false);
		expect(cache.get("lamp", "ada", NOW + SOLD_OUT_TTL_MS - 1)).toBe(SOLD_OUT);
		cache.set("lamp", SOLD_OUT, NOW + SOLD_OUT_TTL_MS, null);
		expect(cache.claimRefresh("lamp", NOW + 2 * SOLD_OUT_TTL_MS - 1)).toBe(true);
	});

	it("asks for no refresh of a SKU that it does not have", () => {
		expect(new SoldOutCache().claimRefresh("lamp", NOW)).toBe(false);
	});

	it("keeps a newer refusal for the whole time again", () => {
		const cache = soldOut();
		cache.set("lamp", { kind: "newer" }, NOW + SOLD_OUT_TTL_MS, null);
		expect(cache.get("lamp", "ada", NOW + 2 * SOLD_OUT_TTL_MS - 1)).toEqual({ kind: "newer" });
	});

	it("has no more than SOLD_OUT_ENTRIES entries, and drops the oldest first", () => {
		const cache = soldOut();
		for (let i = 0; i < SOLD_OUT_ENTRIES; i++) cache.set(`sku-${i}`, SOLD_OUT, NOW, null);
		expect(cache.get("lamp", "ada", NOW)).toBeNull();
		expect(cache.get("sku-0", "ada", NOW)).toBe(SOLD_OUT);
	});
});
