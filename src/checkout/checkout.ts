/**
 * The object of one checkout: stores its state, executes the effects that the state calls for, and resumes them after a
 * crash. What each method promises its callers stands in `rpc.ts`.
 *
 * Invariants:
 * - What an effect follows from is stored before it begins, but for answers that would come again (`rules/storing.ts`).
 *   The alarm that resumes it is set in the same transaction.
 * - What callers are told is stored. What they say is stored before they are answered.
 * - Every caller (shopper, provider, queue, alarm) only adds an event, and then lets `#drive` go on. One drive runs at
 *   a time, so effects are executed one after another. Who need not know the end does not wait for it.
 * - An object that was never opened stores nothing, and neither does one that was refused and has given back everything, or
 *   that ended without a sale long ago (`rules/retention.ts`).
 *
 * Not here: the rules (`rules/`), how an effect is executed (`effects.ts`), what of it is stored (`kept-checkout.ts`).
 */
import { DurableObject } from "cloudflare:workers";
import { READ_PATIENCE_MS, REPEATED_REFUND_MS } from "../limits.ts";
import type { Payment } from "../payments/provider.ts";
import { assert } from "../platform/assert.ts";
import { messageOf } from "../platform/errors.ts";
import { log } from "../platform/log.ts";
import { CheckoutAlarm } from "./alarm.ts";
import { perform, readPayment } from "./effects.ts";
import { KeptCheckout } from "./kept-checkout.ts";
import { portsOf } from "./ports.ts";
import type {
	CheckoutNow,
	CheckoutRpc,
	EraseResult,
	MetadataResult,
	OpenResult,
	PaidResult,
	PaymentComparison,
	RefundResult,
} from "./rpc.ts";
import { patchedMetadata } from "./rules/amounts.ts";
import { decidePaid } from "./rules/external.ts";
import { open } from "./rules/lifecycle.ts";
import type { Checkout, Event, MetadataPatch, OpenRequest, PaidOutside, RefundUnits } from "./rules/model.ts";
import { dueEffect, isMessage } from "./rules/next-effect.ts";
import { decideRefund, type RequestedAdjustment } from "./rules/refunds.ts";
import { forgettingOf, isForgotten, stillNeededFor } from "./rules/retention.ts";
import { dueMinor, keptMinor } from "./rules/settlement.ts";
import type { EventRow } from "./storage.ts";

/** A call that waits for the drive. */
interface Waiting {
	/** The SKUs where units have become free meanwhile. */
	readonly freed: Set<string>;
	/** Nothing is left to do that the caller would see. */
	readonly letGo: () => void;
}

type RefundEvent = Extract<Event, { kind: "refund" }>;

/** By which a checkout is found in the logs. */
const namesOf = ({ id, requestId }: Checkout) => ({ checkoutId: id, requestId });

export class CheckoutObject extends DurableObject<Env> implements CheckoutRpc {
	readonly #alarm = new CheckoutAlarm(this.ctx.storage);
	readonly #kept = new KeptCheckout(this.ctx.storage, this.#alarm);
	/** The last state of a checkout that was forgotten, for those who still wait for it. */
	#forgotten: Checkout | null = null;
	#driving: Promise<void> | null = null;
	readonly #waiting = new Set<Waiting>();

