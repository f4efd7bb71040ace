/** The latch: what an isolate may answer by itself, for how long, and to whom it may not. */
import { describe, expect, it } from "vitest";
import { SoldOutCache } from "../../src/edge/sold-out-cache.ts";
import { REFRESH_AHEAD_MS, SOLD_OUT_ENTRIES, SOLD_OUT_TTL_MS } from "../../src/limits.ts";
import { NOW } from "../stock/builders.ts";

const SOLD_OUT = { kind: "sold-out" };

function closed(backAtMs: number | null = null): SoldOutCache<object> {
	const latch = new SoldOutCache<object>();
	latch.set("lamp", SOLD_OUT, NOW, backAtMs);
	return latch;
}

describe("a latch", () => {
	it("lets everybody pass until the object has refused everybody", () => {
		expect(new SoldOutCache().get("lamp", "ada", NOW)).toBeNull();
	});

	it.each([
		{ backAtMs: null, after: 0, answers: true },
		{ backAtMs: null, after: SOLD_OUT_TTL_MS - 1, answers: true },
		{ backAtMs: null, after: SOLD_OUT_TTL_MS, answers: false },
		{ backAtMs: 300, after: 299, answers: true },
		{ backAtMs: 300, after: 300, answers: false },
		{ backAtMs: SOLD_OUT_TTL_MS + 5_000, after: SOLD_OUT_TTL_MS, answers: false },
	])("with units back after $backAtMs ms answers after $after ms: $answers", ({ backAtMs, after, answers }) => {
		const latch = closed(backAtMs === null ? null : NOW + backAtMs);
		expect(latch.get("lamp", "ada", NOW + after)).toBe(answers ? SOLD_OUT : null);
	});

	it("answers for its own SKU only", () => {
		expect(closed().get("lamp-2", "ada", NOW)).toBeNull();
	});

	it("is open at once when units may have come free through this isolate", () => {
		const latch = closed();
		latch.invalidate("lamp");
		expect(latch.get("lamp", "ada", NOW)).toBeNull();
	});

	it("lets those pass who got something of that SKU, since they ask for what they have", () => {
		const latch = closed();
		latch.exempt("lamp", "ada");
		latch.exempt("chair", "bob");
		expect(latch.get("lamp", "ada", NOW)).toBeNull();
		expect(latch.get("lamp", "bob", NOW)).toBe(SOLD_OUT);
	});

	it("sends one asker for news shortly before it opens, and no other until it has them", () => {
		const latch = closed();
		expect(latch.claimRefresh("lamp", NOW + SOLD_OUT_TTL_MS - REFRESH_AHEAD_MS - 1)).toBe(false);
		expect(latch.claimRefresh("lamp", NOW + SOLD_OUT_TTL_MS - REFRESH_AHEAD_MS)).toBe(true);
		expect(latch.claimRefresh("lamp", NOW + SOLD_OUT_TTL_MS - 1)).toBe(false);
		expect(latch.get("lamp", "ada", NOW + SOLD_OUT_TTL_MS - 1)).toBe(SOLD_OUT);
		latch.set("lamp", SOLD_OUT, NOW + SOLD_OUT_TTL_MS, null);
		expect(latch.claimRefresh("lamp", NOW + 2 * SOLD_OUT_TTL_MS - 1)).toBe(true);
	});

	it("wants no news where nothing is closed", () => {
		expect(new SoldOutCache().claimRefresh("lamp", NOW)).toBe(false);
	});

	it("is closed anew by a newer answer, for as long again", () => {
		const latch = closed();
		latch.set("lamp", { kind: "newer" }, NOW + SOLD_OUT_TTL_MS, null);
		expect(latch.get("lamp", "ada", NOW + 2 * SOLD_OUT_TTL_MS - 1)).toEqual({ kind: "newer" });
	});

	it("remembers no more SKUs than it may, and forgets the oldest first", () => {
		const latch = closed();
		for (let i = 0; i < SOLD_OUT_ENTRIES; i++) latch.set(`sku-${i}`, SOLD_OUT, NOW, null);
		expect(latch.get("lamp", "ada", NOW)).toBeNull();
		expect(latch.get("sku-0", "ada", NOW)).toBe(SOLD_OUT);
	});
});
