/**
 * Random histories of one SKU, each against a fresh real object and a model of it, compared after every step.
 *
 * `VITE_RUNS=5000` runs more of them; a failure prints the seed and the path of its shortest history, to be run again
 * by `VITE_SEED=… VITE_PATH=…`.
 */
import * as fc from "fast-check";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { allCommands, drawn } from "./commands.ts";
import { History } from "./history.ts";
import { START } from "./sku-harness.ts";

declare global {
	interface ImportMeta {
		readonly env: Readonly<Record<string, string | undefined>>;
	}
}
const { VITE_RUNS, VITE_PATH } = import.meta.env;
const RUNS = Number(VITE_RUNS ?? 200);
const STEPS = 80;
/**
 * Ends the search for a shorter history that fails, so that the one found so far is printed before the test times out.
 */
const LIMIT_MS = 60_000 + RUNS * 500;

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: START }));
afterEach(() => void vi.useRealTimers());

it(`${RUNS} random histories of a SKU go as its model says`, { timeout: LIMIT_MS + 30_000 }, async () => {
	const commands = fc.commands(allCommands, { maxCommands: STEPS, size: "max" });
	const property = fc.asyncProperty(drawn, commands, async (start, steps) => {
		const history = await History.begin(start);
		await fc.asyncModelRun(() => ({ model: {}, real: history }), steps);
	});
	await fc.assert(property, {
		numRuns: RUNS,
		interruptAfterTimeLimit: LIMIT_MS,
		// A machine too slow for all of them has not shown what the title says.
		markInterruptAsFailure: true,
		...(VITE_PATH !== undefined && { path: VITE_PATH }),
	});
	expect.hasAssertions();
});
