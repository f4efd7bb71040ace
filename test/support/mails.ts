/**
 * Mail in the tests. The queue of the mails is held back: a test says when its messages are delivered, how often, and what
 * the service for mail answers. Everything else in the queue goes its way.
 */
import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, vi } from "vitest";
import type { MailEnv } from "../../src/mail/configured.ts";
import type { RecordMessage } from "../../src/orders/messages.ts";
import worker from "../../src/worker.ts";

export type MailMessage = Extract<RecordMessage, { readonly kind: "mail" }>;
export interface SentMail {
	readonly to: string;
	readonly subject: string;
	readonly text: string;
	readonly from?: unknown;
}

type Answer = (mail: SentMail) => Promise<unknown>;
const accept: Answer = async () => ({ messageId: "m-1" });

let batches = 0;

export class MailTrap {
	/** What SKUs told the queue, in order. */
	readonly queued: MailMessage[] = [];
	/** What the service was given. */
	readonly sent: SentMail[] = [];
	/** How the service answers. */
	answer: Answer = accept;
	/** The queue takes nothing. */
	isQueueDown = false;

	reset(): void {
		this.queued.length = 0;
		this.sent.length = 0;
		this.answer = accept;
		this.isQueueDown = false;
	}

	/** A deployment that sends mail, whatever the tests' own does. */
	bindings(over: Partial<MailEnv> = {}): Env & MailEnv {
		const EMAIL = { send: (mail: SentMail) => this.#send(mail) } as unknown as SendEmail;
		return { ...env, ENVIRONMENT: "production", MAIL_FROM: "shop@example.com", EMAIL, ...over } as Env & MailEnv;
	}

	#send(mail: SentMail): Promise<unknown> {
		this.sent.push(mail);
		return this.answer(mail);
	}

	/** Delivers these messages in one batch: by default all that were not delivered yet. */
	async deliver(messages = this.queued.splice(0), bindings = this.bindings()): Promise<void> {
		const batch = createMessageBatch<RecordMessage>(
			"holdfast-orders",
			messages.map((body, i) => ({ id: `mails-${++batches}-${i}`, timestamp: new Date(), attempts: 1, body })),
		);
		await worker.queue(batch, bindings);
		await getQueueResult(batch, createExecutionContext());
	}
}

/** The trap of each test of the file. */
export function useMailTrap(): MailTrap {
	const trap = new MailTrap();
	beforeEach(() => {
		trap.reset();
		const sendBatch = env.ORDERS.sendBatch.bind(env.ORDERS);
		const spy = vi.spyOn(env.ORDERS, "sendBatch").mockImplementation(async (messages, options) => {
			const all = [...messages];
			const mails = all.flatMap(({ body }) => ((body as RecordMessage).kind === "mail" ? [body as MailMessage] : []));
			if (mails.length > 0 && trap.isQueueDown) throw new Error("the queue is down");
			trap.queued.push(...mails);
			const others = all.filter(({ body }) => (body as RecordMessage).kind !== "mail");
			return others.length > 0 ? sendBatch(others, options) : (undefined as never);
		});
		return () => spy.mockRestore();
	});
	return trap;
}
