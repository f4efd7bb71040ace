/**
 * What each buyer of a history has in mind, and when: the part of a history that its seed decides. What the shop makes of
 * it differs from run to run. Pure: the same seed and shape give the same plan.
 */
import { mulberry32 } from "../random.ts";

/**
 * How a request is sent.
 * - `double-click`: the same request twice at once.
 * - `lost-reply`: the answer gets lost on its way; then the same request again.
 * - `cut-and-again`: the connection is cut under way; then the same request again.
 * - `cut-and-gone`: the connection is cut under way, and the buyer does not come back.
 */
export type Sending = "once" | "double-click" | "lost-reply" | "cut-and-again" | "cut-and-gone";

export interface Delivery {
	readonly sending: Sending;
	/** When the second click comes or the connection is cut, after the call. */
	readonly afterMs: number;
}

/** When a buyer pays: at once, so long before or after the end that the shop named, or not at all. */
export type PaymentTime =
	| { readonly kind: "after-thinking"; readonly thinksMs: number }
	| { readonly kind: "around-the-end"; readonly afterEndMs: number }
	| { readonly kind: "never"; readonly givesBack: boolean };

export interface BuyerPlan {
	readonly name: string;
	/** Since the start of the history, as all times of arrival. */
	readonly arrivesAtMs: number;
	readonly units: number;
	/** Looks at the stock first, as people do. */
	readonly looksFirst: boolean;
	/** Goes to the till at once, without a reservation. */
	readonly goesStraight: boolean;
	readonly reserve: Delivery;
	/** Joins the waitlist, where the shop has one, and waits for so long. Null: takes a refusal for an answer. */
	readonly waitsMs: number | null;
	/** Comes once more so long after a refusal. */
	readonly triesAgainMs: number | null;
	readonly thinksMs: number;
	readonly next: "check-out" | "give-back" | "leave";
	readonly checkOut: Delivery;
	readonly pays: PaymentTime;
	/** The bank says no at first, and yes to the second attempt. */
	readonly isDeclinedFirst: boolean;
	readonly pay: Delivery;
}

export interface HistoryPlan {
	readonly seed: number;
	/** On sale at the start. */
	readonly units: number;
	readonly buyers: readonly BuyerPlan[];
	readonly restocks: readonly { readonly atMs: number; readonly units: number; readonly delivery: Delivery }[];
	/** Between two looks at the stock by somebody who only looks. */
	readonly looksEveryMs: number;
}

export interface PlanShape {
	readonly buyers: number;
	/** At most so many at the start. */
	readonly units: number;
	/** Plans aim at the moment at which a hold of this length ends. */
	readonly holdMs: number;
}

type Random = () => number;

/** Arrivals of one push of the button, by everybody. */
const AT_ONCE_MS = 8;
const BURSTS = 3;
const SPREAD_MS = 1500;
const LONGEST_THOUGHT_MS = 400;
/** How far from the end of a hold the payments and second arrivals fall that aim at it. */
const AROUND_MS = 250;
const LONGEST_CUT_MS = 60;

/** The plan of the history with this seed. */
export function planHistory(seed: number, shape: PlanShape): HistoryPlan {
	const random = mulberry32(seed);
	const units = between(random, 1, shape.units);
	const arrival = arrivals(random, shape);
	// Nothing goes wrong on the line: what is left is the shop's own doing.
	const isCalm = random() < 0.4;
	const buyers = Array.from({ length: shape.buyers }, (_, index) =>
		planBuyer(random, `buyer ${index + 1}`, arrival(index), isCalm, shape.holdMs),
	);
	const restock = () => ({
		...{ atMs: between(random, 100, SPREAD_MS * 2), units: between(random, 1, 2) },
		delivery: planDelivery(random, isCalm),
	});
	const restocks = random() < 0.35 ? [restock()] : [];
	return { seed, units, buyers, restocks, looksEveryMs: between(random, 500, 1200) };
}

/** When the buyers of one history come: all at once, in bursts, one by one, or half of them when the first holds end. */
function arrivals(random: Random, { holdMs }: PlanShape): (index: number) => number {
	const soon = () => random() * AT_ONCE_MS;
	switch (pick(random, ["at-once", "at-once", "bursts", "one-by-one", "second-wave"])) {
		case "bursts": {
			const starts = Array.from({ length: BURSTS }, () => random() * SPREAD_MS);
			return (index) => (starts[index % BURSTS] ?? 0) + soon();
		}
		case "one-by-one":
			return () => random() * SPREAD_MS;
		case "second-wave":
			return (index) => (index % 2 === 0 ? soon() : around(random, holdMs));
		default:
			return soon;
	}
}

const CALM = ["once", "once", "once", "double-click"] as const;
const WILD = ["once", "once", "double-click", "lost-reply", "cut-and-again"] as const;
const GONE_SHARE = 0.05;

function planDelivery(random: Random, isCalm: boolean, mayLeave = false): Delivery {
	const sending = pick<Sending>(random, isCalm ? CALM : WILD);
	const isGone = random() < GONE_SHARE && mayLeave && !isCalm;
	return { sending: isGone ? "cut-and-gone" : sending, afterMs: between(random, 0, LONGEST_CUT_MS) };
}

function planBuyer(random: Random, name: string, arrivesAtMs: number, isCalm: boolean, holdMs: number): BuyerPlan {
	return {
		name,
		arrivesAtMs: Math.round(arrivesAtMs),
		units: random() < 0.2 ? 2 : 1,
		looksFirst: random() < 0.3,
		goesStraight: random() < 0.15,
		reserve: planDelivery(random, isCalm, true),
		waitsMs: random() < 0.35 ? between(random, 500, holdMs * 2) : null,
		triesAgainMs: random() < 0.5 ? between(random, 200, holdMs + AROUND_MS) : null,
		thinksMs: between(random, 0, LONGEST_THOUGHT_MS),
		next: pick(random, ["check-out", "check-out", "check-out", "check-out", "give-back", "leave"]),
		checkOut: planDelivery(random, isCalm, true),
		pays: planPayment(random),
		isDeclinedFirst: random() < 0.15,
		// Who pays stays to hear what became of it.
		pay: planDelivery(random, isCalm),
	};
}

function planPayment(random: Random): PaymentTime {
	const afterEndMs = Math.round(around(random, 0));
	const thinksMs = between(random, 0, LONGEST_THOUGHT_MS);
	const givesBack = random() < 0.5;
	switch (pick(random, ["soon", "soon", "soon", "end", "never"])) {
		case "end":
			return { kind: "around-the-end", afterEndMs };
		case "never":
			return { kind: "never", givesBack };
		default:
			return { kind: "after-thinking", thinksMs };
	}
}

const around = (random: Random, atMs: number): number => atMs + (random() * 2 - 1) * AROUND_MS;

/** A whole number from `least` to `most`, both included. */
const between = (random: Random, least: number, most: number): number =>
	least + Math.floor(random() * (most - least + 1));

const pick = <T>(random: Random, choices: readonly T[]): T => choices[Math.floor(random() * choices.length)] as T;
