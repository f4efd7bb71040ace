/**
 * Whether a drop kept the promise. It passes only when independent counts agree and every buyer is accounted for. Pure:
 * the facts that are given are all it knows. The counts are in `tally.ts`, and what is demanded of them in `checks.ts`.
 */

import type { JudgedHistory } from "../race/judge.ts";
import { CHECKS } from "./checks.ts";
import type { MoneyCount } from "./money.ts";
import { type DetailedOutcome, type DropFacts, tallyUp } from "./tally.ts";

export interface Verdict {
	readonly asked: number;
	/** How many buyers came to each outcome; the sum is `asked`. */
	readonly became: Readonly<Partial<Record<DetailedOutcome, number>>>;
	readonly held: number;
	readonly refused: number;
	readonly promoted: number;
	readonly paid: number;
	readonly expired: number;
	readonly sold: number;
	readonly owed: number;
	readonly filled: number;
	/** The most units that buyers held or had bought at one moment. */
	readonly peakClaims: number;
	readonly oversold: number;
	readonly lost: number;
	readonly hanging: number;
	readonly failed: number;
	readonly unaccounted: number;
	readonly ordersInD1: number;
	/** Units sold or owed by the SKU's object less those in D1; NaN when the server does not list the SKU. */
	readonly difference: number;
	readonly balanced: boolean;
	readonly money: Omit<MoneyCount, "problems">;
	readonly journalEntries: number;
	readonly history: JudgedHistory;
	readonly ok: boolean;
	/** Empty when ok. */
	readonly problems: readonly string[];
}

export function judge(facts: DropFacts): Verdict {
	const { reports, evidence, history } = facts;
	const { stock } = evidence;
	const tally = tallyUp(facts);
	const { became, held, peakClaims, oversold, lost, hanging, failed, unaccounted } = tally;
	const { problems: _, ...money } = tally.money;
	const problems = CHECKS.flatMap((check) => check(tally, facts));
	return {
		asked: reports.length,
		became,
		held,
		refused: became.refused ?? 0,
		promoted: tally.journal.promoted,
		paid: reports.filter((report) => report.paid).length,
		expired: became.unpaid ?? 0,
		sold: stock.sold,
		owed: stock.preorders.owed,
		filled: tally.preordersCounted.filled,
		peakClaims,
		oversold,
		lost,
		hanging,
		failed,
		unaccounted,
		ordersInD1: evidence.orders.length,
		difference: evidence.difference,
		balanced: stock.balanced,
		money,
		journalEntries: evidence.journal.length,
		history,
		ok: problems.length === 0,
		problems,
	};
}
