/** Operations by hand, for tests: times are milliseconds from 0. */
import type { Answer, History, Operation, Request } from "../../../src/cli/race/history.ts";

type Row = readonly [actor: string, request: Request, calledAtMs: number, endedAtMs: number, answer: Answer | null];

export const operationsOf = (rows: readonly Row[]): Operation[] =>
	rows.map(([actor, request, calledAtMs, endedAtMs, answer], id) => {
		return { id, actor, request, calledAtMs, endedAtMs, answer, repeats: null };
	});

export const historyOf = (rows: readonly Row[]): History => ({
	seed: 1,
	promises: { staleMs: 0, clockMs: 0, graceMs: 0 },
	operations: operationsOf(rows),
});

/** One unit, sold to two buyers. */
export const SOLD_TWICE: readonly Row[] = [
	["merchant", { kind: "restock", units: 1 }, 0, 10, { kind: "restocked" }],
	["buyer 1", { kind: "pay", units: 1, approves: true }, 20, 900, { kind: "sold", units: 1 }],
	["buyer 2", { kind: "pay", units: 1, approves: true }, 25, 890, { kind: "sold", units: 1 }],
];

/** One unit, sold to one buyer; the other was refused. */
export const SOLD_ONCE: readonly Row[] = [
	["merchant", { kind: "restock", units: 1 }, 0, 10, { kind: "restocked" }],
	["buyer 1", { kind: "pay", units: 1, approves: true }, 20, 900, { kind: "sold", units: 1 }],
	["buyer 2", { kind: "check-out", units: 1 }, 950, 960, { kind: "refused" }],
	["merchant", { kind: "read-stock" }, 1000, 1010, { kind: "stock", available: 0, sold: 1 }],
];
