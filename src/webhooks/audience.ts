/**
 * Who listens, as far as this isolate knows: so that an object without an audience stores and sends nothing for one.
 *
 * The knowledge is at most `AUDIENCE_TTL_MS` old where it is used, and asking for it waits for no request: whoever needs
 * it asks D1 beside its work. An object that does not know yet acts as if somebody listened. It keeps the answer and not
 * its promise, which belongs to the request or object that asked.
 */
import { AUDIENCE_TTL_MS, DATABASE_PATIENCE_MS } from "../limits.ts";
import { DatabaseUnavailable, messageOf } from "../platform/errors.ts";
import { log } from "../platform/log.ts";
import { withTimeout } from "../platform/timeout.ts";
import { listeningEndpoints, typesOf } from "./endpoint-store.ts";
import type { EventType } from "./event.ts";

export type Audience = ReadonlySet<EventType>;

let known: { readonly audience: Audience; readonly atMs: number } | null = null;
/** When D1 last failed to say it. */
let failedAtMs = Number.NEGATIVE_INFINITY;

/** The types of events that anybody listens to; null when that is not known, or not known lately. */
export function audience(nowMs: number): Audience | null {
	return known !== null && nowMs >= known.atMs && nowMs < known.atMs + AUDIENCE_TTL_MS ? known.audience : null;
}

/** @returns null when D1 does not answer, or did not lately: then it is left alone for a while */
export async function askAudience(db: D1Database, nowMs: number): Promise<Audience | null> {
	if (nowMs >= failedAtMs && nowMs < failedAtMs + AUDIENCE_TTL_MS) return null;
	try {
		const late = () => new DatabaseUnavailable("no answer in time");
		const types = typesOf(await withTimeout(listeningEndpoints(db), DATABASE_PATIENCE_MS, late));
		known = { audience: types, atMs: nowMs };
		return types;
	} catch (error) {
		failedAtMs = nowMs;
		log("listeners-unknown", { error: messageOf(error) });
		return null;
	}
}

/** An endpoint has changed: what was known is not true any more. Other isolates find out in their time. */
export function forgetAudience(): void {
	known = null;
	failedAtMs = Number.NEGATIVE_INFINITY;
}
