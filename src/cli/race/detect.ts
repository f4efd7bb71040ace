/**
 * Runs histories until one shows a race, several at a time, and asks the checker about each. Those that are under way then
 * come to their end: theirs may be the smaller race.
 */
import { check, type Witness } from "./checker/index.ts";
import type { History } from "./history.ts";
import { type PlanShape, planHistory } from "./plan.ts";
import { runHistory } from "./run-history.ts";
import type { Target } from "./target.ts";

export interface DetectOptions extends PlanShape {
	readonly seed: number;
	readonly histories: number;
	readonly atOnce: number;
}

export interface Detected {
	/** Histories that no correct shop could have had. */
	readonly races: readonly Witness[];
	/** How many were driven until the first of them. */
	readonly untilFirst: number;
	/** Histories that were driven to their end and checked, those with a race included. */
	readonly histories: number;
	readonly operations: number;
	/** Why histories could not be decided, one text for each. */
	readonly undecided: readonly string[];
	/** Answers about the stock as a whole that were only known to be possible each by itself. */
	readonly unproven: number;
	/** The first history that could not be decided. */
	readonly doubtful: History | null;
	/** Requests without an answer that no plan wanted. */
	readonly unanswered: number;
	readonly firstError: unknown;
	/** How often each kind of answer came: a run that saw no sale proves little. */
	readonly answers: Readonly<Record<string, number>>;
}

const SEEDS = 2 ** 32;

/** @param onHistory called with what there is so far, after each history */
export async function detect(
	target: Target,
	options: DetectOptions,
	signal: AbortSignal,
	onHistory: (soFar: Detected) => void,
): Promise<Detected> {
	const found = {
		...{ races: [] as Witness[], untilFirst: 0, histories: 0, operations: 0, undecided: [] as string[] },
		unproven: 0,
		doubtful: null as History | null,
		...{ unanswered: 0, firstError: null as unknown, answers: {} as Record<string, number> },
	};
	// Another run at the same shop has other products.
	const run = Date.now().toString(36);
	let next = 0;
	const worker = async () => {
		while (next < options.histories && found.races.length === 0 && !signal.aborted) {
			const seed = (options.seed + next++) % SEEDS;
			const driven = await runHistory(
				target,
				`race-${run}-${seed}`,
				planHistory(seed, options),
				options.holdMs,
				signal,
			);
			// Stopped before its end, it would say too little.
			if (signal.aborted) return;
			const { history } = driven;
			found.histories += 1;
			found.operations += history.operations.length;
			found.unanswered += driven.unanswered;
			found.firstError ??= driven.firstError;
			for (const { answer } of history.operations) {
				const kind = answer?.kind ?? "no answer";
				found.answers[kind] = (found.answers[kind] ?? 0) + 1;
			}
			const verdict = check(history);
			if (verdict.kind === "undecided") {
				found.undecided.push(`seed ${seed}: ${verdict.why}`);
				found.doubtful ??= history;
			}
			if (verdict.kind === "possible") found.unproven += verdict.unproven;
			if (verdict.kind === "race") {
				if (found.races.length === 0) found.untilFirst = found.histories;
				found.races.push(verdict.witness);
			}
			onHistory(found);
		}
	};
	await Promise.all(Array.from({ length: Math.min(options.atOnce, options.histories) }, worker));
	return found;
}
