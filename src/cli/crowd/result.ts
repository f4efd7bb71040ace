/** The result of a command: what was asked for, and the figures of each run. */
import type { Figures } from "./figures.ts";

export interface Result {
	readonly order: {
		readonly arrivals: number;
		readonly seconds: number;
		readonly units: number;
		readonly places: number;
		readonly isolates: number;
		readonly seed: number;
	};
	readonly runs: readonly Figures[];
	/** The command that does the same again. */
	readonly command: string;
}

/**
 * What counts for the exit status. That everybody is answered is judged in the last run alone: the others show what
 * becomes of a crowd without the means of the last.
 */
export const isKept = ({ runs }: Pick<Result, "runs">): boolean =>
	runs.every(({ promises }, run) =>
		promises.every((promise) => promise.isKept || (promise.name === "answered" && run < runs.length - 1)),
	);
