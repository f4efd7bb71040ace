/** The options of `npm run soak`. */
import { z } from "zod";
import { decimal, describeOptions, type OptionValues, outputFile, parseOptions, wholeNumber } from "../options.ts";
import { ENOUGH_MINUTES } from "./rules.ts";

export type SoakOptions = OptionValues<typeof OPTIONS>;

const SOAK = {
	minutes: { value: "N", schema: decimal(0.1, 600), default: "10", help: "for how long shoppers come" },
	shoppers: { value: "N", schema: wholeNumber(10, 6000), default: "240", help: "shoppers who come in a minute" },
	seed: {
		value: "N",
		schema: wholeNumber(0, 2 ** 32 - 1),
		default: "1",
		help: "the same seed gives the same arrivals and decisions",
	},
} as const;

const RESULT = {
	json: { value: "FILE", schema: outputFile(), help: "write the result and all samples to FILE" },
	picture: { value: "DIR", schema: z.string().min(1), help: "write the result as soak-light.svg and soak-dark.svg" },
} as const;

const OPTIONS = { ...SOAK, ...RESULT } as const;

export const HELP = `npm run soak -- [options]

An hour of a busy shop in ten minutes, on a server of its own with fresh state. Shoppers come steadily: they buy, leave
their carts, wait, pay late, are refused by their bank, call it off, are paid back. Units are delivered, watchers come and
go, a webhook's receiver fails for a while, the sweep runs. Meanwhile it samples what the server needs: memory, open files
and sockets, files, alarms. What must stay level may not grow, and what a purchase stores may not grow more for the
later ones. Then it waits until all is quiet, and nothing may be open that should have ended.

${describeOptions({ "The soak": SOAK, Result: RESULT })}

Exit status: 0 when the books agree, nothing was left open and nothing grew; 1 when not; 2 when an option is wrong. A soak
of less than ${ENOUGH_MINUTES} minutes does not judge what grew, because a server that has just started still does. It needs Linux, for /proc.`;

/** @returns null when help was asked for @throws UsageError */
export const parseSoakOptions = (args: readonly string[]): SoakOptions | null => parseOptions(OPTIONS, args);
