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
import type { Prng } from "./prng.ts";

const QUEUE = "holdfast-orders";
/** Messages in one batch. */
const BATCH = 20;

export class FakeQueue {
	readonly #prng: Prng;
	readonly #faultRate: () => number;
	readonly #log: (what: string) => void;
	#messages: unknown[] = [];
	#ids = 0;

	constructor(prng: Prng, faultRate: () => number, log: (what: string) => void) {
		this.#prng = prng;
		this.#faultRate = faultRate;
		this.#log = log;
	}

	get isEmpty(): boolean {
		return this.#messages.length === 0;
	}

	accept(bodies: readonly unknown[]): void {
		for (const body of bodies) {
			if (this.#hasFault()) {
				this.#log("    ! a message is lost");
				continue;
			}
			const copies = this.#hasFault() ? 2 : 1;
			for (let i = 0; i < copies; i++) this.#messages.push(structuredClone(body));
		}
	}

	/** Delivers some of the messages in any order, or `all` of them. Those that the consumer wants again stay. */
	async deliver(all: boolean): Promise<void> {
		const waiting = this.#prng.shuffled(this.#messages);
		const bodies = waiting.slice(0, all ? waiting.length : this.#prng.int(0, waiting.length));
		this.#messages = waiting.slice(bodies.length);
		for (let at = 0; at < bodies.length; at += BATCH) await this.#consume(bodies.slice(at, at + BATCH));
	}

	async #consume(bodies: readonly unknown[]): Promise<void> {
		const sent = new Map(bodies.map((body) => [String(++this.#ids), body]));
		const batch = createMessageBatch<RecordMessage>(
			QUEUE,
			[...sent].map(([id, body]) => ({ id, timestamp: Date.now(), attempts: 1, body: body as RecordMessage })),
		);
		const ctx = createExecutionContext();
		await worker.queue(batch, this.#env());
		const { ackAll, explicitAcks } = await getQueueResult(batch, ctx);
		const kept = ackAll ? [] : [...sent].filter(([id]) => !explicitAcks.includes(id));
		this.#messages.push(...kept.map(([, body]) => body));
	}

	/**
	 * The consumer's environment: now and then D1 fails before or after it wrote, or the checkouts cannot be notified.
	 */
	#env(): Env {
		const isDown = this.#hasFault();
		const isDeaf = this.#hasFault();
		if (isDown || isDeaf) this.#log(`    ! ${isDown ? "D1 is down" : "the consumer cannot notify the checkouts"}`);
		const DB = new Proxy(env.DB, {
			get(real, name) {
				if (name !== "batch" || !isDown) {
					const member = Reflect.get(real, name);
					return typeof member === "function" ? member.bind(real) : member;
				}
				return async (statements: D1PreparedStatement[]) => {
					if (statements.length % 2 === 0) await real.batch(statements);
					throw new Error("D1 is down");
				};
			},
		});
		const noAnswer = () => {
			throw new Error("the notification is lost");
		};
		const CHECKOUT = isDeaf ? { getByName: noAnswer } : env.CHECKOUT;
		return { ...env, DB, CHECKOUT } as unknown as Env;
	}

	#hasFault(): boolean {
		return this.#prng.chance(this.#faultRate());
	}
}
