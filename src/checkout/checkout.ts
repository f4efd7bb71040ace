/**
 * The object of one checkout: stores its state, executes the effects that the state calls for, and resumes them after a
 * crash. What each method promises its callers stands in `rpc.ts`.
 *
 * Invariants:
 * - The state is stored before an effect that follows from it begins. The alarm that resumes it is set in the same
 *   transaction.
 * - Every caller (shopper, provider, queue, alarm) only adds an event, and then lets `#drive` go on. One drive runs at
 *   a time, so effects are executed one after another.
 * - An object that was never opened stores nothing.
 *
 * Not here: the rules (`rules/`), how an effect is executed (`effects.ts`).
 */
import { DurableObject } from "cloudflare:workers";
import { RESUME_AFTER_CRASH_MS } from "../limits.ts";
import { paymentProvider } from "../payments/configured.ts";
import type { Payment } from "../payments/provider.ts";
import { assert } from "../platform/assert.ts";
import { isMigrated, migrate } from "../platform/migrate.ts";
import { callSku } from "../stock/client.ts";
import { type CheckoutPorts, deferEffect, perform } from "./effects.ts";
import type { CheckoutRpc, OpenResult, PaymentComparison, RefundResult } from "./rpc.ts";
import { evolve, open } from "./rules/lifecycle.ts";
import type { Checkout, Event, OpenRequest, RefundUnits } from "./rules/model.ts";
import { dueEffect, wakeAtMs } from "./rules/next-effect.ts";
import { decideRefund } from "./rules/refunds.ts";
import { dueMinor, netCapturedMinor } from "./rules/settlement.ts";
import { CHECKOUT_MIGRATIONS, CHECKOUT_MIGRATIONS_BEFORE, CheckoutStorage, type EventRow } from "./storage.ts";

export class CheckoutObject extends DurableObject<Env> implements CheckoutRpc {
	readonly #storage: CheckoutStorage;
	#saved: { readonly fingerprint: string; readonly checkout: Checkout } | null = null;
	#driving: Promise<void> | null = null;
	/** The time that the alarm is set for; null when none is set, or that is not known. */
	#alarmAtMs: number | null = null;

	constructor(ctx: DurableObjectState, env: Env) {
		super(ctx, env);
		this.#storage = new CheckoutStorage(ctx.storage.sql);
		if (isMigrated(ctx.storage)) {
			migrate(ctx.storage, CHECKOUT_MIGRATIONS, CHECKOUT_MIGRATIONS_BEFORE);
			this.#saved = this.#storage.load();
		}
	}

