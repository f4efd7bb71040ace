/**
 * `npm run bench`: the hot path beside what bounds it and beside what a shop would use instead, in one run.
 *
 * What it keeps true: rows of one set take turns, round after round, so that a slow minute of the machine is shared by all;
 * each figure is the median of the rounds; nothing is asserted of time. Nothing is left behind, neither process nor file.
 * Not here: what is measured (`parts.ts` names it).
 */
import { runCommand } from "../../src/cli/command.ts";
import { shutdownSignal } from "../../src/cli/shutdown-signal.ts";
import { Progress, printStatus } from "../../src/cli/terminal.ts";
import { newWorld } from "./context.ts";
import { chooseCores } from "./cpu-pinning.ts";
import type { Figures } from "./figures.ts";
import { type Part, type Row, Unavailable } from "./measurement.ts";
import { type BenchOptions, helpText, parseBenchOptions } from "./options.ts";
import { printReport, writeJson } from "./report.ts";
import { PARTS, SETS } from "./suites.ts";

const PLAIN_LINE_EVERY_MS = 10_000;
/** As a shell has it: 128 and the number of SIGINT. */
const INTERRUPTED_STATUS = 130;

/** A row with what its rounds have measured; or why it could not be. */
export interface Measured {
	readonly part: Part;
	readonly row: Row | null;
	readonly rounds: Figures[];
	readonly missing: string | null;
}

async function measureSet(parts: readonly Part[], { rounds, seconds }: BenchOptions): Promise<Measured[]> {
	const world = newWorld(chooseCores(), seconds * 1000);
	try {
		const measured: Measured[] = [];
		for (const part of parts) measured.push(...(await prepared(part, world)));
		const rows = measured.filter(({ row }) => row !== null);
		const progress = new Progress(
			"{bar} {value}/{total} · {row}",
			rows.length * rounds,
			{ row: "" },
			PLAIN_LINE_EVERY_MS,
		);
		for (let round = 0; round < rounds; round++) {
			for (const { row, rounds } of rows) {
				if (row === null) continue;
				progress.update({ row: row.title });
				rounds.push(await row.measure());
				progress.step();
			}
		}
		progress.stop();
		return measured;
	} finally {
		await world.end();
	}
}

async function prepared(part: Part, world: Parameters<Part["prepare"]>[0]): Promise<Measured[]> {
	printStatus(`preparing ${part.name}…`);
	try {
		const rows = await part.prepare(world);
		return rows.map((row) => ({ part, row, rounds: [], missing: null }));
	} catch (fault) {
		if (!(fault instanceof Unavailable)) throw fault;
		printStatus(`${part.name}: not available: ${fault.message}`);
		return [{ part, row: null, rounds: [], missing: fault.message }];
	}
}

async function bench(options: BenchOptions): Promise<void> {
	const startedAt = new Date();
	const wanted = PARTS.filter(({ name }) => options.only === null || options.only.includes(name));
	const measured: Measured[] = [];
	for (const set of SETS) {
		const parts = wanted.filter((part) => part.set === set);
		if (parts.length > 0) measured.push(...(await measureSet(parts, options)));
	}
	printReport(measured, options);
	if (options.json !== null) writeJson(options.json, measured, options, startedAt);
}

runCommand("bench", async () => {
	const names = PARTS.map(({ name }) => name);
	const options = parseBenchOptions(process.argv.slice(2), names);
	if (options === null) {
		console.log(helpText(PARTS));
		return 0;
	}
	const interrupted = new Promise<number>((resolve) => {
		shutdownSignal().addEventListener("abort", () => resolve(INTERRUPTED_STATUS));
	});
	return Promise.race([bench(options).then(() => 0), interrupted]);
});
