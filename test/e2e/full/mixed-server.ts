/**
 * A Holdfast of two versions, as it is for minutes after a deploy: the Worker that answers requests from one, the objects
 * of SKUs and of checkouts each from one of the two. Two scripts in one Miniflare, whose bindings name each other's
 * objects. The provider and what a shopper holds belong to the Worker.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Miniflare } from "miniflare";
import { unstable_readConfig, unstable_splitSqlQuery } from "wrangler";
import { freshEnv } from "../../../src/cli/dev-vars.ts";
import { PROJECT_DIR } from "../../../src/cli/local-server.ts";

const HOST = "127.0.0.1";
/** What a deploy is made of. */
const DEPLOYED = ["src", "wrangler.toml", "migrations"];

export type Version = "old" | "new";

/** Where everything runs. */
export interface Mix {
	readonly worker: Version;
	readonly sku: Version;
	readonly checkout: Version;
}

const git = (...args: string[]): string =>
	execFileSync("git", args, { cwd: PROJECT_DIR, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();

/** The commit whose deploy this one would replace, or why there is none to be had. */
export function commitBefore(): { readonly commit: string } | { readonly reason: string } {
	try {
		if (git("rev-parse", "--show-toplevel") === "") return { reason: "this is no git checkout" };
		if (git("status", "--porcelain", "--", ...DEPLOYED) !== "") return { commit: git("rev-parse", "HEAD") };
		const newest = git("rev-list", "-1", "HEAD", "--", ...DEPLOYED);
		return { commit: git("rev-parse", "--verify", `${newest}~1^{commit}`) };
	} catch {
		return { reason: "git has no earlier commit here: a shallow clone, or no clone at all" };
	}
}

export class Bundles {
	readonly #folder = mkdtempSync(join(tmpdir(), "holdfast-mixed-"));
	readonly #outputs = new Map<Version, string>();

	/** @param commit of the old version; the new one is the working tree */
	constructor(commit: string) {
		const source = join(this.#folder, "source");
		mkdirSync(source);
		const archive = execFileSync("git", ["archive", commit], { cwd: PROJECT_DIR, maxBuffer: 2 ** 30 });
		execFileSync("tar", ["xf", "-"], { cwd: source, input: archive });
		// Built with today's packages: what differs is our own code.
		symlinkSync(join(PROJECT_DIR, "node_modules"), join(source, "node_modules"));
		this.#build("old", source);
		this.#build("new", PROJECT_DIR);
	}

	#build(version: Version, cwd: string): void {
		const output = join(this.#folder, version);
		const wrangler = join(dirname(createRequire(import.meta.url).resolve("wrangler/package.json")), "bin/wrangler.js");
		const env = { ...process.env, WRANGLER_SEND_METRICS: "false", WRANGLER_WRITE_LOGS: "false" };
		const args = ["--no-warnings", wrangler, "deploy", "--dry-run", "--outdir", output];
		execFileSync(process.execPath, args, { cwd, env, stdio: "pipe" });
		this.#outputs.set(version, output);
	}

	/** The texts of a version's script and of the files that it imports, by name. */
	modules(version: Version): ReadonlyMap<string, string> {
		const folder = this.#outputs.get(version) ?? "";
		const files = readdirSync(folder).filter((file) => file.endsWith(".js") || file.endsWith(".html"));
		return new Map(files.map((file) => [file, readFileSync(join(folder, file), "utf8")]));
	}

	remove(): void {
		rmSync(this.#folder, { recursive: true, force: true });
	}
}

export class MixedServer {
	readonly env = freshEnv();
	readonly origin: string;
	readonly #server: Miniflare;

	private constructor(server: Miniflare, origin: string, env: MixedServer["env"]) {
		this.#server = server;
		this.origin = origin;
		this.env = env;
	}

	static async start(bundles: Bundles, mix: Mix): Promise<MixedServer> {
		const env = freshEnv();
		const other: Version = mix.worker === "old" ? "new" : "old";
		// The first one gets the requests.
		const workers = [mix.worker, other].map((version) => ({ config: configuration(bundles, version, mix, env) }));
		const server = new Miniflare({ host: HOST, port: 0, cf: false, logRequests: false, workers });
		const { origin } = await server.ready;
		await migrate(server, mix.worker);
		return new MixedServer(server, origin, env);
	}

	stop(): Promise<void> {
		return this.#server.dispose();
	}
}

interface Consumer {
	readonly queue: string;
	readonly max_batch_size: number;
	readonly max_batch_timeout: number;
	readonly max_retries: number;
}

type WorkerConfig = ConstructorParameters<typeof Miniflare>[0]["workers"][number]["config"];

/** As wrangler.toml says, for those objects that run in this version. */
function configuration(
	bundles: Bundles,
	version: Version,
	mix: Mix,
	secrets: Readonly<Record<string, string>>,
): WorkerConfig {
	const deployed = unstable_readConfig({ config: join(PROJECT_DIR, "wrangler.toml") }, { hideWarnings: true });
	const homes: Readonly<Record<string, Version>> = { SkuObject: mix.sku, CheckoutObject: mix.checkout };
	const homeOf = (className: string): Version => homes[className] ?? mix.worker;
	const objects: readonly { name: string; class_name: string }[] = deployed.durable_objects.bindings;
	const databases: readonly { binding: string }[] = deployed.d1_databases;
	const producers: readonly { binding: string; queue: string }[] = deployed.queues.producers ?? [];
	const consumers: readonly Consumer[] = deployed.queues.consumers ?? [];
	const modules = [...bundles.modules(version)];
	const settings = Object.entries({ ...deployed.vars, ...secrets, RATE_LIMITS: "off" });
	return {
		name: version,
		compatibilityDate: deployed.compatibility_date ?? "",
		manifest: {
			mainModule: "worker.js",
			modulesRoot: PROJECT_DIR,
			modules: Object.fromEntries(
				modules.map(([file, contents]) => [file, { type: file.endsWith(".js") ? "esm" : "text", contents }] as const),
			),
		},
		env: Object.fromEntries([
			...settings.map(([name, value]) => [name, { type: "text", value: String(value) }] as const),
			...objects.map(({ name, class_name }) => {
				return [name, { type: "durable-object", worker: homeOf(class_name), exportName: class_name }] as const;
			}),
			...databases.map(({ binding }) => [binding, { type: "d1", id: binding }] as const),
			...producers.map(({ binding, queue }) => {
				return [binding, { type: "queue", name: queue }] as const;
			}),
		]),
		exports: Object.fromEntries(
			objects
				.filter(({ class_name }) => homeOf(class_name) === version)
				.map(({ class_name }) => [class_name, { type: "durable-object", storage: "sqlite" }] as const),
		),
		// One of them consumes the queue, as after a deploy: the Worker that answers requests.
		triggers:
			version !== mix.worker
				? []
				: consumers.map((consumer) => ({
						type: "queue" as const,
						name: consumer.queue,
						maxBatchSize: consumer.max_batch_size,
						maxBatchTimeout: consumer.max_batch_timeout,
						maxRetries: consumer.max_retries,
					})),
	};
}

/** The newest ones: a deploy changes D1 before it changes the Worker. */
async function migrate(server: Miniflare, worker: Version): Promise<void> {
	const db = await server.getD1Database("DB", worker);
	const folder = join(PROJECT_DIR, "migrations");
	for (const file of readdirSync(folder).sort()) {
		for (const statement of unstable_splitSqlQuery(readFileSync(join(folder, file), "utf8"))) {
			await db.prepare(statement).run();
		}
	}
}
