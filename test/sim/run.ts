/**
 * `npm run sim -- --seeds n [--from s]`: visits as many towns of `fuzz.test.ts` as asked, and says which did not end well.
 * `SEED=n npm run sim` visits one. Without any of it: ten, from a seed that nobody has chosen.
 *
 * Vitest does the work, some towns at a time, so that what they leave behind does not pile up. Not here: what a town is.
 */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const ROOT = fileURLToPath(new URL("../..", import.meta.url).href);
const VITEST = fileURLToPath(new URL("../../node_modules/vitest/vitest.mjs", import.meta.url).href);
/** Towns to one run of Vitest. */
const CHUNK = 20;
const LAST = 2 ** 32;

function whole(text: string, name: string, least: number): number {
	const value = Number(text);
	if (Number.isSafeInteger(value) && value >= least && value < LAST) return value;
	console.error(`${name} is a whole number from ${least}, and not ${text}`);
	process.exit(2);
}

/** What `fuzz.test.ts` says of one town. */
interface Told {
	readonly seed: number;
	readonly right: boolean;
	readonly checkouts: number;
	readonly faults: number;
	readonly fates: Readonly<Record<string, number>>;
}

/** Visits `count` towns, and tells of each as it is done. @returns whether all were visited */
async function visit(first: number, count: number, tell: (town: Told) => void): Promise<boolean> {
	const args = ["run", "--config", "test/vitest.config.ts", "--project", "sim", "--reporter", "default"];
	const child = spawn(process.execPath, [VITEST, ...args, "test/sim/fuzz.test.ts"], {
		cwd: ROOT,
		env: { ...process.env, SIM_SEEDS: `${first} ${count}`, NO_COLOR: "1" },
		stdio: ["ignore", "pipe", "ignore"],
	});
	const ended = new Promise<number>((resolve) => child.on("close", (code) => resolve(code ?? 1)));
	const lines: string[] = [];
	let [visited, right] = [0, true];
	for await (const line of createInterface({ input: child.stdout })) {
		const [, json] = /^SIM (\{.*\})$/.exec(line) ?? [];
		if (json === undefined) {
			lines.push(line);
			continue;
		}
		const town = JSON.parse(json) as Told;
		tell(town);
		visited++;
		right &&= town.right;
	}
	const code = await ended;
	if (code !== 0) console.log(lines.join("\n"));
	// A run that failed though every town was right is as bad as one that found disorder.
	return visited === count && (code === 0 || !right);
}

const { values } = parseArgs({ options: { seeds: { type: "string" }, from: { type: "string" } } });
const only = process.env["SEED"];
const seeds = whole(values.seeds ?? (only === undefined ? "10" : "1"), "--seeds", 1);
const from = whole(values.from ?? only ?? String(Math.floor(Math.random() * 2 ** 31)), "--from", 0);

const towns: Told[] = [];
const startedMs = Date.now();
let allVisited = true;
for (let done = 0; done < seeds; done += CHUNK) {
	const visited = await visit(from + done, Math.min(CHUNK, seeds - done), (town) => {
		towns.push(town);
		const { seed, right, checkouts, faults } = town;
		const what = `seed ${seed}: ${checkouts} checkouts, ${faults} faults${right ? "" : ", NOT RIGHT"}`;
		process.stderr.write(`${towns.length}/${seeds}  ${what}\n`);
	});
	allVisited &&= visited;
}

const fates = new Map<string, number>();
for (const town of towns) {
	for (const [fate, times] of Object.entries(town.fates)) fates.set(fate, (fates.get(fate) ?? 0) + times);
}
const total = (of: "checkouts" | "faults") => towns.reduce((sum, town) => sum + town[of], 0);
const seconds = Math.round((Date.now() - startedMs) / 1_000);
const wrong = towns.filter(({ right }) => !right).map(({ seed }) => seed);
console.log(
	`seeds ${from} to ${from + seeds - 1}: ${total("checkouts")} checkouts, ${total("faults")} faults, ${seconds} s`,
);
console.log(
	`how they ended: ${[...fates]
		.map(([fate, times]) => `${fate} ${times}`)
		.sort()
		.join(", ")}`,
);
if (wrong.length > 0) console.log(`not right: ${wrong.map((seed) => `SEED=${seed} npm run sim`).join(", ")}`);
if (!allVisited) console.log("not every town could be visited");
if (wrong.length > 0 || !allVisited) process.exitCode = 1;
else console.log("all is right");
