/**
 * What the cron of wrangler.toml does: sweeps everything, a page at a time. What is more than one run may do is left to
 * the next run, which goes on where this one ended. A list that was walked to its end begins anew with each run, and
 * does not wait for the longer ones.
 */
import { MAX_PRODUCT_PAGE, SWEEP_CRON_CALLS, SWEEP_CRON_MS } from "../limits.ts";
import { log } from "../platform/log.ts";
import { isWorthAWarning, type SweepEnv, sweep } from "./sweep.ts";
import { cursorOf, FROM_THE_BEGINNING, parseCursor } from "./sweep-cursor.ts";
import { cronCursor, saveCronCursor } from "./sweep-store.ts";

export async function sweepEverything(env: SweepEnv): Promise<void> {
	const startedAtMs = Date.now();
	const { unsettled, payments, skus } = parseCursor((await cronCursor(env.DB)) ?? "") ?? FROM_THE_BEGINNING;
	let cursor = cursorOf({ unsettled: unsettled ?? "", payments: payments ?? "", skus: skus ?? "" });
	let isDone = false;
	for (let calls = 0; !isDone && calls < SWEEP_CRON_CALLS && Date.now() - startedAtMs < SWEEP_CRON_MS; ) {
		const { nextCursor, ...report } = await sweep(env, cursor, MAX_PRODUCT_PAGE, Date.now());
		if (isWorthAWarning({ nextCursor, ...report })) log("sweep-found", { ...report });
		calls += report.calls;
		isDone = nextCursor === null;
		cursor = nextCursor ?? cursorOf(FROM_THE_BEGINNING);
		// After each page: a run that is cut short has not been in vain.
		await saveCronCursor(env.DB, cursor, Date.now());
	}
}
