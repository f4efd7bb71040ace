/**
 * Loaded into wrangler's own process (`node --import`) before wrangler starts, by `local-server.ts`. Invariants:
 * - A server does not outlive the process that started it, even when that one gets SIGKILL.
 * - Its workerd does not outlive wrangler: left alone it would keep its port and its files, and burn a core.
 * - One server at a time writes to a state directory. Two on the same files would each sell the same stock.
 *
 * None of this needs anybody to clean up: a pipe that closes, a pipe that ends and a lock that the system takes back.
 */
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** The pipe whose other end only `local-server.ts` has. */
const PARENT_PIPE_FD = 4;
/** `local-server.ts` knows it from wrangler's own exit codes. EX_TEMPFAIL of sysexits. */
const STATE_IN_USE_EXIT_CODE = 75;
/** A server that was just killed gives up its lock within this time. */
const LOCK_WAIT_MS = 3000;
/** How long wrangler may take to end in order before it is killed. */
const STOP_GRACE_MS = 2000;

/** Takes an open SQLite transaction for a lock: it ends with its process, however that ends. */
function lockState(stateDir: string): DatabaseSync {
	mkdirSync(stateDir, { recursive: true });
	const lock = new DatabaseSync(join(stateDir, "lock.sqlite"), { timeout: LOCK_WAIT_MS });
	try {
		lock.exec("BEGIN EXCLUSIVE");
	} catch {
		process.exit(STATE_IN_USE_EXIT_CODE);
	}
	return lock;
}

/**
 * Starts a shell that waits for the end of a pipe from this process, then kills the process group, itself included. It
 * works however this process ends. `local-server.ts` makes wrangler the leader of a group of its own, and what wrangler
 * starts stays in it.
 */
function killGroupWhenWeEnd(): void {
	if (process.platform === "win32") return;
	const warden = spawn("/bin/sh", ["-c", "read -r _; kill -KILL 0"], { stdio: ["pipe", "ignore", "ignore"] });
	// Neither the shell nor the pipe may keep a short command, such as the migrations, from ending.
	warden.unref();
	if (warden.stdin instanceof Socket) warden.stdin.unref();
	// An ordinary end leaves nothing to kill, and the shell would kill this process before it has ended.
	process.once("exit", () => warden.kill("SIGKILL"));
}

const stateDir = process.env["HOLDFAST_STATE_DIR"];
const lock = stateDir ? lockState(stateDir) : null;
killGroupWhenWeEnd();

// Not the IPC channel: wrangler closes that one itself when a command is done.
const parent = new Socket({ fd: PARENT_PIPE_FD, readable: true, writable: false });
parent.once("close", () => {
	setTimeout(() => {
		lock?.close();
		process.kill(process.pid, "SIGKILL");
	}, STOP_GRACE_MS);
	process.kill(process.pid, "SIGTERM");
});
parent.resume();
parent.unref();
