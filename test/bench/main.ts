/**
 * `npm run bench`: the hot path beside what bounds it and beside what a shop could use instead, in one run. `suites.ts`
 * lists what is measured.
 *
 * Rows of one group take turns, round after round, so a slow minute of the machine is shared by all of them. Each
 * figure is the median of the rounds. Nothing is asserted about time. The bench leaves neither a process nor a file
 * behind.
 */
import { runCommand } from "../../src/cli/command.ts";
import { shutdownSignal } from "../../src/cli/shutdown-signal.ts";
import { Progress, printStatus } from "../../src/cli/terminal.ts";
import { createContext } from "./context.ts";
import { chooseCores } from "./cpu-pinning.ts";
import { type MeasuredRow, type Suite, Unavailable } from "./measurement.ts";
import { type BenchOptions, helpText, parseBenchOptions } from "./options.ts";
import { printReport, writeJson } from "./report.ts";
import { GROUPS, SUITES } from "./suites.ts";

const PLAIN_LINE_EVERY_MS = 10_000;
/** As a shell has it: 128 and the number of SIGINT. */
const INTERRUPTED_STATUS = 130;

async function measureGroup(suites: readonly Suite[], { rounds, seconds }: BenchOptions): Promise<MeasuredRow[]> {
	const context = createContext(chooseCores(), seconds * 1000);
	try {
		const measured: MeasuredRow[] = [];
		for (const suite of suites) measured.push(...(await prepareSuite(suite, context)));
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
		await context.end();
	}
}

async function prepareSuite(suite: Suite, context: Parameters<Suite["prepare"]>[0]): Promise<MeasuredRow[]> {
	printStatus(`preparing ${suite.name}…`);
	try {
		const rows = await suite.prepare(context);
		return rows.map((row) => ({ suite, row, rounds: [], missing: null }));
	} catch (error) {
		if (!(error instanceof Unavailable)) throw error;
		printStatus(`${suite.name}: not available: ${error.message}`);
		return [{ suite: suite, row: null, rounds: [], missing: error.message }];
	}
}

async function bench(options: BenchOptions): Promise<void> {
	const startedAt = new Date();
	const wanted = SUITES.filter(({ name }) => options.only === null || options.only.includes(name));
	const measured: MeasuredRow[] = [];
	for (const group of GROUPS) {
		const suites = wanted.filter((suite) => suite.group === group);
		if (suites.length > 0) measured.push(...(await measureGroup(suites, options)));
	}
	printReport(measured, options);
	if (options.json !== null) writeJson(options.json, measured, options, startedAt);
}

runCommand("bench", async () => {
	const names = SUITES.map(({ name }) => name);
	const options = parseBenchOptions(process.argv.slice(2), names);
	if (options === null) {
		console.log(helpText(SUITES));
		return 0;
	}
	const interrupted = new Promise<number>((resolve) => {
		shutdownSignal().addEventListener("abort", () => resolve(INTERRUPTED_STATUS));
	});
	return Promise.race([bench(options).then(() => 0), interrupted]);
});
