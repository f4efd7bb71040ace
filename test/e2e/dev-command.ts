/**
 * `npm run dev` in a fresh clone, for the tests of it.
 *
 * The clone is a copy of what git would bring, with this checkout's node_modules linked in, so that nothing of the
 * developer's own state or secrets is read or changed.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { type Process, processes, until } from "./processes.ts";

const ROOT = join(import.meta.dirname, "../..");
const RUNNING = /Holdfast is running at (http:\S+)/;

export interface Running {
	readonly dev: Dev;
	readonly port: number;
	readonly url: string;
	readonly stateDir: string;
}

export class Clone {
	readonly dir = mkdtempSync(join(tmpdir(), "holdfast-clone-"));
	readonly #started: Dev[] = [];

	constructor() {
		for (const name of ["package.json", "wrangler.toml", "tsconfig.json", "src", "migrations"]) {
			cpSync(join(ROOT, name), join(this.dir, name), { recursive: true });
		}
		symlinkSync(join(ROOT, "node_modules"), join(this.dir, "node_modules"));
	}

	/** One `npm run dev`. */
	run(env: NodeJS.ProcessEnv): Dev {
		const dev = new Dev(this.dir, env);
		this.#started.push(dev);
		return dev;
	}

	/** One `npm run dev` on a free port, once it says that it is running. */
	async start(env: NodeJS.ProcessEnv = {}): Promise<Running> {
		const port = await freePort();
		const dev = this.run({ PORT: String(port), ...env });
		const url = await dev.running();
		return { dev, port, url, stateDir: env["STATE_DIR"] ?? join(this.dir, ".wrangler/state") };
	}

	/** Ends whatever was started here and still runs. */
	async endAll(): Promise<void> {
		await Promise.all(this.#started.splice(0).map((dev) => dev.end()));
	}

	remove(): void {
		rmSync(this.dir, { recursive: true, force: true });
	}
}

/** One `npm run dev`, in a process group of its own as a terminal would give it. */
class Dev {
	output = "";
	readonly exited: Promise<number | null>;
	readonly #npm: ChildProcess;

	constructor(dir: string, env: NodeJS.ProcessEnv) {
		this.#npm = spawn("npm", ["run", "dev", "--prefix", dir], {
			cwd: tmpdir(),
			detached: true,
			env: { ...process.env, ADMIN_TOKEN: undefined, STATE_DIR: undefined, npm_lifecycle_event: undefined, ...env },
			stdio: ["ignore", "pipe", "pipe"],
		});
		for (const stream of [this.#npm.stdout, this.#npm.stderr]) {
			stream?.on("data", (chunk: Buffer) => {
				this.output += chunk;
			});
		}
		this.exited = new Promise((done) => this.#npm.once("exit", (code) => done(code)));
	}

	get npmPid(): number {
		return this.#npm.pid ?? 0;
	}

	/** The node process of dev.ts, below npm and perhaps a shell. */
	get pid(): number {
		const mine = processes().filter(({ group, args }) => group === this.npmPid && args.includes("src/cli/dev.ts"));
		return mine.find(({ args }) => !/^(npm|sh|\/bin\/sh)\b/.test(args))?.pid ?? 0;
	}

	async running(): Promise<string> {
		await until(() => RUNNING.test(this.output) || this.#npm.exitCode !== null, 60_000);
		const url = RUNNING.exec(this.output)?.[1];
		if (url === undefined) throw new Error(this.output);
		return url;
	}

	/** As Ctrl-C does: to everything in the terminal's foreground. */
	interrupt(): void {
		process.kill(-this.npmPid, "SIGINT");
	}

	async end(): Promise<void> {
		try {
			process.kill(-this.npmPid, "SIGTERM");
		} catch {
			return;
		}
		await this.exited;
	}
}

export async function expectGone(group: Process[]): Promise<void> {
	expect(group.some(({ args }) => args.includes("workerd"))).toBe(true);
	const pids = new Set(group.map(({ pid }) => pid));
	const left = () => processes().filter(({ pid }) => pids.has(pid));
	await until(() => left().length === 0, 10_000);
	expect(left()).toEqual([]);
}

/** A server on a port that nobody else had. */
export async function listen(): Promise<{ server: Server; port: number }> {
	const server = createServer();
	await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
	const address = server.address();
	return { server, port: typeof address === "object" && address !== null ? address.port : 0 };
}

export async function freePort(): Promise<number> {
	const { server, port } = await listen();
	await new Promise((done) => server.close(done));
	return port;
}
