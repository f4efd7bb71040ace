/**
 * `npm run crowd`: a million people and one SKU, in simulation. Its exit status says whether what they were promised was
 * kept. It leaves neither a process nor a file behind that was not asked for.
 */
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { runCommand } from "./command.ts";
import { printComparison } from "./crowd/against.ts";
import { PUBLISHED } from "./crowd/costs.ts";
import type { Figures } from "./crowd/figures.ts";
import { KINDS } from "./crowd/kinds.ts";
import { type CrowdOptions, HELP, parseCrowdOptions, repeatCommand } from "./crowd/options.ts";
import { printResult, writeResult } from "./crowd/print.ts";
import { isKept, type Result } from "./crowd/result.ts";
import type { RushOrder } from "./crowd/rush-order.ts";
import type { ThreadMessage } from "./crowd/thread.ts";
import { KIND_TITLES } from "./crowd/words.ts";
import { Progress } from "./terminal.ts";

const PLAIN_LINE_EVERY_MS = 5_000;
/** Of a thread, in megabytes: nearly everything that a simulation makes is gone a moment later. */
const YOUNG = 192;

async function simulate(options: CrowdOptions): Promise<Result> {
	const { arrivals, seconds, units, places, isolates, seed } = options;
	const order = { arrivals, seconds, units, places, isolates, seed };
	const runs: Figures[] = [];
	for (const kind of options.only ?? KINDS) runs.push(await inThread({ ...order, kind, costs: PUBLISHED }));
	return { order, runs, command: repeatCommand(options) };
}

/** Runs one rush, and shows how far it is: in its own time, in seconds. */
async function inThread(order: RushOrder): Promise<Figures> {
	const progress = new Progress(
		`${KIND_TITLES[order.kind]} {bar} {value}/{total} s · {presses} presses`,
		order.seconds,
		{ presses: 0 },
		PLAIN_LINE_EVERY_MS,
	);
	const thread = new Worker(join(import.meta.dirname, "crowd/thread.ts"), {
		workerData: order,
		resourceLimits: { maxYoungGenerationSizeMb: YOUNG },
	});
	let second = 0;
	try {
		return await new Promise<Figures>((resolve, reject) => {
			thread.on("error", reject);
			thread.on("exit", (code) => reject(new Error(`the simulation ended with ${code}`)));
			thread.on("message", (message: ThreadMessage) => {
				if (message.kind === "figures") return resolve(message.figures);
				progress.update({ presses: message.presses });
				for (; second < Math.min(order.seconds, Math.floor(message.atMs / 1000)); second++) progress.step();
			});
		});
	} finally {
		progress.stop();
		await thread.terminate();
	}
}

runCommand("crowd", async () => {
	const options = parseCrowdOptions(process.argv.slice(2));
	if (options === null) {
		console.log(HELP);
		return 0;
	}
	if (options.against !== null) {
		await printComparison(options.against);
		return 0;
	}
	const result = await simulate(options);
	printResult(result);
	writeResult(result, options);
	return isKept(result) ? 0 : 1;
});
