/** Plays the same crowd first at the naive shop and then at Holdfast, each on a server of its own. */

import { startFreshServer } from "../../fresh-server.ts";
import { VARIANTS, type Variant } from "../../naive-shop/purchase.ts";
import { startNaiveShop } from "../../naive-shop/start.ts";
import { mulberry32 } from "../../random.ts";
import { printStatus } from "../../terminal.ts";
import { type BuyerPlan, planBuyers } from "../buyer-plans.ts";
import { COMPARED, type DropOptions } from "../options.ts";
import { playDrop } from "../play.ts";
import { type Comparison, type ShopSide, sideOf } from "./comparison.ts";
import { playNaively } from "./naive-drop.ts";
import { Recorder } from "./recorder.ts";
import { holdfastStories, naiveStories } from "./stories.ts";

/** How long a payment takes, from the shopper's click to the provider's word. */
const SHORTEST_PAYMENT_MS = 300;
const LONGEST_PAYMENT_MS = 900;

/** @param interrupted when the person at the keyboard has had enough */
export async function compare(
	options: DropOptions,
	variant: Variant,
	signal: AbortSignal,
	interrupted: Promise<"interrupted">,
): Promise<Comparison | "interrupted"> {
	const { stock: units, buyers, seed } = options;
	const plans = planBuyers(options).map((plan) => withPayment(plan, seed));
	const shared = { units, buyers, seed, variant, command: commandOf(options, variant) };

	printStatus("first the naive shop, a museum piece, with fresh state…");
	const naive = await naiveSide(options, variant, plans, signal, interrupted);
	if (naive === "interrupted") return naive;

	printStatus("now Holdfast, with the same crowd:");
	const holdfast = await holdfastSide(options, plans, signal, interrupted);
	if (holdfast === "interrupted") return holdfast;
	const { side, problems, startedAt } = holdfast;
	return { ...shared, date: startedAt.slice(0, 10), naive, holdfast: side, problems };
}

async function naiveSide(
	options: DropOptions,
	variant: Variant,
	plans: readonly BuyerPlan[],
	signal: AbortSignal,
	interrupted: Promise<"interrupted">,
): Promise<ShopSide | "interrupted"> {
	const recorder = new Recorder();
	const shop = await startNaiveShop({ variant, signal });
	try {
		const played = await Promise.race([playNaively(options, shop, plans, recorder), interrupted]);
		if (played === "interrupted") return played;
		for (const failure of new Set(played.failures)) printStatus(`at the naive shop: ${failure}`);
		const stories = naiveStories(played.outcomes, (index) => recorder.momentsOf(index), options.stock);
		return sideOf({ ...played, stories, samples: recorder.samples }, options.stock);
	} finally {
		await shop.close();
	}
}

async function holdfastSide(
	options: DropOptions,
	plans: readonly BuyerPlan[],
	signal: AbortSignal,
	interrupted: Promise<"interrupted">,
): Promise<{ side: ShopSide; problems: readonly string[]; startedAt: string } | "interrupted"> {
	const recorder = new Recorder();
	const target = await startFreshServer("drop", signal, { rateLimits: options.rateLimits });
	try {
		const played = await Promise.race([playDrop(options, target, { plans, observer: recorder }), interrupted]);
		if (played === "interrupted") return played;
		const { verdict, measured, reports, clockAheadMs } = played;
		const momentsOf = (index: number) => recorder.momentsOf(index);
		const stories = holdfastStories(reports, momentsOf, options.stock, recorder.startedAtMs + clockAheadMs);
		const takenMinor = verdict.money.captured - verdict.money.refunded;
		const run = { stories, samples: recorder.samples, orders: verdict.ordersInD1, takenMinor };
		return { side: sideOf(run, options.stock), problems: verdict.problems, startedAt: measured.startedAt };
	} finally {
		await target.close();
	}
}

/** Drawn apart from the plans' other decisions, which stay what they are without a comparison. */
function withPayment(plan: BuyerPlan, seed: number): BuyerPlan {
	const random = mulberry32(~seed ^ Math.imul(plan.index + 1, 0x85ebca6b));
	const delayMs = Math.round(SHORTEST_PAYMENT_MS + random() * (LONGEST_PAYMENT_MS - SHORTEST_PAYMENT_MS));
	return { ...plan, card: { ...plan.card, delayMs } };
}

/** What to type for the same crowd: the seed always, the rest where it is not as usual. */
function commandOf(options: DropOptions, variant: Variant): string {
	const { buyers, stock, payRate, spreadSeconds, seed } = options;
	const unusual = [
		buyers === COMPARED.buyers ? "" : `--buyers ${buyers}`,
		stock === COMPARED.stock ? "" : `--stock ${stock}`,
		payRate === COMPARED.payRate ? "" : `--pay-rate ${payRate}`,
		spreadSeconds === COMPARED.spreadSeconds ? "" : `--spread-seconds ${spreadSeconds}`,
		variant === VARIANTS[0] ? "" : `--naive ${variant}`,
	];
	return ["npm run drop -- --compare", `--seed ${seed}`, ...unusual].filter(Boolean).join(" ");
}
