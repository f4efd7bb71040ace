/** What a comparison says and draws, from runs written by hand: timeline, figures, picture, report. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Comparison, sideOf } from "../../src/cli/drop/compare/comparison.ts";
import { gridOf } from "../../src/cli/drop/compare/dots.ts";
import { element, Markup } from "../../src/cli/drop/compare/markup.ts";
import { pageOf } from "../../src/cli/drop/compare/page.ts";
import { PALETTES } from "../../src/cli/drop/compare/palette.ts";
import { pictureOf } from "../../src/cli/drop/compare/picture.ts";
import type { Moments } from "../../src/cli/drop/compare/recorder.ts";
import { holdfastStories, naiveStories, type Story } from "../../src/cli/drop/compare/stories.ts";
import { type Point, timelineOf } from "../../src/cli/drop/compare/timeline.ts";
import { figureRows, verdictOf } from "../../src/cli/drop/compare/words.ts";
import { type BuyerReport, newBuyerState } from "../../src/cli/drop/outcome.ts";
import { elementsOf, parseXml, wordsOf, type XmlElement } from "./xml.ts";

/** Three pay for two units, one is too late, one leaves the till. */
const NIGHT: Readonly<Record<number, Moments>> = {
	0: { heldMs: 100, payingMs: 200, endedMs: 900 },
	1: { heldMs: 110, payingMs: 300, endedMs: 700 },
	2: { heldMs: 120, payingMs: 250, endedMs: 800 },
	3: { heldMs: null, payingMs: null, endedMs: 1000 },
	4: { heldMs: 130, payingMs: null, endedMs: 400 },
};
const momentsOf = (index: number): Moments => NIGHT[index] ?? { heldMs: null, payingMs: null, endedMs: 0 };
const naive = () =>
	naiveStories(
		new Map([
			[0, "bought"],
			[1, "bought"],
			[2, "bought"],
			[3, "refused"],
			[4, "left"],
		]),
		momentsOf,
		2,
	);

const fatesOf = (stories: readonly Story[]) => Object.fromEntries(stories.map(({ index, fate }) => [index, fate]));

describe("the stories of the buyers", () => {
	test("give the units to those who were told first that they have one", () => {
		expect(fatesOf(naive())).toEqual({ 1: "served", 2: "served", 0: "oversold", 3: "refused", 4: "left" });
	});

	const report = (index: number, outcome: BuyerReport["outcome"], expiresAtMs: number | null = null): BuyerReport => ({
		...newBuyerState(),
		...{ plan: { index } as BuyerReport["plan"], outcome, detail: null, expiresAtMs },
	});

	test("find Holdfast's oversold buyers by the same rule", () => {
		const reports = [0, 1, 2].map((index) => report(index, "bought"));
		expect(fatesOf(holdfastStories(reports, momentsOf, 2, 0))).toMatchObject({ 0: "oversold", 1: "served" });
	});

	test("count a buyer who paid and was not served as charged, and a hold until its end", () => {
		const [lost, unpaid] = holdfastStories(
			[report(0, "lost"), report(4, "unpaid", 60_000)],
			momentsOf,
			2,
			50_000,
		).toSorted((a, b) => a.index - b.index);
		expect(lost).toMatchObject({ fate: "charged" });
		expect(unpaid).toMatchObject({ fate: "left", freeMs: 10_000 });
	});
});

describe("the timeline", () => {
	const samples = [
		{ atMs: 50, shown: 2 },
		{ atMs: 750, shown: 1 },
		{ atMs: 950, shown: 0 },
	];
	const timeline = timelineOf(naive(), samples, 2);
	const at = (ms: number): Partial<Point> => {
		const { atMs: _, ...point } = timeline.findLast(({ atMs }) => atMs <= ms) ?? ({} as Point);
		return point;
	};

	test("says at each moment who is where", () => {
		expect(at(0)).toEqual({ shown: 2, sold: 0, oversold: 0, paying: 0, held: 0, refused: 0, late: 0 });
		expect(at(150)).toMatchObject({ held: 4, paying: 0 });
		expect(at(350)).toMatchObject({ held: 1, paying: 3 });
		expect(at(450)).toMatchObject({ held: 0, paying: 3, sold: 0 });
		expect(at(760)).toMatchObject({ shown: 1, paying: 2, sold: 1, oversold: 0 });
		expect(at(850)).toMatchObject({ shown: 1, paying: 1, sold: 2, oversold: 0, late: 0 });
		expect(at(5000)).toEqual({ shown: 0, sold: 2, oversold: 1, paying: 0, held: 0, refused: 1, late: 1 });
	});

	test("has one point for each moment, in order", () => {
		const times = timeline.map(({ atMs }) => atMs);
		expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
	});
});

