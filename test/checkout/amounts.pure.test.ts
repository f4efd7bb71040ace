/** Shipping, tax, fees and discounts: the shop keeps the price of what the shopper has and these, to the minor unit. */
import { describe, expect, it } from "vitest";
import { orderOf } from "../../src/checkout/order.ts";
import { patchedMetadata } from "../../src/checkout/rules/amounts.ts";
import type { Checkout, Event, RefundUnits } from "../../src/checkout/rules/model.ts";
import { decideRefund, type RequestedAdjustment } from "../../src/checkout/rules/refunds.ts";
import { dueMinor } from "../../src/checkout/rules/settlement.ts";
import { adjustmentFault, totalOf } from "../../src/checkout/status.ts";
import { MAX_METADATA_KEYS } from "../../src/limits.ts";
import {
	answer,
	at,
	authorised,
	captured,
	cart,
	created,
	given,
	LATE,
	lost,
	owed,
	PRICE,
	pinned,
	refused,
	sold,
	tick,
	toCapture,
	toCommit,
	toCreate,
	toRecord,
	toRefund,
	toUnpin,
	toVoid,
	unpinned,
	voided,
	webhook,
} from "./saga-dsl.ts";

/** Two lines, of 100 and 200. */
const LINES = 3 * PRICE;
const opened = (...adjustments: string[]) => given(cart(["a 1", "b 2"], { adjustments }), pinned("a"), pinned("b"));
const paid = (amountMinor: number, ...adjustments: string[]) =>
	opened(...adjustments).and(created, webhook(authorised(amountMinor)));
const bought = (amountMinor: number, ...adjustments: string[]) =>
	paid(amountMinor, ...adjustments).and(sold("a"), sold("b"), answer(captured(amountMinor))).checkout;

function refundOf(
	c: Checkout,
	units: readonly RefundUnits[] | null,
	named: readonly RequestedAdjustment[] | null = null,
): Event {
	const decision = decideRefund(c, units, named);
	if (decision.kind !== "refundable") throw new Error(decision.kind);
	return { ...decision, kind: "refund", restock: false, reason: "" };
}
const shipping = (amountMinor: number | null = null): RequestedAdjustment[] => [{ index: 0, amountMinor }];

describe("a total", () => {
	it("is the price of the lines and the adjustments", () => {
		const { checkout } = opened("shipping 49", "tax 33", "fee 1", "discount -20").then(toCreate(LINES + 63));
		expect(totalOf(checkout)).toEqual({ amountMinor: LINES + 63, currency: "USD" });
	});

	it("of zero needs no payment: a fully discounted order is complete (saleor 14128)", () => {
		const { checkout } = opened("discount -300").then(toCommit("a", 1)).and(sold("a"), sold("b"));
		given(checkout, at(LATE), tick).is({ phase: "completed", payment: null }).then(toRecord);
		expect(orderOf(checkout)).toMatchObject({ status: "paid", totalMinor: 0, payment: null });
	});

	it("of lines that cost nothing is the shipping", () => {
		const free = { unitPriceMinor: 0 };
		given(cart(["a 1"], { adjustments: ["shipping 5"] }), pinned("a", free)).then(toCreate(5));
	});

	it.each([
		["discounts that are larger than the cart", ["discount -301"], "below-zero"],
		["discounts that are larger than the cart and its shipping", ["shipping 49", "discount -350"], "below-zero"],
		["another currency than the lines'", ["shipping 49 EUR"], "currencies-differ"],
	] as const)("is refused before any payment exists with %s", (_, adjustments, fault) => {
		const { checkout } = opened(...adjustments)
			.is({ phase: "closing", ending: "refused", payment: null })
			.then(toUnpin("a"))
			.and(unpinned("a"), unpinned("b"))
			.is({ phase: "closed" })
			.then(null);
		expect(adjustmentFault(checkout)).toBe(fault);
	});

	it("may have a discount that takes more than the lines and not more than the shipping", () => {
		opened("shipping 49", "discount -340").then(toCreate(9));
	});
});

