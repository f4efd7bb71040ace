/** What an isolate may remember of an object's answers: for how long, when it asks again, and what makes it forget. */
import { describe, expect, it } from "vitest";
import { RefreshAheadCache } from "../../src/platform/refresh-ahead-cache.ts";

const NOW = 1_000_000;
const moments = (most = 10) => new RefreshAheadCache<string>({ maxEntries: most, ttlMs: 1_000, refreshAheadMs: 250 });

/** Asked, and answered at once. */
function known(changesAtMs: number | null = null): RefreshAheadCache<string> {
	const some = moments();
	some.set("lamp", "three", NOW, changesAtMs, some.beginRefresh("lamp"));
	return some;
}

describe("a moment", () => {
	it.each([
		{ changesAfter: null, after: 999, answer: "three" },
		{ changesAfter: null, after: 1_000, answer: null },
		{ changesAfter: 300, after: 299, answer: "three" },
		{ changesAfter: 300, after: 300, answer: null },
		{ changesAfter: 5_000, after: 1_000, answer: null },
	])("of what changes after $changesAfter ms answers after $after ms: $answer", ({ changesAfter, after, answer }) => {
		expect(known(changesAfter === null ? null : NOW + changesAfter).get("lamp", NOW + after)).toBe(answer);
	});

	it("is one of its key", () => {
		expect(known().get("chair", NOW)).toBeNull();
	});

	it("sends one for news shortly before it is over, and the others find what was known until there is some", () => {
		const some = known();
		expect(some.claimRefresh("lamp", NOW + 749)).toBe(false);
		expect([some.claimRefresh("lamp", NOW + 750), some.claimRefresh("lamp", NOW + 750)]).toEqual([true, false]);
		const expected = some.beginRefresh("lamp");
		expect(some.get("lamp", NOW + 900)).toBe("three");
		some.set("lamp", "two", NOW + 900, null, expected);
		expect(some.get("lamp", NOW + 1_899)).toBe("two");
		expect(some.claimRefresh("lamp", NOW + 1_899)).toBe(true);
	});

	it("is not made by an answer that was on its way when something changed", () => {
		const some = moments();
		const expected = some.beginRefresh("lamp");
		some.invalidate("lamp");
		some.set("lamp", "before the change", NOW, null, expected);
		expect(some.get("lamp", NOW)).toBeNull();
		const after = some.beginRefresh("lamp");
		some.set("lamp", "before the change", NOW, null, expected);
		some.set("lamp", "after it", NOW, null, after);
		expect(some.get("lamp", NOW)).toBe("after it");
	});

	it("is forgotten at once, and made by news that come without having been expected", () => {
		const some = known();
		some.invalidate("lamp");
		expect(some.get("lamp", NOW)).toBeNull();
		some.set("lamp", "four", NOW, null);
		expect(some.get("lamp", NOW)).toBe("four");
	});

	it("is kept of so many keys and no more, also of those that are only expected", () => {
		const some = moments(3);
		for (const key of ["a", "b"]) some.set(key, key, NOW, null);
		for (const key of ["c", "d"]) some.beginRefresh(key);
		expect(some.get("a", NOW)).toBeNull();
		expect(some.get("b", NOW)).toBe("b");
	});
});
