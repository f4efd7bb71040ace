/**
 * A whole Holdfast for a test: the built Worker behind real HTTP, on a free port, with state of its own.
 *
 * What it keeps true: nothing of it is left after `end`. `restart` keeps the state, after `kill` too, which is a power
 * cut. Not here: anything that a test asks of it.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freshEnv, type WorkerEnv } from "../../src/cli/dev-vars.ts";
import { type Server, startServer } from "../../src/cli/local-server.ts";

export class TestServer {
	readonly env: WorkerEnv;
	readonly stateDir = mkdtempSync(join(tmpdir(), "holdfast-test-"));
	#server: Server | null = null;
	#port = 0;

	/** @param env beside the secrets that every server needs */
	static async start(env: Readonly<Record<string, string>> = {}): Promise<TestServer> {
		const server = new TestServer(env);
		await server.restart();
		return server;
	}

	private constructor(env: Readonly<Record<string, string>>) {
		this.env = { ...freshEnv(), ...env };
	}

	get origin(): string {
		if (this.#server === null) throw new Error("the server is not running");
		return this.#server.origin;
	}

	/** On the same port as before, with the same state and secrets. */
	async restart(): Promise<void> {
		await this.#server?.stop();
		this.#server = await startServer({ stateDir: this.stateDir, env: this.env, port: this.#port });
		this.#port = this.#server.port;
	}

	/** SIGKILL to every process of it. */
	async kill(): Promise<void> {
		await this.#server?.kill();
		this.#server = null;
	}

	async end(): Promise<void> {
		await this.#server?.stop();
		this.#server = null;
		rmSync(this.stateDir, { recursive: true, force: true });
	}
}
