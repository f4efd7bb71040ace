/** The colours of a comparison, those of the shop's own pages. Pure. */
import type { Fate } from "./stories.ts";

export interface Palette {
	readonly ground: string;
	readonly surface: string;
	readonly line: string;
	readonly ink: string;
	readonly inkSoft: string;
	readonly good: string;
	readonly bad: string;
	readonly paying: string;
	readonly held: string;
	readonly told: string;
}

export const PALETTES: Readonly<Record<"light" | "dark", Palette>> = {
	light: {
		...{ ground: "#f7f5f0", surface: "#ffffff", line: "#dcd7cb", ink: "#1c201d", inkSoft: "#565c57" },
		...{ good: "#0f7a64", bad: "#c2281f", paying: "#e5a02c", held: "#f6dfb3", told: "#c6c1b4" },
	},
	dark: {
		...{ ground: "#121512", surface: "#1b1f1c", line: "#343a36", ink: "#edf0ec", inkSoft: "#a9b1ab" },
		...{ good: "#3fbf9c", bad: "#ff6b5e", paying: "#e0a23a", held: "#5b4520", told: "#4b524d" },
	},
};

/** Both that paid for a unit that does not exist are one colour: to the buyer it is one thing. */
export const colourOf = (fate: Fate, { good, bad, told, held, ink }: Palette): string =>
	({ served: good, oversold: bad, charged: bad, refused: told, left: held, failed: ink })[fate];
