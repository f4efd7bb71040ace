/**
 * The webhooks that the sandbox owes: stored with the change they tell of, sent at least once, given up in the end.
 *
 * What it keeps true: a webhook is owed from the very transaction that made it true. Each attempt is booked before it is made,
 * with the time of the next one, so a crash in between costs a wait and never a webhook, and the number of attempts is bounded
 * whatever happens. Order is not promised, as no provider promises it: a late webhook carries the payment as it was.
 * The object's one alarm belongs to this file; it is set exactly while something is owed. Not here: signing and the way to our
 * Worker (`sandbox-object.ts` gives `post`).
 */
import type { Payment } from "../provider.ts";
import type { SandboxEventType } from "./rules.ts";

/** The body of a webhook: what happened, and the payment as it was then. `id` is the same in each delivery. */
export interface SandboxEvent {
	readonly id: string;
	readonly type: SandboxEventType;
	/** RFC 3339. */
	readonly createdAt: string;
	readonly payment: Payment;
}

/** When and how often one event is sent. */
export interface Timing {
	readonly delayMs: number;
	readonly copies: number;
}

/** After this many attempts a webhook is given up: the last comes about two minutes after the first. */
export const MAX_ATTEMPTS = 8;

/** How long an attempt may take. */
export const DELIVERY_TIMEOUT_MS = 10_000;

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;
/** A claimed webhook is due again after this, should the object die before the attempt's end was booked. */
const CLAIM_MS = DELIVERY_TIMEOUT_MS + 5_000;
/** So that a burst of payments does not open hundreds of calls at once. */
const MAX_IN_FLIGHT = 32;
/** An alarm is never set closer than this, so that no state of the table can make it spin. */
const ALARM_GAP_MS = 25;

type Due = { seq: number; paymentId: string; body: string; attempts: number };

/** How long after its nth attempt (from 1) a webhook is tried again. */
export function retryDelayMs(attempts: number): number {
	return Math.min(FIRST_RETRY_MS * 2 ** (attempts - 1), LONGEST_RETRY_MS);
}

export class WebhookOutbox {
	readonly #ctx: DurableObjectState;
	readonly #post: (body: string, signal: AbortSignal) => Promise<number>;
	readonly #inFlight = new Map<number, { readonly paymentId: string; readonly done: Promise<void> }>();
	/** What the alarm is set to; undefined when that is not known. */
	#alarmAtMs: number | null | undefined;

	/** @param post sends one webhook and answers with its HTTP status; it may throw, and gives up on `signal` */
	constructor(ctx: DurableObjectState, post: (body: string, signal: AbortSignal) => Promise<number>) {
		this.#ctx = ctx;
		this.#post = post;
	}

