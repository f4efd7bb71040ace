/**
 * `npm run dev` as a newcomer meets it: in a fresh clone, from the first start to the last process gone.
 *
 * The clone is a copy of what git would bring, with this checkout's node_modules linked in, so that nothing of the
 * developer's own state or secrets is read or changed.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Process, processes, serverProcesses, until } from "./processes.ts";

const ROOT = join(import.meta.dirname, "../..");
const RUNNING = /Holdfast is running at (http:\S+)/;

let clone: string;
const started: Dev[] = [];

beforeAll(() => {
	clone = mkdtempSync(join(tmpdir(), "holdfast-clone-"));
	for (const name of ["package.json", "wrangler.toml", "tsconfig.json", "src", "migrations"]) {
		cpSync(join(ROOT, name), join(clone, name), { recursive: true });
	}
	symlinkSync(join(ROOT, "node_modules"), join(clone, "node_modules"));
});
afterAll(() => rmSync(clone, { recursive: true, force: true }));
afterEach(async () => {
	for (const dev of started.splice(0)) await dev.end();
});

/** One `npm run dev`, in a process group of its own as a terminal would give it. */
class Dev {
	output = "";
	readonly exited: Promise<number | null>;
	readonly #npm: ChildProcess;

	constructor(env: NodeJS.ProcessEnv) {
		this.#npm = spawn("npm", ["run", "dev", "--prefix", clone], {
			cwd: tmpdir(),
			detached: true,
			env: { ...process.env, ADMIN_TOKEN: undefined, STATE_DIR: undefined, npm_lifecycle_event: undefined, ...env },
			stdio: ["ignore", "pipe", "pipe"],
		});
		for (const stream of [this.#npm.stdout, this.#npm.stderr]) {
			stream?.on("data", (chunk: Buffer) => {
				this.output += chunk;
			});
		}
		this.exited = new Promise((done) => this.#npm.once("exit", (code) => done(code)));
		started.push(this);
	}

	get npmPid(): number {
		return this.#npm.pid ?? 0;
	}

	/** The node process of dev.ts, below npm and perhaps a shell. */
	get pid(): number {
		const mine = processes().filter(({ group, args }) => group === this.npmPid && args.includes("src/cli/dev.ts"));
		return mine.find(({ args }) => !/^(npm|sh|\/bin\/sh)\b/.test(args))?.pid ?? 0;
	}

	async running(): Promise<string> {
		await until(() => RUNNING.test(this.output) || this.#npm.exitCode !== null, 60_000);
		const url = RUNNING.exec(this.output)?.[1];
		if (url === undefined) throw new Error(this.output);
		return url;
	}

	/** As Ctrl-C does: to everything in the terminal's foreground. */
	interrupt(): void {
		process.kill(-this.npmPid, "SIGINT");
	}

	async end(): Promise<void> {
		try {
			process.kill(-this.npmPid, "SIGTERM");
		} catch {
			return;
		}
		await this.exited;
	}
}

async function expectGone(group: Process[]): Promise<void> {
	expect(group.some(({ args }) => args.includes("workerd"))).toBe(true);
	const pids = new Set(group.map(({ pid }) => pid));
	const left = () => processes().filter(({ pid }) => pids.has(pid));
	await until(() => left().length === 0, 10_000);
	expect(left()).toEqual([]);
}

async function freePort(): Promise<number> {
	const server = createServer();
	await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
	const address = server.address();
	await new Promise((done) => server.close(done));
	return typeof address === "object" && address !== null ? address.port : 0;
}

async function start(env: NodeJS.ProcessEnv = {}): Promise<{ dev: Dev; port: number; url: string; stateDir: string }> {
	const port = await freePort();
	const dev = new Dev({ PORT: String(port), ...env });
	const url = await dev.running();
	return { dev, port, url, stateDir: env["STATE_DIR"] ?? join(clone, ".wrangler/state") };
}

async function availableOf(url: string, sku: string): Promise<number> {
	const { token } = (await (await fetch(`${url}/v1/shoppers`, { method: "POST" })).json()) as { token: string };
	const response = await fetch(`${url}/v1/products/${sku}`, { headers: { authorization: `Bearer ${token}` } });
	const product = (await response.json()) as { availability: { available: number } };
	return product.availability.available;
}

describe("npm run dev", () => {
	test("the three printed lines buy something; Ctrl-C ends everything; the next start goes on", async () => {
		const first = await start();
		const secrets = readFileSync(join(clone, ".dev.vars"), "utf8");
		expect(statSync(join(clone, ".dev.vars")).mode & 0o777).toBe(0o600);
		expect(secrets).toMatch(/^ADMIN_TOKEN=[\w-]{43}$/m);
		expect(first.dev.output).toContain("4 demo products");
		expect(await availableOf(first.url, "enamel-mug")).toBe(200);

		const lines = first.dev.output.split("\n").filter((line) => /^(TOKEN=|CHECKOUT=|curl )/.test(line));
		expect(lines).toHaveLength(3);
		const script = `${lines.join("\n")}\necho\necho "$TOKEN"`;
		const said = execFileSync("sh", ["-c", script], { encoding: "utf8" }).trim().split("\n");
		const checkout = JSON.parse(said[0] ?? "") as { id: string };
		const authorization = `Bearer ${said.at(-1)}`;
		let status = "";
		for (let tries = 0; status !== "completed" && tries < 50; tries++) {
			const answer = await fetch(`${first.url}/v1/checkouts/${checkout.id}`, { headers: { authorization } });
			status = ((await answer.json()) as { status: string }).status;
			await sleep(100);
		}
		expect(status).toBe("completed");
		expect(await availableOf(first.url, "enamel-mug")).toBe(199);

		const group = serverProcesses(first.stateDir);
		first.dev.interrupt();
		await first.dev.exited;
		await expectGone(group);
		expect(first.dev.output).toMatch(/Stopped\.\s*$/);

		const second = await start();
		expect(second.dev.output).not.toContain("demo products");
		expect(readFileSync(join(clone, ".dev.vars"), "utf8")).toBe(secrets);
		expect(await availableOf(second.url, "enamel-mug")).toBe(199);
	});

	test.each(["SIGTERM", "SIGKILL", "SIGHUP"] as const)("%s to npm alone ends everything", async (signal) => {
		const { dev, stateDir } = await start();
		const group = [...serverProcesses(stateDir), ...processes().filter(({ pid }) => pid === dev.pid)];
		process.kill(dev.npmPid, signal);
		await expectGone(group);
	});

	test.each(["SIGTERM", "SIGINT", "SIGHUP", "SIGKILL"] as const)(
		"%s to dev.ts alone ends everything",
		async (signal) => {
			const { dev, stateDir } = await start();
			const group = serverProcesses(stateDir);
			expect(dev.pid).toBeGreaterThan(0);
			process.kill(dev.pid, signal);
			await expectGone(group);
		},
	);

	test("when wrangler is killed, nothing of it stays and dev says so", async () => {
		const { dev, stateDir } = await start();
		const group = serverProcesses(stateDir);
		const wrangler = group.find(({ args }) => args.includes("--persist-to"));
		process.kill(wrangler?.pid ?? 0, "SIGKILL");
		await expectGone(group);
		expect(await dev.exited).not.toBe(0);
		expect(dev.output).toContain("The server ended by itself (by SIGKILL)");
	});

	test("two at once from one checkout, each with its own state and admin token; none with the other's", async () => {
		const token = "an-admin-token-from-the-environment-0123456789";
		const one = await start({ STATE_DIR: join(clone, "one") });
		const two = await start({ STATE_DIR: join(clone, "two"), ADMIN_TOKEN: token });
		const stock = (url: string) =>
			fetch(`${url}/admin/v1/products/enamel-mug/stock`, { headers: { authorization: `Bearer ${token}` } });
		expect((await stock(two.url)).status).toBe(200);
		expect((await stock(one.url)).status).toBe(401);
		expect(processes().filter(({ args }) => args.includes(token))).toEqual([]);

		const third = new Dev({ PORT: String(await freePort()), STATE_DIR: one.stateDir });
		expect(await third.exited).not.toBe(0);
		expect(third.output).toContain(`Another server uses the state in ${one.stateDir}`);
		const fourth = new Dev({ PORT: String(one.port), STATE_DIR: join(clone, "three") });
		expect(await fourth.exited).not.toBe(0);
		expect(fourth.output).toContain(`Port ${one.port} is taken`);
	});
});
