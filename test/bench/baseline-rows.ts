/**
 * What a shop could use instead, doing the same work: PostgreSQL or Redis behind Node, with the server and the database
 * on the core that Holdfast has. Their npm packages are installed here on first use; their servers come from the
 * system.
 */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { cpuMs } from "../../src/cli/process-stats.ts";
import { PostgresServer } from "./baselines/postgres.ts";
import { RedisServer } from "./baselines/redis.ts";
import { BENCH_DIR } from "./build.ts";
import { Child, run } from "./child.ts";
import { pinned } from "./cpu-pinning.ts";
import { reserveRequest, underLoad } from "./http-rows.ts";
import { type BenchContext, type Suite, Unavailable } from "./measurement.ts";
import { freshName } from "./shop.ts";

const CONNECTIONS = [1, 128];
const INSTALL = ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock"] as const;

async function installPackages(): Promise<void> {
	if (existsSync(join(BENCH_DIR, "node_modules/pg")) && existsSync(join(BENCH_DIR, "node_modules/ioredis"))) return;
	try {
		await run("npm install", INSTALL, { cwd: BENCH_DIR, shell: process.platform === "win32" });
	} catch (error) {
		throw new Unavailable(`its packages could not be installed: ${(error as Error).message}`);
	}
}

interface Database {
	/** Environment of the server in front of it. */
	readonly env: NodeJS.ProcessEnv;
	readonly pid: number;
	/** Puts a SKU on sale, with more units than a round can ask for. */
	sell(sku: string): Promise<void>;
}

interface Baseline {
	readonly name: string;
	readonly title: string;
	readonly server: string;
	start(context: BenchContext): Promise<Database>;
}

const suite = (baseline: Baseline, about: string): Suite => ({
	name: baseline.name,
	about,
	group: "http",
	async prepare(context) {
		await installPackages();
		const database = await baseline.start(context);
		const secret = randomBytes(32).toString("base64url");
		const program = join(BENCH_DIR, "baselines", baseline.server);
		const node = new Child(
			baseline.server,
			pinned(context.cores.server, [process.execPath, "--no-warnings", program]),
			{
				stdio: ["ignore", "pipe", "pipe", "ipc"],
				env: { ...process.env, ...database.env, BENCH_SECRET: secret },
			},
		);
		context.atEnd(() => node.stop());
		const listening = new Promise<{ port: number }>((done) =>
			node.process.once("message", (message) => done(message as { port: number })),
		);
		const { port } = await Promise.race([listening, node.failed()]);
		const served = { port, cpuMs: () => cpuMs(node.pid) + cpuMs(database.pid) };
		const load = await context.load();
		return CONNECTIONS.map((connections) => ({
			name: `${baseline.name}-${connections}`,
			title: `${baseline.title}, ${connections} conn.`,
			ratiosTo: { "÷ health": `health-${connections}`, "÷ no object": `no-object-${connections}` },
			async measure() {
				const sku = freshName("hot");
				await database.sell(sku);
				return underLoad(context, load, served, connections, reserveRequest(`/v1/reservations/${sku}`, secret), 201);
			},
		}));
	},
});

export const postgres = suite(
	{
		name: "postgres",
		title: "PostgreSQL behind Node",
		server: "postgres-server.ts",
		async start(context) {
			const server = await PostgresServer.start(join(context.dir, "postgres"), context.cores.server);
			context.atEnd(() => server.stop());
			return server;
		},
	},
	"the same reservation in PostgreSQL behind Node, committed to disk",
);

export const redis = suite(
	{
		name: "redis",
		title: "Redis Lua behind Node (may lose the last second)",
		server: "redis-server.ts",
		async start(context) {
			const server = await RedisServer.start(join(context.dir, "redis"), context.cores.server);
			context.atEnd(() => server.stop());
			return server;
		},
	},
	"the same reservation in Redis Lua behind Node; a crash loses the last second",
);
