/**
 * The queue of a simulation, between the objects and D1: messages are late, come in any order, twice or never.
 *
 * Every delivery goes through the Worker's own consumer into the real D1. D1 may be down for a batch, and the consumer
 * may fail to notify the object that sent a record. A message that the consumer wants again stays in the queue.
 */
import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { RecordMessage } from "../../src/orders/messages.ts";
import worker from "../../src/worker.ts";
import { D1_AWAY, type FaultyD1 } from "./faulty-d1.ts";
import { Prng } from "./prng.ts";
import type { TroubleCounts } from "./trouble.ts";

const QUEUE = "holdfast-orders";
/** Messages in one batch. */
const BATCH = 20;
/** `max_retries` in wrangler.toml: a message that failed more often is gone, and its sender has to send it again. */
const MAX_RETRIES = 10;
/** Calls of D1 that one delivery of a batch may make while D1 does not answer. */
const CALLS_WHILE_AWAY = 3;

/** What the queue needs of its simulation. */
export interface QueueHost {
	readonly seed: string;
	readonly faultRate: number;
	readonly trouble: TroubleCounts;
	readonly d1: FaultyD1;
	readonly violations: string[];
	log(what: string): void;
}

interface Waiting {
	readonly body: unknown;
	readonly attempts: number;
	readonly notBeforeMs: number;
}

export class FakeQueue {
	readonly #prng: Prng;
	readonly #host: QueueHost;
	#messages: Waiting[] = [];
	#ids = 0;

	constructor(host: QueueHost) {
		this.#host = host;
		this.#prng = new Prng(host.seed, "queue");
	}

	get isEmpty(): boolean {
		return this.#messages.length === 0;
	}

	accept(bodies: readonly unknown[]): void {
		for (const body of bodies) {
			if (this.#hasFault()) {
				this.#fault("a message is lost");
				continue;
			}
			const isDoubled = this.#hasFault();
			if (isDoubled) this.#fault("a message is doubled");
			for (let copies = isDoubled ? 2 : 1; copies > 0; copies--) {
				this.#messages.push({ body: structuredClone(body), attempts: 1, notBeforeMs: 0 });
			}
		}
	}

	/** Delivers some of the messages that are due in any order, or `all` of them, also those that are to come later. */
	async deliver(all: boolean): Promise<void> {
		const due = this.#messages.filter(({ notBeforeMs }) => all || notBeforeMs <= Date.now());
		const chosen = this.#prng.shuffled(due).slice(0, all ? due.length : this.#prng.int(0, due.length));
		this.#messages = this.#messages.filter((message) => !chosen.includes(message));
		for (let at = 0; at < chosen.length; at += BATCH) await this.#consume(chosen.slice(at, at + BATCH));
	}

	async #consume(messages: readonly Waiting[]): Promise<void> {
		const sent = new Map(messages.map((message) => [String(++this.#ids), message]));
		const batch = createMessageBatch<RecordMessage>(
			QUEUE,
			[...sent].map(([id, { body, attempts }]) => {
				return { id, timestamp: new Date(), attempts, body: body as RecordMessage };
			}),
		);
		const ctx = createExecutionContext();
		const { trouble, d1, violations } = this.#host;
		const before = trouble.of("calls of D1 while it was away");
		await worker.queue(batch, this.#env());
		const asked = trouble.of("calls of D1 while it was away") - before;
		if (d1.isAway && asked > CALLS_WHILE_AWAY) {
			violations.push(`D1 was away, and was asked ${asked} times for a batch of ${messages.length}`);
		}
		const { ackAll, explicitAcks, retryMessages, retryBatch } = await getQueueResult(batch, ctx);
		const kept = ackAll ? [] : [...sent].filter(([id]) => !explicitAcks.includes(id));
		for (const [id, { body, attempts }] of kept) {
			if (attempts > MAX_RETRIES) {
				this.#fault("a message has failed too often");
				continue;
			}
			const retry = retryMessages.find(({ msgId }) => msgId === id);
			const delaySeconds = retry?.delaySeconds ?? retryBatch.delaySeconds ?? 0;
			this.#messages.push({ body, attempts: attempts + 1, notBeforeMs: Date.now() + delaySeconds * 1_000 });
		}
	}

	/**
	 * The consumer's environment: now and then D1 fails before or after it wrote, or the checkouts cannot be notified.
	 */
	#env(): Env {
		const { db, isAway } = this.#host.d1;
		const isDown = this.#hasFault();
		const isDeaf = this.#hasFault();
		if (isDown || isDeaf) this.#host.log(`    ! ${isDown ? D1_AWAY : "the consumer cannot notify the checkouts"}`);
		const DB = new Proxy(db, {
			get(real, name) {
				const member = Reflect.get(real, name);
				if (name !== "batch" || !isDown || isAway) return typeof member === "function" ? member.bind(real) : member;
				return async (statements: D1PreparedStatement[]) => {
					if (statements.length % 2 === 0) await real.batch(statements);
					throw new Error(D1_AWAY);
				};
			},
		});
		const noAnswer = () => {
			throw new Error("the notification is lost");
		};
		const CHECKOUT = isDeaf ? { getByName: noAnswer } : env.CHECKOUT;
		return { ...env, DB, CHECKOUT } as unknown as Env;
	}

	#fault(what: string): void {
		this.#host.log(`    ! ${what}`);
		this.#host.trouble.happened("queue messages lost or doubled");
	}

	#hasFault(): boolean {
		return this.#prng.chance(this.#host.faultRate * 2);
	}
}
