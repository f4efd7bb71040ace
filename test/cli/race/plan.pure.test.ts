import { describe, expect, it } from "vitest";
import { type HistoryPlan, planHistory } from "../../../src/cli/race/plan.ts";

const SHAPE = { buyers: 6, units: 3, holdMs: 2000 };
const plans = (count: number): HistoryPlan[] => Array.from({ length: count }, (_, seed) => planHistory(seed, SHAPE));
const buyersOf = (some: readonly HistoryPlan[]) => some.flatMap(({ buyers }) => buyers);

describe("the plan of a history", () => {
	it("is the same for the same seed and shape, and another for the next seed", () => {
		expect(planHistory(7, SHAPE)).toEqual(planHistory(7, SHAPE));
		expect(planHistory(7, SHAPE)).not.toEqual(planHistory(8, SHAPE));
	});

	it("has as many buyers as asked for, each with a name of their own, and at most the units asked for", () => {
		for (const { buyers, units } of plans(200)) {
			expect(new Set(buyers.map(({ name }) => name)).size).toBe(SHAPE.buyers);
			expect(units).toBeGreaterThanOrEqual(1);
			expect(units).toBeLessThanOrEqual(SHAPE.units);
		}
	});

	it("holds whole milliseconds that are never negative", () => {
		for (const buyer of buyersOf(plans(300))) {
			for (const ms of [buyer.arrivesAtMs, buyer.reserve.afterMs, buyer.thinksMs, buyer.waitsMs ?? 0]) {
				expect(Number.isInteger(ms) && ms >= 0, JSON.stringify(buyer)).toBe(true);
			}
		}
	});

	it("lets some seeds come all at once, some in bursts, and some when the first holds end", () => {
		const spans = plans(100).map(({ buyers }) => {
			const arrivals = buyers.map(({ arrivesAtMs }) => arrivesAtMs);
			return Math.max(...arrivals) - Math.min(...arrivals);
		});
		expect(spans.some((ms) => ms < 10)).toBe(true);
		expect(spans.some((ms) => ms > 300 && ms < 1500)).toBe(true);
		expect(spans.some((ms) => ms > 1700)).toBe(true);
	});

	it("sends requests in every way, lets nobody go who pays, and does each thing that buyers do", () => {
		const buyers = buyersOf(plans(300));
		const ways = ["once", "double-click", "lost-reply", "cut-and-again", "cut-and-gone"];
		expect(new Set(buyers.map(({ reserve }) => reserve.sending))).toEqual(new Set(ways));
		expect(buyers.filter(({ pay }) => pay.sending === "cut-and-gone")).toEqual([]);
		expect(new Set(buyers.map(({ next }) => next))).toEqual(new Set(["check-out", "give-back", "leave"]));
		const times = buyers.map(({ pays }) => pays);
		expect(new Set(times.map(({ kind }) => kind))).toEqual(new Set(["after-thinking", "around-the-end", "never"]));
		const aroundTheEnd = times.flatMap((time) => (time.kind === "around-the-end" ? [time.afterEndMs] : []));
		expect(Math.min(...aroundTheEnd)).toBeLessThan(0);
		expect(Math.max(...aroundTheEnd)).toBeGreaterThan(0);
		expect(buyers.some(({ isDeclinedFirst }) => isDeclinedFirst)).toBe(true);
		expect(buyers.some(({ waitsMs }) => waitsMs !== null)).toBe(true);
		expect(plans(100).some(({ restocks }) => restocks.length > 0)).toBe(true);
	});

	it("lets nothing go wrong on the line in some histories", () => {
		const isCalm = ({ buyers }: HistoryPlan) =>
			buyers.every(({ reserve, checkOut, pay }) =>
				[reserve, checkOut, pay].every(({ sending }) => sending === "once" || sending === "double-click"),
			);
		const calm = plans(200).filter(isCalm).length;
		expect(calm).toBeGreaterThan(30);
		expect(calm).toBeLessThan(120);
	});
});
