/**
 * The picture of a comparison, as an SVG that stands alone: what the crowd of one night came to at two shops. It is read
 * at 800 pixels and at 400, so no letter is small. Fonts differ in width, so every line has room. Pure.
 */
import { type ChartFrame, claimsAt, unitsChart } from "./chart.ts";
import type { Comparison, ShopSide } from "./comparison.ts";
import { dots, FATES_IN_ORDER, marks } from "./dots.ts";
import { element, type Markup } from "./markup.ts";
import type { Palette } from "./palette.ts";
import { count, dollars, FATE_WORDS, plural, titleOf, VARIANT_TITLES, VARIANT_WORDS } from "./words.ts";

const WIDTH = 800;
const MARGIN = 20;
const GAP = 16;
const PANEL = { y: 94, width: 372, padding: 20 };
/** Below the top of a panel. */
const AT = { title: 38, words: 64, number: 132, toUndo: 168, toPayBack: 198, dots: 218, legend: 372 };
const DOTS_HEIGHT = 124;
const LEGEND_LINE = 27;
const CHART = { gap: 66, height: 160, below: 38 };
const FOOT = 66;
const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', Arial, sans-serif";

interface Panel {
	readonly x: number;
	readonly title: string;
	readonly words: string;
	/** What a buyer has who has not paid. */
	readonly heldWord: string;
	readonly side: ShopSide;
	readonly frame: ChartFrame;
}

export function pictureOf(comparison: Comparison, palette: Palette): string {
	const { naive, holdfast, units, seed, date, command, variant } = comparison;
	const rows = Math.max(...[naive, holdfast].map((side) => fatesOf(side).length));
	const chartY = PANEL.y + AT.legend + rows * LEGEND_LINE + CHART.gap - LEGEND_LINE;
	const panelHeight = chartY + CHART.height + CHART.below - PANEL.y;
	const height = PANEL.y + panelHeight + FOOT;
	const frame = {
		...{ y: chartY, width: PANEL.width - 2 * PANEL.padding, height: CHART.height },
		// The chart ends when the last unit is claimed or free again, and not when the last buyer has been refused.
		endMs: Math.max(1, ...[naive, holdfast].map(lastClaimMs)),
		most: Math.max(1, units, ...[...naive.timeline, ...holdfast.timeline].map(claimsAt)),
	};
	const panels: Panel[] = [
		{
			...{ x: MARGIN, title: VARIANT_TITLES[variant], words: VARIANT_WORDS[variant] },
			...{ heldWord: "in a cart", side: naive, frame: { ...frame, x: MARGIN + PANEL.padding } },
		},
		{
			...{ x: MARGIN + PANEL.width + GAP, title: "Holdfast", words: "holds a unit, then charges" },
			...{ heldWord: "held", side: holdfast },
			frame: { ...frame, x: MARGIN + PANEL.width + GAP + PANEL.padding },
		},
	];
	const title = titleOf(comparison);
	const summary = `A shop that checks and then charges sold ${plural(naive.sold, "unit")} of ${count(units)}, and has ${dollars(naive.mustGoBackMinor)} to give back. Holdfast sold ${count(holdfast.sold)} of ${count(units)}.`;
	const soft = { fill: palette.inkSoft };
	const picture = element(
		"svg",
		{
			...{ xmlns: "http://www.w3.org/2000/svg", viewBox: `0 0 ${WIDTH} ${height}`, width: WIDTH, height },
			...{ role: "img", "font-family": FONT, fill: palette.ink },
		},
		element("title", {}, title),
		element("desc", {}, summary),
		element("rect", { width: WIDTH, height, rx: 16, fill: palette.ground }),
		text(MARGIN + 4, 46, 34, title, { "font-weight": 700 }),
		text(MARGIN + 4, 77, 20, "The same crowd at two shops. Each mark is a buyer.", soft),
		panels.map((panel) => panelOf(panel, panelHeight, rows, units, palette)),
		text(MARGIN + 4, height - 39, 16, `Measured on ${date}: ${command}`, soft),
		text(
			MARGIN + 4,
			height - 15,
			16,
			`Both in one runtime. Seed ${seed} decides who comes when, and how long each pays.`,
			soft,
		),
	);
	return `${picture.source}\n`;
}