/** A comparison of a run with these numbers at the naive shop; Holdfast serves all units and refuses the others. */
function comparisonOf(fates: Partial<Record<Story["fate"], number>>, more: Partial<Comparison> = {}): Comparison {
	const stories = (counts: typeof fates): Story[] => {
		const all = Object.entries(counts).flatMap(([fate, many]) => Array.from({ length: many }, () => fate));
		return all.map((fate, index) => ({
			...{ index, fate: fate as Story["fate"], heldMs: fate === "refused" ? null : index },
			...{ payingMs: fate === "refused" ? null : index + 500, endedMs: index + 1000, freeMs: index + 1000 },
		}));
	};
	const buyers = Object.values(fates).reduce((sum, many) => sum + many, 0);
	const units = 50;
	const paid = (fates.served ?? 0) + (fates.oversold ?? 0) + (fates.charged ?? 0);
	const kept = { served: units, refused: buyers - units };
	return {
		...{ units, buyers, seed: 7, date: "2026-12-12", variant: "check-then-pay", problems: [], command: "npm run x" },
		naive: sideOf({ stories: stories(fates), samples: [], orders: paid, takenMinor: paid * 1999 }, units),
		holdfast: sideOf({ stories: stories(kept), samples: [], orders: units, takenMinor: units * 1999 }, units),
		...more,
	};
}

const OVERSOLD = comparisonOf({ served: 50, oversold: 87, refused: 363 });
const HONEST = comparisonOf({ served: 50, refused: 450 });

describe("the figures", () => {
	test("are those of the run, side by side", () => {
		const rows = Object.fromEntries(figureRows(OVERSOLD).map(([label, ...values]) => [label, values]));
		expect(rows).toMatchObject({
			"units sold": ["137", "50"],
			oversold: ["87", "0"],
			"told “sold out” before paying": ["363", "450"],
			"money taken": ["$2,738.63", "$999.50"],
			"money that must go back": ["$1,739.13", "$0.00"],
		});
	});

	test("say so when the naive shop did not oversell", () => {
		expect(verdictOf(HONEST).naive).toMatch(/did not oversell in this run/);
	});

	test("say so when the naive shop charged buyers for nothing, and oversold nothing", () => {
		const { naive } = verdictOf(comparisonOf({ served: 50, charged: 3, refused: 447 }));
		expect(naive).toBe("the naive shop charged 3 buyers for nothing: $59.97 must go back");
	});

	test("do not praise a Holdfast that has broken its promise", () => {
		const { holdfast } = verdictOf(comparisonOf({ served: 50, refused: 450 }, { problems: ["1 unit was lost"] }));
		expect(holdfast).toBe("Holdfast did not keep its promise");
	});
});

const LOOKS = ["light", "dark"] as const;
/** How many marks are drawn of each colour, by shape. */
const marksOf = (svg: XmlElement) =>
	elementsOf(svg).flatMap(({ name, attributes }) => {
		const marks = attributes["d"]?.match(/h0/g)?.length ?? 0;
		const isOne = name !== "path" || marks < 2; // one alone is in a legend
		return isOne ? [] : [{ marks, colour: attributes["stroke"], shape: attributes["stroke-linecap"] }];
	});

