/**
 * What commands print while they run and when they are done. Results go to standard output and everything else to
 * standard error, so that results can be piped.
 */
import { SingleBar } from "cli-progress";

/** A line about what is going on. */
export function printStatus(line: string): void {
	console.error(line);
}

/** A bar in a terminal; elsewhere a plain line from time to time. */
export class Progress<Fields extends Readonly<Record<string, string | number>>> {
	readonly #bar: SingleBar;

	/**
	 * @param format text with `{bar}`, `{value}`, `{total}` and `{…}` for each field
	 * @param plainLineEveryMs how often a line is printed where there is no terminal
	 */
	constructor(format: string, total: number, fields: Fields, plainLineEveryMs: number) {
		const isTerminal = Boolean(process.stderr.isTTY);
		this.#bar = new SingleBar({
			stream: process.stderr,
			format: isTerminal ? format : format.replace("{bar} ", ""),
			barCompleteChar: "█",
			barIncompleteChar: "░",
			barsize: 30,
			hideCursor: true,
			gracefulExit: true, // gives the cursor back when the command is interrupted
			noTTYOutput: !isTerminal,
			notTTYSchedule: plainLineEveryMs,
		});
		this.#bar.start(total, 0, fields);
	}

	update(fields: Partial<Fields>): void {
		this.#bar.update(fields);
	}

	step(): void {
		this.#bar.increment(1);
	}

	stop(): void {
		this.#bar.stop();
	}
}

/** A table as text: the first column is aligned to the left, the others to the right. */
export function alignColumns(rows: readonly (readonly string[])[]): string {
	const count = Math.max(0, ...rows.map(({ length }) => length));
	const widths = Array.from({ length: count }, (_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
	const cell = (text: string, column: number) =>
		column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0);
	return rows.map((row) => row.map(cell).join("  ").trimEnd()).join("\n");
}
