/** Child processes that do not outlive us, and that say what they said last when they fail. */
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";

const STOP_GRACE_MS = 5_000;
const LAST_WORDS = 4_000;

const running = new Set<Child>();

export class Child {
	readonly process: ChildProcess;
	readonly ended: Promise<number | null>;
	readonly #name: string;
	#lastWords = "";

	/** `stdout` and `stderr` are kept for `failed`; more channels by `options.stdio` */
	constructor(name: string, [program, ...args]: readonly [string, ...string[]], options: SpawnOptions = {}) {
		this.#name = name;
		this.process = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
		for (const stream of [this.process.stdout, this.process.stderr]) {
			stream?.on("data", (chunk: Buffer) => {
				this.#lastWords = (this.#lastWords + chunk.toString()).slice(-LAST_WORDS);
			});
		}
		running.add(this);
		this.ended = new Promise((done, fail) => {
			this.process.once("error", fail);
			this.process.once("close", (code) => {
				running.delete(this);
				done(code);
			});
		});
		this.ended.catch(() => running.delete(this));
	}

	get pid(): number {
		return this.process.pid ?? 0;
	}

	/** Rejects when the process ends, with what it said. */
	async failed(): Promise<never> {
		const code = await this.ended;
		throw new Error(`${this.#name} ended with ${code ?? "a signal"}:\n${this.#lastWords}`);
	}

	async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
		if (!running.has(this)) return;
		this.process.kill(signal);
		const killer = setTimeout(() => this.process.kill("SIGKILL"), STOP_GRACE_MS);
		await this.ended.catch(() => null);
		clearTimeout(killer);
	}
}

/** Runs a command to its end. @throws Error with its last words when it fails */
export async function run(
	name: string,
	command: readonly [string, ...string[]],
	options?: SpawnOptions,
): Promise<void> {
	const child = new Child(name, command, options);
	if ((await child.ended) !== 0) await child.failed();
}

/** At our own end, whatever the cause: nobody is left running. */
process.once("exit", () => {
	for (const child of running) child.process.kill("SIGKILL");
});
