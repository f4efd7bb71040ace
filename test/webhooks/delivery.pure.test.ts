/** When a delivery is attempted, what an answer means, and when a receiver is given up. */
import { describe, expect, it } from "vitest";
import {
	MAX_RETRY_AFTER_SECONDS,
	WEBHOOK_DISABLE_AFTER_MS,
	WEBHOOK_DOWN_AFTER,
	WEBHOOK_PROBE_FIRST_MS,
	WEBHOOK_PROBE_MOST_MS,
	WEBHOOKS_AT_ONCE,
} from "../../src/limits.ts";
import {
	type Answer,
	afterFailure,
	atOnce,
	disableReason,
	HEALTHY,
	type Health,
	judge,
	nextAttemptMs,
	SCHEDULE_MS,
} from "../../src/webhooks/rules/delivery.ts";

const HOUR = 3_600_000;
const answered = (status: number, retryAfterMs: number | null = null): Answer => ({
	kind: "answered",
	status,
	retryAfterMs,
});
const error = (name: "timeout" | "unreachable" | "forbidden-address"): Answer => ({ kind: "error", error: name });

describe("the schedule", () => {
	it("is that of Standard Webhooks: at once, 5 s, 5 min, 30 min, 2, 5, 10, 14, 20 and 24 hours, then no more", () => {
		const pauses = Array.from({ length: 11 }, (_, attempts) => nextAttemptMs(attempts, 0, 0));
		expect(pauses).toEqual([0, 5e3, 3e5, 18e5, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR, null]);
	});

	it("makes each pause longer by up to a fifth, and none shorter", () => {
		for (const [attempts, pauseMs] of SCHEDULE_MS.entries())
			for (const random of [0, 0.5, 0.999]) {
				const atMs = nextAttemptMs(attempts, 1_000, random) ?? Number.NaN;
				expect(atMs).toBeGreaterThanOrEqual(1_000 + pauseMs);
				expect(atMs).toBeLessThanOrEqual(1_000 + 1.2 * pauseMs);
			}
	});
});

describe("an answer", () => {
	it.each([200, 201, 202, 204, 299])("%i is a success", (status) => {
		expect(judge(answered(status))).toEqual({ kind: "delivered" });
	});

	it.each([100, 199, 300, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 409, 413, 500, 501, 503])(
		"%i fails",
		(status) => {
			expect(judge(answered(status))).toEqual({ kind: "failed", slowDownMs: null });
		},
	);

	it.each(["timeout", "unreachable", "forbidden-address"] as const)("that is none fails: %s", (name) => {
		expect(judge(error(name))).toEqual({ kind: "failed", slowDownMs: null });
	});

	it("410 says that the receiver is gone", () => {
		expect(judge(answered(410, 5_000))).toEqual({ kind: "gone" });
	});

	it.each([429, 502, 504])("%i slows down, for as long as it says", (status) => {
		expect(judge(answered(status))).toEqual({ kind: "failed", slowDownMs: WEBHOOK_PROBE_FIRST_MS });
		expect(judge(answered(status, 60_000))).toEqual({ kind: "failed", slowDownMs: 60_000 });
	});

	it("503 with Retry-After slows down too, and no wait is longer than an hour or negative", () => {
		expect(judge(answered(503, 60_000))).toEqual({ kind: "failed", slowDownMs: 60_000 });
		expect(judge(answered(429, 1e12))).toEqual({ kind: "failed", slowDownMs: MAX_RETRY_AFTER_SECONDS * 1_000 });
		expect(judge(answered(429, -1))).toEqual({ kind: "failed", slowDownMs: 0 });
		expect(judge(answered(500, 60_000))).toEqual({ kind: "failed", slowDownMs: null });
	});
});

describe("a receiver", () => {
	/** So many failures, each as early as may be. @returns also when the last one was */
	const failing = (times: number): Health & { readonly atMs: number } => {
		let [health, atMs] = [HEALTHY, 1_000];
		for (let i = 0; i < times; i++) {
			atMs = health.resumeAtMs ?? atMs;
			health = afterFailure(health, null, atMs);
		}
		return { ...health, atMs };
	};

	it("gets a few deliveries at once, also after some failures", () => {
		expect(atOnce(HEALTHY, 0)).toBe(WEBHOOKS_AT_ONCE);
		const failed = failing(WEBHOOK_DOWN_AFTER - 1);
		expect(atOnce(failed, 1_000)).toBe(WEBHOOKS_AT_ONCE);
		expect(failed.resumeAtMs).toBeNull();
	});

	it("gets none and then one at a time when it fails at everything, ever more rarely", () => {
		for (let more = 0, pauseMs = WEBHOOK_PROBE_FIRST_MS; more < 20; more++) {
			const health = failing(WEBHOOK_DOWN_AFTER + more);
			expect(health).toMatchObject({ failingSinceMs: 1_000, resumeAtMs: health.atMs + pauseMs });
			expect(atOnce(health, health.atMs + pauseMs - 1)).toBe(0);
			expect(atOnce(health, health.atMs + pauseMs)).toBe(1);
			pauseMs = Math.min(2 * pauseMs, WEBHOOK_PROBE_MOST_MS);
		}
	});

	it("that fails at many deliveries at once has failed once: what was under way makes the pause no longer", () => {
		const down = failing(WEBHOOK_DOWN_AFTER);
		const { atMs: _, ...first } = down;
		let health: Health = first;
		for (let i = 0; i < WEBHOOKS_AT_ONCE; i++) health = afterFailure(health, null, down.atMs + i);
		expect(health).toEqual(first);
	});

	it("costs at most 13 requests an hour once it is dead", () => {
		let [nowMs, requests] = [0, 0];
		let health: Health = failing(30);
		nowMs = health.resumeAtMs ?? 0;
		for (const endMs = nowMs + HOUR; nowMs < endMs; requests++) {
			expect(atOnce(health, nowMs)).toBe(1);
			health = afterFailure(health, null, nowMs);
			nowMs = health.resumeAtMs ?? nowMs;
		}
		expect(requests).toBeLessThanOrEqual(13);
	});

	it("is left alone at once when it asks for that, and no other failure shortens it", () => {
		expect(afterFailure(HEALTHY, 1, 1_000).resumeAtMs).toBe(1_001);
		const health = afterFailure(HEALTHY, 60_000, 1_000);
		expect(afterFailure(health, 5_000, 2_000).resumeAtMs).toBe(61_000);
		expect(afterFailure(health, 60_000, 2_000).resumeAtMs).toBe(62_000);
		expect(atOnce(health, 60_999)).toBe(0);
		expect(atOnce(afterFailure(health, null, 2_000), 60_999)).toBe(0);
		expect(atOnce(health, 61_000)).toBe(WEBHOOKS_AT_ONCE);
	});

	it("is given up when it says that it is gone, or has failed for longer than a delivery is tried", () => {
		const failed = { kind: "failed", slowDownMs: null } as const;
		expect(disableReason({ kind: "gone" }, HEALTHY, 0)).toBe("gone");
		const health = failing(9);
		expect(disableReason(failed, health, 1_000 + WEBHOOK_DISABLE_AFTER_MS - 1)).toBeNull();
		expect(disableReason(failed, health, 1_000 + WEBHOOK_DISABLE_AFTER_MS)).toBe("failing");
		expect(WEBHOOK_DISABLE_AFTER_MS).toBeGreaterThan(SCHEDULE_MS.reduce((sum, pauseMs) => sum + pauseMs, 0));
	});
});
