/** The smallest parts of platform/: assertions, sortable ids and bounded maps. */
import { describe, expect, it } from "vitest";
import { assert, assertNever, InvariantError } from "../../src/platform/assert.ts";
import { evictOldest, GenerationalMap } from "../../src/platform/bounded-map.ts";
import { newId } from "../../src/platform/id.ts";

describe("assert", () => {
	it("throws an InvariantError with the message when the condition is false", () => {
		expect(() => assert(true, "fine")).not.toThrow();
		expect(() => assert(false, "the books differ")).toThrow(InvariantError);
		expect(() => assert(false, "the books differ")).toThrow("the books differ");
	});
});

describe("assertNever", () => {
	it("throws with the value that should not exist", () => {
		expect(() => assertNever({ kind: "new" } as never)).toThrow('unreachable: {"kind":"new"}');
	});
});

describe("newId", () => {
	it("makes ids that are all different, and sort in the order in which they were made", () => {
		const ids = Array.from({ length: 5_000 }, newId);
		expect([...ids].sort()).toEqual(ids);
		expect(new Set(ids).size).toBe(ids.length);
	});
});

describe("evictOldest", () => {
	it("drops the oldest entry, and only when the map is full", () => {
		const entries = new Set<string>();
		for (const entry of ["a", "b", "c", "d"]) {
			evictOldest(entries, 3);
			entries.add(entry);
		}
		expect([...entries]).toEqual(["b", "c", "d"]);
		evictOldest(new Set(), 0);
	});
});

describe("GenerationalMap", () => {
	it("keeps no more than its maximum of entries, and always the newer half", () => {
		const map = new GenerationalMap<number>(100);
		for (let i = 0; i < 1_000; i++) {
			map.set(`key-${i}`, i);
			for (let age = 0; age < 50 && age <= i; age++) expect(map.get(`key-${i - age}`)).toBe(i - age);
			expect(map.get(`key-${i - 100}`)).toBeUndefined();
		}
	});

	it("keeps the last value of a key, which counts once", () => {
		const map = new GenerationalMap<string>(4);
		map.set("a", "one");
		map.set("b", "one");
		for (const value of ["two", "three", "four"]) map.set("a", value);
		expect([map.get("a"), map.get("b"), map.get("c")]).toEqual(["four", "one", undefined]);
	});
});
