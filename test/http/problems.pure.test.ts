/** A problem is cheap, and sends no crowd back in the same second. */
import { describe, expect, it } from "vitest";
import { Problem, problemResponse, toProblem } from "../../src/http/problems.ts";
import { RETRY_AFTER_JITTER_SECONDS, RETRY_AFTER_SECONDS } from "../../src/limits.ts";
import { DatabaseUnavailable } from "../../src/platform/errors.ts";

describe("a problem", () => {
	it("captures no stack, and leaves the stacks of later errors as they were", () => {
		const lines = ({ stack = "" }: Error) => stack.split("\n").length;
		const before = lines(new Error("an error"));
		expect(lines(new Problem("sold-out", "None is left."))).toBe(1);
		expect(lines(new Error("an error"))).toBe(before);
		expect(before).toBeGreaterThan(1);
	});

	it("asks those who were turned away together to come back at different times", () => {
		const later = () => new Problem("temporarily-unavailable", "Not now.");
		const seconds = Array.from({ length: 100 }, () =>
			Number(problemResponse(later(), "id").headers.get("retry-after")),
		);
		expect(new Set(seconds).size).toBeGreaterThan(2);
		expect(Math.min(...seconds)).toBeGreaterThanOrEqual(RETRY_AFTER_SECONDS);
		expect(Math.max(...seconds)).toBeLessThanOrEqual(RETRY_AFTER_SECONDS + RETRY_AFTER_JITTER_SECONDS);
	});

	it("says what to run where D1 lacks tables or columns, however deep that is told", () => {
		const missing = new Error("D1_ERROR: no such column: settled_at_ms: SQLITE_ERROR");
		for (const error of [missing, new DatabaseUnavailable("D1 failed", { cause: missing })]) {
			const problem = toProblem(error, "r1");
			expect([problem.problem, problem.message]).toEqual([
				"not-configured",
				expect.stringContaining("migrations apply"),
			]);
		}
	});

	it("is what a fault of D1 becomes, with no word of the statement", () => {
		const problem = toProblem(new Error("D1_ERROR: near products: syntax error: SQLITE_ERROR"), "r1");
		expect([problem.problem, problem.message]).toEqual([
			"temporarily-unavailable",
			expect.not.stringMatching(/products/),
		]);
	});
});
