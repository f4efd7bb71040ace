/**
 * The world as a checkout meets it, made small: one provider with one payment, a shelf for each SKU, D1. Each has its own books,
 * which a test holds against the checkout's in the end. It does what the effects ask for, as the real ones do: by key and
 * by claim, so that asking twice does once.
 */

import type { Checkout, Effect, Event } from "../../src/checkout/rules/model.ts";
import { retryScopeOf } from "../../src/checkout/rules/next-effect.ts";
import type { Payment } from "../../src/payments/provider.ts";
import {
	capturePayment,
	confirmPayment,
	type Outcome,
	openPayment,
	refundPayment,
	type Transition,
	voidPayment,
} from "../../src/payments/sandbox/rules.ts";
import { pinned as pinnedEvent, refused, sold, unpinned } from "./saga-dsl.ts";

type Claim = {
	state: "none" | "pinned" | "sold" | "pending" | "owed" | "filled" | "cancelled";
	quantity: number;
	returned: number;
};

export interface Shelf {
	/** What this SKU answers to a pin: units, a promise, or nothing. */
	readonly offer: "units" | "preorder" | "nothing";
	readonly unitPriceMinor: number;
	/** A pin that ran out can be had again. */
	readonly spare: boolean;
}

export class World {
	readonly claims = new Map<string, Claim>();
	payment: Payment | null = null;
	/** What the provider has told so far, and may tell again in any order. */
	readonly news: Payment[] = [];
	recordedVersion = 0;
	givenByHandMinor = 0;
	readonly #shelves: ReadonlyMap<string, Shelf>;
	readonly #refunds = new Set<string>();

	constructor(shelves: ReadonlyMap<string, Shelf>) {
		this.#shelves = shelves;
	}

	/** Does the effect, and says what a checkout hears of it when the answer is not lost. */
	perform(effect: Effect, c: Checkout): Event {
		switch (effect.kind) {
			case "pin":
				return this.#pin(effect.sku, effect.quantity);
			case "commit":
				return this.#commit(effect.sku, effect.quantity);
			case "unpin":
				this.#unpin(effect.sku);
				return unpinned(effect.sku);
			case "take-back": {
				const claim = this.claim(effect.sku);
				if (claim.state === "owed") claim.state = "cancelled";
				if (claim.state === "sold" || claim.state === "filled") claim.returned = Math.max(claim.returned, effect.total);
				return { kind: "line-returned", sku: effect.sku, total: effect.total };
			}
			case "cancel-preorder": {
				const claim = this.claim(effect.sku);
				if (claim.state === "owed") claim.state = "cancelled";
				return { kind: claim.state === "filled" ? "preorder-filled" : "preorder-cancelled", sku: effect.sku };
			}
			case "create-payment": {
				const request = { key: "k", checkoutId: c.id, email: c.email, ...effect };
				this.payment ??= openPayment(request, "pay_1");
				return { kind: "payment-created", provider: "sandbox", payment: this.payment, payWith: { url: "/pay" } };
			}
			case "read-payment":
				return this.#seen();
			case "void":
				return this.#change(voidPayment);
			case "capture":
				return this.#change((payment) => capturePayment(payment, effect.amountMinor));
			case "refund": {
				const key = `${effect.refundedMinor}:${effect.amountMinor}`;
				if (this.#refunds.has(key)) return this.#seen();
				this.#refunds.add(key);
				return this.#change((payment) => refundPayment(payment, effect.amountMinor));
			}
			case "record":
				this.recordedVersion = Math.max(this.recordedVersion, c.version);
				return { kind: "deferred", strand: retryScopeOf(effect), pauseMs: 10_000, unclear: false };
		}
	}

	// ---- What others do to it

	pay(outcome: Outcome, nowMs: number): void {
		if (this.payment !== null) this.#change((payment) => confirmPayment(payment, outcome, nowMs));
	}

	/** The authorisation runs out, or somebody at the provider's dashboard calls it off. */
	lapse(): void {
		if (this.payment !== null) this.#change(voidPayment);
	}

	/** Somebody at the provider's dashboard gives money back, by a part of what there is. */
	giveBack(part: number): void {
		if (this.payment === null) return;
		const { capturedMinor, refundedMinor } = this.payment;
		const amountMinor = Math.ceil((capturedMinor - refundedMinor) * part);
		if (amountMinor <= 0) return;
		this.givenByHandMinor += amountMinor;
		this.#change((payment) => refundPayment(payment, amountMinor));
	}

	/** The pin ran out at its SKU, and its units went to others. */
	losePin(sku: string): void {
		const claim = this.claim(sku);
		if (claim.state === "pinned" || claim.state === "pending") claim.state = "none";
	}

	fill(sku: string): Event | null {
		const claim = this.claim(sku);
		if (claim.state !== "owed") return null;
		claim.state = "filled";
		return { kind: "preorder-filled", sku };
	}

	claim(sku: string): Claim {
		const claim = this.claims.get(sku) ?? { state: "none", quantity: 0, returned: 0 };
		this.claims.set(sku, claim);
		return claim;
	}

	// ---- The SKUs

	#pin(sku: string, quantity: number): Event {
		const shelf = this.#shelf(sku);
		const claim = this.claim(sku);
		if (shelf.offer === "nothing") return refused(sku);
		const preorder = shelf.offer === "preorder";
		if (claim.state === "none") Object.assign(claim, { state: preorder ? "pending" : "pinned", quantity });
		const { unitPriceMinor } = shelf;
		if (!preorder) return pinnedEvent(sku, { unitPriceMinor });
		return pinnedEvent(sku, {
			unitPriceMinor,
			fulfilment: "preorder",
			preorder: { expectedAtMs: null, termsVersion: "v1" },
		});
	}

	#commit(sku: string, quantity: number): Event {
		const claim = this.claim(sku);
		if (claim.state === "pinned") claim.state = "sold";
		if (claim.state === "pending") claim.state = "owed";
		if (claim.state === "none" && this.#shelf(sku).spare) Object.assign(claim, { state: "sold", quantity });
		if (claim.state === "sold") return sold(sku);
		if (claim.state === "none") return { kind: "line-committed", sku, outcome: { kind: "lost" } };
		const preorder = { expectedAtMs: null, termsVersion: "v1" };
		return {
			kind: "line-committed",
			sku,
			outcome: { kind: "committed", fulfilment: "preorder", subjectId: "p", preorder },
		};
	}

	#unpin(sku: string): void {
		const claim = this.claim(sku);
		if (claim.state === "pinned" || claim.state === "pending") claim.state = "none";
	}

	#shelf(sku: string): Shelf {
		const shelf = this.#shelves.get(sku);
		if (shelf === undefined) throw new Error(`no shelf for ${sku}`);
		return shelf;
	}

	// ---- The provider

	#change(rule: (payment: Payment) => Transition): Event {
		if (this.payment === null) throw new Error("there is no payment");
		const ruling = rule(this.payment);
		if (ruling.kind === "changed") {
			this.payment = ruling.payment;
			this.news.push(ruling.payment);
		}
		return this.#seen();
	}

	/** A refusal shows what is, as an answer does. */
	#seen(): Event {
		if (this.payment === null) throw new Error("there is no payment");
		return { kind: "payment-seen", payment: this.payment, asked: true };
	}
}
