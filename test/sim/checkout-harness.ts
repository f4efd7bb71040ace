/**
 * One checkout on a small stage: a provider with one payment and a shelf for each line, both with books of their own. Pure.
 *
 * The saga wants things done, the stage does them, as the real ones do: by key and by claim, so that asking twice does once. Pins run
 * out at the end of the grace, and then the units are gone. Not here: the situations and the news (`situations.ts`).
 */
import { expect } from "vitest";
import { evolve, open } from "../../src/checkout/rules/lifecycle.ts";
import type { Checkout, Effect, Event } from "../../src/checkout/rules/model.ts";
import { dueEffect, retryScopeOf, wakeAtMs } from "../../src/checkout/rules/next-effect.ts";
import type { Payment } from "../../src/payments/provider.ts";
import {
	capturePayment,
	openPayment,
	refundPayment,
	type Transition,
	voidPayment,
} from "../../src/payments/sandbox/rules.ts";

export const NOW = 1_000_000;
export const PAY_BY = NOW + 900_000;
export const GRACE = 120_000;
/** Nothing that was begun is under way any more. */
export const LATE = PAY_BY + GRACE + 1;
/** More effects than any checkout of two lines needs; one that needs more goes round in circles. */
const MANY = 100;

/** What one unit costs, of each line. */
export const PRICES: Readonly<Record<string, number>> = { a: 100, b: 50 };

type Claim = "none" | "pinned" | "sold" | "pending" | "owed" | "cancelled";

export interface Shop {
	readonly price: Readonly<Record<string, number>>;
	/** Lines that cannot be had, that can only be pre-ordered, or whose pin is gone when it is paid for. */
	readonly none: readonly string[];
	readonly preorder: readonly string[];
	readonly losing: readonly string[];
}

export class Stage {
	c: Checkout;
	nowMs = NOW;
	payment: Payment | null = null;
	/** Everything the provider ever said, oldest first. */
	readonly told: Payment[] = [];
	readonly claims = new Map<string, Claim>();
	/** Units whose price was to be given back, by SKU. */
	readonly refunded = new Map<string, number>();
	/** Given back by hand at the provider, of an order that is complete: beyond what was due, it is the merchant's gift. */
	giftMinor = 0;
	readonly #shop: Shop;
	readonly #keys = new Map<string, Payment>();

