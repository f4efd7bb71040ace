/** A dot for each buyer, of the colour of what became of them. Pure. */
import { element, type Markup } from "./markup.ts";
import { colourOf, type Palette } from "./palette.ts";
import type { Fate } from "./stories.ts";

/** In this order the dots are laid, row by row: whoever has a unit, whoever paid for none, and the others. */
export const FATES_IN_ORDER: readonly Fate[] = ["served", "oversold", "charged", "failed", "left", "refused"];

export interface DotsFrame {
	readonly x: number;
	readonly y: number;
	readonly width: number;
	readonly height: number;
}

/** As large as the frame allows. A buyer who paid for nothing is a square: nobody has to tell red from green. */
export function dots(fates: Readonly<Record<Fate, number>>, frame: DotsFrame, palette: Palette): Markup {
	const total = FATES_IN_ORDER.reduce((sum, fate) => sum + fates[fate], 0);
	const { columns, pitch } = gridOf(total, frame);
	let next = 0;
	const groups = FATES_IN_ORDER.filter((fate) => fates[fate] > 0).map((fate) => {
		const places = Array.from({ length: fates[fate] }, (_, count): [number, number] => {
			const index = next + count;
			return [frame.x + ((index % columns) + 0.5) * pitch, frame.y + (Math.floor(index / columns) + 0.5) * pitch];
		});
		next += fates[fate];
		return marks(fate, places, pitch, palette);
	});
	return element("g", {}, groups);
}

/** Lines without length: their caps are the marks. An element for each buyer would make the file ten times as long. */
export function marks(fate: Fate, places: readonly [number, number][], pitch: number, palette: Palette): Markup {
	const near = (value: number) => Math.round(value * 10) / 10;
	const isSquare = fate === "oversold" || fate === "charged";
	return element("path", {
		d: places.map(([x, y]) => `M${near(x)} ${near(y)}h0`).join(""),
		stroke: colourOf(fate, palette),
		"stroke-width": near(pitch * (fate === "left" ? 0.5 : 0.8)),
		"stroke-linecap": isSquare ? "square" : "round",
	});
}

/** The columns with which the marks are largest. */
export function gridOf(
	total: number,
	{ width, height }: Pick<DotsFrame, "width" | "height">,
): { readonly columns: number; readonly pitch: number } {
	let best = { columns: 1, pitch: 0 };
	for (let columns = 1; columns <= total; columns++) {
		const pitch = Math.min(width / columns, height / Math.ceil(total / columns));
		if (pitch > best.pitch) best = { columns, pitch };
	}
	return best;
}
