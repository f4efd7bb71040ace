/** What a gate counts, and what it hands on of what it has heard. */
import { describe, expect, it } from "vitest";
import { GateTraffic } from "../../src/edge/gates/traffic.ts";
import { GATE_CALLS, GATE_WATCHERS } from "../../src/limits.ts";
import { NOW } from "../stock/builders.ts";

const WORD = { forMs: 5_000, gates: 1 };

function hotGate(gates = 1): GateTraffic {
	const traffic = new GateTraffic(gates);
	traffic.hear(WORD, NOW);
	return traffic;
}

const count = (traffic: GateTraffic, calls: number, atMs = NOW): void => {
	for (let i = 0; i < calls; i++) traffic.count(atMs);
};

describe("the traffic of a gate", () => {
	it("is told to the SKU's object once, and at least as the one call that tells it", () => {
		const traffic = hotGate();
		expect(traffic.takeCalls()).toBe(1);
		count(traffic, 7);
		expect(traffic.takeCalls()).toBe(7);
		expect(traffic.takeCalls()).toBe(1);
	});

	it("has its region spread over more gates from the second on in which there was too much", () => {
		const traffic = hotGate();
		count(traffic, GATE_CALLS);
		count(traffic, GATE_CALLS, NOW + 1_000);
		expect(traffic.word(NOW + 1_000)).toMatchObject({ gates: 1 });
		count(traffic, 1, NOW + 1_999);
		expect(traffic.word(NOW + 2_000)).toMatchObject({ gates: 2 });
		// Not fewer again while the SKU is hot.
		count(traffic, 1, NOW + 3_000);
		expect(traffic.word(NOW + 3_000)).toMatchObject({ gates: 2 });
	});

	it("has it spread for its watchers too", () => {
		const traffic = hotGate(2);
		traffic.note(GATE_WATCHERS);
		expect(traffic.word(NOW)).toMatchObject({ gates: 2 });
		traffic.note(GATE_WATCHERS + 1);
		expect(traffic.word(NOW)).toMatchObject({ gates: 4 });
	});

	it("hands on the word with what is left of it, and begins with as many gates as its name says when it is heard anew", () => {
		const traffic = hotGate();
		count(traffic, GATE_CALLS + 1);
		expect(traffic.word(NOW + 1_000)).toEqual({ forMs: 4_000, gates: 2 });
		expect(traffic.word(NOW + 5_000)).toBeUndefined();
		traffic.hear(WORD, NOW + 6_000);
		expect(traffic.word(NOW + 6_000)).toEqual({ forMs: 5_000, gates: 1 });
	});

	it("says nothing of heat before it has heard of it", () => {
		const traffic = new GateTraffic(4);
		expect(traffic.word(NOW)).toBeUndefined();
		traffic.hear(undefined, NOW);
		expect(traffic.word(NOW)).toBeUndefined();
	});
});
