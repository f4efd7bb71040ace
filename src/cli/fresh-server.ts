/** A Holdfast for one command alone: on a free port, with fresh state and secrets, which `close` removes. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freshEnv } from "./dev-vars.ts";
import { startServer } from "./local-server.ts";
import { printStatus } from "./terminal.ts";

export interface FreshServer {
	readonly url: string;
	readonly adminToken: string;
	close(): Promise<void>;
}

/** @param command names its directory, for whoever finds it after a power cut */
export async function startFreshServer(
	command: string,
	signal: AbortSignal,
	{ rateLimits }: { readonly rateLimits: boolean },
): Promise<FreshServer> {
	printStatus("starting a server with fresh state…");
	const stateDir = mkdtempSync(join(tmpdir(), `holdfast-${command}-`));
	const removeState = () => rmSync(stateDir, { recursive: true, force: true });
	const env = { ...freshEnv(), RATE_LIMITS: rateLimits ? "on" : "off" };
	try {
		const server = await startServer({ stateDir, env, port: 0, signal });
		const close = async () => {
			await server.stop();
			removeState();
		};
		return { url: server.origin, adminToken: env.ADMIN_TOKEN, close };
	} catch (error) {
		removeState();
		throw error;
	}
}
