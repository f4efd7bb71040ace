/**
 * What a shop would use instead, doing the same job: PostgreSQL or Redis behind Node, server and database on the core that
 * Holdfast has. Their packages are installed here, on first use; their servers come from the system.
 */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { PostgresServer } from "./baselines/postgres.ts";
import { RedisServer } from "./baselines/redis.ts";
import { BENCH_DIR } from "./build.ts";
import { Child, run } from "./child.ts";
import { pinned } from "./cpu-pinning.ts";
import { reserveRequest, underLoad } from "./http-rows.ts";
import { type Part, Unavailable, type World } from "./measurement.ts";
import { cpuMs } from "./process-stats.ts";
import { fresh } from "./shop.ts";

const CONNECTIONS = [1, 128];
const INSTALL = ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock"] as const;

async function installPackages(): Promise<void> {
	if (existsSync(join(BENCH_DIR, "node_modules/pg")) && existsSync(join(BENCH_DIR, "node_modules/ioredis"))) return;
	try {
		await run("npm install", INSTALL, { cwd: BENCH_DIR, shell: process.platform === "win32" });
	} catch (fault) {
		throw new Unavailable(`its packages could not be installed: ${(fault as Error).message}`);
	}
}

interface Database {
	/** What the server in front of it is told. */
	readonly env: NodeJS.ProcessEnv;
	readonly pid: number;
	/** Puts a SKU on sale, with more units than can be asked for. */
	sell(sku: string): Promise<void>;
}

interface Baseline {
	readonly name: string;
	readonly title: string;
	readonly server: string;
	start(world: World): Promise<Database>;
}

const part = (baseline: Baseline, about: string): Part => ({
	name: baseline.name,
	about,
	set: "http",
	async prepare(world) {
		await installPackages();
		const database = await baseline.start(world);
		const secret = randomBytes(32).toString("base64url");
		const program = join(BENCH_DIR, "baselines", baseline.server);
		const node = new Child(baseline.server, pinned(world.cores.server, [process.execPath, "--no-warnings", program]), {
			stdio: ["ignore", "pipe", "pipe", "ipc"],
			env: { ...process.env, ...database.env, BENCH_SECRET: secret },
		});
		world.atEnd(() => node.stop());
		const listening = new Promise<{ port: number }>((done) =>
			node.process.once("message", (message) => done(message as { port: number })),
		);
		const { port } = await Promise.race([listening, node.failed()]);
		const served = { port, cpuMs: () => cpuMs(node.pid) + cpuMs(database.pid) };
		const load = await world.load();
		return CONNECTIONS.map((connections) => ({
			name: `${baseline.name}-${connections}`,
			title: `${baseline.title}, ${connections} conn.`,
			against: { "÷ health": `health-${connections}`, "÷ door": `door-${connections}` },
			async measure() {
				const sku = fresh("hot");
				await database.sell(sku);
				return underLoad(world, load, served, connections, reserveRequest(`/v1/reservations/${sku}`, secret), 201);
			},
		}));
	},
});

export const postgres = part(
	{
		name: "postgres",
		title: "PostgreSQL behind Node",
		server: "postgres-server.ts",
		async start(world) {
			const server = await PostgresServer.start(join(world.dir, "postgres"), world.cores.server);
			world.atEnd(() => server.stop());
			return server;
		},
	},
	"the same reservation in PostgreSQL behind Node, committed to disk",
);

export const redis = part(
	{
		name: "redis",
		title: "Redis Lua behind Node (may lose the last second)",
		server: "redis-server.ts",
		async start(world) {
			const server = await RedisServer.start(join(world.dir, "redis"), world.cores.server);
			world.atEnd(() => server.stop());
			return server;
		},
	},
	"the same reservation in Redis Lua behind Node; a crash forgets the last second",
);
