/** A fresh Redis on a free port, with its usual durability: an append-only file that is synced every second. */
import { mkdirSync } from "node:fs";
import { createConnection, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Child } from "../child.ts";
import { pinned } from "../cpu-pinning.ts";
import { Unavailable } from "../measurement.ts";
import { program } from "./system.ts";

const START_TIMEOUT_MS = 20_000;
const PLENTY = 100_000_000;

export class RedisServer {
	readonly env: NodeJS.ProcessEnv;
	readonly #child: Child;
	readonly #port: number;

	private constructor(child: Child, port: number) {
		this.#child = child;
		this.#port = port;
		this.env = { BENCH_PORT: String(port) };
	}

	static async start(dir: string, core: number | null): Promise<RedisServer> {
		const redis = await program("redis-server", "redis-server");
		mkdirSync(dir, { recursive: true });
		const port = await freePort();
		const settings = [
			"--dir",
			dir,
			"--bind",
			"127.0.0.1",
			"--save",
			"",
			"--appendonly",
			"yes",
			"--appendfsync",
			"everysec",
		];
		const child = new Child("redis", pinned(core, [redis, "--port", String(port), ...settings]));
		const server = new RedisServer(child, port);
		await Promise.race([server.#ready(), child.failed()]);
		return server;
	}

	async sell(sku: string): Promise<void> {
		await this.#send(`HSET stock:${sku} available ${PLENTY} held 0`);
	}

	get pid(): number {
		return this.#child.pid;
	}

	stop(): Promise<void> {
		return this.#child.stop();
	}

	async #ready(): Promise<void> {
		const startMs = performance.now();
		while (!(await this.#send("PING").catch(() => ""))) {
			if (performance.now() - startMs > START_TIMEOUT_MS) throw new Unavailable("Redis did not start");
			await sleep(100);
		}
	}

	/** Sends one command as an inline command, a line of text. */
	#send(command: string): Promise<string> {
		return new Promise((done, fail) => {
			const socket = createConnection(this.#port, "127.0.0.1", () => socket.write(`${command}\r\n`));
			socket.once("error", fail);
			socket.once("data", (reply) => {
				socket.destroy();
				if (reply[0] === "-".charCodeAt(0)) fail(new Error(`${command}: ${reply}`));
				else done(reply.toString());
			});
		});
	}
}

function freePort(): Promise<number> {
	return new Promise((done, fail) => {
		const probe = createServer();
		probe.once("error", fail);
		probe.listen(0, "127.0.0.1", () => {
			const address = probe.address();
			probe.close(() => done(typeof address === "object" && address !== null ? address.port : 0));
		});
	});
}
