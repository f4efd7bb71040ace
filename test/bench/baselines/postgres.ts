/** A fresh PostgreSQL on a socket in its own directory, with every commit synced to disk. */
import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Child, run } from "../child.ts";
import { pinned } from "../cpu-pinning.ts";
import { Unavailable } from "../measurement.ts";
import { program } from "./system.ts";

const PORT = 5432;
/** More connections would only queue for the same row inside PostgreSQL instead of in front of it. */
const POOL = 32;
const START_TIMEOUT_MS = 20_000;
const PLENTY = 100_000_000;
const SCHEMA = `
	CREATE TABLE stock (sku text PRIMARY KEY, available integer NOT NULL CHECK (available >= 0), held integer NOT NULL);
	CREATE TABLE holds (
		id uuid PRIMARY KEY, sku text NOT NULL, shopper_id text NOT NULL, quantity integer NOT NULL,
		expires_at timestamptz NOT NULL, ended_at timestamptz
	);
	CREATE UNIQUE INDEX holds_live ON holds (sku, shopper_id) WHERE ended_at IS NULL;
	CREATE INDEX holds_due ON holds (expires_at) WHERE ended_at IS NULL;`;
/** Durability is set explicitly; memory is as usual. */
const SETTINGS = {
	fsync: "on",
	synchronous_commit: "on",
	full_page_writes: "on",
	shared_buffers: "256MB",
	max_connections: "64",
	max_wal_size: "4GB",
	listen_addresses: "",
};

export class PostgresServer {
	readonly env: NodeJS.ProcessEnv;
	readonly #child: Child;
	readonly #psql: readonly [string, ...string[]];

	private constructor(child: Child, psql: readonly [string, ...string[]], env: NodeJS.ProcessEnv) {
		this.#child = child;
		this.#psql = psql;
		this.env = env;
	}

	static async start(dir: string, core: number | null): Promise<PostgresServer> {
		const [initdb, postgres, psql] = [
			await program("initdb", "postgresql"),
			await program("postgres", "postgresql"),
			await program("psql", "postgresql-client"),
		];
		const owner = ownerOf(dir);
		const data = join(dir, "data");
		await run("initdb", [initdb, "-D", data, "-A", "trust", "-U", "bench", "--no-sync"], owner);
		const settings = Object.entries({ ...SETTINGS, unix_socket_directories: dir }).flatMap(([name, value]) => [
			"-c",
			`${name}=${value}`,
		]);
		const child = new Child("postgres", pinned(core, [postgres, "-D", data, "-p", String(PORT), ...settings]), {
			stdio: ["ignore", "pipe", "pipe"],
			...owner,
		});
		const connect = [
			psql,
			"-h",
			dir,
			"-p",
			String(PORT),
			"-U",
			"bench",
			"-d",
			"postgres",
			"-v",
			"ON_ERROR_STOP=1",
			"-q",
		];
		const env = { BENCH_SOCKET_DIR: dir, BENCH_PORT: String(PORT), BENCH_USER: "bench", BENCH_POOL: String(POOL) };
		const server = new PostgresServer(child, connect as [string, ...string[]], env);
		await Promise.race([server.#ready(), child.failed()]);
		await server.#sql(SCHEMA);
		return server;
	}

	sell(sku: string): Promise<void> {
		return this.#sql(`INSERT INTO stock VALUES ('${sku}', ${PLENTY}, 0)`);
	}

	get pid(): number {
		return this.#child.pid;
	}

	stop(): Promise<void> {
		// PostgreSQL's fast shutdown: it disconnects clients and ends in order.
		return this.#child.stop("SIGINT");
	}

	async #ready(): Promise<void> {
		const startMs = performance.now();
		const [psql, ...args] = this.#psql;
		while (spawnSync(psql, [...args, "-c", "SELECT 1"]).status !== 0) {
			if (performance.now() - startMs > START_TIMEOUT_MS) throw new Unavailable("PostgreSQL did not start");
			await sleep(100);
		}
	}

	#sql(statements: string): Promise<void> {
		return run("psql", [...this.#psql, "-c", statements]);
	}
}

interface Owner {
	readonly uid?: number;
	readonly gid?: number;
}

/** PostgreSQL refuses to run as root. Then another user runs it, and gets the directory. */
function ownerOf(dir: string): Owner {
	mkdirSync(dir, { recursive: true });
	if (userInfo().uid !== 0) return {};
	for (const user of ["postgres", "nobody"]) {
		const [uid, gid] = ["-u", "-g"].map((flag) => Number.parseInt(spawnSync("id", [flag, user]).stdout.toString(), 10));
		if (uid === undefined || gid === undefined || Number.isNaN(uid) || Number.isNaN(gid)) continue;
		chownSync(dir, uid, gid);
		chmodSync(join(dir, ".."), 0o755);
		return { uid, gid };
	}
	throw new Unavailable("PostgreSQL does not run as root, and there is no other user to run it as");
}
