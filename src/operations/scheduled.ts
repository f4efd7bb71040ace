/** What the cron of wrangler.toml does: sweeps every SKU, a page at a time. */
import { MAX_PRODUCT_PAGE } from "../limits.ts";
import { isWorthAWarning, type SweepEnv, sweep } from "./sweep.ts";

export async function sweepEverything(env: SweepEnv): Promise<void> {
	for (let cursor: string | null = ""; cursor !== null; ) {
		const report = await sweep(env, cursor, MAX_PRODUCT_PAGE, Date.now());
		if (isWorthAWarning(report)) console.warn(`sweep: ${JSON.stringify(report)}`);
		cursor = report.nextCursor;
	}
}
