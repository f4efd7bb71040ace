/**
 * The picture of a witness as an SVG: time to the right, a row for each buyer. It stands alone, in light and in dark, and
 * says the same to who cannot see it: its title, and the words in it.
 */
import type { Operation } from "../history.ts";
import { layOut } from "./layout.ts";
import { barText, timeText } from "./words.ts";

const ROW = 58;
const BAR = 34;
const TOP = 36;
const MARGIN = 120;
const LETTER = 6.9;
const PADDING = 11;
const GAP = 16;
const LEAST_WIDTH = 1000;
/** Of the words at the end of a hold. */
const HOLD_ENDS = 66;

const STYLE = `
	.race { font: 13px system-ui, sans-serif; --ink: #1c2430; --soft: #66707f; --line: #d7dce3; --bar: #e8edf4; --edge: #a9b4c4;
		--race: #fde3e1; --race-edge: #c62828; --race-ink: #8e1414; --promise: #2f7d54; --paper: #ffffff }
	@media (prefers-color-scheme: dark) {
		.race { --ink: #e6eaf0; --soft: #98a3b3; --line: #333c49; --bar: #2a3442; --edge: #5b687b; --race: #4a1f20;
			--race-edge: #ff6b61; --race-ink: #ffd4d0; --promise: #6cc79a; --paper: #161b22 }
	}
	.race text { fill: var(--ink) } .race .who { font-weight: 600 } .race .soft { fill: var(--soft); font-size: 11px }
	.race .lane { stroke: var(--line) } .race .tick { stroke: var(--line); stroke-dasharray: 2 4 }
	.race rect { fill: var(--bar); stroke: var(--edge) } .race .paper { fill: var(--paper); stroke: none }
	.race .marked rect { fill: var(--race); stroke: var(--race-edge); stroke-width: 2 } .race .marked text { fill: var(--race-ink); font-weight: 600 }
	.race .lost rect { stroke-dasharray: 4 3 } .race .promise { stroke: var(--promise); stroke-width: 3; stroke-dasharray: 1 5; stroke-linecap: round }
	.race .end { fill: var(--promise) }`;

/** @param title what the picture shows, in one sentence @param marked ids of those that contradict each other */
export function pictureSvg(operations: readonly Operation[], marked: ReadonlySet<number>, title: string): string {
	const { rows, bars, promised, ticks, width } = layOut(operations, marked, {
		widthOf: (operation) => barText(operation).length * LETTER + 2 * PADDING,
		gap: GAP,
	});
	const startMs = Math.min(...ticks.map(({ ms }) => ms));
	const labelled = promised.filter(({ isOpen }) => !isOpen).map(({ to }) => to + HOLD_ENDS);
	const fullWidth = Math.ceil(Math.max(LEAST_WIDTH, MARGIN + Math.max(width, ...labelled) + GAP));
	const bottom = TOP + rows.length * ROW;
	const middle = (row: number) => TOP + row * ROW + ROW / 2;
	const x = (at: number) => round(MARGIN + at);

	const lanes = rows.map((name, row) => {
		const who = name === null ? "" : `<text class="who" x="12" y="${middle(row) + 4}">${escaped(name)}</text>`;
		return `${who}<line class="lane" x1="${MARGIN}" x2="${fullWidth - 8}" y1="${middle(row)}" y2="${middle(row)}"/>`;
	});
	const holds = promised.map(({ row, from, to, isOpen }) => {
		const line = `<line class="promise" x1="${x(from)}" x2="${x(to)}" y1="${middle(row)}" y2="${middle(row)}"/>`;
		return isOpen ? line : `${line}<text class="soft end" x="${x(to) + 3}" y="${middle(row) - 6}">hold ends</text>`;
	});
	const marks = withRoom(ticks).map(({ at, ms }) => {
		const label = `<text class="soft" x="${x(at) + 3}" y="${bottom + 14}">${timeText(ms - startMs)}</text>`;
		return `<line class="tick" x1="${x(at)}" x2="${x(at)}" y1="${TOP - 12}" y2="${bottom + 16}"/>${label}`;
	});
	const boxes = bars.map(({ operation, row, from, to, isMarked }) => {
		const kinds = [isMarked ? "marked" : "", operation.answer === null ? "lost" : ""].filter(Boolean).join(" ");
		const y = middle(row) - BAR / 2;
		const box = `<rect x="${x(from)}" y="${y}" width="${round(to - from)}" height="${BAR}" rx="6"/>`;
		const words = `<text x="${x(from + PADDING)}" y="${middle(row) + 4}">${escaped(barText(operation))}</text>`;
		return `<g class="${kinds}">${box}${words}</g>`;
	});
	const height = bottom + 26;
	return [
		`<svg xmlns="http://www.w3.org/2000/svg" class="race" role="img" viewBox="0 0 ${fullWidth} ${height}" width="${fullWidth}" height="${height}">`,
		`<title>${escaped(title)}</title><style>${STYLE}</style><rect class="paper" width="100%" height="100%"/>`,
		`<text class="soft" x="${MARGIN}" y="16">time → (not to scale)</text>`,
		...marks,
		...lanes,
		...holds,
		...boxes,
		"</svg>",
	].join("\n");
}

/** Ticks whose labels do not cover each other. */
function withRoom<Tick extends { readonly at: number }>(ticks: readonly Tick[]): Tick[] {
	const shown: Tick[] = [];
	for (const tick of ticks) {
		const before = shown.at(-1);
		if (before === undefined || tick.at - before.at >= 62) shown.push(tick);
	}
	return shown;
}

const round = (value: number): number => Math.round(value * 10) / 10;

const ENTITIES: Readonly<Record<string, string>> = {
	"&": "&amp;",
	"<": "&lt;",
	">": "&gt;",
	'"': "&quot;",
	"'": "&#39;",
};

/** Text for HTML and for SVG, in an element or in quotes. */
export const escaped = (text: string): string => text.replace(/[&<>"']/g, (letter) => ENTITIES[letter] ?? letter);
