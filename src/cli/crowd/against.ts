/**
 * Is the model true? It simulates the loads that a bench measured, at the scale of that machine, and shows both side by
 * side. What a request takes without the object, and what a call of the object takes, it has from the same bench; the
 * rest, above all how many requests travel together, comes out of Holdfast's own code.
 */
import "./workers-module.ts";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { UsageError } from "../options.ts";
import { alignColumns } from "../terminal.ts";
import { type Costs, PUBLISHED } from "./costs.ts";
import type { Kind } from "./kinds.ts";
import { OUTCOME } from "./log.ts";
import type { Place } from "./places.ts";
import type { Rushed } from "./rush.ts";

const Bench = z.object({
	rows: z.array(z.object({ name: z.string(), median: z.record(z.string(), z.number().nullable()) })),
});

/** Reservations in the larger of the two calls by which the cost of a call is told from that of what is in it. */
const LARGE = 64;
const ENOUGH = 10_000;
/** As `test/bench/crowd.ts` has them. */
const CROWD = { shoppers: 50_000, units: 100, waitsEvery: 2_000 };
const ALL_HERE: Place = {
	...{ name: "here", region: "Europe", share: 1, roundTripMs: 0, latitude: 50.1, longitude: 8.7 },
	...{ firstIsolate: 0, isolates: 1 },
};

interface Load {
	readonly row: string;
	readonly title: string;
	readonly kind: Kind;
	readonly connections: number;
	readonly shoppers: number;
	readonly units: number;
	readonly waitsEvery: number;
}

const held = (kind: Kind, row: string, title: string, connections: number): Load => ({
	...{ kind, row: `${row}-${connections}`, title: `${title}, ${connections} conn.`, connections },
	...{ shoppers: ENOUGH, units: ENOUGH, waitsEvery: Number.POSITIVE_INFINITY },
});

const CONNECTIONS = [1, 32, 128, 512];
const LOADS: readonly Load[] = [
	...CONNECTIONS.map((connections) => held("batched", "reserve", "reservations", connections)),
	...CONNECTIONS.map((connections) => held("alone", "no-batching", "without batching", connections)),
	{ ...held("batched", "sold-out", "sold out", 128), units: 1 },
	{ kind: "batched", row: "crowd-default", title: "crowd, default policy, 128 conn.", connections: 128, ...CROWD },
];

/** A figure that both have. */
interface Compared {
	readonly title: string;
	readonly measured: number;
	readonly simulated: number;
}

export async function printComparison(file: string): Promise<void> {
	const figure = readBench(file);
	const compared: Compared[] = [];
	for (const load of LOADS) {
		const doorMs = 1000 / figure(`no-object-${load.connections}`, "perSecond");
		compared.push(...(await compare(load, costsOf(figure, doorMs), figure)));
	}
	console.log(
		alignColumns([
			["", "measured", "simulated", "simulated ÷ measured"],
			...compared.map(({ title, measured, simulated }) => [
				...[title, shown(measured), shown(simulated)],
				(simulated / measured).toFixed(2),
			]),
		]),
	);
	console.log("\nFrom the bench: what a request takes without the object, and what a call of the object takes.");
}

type Figure = (row: string, name: string) => number;

/** @throws UsageError */
function readBench(file: string): Figure {
	const read = () => {
		try {
			return Bench.parse(JSON.parse(readFileSync(file, "utf8")));
		} catch {
			throw new UsageError(`--against ${file} is no file of npm run bench -- --json.`);
		}
	};
	const { rows } = read();
	return (row, name) => {
		const value = rows.find((one) => one.name === row)?.median[name];
		if (value == null) throw new UsageError(`--against ${file} does not have the row ${row}.`);
		return value;
	};
}

function costsOf(figure: Figure, doorMs: number): Costs {
	const [one, many] = [figure("calls-1", "microsEach"), figure(`calls-${LARGE}`, "microsEach")];
	const decideMs = Math.max(0, (many - one) / (LARGE - 1)) / 1000;
	const callMs = one / 1000 - decideMs;
	// What is stored is waited for in the call: a laptop has one disk.
	return { ...PUBLISHED, doorMs, callMs, decideMs, commitMs: 0, jitter: 0, isShared: true };
}

async function compare(load: Load, costs: Costs, figure: Figure): Promise<Compared[]> {
	const rushed = await simulate(load, costs);
	const { row, title } = load;
	const perSecond = {
		title: `${title}: per second`,
		measured: figure(row, "perSecond"),
		simulated: (load.shoppers * 1000) / Math.max(...rushed.presses.answeredMs),
	};
	if (row !== "crowd-default") return [perSecond];
	const { byObject, outcome } = rushed.presses;
	const losers = outcome.filter((became, press) => became === OUTCOME.refused && byObject[press] === 1).length;
	const calls = rushed.load.calls.reduce((sum, count) => sum + count, 0);
	return [
		perSecond,
		{ title: "  calls of the object", measured: figure(row, "calls"), simulated: calls },
		{ title: "  losers at the object", measured: figure(row, "losersAtObject"), simulated: losers },
	];
}

async function simulate({ kind, connections, shoppers, units, waitsEvery }: Load, costs: Costs): Promise<Rushed> {
	const [{ rush }, { populationAtOnePlace }] = [await import("./rush.ts"), await import("./connections.ts")];
	const population = populationAtOnePlace(shoppers);
	const size = { population, places: [ALL_HERE], units, restock: null, untilMs: Number.MAX_SAFE_INTEGER };
	return rush({ kind, ...size, costs, seed: 1, connections: { count: connections, waitsEvery } }, () => {});
}

const shown = (value: number): string => Math.round(value).toLocaleString("en-US");
