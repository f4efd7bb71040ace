/**
 * One checkout in a `FakeWorld`, driven as its object drives it: it executes what is due, and lets time pass. Pure.
 *
 * Pins expire at the end of the grace, and their units go to others. Not here: the scenarios and what the provider
 * sends (`scenarios.ts`).
 */
import { expect } from "vitest";
import type { Effect } from "../../src/checkout/rules/effect.ts";
import { evolve } from "../../src/checkout/rules/lifecycle.ts";
import type { Checkout, Event } from "../../src/checkout/rules/model.ts";
import { dueEffect, retryScopeOf, wakeAtMs } from "../../src/checkout/rules/next-effect.ts";
import type { Payment } from "../../src/payments/provider.ts";
import type { Transition } from "../../src/payments/sandbox/rules.ts";
import { type FakeSku, FakeWorld } from "../checkout/fake-world.ts";
import { cart, GRACE, LATE, NOW, PAY_BY } from "../checkout/saga-dsl.ts";

/** More effects than any checkout of two lines needs: one that needs more goes round in circles. */
const MANY = 100;

/** What one unit of each line costs. */
export const PRICES: Readonly<Record<string, number>> = { a: 100, b: 50 };

export interface Shop {
	readonly price: Readonly<Record<string, number>>;
	/**
	 * Lines that are refused, lines that can only be pre-ordered, and lines whose pin is gone when they are paid for.
	 */
	readonly none: readonly string[];
	readonly preorder: readonly string[];
	readonly losing: readonly string[];
	/** Amounts that are not lines', as "kind amount". */
	readonly adjustments: readonly string[];
}

export class CheckoutHarness {
	c: Checkout;
	nowMs = NOW;
	readonly world: FakeWorld;
	/** Units whose refund was requested, by SKU. */
	readonly refunded = new Map<string, number>();
	/**
	 * Refunded by hand at the provider, of an order that is complete: beyond what was due, it is the merchant's gift.
	 */
	giftMinor = 0;
	readonly #shop: Shop;

	constructor(shop: Partial<Shop> = {}) {
		this.#shop = { price: PRICES, none: [], preorder: [], losing: [], adjustments: [], ...shop };
		const { price, none, preorder } = this.#shop;
		const skus = Object.entries(price).map(([sku, unitPriceMinor]): [string, FakeSku] => {
			const offer = none.includes(sku) ? "nothing" : preorder.includes(sku) ? "preorder" : "units";
			return [sku, { offer, unitPriceMinor, spare: false }];
		});
		this.world = new FakeWorld(new Map(skus));
		this.c = cart(Object.keys(price), { acceptPreorder: true, adjustments: this.#shop.adjustments });
	}

	get payment(): Payment | null {
		return this.world.payment;
	}

	get keptMinor(): number {
		return this.world.keptMinor;
	}

	/**
	 * The price of what the SKUs say that the shopper has or is owed, less what is to be refunded; and with it, while the
	 * shopper has anything, what is not a line's.
	 */
	get valueMinor(): number {
		const hasAny = Object.keys(this.#shop.price).some((sku) => this.world.unitsOf(sku) > 0);
		const others = this.#shop.adjustments.reduce((sum, text) => sum + Number(text.split(" ")[1]), 0);
		return this.#linesMinor + (hasAny ? others : 0);
	}

	get #linesMinor(): number {
		return Object.entries(this.#shop.price).reduce((sum, [sku, unitPriceMinor]) => {
			return sum + Math.max(0, this.world.unitsOf(sku) - (this.refunded.get(sku) ?? 0)) * unitPriceMinor;
		}, 0);
	}

	apply(event: Event): void {
		this.c = evolve(this.c, event, this.nowMs);
	}

	/** A webhook arrives, or an answer of the provider's when `asked`. */
	receive(payment: Payment, asked = false): void {
		this.apply({ kind: "payment-seen", payment, asked });
	}

	/** Something happens at the provider. @returns false when its rules do not allow it */
	changePayment(rule: (payment: Payment) => Transition): boolean {
		return this.world.changePayment(rule);
	}

	execute(effect: Effect): Event {
		const isExpired = (sku: string) => this.nowMs >= PAY_BY + GRACE || this.#shop.losing.includes(sku);
		if ("sku" in effect && effect.kind !== "pin" && isExpired(effect.sku)) this.world.expirePin(effect.sku);
		return this.world.execute(effect, this.c);
	}

	/** Executes what is due, as far as it can be done now, or up to the effect at which `stop` is true. */
	run(stop: (effect: Effect) => boolean = () => false): void {
		for (let steps = 0; ; steps++) {
			expect(steps, `goes round in circles: ${JSON.stringify(this.c)}`).toBeLessThan(MANY);
			const effect = dueEffect(this.c, this.nowMs);
			if (effect === null || stop(effect)) return;
			const before = this.c;
			this.apply(this.execute(effect));
			if (effect.kind === "record") this.apply({ kind: "recorded", version: this.c.version });
			else if (this.c === before) {
				this.apply({ kind: "deferred", strand: retryScopeOf(effect), pauseMs: 1_000, unclear: false });
			}
		}
	}

	/** Lets time pass until nothing is left to do, each alarm at its time. */
	settle(): void {
		for (let alarms = 0; ; alarms++) {
			expect(alarms, `never settles: ${JSON.stringify(this.c)}`).toBeLessThan(MANY);
			const wakeMs = wakeAtMs(this.c);
			if (wakeMs === null) break;
			this.nowMs = Math.max(this.nowMs, wakeMs);
			this.apply({ kind: "tick" });
			this.run();
		}
		this.nowMs = Math.max(this.nowMs, LATE);
		this.apply({ kind: "tick" });
		this.run();
	}
}