	async open(request: Omit<OpenRequest, "attempt">, fingerprint: string): Promise<OpenResult> {
		const before = this.#saved;
		if (before !== null && before.fingerprint !== fingerprint) return { kind: "key-reused" };
		// A checkout that could not be opened in time may be requested again once nothing of it is left: the shopper
		// did nothing wrong.
		const reopens = before?.checkout.phase === "closed" && before.checkout.ending === "failed";
		if (before === null || reopens) {
			if (before === null) migrate(this.ctx.storage, CHECKOUT_MIGRATIONS);
			const attempt = (before?.checkout.attempt ?? 0) + 1;
			await this.#store(fingerprint, open({ ...request, attempt }, Date.now()), { kind: "opened" });
		}
		await this.#drive();
		return { kind: "opened", checkout: this.#checkout() };
	}

	async read(): Promise<Checkout | null> {
		return this.#applyAndDrive({ kind: "tick" });
	}

	async cancel(): Promise<Checkout | null> {
		return this.#applyAndDrive({ kind: "cancel" });
	}

	async paymentEvent(eventId: string, payment: Payment): Promise<Checkout | null> {
		if (this.#saved === null) return null;
		if (!this.#storage.hasEvent(eventId)) await this.#apply({ kind: "payment-seen", payment, asked: false }, eventId);
		await this.#drive();
		return this.#checkout();
	}

	async comparePayment(): Promise<PaymentComparison | null> {
		const known = this.#saved?.checkout.payment?.seen;
		if (known === undefined) return null;
		const configured = paymentProvider(this.env);
		const result = configured.kind === "provider" ? await configured.provider.read(known.id) : null;
		if (result?.kind !== "ok") return { kind: "unread" };
		// Not as an answer to an effect (`asked`): the answer to an effect that is under way may be newer.
		const isNews = await this.#apply({ kind: "payment-seen", payment: result.payment, asked: false }, null);
		await this.#drive();
		const checkout = this.#checkout();
		const { currency } = known;
		return { kind: "read", isNews, currency, keptMinor: netCapturedMinor(checkout), dueMinor: dueMinor(checkout) };
	}

	async recorded(version: number): Promise<void> {
		await this.#applyAndDrive({ kind: "recorded", version });
	}

	async settlementRecorded(_version: number): Promise<void> {
		// Nothing is sent again yet that this could stop.
	}

	async retrySettlement(): Promise<Checkout | null> {
		return this.#applyAndDrive({ kind: "tick" });
	}

	async preorderSeen(sku: string, status: "owed" | "filled" | "cancelled"): Promise<boolean> {
		if (status === "owed") return true;
		const checkout = await this.#applyAndDrive({ kind: `preorder-${status}`, sku });
		const line = checkout?.lines.find((line) => line.sku === sku);
		return line?.claim !== "pinned" && !(line?.claim === "committed" && line.preorderStatus === "owed");
	}

	async recordAgain(): Promise<void> {
		await this.#applyAndDrive({ kind: "record-again" });
	}

	async refund(
		units: readonly RefundUnits[] | null,
		restock: boolean,
		reason: string,
		key: string | null,
		fingerprint = "",
	): Promise<RefundResult> {
		if (this.#saved === null) return { kind: "unknown-checkout" };
		const eventId = key && `refund ${key}`;
		const known = eventId && (this.#storage.eventDetail(eventId) as Extract<Event, { kind: "refund" }> | null);
		if (known && (known.fingerprint ?? "") !== fingerprint) return { kind: "key-reused" };
		if (!known) {
			const decision = decideRefund(this.#checkout(), units);
			if (decision.kind !== "refundable") return decision;
			const { units: agreed } = decision;
			await this.#apply({ kind: "refund", units: agreed, restock, reason, evenIfFilled: true, fingerprint }, eventId);
		}
		await this.#drive();
		return { kind: "refunding", checkout: this.#checkout() };
	}

	async cancelPreorder(sku: string): Promise<Checkout | null> {
		if (this.#saved === null) return null;
		const line = this.#checkout().lines.find((line) => line.sku === sku);
		if (line?.claim === "committed" && line.preorderStatus === "owed" && !line.cancelling) {
			const units = [{ sku, quantity: line.quantity }];
			await this.#apply({ kind: "refund", units, restock: false, reason: "pre-order cancelled" }, null);
		}
		await this.#drive();
		return this.#checkout();
	}

	async events(): Promise<EventRow[]> {
		return this.#saved === null ? [] : this.#storage.events();
	}

	/**
	 * A deadline has passed, or a drive was interrupted. https://developers.cloudflare.com/durable-objects/api/alarms/
	 */
	override async alarm(): Promise<void> {
		this.#alarmAtMs = null;
		await this.#applyAndDrive({ kind: "tick" });
	}

	async #applyAndDrive(event: Event): Promise<Checkout | null> {
		if (this.#saved === null) return null;
		await this.#apply(event, null);
		await this.#drive();
		return this.#checkout();
	}

	#checkout(): Checkout {
		assert(this.#saved !== null, "the checkout was opened");
		return this.#saved.checkout;
	}

	/** Executes effects one after another until none is due. Callers that come meanwhile wait for the same drive. */
	#drive(): Promise<void> {
		this.#driving ??= this.#run();
		return this.#driving;
	}

	async #run(): Promise<void> {
		try {
			for (;;) {
				const checkout = this.#checkout();
				const effect = dueEffect(checkout, Date.now());
				if (effect === null) break;
				const { event, error } = await perform(effect, checkout, this.#ports());
				if (error !== undefined) console.error(`checkout ${checkout.id}: ${effect.kind} put off: ${error}`);
				const changed = await this.#apply(event, null);
				// An event that changes nothing would call for the same effect for ever, unless another event came
				// meanwhile.
				if (!changed && this.#checkout() === checkout) await this.#apply(deferEffect(checkout, effect, false), null);
			}
			await this.#scheduleAlarm();
		} finally {
			// In the same turn in which the loop saw that nothing is due: an event that is added later starts a new
			// drive.
			this.#driving = null;
		}
	}

	#ports(): CheckoutPorts {
		return {
			sku: (sku, call) => callSku(this.env, sku, call),
			paymentProvider: () => {
				const configured = paymentProvider(this.env);
				if (configured.kind === "provider") return configured.provider;
				throw new Error(`no payment provider; missing: ${configured.missing.join(", ")}`);
			},
			sendOrder: async (order) => {
				await this.env.ORDERS.send({ kind: "order", order });
			},
		};
	}

	/** Adds an event, and stores the checkout as it is after the event. @returns whether the checkout changed */
	async #apply(event: Event, eventId: string | null): Promise<boolean> {
		assert(this.#saved !== null, "the checkout was opened");
		const { fingerprint, checkout: before } = this.#saved;
		const after = evolve(before, event, Date.now());
		// A merchant's key is stored even when nothing changed. A webhook that changed nothing need not be: delivered
		// again, it changes nothing again.
		if (after === before && (eventId === null || event.kind === "payment-seen")) return false;
		await this.#store(fingerprint, after, event, eventId);
		return after !== before;
	}

	#store(fingerprint: string, checkout: Checkout, event: { readonly kind: string }, eventId: string | null = null) {
		try {
			const { alarmSet } = this.ctx.storage.transactionSync(() => {
				this.#storage.save(fingerprint, checkout);
				this.#storage.addEvent(Date.now(), event.kind, eventId, event);
				return { alarmSet: this.#scheduleAlarm(checkout) };
			});
			this.#saved = { fingerprint, checkout };
			return alarmSet;
		} catch (error) {
			// The alarm was rolled back with the rest.
			this.#alarmAtMs = null;
			throw error;
		}
	}

	/**
	 * Sets the alarm for the next time at which the checkout has something to do. While effects are due, that is a
	 * short while from now, in case the object dies during the drive.
	 */
	async #scheduleAlarm(checkout: Checkout = this.#checkout()): Promise<void> {
		const dueAtMs = wakeAtMs(checkout);
		if (dueAtMs === null) return;
		const busy = dueEffect(checkout, Date.now()) !== null;
		const atMs = busy ? Date.now() + RESUME_AFTER_CRASH_MS : dueAtMs;
		if (this.#alarmAtMs === atMs || (busy && this.#alarmAtMs !== null && this.#alarmAtMs <= atMs)) return;
		this.#alarmAtMs = atMs;
		await this.ctx.storage.setAlarm(atMs);
	}
}
