/** Medians and the slope of Theil and Sen. */
import { describe, expect, it } from "vitest";
import { median, type Point, slopeOf } from "../../../src/cli/soak/trend.ts";

describe("the median", () => {
	it.each([
		[[3], 3],
		[[9, 1, 5], 5],
		[[4, 1, 3, 2], 2.5],
		[[], Number.NaN],
	])("of %j is %d", (values, middle) => {
		expect(median(values)).toBe(middle);
	});
});

describe("the slope", () => {
	const line: Point[] = Array.from({ length: 20 }, (_, x) => ({ x, y: 7 + 3 * x }));

	it("of a line is the line's", () => {
		expect(slopeOf(line)).toBe(3);
	});

	it("is not moved by a quarter of points that are anything", () => {
		expect(slopeOf(line.map((point, index) => (index % 4 === 1 ? { ...point, y: 10_000 } : point)))).toBe(3);
	});

	it("does not take figures that go up and down for growth", () => {
		const saw = Array.from({ length: 40 }, (_, x) => ({ x, y: 100 + 10 * (x % 5) }));
		expect(slopeOf(saw)).toBe(0);
	});

	it("of points at one place is unknown", () => {
		expect(
			slopeOf([
				{ x: 1, y: 1 },
				{ x: 1, y: 9 },
			]),
		).toBeNaN();
	});
});
