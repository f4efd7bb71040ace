/**
 * Who comes when, and what each has in mind: the part of a drop that a seed decides.
 *
 * What it keeps true: the same seed gives the same arrivals and decisions. Each buyer draws from a generator of their own,
 * always the same number of times and in the same order, so that a new kind of decision does not change the old ones. Who
 * gets a unit is the server's affair, and differs.
 */

export interface BuyerPlan {
	readonly index: number;
	/** After the start of the drop. */
	readonly arrivesAtMs: number;
	/** Whether they pay once they hold a unit. */
	readonly pays: boolean;
	/** Between holding a unit and going to pay. */
	readonly thinksForMs: number;
	/** Lets go of what they hold by saying so. */
	readonly abandons: boolean;
	/** What they try when they are refused, in this order. */
	readonly onRefusal: readonly ("waitlist" | "preorder")[];
	/** Whether their first attempt to pay is turned down, and then whether they try again. */
	readonly declinedFirst: boolean;
	readonly triesAgain: boolean;
	readonly late: Lateness | null;
	readonly card: CardBehaviour;
}

/**
 * How a payment is late.
 * - `told-late`: paid in the last moments of the window; the news comes when everything is over.
 * - `confirmed-late`: the provider knows of it only after the window, and says that it was paid inside it.
 * - `paid-late`: paid when window and grace were over.
 * - `taken-late`: the same, by a method that takes the money at once.
 */
export type Lateness = "told-late" | "confirmed-late" | "paid-late" | "taken-late";

/** How the provider goes about a payment, and tells of it. */
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
	readonly waitlist: boolean;
	/** 0: the shop takes none. */
	readonly preorder: number;
	readonly lateRate: number;
	readonly declineRate: number;
	readonly webhookChaos: boolean;
}

/** The tail of the exponential is cut here, so that one late buyer does not hold up the end. */
const LATEST_SPREADS = 4;
const LONGEST_THOUGHT_MS = 500;
const LATE_KINDS: readonly Lateness[] = ["told-late", "confirmed-late", "paid-late", "taken-late"];
const MOST_COPIES = 3;
const LONGEST_DELAY_MS = 3000;
const SILENT_SHARE = 0.1;
const CAPTURE_SHARE = 0.25;
const PLAIN_CARD: CardBehaviour = { outcome: "approve", copies: 1, delayMs: 0, silent: false };

/** In order of arrival. The rush is at the start and thins out: an exponential delay after the doors open. */
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
	const ways: ("waitlist" | "preorder")[] = random() < 0.5 ? ["waitlist", "preorder"] : ["preorder", "waitlist"];
	const declinedFirst = random() < options.declineRate;
	const triesAgain = random() < options.payRate;
	const isLate = random() < options.lateRate;
	const lateKind = LATE_KINDS[Math.floor(random() * LATE_KINDS.length)] ?? "told-late";
	const card: CardBehaviour = {
		outcome: random() < CAPTURE_SHARE ? "capture" : "approve",
		copies: 1 + Math.floor(random() * MOST_COPIES),
		delayMs: Math.round(random() * LONGEST_DELAY_MS),
		silent: random() < SILENT_SHARE,
	};
	return {
		index,
		arrivesAtMs: spreads * options.spreadSeconds * 1000,
		pays,
		thinksForMs,
		abandons,
		onRefusal: ways.filter((way) => (way === "waitlist" ? options.waitlist : options.preorder > 0)),
		declinedFirst,
		triesAgain,
		late: isLate ? lateKind : null,
		card: options.webhookChaos ? card : PLAIN_CARD,
	};
}

/** A generator with 32 bits of state; small, fast and good enough to scatter arrivals. From 0 up to, not including, 1. */
export function mulberry32(seed: number): () => number {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}
