/** `npm run import` and `npm run export` for the tests of them. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestServer } from "../support/server.ts";

export interface Run {
	readonly code: number | null;
	/** Lines of standard output. */
	readonly out: readonly string[];
	readonly text: string;
	readonly err: string;
}

interface Options {
	readonly env?: NodeJS.ProcessEnv;
	readonly onOut?: (text: string, child: ChildProcess) => void;
}

export class CsvCommands {
	readonly #server: TestServer;
	readonly #folder = mkdtempSync(join(tmpdir(), "holdfast-csv-test-"));

	constructor(server: TestServer) {
		this.#server = server;
	}

	end(): void {
		rmSync(this.#folder, { recursive: true, force: true });
	}

	path(name: string): string {
		return join(this.#folder, name);
	}

	/** Imports a file of these contents. */
	import(
		name: string,
		content: string | Uint8Array,
		args: readonly string[] = [],
		options: Options = {},
	): Promise<Run> {
		writeFileSync(this.path(name), content);
		return this.#run("import", [this.path(name), ...args], options);
	}

	export(what: string, args: readonly string[] = []): Promise<Run> {
		return this.#run("export", [what, ...args], {});
	}

	#run(command: string, args: readonly string[], { env = {}, onOut }: Options): Promise<Run> {
		const script = join(import.meta.dirname, `../../src/cli/${command}.ts`);
		const child = spawn(process.execPath, [script, ...args, "--url", this.#server.origin], {
			env: { ...process.env, ADMIN_TOKEN: this.#server.env.ADMIN_TOKEN, ...env },
			stdio: ["ignore", "pipe", "pipe"],
		});
		let text = "";
		let err = "";
		child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
			text += chunk;
			onOut?.(text, child);
		});
		child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
			err += chunk;
		});
		return new Promise((done) => {
			child.on("close", (code) => done({ code, out: text.split("\n").filter(Boolean), text, err }));
		});
	}
}
