/**
 * The secrets and settings of a local server. They are made once and kept in `.dev.vars`, never in git: no secret in a
 * file of this repository is ever used. What a person wrote into `.dev.vars` stays as it is, and only missing keys are
 * added. The environment wins over the file.
 */
import { randomBytes } from "node:crypto";
import { appendFileSync, chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseEnv } from "node:util";

export type WorkerEnv = Readonly<Record<string, string>> & {
	readonly ADMIN_TOKEN: string;
	readonly SHOPPER_TOKEN_SECRET: string;
	readonly ENVIRONMENT: string;
	readonly PAYMENT_PROVIDER: string;
	readonly RATE_LIMITS: string;
};

/** What the environment may override for one run. */
const OVERRIDABLE = ["ADMIN_TOKEN", "SHOPPER_TOKEN_SECRET", "RATE_LIMITS"] as const;

/** All that a local server needs: fresh secrets, and the sandbox for payments. */
export function freshEnv(): WorkerEnv {
	return {
		ADMIN_TOKEN: randomSecret(),
		SHOPPER_TOKEN_SECRET: randomSecret(),
		// wrangler.toml says production and stripe: a forgotten setting fails closed.
		ENVIRONMENT: "local",
		PAYMENT_PROVIDER: "sandbox",
		// On a laptop all shoppers have one address.
		RATE_LIMITS: "off",
	};
}

/** Reads `.dev.vars` and adds what is missing. @returns the names of what was added, too */
export function loadDevVars(path: string, environment: NodeJS.ProcessEnv): { env: WorkerEnv; added: string[] } {
	const present = existsSync(path);
	const text = present ? readFileSync(path, "utf8") : "";
	const written = parseEnv(text);
	const missing = Object.entries(freshEnv()).filter(([name]) => !written[name]);
	if (missing.length > 0) {
		const lines = missing.map(([name, value]) => `${name}=${value}\n`).join("");
		if (present) appendFileSync(path, text === "" || text.endsWith("\n") ? lines : `\n${lines}`);
		else
			writeFileSync(path, `# Made by npm run dev, for this machine only. Never commit it.\n${lines}`, { mode: 0o600 });
		chmodSync(path, 0o600);
	}
	const overrides = OVERRIDABLE.flatMap((name) => (environment[name] ? [[name, environment[name]]] : []));
	const env = { ...written, ...Object.fromEntries(missing), ...Object.fromEntries(overrides) } as WorkerEnv;
	return { env, added: missing.map(([name]) => name) };
}

function randomSecret(): string {
	return randomBytes(32).toString("base64url");
}
