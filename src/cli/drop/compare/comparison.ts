/** The figures of a comparison, from the run of each shop. Pure. */
import type { Variant } from "../../naive-shop/purchase.ts";
import { PRICE_MINOR } from "../merchant.ts";
import type { StockSample } from "./recorder.ts";
import type { Fate, Story } from "./stories.ts";
import { type Point, timelineOf } from "./timeline.ts";

export interface ShopRun {
	readonly stories: readonly Story[];
	readonly samples: readonly StockSample[];
	/** Orders that stand, by the shop's own list. */
	readonly orders: number;
	/** What the payment provider took and did not give back. */
	readonly takenMinor: number;
}

export interface ShopSide {
	/** How many buyers came to each end. */
	readonly fates: Readonly<Record<Fate, number>>;
	readonly sold: number;
	readonly oversold: number;
	readonly orders: number;
	readonly takenMinor: number;
	/** Taken for units that do not exist. */
	readonly mustGoBackMinor: number;
	/** Units that the shop showed at the end. */
	readonly shownAtEnd: number;
	readonly timeline: readonly Point[];
}

export interface Comparison {
	readonly units: number;
	readonly buyers: number;
	readonly seed: number;
	/** The day of the run, as in 2026-12-12. */
	readonly date: string;
	readonly variant: Variant;
	/** What was typed to get it. */
	readonly command: string;
	readonly naive: ShopSide;
	readonly holdfast: ShopSide;
	/** What Holdfast did wrong; empty when it kept its promise. */
	readonly problems: readonly string[];
}

export function sideOf({ stories, samples, orders, takenMinor }: ShopRun, units: number): ShopSide {
	const fates: Record<Fate, number> = { served: 0, oversold: 0, charged: 0, refused: 0, left: 0, failed: 0 };
	for (const { fate } of stories) fates[fate] += 1;
	const timeline = timelineOf(stories, samples, units);
	return {
		...{ fates, timeline, orders, takenMinor },
		sold: fates.served + fates.oversold,
		oversold: fates.oversold,
		mustGoBackMinor: takenMinor - fates.served * PRICE_MINOR,
		shownAtEnd: timeline.at(-1)?.shown ?? units,
	};
}
