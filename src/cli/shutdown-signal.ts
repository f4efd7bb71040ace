/**
 * When a command that runs until stopped should stop: on the signals that ask for it, and when npm, which started it,
 * is gone without having asked.
 *
 * What it keeps true: a signal that reaches npm alone, even one that npm cannot pass on, ends what npm had started. Not
 * here: what ending means to the command.
 */
import { readFileSync } from "node:fs";

const POLL_MS = 1000;

/** Aborts once; later signals change nothing, since Ctrl-C arrives twice: from the terminal and from npm. */
export function shutdownSignal(): AbortSignal {
	const asked = new AbortController();
	for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => asked.abort());
	if (process.env["npm_lifecycle_event"]) {
		const starters = startersNow();
		setInterval(() => {
			if (startersNow() !== starters) asked.abort();
		}, POLL_MS).unref();
	}
	return asked.signal;
}

/**
 * Our parent; and its parent when ours is only the shell in which npm runs a script. Such a shell stays, waiting for us,
 * after npm has been killed. (Where there is no /proc, the shell is commonly one that gives its place to the script.)
 */
function startersNow(): string {
	const parent = process.ppid;
	try {
		const isShell = /^[^\0]*sh\0-c\0/.test(readFileSync(`/proc/${parent}/cmdline`, "utf8"));
		// "pid (name) state ppid …": the name may hold spaces and brackets.
		const grandparent = readFileSync(`/proc/${parent}/stat`, "utf8").replace(/^.*\)/s, "").split(" ")[2];
		return isShell ? `${parent} ${grandparent}` : `${parent}`;
	} catch {
		return `${parent}`;
	}
}
