/** What the bench is made of: suites, and the measurements of each, which are rows of the report. */
import type { Cores } from "./cpu-pinning.ts";
import type { Figures } from "./figures.ts";
import type { Load } from "./load.ts";
import type { Served } from "./workerd.ts";

export interface Measurement {
	/** As in the table and in the file: `reserve-128`. */
	readonly name: string;
	readonly title: string;
	/** Measures one round. */
	measure(): Promise<Figures>;
	/** Rows whose rate this row's rate is compared with, by the name of the column. */
	readonly ratiosTo?: Readonly<Record<string, string>>;
}

/** A subject to measure. Suites of one group are measured in the same rounds, and groups one after the other. */
export interface Suite {
	readonly name: string;
	readonly about: string;
	readonly group: "http" | "object" | "purchase" | "ledger";
	/** Starts what the rows need. @throws Unavailable when this machine does not have it */
	prepare(context: BenchContext): Promise<readonly Measurement[]>;
}

/** A row with the figures of its rounds, or without a row why there is none. */
export interface MeasuredRow {
	readonly suite: Suite;
	readonly row: Measurement | null;
	readonly rounds: Figures[];
	readonly missing: string | null;
}

/** Something optional is missing on this machine. The report says so in place of the suite's rows. */
export class Unavailable extends Error {}

/** What suites share. What is started through it is stopped when the group has been measured. */
export interface BenchContext {
	readonly cores: Cores;
	readonly measureMs: number;
	/** A directory of this run on a disk, not in memory. */
	readonly dir: string;
	load(): Promise<Load>;
	/** Builds the Worker, with batching or without. @returns the path of the bundle */
	bundle(batching: boolean): Promise<string>;
	/**
	 * @param forWhat names a server of its own: the traffic of other rows shapes what a server has compiled and cached
	 */
	holdfast(batching: boolean, forWhat?: string): Promise<Served>;
	/** Registers what is to be stopped when the group has been measured. */
	atEnd(stop: () => Promise<void>): void;
}
