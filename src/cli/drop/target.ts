/** The shop that a drop is played at: one that runs already, or one of its own. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freshEnv } from "../dev-vars.ts";
import { startServer } from "../local-server.ts";
import { printStatus } from "../terminal.ts";

export interface Target {
	readonly url: string;
	readonly adminToken: string;
	close(): Promise<void>;
}

/** A server for this drop alone, on a free port and with fresh state, which `close` removes. */
export async function startTarget(signal: AbortSignal, rateLimits: boolean): Promise<Target> {
	printStatus("starting a server with fresh state…");
	const stateDir = mkdtempSync(join(tmpdir(), "holdfast-drop-"));
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
