/** A Holdfast for one command alone: on a free port, with fresh state and secrets, which `close` removes. */
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
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

/** A server whose processes and files whoever started it may look at. */
export interface OwnServer extends FreshServer {
	readonly pid: number;
	readonly stateDir: string;
	/** Where the runtime's inspector listens. */
	readonly inspectorPort: number;
}

/** @param command names its directory, for whoever finds it after a power cut */
export async function startFreshServer(
	command: string,
	signal: AbortSignal,
	{ rateLimits }: { readonly rateLimits: boolean },
): Promise<OwnServer> {
	printStatus("starting a server with fresh state…");
	const stateDir = mkdtempSync(join(tmpdir(), `holdfast-${command}-`));
	const removeState = () => rmSync(stateDir, { recursive: true, force: true });
	const env = { ...freshEnv(), RATE_LIMITS: rateLimits ? "on" : "off" };
	try {
		const inspectorPort = await freePort();
		const server = await startServer({ stateDir, env, port: 0, inspectorPort, signal });
		const close = async () => {
			await server.stop();
			removeState();
		};
		return { url: server.origin, adminToken: env.ADMIN_TOKEN, pid: server.pid, stateDir, inspectorPort, close };
	} catch (error) {
		removeState();
		throw error;
	}
}

/** Free a moment ago: wrangler says nowhere which one it took by itself. */
async function freePort(): Promise<number> {
	const probe = createServer();
	await new Promise<void>((done, fail) => {
		probe.once("error", fail).listen(0, "127.0.0.1", done);
	});
	const { port } = probe.address() as AddressInfo;
	await new Promise((done) => probe.close(done));
	return port;
}
