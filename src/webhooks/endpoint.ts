/**
 * The object of one endpoint: keeps its secret, and delivers what happened to its receiver.
 *
 * - An event is stored before whoever told it learns that it was taken.
 * - D1 has a copy of the endpoint, which this object sends until it is there.
 *
 * Not here: how deliveries are made (`delivery-loop.ts`), the rules (`rules/`), who tells what (`operations/announce.ts`).
 */
import { DurableObject } from "cloudflare:workers";
import {
	KEEP_DELIVERIES_MS,
	MAX_ENDED_DELIVERIES,
	MAX_WAITING_DELIVERIES,
	OLD_SECRET_MS,
	PRUNE_DELIVERIES_MS,
	RESEND_FIRST_MS,
} from "../limits.ts";
import { assert } from "../platform/assert.ts";
import { messageOf } from "../platform/errors.ts";
import { log } from "../platform/log.ts";
import { isMigrated, migrate } from "../platform/migrate.ts";
import { WebhookAlarm } from "./alarm.ts";
import { DeliveryLoop } from "./delivery-loop.ts";
import { saveEndpoint } from "./endpoint-store.ts";
import { listensTo } from "./event.ts";
import { payloadOf } from "./payload.ts";
import type {
	CreateResult,
	Delivery,
	DeliveryStatus,
	EndpointChange,
	EndpointReport,
	NamedEvent,
	NewEndpoint,
	WebhookRpc,
} from "./rpc.ts";
import { HEALTHY } from "./rules/delivery.ts";
import { newSecret } from "./signature.ts";
import { ENDPOINT_MIGRATIONS, EndpointStorage, type StoredEndpoint } from "./storage.ts";

export class WebhookObject extends DurableObject<Env> implements WebhookRpc {
	readonly #storage = new EndpointStorage(this.ctx.storage.sql);
	/** Null until it is created, and after it was removed. */
	#endpoint: StoredEndpoint | null = null;
	readonly #loop = new DeliveryLoop({
		storage: this.#storage,
		isLocal: () => this.env.ENVIRONMENT === "local",
		endpoint: () => this.#endpoint,
		save: (endpoint) => this.#save(endpoint),
		transact: (change) => this.#transact(change),
		onBegin: (ended) => this.ctx.waitUntil(ended.finally(() => this.#afterDelivery())),
	});
	readonly #alarm = new WebhookAlarm(this.ctx);
	/** When D1 is sent the endpoint again; null when it has it. */
	#recordAtMs: number | null = null;

	constructor(ctx: DurableObjectState, env: Env) {
		super(ctx, env);
		if (!isMigrated(ctx.storage)) return;
		migrate(ctx.storage, ENDPOINT_MIGRATIONS);
		this.#endpoint = this.#storage.load();
		if (this.#endpoint !== null && this.#endpoint.recordedRevision < this.#endpoint.revision) this.#recordAtMs = 0;
	}

	// ---- The endpoint

	async create({ fingerprint, ...request }: NewEndpoint): Promise<CreateResult> {
		const before = this.#endpoint;
		if (before !== null && before.fingerprint !== fingerprint) return { kind: "key-reused" };
		if (before === null) {
			const nowMs = Date.now();
			migrate(this.ctx.storage, ENDPOINT_MIGRATIONS);
			this.#save({
				...{ ...request, fingerprint, revision: 1, recordedRevision: 0, state: "enabled", reason: null },
				...{ stateSinceMs: nowMs, createdAtMs: nowMs, prunedAtMs: nowMs, health: HEALTHY, dropped: null },
				...{ secret: newSecret(), old: null, rotationKey: null },
			});
		}
		await this.#record();
		return { kind: "created", endpoint: this.#report(), secret: this.#known().secret };
	}

	async read(): Promise<EndpointReport | null> {
		// Each sweep reads it: an alarm that was lost is set anew.
		this.#scheduleAlarm(Date.now());
		return this.#endpoint && this.#report();
	}

