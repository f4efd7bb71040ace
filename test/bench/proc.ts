/** What Linux knows of a process: NaN for everything elsewhere, or when the process is gone. */
import { readdirSync, readFileSync } from "node:fs";

export function residentBytes(pid: number): number {
	return unknownOf(() => {
		const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
		return Number(kilobytes) * 1024;
	});
}

/** Time on a processor, all threads together. Unlike time on the clock it is not stretched by whatever else runs here. */
export function cpuMs(pid: number): number {
	return unknownOf(() => {
		let nanoseconds = 0;
		for (const thread of readdirSync(`/proc/${pid}/task`)) {
			nanoseconds += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]);
		}
		return nanoseconds / 1e6;
	});
}

function unknownOf(read: () => number): number {
	try {
		return read();
	} catch {
		return Number.NaN;
	}
}
