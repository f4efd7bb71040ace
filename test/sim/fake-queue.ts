/**
 * The queue of a town, between the objects and D1: messages are late, come in any order, twice or never.
 *
 * What reaches anybody goes through the Worker's own consumer into the real D1; D1 may be down for a batch, and the word to the object
 * that sent a record may be lost. A message that the consumer wants again stays.
 */
import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { RecordMessage } from "../../src/orders/messages.ts";
import worker from "../../src/worker.ts";
import type { Dice } from "./prng.ts";

const QUEUE = "holdfast-orders";
/** What the queue carries to the consumer in one go. */
const BATCH = 20;

export class Post {
	readonly #dice: Dice;
	readonly #malice: () => number;
	readonly #tell: (what: string) => void;
	#messages: unknown[] = [];
	#ids = 0;

	constructor(dice: Dice, malice: () => number, tell: (what: string) => void) {
		this.#dice = dice;
		this.#malice = malice;
		this.#tell = tell;
	}

	get isEmpty(): boolean {
		return this.#messages.length === 0;
	}

	accept(bodies: readonly unknown[]): void {
		for (const body of bodies) {
			if (this.#goesWrong()) {
				this.#tell("    ! a message is lost");
				continue;
			}
			const copies = this.#goesWrong() ? 2 : 1;
			for (let i = 0; i < copies; i++) this.#messages.push(structuredClone(body));
		}
	}

	/** Some of what is there, in any order; `all`: everything, though not for the first time. */
	async deliver(all: boolean): Promise<void> {
		const waiting = this.#dice.shuffled(this.#messages);
		const bodies = waiting.slice(0, all ? waiting.length : this.#dice.int(0, waiting.length));
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

	/** As the consumer sees it, D1 is down now and then, before or after it wrote; or the objects cannot be told. */
	#env(): Env {
		const down = this.#goesWrong();
		const deaf = this.#goesWrong();
		if (down || deaf) this.#tell(`    ! ${down ? "D1 is down" : "the consumer's word is lost"}`);
		const DB = new Proxy(env.DB, {
			get(real, name) {
				if (name !== "batch" || !down) {
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
			throw new Error("the word is lost");
		};
		const CHECKOUT = deaf ? { getByName: noAnswer } : env.CHECKOUT;
		return { ...env, DB, CHECKOUT } as unknown as Env;
	}

	#goesWrong(): boolean {
		return this.#dice.chance(this.#malice());
	}
}
