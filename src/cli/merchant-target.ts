/** Which shop a merchant's command speaks to, and with which token. */
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseEnv } from "node:util";
import { z } from "zod";
import { type Admin, createAdmin } from "../client/index.ts";
import { PROJECT_DIR } from "./local-server.ts";
import { UsageError } from "./options.ts";

/** Where `npm run dev` listens. */
const LOCAL_SHOP = "http://localhost:8787";

export const TARGET = {
	url: {
		value: "URL",
		schema: z.url({ protocol: /^https?$/, error: "must be an http or https address" }),
		default: LOCAL_SHOP,
		help: "the shop",
	},
} as const;

export const TARGET_HELP = `Environment:
  ADMIN_TOKEN  the shop's admin token (default for a shop on this machine: the one in .dev.vars)`;

/** @throws UsageError without a token for this shop */
export function adminOf(url: string, environment: NodeJS.ProcessEnv): Admin {
	const { origin, hostname } = new URL(url);
	// The token of a shop on this machine is nobody else's business.
	const isLocal = ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
	const token = environment["ADMIN_TOKEN"] || (isLocal ? localToken() : undefined);
	if (!token) throw new UsageError(`${origin} needs its admin token: set ADMIN_TOKEN in the environment.`);
	return createAdmin({ origin, token });
}

function localToken(): string | undefined {
	const path = join(PROJECT_DIR, ".dev.vars");
	return existsSync(path) ? parseEnv(readFileSync(path, "utf8"))["ADMIN_TOKEN"] : undefined;
}

/** A path as it was typed: npm runs a command in the project's directory, wherever it was called. */
export const typedPath = (path: string, environment: NodeJS.ProcessEnv): string =>
	resolve(environment["npm_lifecycle_event"] ? (environment["INIT_CWD"] ?? ".") : ".", path);
