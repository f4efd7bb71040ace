/**
 * `npm run drop`: many buyers, few units, over HTTP. It puts the project's promise to the test in one command, and its
 * exit status says whether the promise held. With `--compare` the same crowd goes to a shop that oversells first. Without
 * `--url` it leaves neither a process nor a file behind.
 */
import { runCommand } from "./command.ts";
import { compare } from "./drop/compare/compare.ts";
import { printComparison, writeComparison } from "./drop/compare/print.ts";
import { type CompareOptions, type DropOptions, HELP, parseDropOptions } from "./drop/options.ts";
import { playDrop } from "./drop/play.ts";
import { printReport, writeJson } from "./drop/report.ts";
import { startFreshServer } from "./fresh-server.ts";
import { interruption, shutdownSignal } from "./shutdown-signal.ts";

/** @returns whether the shop kept its promise; false too when it was stopped before the end */
async function dropAlone(options: DropOptions, shutdown: AbortSignal): Promise<boolean> {
	const target = options.target
		? { ...options.target, close: async () => {} }
		: await startFreshServer("drop", shutdown, { rateLimits: options.rateLimits });
	try {
		const played = await Promise.race([playDrop(options, target), interruption(shutdown)]);
		if (played === "interrupted") return false;
		printReport(played.verdict, played.measured);
		if (options.json !== null) writeJson(options.json, options, played.verdict, played.measured);
		return played.verdict.ok;
	} finally {
		await target.close();
	}
}

async function dropCompared(options: DropOptions, how: CompareOptions, shutdown: AbortSignal): Promise<boolean> {
	const comparison = await compare(options, how.variant, shutdown, interruption(shutdown));
	if (comparison === "interrupted") return false;
	printComparison(comparison);
	writeComparison(comparison, how, options.json);
	return comparison.problems.length === 0;
}

runCommand("drop", async () => {
	const options = parseDropOptions(process.argv.slice(2), process.env);
	if (options === null) {
		console.log(HELP);
		return 0;
	}
	const shutdown = shutdownSignal();
	const kept = options.compare
		? await dropCompared(options, options.compare, shutdown)
		: await dropAlone(options, shutdown);
	return kept ? 0 : 1;
});