describe.each(LOOKS)("the %s picture", (look) => {
	const palette = PALETTES[look];
	const svg = parseXml(pictureOf(OVERSOLD, palette));
	const words = elementsOf(svg)
		.filter(({ name }) => name === "text")
		.map(wordsOf);

	test("is one SVG that says its size, what it is, and what came of it", () => {
		expect(svg).toMatchObject({ name: "svg", attributes: { xmlns: "http://www.w3.org/2000/svg", role: "img" } });
		const [, , width, height] = (svg.attributes["viewBox"] ?? "").split(" ");
		expect(svg.attributes).toMatchObject({ width, height });
		const [title, description] = svg.children.map((child) => (typeof child === "string" ? child : wordsOf(child)));
		expect(title).toBe("12.12: 50 units, 500 buyers");
		expect(description).toMatch(/sold 137 units of 50, and has \$1,739\.13 to give back\. Holdfast sold 50 of 50/);
	});

	test("has the numbers of the run, its seed, its day and its command", () => {
		expect(words).toEqual(
			expect.arrayContaining([
				...["137 sold of 50", "87 orders to cancel", "$1,739.13 to give back", "87 paid, and there is no unit"],
				...["363 told “sold out” before paying", "50 sold of 50", "0 orders to cancel", "$0.00 to give back"],
				...["450 told “sold out” before paying", "Measured on 2026-12-12: npm run x"],
			]),
		);
		expect(words.join()).toContain("Seed 7");
		expect(words.join()).toContain("museum piece");
	});

	test("has a mark for each buyer, and other shapes for those who paid for nothing", () => {
		expect(marksOf(svg)).toEqual([
			{ marks: 50, colour: palette.good, shape: "round" },
			{ marks: 87, colour: palette.bad, shape: "square" },
			{ marks: 363, colour: palette.told, shape: "round" },
			{ marks: 50, colour: palette.good, shape: "round" },
			{ marks: 450, colour: palette.told, shape: "round" },
		]);
	});

	test("gives each mark a place of its own", () => {
		const drawn = elementsOf(svg).map(({ attributes }) => attributes["d"] ?? "");
		const places = drawn.flatMap((d) => [...d.matchAll(/M([^M]+)h0/g)].map(([, place]) => place));
		expect(places).toHaveLength(new Set(places).size);
		expect(places.length).toBeGreaterThan(1000);
	});

	test("draws no number that is none", () => {
		const empty = comparisonOf({});
		for (const comparison of [OVERSOLD, HONEST, { ...empty, holdfast: empty.naive }]) {
			expect(pictureOf(comparison, palette)).not.toMatch(/NaN|Infinity|undefined/);
		}
	});

	test("escapes what it is given", () => {
		const svg = parseXml(pictureOf({ ...OVERSOLD, command: `<script>"&' --x` }, palette));
		expect(elementsOf(svg).filter(({ name }) => name === "script")).toEqual([]);
		expect(elementsOf(svg).map(wordsOf)).toContain(`Measured on 2026-12-12: <script>"&' --x`);
	});

	test("asks nothing of the network", () => {
		expect(pictureOf(OVERSOLD, palette).replace("http://www.w3.org/2000/svg", "")).not.toMatch(/https?:|href|url\(/);
	});
});

describe("the marks", () => {
	test("are as large as the frame allows, and stay in it", () => {
		for (const total of [1, 7, 50, 500, 2000]) {
			const { columns, pitch } = gridOf(total, { width: 332, height: 124 });
			expect(columns * pitch).toBeLessThanOrEqual(332 + 1e-9);
			expect(Math.ceil(total / columns) * pitch).toBeLessThanOrEqual(124 + 1e-9);
			expect(pitch).toBeGreaterThan(Math.sqrt((332 * 124) / total) * 0.35);
		}
	});
});

describe("markup", () => {
	test("escapes text and attributes, and keeps what is markup", () => {
		const inner = element("b", { title: `a"<&` }, "x < y & z");
		expect(element("p", {}, inner, 1.23456).source).toBe('<p><b title="a&quot;&lt;&amp;">x &lt; y &amp; z</b>1.23</p>');
		expect(element("p", {}, new Markup("<i/>")).source).toBe("<p><i/></p>");
	});
});

describe("the report", () => {
	const page = pageOf(OVERSOLD);

	test("has both looks of the picture, both timelines and every figure", () => {
		for (const look of LOOKS) expect(page).toContain(pictureOf(OVERSOLD, PALETTES[look]));
		expect(page.match(/<svg/g)).toHaveLength(6);
		for (const [label, ...values] of figureRows(OVERSOLD)) {
			expect(page).toContain(`<th>${label}</th>${values.map((value) => `<td>${value}</td>`).join("")}`);
		}
		expect(page).toContain("told before paying: 363 at the end");
		expect(page).toContain("paid for nothing, and are told late: 87 at the end");
	});

	test("has no script, and asks nothing of the network", () => {
		expect(page.replaceAll("http://www.w3.org/2000/svg", "")).not.toMatch(/<script|https?:|href|src=|url\(/);
	});
});

describe("the README's picture", () => {
	const root = join(import.meta.dirname, "../..");
	const readme = readFileSync(join(root, "README.md"), "utf8");
	const [, dark = "", light = ""] =
		/<picture><source media="\(prefers-color-scheme: dark\)" srcset="([^"]*compare-dark\.svg)"><img [^>]*src="([^"]*compare-light\.svg)"/.exec(
			readme,
		) ?? [];

	test("stands before the first heading but the title", () => {
		expect(dark).not.toBe("");
		expect(readme.indexOf(dark)).toBeLessThan(readme.indexOf("\n## "));
	});

	test("is there in both looks, well-formed, and of one run", () => {
		const texts = [light, dark].map((path) => {
			const svg = parseXml(readFileSync(join(root, path), "utf8"));
			return {
				svg,
				words: elementsOf(svg)
					.filter(({ name }) => name === "text")
					.map(wordsOf),
			};
		});
		expect(texts[0]?.words).toEqual(texts[1]?.words);
		expect(texts.map(({ svg }) => svg.attributes["fill"])).toEqual([PALETTES.light.ink, PALETTES.dark.ink]);
		const marks = texts.map(({ svg }) => marksOf(svg).reduce((sum, one) => sum + one.marks, 0));
		expect(marks).toEqual([1000, 1000]);
	});

	test("says in its alternative text what the picture shows", () => {
		const [, alt = ""] = /<img alt="([^"]*)"[^>]*compare-light\.svg/.exec(readme) ?? [];
		const words = readFileSync(join(root, light), "utf8");
		const numbers = alt.match(/\$?[\d,.]*\d/g) ?? [];
		expect(numbers.length).toBeGreaterThan(3);
		for (const number of numbers) expect(words).toContain(number);
	});
});
