/** Commands as their users start them: each run in an empty temporary directory, in which it may leave nothing. */
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { processes } from "./processes.ts";

export interface Run {
	readonly code: number | null;
	readonly out: string;
	readonly err: string;
}

export interface RunOptions {
	readonly env?: NodeJS.ProcessEnv;
	/** Hears everything that was written to stderr so far. */
	readonly onErr?: (text: string, pid: number) => void;
}

/** One run of `npm run NAME`, after which neither a file nor a process of it is left. */
export async function runCli(
	name: string,
	args: readonly string[],
	{ env = {}, onErr }: RunOptions = {},
): Promise<Run> {
	const tmp = mkdtempSync(join(tmpdir(), `holdfast-${name}-test-`));
	try {
		const run = await start(name, args, { ...env, TMPDIR: tmp }, onErr);
		// Node's own cache of compiled modules goes to the temporary directory too, for whoever comes next.
		expect(readdirSync(tmp).filter((file) => file !== "node-compile-cache")).toEqual([]);
		expect(processes().filter(({ args }) => args.includes(tmp))).toEqual([]);
		return run;
	} finally {
		rmSync(tmp, { recursive: true, force: true });
	}
}

function start(
	name: string,
	args: readonly string[],
	env: NodeJS.ProcessEnv,
	onErr: RunOptions["onErr"],
): Promise<Run> {
	const command = join(import.meta.dirname, `../../src/cli/${name}.ts`);
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
