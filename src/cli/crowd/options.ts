/** The options of `npm run crowd`. */
import { z } from "zod";
import { describeOptions, type OptionValues, outputFile, parseOptions, UsageError, wholeNumber } from "../options.ts";
import { CITIES, HOME } from "./cities.ts";
import { KINDS, type Kind } from "./kinds.ts";

export type CrowdOptions = OptionValues<typeof OPTIONS>;

const MOST_ARRIVALS = 5_000_000;

const kinds = z.string().transform((text, context): readonly Kind[] => {
	const named = text.split(",").map((name) => name.trim());
	const unknown = named.find((name) => !(KINDS as readonly string[]).includes(name));
	if (unknown === undefined) return KINDS.filter((kind) => named.includes(kind));
	context.addIssue({ code: "custom", message: `must be of ${KINDS.join(", ")}` });
	return z.NEVER;
});

const CROWD = {
	arrivals: { value: "N", schema: wholeNumber(10, MOST_ARRIVALS), default: "1000000", help: "shoppers who come" },
	seconds: { value: "N", schema: wholeNumber(1, 600), default: "60", help: "in so many seconds; most come first" },
	units: {
		value: "N",
		schema: wholeNumber(10, 1_000_000),
		default: "10000",
		help: "units: nine in ten at the start, the rest in the middle",
	},
	places: {
		value: "N",
		schema: wholeNumber(1, 1000),
		default: "300",
		help: `places at which they reach the network: ${CITIES.length} cities, and others around them`,
	},
	isolates: { value: "N", schema: wholeNumber(1, 20_000), default: "5000", help: "isolates at all places" },
	seed: { value: "N", schema: wholeNumber(0, 2 ** 32 - 1), default: "1", help: "the same seed gives the same result" },
	only: { value: "A,B,…", schema: kinds, help: `run only these of ${KINDS.join(", ")}` },
} as const;

const RESULT = {
	report: { value: "FILE", schema: outputFile(), help: "write the result as a page that needs no other file" },
	picture: { value: "DIR", schema: z.string().min(1), help: "write it as crowd-light.svg and crowd-dark.svg" },
	json: { value: "FILE", schema: outputFile(), help: "write every figure to FILE" },
} as const;

const MODEL = {
	against: {
		value: "FILE",
		schema: z.string().min(1),
		help: "instead: simulate what a bench measured (its --json), and show both side by side",
	},
} as const;

const OPTIONS = { ...CROWD, ...RESULT, ...MODEL } as const;

export const HELP = `npm run crowd -- [options]

A million people and one SKU, in simulation. Holdfast's own batcher, caches, gates and SKU object run in virtual time;
the ways between them take published round-trip times, and processors take measured times (src/cli/crowd/costs.ts). The
object lives in ${HOME.city}. The same crowd comes to each kind of shop:

  alone    each request is a call of the SKU's object
  batched  an isolate gathers requests, and remembers "sold out" for a second
  gates    and while the SKU is hot, isolates ask gates of their region

${describeOptions({ "The crowd": CROWD, Result: RESULT, "Is the model true?": MODEL })}

Exit status: 0 when the promises were kept: every unit is held once, who was told so has it, and people are served in the
order in which they queued; and, in the last run, everybody is answered. 1 when not, 2 when an option is wrong.

--against needs: npm run bench -- --only no-object,reserve,no-batching,sold-out,crowd,calls --json FILE`;

/** @returns null when help was asked for @throws UsageError */
export function parseCrowdOptions(args: readonly string[]): CrowdOptions | null {
	const options = parseOptions(OPTIONS, args);
	if (options !== null && options.isolates < options.places) {
		throw new UsageError("--isolates must be at least as many as --places: each place has one.");
	}
	return options;
}

/** The command that does the same again. */
export function repeatCommand(options: CrowdOptions): string {
	const names = ["arrivals", "seconds", "units", "places", "isolates", "seed"] as const;
	const changed = names.filter((name) => name === "seed" || String(options[name]) !== CROWD[name].default);
	const only = options.only === null ? [] : [`--only ${options.only.join(",")}`];
	return `npm run crowd -- ${[...changed.map((name) => `--${name} ${options[name]}`), ...only].join(" ")}`;
}