	async change({ paused, ...change }: EndpointChange): Promise<EndpointReport | null> {
		const before = this.#endpoint;
		if (before === null) return null;
		const state = paused === undefined ? before.state : paused ? "paused" : "enabled";
		const isSame = state === before.state && JSON.stringify({ ...before, ...change }) === JSON.stringify(before);
		if (!isSame) {
			const nowMs = Date.now();
			const stateChange =
				state === before.state ? {} : ({ state, reason: null, stateSinceMs: nowMs, health: HEALTHY } as const);
			// Another receiver has not failed yet.
			const health = change.url === undefined || change.url === before.url ? {} : { health: HEALTHY };
			this.#save({ ...before, ...change, ...health, ...stateChange, revision: before.revision + 1 });
			if (state === "enabled" && before.state !== "enabled") this.#storage.bringForward(nowMs);
			this.#start(nowMs);
		}
		await this.#record();
		return this.#report();
	}

	async remove(): Promise<EndpointReport | null> {
		if (this.#endpoint === null) return null;
		const report = this.#report();
		this.#endpoint = null;
		await Promise.all([this.#alarm.remove(), this.ctx.storage.deleteAll()]);
		return report;
	}

	async rotateSecret(key: string): Promise<{ endpoint: EndpointReport; secret: string } | null> {
		const before = this.#endpoint;
		if (before === null) return null;
		if (before.rotationKey !== key) {
			const old = { secret: before.secret, untilMs: Date.now() + OLD_SECRET_MS };
			this.#save({ ...before, secret: newSecret(), old, rotationKey: key });
		}
		return { endpoint: this.#report(), secret: this.#known().secret };
	}

	// ---- Deliveries

	async enqueue(events: readonly NamedEvent[]): Promise<void> {
		const nowMs = Date.now();
		if (this.#endpoint === null || this.#endpoint.state === "disabled") return;
		this.#transact(() => {
			for (const event of events) this.#take(event, nowMs);
		});
		this.#prune(nowMs);
		this.#start(nowMs);
	}

	async ping(id: string): Promise<Delivery | null> {
		const endpoint = this.#endpoint;
		if (endpoint === null) return null;
		if (this.#storage.versionOf(id) === null) {
			const nowMs = Date.now();
			const { id: subject, revision: version } = endpoint;
			const event = { type: "ping", subject, version, atMs: nowMs, data: { id: subject, version } } as const;
			this.#storage.add({ ...event, id, body: payloadOf(event) }, nowMs);
			const row = this.#storage.pending(id);
			if (row !== null) this.#loop.begin(row, nowMs);
		}
		await this.#loop.underWay(id);
		return this.#storage.delivery(id);
	}

	async deliveries(status: DeliveryStatus | null, beforeSeq: number | null, limit: number) {
		return this.#endpoint && this.#storage.list(status, beforeSeq, limit);
	}

	async replay(id: string): Promise<Delivery | "unknown" | null> {
		if (this.#endpoint === null) return null;
		if (this.#storage.delivery(id) === null) return "unknown";
		if (this.#loop.underWay(id) === undefined) this.#storage.restart(id, Date.now());
		this.#start(Date.now());
		return this.#storage.delivery(id);
	}

	async replaySince(sinceMs: number, nowMs: number): Promise<number | null> {
		if (this.#endpoint === null) return null;
		const restarted = this.#storage.restartSince(sinceMs, nowMs);
		this.#start(Date.now());
		return restarted;
	}

	async forget(subjects: readonly string[]): Promise<void> {
		if (this.#endpoint !== null) this.#storage.forgetAddresses(subjects);
	}

	override async alarm(): Promise<void> {
		await this.#alarm.ring(this.#endpoint?.id, async () => {
			if (this.#endpoint === null) return;
			if (this.#recordAtMs !== null && this.#recordAtMs <= Date.now()) await this.#record();
			this.#prune(Date.now());
			// The next alarm is set before any delivery ends: whatever happens to them, what remains has an alarm.
			this.#start(Date.now());
			await this.#loop.settled();
		});
	}

	async #afterDelivery(): Promise<void> {
		this.#start(Date.now());
		if (this.#recordAtMs !== null) await this.#record();
	}

	#take(event: NamedEvent, nowMs: number): void {
		let { id, type } = event;
		const taken = this.#storage.versionOf(id);
		if (taken !== null) {
			if (event.later === null || taken >= event.version) return;
			// It was told in an earlier version, and whoever told it does not know.
			({ id, type } = event.later);
			if (this.#storage.versionOf(id) !== null || !listensTo(this.#known().events, type)) return;
		}
		const { subject, version } = event;
		if (type === "stock.changed") this.#storage.removeOlderStock(subject, version, this.#loop.rows);
		if (this.#storage.waiting() >= MAX_WAITING_DELIVERIES) {
			const { dropped } = this.#known();
			const [count, firstAtMs] = [(dropped?.count ?? 0) + 1, dropped?.firstAtMs ?? nowMs];
			this.#save({ ...this.#known(), dropped: { count, firstAtMs, lastAtMs: nowMs } });
			return;
		}
		this.#storage.add({ id, type, subject, version, body: payloadOf({ ...event, type }) }, nowMs);
	}

	/** Begins what is due, as far as the receiver can bear it, and sets the alarm for the rest. */
	#start(nowMs: number): void {
		this.#loop.start(nowMs);
		this.#scheduleAlarm(nowMs);
	}

	#prune(nowMs: number): void {
		const endpoint = this.#known();
		if (nowMs < endpoint.prunedAtMs + PRUNE_DELIVERIES_MS) return;
		this.#storage.prune(nowMs - KEEP_DELIVERIES_MS, MAX_ENDED_DELIVERIES);
		this.#save({ ...endpoint, prunedAtMs: nowMs });
	}

	/** Nothing that was delivered stays because nothing happens any more. */
	#pruneAtMs(): number | null {
		const oldestMs = this.#storage.oldestEndedAtMs();
		if (oldestMs === null) return null;
		return Math.max(oldestMs + KEEP_DELIVERIES_MS + 1, this.#known().prunedAtMs + PRUNE_DELIVERIES_MS);
	}

	// ---- Storage

	#known(): StoredEndpoint {
		assert(this.#endpoint !== null, "the endpoint was created");
		return this.#endpoint;
	}

	#save(endpoint: StoredEndpoint): void {
		this.#storage.save(endpoint);
		this.#endpoint = endpoint;
		if (endpoint.recordedRevision < endpoint.revision) this.#recordAtMs ??= 0;
	}

	#transact(change: () => void): void {
		const before = this.#endpoint;
		try {
			this.ctx.storage.transactionSync(change);
		} catch (error) {
			this.#endpoint = before;
			this.#storage.forgetCounts();
			throw error;
		}
	}

	#report(): EndpointReport {
		const {
			health,
			secret: _,
			old,
			fingerprint: _f,
			recordedRevision: _r,
			rotationKey: _k,
			prunedAtMs: _p,
			...endpoint
		} = this.#known();
		return {
			...endpoint,
			waiting: this.#storage.waiting(),
			failed: this.#storage.failed(),
			failingSinceMs: health.failingSinceMs,
			oldSecretUntilMs: old !== null && old.untilMs > Date.now() ? old.untilMs : null,
		};
	}

	/** Sends D1 what it lacks of the endpoint. A failure is logged, and the alarm sends it again. */
	async #record(): Promise<void> {
		const endpoint = this.#endpoint;
		if (endpoint === null || endpoint.recordedRevision >= endpoint.revision) return;
		this.#recordAtMs = Date.now() + RESEND_FIRST_MS;
		try {
			await saveEndpoint(this.env.DB, endpoint);
			if (this.#endpoint === null) return;
			this.#save({ ...this.#known(), recordedRevision: endpoint.revision });
			if (this.#known().revision === endpoint.revision) this.#recordAtMs = null;
		} catch (error) {
			log("webhook-not-recorded", { webhookId: endpoint.id, error: messageOf(error) });
		}
		this.#scheduleAlarm(Date.now());
	}

	#scheduleAlarm(nowMs: number): void {
		const endpoint = this.#endpoint;
		if (endpoint === null) return;
		const times = [this.#loop.nextMs(nowMs), this.#recordAtMs, this.#pruneAtMs()].filter((atMs) => atMs !== null);
		if (times.length > 0) this.#alarm.schedule(Math.min(...times), nowMs);
	}
}
