/** The options of `npm run drop`. What they mean to a buyer is in `buyer-plans.ts` and `buyer.ts`. */
import { z } from "zod";
import { decimal, describeOptions, type OptionValues, parseOptions, UsageError, wholeNumber } from "../options.ts";

/** Units that arrive while the drop is on. */
export interface Restock {
	readonly units: number;
	readonly afterSeconds: number;
}

export interface DropOptions extends Omit<OptionValues<typeof OPTIONS>, "url" | "adminToken"> {
	readonly paymentWindowSeconds: number;
	/** A running server; null to start one for this drop. */
	readonly target: { readonly url: string; readonly adminToken: string } | null;
}

const MOST = 1_000_000;
const LONGEST_SECONDS = 3600;
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
	buyers: { value: "N", schema: wholeNumber(1, MOST), default: "2000", help: "number of buyers" },
	stock: { value: "N", schema: wholeNumber(0, MOST), default: "100", help: "units on sale at the start" },
	payRate: { value: "P", schema: rate, default: "0.8", help: "share of the holders who pay; the rest let it expire" },
	abandonRate: { value: "P", schema: rate, default: "0", help: "share of the holders who release their unit at once" },
	spreadSeconds: {
		value: "S",
		schema: decimal(0, LONGEST_SECONDS),
		default: "2",
		help: "mean time from the start to a buyer's arrival; most come first",
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
	concurrency: { value: "N", schema: wholeNumber(1, 10_000), default: "64", help: "requests in flight at most" },
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
	json: { value: "FILE", schema: z.string(), help: "write the result to FILE too" },
} as const;

const OPTIONS = { ...BUYERS, ...SOLD_OUT, ...PAYMENTS, ...SERVER } as const;

export const HELP = `npm run drop -- [options]

Replays a flash sale over HTTP: many buyers, few units. A rate P is from 0 to 1.

${describeOptions({
	"Buyers and stock": BUYERS,
	"When the stock is gone": SOLD_OUT,
	"Payments that go wrong": PAYMENTS,
	"Server and result": SERVER,
})}

Exit status: 0 when nothing was oversold, lost or left hanging, every unit went to the buyer who was next, and the
provider kept exactly what the orders are worth; 1 when not; 2 when an option is wrong.`;

/** @returns null when help was asked for @throws UsageError */
export function parseDropOptions(args: readonly string[], environment: NodeJS.ProcessEnv): DropOptions | null {
	const values = parseOptions(OPTIONS, args);
	if (values === null) return null;
	const { url, adminToken, ...options } = values;
	const { preorder, lateRate, declineRate, webhookChaos } = options;
	if (url !== null && options.rateLimits) {
		throw new UsageError("--rate-limits is for a server that is started here; one that runs has its own setting.");
	}
	const mayLapse = preorder > 0 || lateRate > 0 || declineRate > 0 || webhookChaos;
	const windowSeconds = mayLapse ? SHORT_PAYMENT_WINDOW_SECONDS : LONG_PAYMENT_WINDOW_SECONDS;
	return {
		...options,
		paymentWindowSeconds: options.paymentWindowSeconds ?? windowSeconds,
		target: url === null ? null : targetOf(url, adminToken ?? environment["ADMIN_TOKEN"]),
	};
}

function targetOf(url: string, adminToken: string | undefined): DropOptions["target"] {
	if (!adminToken) throw new UsageError("--url needs --admin-token, or ADMIN_TOKEN in the environment.");
	return { url: new URL(url).origin, adminToken };
}