function panelOf(panel: Panel, height: number, rows: number, units: number, palette: Palette): Markup {
	const { x, title, words, heldWord, side, frame } = panel;
	const { y, width } = PANEL;
	const paidForNothing = side.fates.oversold + side.fates.charged;
	const verdict = { fill: paidForNothing > 0 ? palette.bad : palette.good, "font-weight": 600 };
	const sold = count(side.sold);
	const legendY = y + AT.legend;
	return element(
		"g",
		{},
		element("rect", { x, y, width, height, rx: 12, fill: palette.surface, stroke: palette.line }),
		text(frame.x, y + AT.title, 25, title, { "font-weight": 700 }),
		text(frame.x, y + AT.words, 18, words, { fill: palette.inkSoft }),
		element(
			"text",
			{ x: frame.x, y: y + AT.number, "font-size": 64, ...verdict, "font-weight": 700 },
			sold,
			element("tspan", { "font-size": 26, fill: palette.ink }, ` sold of ${count(units)}`),
		),
		text(frame.x, y + AT.toUndo, 22, toUndo(side), verdict),
		text(frame.x, y + AT.toPayBack, 22, `${dollars(side.mustGoBackMinor)} to give back`, verdict),
		dots(side.fates, { x: frame.x, y: y + AT.dots, width: frame.width, height: DOTS_HEIGHT }, palette),
		fatesOf(side).map((fate, row) => {
			const at = legendY + row * LEGEND_LINE;
			return [
				marks(fate, [[frame.x + 8, at - 6]], 17, palette),
				text(frame.x + 26, at, 18, `${count(side.fates[fate])} ${FATE_WORDS[fate]}`),
			];
		}),
		text(frame.x, legendY + rows * LEGEND_LINE + 6, 17, `Claims on the ${plural(units, "unit")} (dashed)`, {
			"font-weight": 600,
		}),
		chartLegend(side, frame.x, frame.y - 12, heldWord, palette),
		unitsChart(side.timeline, units, frame, palette),
	);
}

const fatesOf = ({ fates }: ShopSide) => FATES_IN_ORDER.filter((fate) => fates[fate] > 0);

function toUndo({ oversold, fates }: ShopSide): string {
	return fates.charged > 0 ? `${plural(fates.charged, "refund")} to make` : `${plural(oversold, "order")} to cancel`;
}

function lastClaimMs({ timeline }: ShopSide): number {
	const isLast = (index: number) => {
		const [before, point] = [timeline[index - 1], timeline[index]];
		if (before === undefined || point === undefined) return true;
		return (["sold", "oversold", "paying", "held"] as const).some((layer) => before[layer] !== point[layer]);
	};
	return timeline[timeline.findLastIndex((_, index) => isLast(index))]?.atMs ?? 0;
}

function chartLegend({ timeline }: ShopSide, x: number, y: number, heldWord: string, palette: Palette): Markup {
	const isUsed = (layer: "oversold" | "paying" | "held") => timeline.some((point) => point[layer] > 0);
	const entries: readonly (readonly [word: string, fill: string, isUsed: boolean])[] = [
		["sold", palette.good, true],
		["oversold", palette.bad, isUsed("oversold")],
		["paying", palette.paying, isUsed("paying")],
		[heldWord, palette.held, isUsed("held")],
	];
	let at = x;
	const drawn = entries
		.filter(([, , used]) => used)
		.map(([word, fill]) => {
			const entry = [
				element("rect", { x: at, y: y - 12, width: 13, height: 13, rx: 2, fill }),
				text(at + 18, y, 16, word, { fill: palette.inkSoft }),
			];
			at += 31 + word.length * 8.4;
			return entry;
		});
	return element("g", {}, drawn);
}

function text(x: number, y: number, size: number, words: string, more: Record<string, string | number> = {}): Markup {
	return element("text", { x, y, "font-size": size, ...more }, words);
}
