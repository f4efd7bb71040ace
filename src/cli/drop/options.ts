/** The options of `npm run drop`. What they mean to a buyer is in `buyer-plans.ts` and `buyer.ts`. */
import { z } from "zod";
import { VARIANTS, type Variant } from "../naive-shop/purchase.ts";
import {
	decimal,
	describeOptions,
	type OptionValues,
	outputFile,
	parseOptions,
	UsageError,
	wholeNumber,
} from "../options.ts";

/** Units that arrive while the drop is on. */
export interface Restock {
	readonly units: number;
	readonly afterSeconds: number;
}

/** The size of a drop where nothing else is asked for. */
interface Size {
	readonly buyers: number;
	readonly stock: number;
	readonly payRate: number;
	readonly spreadSeconds: number;
	readonly concurrency: number;
}

/** What a comparison is asked for besides the drop. */
export interface CompareOptions {
	readonly variant: Variant;
	readonly report: string | null;
	readonly picture: string | null;
}

type Apart = keyof Size | "url" | "adminToken" | "compare" | "naive" | "report" | "picture";

export interface DropOptions extends Omit<OptionValues<typeof OPTIONS>, Apart>, Size {
	readonly paymentWindowSeconds: number;
	/** Null for a drop at Holdfast alone. */
	readonly compare: CompareOptions | null;
	/** A running server; null to start one for this drop. */
	readonly target: { readonly url: string; readonly adminToken: string } | null;
}

const MOST = 1_000_000;
const LONGEST_SECONDS = 3600;
const USUAL: Size = { buyers: 2000, stock: 100, payRate: 0.8, spreadSeconds: 2, concurrency: 64 };
/**
 * Small enough to see every buyer, and slow enough for a shop on D1 under wrangler: it shall fail by its race, and not by
 * its load. Everybody pays, so that what is not sold was not to be had. Nobody waits for another's answer: the tool must
 * not save a shop.
 */
export const COMPARED: Size = { buyers: 500, stock: 50, payRate: 1, spreadSeconds: 6, concurrency: 500 };
/** A comparison draws a mark for each buyer. */
const MOST_COMPARED = 2000;
/** Long enough to pay in, and short enough to see it lapse. */
const SHORT_PAYMENT_WINDOW_SECONDS = 10;
const LONG_PAYMENT_WINDOW_SECONDS = 900;

const rate = decimal(0, 1);

const restock = z.string().transform((text, context): Restock => {
	const [, units = "", after = ""] = /^(\d+)@(\d*\.?\d+)$/.exec(text) ?? [];
	if (Number(units) >= 1 && Number(units) <= MOST && after !== "" && Number(after) <= LONGEST_SECONDS) {
		return { units: Number(units), afterSeconds: Number(after) };
	}
	context.addIssue({ code: "custom", message: "must be UNITS@SECONDS, as in 20@3" });
	return z.NEVER;
});

const origin = z.url({ protocol: /^https?$/, error: "must be an http or https address" });

const BUYERS = {
	buyers: { value: "N", schema: wholeNumber(1, MOST), help: `number of buyers ${usually("buyers")}` },
	stock: { value: "N", schema: wholeNumber(0, MOST), help: `units on sale at the start ${usually("stock")}` },
	payRate: {
		value: "P",
		schema: rate,
		help: `share of the holders who pay; the rest let it expire ${usually("payRate")}`,
	},
	abandonRate: { value: "P", schema: rate, default: "0", help: "share of the holders who release their unit at once" },
	spreadSeconds: {
		value: "S",
		schema: decimal(0, LONGEST_SECONDS),
		help: `mean time from the start to a buyer's arrival; most come first ${usually("spreadSeconds")}`,
	},
	holdSeconds: {
		value: "N",
		schema: wholeNumber(1, LONGEST_SECONDS),
		default: "15",
		help: "how long a unit is held for a buyer",
	},
	patienceSeconds: {
		value: "N",
		schema: wholeNumber(1, LONGEST_SECONDS),
		default: "60",
		help: "how late a promise may be kept before it counts as broken",
	},
	concurrency: {
		value: "N",
		schema: wholeNumber(1, 10_000),
		help: `requests in flight at most ${usually("concurrency")}`,
	},
	seed: {
		value: "N",
		schema: wholeNumber(0, 2 ** 32 - 1),
		default: "1",
		help: "the same seed gives the same arrivals and decisions",
	},
} as const;

const SOLD_OUT = {
	waitlist: { help: "refused buyers join the waitlist and pay once they get a unit" },
	waitlistLimit: {
		value: "N",
		schema: wholeNumber(0, MOST),
		help: "units that may wait (default: the server's own limit)",
	},
	preorder: {
		value: "N",
		schema: wholeNumber(0, MOST),
		default: "0",
		help: "pre-orders for sale; refused buyers take them, half of them before the waitlist",
	},
	restock: {
		value: "N@S",
		schema: restock,
		multiple: true,
		help: "N units arrive S seconds after the start; may be repeated",
	},
} as const;

