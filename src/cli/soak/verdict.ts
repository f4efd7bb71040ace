/** Whether a soak was passed: the books agree, nothing was left open, and nothing grew that should not. Pure. */
import type { Sweep } from "../../client/index.ts";
import type { Evidence } from "../drop/collect-evidence.ts";
import { judge, type Verdict } from "../drop/verdict.ts";
import { GRACE_SECONDS, type Stall } from "./plan.ts";
import { type Findings, judgeSamples, type Samples } from "./rules.ts";
import type { ShopMetrics } from "./sample.ts";
import type { Trade } from "./trade.ts";

export interface StallFacts {
	readonly stall: Pick<Stall, "sku" | "delivery" | "terms"> & { readonly visits: { readonly length: number } };
	readonly traded: Trade;
	readonly evidence: Evidence;
	readonly clockAheadMs: number;
}

/** What is known when all is settled. */
export interface EndFacts {
	readonly stalls: readonly StallFacts[];
	/** Pages of the last sweep. */
	readonly sweeps: readonly Sweep[];
	/** The metrics after it. */
	readonly told: ShopMetrics;
	/** Events that the receiver has not taken. */
	readonly pending: number;
	readonly receiver: {
		/** By type. */
		readonly taken: Readonly<Record<string, number>>;
		readonly repeated: number;
		readonly refused: number;
		readonly forged: number;
	};
	readonly watchers: { readonly looks: number; readonly live: number; readonly told: number };
	readonly requests: number;
	readonly serverErrors: number;
	/** To each SKU. */
	readonly deliveries: number;
}

export interface SoakVerdict {
	readonly findings: Findings;
	readonly stalls: readonly Verdict[];
	readonly end: Omit<EndFacts, "stalls" | "sweeps"> & { readonly refunds: number; readonly returns: number };
	readonly ok: boolean;
	/** Whole sentences; empty when ok. */
	readonly problems: readonly string[];
}

export function judgeSoak(samples: Samples, facts: EndFacts): SoakVerdict {
	const findings = judgeSamples(samples);
	const stalls = facts.stalls.map(judgeStall);
	const problems = [
		...stalls.flatMap(({ problems }, index) =>
			problems.map((problem) => `${facts.stalls[index]?.stall.sku}: ${problem}`),
		),
		...problemsAtTheEnd(facts, samples.rest.overdueMs),
		...findings.problems,
	];
	const { stalls: _, sweeps: __, ...end } = facts;
	const count = (of: (trade: Trade) => number) => facts.stalls.reduce((sum, { traded }) => sum + of(traded), 0);
	const refunds = count(({ refunds }) => refunds);
	const returns = count(({ returns }) => returns.length);
	return { findings, stalls, end: { ...end, refunds, returns }, ok: problems.length === 0, problems };
}

/** The books of one SKU, by the checks of a drop: buyers, counters, journal, D1 and the provider say the same. */
function judgeStall({ stall, traded, evidence, clockAheadMs }: StallFacts): Verdict {
	const { reports, deliveries, returns } = traded;
	return judge({
		...{ reports, deliveries, returns, evidence, clockAheadMs, sku: stall.sku, stock: stall.delivery },
		...{ buyers: stall.visits.length, preorder: stall.terms.preorder, graceMs: GRACE_SECONDS * 1000 },
		// Those of all SKUs are counted together.
		serverErrors: 0,
		// A soak is too long for a search among its orders; `npm run race` and `npm run drop` make it.
		history: { kind: "undecided", requests: 0, text: "a soak looks for no order of its requests", evidence: [] },
	});
}

const complainIf = (isWrong: boolean, complaint: string): readonly string[] => (isWrong ? [complaint] : []);

/** What a whole sweep found, which is nothing in a shop where all has ended. */
export function problemsOfSweep(pages: readonly Sweep[]): string[] {
	const found = (of: (page: Sweep) => readonly unknown[]) => pages.flatMap(of).length > 0;
	const late = pages.flatMap(({ overdue }) => overdue);
	return [
		...late.map(
			({ checkoutId, phase, since }) => `checkout ${checkoutId} should have ended at ${since}, and is ${phase}`,
		),
		...complainIf(
			found(({ unsettled }) => unsettled.found),
			"the sweep found checkouts that cannot settle",
		),
		...complainIf(
			found(({ payments }) => payments.differing),
			"the sweep found payments that differ",
		),
		...complainIf(
			found(({ stray }) => stray),
			"the sweep found units without a checkout",
		),
		...complainIf(
			found(({ unreachable }) => unreachable),
			"the sweep found objects that do not answer",
		),
		...complainIf(
			pages.some(({ resent }) => resent > 0),
			"the sweep found orders that D1 lacks",
		),
	];
}

function problemsAtTheEnd(facts: EndFacts, overdueMs: number): string[] {
	const { stalls, sweeps, told, pending, receiver, watchers, serverErrors } = facts;
	const orders = stalls.reduce((sum, { evidence }) => sum + evidence.orders.length, 0);
	const announced = receiver.taken["order.created"] ?? 0;
	const completed = receiver.taken["checkout.completed"] ?? 0;
	return [
		...complainIf(serverErrors !== 0, `${serverErrors} answers were server errors`),
		...complainIf(pending !== 0, `${pending} events are not delivered`),
		...complainIf(announced !== orders, `the receiver was told of ${announced} orders, and there are ${orders}`),
		...complainIf(completed !== orders, `the receiver was told of ${completed} completed checkouts, of ${orders}`),
		...complainIf(receiver.forged !== 0, `${receiver.forged} events had a wrong signature`),
		...complainIf(watchers.looks > 0 && watchers.live === 0, "no watcher ever had a live socket"),
		...problemsOfSweep(sweeps),
		...complainIf(told.unbalanced > 0, `${told.unbalanced} SKUs do not balance`),
		...complainIf(told.outboxAgeSeconds > 0, `objects and D1 have differed for ${told.outboxAgeSeconds} s`),
		...complainIf(told.unsettled > 0, `${told.unsettled} checkouts are not settled`),
		...complainIf(told.eventsFailed > 0, `${told.eventsFailed} events were given up`),
		...complainIf(told.eventsDropped > 0, `for ${told.eventsDropped} events there was no room`),
		...complainIf(told.webhooksDisabled > 0, "the webhook was disabled"),
		...complainIf(overdueMs > 0, `an alarm is ${Math.round(overdueMs / 1000)} s late`),
	];
}
