/**
 * The world around one checkout, in memory: a provider with one payment, a SKU for each line, and D1. Each keeps books
 * of its own, which a test compares with the checkout's in the end.
 *
 * Effects are executed as the real ones are, by key and by checkout: executing one twice takes effect once.
 */

import { orderOf } from "../../src/checkout/order.ts";
import type { Effect } from "../../src/checkout/rules/effect.ts";
import type { Checkout, Event } from "../../src/checkout/rules/model.ts";
import { retryScopeOf } from "../../src/checkout/rules/next-effect.ts";
import type { Payment } from "../../src/payments/provider.ts";
import {
	type CardOutcome,
	capturePayment,
	confirmPayment,
	openPayment,
	refundPayment,
	type Transition,
	voidPayment,
} from "../../src/payments/sandbox/rules.ts";
import { lost, owed, PAYMENT, PAYMENT_ID, pinned, refused, sold, unpinned } from "./saga-dsl.ts";

/** What one SKU has of the checkout. */
interface Stake {
	state: "none" | "pinned" | "sold" | "pending" | "owed" | "filled" | "cancelled";
	quantity: number;
	returned: number;
}

export interface FakeSku {
	/** What the SKU answers to a pin: units, a pre-order, or a refusal. */
	readonly offer: "units" | "preorder" | "nothing";
	unitPriceMinor: number;
	/** Whether there are still units to sell once the pin has expired. */
	readonly spare: boolean;
}

const PREORDER = { expectedAtMs: null, termsVersion: "v1" };

export class FakeWorld {
	readonly stakes = new Map<string, Stake>();
	payment: Payment | null = null;
	/** Every snapshot that the provider has sent, oldest first. A test may deliver them again, in any order. */
	readonly snapshots: Payment[] = [];
	recordedVersion = 0;
	toldVersion = 0;
	settlementVersion = 0;
	refundedByHandMinor = 0;
	readonly #skus: ReadonlyMap<string, FakeSku>;
	readonly #refundKeys = new Set<string>();
	/** What each key was used for, and what each version was told as: neither is ever used for anything else. */
	readonly #amounts = new Map<string, number>();
	readonly #told = new Map<number, string>();

	constructor(skus: ReadonlyMap<string, FakeSku>) {
		this.#skus = new Map([...skus].map(([name, sku]) => [name, { ...sku }]));
	}

	/** Executes the effect. @returns the event that its answer makes, should the answer arrive */
	execute(effect: Effect, c: Checkout): Event {
		if (c.isExternal && retryScopeOf(effect) === "money") return noted(effect, c);
		switch (effect.kind) {
			case "pin":
				return this.#pin(effect.sku, effect.quantity);
			case "commit":
				return this.#commit(effect.sku, effect.quantity);
			case "unpin":
				this.expirePin(effect.sku);
				return unpinned(effect.sku);
			case "take-back": {
				const stake = this.stake(effect.sku);
				if (stake.state === "owed") stake.state = "cancelled";
				if (stake.state === "sold" || stake.state === "filled") stake.returned = Math.max(stake.returned, effect.total);
				return { kind: "line-returned", sku: effect.sku, total: effect.total };
			}
			case "give-back":
				return { kind: "line-given-back", sku: effect.sku, total: effect.total };
			case "cancel-preorder": {
				const stake = this.stake(effect.sku);
				if (stake.state === "owed") stake.state = "cancelled";
				return { kind: stake.state === "filled" ? "preorder-filled" : "preorder-cancelled", sku: effect.sku };
			}
			case "create-payment": {
				this.#use("create", effect.amountMinor);
				const request = { key: "k", checkoutId: c.id, email: c.email, ...effect };
				if (this.payment === null) this.#setPayment(openPayment(request, PAYMENT_ID));
				return { kind: "payment-created", provider: "sandbox", payment: this.#existing(), payWith: { url: "/pay" } };
			}
			case "read-payment":
				return this.#answer();
			case "void":
				this.changePayment(voidPayment);
				return this.#answer();
			case "capture":
				this.#use(`capture ${c.keyNumber}`, effect.amountMinor);
				this.changePayment((payment) => capturePayment(payment, effect.amountMinor));
				return this.#answer();
			case "refund": {
				const { amountMinor, refundedMinor } = effect;
				const key = `${c.keyNumber}:${refundedMinor}:${amountMinor}`;
				const isNew = !this.#refundKeys.has(key);
				// A refusal is not remembered: the same key may succeed later.
				if (isNew && this.changePayment((payment) => refundPayment(payment, amountMinor))) this.#refundKeys.add(key);
				return this.#answer();
			}
			case "record":
				this.tell(c);
				this.recordedVersion = Math.max(this.recordedVersion, c.version);
				return { kind: "deferred", strand: retryScopeOf(effect), pauseMs: 10_000, unclear: false };
			case "tell":
				this.toldVersion = Math.max(this.toldVersion, c.version);
				return { kind: "deferred", strand: retryScopeOf(effect), pauseMs: 10_000, unclear: false };
			case "record-settlement":
				this.settlementVersion = Math.max(this.settlementVersion, c.unsettled?.version ?? 0);
				return { kind: "deferred", strand: retryScopeOf(effect), pauseMs: 10_000, unclear: false };
		}
	}

	/** Somebody learns of the checkout. @throws Error when they knew the same version otherwise */
	tell(c: Checkout): void {
		const seen = JSON.stringify([c.phase, "ending" in c ? c.ending : null, c.lines, c.payment?.seen, orderOf(c)]);
		const known = this.#told.get(c.version) ?? seen;
		if (known !== seen) throw new Error(`version ${c.version} is ${seen}, and was told as ${known}`);
		this.#told.set(c.version, seen);
	}

	/** The merchant changes a price. */
	reprice(sku: string, unitPriceMinor: number): void {
		this.#sku(sku).unitPriceMinor = unitPriceMinor;
	}

	#use(key: string, amountMinor: number): void {
		const known = this.#amounts.get(key) ?? amountMinor;
		if (known !== amountMinor) throw new Error(`the key "${key}" was for ${known}, and now is for ${amountMinor}`);
		this.#amounts.set(key, amountMinor);
	}

