/**
 * What the cron of wrangler.toml does: begins a sweep of what is open. Each page is a message of the queue, and sends the
 * one for the next page, so each has an invocation of its own with all that one may use. D1 has the place.
 *
 * A page that fails, or whose message is lost, is where the next run goes on. A run takes over from the one before, which
 * ends with its page. A list that was walked to its end begins anew with each run, and does not wait for the longer ones.
 */
import {
	MAX_PRODUCT_PAGE,
	SWEEP_PAYMENTS_AGE_MS,
	SWEEP_PAYMENTS_EVERY_MS,
	SWEEP_PAYMENTS_RECENT_MS,
	SWEEP_TURN_SKUS,
} from "../limits.ts";
import { log } from "../platform/log.ts";
import { isWorthAWarning, type SweepEnv, sweep } from "./sweep.ts";
import { beginningAt, cursorOf, FROM_THE_BEGINNING, parseCursor } from "./sweep-cursor.ts";
import { cronCursor, moveCron, moveRound, openInTurn, resetCron, roundPlace } from "./sweep-store.ts";

/** Asks for one page. It may come twice, or when the sweep has gone on: then it changes nothing. */
export interface SweepMessage {
	readonly kind: "sweep";
	readonly cursor: string;
}

export type CronEnv = SweepEnv & { readonly ORDERS: Pick<Queue<SweepMessage>, "send"> };

export async function beginSweep(env: CronEnv): Promise<void> {
	const { unsettled, payments, skus } = parseCursor((await cronCursor(env.DB)) ?? "") ?? FROM_THE_BEGINNING;
	const nowMs = Date.now();
	const from = payments || (await paymentsFrom(env.DB, nowMs));
	const cursor = cursorOf({ unsettled: unsettled ?? "", payments: from, skus: skus ?? "" });
	await openInTurn(env.DB, SWEEP_TURN_SKUS);
	await resetCron(env.DB, cursor, nowMs);
	await env.ORDERS.send({ kind: "sweep", cursor });
}

/**
 * Where a run begins with the payments: with the orders of a day once in a while, and else with the newest of them. It is never
 * the empty place: should the first page be lost, the next run would take that for a list that is at its end.
 */
async function paymentsFrom(db: D1Database, nowMs: number): Promise<string> {
	const allAtMs = Number((await roundPlace(db, "payments")) ?? 0);
	if (nowMs - allAtMs < SWEEP_PAYMENTS_EVERY_MS) return beginningAt(nowMs - SWEEP_PAYMENTS_RECENT_MS);
	await moveRound(db, "payments", String(nowMs), nowMs);
	return beginningAt(nowMs - SWEEP_PAYMENTS_AGE_MS);
}

/** Sweeps one page, and asks for the next. */
export async function sweepPage(env: CronEnv, cursor: string): Promise<void> {
	if ((await cronCursor(env.DB)) !== cursor) return;
	const { nextCursor, ...report } = await sweep(env, cursor, MAX_PRODUCT_PAGE, Date.now(), "open");
	if (isWorthAWarning({ nextCursor, ...report })) log("sweep-found", { ...report });
	const next = nextCursor ?? cursorOf(FROM_THE_BEGINNING);
	const isMoved = await moveCron(env.DB, cursor, next, Date.now());
	if (isMoved && nextCursor !== null) await env.ORDERS.send({ kind: "sweep", cursor: next });
}
