/** The refresh-ahead cache: how long it has an entry, when it is refreshed, and what invalidates it. */
import { describe, expect, it } from "vitest";
import { RefreshAheadCache } from "../../src/platform/refresh-ahead-cache.ts";

const NOW = 1_000_000;
const newCache = (maxEntries = 10) => new RefreshAheadCache<string>({ maxEntries, ttlMs: 1_000, refreshAheadMs: 250 });

/** A cache with one entry, loaded at `NOW`. */
function cacheOfLamp(changesAtMs: number | null = null): RefreshAheadCache<string> {
	const cache = newCache();
	cache.set("lamp", "three", NOW, changesAtMs, cache.beginRefresh("lamp"));
	return cache;
}

describe("a refresh-ahead cache", () => {
	it.each([
		{ changesAfter: null, after: 999, value: "three" },
		{ changesAfter: null, after: 1_000, value: null },
		{ changesAfter: 300, after: 299, value: "three" },
		{ changesAfter: 300, after: 300, value: null },
		{ changesAfter: 5_000, after: 1_000, value: null },
	])(
		"returns after $after ms, when the entry changes after $changesAfter ms: $value",
		({ changesAfter, after, value }) => {
			expect(cacheOfLamp(changesAfter === null ? null : NOW + changesAfter).get("lamp", NOW + after)).toBe(value);
		},
	);

	it("keeps entries by key", () => {
		expect(cacheOfLamp().get("chair", NOW)).toBeNull();
	});

	it("lets one caller refresh an entry shortly before it expires, and serves the others the old one", () => {
		const cache = cacheOfLamp();
		expect(cache.claimRefresh("lamp", NOW + 749)).toBe(false);
		expect([cache.claimRefresh("lamp", NOW + 750), cache.claimRefresh("lamp", NOW + 750)]).toEqual([true, false]);
		const loading = cache.beginRefresh("lamp");
		expect(cache.get("lamp", NOW + 900)).toBe("three");
		cache.set("lamp", "two", NOW + 900, null, loading);
		expect(cache.get("lamp", NOW + 1_899)).toBe("two");
		expect(cache.claimRefresh("lamp", NOW + 1_899)).toBe(true);
	});

	it("does not take a value that was loading when its entry was invalidated", () => {
		const cache = newCache();
		const loading = cache.beginRefresh("lamp");
		cache.invalidate("lamp");
		cache.set("lamp", "before the change", NOW, null, loading);
		expect(cache.get("lamp", NOW)).toBeNull();
		const newer = cache.beginRefresh("lamp");
		cache.set("lamp", "before the change", NOW, null, loading);
		cache.set("lamp", "after it", NOW, null, newer);
		expect(cache.get("lamp", NOW)).toBe("after it");
	});

	it("still has the last answer for who has no other, invalidated or expired, until it is too old", () => {
		const cache = cacheOfLamp();
		cache.invalidate("lamp");
		expect(cache.get("lamp", NOW)).toBeNull();
		expect(cache.old("lamp", NOW + 59_999, 60_000)).toBe("three");
		expect(cache.old("lamp", NOW + 60_000, 60_000)).toBeNull();
		expect(cache.old("chair", NOW, 60_000)).toBeNull();
	});

	it("changes an answer without making it younger, and makes none", () => {
		const cache = cacheOfLamp();
		cache.amend("lamp", (answer) => `${answer}!`);
		cache.amend("chair", () => "one");
		expect(cache.get("lamp", NOW + 999)).toBe("three!");
		expect(cache.get("lamp", NOW + 1_000)).toBeNull();
		expect(cache.get("chair", NOW)).toBeNull();
	});

	it("drops an invalidated entry at once, and takes a value that nobody was loading", () => {
		const cache = cacheOfLamp();
		cache.invalidate("lamp");
		expect(cache.get("lamp", NOW)).toBeNull();
		cache.set("lamp", "four", NOW, null);
		expect(cache.get("lamp", NOW)).toBe("four");
	});

	it("keeps no more than its maximum of entries, including those that are still loading", () => {
		const cache = newCache(3);
		for (const key of ["a", "b"]) cache.set(key, key, NOW, null);
		for (const key of ["c", "d"]) cache.beginRefresh(key);
		expect(cache.get("a", NOW)).toBeNull();
		expect(cache.get("b", NOW)).toBe("b");
	});
});
