/** The latch: what an isolate may answer by itself, for how long, and to whom it may not. */
import { describe, expect, it } from "vitest";
import { Latch } from "../../src/edge/sold-out-cache.ts";
import { LATCH_ENTRIES, LATCH_MS, NEWS_MS } from "../../src/limits.ts";
import { NOW } from "../stock/builders.ts";

const SOLD_OUT = { kind: "sold-out" };

function closed(backAtMs: number | null = null): Latch<object> {
	const latch = new Latch<object>();
	latch.close("lamp", SOLD_OUT, NOW, backAtMs);
	return latch;
}

describe("a latch", () => {
	it("lets everybody pass until the object has refused everybody", () => {
		expect(new Latch().answer("lamp", "ada", NOW)).toBeNull();
	});

	it.each([
		{ backAtMs: null, after: 0, answers: true },
		{ backAtMs: null, after: LATCH_MS - 1, answers: true },
		{ backAtMs: null, after: LATCH_MS, answers: false },
		{ backAtMs: 300, after: 299, answers: true },
		{ backAtMs: 300, after: 300, answers: false },
		{ backAtMs: LATCH_MS + 5_000, after: LATCH_MS, answers: false },
	])("with units back after $backAtMs ms answers after $after ms: $answers", ({ backAtMs, after, answers }) => {
		const latch = closed(backAtMs === null ? null : NOW + backAtMs);
		expect(latch.answer("lamp", "ada", NOW + after)).toBe(answers ? SOLD_OUT : null);
	});

	it("answers for its own SKU only", () => {
		expect(closed().answer("lamp-2", "ada", NOW)).toBeNull();
	});

	it("is open at once when units may have come free through this isolate", () => {
		const latch = closed();
		latch.open("lamp");
		expect(latch.answer("lamp", "ada", NOW)).toBeNull();
	});

	it("lets those pass who got something of that SKU, since they ask for what they have", () => {
		const latch = closed();
		latch.letPass("lamp", "ada");
		latch.letPass("chair", "bob");
		expect(latch.answer("lamp", "ada", NOW)).toBeNull();
		expect(latch.answer("lamp", "bob", NOW)).toBe(SOLD_OUT);
	});

	it("sends one asker for news shortly before it opens, and no other until it has them", () => {
		const latch = closed();
		expect(latch.wantsNews("lamp", NOW + LATCH_MS - NEWS_MS - 1)).toBe(false);
		expect(latch.wantsNews("lamp", NOW + LATCH_MS - NEWS_MS)).toBe(true);
		expect(latch.wantsNews("lamp", NOW + LATCH_MS - 1)).toBe(false);
		expect(latch.answer("lamp", "ada", NOW + LATCH_MS - 1)).toBe(SOLD_OUT);
		latch.close("lamp", SOLD_OUT, NOW + LATCH_MS, null);
		expect(latch.wantsNews("lamp", NOW + 2 * LATCH_MS - 1)).toBe(true);
	});

	it("wants no news where nothing is closed", () => {
		expect(new Latch().wantsNews("lamp", NOW)).toBe(false);
	});

	it("is closed anew by a newer answer, for as long again", () => {
		const latch = closed();
		latch.close("lamp", { kind: "newer" }, NOW + LATCH_MS, null);
		expect(latch.answer("lamp", "ada", NOW + 2 * LATCH_MS - 1)).toEqual({ kind: "newer" });
	});

	it("remembers no more SKUs than it may, and forgets the oldest first", () => {
		const latch = closed();
		for (let i = 0; i < LATCH_ENTRIES; i++) latch.close(`sku-${i}`, SOLD_OUT, NOW, null);
		expect(latch.answer("lamp", "ada", NOW)).toBeNull();
		expect(latch.answer("sku-0", "ada", NOW)).toBe(SOLD_OUT);
	});
});
