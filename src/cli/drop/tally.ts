/**
 * The counts on which the verdict of a drop rests, each from its own source: the buyers' reports, the shop's counters,
 * its journal, D1 and the payment provider. Pure.
 */

import type { JudgedHistory } from "../race/judge.ts";
import { type Evidence, unitsKept, unitsWithStatus } from "./collect-evidence.ts";
import { countConcurrentHolds, type Delivery } from "./concurrent-holds.ts";
import { type ReplayResult, replayJournal } from "./journal.ts";
import { countMoney, type MoneyCount } from "./money.ts";
import type { BuyerOutcome, BuyerReport } from "./outcome.ts";

/** A buyer's outcome, with the details that the table shows. */
export type DetailedOutcome =
	| Exclude<BuyerOutcome, "preordered">
	| "promoted, then bought"
	| "pre-ordered, owed"
	| "pre-ordered, filled"
	| "pre-order gone";

/** What is known when a drop is over. */
export interface DropFacts {
	readonly buyers: number;
	readonly stock: number;
	readonly deliveries: readonly Delivery[];
	/** Units that were bought, paid back and put on sale again. */
	readonly returns: readonly Delivery[];
	/** Pre-orders that there may be at once. */
	readonly preorder: number;
	readonly graceMs: number;
	/** The server's clock minus ours. */
	readonly clockAheadMs: number;
	readonly serverErrors: number;
	readonly reports: readonly BuyerReport[];
	readonly evidence: Evidence;
	readonly history: JudgedHistory;
	readonly sku: string;
}

interface PreorderUnits {
	readonly owed: number;
	readonly filled: number;
}

export interface Tally {
	/** All units that there were, deliveries included. */
	readonly units: number;
	/** Units that came back, and may have been sold twice. */
	readonly returned: number;
	/** How many buyers came to each outcome. */
	readonly became: Readonly<Partial<Record<DetailedOutcome, number>>>;
	/** Buyers who held a unit at some time. */
	readonly held: number;
	/** Units in stock that buyers say they bought. */
	readonly bought: number;
	/** Units that buyers read as owed and filled in their own orders. */
	readonly preorders: PreorderUnits;
	/** The same by the shop's counters, less what was filled and taken back since. */
	readonly preordersCounted: PreorderUnits;
	readonly preordersInD1: PreorderUnits;
	readonly unitsInOrders: number;
	/** The most units that buyers held or had bought at one moment. */
	readonly peakClaims: number;
	readonly oversold: number;
	readonly lost: number;
	readonly hanging: number;
	readonly failed: number;
	readonly unaccounted: number;
	readonly money: MoneyCount;
	readonly journal: ReplayResult;
}

export function tallyUp(facts: DropFacts): Tally {
	const { reports, evidence, stock, deliveries, returns } = facts;
	const { orders, preorders } = evidence;
	const units = stock + unitsOf(deliveries);
	const returned = unitsOf(returns);
	const became = countOutcomes(reports, evidence);
	const count = (outcome: DetailedOutcome) => became[outcome] ?? 0;
	const owed = count("pre-ordered, owed");
	const lines = orders.flatMap((order) => order.lines.filter(({ sku }) => sku === facts.sku));
	const unitsInOrders = lines.reduce((sum, line) => sum + line.quantity, 0);
	const holds = countConcurrentHolds(reports, stock, [...deliveries, ...returns], facts.clockAheadMs);
	const preordersInD1 = { owed: unitsKept(preorders, "owed"), filled: unitsKept(preorders, "filled") };
	// The shop's counter counts fillings. When the money for a filled pre-order could not be had, its units were taken
	// back.
	const takenBack = unitsWithStatus(preorders, "filled") - preordersInD1.filled;
	return {
		units,
		returned,
		became,
		held: reports.filter((report) => report.heldAtMs !== null).length,
		bought: count("bought") + count("promoted, then bought"),
		preorders: { owed, filled: count("pre-ordered, filled") },
		preordersCounted: {
			owed: evidence.stock.preorders.owed,
			filled: evidence.stock.preorders.filled - takenBack,
		},
		preordersInD1,
		unitsInOrders,
		peakClaims: holds.peak,
		oversold: Math.max(0, holds.over, evidence.stock.sold - units, unitsInOrders - owed - units - returned),
		lost: count("lost") + count("pre-order gone") + countMissingOrders(reports, evidence),
		hanging: count("hanging") + evidence.stillHolding,
		failed: count("failed"),
		unaccounted: facts.buyers - new Set(reports.map(({ plan }) => plan.index)).size,
		money: countMoney(evidence.payments, orders, lastPaymentTimes(reports, facts.graceMs)),
		journal: replayJournal(evidence.journal, facts.preorder),
	};
}

const unitsOf = (deliveries: readonly Delivery[]): number => deliveries.reduce((sum, { units }) => sum + units, 0);

function countOutcomes(
	reports: readonly BuyerReport[],
	{ preorderStatuses }: Evidence,
): Partial<Record<DetailedOutcome, number>> {
	const became: Partial<Record<DetailedOutcome, number>> = {};
	for (const report of reports) {
		const outcome = detailedOutcome(report, preorderStatuses.get(report.plan.index));
		became[outcome] = (became[outcome] ?? 0) + 1;
	}
	return became;
}

function detailedOutcome({ outcome, promoted }: BuyerReport, preorderStatus: string | undefined): DetailedOutcome {
	if (outcome === "bought") return promoted ? "promoted, then bought" : "bought";
	if (outcome !== "preordered") return outcome;
	if (preorderStatus === "owed" || preorderStatus === "filled") return `pre-ordered, ${preorderStatus}`;
	return "pre-order gone";
}

/** Sales by the buyers' own reports that are not in D1. */
function countMissingOrders(reports: readonly BuyerReport[], { orders }: Evidence): number {
	const recorded = new Set(orders.map((order) => order.checkoutId));
	const sales = reports.filter(({ outcome }) => outcome === "bought" || outcome === "preordered");
	return sales.filter(({ checkoutId }) => !recorded.has(checkoutId ?? "")).length;
}

/** For each checkout, the last moment at which a payment of it counts. */
function lastPaymentTimes(reports: readonly BuyerReport[], graceMs: number): Map<string, number> {
	return new Map(
		reports.flatMap(({ checkoutId, payByMs }): [string, number][] =>
			checkoutId !== null && payByMs !== null ? [[checkoutId, payByMs + graceMs]] : [],
		),
	);
}
