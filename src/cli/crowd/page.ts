/** The report: one page that needs no other file, no script and no network. Pure. */
import { element, Markup } from "../drop/compare/markup.ts";
import { PALETTES } from "../drop/compare/palette.ts";
import type { Figures } from "./figures.ts";
import { pictureOf } from "./picture.ts";
import type { Result } from "./result.ts";
import { count, dollars, KIND_TITLES, regionsOf, tableOf, targetsOf, titleOf } from "./words.ts";

const { light, dark } = PALETTES;
const STYLE = `
:root { color-scheme: light dark }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 50rem; margin: 0 auto; padding: 1.5rem 1rem 4rem;
	background: light-dark(${light.ground}, ${dark.ground}); color: light-dark(${light.ink}, ${dark.ink}) }
svg { display: block; width: 100%; height: auto }
.dark { display: none }
@media (prefers-color-scheme: dark) { .dark { display: block } .light { display: none } }
.wide { overflow-x: auto }
table { border-collapse: collapse; width: 100% }
th, td { padding: .3rem .5rem; border-bottom: 1px solid light-dark(${light.line}, ${dark.line}); text-align: left }
th + th, td { text-align: right; font-variant-numeric: tabular-nums }
ul { list-style: none; padding: 0 }
.good { color: light-dark(${light.good}, ${dark.good}) }
.bad { color: light-dark(${light.bad}, ${dark.bad}) }
code { overflow-wrap: anywhere }
`;

export function pageOf(result: Result): string {
	const { runs, order } = result;
	const title = titleOf(result);
	const page = element(
		"html",
		{ lang: "en" },
		element(
			"head",
			{},
			element("meta", { charset: "utf-8" }),
			element("meta", { name: "viewport", content: "width=device-width, initial-scale=1" }),
			element("title", {}, title),
			element("style", {}, new Markup(STYLE)),
		),
		element(
			"body",
			{},
			(["light", "dark"] as const).map((look) =>
				element("div", { class: look }, new Markup(pictureOf(result, PALETTES[look]))),
			),
			element("h1", {}, title),
			table(["", ...runs.map(({ kind }) => KIND_TITLES[kind])], tableOf(result)),
			runs.map(runOf),
			element("h2", {}, "How it is made"),
			element(
				"p",
				{},
				`A discrete-event simulation with ${count(order.places)} places and ${count(order.isolates)} isolates. The batcher, the caches, the gates and the SKU's object with its SQL are Holdfast's own code in virtual time. How long each step takes is published or measured, and stands in src/cli/crowd/costs.ts with its source.`,
			),
			element("p", {}, "Again: ", element("code", {}, result.command)),
		),
	);
	return `<!doctype html>\n${page.source}\n`;
}

function runOf(run: Figures): Markup[] {
	const [head, ...rows] = regionsOf(run);
	const line = (isGood: boolean, words: string) =>
		element("li", { class: isGood ? "good" : "bad" }, `${isGood ? "✓" : "✗"} ${words}`);
	const costs = run.bill.map(({ what, count: of, dollars: price }) => [what, count(of), dollars(price)]);
	return [
		element("h2", {}, KIND_TITLES[run.kind]),
		element(
			"ul",
			{},
			run.promises.map(({ isKept, text }) => line(isKept, text)),
			targetsOf(run).map(({ isMet, text }) => line(isMet, text)),
		),
		element("h3", {}, "Reservations that the object decided"),
		table(head ?? [], rows),
		element("h3", {}, "What it costs, without what is paid for later"),
		table(["", "count", "US$"], costs),
	];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): Markup {
	const cells = (kind: "th" | "td", [label = "", ...values]: readonly string[]) =>
		element(
			"tr",
			{},
			element("th", {}, label),
			values.map((value) => element(kind, {}, value)),
		);
	return element(
		"div",
		{ class: "wide" },
		element(
			"table",
			{},
			cells("th", head),
			rows.map((row) => cells("td", row)),
		),
	);
}
