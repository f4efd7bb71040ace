/** The flags of `npm run bench`. Nothing runs on a misspelt or impossible wish. */
import { parseArgs } from "node:util";

export interface BenchOptions {
	readonly rounds: number;
	/** Measured time of each round of a row under load. */
	readonly seconds: number;
	/** Names of parts; null for all. */
	readonly only: readonly string[] | null;
	readonly jsonFile: string | null;
}

export class UsageError extends Error {}

export const help = (parts: readonly { readonly name: string; readonly about: string }[]): string =>
	`npm run bench -- [flags]: measures the hot path beside what bounds it and what could be used instead.

  --rounds N      rounds; each figure is the median of them (default 5)
  --seconds S     how long each row is under load in each round (default 2)
  --only A,B,…    only these parts
  --json FILE     writes every figure of every round there too

Parts:
${parts.map(({ name, about }) => `  ${name.padEnd(14)}  ${about}`).join("\n")}`;

/** null: the help was asked for. */
export function parseOptions(args: readonly string[], parts: readonly string[]): BenchOptions | null {
	const flags = read(args);
	if (flags.help) return null;
	const only = flags.only?.split(",").map((name) => name.trim()) ?? null;
	const unknown = only?.find((name) => !parts.includes(name));
	if (unknown !== undefined) throw new UsageError(`--only knows ${parts.join(", ")}; not "${unknown}".`);
	return {
		rounds: number("rounds", flags.rounds, 1, 1000, true),
		seconds: number("seconds", flags.seconds, 0.1, 600, false),
		only,
		jsonFile: flags.json ?? null,
	};
}

function read(args: readonly string[]) {
	try {
		return parseArgs({
			args: [...args],
			options: {
				rounds: { type: "string", default: "5" },
				seconds: { type: "string", default: "2" },
				only: { type: "string" },
				json: { type: "string" },
				help: { type: "boolean", short: "h" },
			},
		}).values;
	} catch (error) {
		throw new UsageError((error as Error).message);
	}
}

function number(flag: string, text: string, least: number, most: number, whole: boolean): number {
	const value = Number(text);
	if ((whole ? /^\d+$/ : /^\d*\.?\d+$/).test(text) && value >= least && value <= most) return value;
	throw new UsageError(
		`--${flag} must be a ${whole ? "whole " : ""}number from ${least} to ${most}, and is "${text}".`,
	);
}
