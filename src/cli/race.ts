/**
 * `npm run race`: a race detector for checkouts, as there are for programs. It drives a shop, and shows the fewest
 * requests that prove that the shop sold, promised or charged what it could not. It leaves neither a process nor a file
 * behind that was not asked for.
 */
import { writeFileSync } from "node:fs";
import { runCommand } from "./command.ts";
import { check, explain, shrink, type Witness } from "./race/checker/index.ts";
import { type Detected, detect } from "./race/detect.ts";
import type { History } from "./race/history.ts";
import { openTarget } from "./race/load-target.ts";
import { help, parseRaceOptions, type RaceOptions, repeatCommand } from "./race/options.ts";
import { type Finding, type Page, reportPage } from "./race/picture/page.ts";
import { pictureText, tableText } from "./race/picture/text.ts";
import { readHistory, saveHistory } from "./race/saved.ts";
import { shutdownSignal } from "./shutdown-signal.ts";
import { Progress, printStatus } from "./terminal.ts";

const NONE = 0;
const RACE = 1;
const UNDECIDED = 2;

const PLAIN_LINE_EVERY_MS = 5000;
/** Of the requests, at most this share may fail or stay unanswered, beside those that are meant to: else nothing was tested. */
const MOST_FAILED = 0.1;
const SHOWN_REASONS = 3;
/** Histories with a race that are shrunk: one takes part of a second, or a few. */
const MOST_SHRUNK = 12;

/** What a command ends with: its words, its page and its status. */
interface Result {
	readonly status: number;
	readonly page: Page;
}

async function drive(options: RaceOptions, signal: AbortSignal): Promise<Result | null> {
	const { variant, adminToken, holdSeconds } = options;
	const holdMs = holdSeconds * 1000;
	const target = await openTarget(options.target, { variant, adminToken, signal, holdMs });
	try {
		const progress = new Progress(
			"histories {bar} {value}/{total} · {operations} operations · sold {sold} · refused {refused}",
			options.histories,
			{ operations: 0, sold: 0, refused: 0 },
			PLAIN_LINE_EVERY_MS,
		);
		const detected = await detect(target, { ...options, holdMs }, signal, ({ operations, answers }) => {
			progress.update({ operations, sold: answers["sold"] ?? 0, refused: answers["refused"] ?? 0 });
			progress.step();
		}).finally(() => progress.stop());
		return signal.aborted ? null : resultOf(target.name, options, detected);
	} finally {
		await target.close();
	}
}

function resultOf(shop: string, options: RaceOptions, detected: Detected): Result {
	const { histories, operations, undecided, unproven, unanswered, firstError } = detected;
	const answers = Object.entries(detected.answers).sort(([, a], [, b]) => b - a);
	const effort = `${histories} ${histories === 1 ? "history" : "histories"} of ${operations} operations, seed ${options.seed}`;
	const race = smallestOf(detected.races);
	const page = { shop, answers, undecided, command: repeatCommand(options, race?.whole.seed ?? null) };
	if (race !== null) {
		if (options.save !== null) saveHistory(options.save, race.whole, race.witness.history);
		const found = `Found after ${detected.untilFirst} of ${effort}.`;
		return { status: RACE, page: { ...page, finding: findingOf(race.witness), effort: found } };
	}
	if (options.save !== null && detected.doubtful !== null) saveHistory(options.save, detected.doubtful, null);
	const failed = detected.answers["failed"] ?? 0;
	const isUntested = unanswered + failed > operations * MOST_FAILED;
	const first = firstError === null ? "" : ` The first: ${reasonOf(firstError)}`;
	const reasons = isUntested ? [`${failed} requests failed, and ${unanswered} got no answer.${first}`] : [];
	const status = isUntested || undecided.length > 0 ? UNDECIDED : NONE;
	return {
		status,
		page: { ...page, undecided: [...reasons, ...undecided], finding: null, effort: noneFound(effort, unproven) },
	};
}

/** Decides a history that was saved. */
function decide(path: string, options: RaceOptions): Result {
	const history = readHistory(path);
	const verdict = check(history);
	const effort = `1 history of ${history.operations.length} operations, seed ${history.seed}`;
	const page = { shop: path, answers: [], command: repeatCommand(options, null) };
	if (verdict.kind === "race") {
		const finding = findingOf(shrink(history) ?? verdict.witness);
		return { status: RACE, page: { ...page, finding, undecided: [], effort: `Found in ${effort}.` } };
	}
	const undecided = verdict.kind === "undecided" ? [verdict.why] : [];
	const status = verdict.kind === "undecided" ? UNDECIDED : NONE;
	const unproven = verdict.kind === "possible" ? verdict.unproven : 0;
	return { status, page: { ...page, finding: null, undecided, effort: noneFound(effort, unproven) } };
}

function noneFound(effort: string, unproven: number): string {
	const words = `${unproven} ${unproven === 1 ? "answer" : "answers"} about the stock`;
	const rest = unproven === 0 ? "" : ` Of ${words} it is only known that each was possible by itself.`;
	return `No race found in ${effort}.${rest}`;
}

/** Of several histories with a race the one that shrinks to the fewest requests; null when there is none. */
function smallestOf(races: readonly Witness[]): { readonly whole: History; readonly witness: Witness } | null {
	const shrunk = races
		.slice(0, MOST_SHRUNK)
		.map((race) => ({ whole: race.history, witness: shrink(race.history) ?? race }));
	// Where nobody had to be left out, who is concerned can be seen.
	const sizeOf = ({ witness }: { readonly witness: Witness }) =>
		witness.history.operations.length + witness.aside.length;
	return shrunk.toSorted((one, other) => sizeOf(one) - sizeOf(other))[0] ?? null;
}

function findingOf(witness: Witness): Finding {
	const { title, sentences, pair } = explain(witness);
	return { title, sentences, operations: witness.history.operations, marked: new Set(pair) };
}

const reasonOf = (error: unknown): string => {
	const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : "";
	return `${error instanceof Error ? error.message : error}${cause}`;
};

function print({ page: { effort, finding, undecided, answers, command } }: Result): void {
	if (finding !== null) {
		const { title, sentences, operations, marked } = finding;
		console.log(`\nRACE: ${title}\n`);
		for (const sentence of sentences) console.log(sentence);
		console.log(`\n${tableText(operations, marked)}\n\n${pictureText(operations, marked)}\n`);
		console.log("time → (not to scale; thick: these contradict each other)\n");
		console.log(`${effort}\nThe same again: ${command}`);
		return;
	}
	for (const reason of undecided.slice(0, SHOWN_REASONS)) console.log(`not decided: ${reason}`);
	if (undecided.length > SHOWN_REASONS) console.log(`… and ${undecided.length - SHOWN_REASONS} more`);
	if (answers.length > 0) console.log(`answers: ${answers.map(([answer, count]) => `${answer} ${count}`).join(", ")}`);
	console.log(effort);
}

runCommand(
	"race",
	async () => {
		const options = parseRaceOptions(process.argv.slice(2), process.env);
		if (options === null) {
			console.log(help());
			return NONE;
		}
		const shutdown = shutdownSignal();
		const result = options.check === null ? await drive(options, shutdown) : decide(options.check, options);
		if (result === null) {
			printStatus("\nstopped before the end");
			return UNDECIDED;
		}
		print(result);
		if (options.report !== null) writeFileSync(options.report, reportPage(result.page));
		return result.status;
	},
	UNDECIDED,
);
