/** What became of each buyer, in words that fit both shops. Pure. */
import type { BuyerOutcome, BuyerReport } from "../outcome.ts";
import type { NaiveOutcome } from "./naive-drop.ts";
import type { Moments } from "./recorder.ts";

/**
 * - `served`: paid, and there is a unit for it.
 * - `oversold`: paid, and was told that the order stands; there is no unit for it.
 * - `charged`: paid, and was told afterwards that there is nothing.
 * - `refused`: was told before paying.
 * - `left`: could have paid, and did not.
 * - `failed`: was answered wrongly, or not at all.
 */
export type Fate = "served" | "oversold" | "charged" | "refused" | "left" | "failed";

/** Times are milliseconds since the first buyers could come. */
export interface Story extends Moments {
	readonly index: number;
	readonly fate: Fate;
	/** When what the buyer had in hand without paying was free again. */
	readonly freeMs: number;
}

type Unranked = Omit<Story, "fate"> & { readonly fate: Exclude<Fate, "oversold"> };

export function naiveStories(
	outcomes: ReadonlyMap<number, NaiveOutcome>,
	momentsOf: (index: number) => Moments,
	units: number,
): Story[] {
	const stories = [...outcomes].map(([index, outcome]): Unranked => {
		const moments = momentsOf(index);
		return { ...moments, index, fate: outcome === "bought" ? "served" : outcome, freeMs: moments.endedMs };
	});
	return allot(stories, units);
}

const FATES: Readonly<Record<BuyerOutcome, Unranked["fate"]>> = {
	...{ bought: "served", preordered: "served", refused: "refused", waited: "refused" },
	...{ unpaid: "left", abandoned: "left", "too-late": "left" },
	...{ "paid-back": "charged", lost: "charged", hanging: "charged", failed: "failed" },
};

/** @param startedAtMs when the first buyers could come, by the server's clock */
export function holdfastStories(
	reports: readonly BuyerReport[],
	momentsOf: (index: number) => Moments,
	units: number,
	startedAtMs: number,
): Story[] {
	const stories = reports.map(({ plan: { index }, outcome, expiresAtMs }): Unranked => {
		const moments = momentsOf(index);
		// A hold that nobody pays is the buyer's until it ends, though the buyer has gone.
		const freeMs = outcome === "unpaid" && expiresAtMs !== null ? expiresAtMs - startedAtMs : moments.endedMs;
		return { ...moments, index, fate: FATES[outcome], freeMs };
	});
	return allot(stories, units);
}

/** The units go to the first orders: whoever was told later that the order stands has none. One rule for both shops. */
function allot(stories: readonly Unranked[], units: number): Story[] {
	let left = units;
	return stories
		.toSorted((a, b) => a.endedMs - b.endedMs || a.index - b.index)
		.map((story): Story => {
			if (story.fate !== "served") return story;
			left -= 1;
			return left >= 0 ? story : { ...story, fate: "oversold" };
		});
}
