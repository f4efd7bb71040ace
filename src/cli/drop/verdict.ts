/**
 * Holds what the buyers were told against what the books say, and judges.
 *
 * What it keeps true: every buyer is accounted for; a drop passes only when independent countings agree: the buyers', the
 * shop's counters, its journal, D1 and the payment provider's. Pure: what it is given is all it knows. Not here: how it is
 * printed (`report.ts`).
 */

import { type Evidence, unitsKept, unitsWithStatus } from "./collect-evidence.ts";
import { countConcurrentHolds, type Delivery } from "./concurrent-holds.ts";
import { replayJournal } from "./journal.ts";
import { TERMS_VERSION } from "./merchant.ts";
import { countMoney, type MoneyCount } from "./money.ts";
import type { BuyerOutcome, BuyerReport } from "./outcome.ts";

/** What became of a buyer, for the table: a fate, told apart by how they came to it. */
export type DetailedOutcome =
	| Exclude<BuyerOutcome, "preordered">
	| "promoted, then bought"
	| "pre-ordered, owed"
	| "pre-ordered, filled"
	| "pre-order gone";

export interface Verdict {
	readonly asked: number;
	/** How many buyers came to each end; the sum is `asked`. */
	readonly became: Readonly<Partial<Record<DetailedOutcome, number>>>;
	readonly held: number;
	readonly refused: number;
	readonly promoted: number;
	readonly paid: number;
	readonly expired: number;
	readonly sold: number;
	readonly owed: number;
	readonly filled: number;
	/** The most units that buyers could call theirs at one moment, held or bought. */
	readonly peakClaims: number;
	readonly oversold: number;
	readonly lost: number;
	readonly hanging: number;
	readonly failed: number;
	readonly unaccounted: number;
	readonly ordersInD1: number;
	readonly difference: number;
	readonly balanced: boolean;
	readonly money: Omit<MoneyCount, "problems">;
	readonly journalEntries: number;
	readonly ok: boolean;
	/** Empty when ok. */
	readonly problems: readonly string[];
}

export interface DropFacts {
	readonly buyers: number;
	readonly stock: number;
	readonly deliveries: readonly Delivery[];
	/** How many pre-orders there may be at once. */
	readonly preorder: number;
	readonly graceMs: number;
	readonly clockAheadMs: number;
	readonly serverErrors: number;
	readonly reports: readonly BuyerReport[];
	readonly evidence: Evidence;
	readonly sku: string;
}

const EXAMPLES = 3;
const LONG_ID = /[\w-]{20,}/g;
const PLACE = /^#\d+ /;

