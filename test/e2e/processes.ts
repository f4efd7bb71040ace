/** Looking at the system's processes from outside, to see that a command left none. */
import { execFileSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

export interface Process {
	readonly pid: number;
	readonly group: number;
	readonly args: string;
}

export function processes(): Process[] {
	const list = execFileSync("ps", ["-A", "-o", "pid=,pgid=,stat=,args="], { encoding: "utf8" });
	return list.split("\n").flatMap((line) => {
		const [, pid, group, stat, args] = /^ *(\d+) +(\d+) +(\S+) +(.*)$/.exec(line) ?? [];
		// A zombie has ended; only its parent has not looked yet.
		return args === undefined || stat?.startsWith("Z") ? [] : [{ pid: Number(pid), group: Number(group), args }];
	});
}

/** Everything that a server with this state directory consists of: wrangler names it, the rest is in its group. */
export function serverProcesses(stateDir: string): Process[] {
	const all = processes();
	const groups = new Set(all.filter(({ args }) => args.includes(`--persist-to ${stateDir}`)).map(({ group }) => group));
	return all.filter(({ group }) => groups.has(group));
}

export async function until(done: () => boolean, patienceMs: number): Promise<void> {
	const deadlineMs = performance.now() + patienceMs;
	while (!done() && performance.now() < deadlineMs) await sleep(100);
}
