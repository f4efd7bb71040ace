/** `npm run drop` for the tests of it: each run in an empty directory of its own, in which it may leave nothing. */
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { type Lie, pretendShop } from "./pretend-shop.ts";
import { processes } from "./processes.ts";

export interface Run {
	readonly code: number | null;
	readonly out: string;
	readonly err: string;
}

interface DropOptions {
	readonly env?: NodeJS.ProcessEnv;
	/** Hears everything that was written to stderr so far. */
	readonly onErr?: (text: string, pid: number) => void;
}

/** One run, after which neither a file nor a process of it is left. */
export async function drop(args: readonly string[], { env = {}, onErr }: DropOptions = {}): Promise<Run> {
	const tmp = mkdtempSync(join(tmpdir(), "holdfast-drop-test-"));
	try {
		const run = await start(args, { ...env, TMPDIR: tmp }, onErr);
		// Node's own cache of compiled modules goes to the temporary directory too, for whoever comes next.
		expect(readdirSync(tmp).filter((name) => name !== "node-compile-cache")).toEqual([]);
		expect(processes().filter(({ args }) => args.includes(tmp))).toEqual([]);
		return run;
	} finally {
		rmSync(tmp, { recursive: true, force: true });
	}
}

function start(args: readonly string[], env: NodeJS.ProcessEnv, onErr: DropOptions["onErr"]): Promise<Run> {
	const command = join(import.meta.dirname, "../../src/cli/drop.ts");
	const child = spawn(process.execPath, [command, ...args], {
		env: { ...process.env, ADMIN_TOKEN: undefined, ...env },
		stdio: ["ignore", "pipe", "pipe"],
	});
	let out = "";
	let err = "";
	child.stdout.on("data", (chunk: Buffer) => {
		out += chunk;
	});
	child.stderr.on("data", (chunk: Buffer) => {
		err += chunk;
		onErr?.(err, child.pid ?? 0);
	});
	return new Promise((done) => child.on("close", (code) => done({ code, out, err })));
}

/** One run against a shop that lies so, or not at all. */
export async function dropAgainst(lie: Lie | null, more: readonly string[] = []): Promise<Run> {
	const shop = await pretendShop(lie);
	try {
		// A dozen of these run side by side: a buyer may wait for seconds, and no hold may run out meanwhile.
		const size = ["--buyers", "200", "--stock", "40", "--hold-seconds", "6", "--spread-seconds", "0.2"];
		const args = [...size, "--patience-seconds", "6", ...more, "--url", shop.url];
		return await drop(args, { env: { ADMIN_TOKEN: "any" } });
	} finally {
		await shop.close();
	}
}
