/**
 * The queue of a simulation, between the objects and D1: messages are late, come in any order, twice or never.
 *
 * Every delivery goes through the Worker's own consumer into the real D1, which may fail or be slow (`faulty-d1.ts`), and
 * the consumer may fail to notify the object that sent a record. A message that the consumer wants again stays in the
 * queue. Mails go to a service that may put them off, or lose its answer.
 */
import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import type { RecordMessage } from "../../src/orders/messages.ts";
import worker from "../../src/worker.ts";
import type { D1Session, FaultyD1 } from "./faulty-d1.ts";
import { Prng } from "./prng.ts";
import type { Trouble, TroubleCounts } from "./trouble.ts";
import type { Violations } from "./violations.ts";

const QUEUE = "holdfast-orders";
/** Messages in one batch. */
const BATCH = 20;
/** `max_retries` in wrangler.toml: a message that failed more often is gone, and its sender has to send it again. */
const MAX_RETRIES = 10;
/** Calls of D1 that one delivery of a batch may make while D1 does not answer. */
const CALLS_WHILE_AWAY = 3;
/** How late a message may be, beyond what any queue is. */
const DELAY_SECONDS = [30, 300, 1_800] as const;

/** What is logged of a mail that was put off, or whose answer was lost. */
export const MAIL_TROUBLE = ['"outcome":"later"', '"outcome":"unclear"'] as const;

/** What the queue needs of its simulation. */
export interface QueueHost {
	readonly seed: string;
	readonly faultRate: number;
	readonly trouble: TroubleCounts;
	readonly d1: FaultyD1;
	readonly violations: Violations;
	log(what: string): void;
	usingD1(what: string, work: (env: Env, session: D1Session) => Promise<unknown>): Promise<void>;
}

interface Waiting {
	readonly body: unknown;
	readonly attempts: number;
	readonly notBeforeMs: number;
}

export class FakeQueue {
	/** What the service for mail was given: to whom, and of which SKU. */
	readonly mails: { readonly to: string; readonly sku: string }[] = [];
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
			if (this.#hasFault("queue messages lost")) continue;
			for (let copies = this.#hasFault("queue messages doubled") ? 2 : 1; copies > 0; copies--) {
				const isDelayed = this.#hasFault("queue messages delayed");
				const notBeforeMs = isDelayed ? Date.now() + this.#prng.pick(DELAY_SECONDS) * 1_000 : 0;
				this.#messages.push({ body: structuredClone(body), attempts: 1, notBeforeMs });
			}
		}
	}

	/** Delivers some of the messages that are due in any order, or `all` of them, also those that are to come later. */
	async deliver(all: boolean): Promise<void> {
		const due = this.#messages.filter(({ notBeforeMs }) => all || notBeforeMs <= Date.now());
		const chosen = this.#prng.shuffled(due).slice(0, all ? due.length : this.#prng.int(0, due.length));
		this.#messages = this.#messages.filter((message) => !chosen.includes(message));
		for (let at = 0; at < chosen.length; at += BATCH) {
			const batch = chosen.slice(at, at + BATCH);
			await this.#host.usingD1("the queue's consumer", (env, session) => this.#consume(batch, env, session));
		}
	}

	async #consume(messages: readonly Waiting[], env: Env, session: D1Session): Promise<void> {
		const sent = new Map(messages.map((message) => [String(++this.#ids), message]));
		const batch = createMessageBatch<RecordMessage>(
			QUEUE,
			[...sent].map(([id, { body, attempts }]) => {
				return { id, timestamp: new Date(), attempts, body: body as RecordMessage };
			}),
		);
		const ctx = createExecutionContext();
		const { d1, violations } = this.#host;
		const isDeaf = this.#hasFault("consumers that could not notify");
		const withMail = { ...env, ENVIRONMENT: "production", MAIL_FROM: "shop@example.com", EMAIL: this.#mailService };
		await worker.queue(batch, isDeaf ? withoutSenders(withMail) : withMail);
		const asked = session.callsWhileAway;
		violations.expect(
			"D1 is asked once for a batch while it is away",
			!d1.isAway || asked <= CALLS_WHILE_AWAY,
			`D1 was away, and was asked ${asked} times for a batch of ${messages.length}`,
		);
		const { ackAll, explicitAcks, retryMessages, retryBatch } = await getQueueResult(batch, ctx);
		const kept = ackAll ? [] : [...sent].filter(([id]) => !explicitAcks.includes(id));
		for (const [id, { body, attempts }] of kept) {
			if (attempts > MAX_RETRIES) {
				this.#happened("queue messages that failed too often");
				continue;
			}
			const retry = retryMessages.find(({ msgId }) => msgId === id);
			const delaySeconds = retry?.delaySeconds ?? retryBatch.delaySeconds ?? 0;
			this.#messages.push({ body, attempts: attempts + 1, notBeforeMs: Date.now() + delaySeconds * 1_000 });
		}
	}

	/** Takes mail, puts it off, or takes it and does not say so. */
	readonly #mailService = {
		send: async ({ to, text }: { readonly to: string; readonly text: string }) => {
			if (this.#isMailTrouble("a mail is put off"))
				throw Object.assign(new Error("later"), { code: "E_RATE_LIMIT_EXCEEDED" });
			this.mails.push({ to, sku: /products\/(\S+)/.exec(text)?.[1] ?? "" });
			if (this.#isMailTrouble("the answer to a mail is lost")) throw new Error("the answer is lost");
		},
	};

	/** Too rare to happen in every run of a few simulations. */
	#isMailTrouble(what: string): boolean {
		const happens = this.#prng.chance(this.#host.faultRate * 2);
		if (happens) this.#host.log(`    ! ${what}`);
		return happens;
	}

	#hasFault(what: Trouble): boolean {
		const happens = this.#prng.chance(this.#host.faultRate * 2);
		if (happens) this.#happened(what);
		return happens;
	}

	#happened(what: Trouble): void {
		this.#host.log(`    ! ${what}`);
		this.#host.trouble.happened(what);
	}
}

/** Where no checkout can be notified. */
function withoutSenders(env: Env): Env {
	const noAnswer = () => {
		throw new Error("the notification is lost");
	};
	return { ...env, CHECKOUT: { getByName: noAnswer } } as unknown as Env;
}
