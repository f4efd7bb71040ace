/**
 * The outbox of mails to those who were promoted in their absence.
 *
 * The queue carries no address, only which promotion is to be told. Its consumer takes the mail from the object
 * (`take`), sends it, and says what came of that (`settle`). So a shopper who has left, bought, or let the offer lapse by
 * then gets no mail, and an address leaves the object only to be sent to.
 *
 * Invariant: a promotion is told at most once. A mail is given to one taker, known by its key: a message that the queue
 * delivers twice finds it taken. It is given again only when its taker says that it was surely not sent. When the answer
 * of the mail service is lost, or the consumer dies, nobody knows, and it is not sent again: a service whose answer was
 * lost has mostly taken the mail, and one in trouble must not make us mail a whole waitlist again and again. The offer
 * stands without the mail, and the page shows it.
 *
 * What nobody took is sent to the queue again and again, with pauses that double, for as long as the offer lasts.
 */
import { OUTBOX_BATCH, RESEND_FIRST_MS, RESEND_MOST_MS } from "../limits.ts";
import type { RecordMessage } from "../orders/messages.ts";
import { messageOf } from "../platform/errors.ts";
import { log } from "../platform/log.ts";
import type { TakeMailResult } from "./rpc.ts";
import type { SkuStorage } from "./storage/sku-storage.ts";
import type { UnitOfWork } from "./unit-of-work.ts";

export class MailOutbox {
	readonly #storage: SkuStorage;
	readonly #queue: () => Queue<RecordMessage>;
	#pauseMs = RESEND_FIRST_MS;
	/** When the mails that nobody has taken are sent to the queue again; null when there are none. */
	resendAtMs: number | null = null;

	constructor(storage: SkuStorage, queue: () => Queue<RecordMessage>) {
		this.#storage = storage;
		this.#queue = queue;
	}

	/** The object was loaded again: what nobody had taken before is still to be taken. */
	restore(nowMs: number): void {
		if (this.#isAnyUnclaimed()) this.resendAtMs = nowMs;
	}

	/** A unit of work owes mails. Called inside its transaction, in which the alarm is then set. */
	scheduleResend(nowMs: number): void {
		if (this.resendAtMs === null) this.#pause(nowMs);
	}

	/** Sends what should have been taken by now. @returns null when nothing is due */
	resendDue(sku: string, nowMs: number): Promise<void> | null {
		if (this.resendAtMs === null || this.resendAtMs > nowMs) return null;
		if (!this.#isAnyUnclaimed()) {
			[this.resendAtMs, this.#pauseMs] = [null, RESEND_FIRST_MS];
			return null;
		}
		this.#pause(nowMs);
		return this.send(sku);
	}

	/** Tells the queue of every mail that nobody has taken. An error is only logged, since the alarm tells it again. */
	async send(sku: string): Promise<void> {
		let last = "";
		try {
			for (;;) {
				const promotions = this.#storage.addresses.unclaimed(last, OUTBOX_BATCH);
				if (promotions.length === 0) return;
				last = promotions.at(-1) as string;
				await this.#queue().sendBatch(
					promotions.map((promotion) => ({ body: { kind: "mail", sku, promotion } satisfies RecordMessage })),
				);
			}
		} catch (error) {
			log("mails-not-queued", { sku, error: messageOf(error) });
		}
	}

	/** Gives the mail of a promotion to whoever has this key, if it is still owed and nobody else is sending it. */
	take({ storage, product }: UnitOfWork, promotion: string, key: string): TakeMailResult {
		const mail = storage.addresses.owed(promotion);
		const offer = mail && storage.reservations.byId(mail.reservationId);
		if (mail === null || offer?.status !== "held" || offer.expiresAtMs === null) return { kind: "not-owed" };
		if (mail.claim !== null && mail.claim !== key) return { kind: "not-owed" };
		storage.addresses.setClaim(promotion, key);
		const { email, origin } = mail;
		const { title } = product;
		return { kind: "mail", email, origin, title, quantity: offer.quantity, untilMs: offer.expiresAtMs };
	}

	/** @param isOver false when the mail was surely not sent, and may be later */
	settle({ storage, nowMs }: UnitOfWork, promotion: string, key: string, isOver: boolean): void {
		const mail = storage.addresses.owed(promotion);
		if (mail?.claim !== key) return;
		if (isOver) {
			storage.addresses.forget(mail.reservationId);
			return;
		}
		storage.addresses.setClaim(promotion, null);
		this.scheduleResend(nowMs);
	}

	#isAnyUnclaimed(): boolean {
		return this.#storage.addresses.unclaimed("", 1).length > 0;
	}

	#pause(nowMs: number): void {
		this.resendAtMs = nowMs + this.#pauseMs;
		this.#pauseMs = Math.min(2 * this.#pauseMs, RESEND_MOST_MS);
	}
}
