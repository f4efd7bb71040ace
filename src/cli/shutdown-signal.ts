/**
 * When a command that runs until it is stopped should stop: on the signals that ask for it, and when npm, which started
 * it, is gone. SIGKILL to npm reaches nobody else, and npm passes no signal on that it does not get.
 */
import { readFileSync } from "node:fs";
import { printStatus } from "./terminal.ts";

const POLL_MS = 1000;

/** Aborts once. Ctrl-C arrives twice, from the terminal and from npm, and the second signal changes nothing. */
export function shutdownSignal(): AbortSignal {
	const shutdown = new AbortController();
	for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => shutdown.abort());
	if (process.env["npm_lifecycle_event"]) {
		const [parent, npm] = [process.ppid, npmPid()];
		const isNpmGone = () => process.ppid !== parent || !isAlive(npm);
		setInterval(() => isNpmGone() && shutdown.abort(), POLL_MS).unref();
	}
	return shutdown.signal;
}

/** Says so when a command has to stop before its end. */
export function interruption(shutdown: AbortSignal): Promise<"interrupted"> {
	return new Promise((resolve) => {
		shutdown.addEventListener("abort", () => {
			printStatus("\nstopped before the end");
			resolve("interrupted");
		});
	});
}

/**
 * Our parent; or its parent, where npm runs a script in a shell that stays, as Debian's does. Such a shell goes on
 * waiting for us after npm has been killed. Systems without /proc commonly have a shell that gives its place to the
 * script.
 */
function npmPid(): number {
	try {
		// "pid (name) state ppid …"
		const [, name = "", ppid] = /\((.*)\) \S (\d+)/s.exec(readFileSync(`/proc/${process.ppid}/stat`, "utf8")) ?? [];
		return name.endsWith("sh") ? Number(ppid) : process.ppid;
	} catch {
		return process.ppid;
	}
}

function isAlive(pid: number): boolean {
	try {
		return process.kill(pid, 0);
	} catch (error) {
		// EPERM: it is there, and another user's.
		return (error as NodeJS.ErrnoException).code !== "ESRCH";
	}
}