	/** Owes one event. Call it inside the transaction that makes the event true, and `start` after it. */
	owe(event: SandboxEvent, timing: Timing, nowMs: number): void {
		const body = JSON.stringify(event);
		for (let copy = 0; copy < timing.copies; copy++) {
			this.#ctx.storage.sql.exec(
				"INSERT INTO webhooks (eventId, paymentId, body, dueAtMs) VALUES (?, ?, ?, ?)",
				event.id,
				event.payment.id,
				body,
				nowMs + timing.delayMs,
			);
		}
	}

	/** Begins every delivery that is due, without waiting for them, and sets the alarm for what is left. */
	start(nowMs: number): void {
		for (const row of this.#claim(nowMs)) {
			const done = this.#deliver(row, nowMs).finally(() => {
				this.#inFlight.delete(row.seq);
				this.start(Date.now());
			});
			this.#inFlight.set(row.seq, { paymentId: row.paymentId, done });
			this.#ctx.waitUntil(done);
		}
		this.#scheduleAlarm(nowMs);
	}

	/** For the object's alarm: delivers what is due and waits for it. Fired early, it does nothing but set the alarm again. */
	async alarm(nowMs: number): Promise<void> {
		this.#alarmAtMs = undefined;
		// This sets the next alarm before it returns: whatever becomes of the deliveries, work that remains has one.
		this.start(nowMs);
		await Promise.all([...this.#inFlight.values()].map(({ done }) => done));
	}

	/**
	 * Waits until nothing that was due about this payment is still on its way, what those deliveries led to included.
	 * @returns how many webhooks about it are owed for later
	 */
	async settled(paymentId: string): Promise<number> {
		// Each round waits for calls that time out, and each call adds few events, so the bound is only against our own mistakes.
		for (let round = 0; round < 100; round++) {
			const all = [...this.#inFlight.values()];
			const mine = all.filter((delivery) => delivery.paymentId === paymentId);
			if (mine.length > 0) await Promise.all(mine.map(({ done }) => done));
			else if (all.length > 0 && this.#countOwed(paymentId, Date.now()) > 0)
				await Promise.race(all.map(({ done }) => done));
			else break;
		}
		return this.#countOwed(paymentId, Number.MAX_SAFE_INTEGER);
	}

	/** How many webhooks there are of each kind, by what became of them. */
	counts(): { owed: number; delivered: number; abandoned: number } {
		const counts = { owed: 0, delivered: 0, abandoned: 0 };
		const rows = this.#ctx.storage.sql.exec<{ state: keyof typeof counts; n: number }>(
			"SELECT state, count(*) AS n FROM webhooks GROUP BY state",
		);
		for (const { state, n } of rows) counts[state] = n;
		return counts;
	}

	/** Claims due rows: each is booked as attempted, and due again should this attempt come to nothing. */
	#claim(nowMs: number): Due[] {
		const room = MAX_IN_FLIGHT - this.#inFlight.size;
		if (room <= 0) return [];
		const { sql } = this.#ctx.storage;
		// Here and not when an attempt has failed: also what makes the object die in each attempt comes to an end.
		sql.exec(
			"UPDATE webhooks SET state = 'abandoned' WHERE state = 'owed' AND dueAtMs <= ? AND attempts >= ?",
			nowMs,
			MAX_ATTEMPTS,
		);
		return sql
			.exec<Due>(
				`UPDATE webhooks SET attempts = attempts + 1, dueAtMs = ?1 + ?2 WHERE seq IN
					(SELECT seq FROM webhooks WHERE state = 'owed' AND dueAtMs <= ?1 ORDER BY dueAtMs, seq LIMIT ?3)
				RETURNING seq, paymentId, body, attempts`,
				nowMs,
				CLAIM_MS,
				room,
			)
			.toArray()
			.sort((a, b) => a.seq - b.seq);
	}

	async #deliver(row: Due, startedMs: number): Promise<void> {
		let answer: string;
		let arrived = false;
		try {
			const status = await this.#post(row.body, AbortSignal.timeout(DELIVERY_TIMEOUT_MS));
			arrived = status >= 200 && status < 300;
			answer = String(status);
		} catch (error) {
			answer = String(error).slice(0, 200);
		}
		this.#ctx.storage.sql.exec(
			"UPDATE webhooks SET state = ?, lastAnswer = ?, dueAtMs = ? WHERE seq = ?",
			arrived ? "delivered" : "owed",
			answer,
			Math.max(Date.now(), startedMs) + retryDelayMs(row.attempts),
			row.seq,
		);
	}

	#countOwed(paymentId: string, dueByMs: number): number {
		return this.#ctx.storage.sql
			.exec<{ n: number }>(
				"SELECT count(*) AS n FROM webhooks WHERE state = 'owed' AND paymentId = ? AND dueAtMs <= ?",
				paymentId,
				dueByMs,
			)
			.one().n;
	}

	#scheduleAlarm(nowMs: number): void {
		const { storage } = this.#ctx;
		const { due } = storage.sql
			.exec<{ due: number | null }>("SELECT min(dueAtMs) AS due FROM webhooks WHERE state = 'owed'")
			.one();
		const atMs = due === null ? null : Math.max(due, nowMs + ALARM_GAP_MS);
		if (atMs === this.#alarmAtMs) return;
		this.#alarmAtMs = atMs;
		this.#ctx.waitUntil(atMs === null ? storage.deleteAlarm() : storage.setAlarm(atMs));
	}
}
