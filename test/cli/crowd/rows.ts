/** Columns of a log from rows that a test writes down. */
import type { Asks, Presses } from "../../../src/cli/crowd/log.ts";

type Row<C> = { readonly [Name in keyof C]?: number };

export function asksOf(rows: readonly Row<Asks>[]): Asks {
	const column = (name: keyof Asks) => rows.map((row) => row[name] ?? 0);
	return {
		shopper: Int32Array.from(column("shopper")),
		wait: Uint8Array.from(column("wait")),
		decided: Int32Array.from(column("decided")),
		byObject: Uint8Array.from(column("byObject")),
		outcome: Uint8Array.from(column("outcome")),
		gate: Int32Array.from(column("gate")),
		queued: Int32Array.from(column("queued")),
	};
}

export function pressesOf(rows: readonly Row<Presses>[]): Presses {
	const column = (name: keyof Presses) => rows.map((row) => row[name] ?? 0);
	return {
		shopper: Int32Array.from(column("shopper")),
		wait: Uint8Array.from(column("wait")),
		atMs: Float64Array.from(column("atMs")),
		answeredMs: Float64Array.from(column("answeredMs")),
		asks: Uint8Array.from(column("asks")),
		byObject: Uint8Array.from(column("byObject")),
		outcome: Uint8Array.from(column("outcome")),
	};
}
