/**
 * The shop of a soak, and who comes: what the seed decides. An hour passes in the time of the soak, so that holds and
 * payment windows, which take minutes, take seconds here. Pure.
 */
import { SMALL_SHOP_SKUS } from "../../limits.ts";
import { type BuyerPlan, planBuyers } from "../drop/buyer-plans.ts";
import type { SaleTerms } from "../drop/merchant.ts";
import { mulberry32 } from "../random.ts";

export const HOLD_SECONDS = 8;
/** Within it a card is declined and another one tried. */
const WINDOW_SECONDS = 10;
export const GRACE_SECONDS = 3;
/** Who waits for longer leaves the waitlist. */
const WAITLIST_PATIENCE_MS = 15_000;
/** Deliveries to a SKU while the soak lasts, and runs of the sweep: those that an hour has by its cron. */
export const DELIVERIES = 40;
export const SWEEPS = 12;
/** Share of the buyers who get their money back; of those, every other one sends the unit back. */
const REFUND_RATE = 0.08;
/** A shop with fewer SKUs does not count of how many a shopper has something. These are never sold. */
export const SHELF_SKUS = SMALL_SHOP_SKUS;
export const WATCHERS = 20;

export interface Visit {
	readonly plan: BuyerPlan;
	/** How long the shopper waits for a unit. */
	readonly waitsMs: number;
	/** What becomes of the sale later; null when it stands. */
	readonly refund: "keeps-unit" | "sends-it-back" | null;
}

/** One SKU that is sold, and its shoppers in order of arrival. */
export interface Stall {
	readonly sku: string;
	readonly terms: SaleTerms;
	/** Units of each delivery; the first is there when the soak begins. */
	readonly delivery: number;
	readonly visits: readonly Visit[];
}

interface Kind {
	readonly name: string;
	/** Of all shoppers. */
	readonly share: number;
	/** Units delivered for each of them: below some half of it, units are short. */
	readonly units: number;
	readonly hasWaitlist: boolean;
	readonly hasPreorders: boolean;
}

const KINDS: readonly Kind[] = [
	{ name: "plenty", share: 0.4, units: 0.8, hasWaitlist: false, hasPreorders: false },
	{ name: "scarce", share: 0.4, units: 0.35, hasWaitlist: true, hasPreorders: false },
	{ name: "owed", share: 0.2, units: 0.35, hasWaitlist: false, hasPreorders: true },
];

export function planStalls(minutes: number, shoppersPerMinute: number, seed: number): Stall[] {
	return KINDS.map(({ name, share, units, hasWaitlist, hasPreorders }, index) => {
		const shoppers = Math.ceil(minutes * shoppersPerMinute * share);
		const preorder = hasPreorders ? Math.ceil(shoppers / 8) : 0;
		return {
			sku: `soak-${name}`,
			terms: {
				...{ holdSeconds: HOLD_SECONDS, paymentWindowSeconds: WINDOW_SECONDS, graceSeconds: GRACE_SECONDS },
				...{ waitlistLimit: hasWaitlist ? null : 0, preorder },
			},
			delivery: Math.max(1, Math.round((shoppers * units) / DELIVERIES)),
			visits: planVisits(
				shoppers,
				minutes * 60_000,
				(seed + Math.imul(index + 1, 0x85ebca6b)) >>> 0,
				hasWaitlist,
				preorder,
			),
		};
	});
}

function planVisits(buyers: number, durationMs: number, seed: number, waitlist: boolean, preorder: number): Visit[] {
	const random = mulberry32(seed);
	const plans = planBuyers({
		...{ buyers, seed, waitlist, preorder, spreadSeconds: 0, webhookChaos: true },
		...{ payRate: 0.85, abandonRate: 0.12, callOffRate: 0.5, lateRate: 0.04, declineRate: 0.1 },
	});
	return plans.map((plan, index) => {
		const arrivesAtMs = ((index + random()) / buyers) * durationMs;
		const waitsMs = random() * WAITLIST_PATIENCE_MS;
		const isRefunded = random() < REFUND_RATE;
		const refund = isRefunded ? (random() < 0.5 ? "keeps-unit" : "sends-it-back") : null;
		return { plan: { ...plan, arrivesAtMs }, waitsMs, refund };
	});
}
