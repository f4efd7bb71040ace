/** The options of `npm run race`. What a plan makes of them is in `plan.ts`. */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { VARIANTS } from "../naive-shop/purchase.ts";
import { describeOptions, type OptionValues, outputFile, parseOptions, UsageError, wholeNumber } from "../options.ts";

export interface RaceOptions extends OptionValues<typeof OPTIONS> {
	/** The merchant's secret at a running shop. */
	readonly adminToken: string | null;
}

/** Beyond this the end of a history is waited for longer than anybody watches. */
const LONGEST_HOLD_SECONDS = 60;

const TARGET = {
	target: {
		value: "SHOP",
		schema: z.string().min(1, { error: "must be holdfast, naive, a file or an address" }),
		default: "holdfast",
		help: "holdfast, naive (the shop of the 12.12 night), an adapter's FILE, or the URL of a running Holdfast",
	},
	variant: {
		value: "NAME",
		schema: z.enum(VARIANTS, { error: `must be one of ${VARIANTS.join(", ")}` }),
		help: `of the naive shop: ${VARIANTS.join(", ")} (default ${VARIANTS[0]})`,
	},
	adminToken: {
		value: "TOKEN",
		schema: z.string(),
		help: "of a running shop (default: ADMIN_TOKEN of the environment, which no process list shows)",
	},
} as const;

const HISTORIES = {
	seed: {
		value: "N",
		schema: wholeNumber(0, 2 ** 32 - 1),
		default: "1",
		help: "of the first history; each further one has the next seed",
	},
	histories: { value: "N", schema: wholeNumber(1, 100_000), default: "200", help: "histories, each of one product" },
	atOnce: { value: "N", schema: wholeNumber(1, 200), default: "16", help: "histories at the same time" },
	buyers: { value: "N", schema: wholeNumber(1, 50), default: "6", help: "buyers of each history" },
	units: { value: "N", schema: wholeNumber(1, 50), default: "3", help: "units on sale at the start, at most" },
	holdSeconds: {
		value: "N",
		schema: wholeNumber(1, LONGEST_HOLD_SECONDS),
		default: "1",
		help: "how long the shop holds units, if it does; so long can each be paid for",
	},
} as const;

const RESULT = {
	report: { value: "FILE", schema: outputFile(), help: "write the result as a page with a picture: FILE.html" },
	save: {
		value: "FILE",
		schema: outputFile(),
		help: "write the history with the race, or the first that could not be decided",
	},
	check: { value: "FILE", schema: z.string().min(1), help: "decide a saved history again instead of driving a shop" },
} as const;

const OPTIONS = { ...TARGET, ...HISTORIES, ...RESULT } as const;

/** The help shows an adapter that is compiled and tested, not one that was once written for it. */
const ADAPTER = new URL("targets/naive.ts", import.meta.url);

export const help = (): string => `npm run race -- [options]

A race detector for checkouts. It drives many buyers against a shop, writes down each request and answer with its times,
and asks whether any order of them is possible for a shop that sells each unit once. If not, it shows the fewest requests
that prove it.

${describeOptions({ "The shop": TARGET, Histories: HISTORIES, Result: RESULT })}

Exit status: 0 when no race was found; 1 when one was; 2 when it could not be decided or not be run.

An adapter is a file with a default export of the type TargetFactory (src/cli/race/target.ts). This is the whole one of
the naive shop, src/cli/race/targets/naive.ts:

${readFileSync(ADAPTER, "utf8")
	.replaceAll(/^(?=.)/gm, "    ")
	.replaceAll("\t", "  ")}`;

/** @returns null when help was asked for @throws UsageError */
export function parseRaceOptions(args: readonly string[], environment: NodeJS.ProcessEnv): RaceOptions | null {
	const options = parseOptions(OPTIONS, args);
	if (options === null) return null;
	if (options.variant !== null && options.target !== "naive") {
		throw new UsageError("--variant is for --target naive, which has several.");
	}
	const isDriven = options.check === null;
	if (!isDriven && options.save !== null)
		throw new UsageError("--save is for a history that is driven, not for --check.");
	return { ...options, adminToken: options.adminToken ?? environment["ADMIN_TOKEN"] ?? null };
}

/**
 * The command that does the same again.
 * @param seed the one history to drive, where it showed a race; null for all
 */
export function repeatCommand(options: RaceOptions, seed: number | null): string {
	if (options.check !== null) return `npm run race -- --check ${options.check}`;
	const { target, variant, buyers, units, holdSeconds } = options;
	const parts = [
		`--target ${target}`,
		variant === null ? "" : `--variant ${variant}`,
		`--seed ${seed ?? options.seed}`,
		`--histories ${seed === null ? options.histories : 1}`,
		String(buyers) === HISTORIES.buyers.default ? "" : `--buyers ${buyers}`,
		String(units) === HISTORIES.units.default ? "" : `--units ${units}`,
		String(holdSeconds) === HISTORIES.holdSeconds.default ? "" : `--hold-seconds ${holdSeconds}`,
	];
	return `npm run race -- ${parts.filter(Boolean).join(" ")}`;
}
