import { describe, expect, it } from "vitest";
import { OUTCOME } from "../../../src/cli/crowd/log.ts";
import { byArrivalAtGates, earlyFirst, passed } from "../../../src/cli/crowd/order.ts";
import { asksOf } from "./rows.ts";

const { held, refused, unavailable } = OUTCOME;
const oneQueue = () => 0;

describe("who is passed", () => {
	it.each([
		[
			"an earlier one decided later, and refused",
			[
				[2, refused],
				[1, held],
			],
			1,
		],
		[
			"an earlier one decided first, and refused: units came in between",
			[
				[1, refused],
				[2, held],
			],
			0,
		],
		[
			"an earlier one who got a unit too",
			[
				[2, held],
				[1, held],
			],
			0,
		],
		[
			"a later one who was refused",
			[
				[2, refused],
				[1, refused],
			],
			0,
		],
		[
			"one who was not decided at all",
			[
				[0, unavailable],
				[1, held],
			],
			0,
		],
		[
			"two, by the same",
			[
				[2, refused],
				[3, refused],
				[1, held],
			],
			2,
		],
	] as const)("%s", (_, rows, count) => {
		expect(passed(asksOf(rows.map(([decided, outcome]) => ({ decided, outcome }))), oneQueue)).toBe(count);
	});

	it("is nobody of another queue, and nobody who asked for a place on the waitlist", () => {
		const rows = [
			{ decided: 2, outcome: refused },
			{ decided: 1, outcome: held },
		];
		expect(passed(asksOf(rows), (ask) => ask)).toBe(0);
		expect(passed(asksOf(rows.map((row) => ({ ...row, wait: 1 }))), oneQueue)).toBe(0);
	});

	it("is judged by the order in which they came to the gate", () => {
		const asks = asksOf([
			{ decided: 1, outcome: held, gate: 1, queued: 2 },
			{ decided: 2, outcome: refused, gate: 1, queued: 1 },
		]);
		expect(passed(asks, (ask) => asks.gate[ask] || null, byArrivalAtGates(asks))).toBe(1);
		expect(passed(asks, oneQueue)).toBe(0);
	});
});

it("says how often who has a unit came first", () => {
	expect(earlyFirst(["unit", "unit", "none", "none"])).toBe(1);
	expect(earlyFirst(["none", "unit"])).toBe(0);
	expect(earlyFirst(["unit", "none", "unit", "none"])).toBe(0.75);
	expect(earlyFirst(["none"])).toBe(1);
});
