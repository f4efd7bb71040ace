/** A problem is cheap: it has no stack. */
import { describe, expect, it } from "vitest";
import { Problem } from "../../src/http/problems.ts";

describe("a problem", () => {
	it("captures no stack, and leaves the stacks of later errors as they were", () => {
		const lines = ({ stack = "" }: Error) => stack.split("\n").length;
		const before = lines(new Error("an error"));
		expect(lines(new Problem("sold-out", "None is left."))).toBe(1);
		expect(lines(new Error("an error"))).toBe(before);
		expect(before).toBeGreaterThan(1);
	});
});