const PAYMENTS = {
	lateRate: {
		value: "P",
		schema: rate,
		default: "0",
		help: "share of the payers who pay late or whose webhook is late; some voids fail",
	},
	declineRate: {
		value: "P",
		schema: rate,
		default: "0",
		help: "share of the payers whose card is declined; a share of --pay-rate tries again",
	},
	webhookChaos: { help: "webhooks come late, repeatedly or never; some cards are captured at once" },
	paymentWindowSeconds: {
		value: "N",
		schema: wholeNumber(2, LONGEST_SECONDS),
		help: "time to pay for a checkout (default 900; 10 with any option above or --preorder)",
	},
} as const;

const SERVER = {
	rateLimits: { help: "turn the server's rate limits on (default off: all buyers have one address)" },
	url: { value: "URL", schema: origin, help: "use a running server (default: start one with fresh state)" },
	adminToken: {
		value: "TOKEN",
		schema: z.string(),
		help: "its admin token (default: ADMIN_TOKEN of the environment, which no process list shows)",
	},
	json: { value: "FILE", schema: outputFile(), help: "write the result to FILE too" },
} as const;

const COMPARISON = {
	compare: { help: "play it at a naive shop first (a museum piece), then at Holdfast, and show both side by side" },
	naive: {
		value: "HOW",
		schema: z.enum(VARIANTS, { error: `must be one of ${VARIANTS.join(", ")}` }),
		help: `how the naive shop sells: ${VARIANTS.join(", ")} (default ${VARIANTS[0]})`,
	},
	report: { value: "FILE", schema: outputFile(), help: "write the comparison as a page that needs no other file" },
	picture: { value: "DIR", schema: z.string(), help: "write it as compare-light.svg and compare-dark.svg" },
} as const;

const OPTIONS = { ...BUYERS, ...SOLD_OUT, ...PAYMENTS, ...SERVER, ...COMPARISON } as const;

export const HELP = `npm run drop -- [options]

Replays a flash sale over HTTP: many buyers, few units. A rate P is from 0 to 1.

${describeOptions({
	"Buyers and stock": BUYERS,
	"When the stock is gone": SOLD_OUT,
	"Payments that go wrong": PAYMENTS,
	"Server and result": SERVER,
	"Beside a shop that oversells": COMPARISON,
})}

Exit status: 0 when nothing was oversold, lost or left hanging, every unit went to the buyer who was next, and the
provider kept exactly what the orders are worth; 1 when not; 2 when an option is wrong. What the naive shop does is
shown, and changes nothing.`;

/** @returns null when help was asked for @throws UsageError */
export function parseDropOptions(args: readonly string[], environment: NodeJS.ProcessEnv): DropOptions | null {
	const values = parseOptions(OPTIONS, args);
	if (values === null) return null;
	const { url, adminToken, compare, naive, report, picture, ...options } = values;
	const { preorder, lateRate, declineRate, webhookChaos } = options;
	const comparison = compare ? { variant: naive ?? VARIANTS[0], report, picture } : null;
	requireComparable(values);
	const usual = compare ? COMPARED : USUAL;
	if (url !== null && options.rateLimits) {
		throw new UsageError("--rate-limits is for a server that is started here; one that runs has its own setting.");
	}
	const mayLapse = preorder > 0 || lateRate > 0 || declineRate > 0 || webhookChaos;
	const windowSeconds = mayLapse ? SHORT_PAYMENT_WINDOW_SECONDS : LONG_PAYMENT_WINDOW_SECONDS;
	return {
		...options,
		buyers: options.buyers ?? usual.buyers,
		stock: options.stock ?? usual.stock,
		payRate: options.payRate ?? usual.payRate,
		spreadSeconds: options.spreadSeconds ?? usual.spreadSeconds,
		concurrency: options.concurrency ?? usual.concurrency,
		compare: comparison,
		paymentWindowSeconds: options.paymentWindowSeconds ?? windowSeconds,
		target: url === null ? null : targetOf(url, adminToken ?? environment["ADMIN_TOKEN"]),
	};
}

/** The naive shop knows a cart and a payment: what it cannot be asked for is not compared. */
function requireComparable(values: OptionValues<typeof OPTIONS>): void {
	const { compare, buyers, restock } = values;
	if (!compare) {
		const alone = (["naive", "report", "picture"] as const).find((name) => values[name] !== null);
		if (alone !== undefined) throw new UsageError(`--${alone} is for --compare.`);
		return;
	}
	const switches = [values.waitlist, values.webhookChaos, restock.length > 0, values.url !== null];
	const numbers = [values.preorder, values.lateRate, values.declineRate, values.abandonRate, values.waitlistLimit ?? 0];
	if (switches.some(Boolean) || numbers.some((number) => number > 0)) {
		throw new UsageError("--compare is for a plain rush at two shops of its own: buyers come, pay or leave.");
	}
	if ((buyers ?? 0) > MOST_COMPARED) {
		throw new UsageError(`--compare shows each buyer, and takes at most ${MOST_COMPARED.toLocaleString("en-US")}.`);
	}
}

/** What an option is when it is not given. */
function usually(name: keyof Size): string {
	return `(default ${USUAL[name]}; ${COMPARED[name]} with --compare)`;
}

function targetOf(url: string, adminToken: string | undefined): DropOptions["target"] {
	if (!adminToken) throw new UsageError("--url needs --admin-token, or ADMIN_TOKEN in the environment.");
	return { url: new URL(url).origin, adminToken };
}
