/**
 * The server runs on the first core that this process may use and the load on the second, so neither takes the other's
 * time. With one core, or without `taskset`, nothing is pinned and the figures show it.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

export interface Cores {
	readonly server: number | null;
	readonly load: number | null;
}

export function chooseCores(): Cores {
	const [server, load] = allowedCores();
	if (server === undefined || load === undefined || spawnSync("taskset", ["-V"]).status !== 0) {
		return { server: null, load: null };
	}
	return { server, load };
}

/** The command that runs `command` on this core only; null pins nothing. */
export function pinned(core: number | null, command: readonly string[]): [string, ...string[]] {
	const [program = "", ...args] = command;
	return core === null ? [program, ...args] : ["taskset", "-c", String(core), program, ...args];
}

/** Parses a list such as `0-3,8`. */
function allowedCores(): number[] {
	try {
		const [, list = ""] = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
		return list.split(",").flatMap((part) => {
			const [first = Number.NaN, last = first] = part.split("-").map(Number);
			return Array.from({ length: last - first + 1 }, (_, offset) => first + offset);
		});
	} catch {
		return [];
	}
}
