/** The order of a completed checkout: its status is what the money says, whoever moved it. */
import { describe, expect, it } from "vitest";
import { orderOf } from "../../src/checkout/order.ts";
import type { Checkout, Event } from "../../src/checkout/rules/model.ts";
import { decideRefund } from "../../src/checkout/rules/refunds.ts";
import { statusOf } from "../../src/checkout/status.ts";
import { answer, authorised, captured, cart, created, given, PRICE, pinned, sold, webhook } from "./saga-dsl.ts";

const TOTAL = 3 * PRICE;
const complete = () =>
	given(cart(["a 3"]), pinned("a"), created, webhook(authorised(TOTAL)), sold("a"), answer(captured(TOTAL))).checkout;
const statusAfter = (...events: readonly Event[]) => orderOf(given(complete(), ...events).checkout)?.status;
const refundOf = (quantity: number): Event => {
	const units = [{ sku: "a", quantity }];
	return { kind: "refund", units, restock: false, reason: "" };
};

describe("the status of an order", () => {
	it("is paid, partly refunded and refunded as the merchant refunds it here", () => {
		expect(statusAfter()).toBe("paid");
		expect(statusAfter(refundOf(1))).toBe("partially_refunded");
		expect(statusAfter(refundOf(1), answer(captured(TOTAL, PRICE)))).toBe("partially_refunded");
		expect(statusAfter(refundOf(3))).toBe("partially_refunded");
		expect(statusAfter(refundOf(3), answer(captured(TOTAL, TOTAL)))).toBe("refunded");
	});

	it("is the same when the merchant gives the money back at the provider, by hand", () => {
		expect(statusAfter(webhook(captured(TOTAL, 1)))).toBe("partially_refunded");
		expect(statusAfter(webhook(captured(TOTAL, TOTAL)))).toBe("refunded");
		const { checkout } = given(complete(), webhook(captured(TOTAL, TOTAL)));
		expect(statusOf(checkout)).toBe("refunded");
	});

	it("is what it was when money that was given back is there again", () => {
		expect(statusAfter(webhook(captured(TOTAL, TOTAL)), answer(captured(TOTAL)))).toBe("paid");
	});

	it("is disputed as long as the bank has taken the money back", () => {
		const dispute = (disputedMinor: number) => answer({ ...captured(TOTAL), disputedMinor });
		expect(statusAfter(dispute(TOTAL))).toBe("disputed");
		expect(statusAfter(dispute(TOTAL), dispute(0))).toBe("paid");
	});
});

describe("a refund of a disputed payment", () => {
	it("is refused by that name, and is possible again when the dispute is won", () => {
		const disputed = given(complete(), answer({ ...captured(TOTAL), disputedMinor: 1 })).checkout;
		expect(decideRefund(disputed, null)).toEqual({ kind: "disputed" });
		expect(decideRefund(given(disputed, answer(captured(TOTAL))).checkout, null)).toMatchObject({ kind: "refundable" });
	});
});

describe("a checkout as an object of the version before sends it", () => {
	it("becomes an order without what that version does not know", () => {
		const { unsettled, refundsReturned, keyNumber, terms, payment, ...before } = complete();
		const { disputedMinor, attemptUnderWay, ...seen } = payment?.seen ?? {};
		const old = { ...before, payment: { ...payment, seen } } as unknown as Checkout;
		expect(orderOf(old)).toMatchObject({ status: "paid", unsettled: null, refundPendingMinor: 0 });
		expect(statusOf(old)).toBe("completed");
	});
});
