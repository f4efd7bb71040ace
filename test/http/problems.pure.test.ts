/** What a refusal does not carry along. */
import { describe, expect, it } from "vitest";
import { Problem } from "../../src/http/problems.ts";

describe("a problem", () => {
	it("notes no stack, and leaves that of a fault after it as it was", () => {
		const lines = ({ stack = "" }: Error) => stack.split("\n").length;
		const before = lines(new Error("a fault"));
		expect(lines(new Problem("sold-out", "None is left."))).toBe(1);
		expect(lines(new Error("a fault"))).toBe(before);
		expect(before).toBeGreaterThan(1);
	});
});