	/** The checkout as it is now; null while there is none. */
	get #saved() {
		return this.#kept.now;
	}

	// ---- Calls that wait for what they set going

	async open(request: Omit<OpenRequest, "attempt">, fingerprint: string): Promise<OpenResult> {
		const before = this.#saved;
		if (before !== null && before.fingerprint !== fingerprint) return { kind: "key-reused" };
		// A checkout that could not be opened in time may be requested again once nothing of it is left: the shopper
		// did nothing wrong.
		const reopens = before?.checkout.phase === "closed" && before.checkout.ending === "failed";
		if (before === null || reopens) {
			const past = before?.checkout ?? this.#forgotten;
			const attempt = Math.max((past?.attempt ?? 0) + 1, Date.now());
			await this.#kept.begin(fingerprint, open({ ...request, attempt }, Date.now(), past));
		}
		const freedNow = await this.#driveAndCollect();
		const checkout = this.#saved === null ? this.#forgotten : await this.#told();
		assert(checkout !== null, "the checkout was opened");
		return { kind: "opened", checkout, freedNow };
	}

	async openForMerchant(request: Omit<OpenRequest, "attempt">, fingerprint: string): Promise<OpenResult> {
		return this.open(request, fingerprint);
	}

	async cancel(): Promise<CheckoutNow | null> {
		return this.#applyAndDrive({ kind: "cancel" });
	}

	async read(): Promise<CheckoutNow | null> {
		return this.#applyAndDrive({ kind: "tick" }, READ_PATIENCE_MS);
	}

	async comparePayment(): Promise<PaymentComparison | null> {
		if (this.#saved === null) return null;
		await this.#drive();
		const known = this.#saved?.checkout.payment;
		// Of a payment of the merchant's own, nobody knows more than we were told.
		if (known == null || known.provider === "external") return null;
		// It is to be read anyway, in its turn and after its pause.
		if (known.inDoubt) return { kind: "unread" };
		const { revision, provider } = known;
		const payment = await readPayment(portsOf(this.env), provider, known.seen.id);
		if (payment === null) return { kind: "unread" };
		// Not as an answer to an effect (`asked`): the answer to an effect that is under way may be newer.
		const isNews = await this.#apply({ kind: "payment-seen", payment, asked: false, revision }, null);
		await this.#drive();
		const checkout = await this.#told();
		const { currency } = known.seen;
		return { kind: "read", isNews, currency, keptMinor: keptMinor(checkout), dueMinor: dueMinor(checkout) };
	}

	async refund(
		units: readonly RefundUnits[] | null,
		restock: boolean,
		reason: string,
		key: string | null,
		fingerprint = "",
		adjustments: readonly RequestedAdjustment[] | null = null,
	): Promise<RefundResult> {
		if (this.#saved === null) return { kind: "unknown-checkout" };
		const eventId = key && `refund ${key}`;
		const known = eventId && (this.#kept.storage.eventDetail(eventId) as RefundEvent | null);
		if (known && (known.fingerprint ?? "") !== fingerprint) return { kind: "key-reused" };
		if (!known && !(key === null && this.#isRepeated(reason, restock, fingerprint))) {
			const decision = decideRefund(this.#checkout(), units, adjustments);
			if (decision.kind !== "refundable") return decision;
			const refund = { ...decision, kind: "refund", restock, reason, evenIfFilled: true, fingerprint } as const;
			await this.#apply(refund, eventId);
		}
		await this.#apply({ kind: "retry-settlement", byMerchant: true }, null);
		await this.#drive();
		return { kind: "refunding", checkout: await this.#told() };
	}

	/** Whether a call without a key is the call before, sent again by the platform's retry. */
	#isRepeated(reason: string, restock: boolean, fingerprint: string): boolean {
		const newest = this.#kept.storage.newestEvent("refund");
		if (newest === null || Date.now() - newest.atMs > REPEATED_REFUND_MS) return false;
		const before = newest.detail as RefundEvent;
		return before.reason === reason && before.restock === restock && (before.fingerprint ?? "") === fingerprint;
	}

	async cancelPreorder(sku: string): Promise<Checkout | null> {
		if (this.#saved === null) return null;
		const line = this.#checkout().lines.find((line) => line.sku === sku);
		if (line?.claim === "committed" && line.preorderStatus === "owed" && !line.cancelling) {
			const units = [{ sku, quantity: line.quantity }];
			await this.#apply({ kind: "refund", units, restock: false, reason: "pre-order cancelled" }, null);
		}
		await this.#drive();
		return this.#told();
	}

	async paidOutside(paid: PaidOutside): Promise<PaidResult> {
		if (this.#saved === null) return { kind: "unknown-checkout" };
		const decision = decidePaid(this.#checkout(), paid);
		if (decision.kind !== "news" && decision.kind !== "known") return decision;
		if (decision.kind === "news") await this.#apply({ kind: "paid-outside", ...paid }, `paid ${paid.reference}`);
		const freedNow = await this.#driveAndCollect();
		return { kind: "paid", checkout: await this.#told(), freedNow };
	}

	async setMetadata(patch: MetadataPatch): Promise<MetadataResult | null> {
		if (this.#saved?.checkout.phase !== "completed") return null;
		if (patchedMetadata(this.#checkout().metadata, patch) === null) return { kind: "too-many-names" };
		const checkout = await this.#applyAndAnswer({ kind: "metadata", patch });
		return checkout && { kind: "kept", checkout };
	}

	async erase(email: string | null, actor: string): Promise<EraseResult | null> {
		// What the clock ended is not under way.
		await this.#applyAndDrive({ kind: "tick" }, READ_PATIENCE_MS);
		if (this.#saved === null) return null;
		const before = this.#checkout();
		if (email !== null && before.email !== email && !isForgotten(before)) return { kind: "of-another" };
		await this.#apply({ kind: "erased", actor }, null);
		const checkout = this.#checkout();
		await this.#driveAndCollect(READ_PATIENCE_MS);
		const reason = isForgotten(checkout) ? null : stillNeededFor(checkout);
		return reason === null ? { kind: "erased", checkout } : { kind: "still-needed", reason, checkout };
	}

	async retrySettlement(): Promise<Checkout | null> {
		// Whoever comes because its alarm did not ring brings the time too.
		if (this.#saved !== null) await this.#apply({ kind: "tick" }, null);
		return this.#applyAndDrive({ kind: "retry-settlement", byMerchant: false });
	}

	// ---- Calls that answer at once

	async paymentEvent(eventId: string, payment: Payment): Promise<Checkout | null> {
		if (this.#saved === null) return null;
		if (this.#kept.storage.hasEvent(eventId)) return this.#told();
		return this.#applyAndAnswer({ kind: "payment-seen", payment, asked: false }, eventId);
	}

	async recorded(version: number): Promise<void> {
		await this.#applyAndAnswer({ kind: "recorded", version });
	}

	async settlementRecorded(version: number): Promise<void> {
		await this.#applyAndAnswer({ kind: "settlement-recorded", version });
	}

	async told(version: number): Promise<void> {
		await this.#applyAndAnswer({ kind: "told", version });
	}

	async preorderSeen(sku: string, status: "owed" | "filled" | "cancelled"): Promise<boolean> {
		if (status === "owed") return true;
		const checkout = await this.#applyAndAnswer({ kind: `preorder-${status}`, sku });
		const line = checkout?.lines.find((line) => line.sku === sku);
		return line?.claim !== "pinned" && !(line?.claim === "committed" && line.preorderStatus === "owed");
	}

	async recordAgain(): Promise<void> {
		await this.#applyAndAnswer({ kind: "record-again" });
	}

	async events(): Promise<EventRow[]> {
		await this.#kept.store();
		return this.#saved === null ? [] : this.#kept.storage.events();
	}

	/** A deadline has passed, or a drive was interrupted. The alarm is over only when what it began is. */
	override async alarm(): Promise<void> {
		await this.#alarm.ring(this.#saved === null ? {} : namesOf(this.#saved.checkout), async () => {
			if (this.#saved === null) return;
			await this.#apply({ kind: "tick" }, null);
			await this.#drive();
		});
	}

	#checkout(): Checkout {
		assert(this.#saved !== null, "the checkout was opened");
		return this.#saved.checkout;
	}

	/** The checkout as it is now, for a caller: what others see of it is stored. */
	async #told(): Promise<Checkout> {
		const checkout = this.#checkout();
		await this.#kept.storeWhatIsTold();
		return checkout;
	}

	// ---- The drive

	/** Adds the event, and waits until nothing is due, or for `patienceMs`. */
	async #applyAndDrive(event: Event, patienceMs = Number.POSITIVE_INFINITY): Promise<CheckoutNow | null> {
		if (this.#saved === null) return null;
		await this.#apply(event, null);
		const freedNow = await this.#driveAndCollect(patienceMs);
		return this.#saved === null ? null : { ...(await this.#told()), freedNow };
	}

	/** Adds the event, and leaves what follows from it to a drive that nobody waits for. */
	async #applyAndAnswer(event: Event, eventId: string | null = null): Promise<Checkout | null> {
		if (this.#saved === null) return null;
		await this.#apply(event, eventId);
		const checkout = await this.#told();
		this.#leave(this.#drive(), checkout);
		return checkout;
	}

	/** Lets a drive go on that nobody waits for any more. */
	#leave(drive: Promise<void>, checkout: Checkout): void {
		const names = namesOf(checkout);
		drive.catch((error) => log("checkout-failed", { ...names, error: messageOf(error) }));
	}

	async #driveAndCollect(patienceMs = Number.POSITIVE_INFINITY): Promise<readonly string[]> {
		const { promise: done, resolve: letGo } = Promise.withResolvers<void>();
		const waiting: Waiting = { freed: new Set(), letGo };
		this.#waiting.add(waiting);
		try {
			const late = Number.isFinite(patienceMs) ? [scheduler.wait(patienceMs)] : [];
			const drive = this.#drive();
			await Promise.race([drive, done, ...late]);
			if (this.#driving === drive) this.#leave(drive, this.#checkout());
		} finally {
			this.#waiting.delete(waiting);
		}
		return [...waiting.freed];
	}

	/** Executes effects one after another until none is due. Callers that come meanwhile wait for the same drive. */
	#drive(): Promise<void> {
		if (this.#driving !== null) return this.#driving;
		if (this.#dueEffect() === null) return this.#rest();
		this.#driving = this.#run();
		return this.#driving;
	}

	/** Runs only while an effect is due, so it does not end before its caller knows of it. */
	async #run(): Promise<void> {
		try {
			for (let effect = this.#dueEffect(); effect !== null; effect = this.#dueEffect()) {
				const checkout = this.#checkout();
				if (this.#kept.isToBeStoredBefore(effect)) {
					await this.#kept.store();
					// Another event may have come meanwhile, which calls for another effect.
					continue;
				}
				// It is sent while whoever waits is answered: an effect that changes more would have come before it.
				if (isMessage(effect)) for (const { letGo } of this.#waiting) letGo();
				const { event, otherwise, error, freed } = await perform(effect, checkout, portsOf(this.env));
				if (error !== undefined) log("effect-put-off", { ...namesOf(checkout), effect: effect.kind, error });
				if (freed) for (const waiting of this.#waiting) waiting.freed.add(freed);
				const changed = this.#kept.note(event);
				// An event that changes nothing would call for the same effect for ever, unless another event came
				// meanwhile.
				if (!changed && this.#checkout() === checkout) this.#kept.note(otherwise);
			}
		} finally {
			// In the same turn in which the loop saw that nothing is due: an event that is added later starts a new
			// drive.
			this.#driving = null;
			await this.#rest();
		}
	}

	#dueEffect() {
		return this.#saved === null ? null : dueEffect(this.#saved.checkout, Date.now());
	}

	// ---- Storage

	/** Adds an event, and stores the checkout as it is after the event. @returns whether the checkout changed */
	async #apply(event: Event, eventId: string | null): Promise<boolean> {
		const { changed, alarmSet } = this.#kept.keep(event, eventId);
		await alarmSet;
		return changed;
	}

	/** Nothing is due for now: stores what came of it, or forgets the checkout when nothing ever will be. */
	async #rest(): Promise<void> {
		const { checkout } = this.#saved ?? {};
		if (checkout === undefined) return;
		const due = forgettingOf(checkout);
		if (due === null || Date.now() < due.atMs) {
			await this.#kept.storeAtRest();
			return;
		}
		if (due.keeps !== "nothing") {
			await this.#apply({ kind: "erased", actor: null }, null);
			return;
		}
		this.#forgotten = checkout;
		await this.#kept.forget();
	}
}
