/** The smallest of the tools: assertions, ids in order, and memory that stays small. */
import { describe, expect, it } from "vitest";
import { assert, assertNever, InvariantError } from "../../src/platform/assert.ts";
import { evictOldest, GenerationalMap } from "../../src/platform/bounded-map.ts";
import { newId } from "../../src/platform/id.ts";

describe("assert", () => {
	it("throws what is wrong, as a fault of ours", () => {
		expect(() => assert(true, "fine")).not.toThrow();
		expect(() => assert(false, "the books differ")).toThrow(InvariantError);
		expect(() => assert(false, "the books differ")).toThrow("the books differ");
	});

	it("shows what should have been unreachable", () => {
		expect(() => assertNever({ kind: "new" } as never)).toThrow('unreachable: {"kind":"new"}');
	});
});

describe("newId", () => {
	it("makes ids that sort in the order of their making, and are all different", () => {
		const ids = Array.from({ length: 5_000 }, newId);
		expect([...ids].sort()).toEqual(ids);
		expect(new Set(ids).size).toBe(ids.length);
	});
});

describe("makeRoom", () => {
	it("drops the oldest, and only when it has to", () => {
		const entries = new Set<string>();
		for (const entry of ["a", "b", "c", "d"]) {
			evictOldest(entries, 3);
			entries.add(entry);
		}
		expect([...entries]).toEqual(["b", "c", "d"]);
		evictOldest(new Set(), 0);
	});
});

describe("Recent", () => {
	it("remembers no more than it may, and the newer half for sure", () => {
		const recent = new GenerationalMap<number>(100);
		for (let i = 0; i < 1_000; i++) {
			recent.set(`key-${i}`, i);
			for (let age = 0; age < 50 && age <= i; age++) expect(recent.get(`key-${i - age}`)).toBe(i - age);
			expect(recent.get(`key-${i - 100}`)).toBeUndefined();
		}
	});

	it("knows what was said last of a key, which takes no second place", () => {
		const recent = new GenerationalMap<string>(4);
		recent.set("a", "one");
		recent.set("b", "one");
		for (const value of ["two", "three", "four"]) recent.set("a", value);
		expect([recent.get("a"), recent.get("b"), recent.get("c")]).toEqual(["four", "one", undefined]);
	});
});