describe("a part of the lines that is not to be had", () => {
	const partly = (...adjustments: string[]) =>
		given(cart(["a 1", "b 2"], { partial: true, adjustments }), pinned("a"), refused("b"));

	it("leaves the adjustments as they were said, in a partial cart", () => {
		partly("shipping 49", "discount -20").then(toCreate(PRICE + 29));
	});

	it("is refused with the rest when the discount is larger than what is left", () => {
		partly("discount -150").is({ ending: "refused" });
	});

	it("leaves the adjustments as they were said when it is lost after the payment", () => {
		const { checkout } = paid(LINES + 49, "shipping 49")
			.and(lost("a"), sold("b"))
			.then(toCapture(2 * PRICE + 49))
			.and(answer(captured(2 * PRICE + 49)))
			.is({ phase: "completed" });
		expect(orderOf(checkout)).toMatchObject({ totalMinor: 2 * PRICE + 49, status: "paid", refundPendingMinor: 0 });
	});

	it("never makes the rest cost less than nothing: what the discount pays for whole is not charged", () => {
		const { checkout } = paid(50, "discount -250")
			.and(sold("a"), lost("b"))
			.then(toVoid)
			.and(answer(voided))
			.is({ phase: "completed" });
		expect(orderOf(checkout)).toMatchObject({ totalMinor: 0, status: "paid", refundedMinor: 0 });
	});

	it("takes all adjustments with it when nothing is sold", () => {
		paid(LINES + 49, "shipping 49")
			.and(lost("a"), lost("b"))
			.then(toVoid);
		opened("shipping 49")
			.and(created, webhook(captured(LINES + 49)), lost("a"), lost("b"))
			.then(toRefund(LINES + 49));
	});
});

describe("a refund", () => {
	it("by line gives back the line's price, and leaves the shipping", () => {
		const c = bought(LINES + 49, "shipping 49");
		const { checkout } = given(c, refundOf(c, [{ sku: "a", quantity: 1 }])).then(toRefund(PRICE));
		const all = given(checkout, refundOf(checkout, [{ sku: "b", quantity: 2 }])).then(toRefund(LINES)).checkout;
		const done = given(all, answer(captured(LINES + 49, LINES))).checkout;
		expect(orderOf(done)).toMatchObject({ status: "partially_refunded", refundedMinor: LINES });
	});

	it("by adjustment gives back shipping without lines, in parts and never more than it was", () => {
		const c = bought(LINES + 49, "shipping 49");
		const { checkout } = given(c, refundOf(c, null, shipping(40)))
			.then(toRefund(40))
			.and(answer(captured(LINES + 49, 40)));
		expect(orderOf(checkout)).toMatchObject({ status: "partially_refunded", adjustments: [{ refundedMinor: 40 }] });
		expect(decideRefund(checkout, [], shipping(10))).toEqual({
			...{ kind: "adjustment-exceeds", index: 0, refundableMinor: 9 },
		});
		given(checkout, refundOf(checkout, null, shipping())).then(toRefund(9, 40));
	});

	it("of an amount in another currency is refused", () => {
		const c = bought(LINES + 49, "shipping 49");
		const named = [{ index: 0, amountMinor: 9, currency: "EUR" }];
		expect(decideRefund(c, null, named)).toMatchObject({ kind: "adjustment-exceeds", refundableMinor: 49 });
		expect(decideRefund(c, null, [{ index: 0, amountMinor: 9, currency: "USD" }]).kind).toBe("refundable");
	});

	it("of a discount, or of an adjustment that is not there, is refused", () => {
		const c = bought(LINES - 20, "discount -20");
		for (const index of [0, 1]) {
			expect(decideRefund(c, null, [{ index, amountMinor: null }])).toMatchObject({ refundableMinor: 0 });
		}
	});

	it("of everything names what is left of each amount, to the last minor unit, and nothing that has none left", () => {
		const c = bought(LINES + 51, "shipping 49", "discount -20", "fee 2", "tax 20");
		const some = [shipping()[0] as RequestedAdjustment, { index: 2, amountMinor: 1 }];
		const { checkout } = given(c, refundOf(c, [], some));
		expect(decideRefund(checkout, null)).toMatchObject({
			adjustments: [
				{ index: 2, amountMinor: 1 },
				{ index: 3, amountMinor: 20 },
			],
		});
	});

	it("of everything gives back what was paid, with the shipping and not with the discount", () => {
		const c = bought(LINES + 29, "shipping 49", "discount -20");
		const { checkout } = given(c, refundOf(c, null))
			.then(toRefund(LINES + 29))
			.and(answer(captured(LINES + 29, LINES + 29)))
			.then(toGiveBack("a"));
		expect(orderOf(checkout)).toMatchObject({ status: "refunded", refundPendingMinor: 0 });
	});

	it("line by line gives back no more than was paid for the lines (woocommerce 54499)", () => {
		const c = bought(LINES + 29, "shipping 49", "discount -20");
		const { checkout } = given(c, refundOf(c, [{ sku: "b", quantity: 2 }])).then(toRefund(2 * PRICE));
		// The last line gives back what is left of the lines' money: the discount was not paid.
		const lines = given(checkout, refundOf(checkout, [{ sku: "a", quantity: 1 }])).then(toRefund(LINES - 20)).checkout;
		expect(dueMinor(lines)).toBe(49);
		given(lines, refundOf(lines, null)).then(toRefund(LINES + 29));
	});

	it("of shipping that a discount has paid in part gives back the part that was paid", () => {
		const c = bought(9, "shipping 49", "discount -340");
		given(c, refundOf(c, null, shipping())).then(toRefund(9));
		given(c, refundOf(c, [{ sku: "a", quantity: 1 }])).then(toGiveBack("a"));
	});

	it("of an order that cost nothing gives the units back and no money", () => {
		const c = opened("discount -300").and(sold("a"), sold("b")).checkout;
		const { checkout } = given(c, refundOf(c, null)).then(toGiveBack("a"));
		expect(orderOf(checkout)).toMatchObject({ status: "refunded", refundedMinor: 0 });
	});

	it("of the only pre-order gives the shipping back too, since nothing was sold", () => {
		const terms = { fulfilment: "preorder", preorder: { expectedAtMs: null, termsVersion: "v1" } } as const;
		const c = given(cart(["a 1"], { adjustments: ["shipping 49"] }), pinned("a", terms), created)
			.and(webhook(authorised(PRICE + 49)), owed("a"), answer(captured(PRICE + 49)))
			.and({ ...refundOfPreorder })
			.then({ kind: "cancel-preorder", sku: "a" })
			.and({ kind: "preorder-cancelled", sku: "a" });
		c.then(toRefund(PRICE + 49));
	});

	it("that earlier code has stored, without adjustments, still counts", () => {
		const c = bought(LINES + 49, "shipping 49");
		const stored = { kind: "refund", units: [{ sku: "a", quantity: 1 }], restock: false, reason: "" } as const;
		given(c, stored).then(toRefund(PRICE));
	});
});

