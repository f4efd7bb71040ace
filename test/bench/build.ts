/** Builds the Worker as a deploy does, either as it is or with the bench's own entry around it. */
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { run } from "./child.ts";

export const BENCH_DIR = import.meta.dirname;
export const PROJECT_DIR = join(BENCH_DIR, "../..");

const BENCH_ENTRY = join(BENCH_DIR, "worker/entry.ts");
export const LEDGER_ENTRY = join(BENCH_DIR, "worker/ledger-entry.ts");
export const PRODUCT_ENTRY = join(PROJECT_DIR, "src/worker.ts");

/** @param batching whether requests for one SKU travel together @returns the path of the bundle */
export async function build(outDir: string, batching: boolean, entry = BENCH_ENTRY): Promise<string> {
	const wrangler = join(dirname(createRequire(import.meta.url).resolve("wrangler/package.json")), "bin/wrangler.js");
	await run(
		"wrangler deploy --dry-run",
		[
			process.execPath,
			...["--no-warnings", wrangler, "deploy", entry],
			...["--dry-run", "--outdir", outDir, "--define", `BATCHING:${batching}`],
		],
		{
			cwd: PROJECT_DIR,
			env: {
				...process.env,
				WRANGLER_SEND_METRICS: "false",
				WRANGLER_WRITE_LOGS: "false",
				WRANGLER_HIDE_BANNER: "true",
			},
		},
	);
	return join(outDir, `${basename(entry, ".ts")}.js`);
}
