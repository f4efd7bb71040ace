/**
 * Holds what the buyers were told against what the books say, and judges.
 *
 * What it keeps true: every buyer is accounted for; a drop passes only when two independent countings agree, the
 * buyers' and the server's. Pure: what it is given is all it knows. Not here: how it is printed (`report.ts`).
 */
import type { Outcome } from "./buyer.ts";
import type { Evidence } from "./settle.ts";

export interface Verdict {
	readonly asked: number;
	readonly held: number;
	readonly refused: number;
	readonly paid: number;
	readonly expired: number;
	readonly sold: number;
	/** The most units that buyers could call theirs at one moment, held or bought. */
	readonly peakClaims: number;
	readonly oversold: number;
	readonly lost: number;
	readonly hanging: number;
	readonly failed: number;
	readonly ordersInD1: number;
	readonly difference: number;
	readonly balanced: boolean;
	readonly ok: boolean;
	/** Empty when ok. */
	readonly problems: readonly string[];
}

export interface Facts {
	readonly stock: number;
	readonly clockAheadMs: number;
	readonly serverErrors: number;
	readonly outcomes: readonly Outcome[];
	readonly evidence: Evidence;
	readonly sku: string;
}

/** The server's clock is known to the second only; a hold counts as ended a little before its time, never after. */
const CLOCK_MARGIN_MS = 2000;
const EXAMPLES = 3;
const LONG_ID = /[\w-]{20,}/g;

export function judge(facts: Facts): Verdict {
	const { outcomes, evidence, stock } = facts;
	const count = (fate: Outcome["fate"]) => outcomes.filter((outcome) => outcome.fate === fate).length;
	const bought = count("bought");
	const orderUnits = evidence.orders.reduce((sum, order) => sum + unitsOf(order.lines, facts.sku), 0);
	const missing = ordersMissing(outcomes, evidence);
	const peakClaims = peakOf(outcomes, facts.clockAheadMs);
	const oversold = Math.max(0, peakClaims - stock, evidence.stock.sold - stock, orderUnits - stock);
	const lost = count("lost") + missing;
	const hanging = count("hanging") + evidence.stillHolding;
	const failed = count("failed");
	const { balanced } = evidence.stock;

	const problems: string[] = [];
	const expect = (holds: boolean, problem: string) => {
		if (!holds) problems.push(problem);
	};
	expect(oversold === 0, `${oversold} units were sold or held beyond the ${stock} there are`);
	expect(lost === 0, `${lost} buyers lost what they held or paid for${examples(outcomes, "lost")}`);
	expect(hanging === 0, `${hanging} buyers were left hanging${examples(outcomes, "hanging")}`);
	expect(failed === 0, `${failed} buyers were answered wrongly${examples(outcomes, "failed")}`);
	expect(facts.serverErrors === 0, `${facts.serverErrors} answers were server errors`);
	expect(evidence.stock.held === 0, `${evidence.stock.held} units are still held after every hold's time`);
	expect(evidence.stock.sold === bought, `the books say ${evidence.stock.sold} sold, the buyers ${bought} bought`);
	expect(orderUnits === bought, `D1 has orders for ${orderUnits} units, the buyers ${bought} bought`);
	expect(evidence.stock.received === stock, `the books say ${evidence.stock.received} received, not ${stock}`);
	const availableAtEnd = stock - evidence.stock.sold - evidence.stock.held;
	expect(
		evidence.stock.available === availableAtEnd,
		`${evidence.stock.available} units are available, not ${availableAtEnd}`,
	);
	expect(balanced, "the stock equation does not balance");
	expect(evidence.difference === 0, `the objects and D1 differ by ${evidence.difference} units`);
	// Turned away while a unit was free: as wrong as selling it twice.
	const takers = outcomes.length - failed - hanging;
	const heldCount = outcomes.filter((outcome) => outcome.heldAtMs !== null).length;
	expect(heldCount >= Math.min(stock, takers), `only ${heldCount} buyers held a unit, of ${stock}`);

	return {
		asked: outcomes.length,
		held: heldCount,
		refused: count("refused"),
		paid: outcomes.filter((outcome) => outcome.paid).length,
		expired: count("unpaid") - evidence.stillHolding,
		sold: evidence.stock.sold,
		peakClaims,
		oversold,
		lost,
		hanging,
		failed,
		ordersInD1: evidence.orders.length,
		difference: evidence.difference,
		balanced,
		ok: problems.length === 0,
		problems,
	};
}

/** Sweeps over the moments at which units were gained and given back. */
function peakOf(outcomes: readonly Outcome[], clockAheadMs: number): number {
	const changes: { atMs: number; by: number }[] = [];
	for (const { fate, heldAtMs, expiresAtMs } of outcomes) {
		// Whether those who were lost or left hanging still have a unit is not known; they are counted as such.
		if (heldAtMs === null || (fate !== "bought" && fate !== "unpaid")) continue;
		changes.push({ atMs: heldAtMs, by: 1 });
		if (fate === "unpaid" && expiresAtMs !== null) {
			changes.push({ atMs: Math.max(heldAtMs, expiresAtMs - clockAheadMs - CLOCK_MARGIN_MS), by: -1 });
		}
	}
	changes.sort((a, b) => a.atMs - b.atMs || a.by - b.by);
	let claims = 0;
	let peak = 0;
	for (const { by } of changes) {
		claims += by;
		peak = Math.max(peak, claims);
	}
	return peak;
}

function unitsOf(lines: Evidence["orders"][number]["lines"], sku: string): number {
	return lines.reduce((sum, line) => (line.sku === sku ? sum + line.quantity : sum), 0);
}

/** Bought, by the buyer's own account, and not in D1. */
function ordersMissing(outcomes: readonly Outcome[], evidence: Evidence): number {
	const known = new Set(evidence.orders.flatMap((order) => [order.id, order.checkoutId]));
	return outcomes.filter(({ fate, checkoutId }) => fate === "bought" && !known.has(checkoutId ?? undefined)).length;
}

function examples(outcomes: readonly Outcome[], fate: Outcome["fate"]): string {
	// The same complaint about another id is the same complaint.
	const details = new Set(
		outcomes.flatMap((o) => (o.fate === fate && o.detail !== null ? [o.detail.replace(LONG_ID, "…")] : [])),
	);
	return details.size === 0 ? "" : `: ${[...details].slice(0, EXAMPLES).join("; ")}`;
}
