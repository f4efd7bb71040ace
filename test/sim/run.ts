/**
 * `npm run sim -- --seeds n [--from s]`: runs n simulations of `fuzz.test.ts` and names the seeds with violations.
 * `SEED=n npm run sim` repeats one. Without arguments: ten, from a random seed.
 *
 * Vitest runs them in chunks, each in a process of its own, since every simulation leaves storage behind.
 */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const ROOT = fileURLToPath(new URL("../..", import.meta.url).href);
const VITEST = fileURLToPath(new URL("../../node_modules/vitest/vitest.mjs", import.meta.url).href);
/** Simulations in one run of Vitest. */
const CHUNK = 20;
const SEED_LIMIT = 2 ** 32;
/** In so many simulations each kind of fault happens, or it is not injected at all. */
const PROVES_FAULTS = 10;

function wholeNumber(text: string, name: string, least: number): number {
	const value = Number(text);
	if (Number.isSafeInteger(value) && value >= least && value < SEED_LIMIT) return value;
	console.error(`${name} must be a whole number from ${least}, not ${text}`);
	process.exit(2);
}

/** What `fuzz.test.ts` reports of one simulation. */
interface Report {
	readonly seed: number;
	readonly right: boolean;
	readonly checkouts: number;
	readonly faults: number;
	readonly endings: Readonly<Record<string, number>>;
	readonly trouble: Readonly<Record<string, number>>;
	/** Checkouts that ended without a sale, and after how many of them all of the shop was compared. */
	readonly ended: number;
	readonly comparedWhole: number;
	/** Of the history that the race detector's checker judged. */
	readonly requests: number;
	readonly undecided: number;
	/** That one checkout made to one SKU or to the provider. */
	readonly mostCalls: number;
}

/** Runs `count` simulations, and reports each as it is done. @returns whether all were run */
async function simulate(first: number, count: number, report: (result: Report) => void): Promise<boolean> {
	const args = ["run", "--config", "test/vitest.config.ts", "--project", "sim", "--reporter", "default"];
	const child = spawn(process.execPath, [VITEST, ...args, "test/sim/fuzz.test.ts"], {
		cwd: ROOT,
		env: { ...process.env, SIM_SEEDS: `${first} ${count}`, NO_COLOR: "1" },
		stdio: ["ignore", "pipe", "ignore"],
	});
	const ended = new Promise<number>((resolve) => child.on("close", (code) => resolve(code ?? 1)));
	const lines: string[] = [];
	let [done, right] = [0, true];
	for await (const line of createInterface({ input: child.stdout })) {
		const [, json] = /^SIM (\{.*\})$/.exec(line) ?? [];
		if (json === undefined) {
			lines.push(line);
			continue;
		}
		const result = JSON.parse(json) as Report;
		report(result);
		done++;
		right &&= result.right;
	}
	const code = await ended;
	if (code !== 0) console.log(lines.join("\n"));
	// Vitest may fail although every simulation was right: that counts as a failure too.
	return done === count && (code === 0 || !right);
}

const { values } = parseArgs({ options: { seeds: { type: "string" }, from: { type: "string" } } });
const only = process.env["SEED"];
const seeds = wholeNumber(values.seeds ?? (only === undefined ? "10" : "1"), "--seeds", 1);
const from = wholeNumber(values.from ?? only ?? String(Math.floor(Math.random() * 2 ** 31)), "--from", 0);

const results: Report[] = [];
const startedMs = Date.now();
let allDone = true;
for (let done = 0; done < seeds; done += CHUNK) {
	const chunkDone = await simulate(from + done, Math.min(CHUNK, seeds - done), (result) => {
		results.push(result);
		const { seed, right, checkouts, faults } = result;
		const what = `seed ${seed}: ${checkouts} checkouts, ${faults} faults${right ? "" : ", NOT RIGHT"}`;
		process.stderr.write(`${results.length}/${seeds}  ${what}\n`);
	});
	allDone &&= chunkDone;
}

function sum(counts: readonly Readonly<Record<string, number>>[]): Map<string, number> {
	const sums = new Map<string, number>();
	for (const count of counts) {
		for (const [what, times] of Object.entries(count)) sums.set(what, (sums.get(what) ?? 0) + times);
	}
	return sums;
}
const endings = sum(results.map((result) => result.endings));
const trouble = sum(results.map((result) => result.trouble));
const total = (of: "checkouts" | "faults" | "ended" | "comparedWhole" | "requests" | "undecided") =>
	results.reduce((sum, result) => sum + result[of], 0);
const seconds = Math.round((Date.now() - startedMs) / 1_000);
const wrong = results.filter(({ right }) => !right).map(({ seed }) => seed);
console.log(
	`seeds ${from} to ${from + seeds - 1}: ${total("checkouts")} checkouts, ${total("faults")} faults, ${seconds} s`,
);
console.log(
	`how they ended: ${[...endings]
		.map(([ending, times]) => `${ending} ${times}`)
		.sort()
		.join(", ")}`,
);
console.log(
	`ended without a sale beside a shop without that checkout: ${total("ended")}, with everybody compared: ${total("comparedWhole")}`,
);
console.log(
	`${results.length} histories of ${total("requests")} requests, each with an order that a correct shop could have had; not decided: ${total("undecided")}`,
);
console.log("what went wrong on purpose:");
for (const [what, times] of trouble) console.log(`  ${String(times).padStart(7)}  ${what}`);
const never = [...trouble].filter(([, times]) => times === 0).map(([what]) => what);
const isProof = seeds >= PROVES_FAULTS;
if (never.length > 0)
	console.log(`never happened${isProof ? ", so nothing is proven of it" : ""}: ${never.join(", ")}`);
console.log(`most calls of one checkout to one SKU or the provider: ${Math.max(...results.map((r) => r.mostCalls))}`);
if (wrong.length > 0) console.log(`not right: ${wrong.map((seed) => `SEED=${seed} npm run sim`).join(", ")}`);
if (!allDone) console.log("not every simulation could be run");
if (wrong.length > 0 || !allDone || (isProof && never.length > 0)) process.exitCode = 1;
else console.log("all is right");
