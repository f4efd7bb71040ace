/** Pages of lists: which rows a page shows, and when there is a next one. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pageOf } from "../../src/platform/page.ts";

const cursorOf = (row: string) => `after ${row}`;

describe("pageOf", () => {
	it("shows nothing and has no next page when there are no rows", () => {
		expect(pageOf([], 2, cursorOf)).toEqual({ shown: [], nextCursor: null });
	});

	it("has no next page when there are fewer rows than its limit", () => {
		expect(pageOf(["a"], 2, cursorOf)).toEqual({ shown: ["a"], nextCursor: null });
	});

	it("has no next page when there are exactly as many rows as its limit", () => {
		expect(pageOf(["a", "b"], 2, cursorOf)).toEqual({ shown: ["a", "b"], nextCursor: null });
	});

	it("leaves out the row beyond its limit, and continues after the last row that it shows", () => {
		expect(pageOf(["a", "b", "c"], 2, cursorOf)).toEqual({ shown: ["a", "b"], nextCursor: "after b" });
	});

	it("shows every row of a list once, in order, when each page starts at the cursor of the one before", () => {
		void fc.assert(
			fc.property(fc.nat({ max: 30 }), fc.integer({ min: 1, max: 7 }), (length, limit) => {
				const list = Array.from({ length }, (_, i) => i);
				const all: number[] = [];
				let cursor: string | null = "0";
				// No list has more pages than rows, so a cursor that never ends stops here.
				for (let pages = 0; cursor !== null && pages <= length; pages++) {
					const from: number = Number(cursor);
					const page = pageOf(list.slice(from, from + limit + 1), limit, (last) => String(last + 1));
					all.push(...page.shown);
					cursor = page.nextCursor;
				}
				expect({ all, cursor }).toEqual({ all: list, cursor: null });
			}),
		);
	});
});
