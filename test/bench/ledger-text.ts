/** The ledger of one purchase as text: a table of its steps, and each step as a story. Pure. */
import { alignColumns } from "../../src/cli/terminal.ts";
import type { Figures } from "./figures.ts";
import { STEPS } from "./ledger.ts";

interface Entered {
	readonly step: string;
	readonly kind: string;
	readonly of: string;
	readonly what: string;
	readonly rows: number;
}

/** In production they are somebody else's. */
const isOurs = ({ of }: Entered): boolean => of !== "sandbox";

const KINDS = [
	["requests", "request"],
	["object calls", "call"],
	["commits", "commit"],
	["alarms set", "alarm"],
	["messages", "message"],
] as const;

export function ledgerText(figures: Figures): string {
	const entered = Object.entries(figures).flatMap(([name, rows]): Entered[] => {
		const [step, _number, kind, of, what] = name.split("|");
		return step === undefined || kind === undefined ? [] : [{ step, kind, of: of ?? "", what: what ?? "", rows }];
	});
	const hasSyncs = entered.some(({ kind }) => kind === "sync");
	const counts = (of: readonly Entered[], divisor = 1): string[] => {
		const isCounted = (entry: Entered) => entry.kind !== "alarm" || entry.what !== "none";
		const count = (kind: string) =>
			amount(of.filter((entry) => entry.kind === kind && isCounted(entry)).length / divisor);
		const rows = of.reduce((sum, entry) => sum + entry.rows, 0) / divisor;
		return [...KINDS.map(([, kind]) => count(kind)), amount(rows), hasSyncs ? count("sync") : "–"];
	};
	const alone = entered.filter(({ step }) => step !== "crowd");
	const crowd = entered.filter(({ step }) => step === "crowd");
	const size = figures["crowd of"] ?? 1;
	const header = ["one purchase", ...KINDS.map(([head]) => head), "rows written", "syncs"];
	const table = [
		...STEPS.map((step) => [step, ...counts(alone.filter((entry) => isOurs(entry) && entry.step === step))]),
		["in all, our own", ...counts(alone.filter(isOurs))],
		["the sandbox's", ...counts(alone.filter((entry) => !isOurs(entry)))],
		[`each of ${size} at once, our own`, ...counts(crowd.filter(isOurs), size)],
		[
			"the sandbox's",
			...counts(
				crowd.filter((entry) => !isOurs(entry)),
				size,
			),
		],
	];
	const stories = STEPS.map(
		(step) =>
			`${step}: ${alone
				.filter((entry) => entry.step === step)
				.flatMap(told)
				.join(" · ")}`,
	);
	const owners = new Set(alone.filter(({ kind }) => kind === "sync").map(({ of }) => of));
	const synced = [...owners].map(
		(of) => `${of} ${alone.filter((entry) => entry.kind === "sync" && entry.of === of).length}`,
	);
	return [
		alignColumns([header, ...table]),
		hasSyncs
			? `Syncs by file: ${synced.join(", ")}.`
			: "Syncs were not counted: there is no strace, or it may not watch.",
		"",
		...stories,
	].join("\n");
}

function told({ kind, of, what, rows }: Entered): string[] {
	switch (kind) {
		case "request":
			return [what.replace(/(co|sbx|or)_\w+/, "…")];
		case "call":
			return [`${of}.${what}()`];
		case "commit":
			return [`[${of} stores ${rows}]`];
		case "alarm":
			return [`[${of}'s alarm: ${what}]`];
		case "message":
			return [`→ queue: ${what}`];
		default:
			return [];
	}
}

const amount = (count: number): string => Number(count.toFixed(1)).toLocaleString("en-US");
