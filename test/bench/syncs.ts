/**
 * Counts how often a process waits for its disk, and for which of its files, by `strace`. It slows the process down, so
 * nothing is timed meanwhile.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Child } from "./child.ts";

const CALLS = "fdatasync,fsync,sync_file_range,msync";
const ATTACH_MS = 1_000;

export class SyncCounter {
	readonly #file: string;
	readonly #tracer: Child;
	#counted = 0;

	private constructor(file: string, tracer: Child) {
		this.#file = file;
		this.#tracer = tracer;
	}

	/** @param file to write the trace to @returns null where there is no `strace`, or it may not watch this process */
	static async attach(pid: number, file: string): Promise<SyncCounter | null> {
		if (spawnSync("strace", ["-V"]).status !== 0) return null;
		const command = ["strace", "-f", "-qq", "-y", "-e", `trace=${CALLS}`, "-o", file, "-p", String(pid)] as const;
		const tracer = new Child("strace", command);
		const hasEnded = await Promise.race([tracer.ended.then(() => true), sleep(ATTACH_MS, false)]);
		return hasEnded ? null : new SyncCounter(file, tracer);
	}

	/** @returns the files that were waited for since the last call, one for each time */
	take(): readonly string[] {
		const lines = readFileSync(this.#file, "utf8")
			.split("\n")
			.filter((line) => /sync\w*\(\d+</.test(line));
		const files = lines.slice(this.#counted).map((line) => /<([^>]*)>/.exec(line)?.[1] ?? "");
		this.#counted = lines.length;
		return files;
	}

	stop(): Promise<void> {
		return this.#tracer.stop("SIGINT");
	}
}
