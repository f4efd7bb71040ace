/**
 * The picture of a result, as an SVG that stands alone: what came to the SKU's object in each run, second by second, beside
 * what it came to for people. It is read at 800 pixels and at 400, so no letter is small. Pure.
 */
import { element, type Markup } from "../drop/compare/markup.ts";
import type { Palette } from "../drop/compare/palette.ts";
import type { Figures } from "./figures.ts";
import type { Result } from "./result.ts";
import { count, dollars, KIND_TITLES, KIND_WORDS, MOST_CALLS, MOST_P99_MS, percent, time, titleOf } from "./words.ts";

const WIDTH = 800;
const MARGIN = 20;
const PADDING = 20;
const TOP = 100;
const PANEL = { height: 224, gap: 14 };
const CHART = { x: 372, y: 56, width: 388, height: 116 };
/** Below the top of a panel. */
const AT = { title: 36, words: 61, number: 118, of: 144, lines: 178 };
const LINE = 23;
const FOOT = 62;
const MOST_TICKS = 6;
const TICK_SECONDS = 15;
/** What is left of the calls when the chart ends: stragglers would make it twice as long. */
const LEFT_OUT = 0.002;
const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', Arial, sans-serif";

export function pictureOf(result: Result, palette: Palette): string {
	const { runs, order } = result;
	const height = TOP + runs.length * (PANEL.height + PANEL.gap) + FOOT;
	const seconds = Math.max(order.seconds, ...runs.map(lastSecond)) + 1;
	const soft = { fill: palette.inkSoft };
	const title = titleOf(result);
	const picture = element(
		"svg",
		{
			...{ xmlns: "http://www.w3.org/2000/svg", viewBox: `0 0 ${WIDTH} ${height}`, width: WIDTH, height },
			...{ role: "img", "font-family": FONT, fill: palette.ink },
		},
		element("title", {}, title),
		element("desc", {}, runs.map(sentenceOf).join(" ")),
		element("rect", { width: WIDTH, height, rx: 16, fill: palette.ground }),
		text(MARGIN + 4, 46, 29, title, { "font-weight": 700 }),
		text(
			MARGIN + 4,
			77,
			19,
			`The same crowd at ${count(order.places)} places, simulated on Holdfast's own code.`,
			soft,
		),
		runs.map((run, index) => panelOf(run, TOP + index * (PANEL.height + PANEL.gap), seconds, result, palette)),
		text(MARGIN + 4, height - 37, 16, "Round-trip times are published ones, processors are measured.", soft),
		text(MARGIN + 4, height - 14, 16, result.command, soft),
	);
	return `${picture.source}\n`;
}

const sentenceOf = ({ kind, object, decided, presses }: Figures): string =>
	`${KIND_TITLES[kind]}: ${count(object.worstSecond)} calls of the SKU's object in the worst second, 99 of 100 decided within ${time(decided.p99Ms)}, ${count(presses.gaveUp)} gave up.`;

function panelOf(run: Figures, y: number, seconds: number, { order }: Result, palette: Palette): Markup {
	const { kind, object, decided, presses, promises } = run;
	const x = MARGIN + PADDING;
	const mark = (isGood: boolean) => ({ fill: isGood ? palette.good : palette.bad, "font-weight": 600 });
	const held = promises.find(({ name }) => name === "held");
	return element(
		"g",
		{},
		element("rect", {
			...{ x: MARGIN, y, width: WIDTH - 2 * MARGIN, height: PANEL.height, rx: 12 },
			...{ fill: palette.surface, stroke: palette.line },
		}),
		text(x, y + AT.title, 24, KIND_TITLES[kind], { "font-weight": 700 }),
		text(x, y + AT.words, 16, KIND_WORDS[kind], { fill: palette.inkSoft }),
		text(x, y + AT.number, 52, count(object.worstSecond), {
			...mark(object.worstSecond <= MOST_CALLS),
			"font-weight": 700,
		}),
		text(x, y + AT.of, 16, "calls of the SKU's object, worst second", { fill: palette.inkSoft }),
		text(x, y + AT.lines, 17, `99 of 100 decided within ${time(decided.p99Ms)}`, mark(decided.p99Ms <= MOST_P99_MS)),
		text(x, y + AT.lines + LINE, 17, gaveUp(presses.gaveUp, order.arrivals), mark(presses.gaveUp === 0)),
		text(CHART.x, y + 33, 16, "Calls of the object each second", { "font-weight": 600 }),
		chart(run, y + CHART.y, seconds, order.seconds, palette),
		held?.isKept === false ? text(CHART.x + 250, y + 33, 16, "units are not right", mark(false)) : [],
		text(WIDTH - MARGIN - PADDING, y + 33, 16, dollars(run.dollars), { fill: palette.inkSoft, "text-anchor": "end" }),
	);
}

const gaveUp = (people: number, of: number): string =>
	people === 0 ? "Everybody was answered" : `${percent(people / of)} gave up: “come later”`;

/** Bars, and the line of what one object is meant to take. */
function chart({ callsBySecond }: Figures, y: number, seconds: number, comesFor: number, palette: Palette): Markup {
	const { x, width, height } = CHART;
	const most = Math.max(MOST_CALLS * 1.25, ...callsBySecond);
	const up = (calls: number) => (calls / most) * height;
	const each = width / seconds;
	const bars = callsBySecond.slice(0, seconds).map((calls, second) => {
		const tall = up(calls);
		const over = Math.min(tall, up(MOST_CALLS));
		const at = { x: x + second * each, width: Math.max(1, each - 1) };
		return [
			element("rect", { ...at, y: y + height - over, height: over, fill: palette.good }),
			tall > over ? element("rect", { ...at, y: y + height - tall, height: tall - over, fill: palette.bad }) : [],
		];
	});
	const limitY = y + height - up(MOST_CALLS);
	const everySeconds = TICK_SECONDS * Math.ceil(seconds / TICK_SECONDS / MOST_TICKS);
	// The last one needs room for its own words.
	const ticks = Array.from({ length: Math.floor((seconds - 4) / everySeconds) + 1 }, (_, tick) => tick * everySeconds);
	const restockX = x + (comesFor / 2) * each;
	return element(
		"g",
		{},
		bars,
		element("path", { d: `M${x} ${y + height}h${width}`, stroke: palette.line, "stroke-width": 1.5 }),
		element("path", {
			...{ d: `M${x} ${Math.round(limitY)}h${width}`, stroke: palette.ink, "stroke-width": 1.5 },
			"stroke-dasharray": "6 5",
		}),
		text(x + width, limitY - 6, 15, `${count(MOST_CALLS)} a second`, { "text-anchor": "end" }),
		element("path", { d: `M${Math.round(restockX)} ${y + height}v7`, stroke: palette.ink, "stroke-width": 2 }),
		ticks.map((second) => {
			const at = x + second * each;
			const anchor = second === 0 ? "start" : "middle";
			return text(at, y + height + 22, 15, `${second} s`, { fill: palette.inkSoft, "text-anchor": anchor });
		}),
		text(restockX, y + height + 40, 15, "restock", { fill: palette.ink, "text-anchor": "middle" }),
	);
}

/** The second after which next to nothing comes. */
function lastSecond({ callsBySecond, object }: Figures): number {
	let left = object.calls;
	const last = callsBySecond.findIndex((calls) => {
		left -= calls;
		return left <= LEFT_OUT * object.calls;
	});
	return Math.max(0, last);
}

function text(x: number, y: number, size: number, words: string, more: Record<string, string | number> = {}): Markup {
	return element("text", { x, y, "font-size": size, ...more }, words);
}
