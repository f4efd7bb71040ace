/**
 * The leash: loaded into wrangler's own process (`node --import`) before wrangler starts.
 *
 * What it keeps true: a server does not outlive whoever started it, not even when that one is killed without a word; its
 * workerd does not outlive wrangler; and one state directory is written by one server at a time, since two on the same
 * files would each sell the same stock. All three hold without anybody's cooperation: a channel that closes, a pipe that
 * ends and a lock that the system takes back. Not here: starting and stopping in the ordinary way (`server.ts`).
 */
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** The pipe whose other end only `server.ts` holds. */
const PARENT_PIPE_FD = 4;
/** Told apart by `server.ts` from wrangler's own exit codes. EX_TEMPFAIL of sysexits. */
const STATE_IN_USE_EXIT_CODE = 75;
/** A server that was just killed has let go of its lock within this time. */
const LOCK_WAIT_MS = 3000;
/** How long wrangler may take to end by itself before it is killed. */
const GRACE_MS = 2000;

/** An open SQLite transaction is a lock that ends with its process, however that ends. */
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
 * A shell that waits for the end of a pipe only we hold, then kills our process group, itself included. `server.ts` makes
 * wrangler the leader of a group of its own; what wrangler starts stays in it.
 */
function killGroupWithUs(): void {
	if (process.platform === "win32") return;
	const warden = spawn("/bin/sh", ["-c", "read -r _; kill -KILL 0"], { stdio: ["pipe", "ignore", "ignore"] });
	warden.unref();
	// Neither may keep a short command (the migrations) from ending.
	if (warden.stdin instanceof Socket) warden.stdin.unref();
	// An ordinary end needs no killing, and would be overtaken by it.
	process.once("exit", () => warden.kill("SIGKILL"));
}

const stateDir = process.env["HOLDFAST_STATE_DIR"];
const lock = stateDir ? lockState(stateDir) : null;
killGroupWithUs();

// Not the IPC channel: wrangler closes that one itself when a command is done.
const held = new Socket({ fd: PARENT_PIPE_FD, readable: true, writable: false });
held.once("close", () => {
	setTimeout(() => {
		lock?.close();
		process.kill(process.pid, "SIGKILL");
	}, GRACE_MS);
	process.kill(process.pid, "SIGTERM");
});
held.resume();
held.unref();
