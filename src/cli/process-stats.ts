/** Figures of a process, from Linux's /proc. NaN on other systems, and when the process is gone. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

export function residentBytes(pid: number): number {
	return orUnknown(() => {
		const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
		return Number(kilobytes) * 1024;
	});
}

/**
 * Processor time in milliseconds of the process and all its descendants, all threads together. Other processes on this
 * machine do not stretch it, as they stretch time on the clock.
 */
export function cpuMs(pid: number): number {
	return orUnknown(() => processTree(pid).reduce((sum, member) => sum + ownCpuMs(member), 0));
}

/** @returns the process that we started with such a command line */
export function startedByUs(command: RegExp): number {
	return descendants(process.pid, command)[0] ?? Number.NaN;
}

/** @returns the processes with such a command line that come from this one */
export function descendants(ancestor: number, command: RegExp): number[] {
	return processTree(ancestor).filter(
		(pid) => pid !== ancestor && command.test(textOf(`/proc/${pid}/cmdline`).replaceAll("\0", " ")),
	);
}

/** @returns what each open handle of the process is: a path, or a kind such as `socket:[1]`. None of a process that is gone */
export function openHandles(pid: number): string[] {
	const directory = `/proc/${pid}/fd`;
	try {
		return readdirSync(directory).map((handle) => linkOf(`${directory}/${handle}`));
	} catch {
		return [];
	}
}

/** @returns "" for a handle that was closed meanwhile */
function linkOf(path: string): string {
	try {
		return readlinkSync(path);
	} catch {
		return "";
	}
}

function processTree(ancestor: number): number[] {
	const parents = new Map<number, number>();
	for (const name of readdirSync("/proc")) {
		// "pid (name) state ppid …": the name may hold spaces and brackets.
		const [, parent] = textOf(`/proc/${name}/stat`).replace(/^.*\)/s, "").trim().split(" ");
		if (/^\d+$/.test(name) && parent !== undefined) parents.set(Number(name), Number(parent));
	}
	const members = [ancestor];
	for (const member of members) {
		for (const [pid, parent] of parents) if (parent === member) members.push(pid);
	}
	return members;
}

function ownCpuMs(pid: number): number {
	let nanoseconds = 0;
	for (const thread of readdirSync(`/proc/${pid}/task`)) {
		nanoseconds += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]);
	}
	return nanoseconds / 1e6;
}

/** @returns "" when the file does not exist, or no longer */
function textOf(path: string): string {
	try {
		return readFileSync(path, "utf8");
	} catch {
		return "";
	}
}

function orUnknown(read: () => number): number {
	try {
		return read();
	} catch {
		return Number.NaN;
	}
}
