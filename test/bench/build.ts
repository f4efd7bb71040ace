/** Builds the Worker as a deploy would, with the bench's entry around it or as it is. */
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { run } from "./child.ts";

export const BENCH_DIR = import.meta.dirname;
export const PROJECT_DIR = join(BENCH_DIR, "../..");

const BENCH_ENTRY = join(BENCH_DIR, "worker/entry.ts");
export const PRODUCT_ENTRY = join(PROJECT_DIR, "src/worker.ts");

/** @param lanes false leaves out what lets reservations travel together @returns the bundle's path */
export async function build(outDir: string, lanes: boolean, entry = BENCH_ENTRY): Promise<string> {
	const wrangler = join(dirname(createRequire(import.meta.url).resolve("wrangler/package.json")), "bin/wrangler.js");
	await run(
		"wrangler deploy --dry-run",
		[
			process.execPath,
			...["--no-warnings", wrangler, "deploy", entry],
			...["--dry-run", "--outdir", outDir, "--define", `BATCHING:${lanes}`],
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
