/**
 * When a delivery is attempted, what the receiver's answer means, and when a receiver is taken to be down. Pure.
 *
 * Two clocks run. Each delivery has the schedule of Standard Webhooks, so that one that a receiver chokes on is given up
 * in the end and keeps no other waiting. And a receiver that fails at everything is asked with one delivery at a time,
 * ever more rarely, so that a dead one costs the same however many events wait for it.
 */
import {
	MAX_RETRY_AFTER_SECONDS,
	WEBHOOK_DISABLE_AFTER_MS,
	WEBHOOK_DOWN_AFTER,
	WEBHOOK_PROBE_FIRST_MS,
	WEBHOOK_PROBE_MOST_MS,
	WEBHOOKS_AT_ONCE,
} from "../../limits.ts";
import { backoffMs } from "../../platform/retry.ts";
import type { DisabledReason } from "../rpc.ts";

const [SECOND, MINUTE, HOUR] = [1_000, 60_000, 3_600_000] as const;

/** The pause before each attempt, as Standard Webhooks 1.0.0 recommends it. */
export const SCHEDULE_MS: readonly number[] = [
	...[0, 5 * SECOND, 5 * MINUTE, 30 * MINUTE],
	...[2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR],
];

/** By how much of itself a pause is made longer at random, so that deliveries that failed together do not meet again. */
const JITTER = 0.2;

/** What came of an attempt. An error has a short name of ours: what a network says may name addresses. */
export type Answer =
	/** `retryAfterMs`: how long the receiver asks us to wait; null when it does not say so. */
	| { readonly kind: "answered"; readonly status: number; readonly retryAfterMs: number | null }
	| { readonly kind: "error"; readonly error: "timeout" | "unreachable" | "forbidden-address" };

export type Verdict =
	| { readonly kind: "delivered" }
	/** The receiver wants no more events, ever. */
	| { readonly kind: "gone" }
	/** `slowDownMs`: the receiver has too much to do, and wants nothing for so long; null when it did not say so. */
	| { readonly kind: "failed"; readonly slowDownMs: number | null };

type Failure = Exclude<Verdict, { readonly kind: "delivered" }>;

const SLOW_DOWN: ReadonlySet<number> = new Set([429, 502, 504]);

/** Only 2xx is a success. A redirect fails and is not followed: it could lead to an address that we do not call. */
export function judge(answer: Answer): Verdict {
	if (answer.kind === "error") return { kind: "failed", slowDownMs: null };
	const { status, retryAfterMs } = answer;
	if (status >= 200 && status < 300) return { kind: "delivered" };
	if (status === 410) return { kind: "gone" };
	const asked = retryAfterMs === null ? null : Math.min(Math.max(0, retryAfterMs), MAX_RETRY_AFTER_SECONDS * SECOND);
	if (SLOW_DOWN.has(status)) return { kind: "failed", slowDownMs: asked ?? WEBHOOK_PROBE_FIRST_MS };
	return { kind: "failed", slowDownMs: status === 503 ? asked : null };
}

/**
 * When a delivery that has failed is attempted again; null when that was the last attempt.
 * @param attempts made so far
 * @param random from 0 to below 1
 */
export function nextAttemptMs(attempts: number, nowMs: number, random: number): number | null {
	const pauseMs = SCHEDULE_MS[attempts];
	return pauseMs === undefined ? null : nowMs + pauseMs * (1 + JITTER * random);
}

/** How a receiver has been of late. */
export interface Health {
	/** Failures in a row. */
	readonly failures: number;
	/** Since when there was no success; null while there is no failure. */
	readonly failingSinceMs: number | null;
	/** Until when nothing is sent; null for at once. */
	readonly resumeAtMs: number | null;
}

export const HEALTHY: Health = { failures: 0, failingSinceMs: null, resumeAtMs: null };

export function afterFailure(before: Health, slowDownMs: number | null, nowMs: number): Health {
	const { resumeAtMs: pausedUntilMs } = before;
	// What was under way when the receiver was found to be down says nothing more: a burst is one failure.
	const isKnown = pausedUntilMs !== null && nowMs < pausedUntilMs;
	const failures = isKnown ? before.failures : before.failures + 1;
	const isFoundDown = !isKnown && failures >= WEBHOOK_DOWN_AFTER;
	const probeMs = isFoundDown
		? backoffMs(failures - WEBHOOK_DOWN_AFTER, WEBHOOK_PROBE_FIRST_MS, WEBHOOK_PROBE_MOST_MS)
		: 0;
	const pauseMs = Math.max(probeMs, slowDownMs ?? 0);
	// Of several attempts that fail together, a later one does not shorten what an earlier one was told.
	const resumeAtMs = pauseMs === 0 ? pausedUntilMs : Math.max(pausedUntilMs ?? nowMs, nowMs + pauseMs);
	return { failures, failingSinceMs: before.failingSinceMs ?? nowMs, resumeAtMs };
}

/** How many deliveries may be under way. */
export function atOnce({ failures, resumeAtMs }: Health, nowMs: number): number {
	if (resumeAtMs !== null && nowMs < resumeAtMs) return 0;
	return failures >= WEBHOOK_DOWN_AFTER ? 1 : WEBHOOKS_AT_ONCE;
}

/** Why the endpoint is to be disabled after a failure; null when it is not. */
export function disableReason(verdict: Failure, { failingSinceMs }: Health, nowMs: number): DisabledReason | null {
	if (verdict.kind === "gone") return "gone";
	const isHopeless = failingSinceMs !== null && nowMs - failingSinceMs >= WEBHOOK_DISABLE_AFTER_MS;
	return isHopeless ? "failing" : null;
}