export function judge(facts: DropFacts): Verdict {
	const { reports, evidence, clockAheadMs } = facts;
	const { balanced } = evidence.stock;
	const units = facts.stock + facts.deliveries.reduce((sum, delivery) => sum + delivery.units, 0);
	const became = countOutcomes(reports, evidence);
	const count = (end: DetailedOutcome) => became[end] ?? 0;
	const bought = count("bought") + count("promoted, then bought");
	const [owed, filled] = [count("pre-ordered, owed"), count("pre-ordered, filled")];
	const lines = evidence.orders.flatMap((order) => order.lines.filter(({ sku }) => sku === facts.sku));
	const orderUnits = lines.reduce((sum, line) => sum + line.quantity, 0);
	const claimed = countConcurrentHolds(reports, facts.stock, facts.deliveries, clockAheadMs);
	const oversold = Math.max(0, claimed.over, evidence.stock.sold - units, orderUnits - owed - units);
	const lost = count("lost") + count("pre-order gone") + countMissingOrders(reports, evidence);
	const hanging = count("hanging") + evidence.stillHolding;
	const failed = count("failed");
	const unaccounted = facts.buyers - new Set(reports.map(({ plan }) => plan.index)).size;
	const payUntilMs = new Map(
		reports.flatMap(({ checkoutId, payByMs }): [string, number][] =>
			checkoutId !== null && payByMs !== null ? [[checkoutId, payByMs + facts.graceMs]] : [],
		),
	);
	const { problems: moneyProblems, ...money } = countMoney(evidence.payments, evidence.orders, payUntilMs);
	const journal = replayJournal(evidence.journal, facts.preorder);

	const problems: string[] = [];
	const expect = (holds: boolean, problem: string) => {
		if (!holds) problems.push(problem);
	};
	expect(unaccounted === 0, `${unaccounted} buyers are unaccounted for`);
	expect(oversold === 0, `${oversold} units were sold or held beyond the ${units} there are`);
	expect(lost === 0, `${lost} buyers lost what they held or paid for${detailsOf(reports, "lost")}`);
	expect(hanging === 0, `${hanging} buyers were left hanging${detailsOf(reports, "hanging")}`);
	expect(failed === 0, `${failed} buyers were answered wrongly${detailsOf(reports, "failed")}`);
	expect(facts.serverErrors === 0, `${facts.serverErrors} answers were server errors`);
	const { stock } = evidence;
	expect(stock.held === 0, `${stock.held} units are still held after every hold's time`);
	expect(stock.waiting === 0, `${stock.waiting} units are still waited for by nobody`);
	expect(stock.sold === bought + filled, `the books say ${stock.sold} sold, the buyers ${bought + filled} bought`);
	const inD1 = { owed: unitsKept(evidence.preorders, "owed"), filled: unitsKept(evidence.preorders, "filled") };
	// The counter counts fillings; one whose money could not be had was taken back, and its buyer has nothing.
	const filledInBooks = stock.preorders.filled - (unitsWithStatus(evidence.preorders, "filled") - inD1.filled);
	expect(
		stock.preorders.owed === owed && filledInBooks === filled,
		`the books say ${stock.preorders.owed} owed and ${filledInBooks} filled, the buyers ${owed} and ${filled}`,
	);
	expect(
		inD1.owed === owed && inD1.filled === filled,
		`D1 has ${inD1.owed} owed and ${inD1.filled} filled, the buyers ${owed} and ${filled}`,
	);
	const otherTerms = evidence.preorders.filter(({ termsVersion }) => termsVersion !== TERMS_VERSION).length;
	expect(otherTerms === 0, `${otherTerms} pre-orders name other terms than were accepted`);
	const sales = bought + owed + filled;
	expect(orderUnits === sales, `D1 has orders for ${orderUnits} units, the buyers ${sales} bought`);
	const mislabelled = reports.filter((outcome) => isMislabelled(outcome, evidence, facts.sku)).length;
	expect(mislabelled === 0, `${mislabelled} orders are for something else than their buyers were told`);
	expect(stock.received === units, `the books say ${stock.received} received, not ${units}`);
	const availableAtEnd = units - stock.sold - stock.held;
	expect(stock.available === availableAtEnd, `${stock.available} units are available, not ${availableAtEnd}`);
	expect(balanced, "the stock equation does not balance");
	expect(evidence.difference === 0, `the objects and D1 differ by ${evidence.difference} units`);
	// Turned away while a unit was free: as wrong as selling it twice.
	const takers = reports.length - failed - hanging;
	const heldCount = reports.filter((outcome) => outcome.heldAtMs !== null).length;
	expect(heldCount >= Math.min(facts.stock, takers), `only ${heldCount} buyers held a unit, of ${facts.stock}`);
	const movedBack = reports.filter((outcome) => outcome.movedBack).length;
	expect(movedBack === 0, `${movedBack} buyers moved back in the line`);
	expect(
		journal.problems.length === 0,
		`the journal is wrong in ${journal.problems.length} places${examples(journal.problems)}`,
	);
	expect(
		[journal.available, journal.held, journal.sold, journal.waiting, journal.owed, journal.filled].join() ===
			[stock.available, stock.held, stock.sold, stock.waiting, stock.preorders.owed, stock.preorders.filled].join(),
		"the journal comes to other counters than the books have",
	);
	expect(moneyProblems.length === 0, `the money is wrong in ${moneyProblems.length} places${examples(moneyProblems)}`);
	expect(money.difference === 0, `the provider kept ${money.difference} more than shoppers have for it`);

	return {
		asked: reports.length,
		became,
		held: heldCount,
		refused: count("refused"),
		promoted: journal.promoted,
		paid: reports.filter((outcome) => outcome.paid).length,
		expired: count("unpaid"),
		sold: stock.sold,
		owed: stock.preorders.owed,
		filled: filledInBooks,
		peakClaims: claimed.peak,
		...{ oversold, lost, hanging, failed, unaccounted, balanced, money },
		ordersInD1: evidence.orders.length,
		difference: evidence.difference,
		journalEntries: evidence.journal.length,
		ok: problems.length === 0,
		problems,
	};
}

function countOutcomes(
	reports: readonly BuyerReport[],
	{ preorderStatuses: promises }: Evidence,
): Partial<Record<DetailedOutcome, number>> {
	const became: Partial<Record<DetailedOutcome, number>> = {};
	for (const outcome of reports) {
		const end = detailedOutcome(outcome, promises.get(outcome.plan.index));
		became[end] = (became[end] ?? 0) + 1;
	}
	return became;
}

function detailedOutcome({ outcome, promoted }: BuyerReport, promise: string | undefined): DetailedOutcome {
	if (outcome === "bought") return promoted ? "promoted, then bought" : "bought";
	if (outcome !== "preordered") return outcome;
	if (promise === "owed" || promise === "filled") return `pre-ordered, ${promise}`;
	return "pre-order gone";
}

/** Paid for, by the buyer's own account, and not in D1. */
function countMissingOrders(reports: readonly BuyerReport[], evidence: Evidence): number {
	const known = new Set(evidence.orders.map((order) => order.checkoutId));
	const sales = reports.filter(({ outcome }) => outcome === "bought" || outcome === "preordered");
	return sales.filter(({ checkoutId }) => !known.has(checkoutId ?? "")).length;
}

/** The buyer was told of a unit and the order is a pre-order, or the other way round. */
function isMislabelled({ outcome, checkoutId }: BuyerReport, evidence: Evidence, sku: string): boolean {
	if (outcome !== "bought" && outcome !== "preordered") return false;
	const order = evidence.orders.find((order) => order.checkoutId === checkoutId);
	const line = order?.lines.find((line) => line.sku === sku);
	return line !== undefined && (line.fulfilment === "preorder") !== (outcome === "preordered");
}

function detailsOf(reports: readonly BuyerReport[], outcome: BuyerOutcome): string {
	return examples(reports.flatMap((o) => (o.outcome === outcome && o.detail !== null ? [o.detail] : [])));
}

function examples(complaints: readonly string[]): string {
	// The same complaint about another id, or in another place, is the same complaint.
	const kinds = new Map<string, string>();
	for (const complaint of complaints) {
		const kind = complaint.replace(LONG_ID, "…").replace(PLACE, "");
		if (!kinds.has(kind)) kinds.set(kind, complaint.replace(LONG_ID, "…"));
	}
	if (kinds.size === 0) return "";
	const more = kinds.size > EXAMPLES ? `; and ${kinds.size - EXAMPLES} other kinds` : "";
	return `: ${[...kinds.values()].slice(0, EXAMPLES).join("; ")}${more}`;
}
