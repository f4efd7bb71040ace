/**
 * Starts and stops one whole Holdfast on this machine: migrations, then `wrangler dev`, then a wait until it is
 * healthy.
 *
 * Servers with different ports and state directories run side by side from one checkout. Secrets never stand on a
 * command line. After `stop` no process is left; `parent-watchdog.ts` sees to it that none is left either when this
 * process is killed. Secrets come from `dev-vars.ts`, and the demo catalogue from `seed.ts`.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { devNull } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const PROJECT_DIR = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

const HOST = "127.0.0.1";
const STATE_IN_USE_EXIT_CODE = 75; // set by parent-watchdog.ts
const START_TIMEOUT_MS = 90_000;
const HEALTH_POLL_MS = 100;
const STOP_GRACE_MS = 5000;
const TAIL_LINES = 60;

export interface ServerOptions {
	/** Kept between runs, and created when it does not exist. */
	readonly stateDir: string;
	/** The Worker's secrets and variables. */
	readonly env: Readonly<Record<string, string>>;
	/** Another Worker's wrangler configuration. By default the server is Holdfast. */
	readonly config?: string;
	/** 0 for any free one. */
	readonly port: number;
	/** Where the runtime's inspector listens; any free port by default, which nobody is told. */
	readonly inspectorPort?: number;
	/** Called with every line that the server prints. Without it the server prints only errors, which is faster. */
	readonly onLine?: (line: string) => void;
	/** Ends a start that is still going on. */
	readonly signal?: AbortSignal;
}

export interface Server {
	readonly origin: string;
	readonly port: number;
	/** The process from which all others of the server come. */
	readonly pid: number;
	/** Resolves when the server has ended, for whatever reason. */
	readonly ended: Promise<Ended>;
	stop(): Promise<void>;
	/** SIGKILL to all its processes at once, as in a power cut. For tests. */
	kill(): Promise<void>;
}

export interface Ended {
	readonly code: number | null;
	readonly signal: NodeJS.Signals | null;
	readonly lastLines: readonly string[];
}

/** The person at the keyboard can mend this: the message says all, and no stack is printed. */
export class ServerError extends Error {}

export async function startServer(options: ServerOptions): Promise<Server> {
	const stateDir = resolve(PROJECT_DIR, options.stateDir);
	mkdirSync(stateDir, { recursive: true });
	if (options.port !== 0) await refuseTakenPort(options.port);
	await migrate(stateDir, options);

	const child = new WranglerProcess(devArguments(stateDir, options), stateDir, options);
	const abandon = () => void child.stop();
	options.signal?.addEventListener("abort", abandon);
	try {
		const ready = await Promise.race([child.ready(), child.failed(), timeout(START_TIMEOUT_MS)]);
		const origin = `http://${HOST}:${ready.port}`;
		await Promise.race([healthy(origin, child), child.failed(), timeout(START_TIMEOUT_MS)]);
		return {
			origin,
			port: ready.port,
			pid: child.pid,
			ended: child.ended,
			stop: () => child.stop(),
			kill: () => child.kill(),
		};
	} catch (error) {
		await child.stop();
		throw error;
	} finally {
		options.signal?.removeEventListener("abort", abandon);
	}
}

async function migrate(stateDir: string, options: ServerOptions): Promise<void> {
	const args = ["d1", "migrations", "apply", "DB", "--local", "--persist-to", stateDir, "--env-file", devNull];
	if (options.config !== undefined) args.push("--config", options.config);
	const child = new WranglerProcess(args, stateDir, { env: options.env });
	const abandon = () => void child.stop();
	options.signal?.addEventListener("abort", abandon);
	const ended = await child.ended;
	options.signal?.removeEventListener("abort", abandon);
	if (options.signal?.aborted) throw new ServerError("stopped while starting");
	if (ended.code !== 0) throw startError("the database migrations failed", ended, stateDir);
}

/** Writes what the Worker gets as its secrets and variables, readable by this user only. @returns the file's path */
function writeEnvFile(stateDir: string, env: ServerOptions["env"]): string {
	const path = join(stateDir, "worker.env");
	const lines = Object.entries(env).map(([name, value]) => `${name}='${value}'\n`);
	writeFileSync(path, lines.join(""), { mode: 0o600 });
	chmodSync(path, 0o600);
	return path;
}

function devArguments(stateDir: string, options: ServerOptions): string[] {
	return [
		"dev",
		...["--ip", HOST, "--port", String(options.port), "--inspector-port", String(options.inspectorPort ?? 0)],
		...["--persist-to", stateDir, "--show-interactive-dev-session=false"],
		// With an env file of its own a server does not read .dev.vars and .env, so two servers from one checkout can
		// have different secrets.
		...["--env-file", writeEnvFile(stateDir, options.env)],
		...(options.config === undefined ? [] : ["--config", options.config]),
		...["--log-level", options.onLine ? "log" : "error"],
	];
}

/** One run of wrangler, as the leader of its own process group and watched by `parent-watchdog.ts`. */
class WranglerProcess {
	readonly ended: Promise<Ended>;
	readonly #child: ChildProcess;
	readonly #lastLines: string[] = [];
	readonly #stateDir: string;

