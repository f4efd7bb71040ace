/**
 * What a rush costs on Cloudflare, until everybody has an answer: what is paid for later is in `npm run bench -- --only
 * cost`. Pure.
 */
import { OUTCOME } from "./log.ts";
import type { Rushed } from "./rush.ts";

/** Dollars per million, as in `test/bench/cost.ts`, whose sources they have. A test compares them. */
export const PRICES = { workerRequests: 0.3, cpuMs: 0.02, objectRequests: 0.15, rowsWritten: 1 } as const;
/** As there. */
export const CPU_MS_A_REQUEST = 1;
/**
 * Rows that are written, as `npm run bench -- --only cost` counts them: for each hold or place on the waitlist; in addition
 * for each call that stores any, its counters and its page of the journal; and what is noted with the shopper, which is a
 * request to an object of their own.
 */
const ROWS = { reservation: 3, call: 2, note: 1 } as const;

export interface Item {
	readonly what: string;
	readonly count: number;
	readonly dollars: number;
}

export function bill({ looks, asks, presses, load, gates }: Rushed): Item[] {
	const made = presses.outcome.filter((outcome) => outcome === OUTCOME.held || outcome === OUTCOME.waiting).length;
	const requests = looks + asks.shopper.length;
	const calls = load.calls.reduce((all, count) => all + count, 0);
	const item = (what: string, count: number, price: number): Item => ({ what, count, dollars: (count * price) / 1e6 });
	return [
		item("requests to the Worker", requests, PRICES.workerRequests),
		item("CPU ms", requests * CPU_MS_A_REQUEST, PRICES.cpuMs),
		item("calls of the SKU's object", calls, PRICES.objectRequests),
		item("calls of gates", gates.calls, PRICES.objectRequests),
		item("notes with the shopper's object", made, PRICES.objectRequests),
		item("rows written", made * (ROWS.reservation + ROWS.note) + load.stored * ROWS.call, PRICES.rowsWritten),
	];
}
