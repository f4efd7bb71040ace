/** What the bench is made of: rows that are measured side by side, and parts that bring rows along. */
import type { Cores } from "./cpu-pinning.ts";
import type { Figures } from "./figures.ts";
import type { Load } from "./load.ts";
import type { Served } from "./workerd.ts";

export interface Row {
	/** As in the table and in the file: `reserve-128`. */
	readonly name: string;
	readonly title: string;
	/** One round of it. */
	measure(): Promise<Figures>;
	/** Rows whose rate this one's is held against, by the column's name. */
	readonly against?: Readonly<Record<string, string>>;
}

/** A thing to measure. Parts of one set are measured in the same rounds, and sets one after the other. */
export interface Part {
	readonly name: string;
	readonly about: string;
	readonly set: "http" | "object" | "purchase";
	/** Starts what the rows need. @throws Unavailable when this machine has not got it */
	prepare(world: World): Promise<readonly Row[]>;
}

/** Something that is not there and need not be: its rows say so. */
export class Unavailable extends Error {}

/** What parts share; whatever is started is stopped when the set is done. */
export interface World {
	readonly cores: Cores;
	readonly measureMs: number;
	/** A directory of this run, on a disk. */
	readonly dir: string;
	load(): Promise<Load>;
	/** The Worker as built, with lanes or without. */
	bundle(lanes: boolean): Promise<string>;
	/** @param forWhat a server for this alone, so that no other row's traffic has shaped what it compiled and keeps */
	holdfast(lanes: boolean, forWhat?: string): Promise<Served>;
	/** To be done when the set has been measured. */
	atEnd(stop: () => Promise<void>): void;
}
