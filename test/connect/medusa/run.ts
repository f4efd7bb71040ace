/**
 * `node test/connect/medusa/run.ts`: the same buyers at Medusa alone, and at Medusa with Holdfast behind it. It starts all
 * it needs and ends it again, also when it is interrupted. The README beside this says what it shows.
 */
import { runCommand } from "../../../src/cli/command.ts";
import { describeOptions, parseOptions, wholeNumber } from "../../../src/cli/options.ts";
import { check, explain, shrink } from "../../../src/cli/race/checker/index.ts";
import { planHistory } from "../../../src/cli/race/plan.ts";
import { runHistory } from "../../../src/cli/race/run-history.ts";
import { shutdownSignal } from "../../../src/cli/shutdown-signal.ts";
import { alignColumns, Progress, printStatus } from "../../../src/cli/terminal.ts";
import { CENTS, startShop } from "./start.ts";
import { type Books, count, NOBODY, readBooks, type Tally } from "./tally.ts";
import { openTarget } from "./target.ts";

const SHOWN = 0;
const NOT_SHOWN = 1;
const NOT_RUN = 2;
const PLAIN_LINE_EVERY_MS = 10_000;

const OPTIONS = {
	seed: { value: "N", schema: wholeNumber(0, 2 ** 31), default: "1", help: "of the first history" },
	histories: { value: "N", schema: wholeNumber(1, 1000), default: "8", help: "at each shop, each of one product" },
	atOnce: { value: "N", schema: wholeNumber(1, 20), default: "2", help: "histories at the same time" },
	buyers: { value: "N", schema: wholeNumber(1, 50), default: "6", help: "buyers of each history" },
	units: { value: "N", schema: wholeNumber(1, 50), default: "3", help: "units on sale at the start, at most" },
	holdSeconds: {
		value: "N",
		schema: wholeNumber(2, 60),
		default: "10",
		help: "how long Holdfast keeps units for a payment",
	},
} as const;
type Options = NonNullable<ReturnType<typeof parseOptions<typeof OPTIONS>>>;

interface Outcome {
	readonly name: string;
	readonly tally: Tally;
	/** What each race was, in words. */
	readonly races: readonly string[];
	readonly undecided: readonly string[];
	readonly books: Books;
}

/** @returns null when it was stopped */
async function drive(isAlone: boolean, options: Options, signal: AbortSignal): Promise<Outcome | null> {
	const { seed, histories, atOnce } = options;
	const shop = await startShop(isAlone, signal);
	try {
		const holdMs = options.holdSeconds * 1000;
		const target = openTarget(shop, { holdMs });
		const format = `${target.name} {bar} {value}/{total} histories · {requests} requests · sold {sold}`;
		const progress = new Progress(format, histories, { requests: 0, sold: 0 }, PLAIN_LINE_EVERY_MS);
		let [next, tally] = [0, NOBODY];
		const [races, undecided, skus]: [string[], string[], string[]] = [[], [], []];
		const worker = async () => {
			while (next < histories && !signal.aborted) {
				const plan = planHistory(seed + next++, { ...options, holdMs });
				const sku = `race-${plan.seed}`;
				skus.push(sku);
				const { history } = await runHistory(target, sku, plan, holdMs, signal);
				if (signal.aborted) return;
				tally = count(tally, history);
				const verdict = check(history);
				if (verdict.kind === "race") races.push(explain(shrink(history) ?? verdict.witness).title);
				if (verdict.kind === "undecided") undecided.push(`seed ${plan.seed}: ${verdict.why}`);
				progress.update({ requests: tally.requests, sold: tally.sold });
				progress.step();
			}
		};
		await Promise.all(Array.from({ length: Math.min(atOnce, histories) }, worker)).finally(() => progress.stop());
		if (signal.aborted) return null;
		return { name: target.name, tally, races, undecided, books: await readBooks(shop, skus) };
	} finally {
		await shop.close();
	}
}

const money = (cents: number): string => `$${(cents / CENTS).toFixed(2)}`;

function table(outcomes: readonly Outcome[]): string {
	const row = (label: string, cell: (outcome: Outcome) => number | string) => [
		label,
		...outcomes.map((outcome) => String(cell(outcome))),
	];
	return alignColumns([
		row("", ({ name }) => name),
		row("requests, and how many failed", ({ tally }) => `${tally.requests}, ${tally.failed}`),
		row("buyers at the till", ({ tally }) => tally.wentToTheTill),
		row("  told there that no unit is left", ({ tally }) => tally.refusedBeforePaying),
		row("  let through, and paid", ({ tally }) => tally.paid),
		row("    and have it", ({ tally }) => tally.sold),
		row("    bank said yes, and no unit", ({ tally }) => tally.paidForNothing),
		row("    not decided at the end", ({ tally }) => tally.undecided),
		row("money set aside for nothing, at the end", ({ books }) => money(books.setAsideForNothing)),
		row("histories with a race", ({ races }) => races.length),
		row("units of standing orders", ({ books }) => books.unitsOrdered),
		row("books that differ", ({ books }) => books.differences.length),
	]);
}

function statusOf(alone: Outcome, beside: Outcome): number {
	const isSeenAlone = alone.tally.paidForNothing > 0 && alone.races.length > 0;
	const { races, undecided, books, tally } = beside;
	const isClean = races.length + undecided.length + books.differences.length + books.setAsideForNothing === 0;
	return isSeenAlone && isClean && tally.sold > 0 ? SHOWN : NOT_SHOWN;
}

runCommand(
	"race",
	async () => {
		const options = parseOptions(OPTIONS, process.argv.slice(2));
		if (options === null) {
			console.log(`node test/connect/medusa/run.ts [options]\n\n${describeOptions({ Options: OPTIONS })}`);
			return SHOWN;
		}
		const shutdown = shutdownSignal();
		const outcomes: Outcome[] = [];
		for (const isAlone of [true, false]) {
			const outcome = await drive(isAlone, options, shutdown).catch((error: unknown) => {
				if (shutdown.aborted) return null;
				throw error;
			});
			if (outcome === null) {
				printStatus("\nstopped before the end");
				return NOT_RUN;
			}
			outcomes.push(outcome);
		}
		const [alone, beside] = outcomes as [Outcome, Outcome];
		console.log(`\n${table(outcomes)}\n`);
		for (const { name, races, undecided, books } of outcomes) {
			for (const line of [...new Set(races), ...undecided, ...books.differences]) console.log(`${name}: ${line}`);
		}
		const status = statusOf(alone, beside);
		console.log(status === SHOWN ? "Holdfast makes the difference." : "The difference was not shown.");
		return status;
	},
	NOT_RUN,
);
