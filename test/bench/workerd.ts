/**
 * Serves the bundle in plain `workerd`: one process, pinned to one core, with objects on disk and every commit synced.
 * Fakes replace D1 and the queue, which `workerd` alone does not have (`worker/fakes.ts`).
 */
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import type { Readable } from "node:stream";
import { unstable_readConfig } from "wrangler";
import { freshEnv, type WorkerEnv } from "../../src/cli/dev-vars.ts";
import { cpuMs, residentBytes } from "../../src/cli/process-stats.ts";
import { PROJECT_DIR } from "./build.ts";
import { Child } from "./child.ts";
import { pinned } from "./cpu-pinning.ts";

const START_TIMEOUT_MS = 20_000;
const CONTROL_FD = 3;
const OBJECTS = "objects";

export interface Served {
	readonly pid: number;
	readonly port: number;
	readonly adminToken: string;
	/** Signs shopper tokens. */
	readonly secret: string;
	/** Memory of the process in bytes; NaN where it is not known. */
	residentBytes(): number;
	/** Processor time of the process so far, in milliseconds; NaN where it is not known. */
	cpuMs(): number;
	stop(): Promise<void>;
}

export interface ServeOptions {
	readonly bundle: string;
	/** An empty directory on a disk, for the configuration and the objects' files. */
	readonly stateDir: string;
	readonly core: number | null;
}

export async function serve({ bundle, stateDir, core }: ServeOptions): Promise<Served> {
	const env = freshEnv();
	mkdirSync(join(stateDir, OBJECTS), { recursive: true });
	const config = join(stateDir, "config.capnp");
	writeFileSync(config, configuration(bundle, stateDir, env));

	const workerd = createRequire(createRequire(import.meta.url).resolve("wrangler/package.json")).resolve("workerd");
	const binary = join(dirname(workerd), "../bin/workerd");
	const child = new Child(
		"workerd",
		pinned(core, [binary, "serve", config, "--experimental", `--control-fd=${CONTROL_FD}`]),
		{ stdio: ["ignore", "pipe", "pipe", "pipe"] },
	);
	const port = await Promise.race([listening(child), child.failed()]);
	return {
		pid: child.pid,
		port,
		adminToken: env.ADMIN_TOKEN,
		secret: env.SHOPPER_TOKEN_SECRET,
		residentBytes: () => residentBytes(child.pid),
		cpuMs: () => cpuMs(child.pid),
		stop: () => child.stop(),
	};
}

/** `workerd` reports `{"event":"listen","socket":"http","port":…}` on its control channel. */
function listening(child: Child): Promise<number> {
	const control = child.process.stdio[CONTROL_FD] as Readable;
	return new Promise((done, fail) => {
		const late = setTimeout(() => fail(new Error("workerd did not listen in time")), START_TIMEOUT_MS);
		let received = "";
		control.on("data", (chunk: Buffer) => {
			received += chunk.toString();
			const [, port] = /"socket":"http","port":(\d+)/.exec(received) ?? [];
			if (port === undefined) return;
			clearTimeout(late);
			done(Number(port));
		});
	});
}

function configuration(bundle: string, stateDir: string, env: WorkerEnv): string {
	const folder = dirname(bundle);
	// Embedded paths are relative to the configuration; an absolute one would mean something else.
	const embed = (file: string) => `embed ${JSON.stringify(relative(stateDir, file))}`;
	// Text that the bundle imports is beside it, under the name by which it is imported.
	const texts = readdirSync(folder).filter((file) => file.endsWith(".html"));
	const modules = [
		`(name = "entry.js", esModule = ${embed(bundle)})`,
		...texts.map((file) => `(name = ${JSON.stringify(`./${file}`)}, text = ${embed(join(folder, file))})`),
	];
	const deployed = unstable_readConfig({ config: join(PROJECT_DIR, "wrangler.toml") }, { hideWarnings: true });
	const settings = Object.entries({ ...deployed.vars, ...env });
	const objects: readonly { name: string; class_name: string }[] = [
		...deployed.durable_objects.bindings,
		{ name: "BARE_FEED", class_name: "BareFeed" },
	];
	return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "holdfast", worker = .holdfast),
    (name = "objects", disk = (path = ${JSON.stringify(join(stateDir, OBJECTS))}, writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "holdfast")],
);

const holdfast :Workerd.Worker = (
  modules = [${modules.join(", ")}],
  compatibilityDate = "${deployed.compatibility_date}",
  bindings = [
    ${settings.map(([name, value]) => `(name = "${name}", text = ${JSON.stringify(value)}),`).join("\n    ")}
    ${objects
			.map(({ name, class_name }) => `(name = "${name}", durableObjectNamespace = "${class_name}"),`)
			.join("\n    ")}
  ],
  durableObjectNamespaces = [
    ${objects
			.map(({ class_name }) => `(className = "${class_name}", uniqueKey = "${class_name}", enableSql = true),`)
			.join("\n    ")}
  ],
  durableObjectStorage = (localDisk = "objects"),
);
`;
}
