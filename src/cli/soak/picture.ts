/** The picture of a soak, as an SVG that stands alone: each figure while shoppers came, and whether it stayed level. Pure. */
import { element, type Markup } from "../drop/compare/markup.ts";
import type { Palette } from "../drop/compare/palette.ts";
import { isFlat, LEVELS, type LevelFinding, RATES, type RateFinding, show } from "./rules.ts";
import type { Sample } from "./sample.ts";
import type { SoakVerdict } from "./verdict.ts";

const WIDTH = 800;
const MARGIN = 20;
const TOP = 92;
const PANEL = { width: 373, height: 156, gap: 14 };
const CHART = { x: 18, y: 62, width: 337, height: 70 };
const FOOT = 46;
const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', Arial, sans-serif";

/** One figure over the time of the soak. */
interface Panel {
	readonly title: string;
	readonly words: string;
	readonly isGood: boolean;
	readonly of: (sample: Sample) => number;
}

/** @param samples those while shoppers came */
export function pictureOf(
	{ findings, stalls, ok }: Pick<SoakVerdict, "findings" | "stalls" | "ok">,
	samples: readonly Sample[],
	minutes: number,
	palette: Palette,
): string {
	const shoppers = stalls.reduce((sum, { asked }) => sum + asked, 0).toLocaleString("en-US");
	const title = `An hour of a busy shop in ${minutes} minutes: ${ok ? "nothing is left over" : "not as it should be"}`;
	const panels: Panel[] = [
		...findings.levels.map((finding, index) => ({
			...{ title: finding.name, words: wordsOfLevel(finding), isGood: isFlat(finding) },
			of: LEVELS[index]?.of ?? (() => Number.NaN),
		})),
		...findings.rates.map((finding, index) => ({
			...{ title: finding.name, words: wordsOfRate(finding), isGood: isFlat(finding) },
			of: RATES[index]?.of ?? (() => Number.NaN),
		})),
	];
	const rows = Math.ceil(panels.length / 2);
	const height = TOP + rows * (PANEL.height + PANEL.gap) + FOOT;
	const picture = element(
		"svg",
		{
			...{ xmlns: "http://www.w3.org/2000/svg", viewBox: `0 0 ${WIDTH} ${height}`, width: WIDTH, height },
			...{ role: "img", "font-family": FONT, fill: palette.ink },
		},
		element("title", {}, title),
		element("desc", {}, panels.map((panel) => `${panel.title}: ${panel.words}.`).join(" ")),
		element("rect", { width: WIDTH, height, rx: 16, fill: palette.ground }),
		text(MARGIN + 4, 42, 22, title, { "font-weight": 700 }),
		text(
			MARGIN + 4,
			70,
			17,
			`${shoppers} shoppers, watchers, deliveries, refunds, webhooks. From left to right: time.`,
			{
				fill: palette.inkSoft,
			},
		),
		panels.map((panel, index) => {
			const x = MARGIN + (index % 2) * (PANEL.width + PANEL.gap);
			return panelOf(panel, samples, x, TOP + Math.floor(index / 2) * (PANEL.height + PANEL.gap), palette);
		}),
		text(MARGIN + 4, height - 18, 15, "Judged are the last two thirds: a server that has just started grows.", {
			fill: palette.inkSoft,
		}),
	);
	return `${picture.source}\n`;
}

const wordsOfLevel = ({ unit, last, grew, rest }: LevelFinding): string =>
	`${show(last, unit)}, ${show(rest, unit)} at rest${grew === null ? "" : `; ${grew < 0 ? "fell" : "grew"} ${show(Math.abs(grew), unit)}`}`;

const wordsOfRate = ({ unit, middle, last }: RateFinding): string =>
	middle === null || last === null
		? "too short to judge"
		: `for each shopper ${show(middle, unit)}, then ${show(last, unit)}`;

function panelOf(
	{ title, words, isGood, of }: Panel,
	samples: readonly Sample[],
	x: number,
	y: number,
	palette: Palette,
) {
	const values = samples.map(of);
	const most = Math.max(...values, 1);
	const endMs = samples.at(-1)?.atMs ?? 1;
	const chart = { x: x + CHART.x, y: y + CHART.y };
	const points = samples.map(
		(sample, index) =>
			`${round(chart.x + (sample.atMs / endMs) * CHART.width)} ${round(chart.y + CHART.height * (1 - (values[index] ?? 0) / most))}`,
	);
	const thirds = [1, 2].map((third) => `M${round(chart.x + (CHART.width * third) / 3)} ${chart.y}v${CHART.height}`);
	return element(
		"g",
		{},
		element("rect", {
			...{ x, y, width: PANEL.width, height: PANEL.height, rx: 12 },
			...{ fill: palette.surface, stroke: palette.line },
		}),
		text(chart.x, y + 28, 18, title, { "font-weight": 700 }),
		text(x + PANEL.width - CHART.x, y + 28, 18, isGood ? "✓" : "✗", {
			...{ fill: isGood ? palette.good : palette.bad, "font-weight": 700, "text-anchor": "end" },
		}),
		text(chart.x, y + 49, 13, words, { fill: isGood ? palette.inkSoft : palette.bad }),
		element("path", { d: thirds.join(""), stroke: palette.line, "stroke-dasharray": "4 4" }),
		element("path", { d: `M${chart.x} ${chart.y + CHART.height}h${CHART.width}`, stroke: palette.line }),
		points.length === 0
			? []
			: element("path", {
					...{ d: `M${points.join("L")}`, fill: "none", "stroke-width": 2, "stroke-linejoin": "round" },
					stroke: isGood ? palette.good : palette.bad,
				}),
	);
}

const round = (value: number): number => Math.round(value * 10) / 10;

function text(x: number, y: number, size: number, words: string, more: Record<string, string | number> = {}): Markup {
	return element("text", { x, y, "font-size": size, ...more }, words);
}
