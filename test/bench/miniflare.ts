/**
 * Serves the Worker, built as for a deploy, in Miniflare: plain `workerd` with a local D1 and local queues, as near to
 * production as one machine gets. Requests reach the Worker directly, without the proxies of `wrangler dev`. Nothing is
 * pinned: buyers and server share all cores.
 */
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { Miniflare } from "miniflare";
import { unstable_readConfig, unstable_splitSqlQuery } from "wrangler";
import { freshEnv } from "../../src/cli/dev-vars.ts";
import { cpuMs, residentBytes, startedByUs } from "../../src/cli/process-stats.ts";
import { PROJECT_DIR } from "./build.ts";
import type { Served } from "./workerd.ts";

const NAME = "holdfast";
const HOST = "127.0.0.1";

export async function serveWithD1(bundle: string, stateDir: string): Promise<Served> {
	const env = freshEnv();
	const server = new Miniflare({
		host: HOST,
		port: 0,
		cf: false,
		logRequests: false,
		resourcePersistencePath: stateDir,
		workers: [{ config: configuration(bundle, env), dev: { unsafeDirectSockets: [{ host: HOST, port: 0 }] } }],
	});
	await server.ready;
	await migrate(server);
	const pid = startedByUs(/bin\/workerd serve .*--external-addr=loopback/);
	return {
		pid,
		port: Number((await server.unsafeGetDirectURL(NAME)).port),
		adminToken: env.ADMIN_TOKEN,
		secret: env.SHOPPER_TOKEN_SECRET,
		residentBytes: () => residentBytes(pid),
		cpuMs: () => cpuMs(pid),
		stop: () => server.dispose(),
	};
}

interface Consumer {
	readonly queue: string;
	readonly max_batch_size: number;
	readonly max_batch_timeout: number;
	readonly max_retries: number;
}

type WorkerConfig = ConstructorParameters<typeof Miniflare>[0]["workers"][number]["config"];

/** As wrangler.toml says, but without rate limits, which are off here, and without the static files. */
function configuration(bundle: string, vars: Readonly<Record<string, string>>): WorkerConfig {
	const folder = dirname(bundle);
	const deployed = unstable_readConfig({ config: join(PROJECT_DIR, "wrangler.toml") }, { hideWarnings: true });
	const text = (file: string) => readFileSync(join(folder, file), "utf8");
	const texts = readdirSync(folder).filter((file) => file.endsWith(".html"));
	const objects: readonly { name: string; class_name: string }[] = deployed.durable_objects.bindings;
	const databases: readonly { binding: string }[] = deployed.d1_databases;
	const producers: readonly { binding: string; queue: string }[] = deployed.queues.producers ?? [];
	const consumers: readonly Consumer[] = deployed.queues.consumers ?? [];
	const settings = Object.entries({ ...deployed.vars, ...vars });
	return {
		name: NAME,
		compatibilityDate: deployed.compatibility_date ?? "",
		manifest: {
			mainModule: basename(bundle),
			modulesRoot: folder,
			modules: {
				[basename(bundle)]: { type: "esm", contents: text(basename(bundle)) },
				...Object.fromEntries(texts.map((file) => [file, { type: "text" as const, contents: text(file) }])),
			},
		},
		env: Object.fromEntries([
			...settings.map(([name, value]) => [name, { type: "text", value: String(value) }] as const),
			...objects.map(
				({ name, class_name }) => [name, { type: "durable-object", worker: NAME, exportName: class_name }] as const,
			),
			...databases.map(({ binding }) => [binding, { type: "d1", id: binding }] as const),
			...producers.map(({ binding, queue }) => [binding, { type: "queue", name: queue }] as const),
		]),
		exports: Object.fromEntries(
			objects.map(({ class_name }) => [class_name, { type: "durable-object", storage: "sqlite" }] as const),
		),
		triggers: consumers.map((consumer) => ({
			type: "queue",
			name: consumer.queue,
			maxBatchSize: consumer.max_batch_size,
			maxBatchTimeout: consumer.max_batch_timeout,
			maxRetries: consumer.max_retries,
		})),
	};
}

async function migrate(server: Miniflare): Promise<void> {
	const db = await server.getD1Database("DB", NAME);
	const folder = join(PROJECT_DIR, "migrations");
	for (const file of readdirSync(folder).sort()) {
		for (const statement of unstable_splitSqlQuery(readFileSync(join(folder, file), "utf8"))) {
			await db.prepare(statement).run();
		}
	}
}
