/** The report of a comparison: one page that needs no other file, no script and no network. Pure. */
import { type ChartFrame, claimsAt, countsChart } from "./chart.ts";
import type { Comparison, ShopSide } from "./comparison.ts";
import { element, Markup } from "./markup.ts";
import { PALETTES, type Palette } from "./palette.ts";
import { pictureOf } from "./picture.ts";
import { figureRows, titleOf, VARIANT_TITLES, verdictOf } from "./words.ts";

const LOOKS = ["light", "dark"] as const;
const CHART = { x: 8, y: 12, width: 744, height: 220 };

const STYLE = `
:root { color-scheme: light dark }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 50rem; margin: 0 auto; padding: 1.5rem 1rem 4rem;
	background: light-dark(${PALETTES.light.ground}, ${PALETTES.dark.ground}); color: light-dark(${PALETTES.light.ink}, ${PALETTES.dark.ink}) }
svg { display: block; width: 100%; height: auto }
.dark { display: none }
@media (prefers-color-scheme: dark) { .dark { display: block } .light { display: none } }
table { border-collapse: collapse; width: 100% }
th, td { padding: .3rem .5rem; border-bottom: 1px solid light-dark(${PALETTES.light.line}, ${PALETTES.dark.line}); text-align: left }
th + th, td { text-align: right; font-variant-numeric: tabular-nums }
code { overflow-wrap: anywhere }
`;

export function pageOf(comparison: Comparison): string {
	const { variant, seed, date, command, problems, naive, holdfast } = comparison;
	const verdict = verdictOf(comparison);
	const naiveTitle = VARIANT_TITLES[variant];
	const page = element(
		"html",
		{ lang: "en" },
		element(
			"head",
			{},
			element("meta", { charset: "utf-8" }),
			element("meta", { name: "viewport", content: "width=device-width, initial-scale=1" }),
			element("title", {}, titleOf(comparison)),
			element("style", {}, new Markup(STYLE)),
		),
		element(
			"body",
			{},
			inBothLooks((palette) => new Markup(pictureOf(comparison, palette))),
			element("h1", {}, titleOf(comparison)),
			element("p", {}, `${sentence(verdict.naive)} ${sentence(verdict.holdfast)}`),
			problems.length > 0
				? element(
						"ul",
						{},
						problems.map((problem) => element("li", {}, problem)),
					)
				: [],
			tableOf(comparison, naiveTitle),
			element("h2", {}, `${naiveTitle}: who was told what, and when`),
			tellings(naive, comparison),
			element("h2", {}, "Holdfast: who was told what, and when"),
			tellings(holdfast, comparison),
			element(
				"p",
				{},
				`Measured on ${date} with seed ${seed}. The seed decides who comes when, how long each thinks and how long each payment takes; who gets a unit is up to the shop, and differs from run to run. The naive shop is a museum piece: a Worker with a D1 database, in the same runtime.`,
			),
			element("p", {}, "Again: ", element("code", {}, command)),
		),
	);
	return `<!doctype html>\n${page.source}\n`;
}

const sentence = (words: string): string => `${words[0]?.toUpperCase()}${words.slice(1)}.`;

const inBothLooks = (draw: (palette: Palette) => Markup): Markup[] =>
	LOOKS.map((look) => element("div", { class: look }, draw(PALETTES[look])));

function tableOf(comparison: Comparison, naiveTitle: string): Markup {
	const cells = (kind: "th" | "td", [label, ...values]: readonly string[]) =>
		element(
			"tr",
			{},
			element("th", {}, label ?? ""),
			values.map((value) => element(kind, {}, value)),
		);
	return element(
		"table",
		{},
		cells("th", ["", `${naiveTitle} (naive)`, "Holdfast"]),
		figureRows(comparison).map((row) => cells("td", row)),
	);
}

/** What the shop showed, who has a unit, who was told in time and who too late: all buyers, over time. */
function tellings(side: ShopSide, { naive, holdfast, buyers }: Comparison): Markup[] {
	const endMs = Math.max(1, ...[naive, holdfast].map(({ timeline }) => timeline.at(-1)?.atMs ?? 0));
	const frame: ChartFrame = { ...CHART, endMs, most: Math.max(buyers, ...side.timeline.map(claimsAt)) * 1.04 };
	const last = side.timeline.at(-1);
	const lines = (palette: Palette) =>
		[
			{ of: "shown", colour: palette.ink, word: "units that the shop shows" },
			{ of: "sold", colour: palette.good, word: "paid, and have a unit" },
			{ of: "refused", colour: palette.inkSoft, word: "told before paying" },
			{ of: "late", colour: palette.bad, word: "paid for nothing, and are told late" },
		] as const;
	return inBothLooks((palette) =>
		element(
			"svg",
			{ viewBox: `0 0 760 ${CHART.height + 130}`, role: "img", "font-family": "system-ui, sans-serif" },
			countsChart(side.timeline, lines(palette), frame, palette),
			lines(palette).map(({ of, colour, word }, index) => {
				const y = CHART.height + 58 + index * 22;
				return [
					element("path", { d: `M${CHART.x} ${y - 5}h24`, stroke: colour, "stroke-width": 3 }),
					element(
						"text",
						{ x: CHART.x + 34, y, "font-size": 16, fill: palette.ink },
						`${word}: ${last?.[of] ?? 0} at the end`,
					),
				];
			}),
		),
	);
}
