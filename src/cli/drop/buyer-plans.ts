/**
 * When each buyer arrives and what each has in mind: the part of a drop that the seed decides. Who gets a unit is up to
 * the server and differs from run to run.
 *
 * The same seed gives the same arrivals and decisions. Each buyer draws from a generator of their own, always the same
 * number of times and in the same order. A new kind of decision therefore draws last, and changes none of the old ones.
 */
import { mulberry32 } from "../random.ts";

export interface BuyerPlan {
	readonly index: number;
	/** Since the start of the drop. */
	readonly arrivesAtMs: number;
	/** Whether the buyer pays once they hold a unit. */
	readonly pays: boolean;
	/** Time between getting a unit and going to pay. */
	readonly thinksForMs: number;
	/** Whether the buyer releases a held unit instead of paying for it. */
	readonly abandons: boolean;
	/** Whether a buyer who releases a unit went to pay for it first, and called that checkout off. */
	readonly callsOff: boolean;
	/** What the buyer tries after a refusal, in this order. */
	readonly onRefusal: readonly ("waitlist" | "preorder")[];
	/** Whether the card is declined at first, and whether the buyer then tries again. */
	readonly declinedFirst: boolean;
	readonly triesAgain: boolean;
	readonly late: Lateness | null;
	readonly card: CardBehaviour;
}

/**
 * How a payment is late.
 * - `notified-late`: paid in the last moments of the window; the webhook comes after the grace.
 * - `confirmed-late`: confirmed after the window, with a payment time inside it.
 * - `authorised-late`: authorised after window and grace.
 * - `captured-late`: the same, with a method that captures at once.
 */
export type Lateness = "notified-late" | "confirmed-late" | "authorised-late" | "captured-late";

/** How the provider takes a payment, and how its webhooks for that payment arrive. */
export interface CardBehaviour {
	readonly outcome: "approve" | "capture";
	readonly copies: number;
	readonly delayMs: number;
	readonly silent: boolean;
}

export interface PlanOptions {
	readonly buyers: number;
	readonly seed: number;
	readonly payRate: number;
	readonly spreadSeconds: number;
	readonly abandonRate: number;
	/** Share of those who go to pay first, and call that checkout off. 0 by default. */
	readonly callOffRate?: number;
	readonly waitlist: boolean;
	/** Pre-orders for sale. */
	readonly preorder: number;
	readonly lateRate: number;
	readonly declineRate: number;
	readonly webhookChaos: boolean;
}

/** The tail of the exponential distribution is cut here, or one late buyer would delay the end. */
const LATEST_SPREADS = 4;
const LONGEST_THOUGHT_MS = 500;
const LATE_KINDS: readonly Lateness[] = ["notified-late", "confirmed-late", "authorised-late", "captured-late"];
const MOST_COPIES = 3;
const LONGEST_DELAY_MS = 3000;
const SILENT_SHARE = 0.1;
const CAPTURE_SHARE = 0.25;
const PLAIN_CARD: CardBehaviour = { outcome: "approve", copies: 1, delayMs: 0, silent: false };

/** Plans in order of arrival. Arrivals are exponentially distributed: most come at the start. */
export function planBuyers(options: PlanOptions): BuyerPlan[] {
	const plans = Array.from({ length: options.buyers }, (_, index) => planBuyer(index, options));
	return plans.sort((a, b) => a.arrivesAtMs - b.arrivesAtMs);
}

function planBuyer(index: number, options: PlanOptions): BuyerPlan {
	const random = mulberry32(options.seed ^ Math.imul(index + 1, 0x9e3779b1));
	const spreads = Math.min(-Math.log(1 - random()), LATEST_SPREADS);
	const pays = random() < options.payRate;
	const thinksForMs = random() * LONGEST_THOUGHT_MS;
	const abandons = random() < options.abandonRate;
	const choices: ("waitlist" | "preorder")[] = random() < 0.5 ? ["waitlist", "preorder"] : ["preorder", "waitlist"];
	const declinedFirst = random() < options.declineRate;
	const triesAgain = random() < options.payRate;
	const isLate = random() < options.lateRate;
	const lateKind = LATE_KINDS[Math.floor(random() * LATE_KINDS.length)] ?? "notified-late";
	const card: CardBehaviour = {
		outcome: random() < CAPTURE_SHARE ? "capture" : "approve",
		copies: 1 + Math.floor(random() * MOST_COPIES),
		delayMs: Math.round(random() * LONGEST_DELAY_MS),
		silent: random() < SILENT_SHARE,
	};
	const callsOff = random() < (options.callOffRate ?? 0);
	return {
		index,
		arrivesAtMs: spreads * options.spreadSeconds * 1000,
		pays,
		thinksForMs,
		abandons,
		callsOff,
		onRefusal: choices.filter((choice) => (choice === "waitlist" ? options.waitlist : options.preorder > 0)),
		declinedFirst,
		triesAgain,
		late: isLate ? lateKind : null,
		card: options.webhookChaos ? card : PLAIN_CARD,
	};
}
