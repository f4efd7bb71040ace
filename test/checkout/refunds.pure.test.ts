/** Refunds and pre-orders after the sale: what may be given back, and that money and units each go back once. */
import { describe, expect, it } from "vitest";
import type { Checkout, Event, RefundUnits } from "../../src/checkout/rules/model.ts";
import { decideRefund } from "../../src/checkout/rules/refunds.ts";
import { dueMinor } from "../../src/checkout/rules/settlement.ts";
import {
	answer,
	authorised,
	captured,
	cart,
	created,
	given,
	owed,
	PRICE,
	pinned,
	sold,
	toRecord,
	toRefund,
	toTakeBack,
	unclear,
	webhook,
} from "./saga-dsl.ts";

const DUE = 3 * PRICE;
const recorded = (c: Checkout): Event => ({ kind: "recorded", version: c.version });
const refund = (units: readonly RefundUnits[], restock = true): Event => ({
	kind: "refund",
	units,
	restock,
	reason: "damaged",
});
const returned = (sku: string, total: number): Event => ({ kind: "line-returned", sku, total });

/** One of a and two of b, paid for and in D1; b as a pre-order when asked for. */
function complete(preorder = false): Checkout {
	const pre = { fulfilment: "preorder" as const, preorder: { expectedAtMs: null, termsVersion: "v1" } };
	const paid = given(
		cart(["a 1", "b 2"]),
		pinned("a"),
		pinned("b", preorder ? pre : {}),
		created,
		webhook(authorised(DUE)),
		sold("a"),
		preorder ? owed("b") : sold("b"),
		answer(captured(DUE)),
	).checkout;
	return given(paid, recorded(paid)).then(null).checkout;
}

describe("a refund", () => {
	it("of some units gives back their price, then the units, and then tells D1", () => {
		given(complete(), refund([{ sku: "b", quantity: 1 }]))
			.then(toRefund(PRICE))
			.and(answer(captured(DUE, PRICE)))
			.then(toTakeBack("b", 1))
			.and(returned("b", 1))
			.then(toRecord);
	});

	it("without restock leaves the units sold", () => {
		given(complete(), refund([{ sku: "b", quantity: 2 }], false))
			.then(toRefund(2 * PRICE))
			.and(answer(captured(DUE, 2 * PRICE)))
			.then(toRecord);
	});

	it("and another one: each gives back its own, and the stock is told the sum", () => {
		given(complete(), refund([{ sku: "b", quantity: 1 }]), answer(captured(DUE, PRICE)), returned("b", 1))
			.and(refund([{ sku: "b", quantity: 1 }]))
			.then(toRefund(PRICE, PRICE))
			.and(answer(captured(DUE, 2 * PRICE)))
			.then(toTakeBack("b", 2))
			.and(returned("b", 1))
			.then(toTakeBack("b", 2))
			.and(returned("b", 2))
			.then(toRecord);
	});

	it("of everything leaves nothing due", () => {
		const c = complete();
		const units = [
			{ sku: "a", quantity: 1 },
			{ sku: "b", quantity: 2 },
		];
		expect(decideRefund(c, null)).toEqual({ kind: "refundable", units });
		const { checkout } = given(c, refund(units)).then(toRefund(DUE));
		expect(dueMinor(checkout)).toBe(0);
		expect(decideRefund(checkout, null)).toEqual({ kind: "refundable", units: [] });
	});

	it("whose answer was unclear is read, and not made twice", () => {
		given(complete(), refund([{ sku: "a", quantity: 1 }], false), unclear)
			.then({ kind: "read-payment", paymentId: "pay_1" })
			.and(answer(captured(DUE, PRICE)))
			.then(toRecord);
	});

	it("of more than is left, of what was not bought, or before the sale is refused", () => {
		const c = given(complete(), refund([{ sku: "b", quantity: 1 }])).checkout;
		expect(decideRefund(c, [{ sku: "b", quantity: 2 }])).toEqual({ kind: "refund-exceeds", sku: "b", refundable: 1 });
		expect(decideRefund(c, [{ sku: "z", quantity: 1 }])).toEqual({ kind: "refund-exceeds", sku: "z", refundable: 0 });
		const early = given(cart(["a"]), pinned("a"), created).checkout;
		expect(decideRefund(early, null)).toEqual({ kind: "not-refundable" });
		given(early, refund([{ sku: "a", quantity: 1 }])).is(early);
	});
});

describe("a pre-order", () => {
	it("is owed, then filled, and D1 hears of each", () => {
		given(complete(true))
			.is({ lines: [{}, { claim: "committed", fulfilment: "preorder", preorderStatus: "owed" }] })
			.and({ kind: "preorder-filled", sku: "b" })
			.is({ lines: [{}, { preorderStatus: "filled" }] })
			.then(toRecord);
	});

	it("is cancelled at its SKU before its price goes back: it may have been filled meanwhile", () => {
		given(complete(true), refund([{ sku: "b", quantity: 2 }]))
			.then({ kind: "cancel-preorder", sku: "b" })
			.and({ kind: "preorder-cancelled", sku: "b" })
			.is({ lines: [{}, { preorderStatus: "cancelled", refunded: 2, cancelling: false }] })
			.then(toRefund(2 * PRICE))
			.and(answer(captured(DUE, 2 * PRICE)))
			.then(toRecord);
	});

	it("that turns out to be filled is not refunded by its cancellation", () => {
		given(complete(true), refund([{ sku: "b", quantity: 2 }]))
			.then({ kind: "cancel-preorder", sku: "b" })
			.and({ kind: "preorder-filled", sku: "b" })
			.is({ lines: [{}, { preorderStatus: "filled", refunded: 0, cancelling: false }] })
			.then(toRecord);
	});

	it("is refunded whole while it is owed", () => {
		expect(decideRefund(complete(true), [{ sku: "b", quantity: 1 }])).toEqual({
			kind: "refund-exceeds",
			sku: "b",
			refundable: 2,
		});
	});

	it("cancelled twice, or told of twice, changes nothing more", () => {
		const once = given(complete(true), { kind: "preorder-cancelled", sku: "b" }).checkout;
		given(once, { kind: "preorder-cancelled", sku: "b" }).is(once).and({ kind: "preorder-filled", sku: "b" }).is(once);
		const filled = given(complete(true), { kind: "preorder-filled", sku: "b" }).checkout;
		given(filled, { kind: "preorder-cancelled", sku: "b" }).is(filled);
	});
});
