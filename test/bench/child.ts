/** Child processes that end with this process, and whose errors carry their last output. */
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";

const STOP_GRACE_MS = 5_000;
const LAST_OUTPUT_CHARS = 4_000;

const running = new Set<Child>();

export class Child {
	readonly process: ChildProcess;
	readonly ended: Promise<number | null>;
	readonly #name: string;
	#lastOutput = "";

	/** @param options `stdio` may add channels; stdout and stderr are kept for `failed` */
	constructor(name: string, [program, ...args]: readonly [string, ...string[]], options: SpawnOptions = {}) {
		this.#name = name;
		this.process = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
		for (const stream of [this.process.stdout, this.process.stderr]) {
			stream?.on("data", (chunk: Buffer) => {
				this.#lastOutput = (this.#lastOutput + chunk.toString()).slice(-LAST_OUTPUT_CHARS);
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

	/** Rejects when the process ends. The error carries its last output. */
	async failed(): Promise<never> {
		const code = await this.ended;
		throw new Error(`${this.#name} ended with ${code ?? "a signal"}:\n${this.#lastOutput}`);
	}

	async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
		if (!running.has(this)) return;
		this.process.kill(signal);
		const killer = setTimeout(() => this.process.kill("SIGKILL"), STOP_GRACE_MS);
		await this.ended.catch(() => null);
		clearTimeout(killer);
	}
}

/** Runs a command to its end. @throws Error with its last output when it fails */
export async function run(
	name: string,
	command: readonly [string, ...string[]],
	options?: SpawnOptions,
): Promise<void> {
	const child = new Child(name, command, options);
	if ((await child.ended) !== 0) await child.failed();
}

/** No child is left running, however this process ends. */
process.once("exit", () => {
	for (const child of running) child.process.kill("SIGKILL");
});
