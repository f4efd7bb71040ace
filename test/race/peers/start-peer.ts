/**
 * Starts a real shop for the race detector: its packages are installed once, into the user's cache and never into this
 * tree; its database is a PostgreSQL of its own that `close` removes. Both listen on loopback only.
 *
 * It needs `npm`, and PostgreSQL's programs on the PATH or where Debian's package `postgresql` puts them.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, cpSync, existsSync, globSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { printStatus } from "../../../src/cli/terminal.ts";

/** A first start makes the tables of a whole shop. */
const START_TIMEOUT_MS = 600_000;
const POSTGRES_TIMEOUT_MS = 30_000;
const STOP_GRACE_MS = 3000;
const POLL_MS = 100;
const TAIL = 4000;
/** Runs a program until this process closes the shell's input, or is killed. SIGINT is PostgreSQL's fast shutdown. */
const UNTIL_WE_END = '"$0" "$@" & read -r _; kill -INT $!; wait';

export interface Peer {
	readonly origin: string;
	/** What `shop.mjs` printed after the word "ready". */
	readonly details: string;
	close(): Promise<void>;
}

export interface PeerExtras {
	/** Variables of the shop's environment. */
	readonly env?: Readonly<Record<string, string>>;
	/** Puts more files where the shop's are. */
	readonly addFiles?: (home: string) => void;
}

/**
 * @param folder has a `package.json`, and `shop.mjs`, which prints `ready` and perhaps more on one line when the shop
 * takes requests on `PORT`, keeps its data at `DATABASE_URL`, and ends with its standard input
 */
export async function startPeer(
	name: string,
	folder: string,
	signal: AbortSignal,
	{ env = {}, addFiles }: PeerExtras = {},
): Promise<Peer> {
	const home = install(name, folder);
	addFiles?.(home);
	const database = await startPostgres(signal);
	try {
		printStatus(`starting ${name} with fresh state…`);
		const port = await freePort();
		const shop = spawn(process.execPath, ["shop.mjs"], {
			cwd: home,
			env: {
				...{ PATH: process.env["PATH"], HOME: homedir(), NODE_ENV: "production" },
				...{ MEDUSA_DISABLE_TELEMETRY: "true", VENDURE_DISABLE_TELEMETRY: "true" },
				...{ PORT: String(port), DATABASE_URL: database.url, ...env },
			},
			stdio: ["pipe", "pipe", "pipe"],
		});
		const close = async () => {
			await end(shop, () => shop.stdin.end());
			await database.close();
		};
		try {
			return { origin: `http://127.0.0.1:${port}`, details: await ready(name, shop, signal), close };
		} catch (error) {
			await close();
			throw error;
		}
	} catch (error) {
		await database.close();
		throw error;
	}
}

/** @returns where the shop's files and packages are */
function install(name: string, folder: string): string {
	const caches = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
	const home = join(caches, "holdfast-race", name);
	mkdirSync(home, { recursive: true });
	cpSync(folder, home, { recursive: true });
	printStatus(`installing ${name} into ${home}…`);
	const quietly = ["--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline", "--loglevel=error"];
	execFileSync("npm", ["install", ...quietly], { cwd: home, stdio: ["ignore", "ignore", "inherit"] });
	return home;
}

/** A cluster for one run: what it holds is thrown away, so it need not survive a power cut, and asks for no password. */
async function startPostgres(signal: AbortSignal): Promise<{ readonly url: string; close(): Promise<void> }> {
	const directory = mkdtempSync(join(tmpdir(), "holdfast-race-postgres-"));
	const remove = () => rmSync(directory, { recursive: true, force: true });
	try {
		const user = unprivilegedUser();
		if (user !== null) chownSync(directory, user.uid, user.gid);
		const data = join(directory, "data");
		const create = ["-D", data, "-U", "shop", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"];
		execFileSync(program("initdb"), create, { ...user, cwd: directory, stdio: ["ignore", "ignore", "inherit"] });
		const port = await freePort();
		const settings = [`port=${port}`, "listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off"];
		const options = settings.flatMap((setting) => ["-c", setting]);
		const server = spawn("/bin/sh", ["-c", UNTIL_WE_END, program("postgres"), "-D", data, ...options], {
			...{ ...user, cwd: directory },
			stdio: ["pipe", "ignore", "ignore"],
		});
		const close = async () => {
			await end(server, () => server.stdin.end());
			remove();
		};
		const latestMs = Date.now() + POSTGRES_TIMEOUT_MS;
		while (!(await answers(port))) {
			if (Date.now() > latestMs || signal.aborted) {
				await close();
				throw new Error("PostgreSQL did not start.");
			}
			await sleep(POLL_MS);
		}
		return { url: `postgres://shop@127.0.0.1:${port}/postgres`, close };
	} catch (error) {
		remove();
		throw error;
	}
}

/** PostgreSQL refuses to run as root. */
function unprivilegedUser(): { readonly uid: number; readonly gid: number } | null {
	if (process.getuid?.() !== 0) return null;
	const id = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
	return { uid: id("-u"), gid: id("-g") };
}

function program(name: string): string {
	const folders = [...(process.env["PATH"] ?? "").split(delimiter), ...globSync("/usr/lib/postgresql/*/bin")];
	const path = folders.map((folder) => join(folder, name)).find(existsSync);
	if (path === undefined) throw new Error(`${name} is not there: install PostgreSQL (Debian: postgresql).`);
	return path;
}

async function ready(name: string, shop: ChildProcess, signal: AbortSignal): Promise<string> {
	let said = "";
	const started = new Promise<string>((resolve) => {
		for (const output of [shop.stdout, shop.stderr]) {
			output?.setEncoding("utf8").on("data", (text: string) => {
				said = (said + text).slice(-TAIL);
				const line = /^ready(.*)\n/m.exec(said)?.[1];
				if (line !== undefined) resolve(line.trim());
			});
		}
	});
	const ended = new AbortController();
	const giveUp = AbortSignal.any([signal, ended.signal, AbortSignal.timeout(START_TIMEOUT_MS)]);
	shop.once("exit", () => ended.abort());
	const over = once(giveUp, "abort").then(() => {
		throw new Error(`${name} did not start. The last that it said:\n${said}`);
	});
	return await Promise.race([started, over]);
}

/** Asks a process to end, and kills it when it does not. */
async function end(child: ChildProcess, ask: () => unknown): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null) return;
	const exited = once(child, "exit");
	ask();
	const killer = setTimeout(() => child.kill("SIGKILL"), STOP_GRACE_MS);
	await exited;
	clearTimeout(killer);
}

async function freePort(): Promise<number> {
	const server = createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address() as { port: number };
	server.close();
	await once(server, "close");
	return port;
}

function answers(port: number): Promise<boolean> {
	return new Promise((resolve) => {
		const socket = connect(port, "127.0.0.1", () => {
			socket.destroy();
			resolve(true);
		}).once("error", () => resolve(false));
	});
}