const refundOfPreorder = {
	...{ kind: "refund", units: [{ sku: "a", quantity: 1 }], restock: false, reason: "" },
} as const satisfies Event;

/** The units stay with the shopper, and their SKU is told. */
const toGiveBack = (sku: string) => ({ kind: "give-back", sku }) as const;

describe("metadata of an order", () => {
	const named = (patch: Readonly<Record<string, string | null>>) => ({ kind: "metadata", patch }) as const;

	it("is set for an order, and not for a checkout that is none yet", () => {
		const c = cart(["a"]);
		expect(given(c, named({ gift: "yes" })).checkout).toBe(c);
	});

	it("is changed name by name, and a name is taken away by null or the empty text", () => {
		const c = bought(LINES);
		const { checkout } = given(c, named({ parcel: "JD0002", cart: "8842" }), named({ cart: null, gift: "yes" }));
		expect(checkout.metadata).toEqual({ parcel: "JD0002", gift: "yes" });
		expect(given(checkout, named({ gift: "" })).checkout.metadata).toEqual({ parcel: "JD0002" });
	});

	it("makes a new version of the order, and none when nothing changes", () => {
		const c = bought(LINES);
		const { checkout } = given(c, named({ parcel: "JD0002" })).then(toRecord);
		expect(checkout.version).toBe(c.version + 1);
		expect(given(checkout, named({ parcel: "JD0002", cart: null })).checkout).toBe(checkout);
	});

	it("has as many names as fit, and keeps what it has when a patch brings more", () => {
		const names = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`name ${i}`, "x"]));
		const { checkout } = given(bought(LINES), named(names(MAX_METADATA_KEYS)));
		expect(Object.keys(checkout.metadata)).toHaveLength(MAX_METADATA_KEYS);
		expect(patchedMetadata(checkout.metadata, { more: "x" })).toBeNull();
		expect(given(checkout, named({ more: "x" })).checkout).toBe(checkout);
	});

	it("takes a name that every object of JavaScript has", () => {
		const { checkout } = given(bought(LINES), named(JSON.parse('{"__proto__": "1", "constructor": "2"}')));
		expect(Object.entries(checkout.metadata)).toEqual([
			["__proto__", "1"],
			["constructor", "2"],
		]);
	});

	it("takes no name away that is not there, whichever it is", () => {
		const c = bought(LINES);
		expect(given(c, named({ constructor: null })).checkout).toBe(c);
	});
});
