/** The options of `npm run bench`. */
import { z } from "zod";
import {
	decimal,
	describeOptions,
	type OptionValues,
	outputFile,
	parseOptions,
	UsageError,
	wholeNumber,
} from "../../src/cli/options.ts";

export type BenchOptions = OptionValues<typeof OPTIONS>;

const OPTIONS = {
	rounds: {
		value: "N",
		schema: wholeNumber(1, 1000),
		default: "5",
		help: "number of rounds; each figure is their median",
	},
	seconds: {
		value: "S",
		schema: decimal(0.1, 600),
		default: "2",
		help: "time under load of each row in each round",
	},
	only: {
		value: "A,B,…",
		schema: z.string().transform((text) => text.split(",").map((name) => name.trim())),
		help: "run only these suites (default: all)",
	},
	json: { value: "FILE", schema: outputFile(), help: "write every figure of every round to FILE too" },
} as const;

export const helpText = (suites: readonly { readonly name: string; readonly about: string }[]): string =>
	`npm run bench -- [options]

Measures the hot path beside what bounds it and beside what a shop could use instead.

${describeOptions({ Options: OPTIONS })}

Suites:
${suites.map(({ name, about }) => `  ${name.padEnd(14)}  ${about}`).join("\n")}`;

/** @returns null when help was asked for @throws UsageError */
export function parseBenchOptions(args: readonly string[], suites: readonly string[]): BenchOptions | null {
	const options = parseOptions(OPTIONS, args);
	const unknown = options?.only?.find((name) => !suites.includes(name));
	if (unknown !== undefined) throw new UsageError(`--only takes ${suites.join(", ")}, not "${unknown}".`);
	return options;
}
