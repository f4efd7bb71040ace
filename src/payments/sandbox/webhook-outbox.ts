/**
 * The outbox of the sandbox's webhooks: each is stored with the change that it reports, sent at least once, and
 * abandoned in the end.
 *
 * - A webhook is stored in the transaction that makes it true.
 * - An attempt is stored before it is made, with the time of the next one. A crash in between costs a wait and never a
 *   webhook, and the number of attempts is bounded whatever happens.
 * - The order of webhooks is not guaranteed, as with any provider: a late one carries the payment as it was.
 * - The object's one alarm belongs to this file. It is set exactly while a webhook is owed.
 *
 * The numbers below are the sandbox's own schedule, as Stripe has one of its own.
 *
 * Not here: signing, and the request to our Worker (`sandbox.ts` passes `post`).
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

/** How webhooks are sent that somebody asked to delay or to repeat, or nobody did. */
export function timingOf({ delayMs = 0, copies = 1 }: Partial<Timing>): Timing {
	return { delayMs, copies };
}

/** After this many attempts a webhook is abandoned. The last comes about two minutes after the first. */
export const MAX_ATTEMPTS = 8;

/** How long an attempt may take. */
export const DELIVERY_TIMEOUT_MS = 10_000;

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;
/** A claimed webhook is due again after this, in case the object dies before the end of the attempt is stored. */
const CLAIM_MS = DELIVERY_TIMEOUT_MS + 5_000;
/** A burst of payments must not open hundreds of requests at once. */
const MAX_IN_FLIGHT = 32;
/** An alarm is never set closer than this, so no state of the table can make it spin. */
const ALARM_GAP_MS = 25;

type Due = { seq: number; paymentId: string; body: string; attempts: number };

/** How long after its nth attempt (from 1) a webhook is retried, in milliseconds. */
export function retryDelayMs(attempts: number): number {
	return Math.min(FIRST_RETRY_MS * 2 ** (attempts - 1), LONGEST_RETRY_MS);
}

export class WebhookOutbox {
	readonly #ctx: DurableObjectState;
	readonly #post: (body: string, signal: AbortSignal) => Promise<number>;
	readonly #inFlight = new Map<number, { readonly paymentId: string; readonly done: Promise<void> }>();
	/** The time that the alarm is set for, null when none is; undefined when that is not known. */
	#alarmAtMs: number | null | undefined;

	/** @param post sends one webhook and returns the HTTP status; it may throw, and aborts on `signal` */
	constructor(ctx: DurableObjectState, post: (body: string, signal: AbortSignal) => Promise<number>) {
		this.#ctx = ctx;
		this.#post = post;
	}

	/** Adds one event. To be called in the transaction that makes the event true, and followed by `start`. */
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

	/** Starts every delivery that is due, without waiting for them, and sets the alarm for the rest. */
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

	/** For the object's alarm: delivers what is due and waits for it. Fired early, it only sets the alarm again. */
	async alarm(nowMs: number): Promise<void> {
		this.#alarmAtMs = undefined;
		// `start` sets the next alarm before it returns: whatever happens to the deliveries, what remains has an alarm.
		this.start(nowMs);
		await Promise.all([...this.#inFlight.values()].map(({ done }) => done));
	}

	/**
	 * Waits until no webhook about this payment that was due is under way, including those that the deliveries led to.
	 * @returns how many webhooks about it are owed for later
	 */
	async settled(paymentId: string): Promise<number> {
		// Each round waits for requests that time out, and each request adds few events: the bound is against our own
		// mistakes.
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

	/** How many webhooks there are in each state. */
	counts(): { owed: number; delivered: number; abandoned: number } {
		const counts = { owed: 0, delivered: 0, abandoned: 0 };
		const rows = this.#ctx.storage.sql.exec<{ state: keyof typeof counts; n: number }>(
			"SELECT state, count(*) AS n FROM webhooks GROUP BY state",
		);
		for (const { state, n } of rows) counts[state] = n;
		return counts;
	}

	/** Claims due rows: stores the attempt, and when the row is due again should this attempt fail. */
	#claim(nowMs: number): Due[] {
		const room = MAX_IN_FLIGHT - this.#inFlight.size;
		if (room <= 0) return [];
		const { sql } = this.#ctx.storage;
		// Here and not after a failed attempt: a webhook that kills the object at each attempt must come to an end too.
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
