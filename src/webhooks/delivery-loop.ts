/**
 * The deliveries of one endpoint that are under way: begins those that are due, a few at once, and stores what came of
 * each. A subject has one under way at a time. One that waits to be tried again does not stop newer ones of its subject:
 * versions tell which state is newer.
 *
 * An attempt is stored before it is made, with the time of the next one. A crash in between costs a wait and never an
 * event, and the number of attempts is bounded whatever happens.
 */
import { WEBHOOK_TIMEOUT_MS, WEBHOOKS_AT_ONCE } from "../limits.ts";
import { assert } from "../platform/assert.ts";
import { log } from "../platform/log.ts";
import { post } from "./post.ts";
import type { DisabledReason } from "./rpc.ts";
import { type Answer, afterFailure, atOnce, disableReason, HEALTHY, judge, nextAttemptMs } from "./rules/delivery.ts";
import type { DueDelivery, EndpointStorage, StoredEndpoint } from "./storage.ts";

/** A delivery that was begun is due again after this, in case the object dies before its end is stored. */
const CLAIM_MS = WEBHOOK_TIMEOUT_MS + 5_000;
/** Rows that are looked through for subjects that have nothing under way. */
const DUE_LOOKED_AT = 8 * WEBHOOKS_AT_ONCE;

interface LoopObject {
	readonly storage: EndpointStorage;
	/** On a laptop, where any address may be called. */
	isLocal(): boolean;
	/** Null when it was removed. */
	endpoint(): StoredEndpoint | null;
	save(endpoint: StoredEndpoint): void;
	transact(change: () => void): void;
	/** A delivery was begun. @param ended settles when its end is stored: others may be due then */
	onBegin(ended: Promise<void>): void;
}

export class DeliveryLoop {
	readonly #object: LoopObject;
	readonly #inFlight = new Map<
		number,
		{ readonly id: string; readonly subject: string; readonly ended: Promise<void> }
	>();

	constructor(object: LoopObject) {
		this.#object = object;
	}

	/** The rows of deliveries that are under way. */
	get rows(): ReadonlySet<number> {
		return new Set(this.#inFlight.keys());
	}

	/** Settles when the delivery with this id has ended; undefined when it is not under way. */
	underWay(id: string): Promise<void> | undefined {
		return [...this.#inFlight.values()].find((delivery) => delivery.id === id)?.ended;
	}

	/** Settles when everything has ended that is under way now. */
	async settled(): Promise<void> {
		await Promise.all([...this.#inFlight.values()].map(({ ended }) => ended));
	}

	/** Begins what is due, as far as the receiver can bear it. */
	start(nowMs: number): void {
		const endpoint = this.#object.endpoint();
		if (endpoint?.state !== "enabled") return;
		let room = atOnce(endpoint.health, nowMs) - this.#inFlight.size;
		if (room <= 0) return;
		const busy = new Set([...this.#inFlight.values()].map(({ subject }) => subject));
		for (const row of this.#object.storage.due(nowMs, DUE_LOOKED_AT)) {
			if (room === 0) return;
			if (busy.has(row.subject)) continue;
			busy.add(row.subject);
			this.begin(row, nowMs);
			room -= 1;
		}
	}

	/** When it is to be started again, at the latest; null when there is nothing to do. */
	nextMs(nowMs: number): number | null {
		const endpoint = this.#object.endpoint();
		const dueMs = endpoint?.state === "enabled" ? this.#object.storage.nextDueMs() : null;
		if (endpoint == null || dueMs === null) return null;
		// While deliveries are under way their ends start the next ones, and the alarm is for a crash.
		return Math.max(dueMs, endpoint.health.resumeAtMs ?? 0, this.#inFlight.size > 0 ? nowMs + CLAIM_MS : 0);
	}

	/** Begins this delivery, whatever the state of the endpoint. */
	begin(row: DueDelivery, nowMs: number): void {
		this.#object.storage.claim(row.seq, nowMs, nowMs + CLAIM_MS);
		const ended = this.#deliver(row).finally(() => this.#inFlight.delete(row.seq));
		this.#inFlight.set(row.seq, { id: row.id, subject: row.subject, ended });
		this.#object.onBegin(ended);
	}

	async #deliver(row: DueDelivery): Promise<void> {
		const endpoint = this.#object.endpoint();
		assert(endpoint !== null, "what was removed delivers nothing");
		const { url, secret, old } = endpoint;
		const atMs = Date.now();
		const secrets = old !== null && old.untilMs > atMs ? [secret, old.secret] : [secret];
		const answer = await post(url, this.#object.isLocal(), { id: row.id, body: row.body, secrets, atMs });
		// It may have been removed meanwhile.
		const now = this.#object.endpoint();
		if (now !== null) this.#object.transact(() => this.#finish(now, row, answer, Date.now()));
	}

	#finish(endpoint: StoredEndpoint, row: DueDelivery, answer: Answer, nowMs: number): void {
		const { storage } = this.#object;
		const verdict = judge(answer);
		const lastStatus = answer.kind === "answered" ? answer.status : null;
		if (verdict.kind === "delivered") {
			storage.finish(row.seq, { status: "delivered", lastStatus, lastError: null, dueAtMs: null }, nowMs);
			if (endpoint.health.failures > 0) this.#object.save({ ...endpoint, health: HEALTHY });
			return;
		}
		const health = afterFailure(endpoint.health, verdict.kind === "failed" ? verdict.slowDownMs : null, nowMs);
		const isOver = verdict.kind === "gone" || endpoint.state === "disabled";
		const dueAtMs = isOver ? null : nextAttemptMs(row.attempts + 1, nowMs, Math.random());
		const lastError = answer.kind === "error" ? answer.error : `status ${answer.status}`;
		storage.finish(row.seq, { status: dueAtMs === null ? "failed" : "pending", lastStatus, lastError, dueAtMs }, nowMs);
		const reason = endpoint.state === "disabled" ? null : disableReason(verdict, health, nowMs);
		if (reason === null) this.#object.save({ ...endpoint, health });
		else this.#disable({ ...endpoint, health }, reason, nowMs);
	}

	#disable(endpoint: StoredEndpoint, reason: DisabledReason, nowMs: number): void {
		this.#object.storage.failAll(nowMs);
		const { revision } = endpoint;
		this.#object.save({ ...endpoint, state: "disabled", reason, stateSinceMs: nowMs, revision: revision + 1 });
		log("webhook-disabled", { webhookId: endpoint.id, reason });
	}
}
