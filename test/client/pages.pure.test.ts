/** `pagesOf`: every page of a list, and no other. */
import { describe, expect, it } from "vitest";
import { pagesOf } from "../../src/client/index.ts";

describe("pagesOf", () => {
	it("asks for each page with the cursor of the one before, and for the first with none", async () => {
		const asked: object[] = [];
		const next = ["a", "b", null];
		const pages = pagesOf(async (at) => {
			asked.push(at);
			return { number: asked.length, nextCursor: next[asked.length - 1] ?? null };
		});
		const numbers: number[] = [];
		for await (const { number } of pages) numbers.push(number);
		expect(numbers).toEqual([1, 2, 3]);
		expect(asked).toEqual([{}, { cursor: "a" }, { cursor: "b" }]);
	});

	it("asks for no page that nobody wants", async () => {
		let asked = 0;
		const pages = pagesOf(async () => ({ number: ++asked, nextCursor: "more" }));
		for await (const { number } of pages) if (number === 2) break;
		expect(asked).toBe(2);
	});

	it("ends with what a page throws", async () => {
		const pages = pagesOf<{ nextCursor: string | null }>(() => Promise.reject(new Error("away")));
		await expect(pages.next()).rejects.toThrow("away");
	});
});
