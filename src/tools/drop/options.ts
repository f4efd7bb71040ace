/**
 * The flags of `npm run drop`: what may be asked for, and the plain words when it may not.
 *
 * What it keeps true: nothing runs on a misspelt or impossible wish. Not here: what the wishes mean to a buyer
 * (`schedule.ts`, `buyer.ts`).
 */
import { parseArgs } from "node:util";

export interface DropOptions {
	readonly buyers: number;
	readonly stock: number;
	readonly payRate: number;
	readonly concurrency: number;
	readonly seed: number;
	readonly spreadSeconds: number;
	readonly holdSeconds: number;
	readonly patienceSeconds: number;
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
  --patience-seconds N  how long a promised thing may take before it counts as hanging (default 60)
  --url U               a running server, instead of starting one with fresh state
  --admin-token T       its admin token (or ADMIN_TOKEN in the environment, which does not show in a process list)
  --json FILE           writes the result there too

Ends with 0 when nothing was oversold, lost, left hanging or answered wrongly, else with 1.`;

/** null: the help was asked for. */
export function parseOptions(args: readonly string[], environment: NodeJS.ProcessEnv): DropOptions | null {
	const flags = read(args);
	if (flags.help) return null;
	return {
		buyers: number("buyers", flags.buyers, { min: 1, max: 1_000_000, whole: true }),
		stock: number("stock", flags.stock, { min: 0, max: 1_000_000, whole: true }),
		payRate: number("pay-rate", flags["pay-rate"], { min: 0, max: 1 }),
		concurrency: number("concurrency", flags.concurrency, { min: 1, max: 10_000, whole: true }),
		seed: number("seed", flags.seed, { min: 0, max: 2 ** 32 - 1, whole: true }),
		spreadSeconds: number("spread-seconds", flags["spread-seconds"], { min: 0, max: 3600 }),
		holdSeconds: number("hold-seconds", flags["hold-seconds"], { min: 1, max: 3600, whole: true }),
		patienceSeconds: number("patience-seconds", flags["patience-seconds"], { min: 1, max: 3600, whole: true }),
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

function target(url: string | undefined, adminToken: string | undefined): DropOptions["target"] {
	if (url === undefined) return null;
	if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
		throw new UsageError(`--url must be an http or https address, and is "${url}".`);
	}
	if (!adminToken) throw new UsageError("--url needs --admin-token, or ADMIN_TOKEN in the environment.");
	return { url: new URL(url).origin, adminToken };
}
