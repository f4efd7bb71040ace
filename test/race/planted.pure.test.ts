import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { BUGS } from "./planted/bugs.ts";
import { applied } from "./planted/copy.ts";

const ROOT = join(import.meta.dirname, "../..");

describe("a bug that is planted", () => {
	it.each(BUGS)("fits the code as it is: $name", ({ edits }) => {
		for (const edit of edits) {
			const text = readFileSync(join(ROOT, edit.file), "utf8");
			expect(applied(text, edit)).not.toBe(text);
		}
	});

	it("is refused when its text is gone, or is there twice", () => {
		const edit = { file: "a.ts", find: "one", replace: "two" };
		expect(() => applied("none", { ...edit, find: "three" })).toThrow("0 times");
		expect(() => applied("one and one", edit)).toThrow("2 times");
	});

	it("is one of at least ten", () => {
		expect(new Set(BUGS.map(({ name }) => name)).size).toBeGreaterThanOrEqual(10);
	});
});