	/** What the checkout has at this SKU, sold or owed, less what was returned. */
	unitsOf(sku: string): number {
		const { state, quantity, returned } = this.stake(sku);
		return ["sold", "filled", "owed"].includes(state) ? quantity - returned : 0;
	}

	/** What the provider has of the shopper's money. */
	get keptMinor(): number {
		return this.payment === null ? 0 : this.payment.capturedMinor - this.payment.refundedMinor;
	}

	// ---- What others do to it

	/**
	 * Changes the payment by a rule of the provider's.
	 * @returns false when the rule does not allow it, or nothing changes
	 */
	changePayment(rule: (payment: Payment) => Transition): boolean {
		if (this.payment === null) return false;
		const transition = rule(this.payment);
		if (transition.kind === "changed") this.#setPayment(transition.payment);
		return transition.kind === "changed";
	}

	pay(outcome: CardOutcome, nowMs: number): void {
		this.changePayment((payment) => confirmPayment(payment, outcome, nowMs));
	}

	/** The authorisation lapses, or somebody voids it at the provider's dashboard. */
	lapse(): void {
		this.changePayment(voidPayment);
	}

	/** Somebody refunds a part of what there is at the provider's dashboard. */
	refundByHand(part: number): void {
		const amountMinor = Math.ceil(this.keptMinor * part);
		if (amountMinor <= 0) return;
		this.refundedByHandMinor += amountMinor;
		this.changePayment((payment) => refundPayment(payment, amountMinor));
	}

	/** The pin or the unpaid pre-order ends at its SKU, and its units go to others. */
	expirePin(sku: string): void {
		const stake = this.stake(sku);
		if (stake.state === "pinned" || stake.state === "pending") stake.state = "none";
	}

	/** Units arrive for the pre-order. @returns the SKU's event; null when no pre-order is owed */
	fill(sku: string): Event | null {
		const stake = this.stake(sku);
		if (stake.state !== "owed") return null;
		stake.state = "filled";
		return { kind: "preorder-filled", sku };
	}

	stake(sku: string): Stake {
		const stake = this.stakes.get(sku) ?? { state: "none", quantity: 0, returned: 0 };
		this.stakes.set(sku, stake);
		return stake;
	}

	// ---- The SKUs

	#pin(sku: string, quantity: number): Event {
		const { offer, unitPriceMinor } = this.#sku(sku);
		const stake = this.stake(sku);
		if (offer === "nothing") return refused(sku);
		const isPreorder = offer === "preorder";
		if (stake.state === "none") Object.assign(stake, { state: isPreorder ? "pending" : "pinned", quantity });
		if (!isPreorder) return pinned(sku, { unitPriceMinor });
		return pinned(sku, { unitPriceMinor, fulfilment: "preorder", preorder: PREORDER });
	}

	#commit(sku: string, quantity: number): Event {
		const stake = this.stake(sku);
		if (stake.state === "pinned") stake.state = "sold";
		if (stake.state === "pending") stake.state = "owed";
		if (stake.state === "none" && this.#sku(sku).spare) Object.assign(stake, { state: "sold", quantity });
		if (stake.state === "sold") return sold(sku);
		return stake.state === "none" || stake.state === "cancelled" ? lost(sku) : owed(sku);
	}

	#sku(sku: string): FakeSku {
		const found = this.#skus.get(sku);
		if (found === undefined) throw new Error(`there is no SKU ${sku}`);
		return found;
	}

	// ---- The provider

	#setPayment(payment: Payment): void {
		this.payment = payment;
		this.snapshots.push(payment);
	}

	#existing(): Payment {
		if (this.payment === null) throw new Error("there is no payment");
		return this.payment;
	}

	/** A refusal carries the payment as it is, as a success does. */
	#answer(): Event {
		return { kind: "payment-seen", payment: this.#existing(), asked: true };
	}
}

/** What a checkout notes of the merchant's own payment: nobody is called, so there is nobody's state but its own. */
function noted(effect: Effect, c: Checkout): Event {
	if (effect.kind === "create-payment") {
		const { amountMinor, currency } = effect;
		const payment = { ...PAYMENT, amountMinor, currency, attemptUnderWay: true };
		return { kind: "payment-created", provider: "external", payment, payWith: { external: true } };
	}
	const seen = c.payment?.seen ?? PAYMENT;
	const changes: Partial<Payment> =
		effect.kind === "void" && seen.status !== "captured"
			? { status: "voided", attemptUnderWay: false }
			: effect.kind === "refund"
				? { refundedMinor: seen.refundedMinor + effect.amountMinor }
				: {};
	return { kind: "payment-seen", payment: { ...seen, ...changes }, asked: true, revision: c.payment?.revision ?? null };
}
