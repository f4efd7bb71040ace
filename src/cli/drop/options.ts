/**
 * The flags of `npm run drop`: what may be asked for, and the plain words when it may not.
 *
 * What it keeps true: nothing runs on a misspelt or impossible wish. Not here: what the wishes mean to a buyer
 * (`schedule.ts`, `buyer.ts`).
 */
import { parseArgs } from "node:util";

/** Units that are to come, and when. */
export interface Restock {
	readonly units: number;
	readonly afterSeconds: number;
}

export interface DropOptions {
	readonly buyers: number;
	readonly stock: number;
	readonly payRate: number;
	readonly concurrency: number;
	readonly seed: number;
	readonly spreadSeconds: number;
	readonly holdSeconds: number;
	readonly patienceSeconds: number;
	readonly paymentWindowSeconds: number;
	readonly abandonRate: number;
	readonly waitlist: boolean;
	/** null: the shop's own default. */
	readonly waitlistLimit: number | null;
	/** Pre-orders that there may be at once; 0 for none. */
	readonly preorder: number;
	readonly restocks: readonly Restock[];
	readonly lateRate: number;
	readonly declineRate: number;
	readonly webhookChaos: boolean;
	/** The server that is started for this drop turns away who asks too often. */
	readonly rateLimits: boolean;
	/** A running server, or null to start one for this drop. */
	readonly target: { readonly url: string; readonly adminToken: string } | null;
	readonly jsonFile: string | null;
}

export class UsageError extends Error {}

export const HELP = `npm run drop -- [flags]: replays a 12.12: many buyers, few units, over HTTP.

  --buyers N            how many ask (default 2000)
  --stock N             units there are (default 100)
  --pay-rate P          share of the holders who pay, 0 to 1; the others let it expire (default 0.8)
  --concurrency N       requests in flight at most (default 64)
  --seed N              same seed: same arrivals and same decisions (default 1)
  --spread-seconds S    mean time after the start at which a buyer arrives; most come at once (default 2)
  --hold-seconds N      how long a unit is held for a buyer (default 15)
  --abandon-rate P      share of the holders who give their unit back at once (default 0)
  --patience-seconds N  how long a promised thing may take before it counts as hanging (default 60)

 Never lose the sale
  --line                whoever is refused stands in line, and pays when a unit comes free
  --line-limit N        units that may wait (default: what the shop does by itself)
  --preorder N          N pre-orders are taken; whoever is refused pre-orders (with --line, half of them wait instead)
  --restock N@T         N units arrive T seconds after the start; may be given several times

 Money that misbehaves
  --late-rate P         share of the payers who pay, or of whom the provider tells, too late (default 0); of the provider's
                        calls that call a payment off, some are lost
  --decline-rate P      share of the payers whose card is turned down; of them, pay-rate try again (default 0)
  --webhook-chaos       webhooks come late, several times, or never; some methods take the money at once
  --payment-window-seconds N  how long a checkout may be paid (default 10 where payments may lapse, else 900)

  --rate-limits         with the shop's rate limits, off otherwise since all buyers have one address; who is turned away asks again
  --url U               a running server, instead of starting one with fresh state
  --admin-token T       its admin token (or ADMIN_TOKEN in the environment, which does not show in a process list)
  --json FILE           writes the result there too

Ends with 0 when nothing was oversold, lost, left hanging or answered wrongly, every unit went to whoever was
next, and the provider kept exactly what shoppers have something for; else with 1.`;

/** Long enough to pay in, short enough to see it lapse. */
const SHORT_WINDOW_SECONDS = 10;
const LONG_WINDOW_SECONDS = 900;