	constructor(args: readonly string[], stateDir: string, options: Pick<ServerOptions, "env" | "onLine">) {
		const cli = join(dirname(createRequire(import.meta.url).resolve("wrangler/package.json")), "wrangler-dist/cli.js");
		const watchdog = new URL("parent-watchdog.ts", import.meta.url).href;
		this.#stateDir = stateDir;
		this.#child = spawn(process.execPath, ["--no-warnings", "--import", watchdog, cli, ...args], {
			cwd: PROJECT_DIR,
			env: childEnvironment(stateDir, options),
			// In a group of its own, Ctrl-C in the terminal reaches only us, and we end the server in order.
			detached: process.platform !== "win32",
			// The fifth is the pipe that parent-watchdog.ts watches.
			stdio: ["ignore", "pipe", "pipe", "ipc", "pipe"],
		});
		for (const stream of [this.#child.stdout, this.#child.stderr]) {
			readLines(stream, (line) => {
				this.#lastLines.push(line);
				if (this.#lastLines.length > TAIL_LINES) this.#lastLines.shift();
				options.onLine?.(line);
			});
		}
		this.ended = new Promise((done, fail) => {
			this.#child.once("error", fail);
			// "close" and not "exit": its last output is wanted too.
			this.#child.once("close", (code, signal) => done({ code, signal, lastLines: this.#lastLines }));
		});
	}

	get pid(): number {
		return this.#child.pid ?? Number.NaN;
	}

	ready(): Promise<{ port: number }> {
		return new Promise((done) => {
			this.#child.on("message", (message) => {
				const port = readyPort(message);
				if (port !== null) done({ port });
			});
		});
	}

	async failed(): Promise<never> {
		throw startError("the server ended while starting", await this.ended, this.#stateDir);
	}

	async stop(): Promise<void> {
		if (this.#running()) this.#child.kill("SIGTERM");
		const killer = setTimeout(() => this.#killGroup(), STOP_GRACE_MS);
		await this.ended;
		clearTimeout(killer);
		this.#killGroup();
	}

	async kill(): Promise<void> {
		this.#killGroup();
		await this.ended;
	}

	#running(): boolean {
		return this.#child.exitCode === null && this.#child.signalCode === null;
	}

	#killGroup(): void {
		const pid = this.#child.pid;
		if (pid === undefined) return;
		try {
			if (process.platform === "win32") this.#child.kill("SIGKILL");
			else process.kill(-pid, "SIGKILL");
		} catch {
			// The group is empty already.
		}
	}
}

function childEnvironment(stateDir: string, options: Pick<ServerOptions, "env" | "onLine">): NodeJS.ProcessEnv {
	const inherited = { ...process.env };
	// It would select another environment of wrangler.toml.
	delete inherited["CLOUDFLARE_ENV"];
	return {
		...inherited,
		HOLDFAST_STATE_DIR: stateDir,
		// Through the registry, two servers of this project would find each other.
		WRANGLER_REGISTRY_PATH: "",
		WRANGLER_SEND_METRICS: "false",
		WRANGLER_HIDE_BANNER: "true",
		WRANGLER_WRITE_LOGS: "false",
		CLOUDFLARE_CF_FETCH_ENABLED: "false",
		X_LOCAL_EXPLORER: "false",
		// It records every request for a local viewer, which costs half the speed.
		X_LOCAL_OBSERVABILITY: "false",
		NO_COLOR: options.onLine && process.stdout.isTTY ? process.env["NO_COLOR"] : "1",
	};
}

async function healthy(origin: string, child: WranglerProcess): Promise<void> {
	let ended = false;
	void child.ended.then(() => {
		ended = true;
	});
	while (!ended) {
		const ok = await fetch(`${origin}/health`, { signal: AbortSignal.timeout(5000) }).then(
			(response) => response.ok,
			() => false,
		);
		if (ok) return;
		await new Promise((next) => setTimeout(next, HEALTH_POLL_MS));
	}
}

/** Wrangler would refuse it too, but seconds later and in the middle of its own output. */
async function refuseTakenPort(port: number): Promise<void> {
	const probe = createServer();
	try {
		await new Promise<void>((done, fail) => {
			probe.once("error", fail);
			probe.listen(port, HOST, done);
		});
	} catch (error) {
		const code = (error as NodeJS.ErrnoException).code;
		if (code === "EADDRINUSE")
			throw new ServerError(`Port ${port} is taken. Choose another: PORT=${port + 1} npm run dev`);
		if (code === "EACCES") throw new ServerError(`Port ${port} may not be used by this user. Choose one above 1023.`);
		throw error;
	} finally {
		await new Promise((done) => probe.close(done));
	}
}

function startError(what: string, ended: Ended, stateDir: string): ServerError {
	if (ended.code === STATE_IN_USE_EXIT_CODE) {
		return new ServerError(
			`Another server uses the state in ${stateDir}. Stop it, or choose another directory: STATE_DIR=.wrangler/other`,
		);
	}
	const how = ended.signal ? `by ${ended.signal}` : `with exit code ${ended.code}`;
	return new ServerError([`${what} (${how}). Its last output:`, ...ended.lastLines].join("\n"));
}

/** Wrangler sends its port to its parent as the string `{"event":"DEV_SERVER_READY","ip":…,"port":…}`. */
function readyPort(message: unknown): number | null {
	if (typeof message !== "string") return null;
	try {
		const parsed = JSON.parse(message) as { event?: unknown; port?: unknown };
		return parsed.event === "DEV_SERVER_READY" && typeof parsed.port === "number" ? parsed.port : null;
	} catch {
		return null;
	}
}

function readLines(stream: NodeJS.ReadableStream | null, onLine: (line: string) => void): void {
	let rest = "";
	stream?.setEncoding("utf8");
	stream?.on("data", (chunk: string) => {
		const lines = (rest + chunk).split("\n");
		rest = lines.pop() ?? "";
		for (const line of lines) onLine(line.trimEnd());
	});
	stream?.on("end", () => {
		if (rest) onLine(rest);
	});
}

function timeout(afterMs: number): Promise<never> {
	return new Promise((_, fail) => {
		setTimeout(() => fail(new ServerError(`the server was not ready within ${afterMs / 1000} s`)), afterMs).unref();
	});
}
