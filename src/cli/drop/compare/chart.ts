/** Where the units of a drop were at each moment: layers that lie on each other, and the line of what there is. Pure. */
import { element, type Markup } from "./markup.ts";
import type { Palette } from "./palette.ts";
import type { Point } from "./timeline.ts";

export interface ChartFrame {
	readonly x: number;
	readonly y: number;
	readonly width: number;
	readonly height: number;
	/** What the right edge and the top stand for: the same in both charts of a comparison. */
	readonly endMs: number;
	readonly most: number;
}

type Layer = "sold" | "oversold" | "paying" | "held";
const LAYERS: readonly Layer[] = ["sold", "oversold", "paying", "held"];

const layerColour = (layer: Layer, { good, bad, paying, held }: Palette): string =>
	({ sold: good, oversold: bad, paying, held })[layer];

export const claimsAt = (point: Point): number => LAYERS.reduce((sum, layer) => sum + point[layer], 0);

/** Layers of units, and the line of those that there are. */
export function unitsChart(timeline: readonly Point[], units: number, frame: ChartFrame, palette: Palette): Markup {
	const upTo = (point: Point, layers: number) => LAYERS.slice(0, layers).reduce((sum, layer) => sum + point[layer], 0);
	const areas = LAYERS.map((layer, index) => {
		const top = stepsOf(timeline, frame, (point) => upTo(point, index + 1));
		const bottom = stepsOf(timeline, frame, (point) => upTo(point, index)).toReversed();
		return element("path", { d: `${pathOf([...top, ...bottom])}z`, fill: layerColour(layer, palette) });
	});
	const limit = element("path", {
		...{ d: `M${frame.x} ${Math.round(up(units, frame))}h${frame.width}`, stroke: palette.ink, "stroke-width": 2 },
		"stroke-dasharray": "6 5",
	});
	return element("g", {}, areas, axis(frame, palette), limit);
}

/** One line for each count. */
export function countsChart(
	timeline: readonly Point[],
	lines: readonly { readonly of: keyof Point; readonly colour: string }[],
	frame: ChartFrame,
	palette: Palette,
): Markup {
	const drawn = lines.map(({ of, colour }) => {
		const d = pathOf(stepsOf(timeline, frame, (point) => point[of]));
		return element("path", { d, fill: "none", stroke: colour, "stroke-width": 3, "stroke-linejoin": "round" });
	});
	return element("g", {}, axis(frame, palette), drawn);
}

const TICKS = 6;

function axis(frame: ChartFrame, palette: Palette): Markup {
	const { x, y, width, height, endMs } = frame;
	const everySeconds = Math.max(1, Math.ceil(endMs / 1000 / TICKS));
	const ticks = Array.from({ length: Math.floor(endMs / 1000 / everySeconds) + 1 }, (_, tick) => tick * everySeconds);
	return element(
		"g",
		{ "font-size": 16, fill: palette.inkSoft, "text-anchor": "middle" },
		element("path", { d: `M${x} ${y + height}h${width}`, stroke: palette.line, "stroke-width": 1.5 }),
		ticks.map((second) => {
			const place = { x: across(second * 1000, frame), y: y + height + 20 };
			return element("text", second === 0 ? { ...place, "text-anchor": "start" } : place, `${second} s`);
		}),
	);
}

const across = (atMs: number, { x, width, endMs }: ChartFrame): number =>
	x + (Math.min(Math.max(atMs, 0), endMs) / endMs) * width;
const up = (count: number, { y, height, most }: ChartFrame): number => y + height - (count / most) * height;

type Place = readonly [x: number, y: number];

/** A line that keeps its height until the next place, and goes on to the right edge. */
function stepsOf(timeline: readonly Point[], frame: ChartFrame, heightOf: (point: Point) => number): Place[] {
	const line: Place[] = [];
	for (const point of timeline) {
		const [toX, toY] = [tenth(across(point.atMs, frame)), tenth(up(heightOf(point), frame))];
		const last = line.at(-1);
		if (last?.[1] === toY) continue;
		if (last !== undefined) line.push([toX, last[1]]);
		line.push([toX, toY]);
	}
	const last = line.at(-1);
	if (last !== undefined) line.push([tenth(frame.x + frame.width), last[1]]);
	return line;
}

const tenth = (value: number): number => Math.round(value * 10) / 10;

const pathOf = (places: readonly Place[]): string =>
	places.map((place, index) => `${index === 0 ? "M" : "L"}${place.join(" ")}`).join("");