/** null: the help was asked for. */
export function parseOptions(args: readonly string[], environment: NodeJS.ProcessEnv): DropOptions | null {
	const flags = read(args);
	if (flags.help) return null;
	if (flags["rate-limits"] && flags.url !== undefined) {
		throw new UsageError("--rate-limits is for a server that is started here; one that runs has its own setting.");
	}
	const rate = { min: 0, max: 1 };
	const preorder = number("preorder", flags.preorder, { min: 0, max: 1_000_000, whole: true });
	const lateRate = number("late-rate", flags["late-rate"], rate);
	const declineRate = number("decline-rate", flags["decline-rate"], rate);
	const webhookChaos = flags["webhook-chaos"];
	const lapses = preorder > 0 || lateRate > 0 || declineRate > 0 || webhookChaos;
	const window = flags["payment-window-seconds"] ?? `${lapses ? SHORT_WINDOW_SECONDS : LONG_WINDOW_SECONDS}`;
	return {
		buyers: number("buyers", flags.buyers, { min: 1, max: 1_000_000, whole: true }),
		stock: number("stock", flags.stock, { min: 0, max: 1_000_000, whole: true }),
		payRate: number("pay-rate", flags["pay-rate"], rate),
		concurrency: number("concurrency", flags.concurrency, { min: 1, max: 10_000, whole: true }),
		seed: number("seed", flags.seed, { min: 0, max: 2 ** 32 - 1, whole: true }),
		spreadSeconds: number("spread-seconds", flags["spread-seconds"], { min: 0, max: 3600 }),
		holdSeconds: number("hold-seconds", flags["hold-seconds"], { min: 1, max: 3600, whole: true }),
		patienceSeconds: number("patience-seconds", flags["patience-seconds"], { min: 1, max: 3600, whole: true }),
		paymentWindowSeconds: number("payment-window-seconds", window, { min: 2, max: 3600, whole: true }),
		abandonRate: number("abandon-rate", flags["abandon-rate"], rate),
		waitlist: flags.line,
		waitlistLimit:
			flags["line-limit"] === undefined
				? null
				: number("line-limit", flags["line-limit"], { min: 0, max: 1_000_000, whole: true }),
		preorder,
		restocks: flags.restock.map(restock),
		...{ lateRate, declineRate, webhookChaos },
		rateLimits: flags["rate-limits"],
		target: target(flags.url, flags["admin-token"] ?? environment["ADMIN_TOKEN"]),
		jsonFile: flags.json ?? null,
	};
}

function read(args: readonly string[]) {
	try {
		return parseArgs({
			args: [...args],
			options: {
				buyers: { type: "string", default: "2000" },
				stock: { type: "string", default: "100" },
				"pay-rate": { type: "string", default: "0.8" },
				concurrency: { type: "string", default: "64" },
				seed: { type: "string", default: "1" },
				"spread-seconds": { type: "string", default: "2" },
				"hold-seconds": { type: "string", default: "15" },
				"patience-seconds": { type: "string", default: "60" },
				"payment-window-seconds": { type: "string" },
				"abandon-rate": { type: "string", default: "0" },
				line: { type: "boolean", default: false },
				"line-limit": { type: "string" },
				preorder: { type: "string", default: "0" },
				restock: { type: "string", multiple: true, default: [] },
				"late-rate": { type: "string", default: "0" },
				"decline-rate": { type: "string", default: "0" },
				"webhook-chaos": { type: "boolean", default: false },
				"rate-limits": { type: "boolean", default: false },
				url: { type: "string" },
				"admin-token": { type: "string" },
				json: { type: "string" },
				help: { type: "boolean", short: "h" },
			},
		}).values;
	} catch (error) {
		throw new UsageError((error as Error).message);
	}
}

function number(flag: string, text: string, bounds: { min: number; max: number; whole?: boolean }): number {
	const value = Number(text);
	const written = bounds.whole ? /^\d+$/ : /^\d*\.?\d+$/;
	if (written.test(text) && value >= bounds.min && value <= bounds.max) return value;
	const kind = bounds.whole ? "a whole number" : "a number";
	throw new UsageError(`--${flag} must be ${kind} from ${bounds.min} to ${bounds.max}, and is "${text}".`);
}

function restock(text: string): Restock {
	const [, units = "", after = ""] = /^(\d+)@(\d*\.?\d+)$/.exec(text) ?? [];
	if (!(Number(units) >= 1 && Number(units) <= 1_000_000 && Number(after) <= 3600 && after !== "")) {
		throw new UsageError(`--restock must be UNITS@SECONDS, as in 20@3, and is "${text}".`);
	}
	return { units: Number(units), afterSeconds: Number(after) };
}

function target(url: string | undefined, adminToken: string | undefined): DropOptions["target"] {
	if (url === undefined) return null;
	if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
		throw new UsageError(`--url must be an http or https address, and is "${url}".`);
	}
	if (!adminToken) throw new UsageError("--url needs --admin-token, or ADMIN_TOKEN in the environment.");
	return { url: new URL(url).origin, adminToken };
}
