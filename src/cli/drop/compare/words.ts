/** What the figures of a comparison are called, in the terminal, the picture and the report. Pure. */
import type { Variant } from "../../naive-shop/purchase.ts";
import type { Comparison, ShopSide } from "./comparison.ts";
import type { Fate } from "./stories.ts";

export const VARIANT_TITLES: Readonly<Record<Variant, string>> = {
	"check-then-pay": "Check, then pay",
	"check-again": "Check, check again, pay",
	atomic: "Pay, then take the unit",
};

export const VARIANT_WORDS: Readonly<Record<Variant, string>> = {
	"check-then-pay": "museum piece: looks, then charges",
	"check-again": "museum piece: looks twice",
	atomic: "museum piece: charges, then looks",
};

export const FATE_WORDS: Readonly<Record<Fate, string>> = {
	served: "paid, and have their unit",
	oversold: "paid, and there is no unit",
	charged: "paid, then told there is none",
	failed: "answered wrongly",
	left: "left without paying",
	refused: "told “sold out” before paying",
};

/** The drop's own currency has a hundred minor units. */
export function dollars(minor: number): string {
	const amount = (Math.abs(minor) / 100).toLocaleString("en-US", {
		minimumFractionDigits: 2,
		maximumFractionDigits: 2,
	});
	return `${minor < 0 ? "−" : ""}$${amount}`;
}

export const count = (number: number): string => number.toLocaleString("en-US");
export const plural = (number: number, one: string, more = `${one}s`): string =>
	`${count(number)} ${number === 1 ? one : more}`;

export const titleOf = ({ units, buyers }: Comparison): string =>
	`12.12: ${plural(units, "unit")}, ${plural(buyers, "buyer")}`;

/** The rows of the table: what, at the naive shop, at Holdfast. */
export function figureRows({ units, naive, holdfast }: Comparison): [string, string, string][] {
	const row = (label: string, value: (side: ShopSide) => string): [string, string, string] => [
		...([label, value(naive), value(holdfast)] as const),
	];
	return [
		row("units there are", () => count(units)),
		row("units sold", ({ sold }) => count(sold)),
		row("oversold", ({ oversold }) => count(oversold)),
		row(FATE_WORDS.served, ({ fates }) => count(fates.served)),
		row(FATE_WORDS.oversold, ({ fates }) => count(fates.oversold)),
		row(FATE_WORDS.charged, ({ fates }) => count(fates.charged)),
		row(FATE_WORDS.refused, ({ fates }) => count(fates.refused)),
		row(FATE_WORDS.left, ({ fates }) => count(fates.left)),
		row(FATE_WORDS.failed, ({ fates }) => count(fates.failed)),
		row("orders in the shop's list", ({ orders }) => count(orders)),
		row("stock that the shop showed at the end", ({ shownAtEnd }) => count(shownAtEnd)),
		row("money taken", ({ takenMinor }) => dollars(takenMinor)),
		row("money that must go back", ({ mustGoBackMinor }) => dollars(mustGoBackMinor)),
	];
}

/** What became of the comparison, in one sentence for each shop. */
export function verdictOf({ units, naive, holdfast, problems }: Comparison): { naive: string; holdfast: string } {
	const unserved = naive.fates.oversold + naive.fates.charged;
	const money = `${dollars(naive.mustGoBackMinor)} must go back`;
	const naiveSays =
		naive.oversold > 0
			? `the naive shop sold ${plural(naive.sold, "unit")} of ${count(units)}: ${plural(naive.oversold, "order")} to cancel, ${money}`
			: unserved > 0
				? `the naive shop charged ${plural(unserved, "buyer")} for nothing: ${money}`
				: "the naive shop did not oversell in this run: more buyers, or less time between them, make it likelier";
	const holdfastSays =
		problems.length === 0
			? `Holdfast sold ${plural(holdfast.sold, "unit")} of ${count(units)}, and nobody paid for nothing`
			: "Holdfast did not keep its promise";
	return { naive: naiveSays, holdfast: holdfastSays };
}