	constructor(shop: Partial<Shop> = {}) {
		this.#shop = { price: PRICES, none: [], preorder: [], losing: [], ...shop };
		const lines = Object.keys(this.#shop.price).map((sku) => ({ sku, quantity: 1 }));
		const who = { id: "co_1", shopperId: "s_1", email: "ada@example.com", attempt: 1 };
		this.c = open({ ...who, acceptPreorder: true, partial: false, lines }, NOW);
	}

	tell(event: Event): void {
		this.c = evolve(this.c, event, this.nowMs);
	}

	hear(payment: Payment, asked = false): void {
		this.tell({ kind: "payment-seen", payment, asked });
	}

	/** Does what is due, as far as it can be done now, or up to where `stop` says. */
	run(stop: (effect: Effect) => boolean = () => false): void {
		for (let steps = 0; ; steps++) {
			expect(steps, `goes round in circles: ${JSON.stringify(this.c)}`).toBeLessThan(MANY);
			const effect = dueEffect(this.c, this.nowMs);
			if (effect === null || stop(effect)) return;
			const before = this.c;
			this.tell(this.perform(effect));
			if (effect.kind === "record") this.tell({ kind: "recorded", version: this.c.version });
			else if (this.c === before) this.tell(putOff(effect, 1_000));
		}
	}

	/** Time passes until nothing is left to do, each alarm in its time. */
	rest(): void {
		for (let rings = 0; ; rings++) {
			expect(rings, `never rests: ${JSON.stringify(this.c)}`).toBeLessThan(MANY);
			const wakeMs = wakeAtMs(this.c);
			if (wakeMs === null) break;
			this.nowMs = Math.max(this.nowMs, wakeMs);
			this.tell({ kind: "tick" });
			this.run();
		}
		this.nowMs = Math.max(this.nowMs, LATE);
		this.tell({ kind: "tick" });
		this.run();
	}

	// ---- What the world does

	perform(effect: Effect): Event {
		switch (effect.kind) {
			case "pin":
				return this.#pin(effect.sku);
			case "commit":
				return this.#commit(effect.sku);
			case "unpin":
				if (this.#claim(effect.sku) !== "sold") this.claims.set(effect.sku, "none");
				return { kind: "line-released", sku: effect.sku };
			case "take-back":
				this.claims.set(effect.sku, "none");
				return { kind: "line-returned", sku: effect.sku, total: effect.total };
			case "cancel-preorder":
				this.claims.set(effect.sku, "cancelled");
				return { kind: "preorder-cancelled", sku: effect.sku };
			case "create-payment": {
				const request = { key: "k", checkoutId: "co_1", email: this.c.email, ...effect };
				if (this.payment === null) this.#become(openPayment(request, "pay_1"));
				const payment = this.payment as unknown as Payment;
				return { kind: "payment-created", provider: "sandbox", payment, payWith: { url: "/pay" } };
			}
			case "read-payment":
				return this.#answer();
			case "void":
				return this.#once("void", voidPayment);
			case "capture":
				return this.#once("capture", (payment) => capturePayment(payment, effect.amountMinor));
			case "refund": {
				const { amountMinor, refundedMinor } = effect;
				return this.#once(`refund ${refundedMinor} ${amountMinor}`, (payment) => refundPayment(payment, amountMinor));
			}
			case "record":
				return putOff(effect, 10_000);
		}
	}

	/** Something happens at the provider. False when its rules do not have it. */
	happen(rule: (payment: Payment) => Transition): boolean {
		if (this.payment === null) return false;
		const ruling = rule(this.payment);
		if (ruling.kind === "changed") this.#become(ruling.payment);
		return ruling.kind === "changed";
	}

	/** The price of what the shelves say that the shopper has or is owed. */
	get value(): number {
		return [...this.claims].reduce((sum, [sku, claim]) => {
			const has = claim === "sold" || claim === "owed" ? 1 : 0;
			return sum + Math.max(0, has - (this.refunded.get(sku) ?? 0)) * (this.#shop.price[sku] ?? 0);
		}, 0);
	}

	get kept(): number {
		return this.payment === null ? 0 : this.payment.capturedMinor - this.payment.refundedMinor;
	}

	#become(payment: Payment): void {
		this.payment = payment;
		this.told.push(payment);
	}

	#once(key: string, rule: (payment: Payment) => Transition): Event {
		if (!this.#keys.has(key) && this.happen(rule)) this.#keys.set(key, this.payment as Payment);
		return this.#answer();
	}

	#answer(): Event {
		if (this.payment === null) throw new Error("there is no payment");
		return { kind: "payment-seen", payment: this.payment, asked: true };
	}

	/** Pins and promises run out by themselves. */
	#claim(sku: string): Claim {
		const claim = this.claims.get(sku) ?? "none";
		const isOver = this.nowMs >= PAY_BY + GRACE && (claim === "pinned" || claim === "pending");
		return isOver ? "none" : claim;
	}

	#pin(sku: string): Event {
		if (this.#shop.none.includes(sku)) {
			return { kind: "line-pinned", sku, outcome: { kind: "refused", refusal: { kind: "sold-out", preorder: null } } };
		}
		const promised = this.#shop.preorder.includes(sku);
		this.claims.set(sku, promised ? "pending" : "pinned");
		const line = {
			title: sku,
			unitPriceMinor: this.#shop.price[sku] ?? 0,
			currency: "USD",
			fulfilment: promised ? ("preorder" as const) : ("in_stock" as const),
			subjectId: `r_${sku}`,
			preorder: promised ? { expectedAtMs: null, termsVersion: "v1" } : null,
			payByMs: PAY_BY,
			graceMs: GRACE,
		};
		return { kind: "line-pinned", sku, outcome: { kind: "pinned", line } };
	}

	#commit(sku: string): Event {
		const claim = this.#shop.losing.includes(sku) ? "none" : this.#claim(sku);
		if (claim === "none" || claim === "cancelled") {
			return { kind: "line-committed", sku, outcome: { kind: "lost" } };
		}
		const promised = claim === "pending" || claim === "owed";
		this.claims.set(sku, promised ? "owed" : "sold");
		const preorder = promised ? { expectedAtMs: null, termsVersion: "v1" } : null;
		const fulfilment = promised ? "preorder" : "in_stock";
		return { kind: "line-committed", sku, outcome: { kind: "committed", fulfilment, subjectId: `r_${sku}`, preorder } };
	}
}

const putOff = (effect: Effect, pauseMs: number): Event => ({
	kind: "deferred",
	strand: retryScopeOf(effect),
	pauseMs,
	unclear: false,
});
