/**
 * Where each operation of a picture stands: time to the right, a row for each buyer, a bar from call to answer. Pure.
 *
 * Time is not to scale. What matters is which call came before which answer, and a payment of a second would leave a
 * request of five milliseconds no room for its words. So neighbouring moments are as far apart as the words need.
 */
import type { Operation } from "../history.ts";

export interface Bar {
	readonly operation: Operation;
	readonly row: number;
	readonly from: number;
	readonly to: number;
	/** It is one of those that contradict each other. */
	readonly isMarked: boolean;
}

/** A time for which units were promised to the buyer of a row, after the answer that promised it. */
export interface Promised {
	readonly row: number;
	readonly from: number;
	readonly to: number;
	/** It goes on beyond the picture. */
	readonly isOpen: boolean;
}

export interface Layout {
	/** Names of the rows; null for a further row of the same buyer, whose requests overlap. */
	readonly rows: readonly (string | null)[];
	readonly bars: readonly Bar[];
	readonly promised: readonly Promised[];
	/** Where each call is, and when it was. */
	readonly ticks: readonly { readonly at: number; readonly ms: number }[];
	readonly width: number;
}

export interface Measure {
	/** How wide a bar must be for its words. */
	widthOf(operation: Operation): number;
	/** The least distance between two moments. */
	readonly gap: number;
}

/** @param marked ids of the operations that contradict each other */
export function layOut(operations: readonly Operation[], marked: ReadonlySet<number>, measure: Measure): Layout {
	const byCall = [...operations].sort((a, b) => a.calledAtMs - b.calledAtMs || a.id - b.id);
	const place = placeMoments(byCall, measure);
	const { rows, rowOf } = assignRows(byCall);
	const bars = byCall.map((operation) => ({
		operation,
		row: rowOf.get(operation.id) ?? 0,
		from: place(operation.calledAtMs),
		to: place(operation.endedAtMs),
		isMarked: marked.has(operation.id),
	}));
	const width = Math.max(0, ...bars.map(({ to }) => to)) + measure.gap;
	const lastMs = Math.max(...byCall.map(({ endedAtMs }) => endedAtMs));
	const promised = bars.flatMap(({ operation: { answer }, row, to }): Promised[] => {
		if (answer?.kind !== "held") return [];
		const isOpen = answer.untilMs > lastMs;
		return [{ row, from: to, to: isOpen ? width : Math.max(to, place(answer.untilMs)), isOpen }];
	});
	const ticks = bars.map(({ operation, from }) => ({ at: from, ms: operation.calledAtMs }));
	return { rows, bars, promised, ticks, width };
}

/** Puts all moments in order, each far enough from the one before and far enough from the call that it answers. */
function placeMoments(byCall: readonly Operation[], { widthOf, gap }: Measure): (atMs: number) => number {
	const lastMs = Math.max(...byCall.map(({ endedAtMs }) => endedAtMs));
	const ends = byCall.flatMap(({ answer }) =>
		answer?.kind === "held" && answer.untilMs <= lastMs ? [answer.untilMs] : [],
	);
	const moments = [...new Set([...byCall.flatMap((o) => [o.calledAtMs, o.endedAtMs]), ...ends])].sort((a, b) => a - b);
	const places = new Map<number, number>();
	let last = -gap;
	for (const moment of moments) {
		const answered = byCall.filter(({ endedAtMs, calledAtMs }) => endedAtMs === moment && calledAtMs < moment);
		const afterCalls = answered.map((operation) => (places.get(operation.calledAtMs) ?? 0) + widthOf(operation));
		last = Math.max(last + gap, ...afterCalls);
		places.set(moment, last);
	}
	return (atMs) => places.get(atMs) ?? 0;
}

/** Actors in order of their first call; requests of one actor that overlap get rows of their own. */
function assignRows(byCall: readonly Operation[]) {
	const lanes = new Map<string, { endsAtMs: number; ids: number[] }[]>();
	for (const { id, actor, calledAtMs, endedAtMs } of byCall) {
		const mine = lanes.get(actor) ?? [];
		lanes.set(actor, mine);
		const free = mine.find(({ endsAtMs }) => endsAtMs <= calledAtMs);
		if (free === undefined) mine.push({ endsAtMs: endedAtMs, ids: [id] });
		else {
			free.endsAtMs = endedAtMs;
			free.ids.push(id);
		}
	}
	const rows: (string | null)[] = [];
	const rowOf = new Map<number, number>();
	for (const [actor, mine] of lanes) {
		for (const [index, { ids }] of mine.entries()) {
			for (const id of ids) rowOf.set(id, rows.length);
			rows.push(index === 0 ? actor : null);
		}
	}
	return { rows, rowOf };
}
