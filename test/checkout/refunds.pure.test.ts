/** Refunds and pre-orders after the sale: which units may be refunded, and that money and units each go back once. */
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
	lost,
	owed,
	PRICE,
	pinned,
	refused,
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
const givenBack = (sku: string, total: number): Event => ({ kind: "line-given-back", sku, total });
const toGiveBack = (sku: string, total: number) => ({ kind: "give-back", sku, total }) as const;
const returned = (sku: string, total: number): Event => ({ kind: "line-returned", sku, total });

/** A completed checkout of one "a" and two "b", which D1 has. With `preorder`, "b" is a pre-order. */
function completed(preorder = false): Checkout {
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
	it("returns the price of the units, then the units, and then sends the order to D1", () => {
		given(completed(), refund([{ sku: "b", quantity: 1 }]))
			.then(toRefund(PRICE))
			.and(answer(captured(DUE, PRICE)))
			.then(toTakeBack("b", 1))
			.and(returned("b", 1))
			.then(toRecord);
	});

	it("without restock leaves the units sold, and tells their SKU that they were paid back", () => {
		given(completed(), refund([{ sku: "b", quantity: 2 }], false))
			.then(toRefund(2 * PRICE))
			.and(answer(captured(DUE, 2 * PRICE)))
			.then(toGiveBack("b", 2))
			.and(givenBack("b", 2))
			.then(toRecord);
	});

	it("adds to an earlier one: each refunds its own units, and the SKU receives the sum", () => {
		given(completed(), refund([{ sku: "b", quantity: 1 }]), answer(captured(DUE, PRICE)), returned("b", 1))
			.and(refund([{ sku: "b", quantity: 1 }]))
			.then(toRefund(PRICE, PRICE))
			.and(answer(captured(DUE, 2 * PRICE)))
			.then(toTakeBack("b", 2))
			.and(returned("b", 1))
			.then(toTakeBack("b", 2))
			.and(returned("b", 2))
			.then(toRecord);
	});

	it("leaves nothing due when it covers everything", () => {
		const c = completed();
		const units = [
			{ sku: "a", quantity: 1 },
			{ sku: "b", quantity: 2 },
		];
		expect(decideRefund(c, null)).toEqual({ kind: "refundable", units, adjustments: [] });
		const { checkout } = given(c, refund(units)).then(toRefund(DUE));
		expect(dueMinor(checkout)).toBe(0);
		expect(decideRefund(checkout, null)).toEqual({ kind: "refundable", units: [], adjustments: [] });
	});

	it("of nothing changes nothing", () => {
		const c = completed();
		expect(given(c, refund([])).checkout).toBe(c);
	});

	it("changes nothing before everything is sold", () => {
		const c = given(
			cart(["a", "b"]),
			pinned("a"),
			pinned("b"),
			created,
			webhook(authorised(2 * PRICE)),
			sold("a"),
		).checkout;
		expect(given(c, refund([{ sku: "a", quantity: 1 }])).checkout).toBe(c);
	});

	it("covers what was sold, and nothing that was lost or refused", () => {
		const c = given(
			...([cart(["a 1", "b 2", "c"], { partial: true }), pinned("a"), pinned("b"), refused("c"), created] as const),
			...[webhook(captured(DUE)), sold("a"), lost("b"), answer(captured(DUE, 2 * PRICE))],
		).is({ phase: "completed" }).checkout;
		expect(decideRefund(c, null)).toEqual({ kind: "refundable", units: [{ sku: "a", quantity: 1 }], adjustments: [] });
		expect(decideRefund(c, [{ sku: "b", quantity: 1 }])).toEqual({ kind: "refund-exceeds", sku: "b", refundable: 0 });
		given(c, recorded(c)).then(null);
	});

	it("is not made twice after an unclear answer: the payment is read", () => {
		given(completed(), refund([{ sku: "a", quantity: 1 }], false), unclear)
			.then({ kind: "read-payment", paymentId: "pay_1" })
			.and(answer(captured(DUE, PRICE)))
			.then(toGiveBack("a", 1));
	});

	it("is refused for more than is left, for what was not bought, and before the sale", () => {
		const c = given(completed(), refund([{ sku: "b", quantity: 1 }])).checkout;
		expect(decideRefund(c, [{ sku: "b", quantity: 2 }])).toEqual({ kind: "refund-exceeds", sku: "b", refundable: 1 });
		expect(decideRefund(c, [{ sku: "z", quantity: 1 }])).toEqual({ kind: "refund-exceeds", sku: "z", refundable: 0 });
		const early = given(cart(["a"]), pinned("a"), created).checkout;
		expect(decideRefund(early, null)).toEqual({ kind: "not-refundable" });
		given(early, refund([{ sku: "a", quantity: 1 }])).is(early);
	});

	it("is refused while the bank disputes the payment, but what is owed already may be tried once more", () => {
		const refunded = given(completed(), refund([{ sku: "b", quantity: 2 }]), answer(captured(DUE, 2 * PRICE))).checkout;
		// The refund came back, and the bank took the price of "a".
		const c = given(
			refunded,
			webhook({ ...captured(DUE), disputedMinor: PRICE }),
			answer({ ...captured(DUE), disputedMinor: PRICE }),
		).checkout;
		expect(decideRefund(c, null)).toEqual({ kind: "disputed" });
		expect(decideRefund(c, [{ sku: "a", quantity: 1 }])).toEqual({ kind: "disputed" });
		expect(decideRefund(c, [], [{ index: 0, amountMinor: 1 }])).toEqual({ kind: "disputed" });
		expect(decideRefund(c, [])).toEqual({ kind: "refundable", units: [], adjustments: [] });
		const all = given(c, refund([{ sku: "a", quantity: 1 }])).checkout;
		expect(decideRefund(all, null)).toEqual({ kind: "refundable", units: [], adjustments: [] });
	});
});

describe("a line that is sold", () => {
	it("has nothing refunded, and a pre-order is owed by the terms that its SKU names", () => {
		const rest = { cancelling: false, refunded: 0, toReturn: 0, returned: 0 };
		const [a, b] = completed(true).lines;
		expect(a).toMatchObject({ claim: "committed", ...rest, preorderStatus: null, preorder: null, subjectId: "r_a" });
		expect(b).toMatchObject({
			...{ claim: "committed", ...rest, fulfilment: "preorder", preorderStatus: "owed", subjectId: "p_b" },
			preorder: { expectedAtMs: null, termsVersion: "v1" },
		});
		const fromStock = given(cart(["a"]), pinned("a"), created, webhook(authorised(PRICE)), owed("a")).checkout;
		expect(fromStock.lines[0]).toMatchObject({
			fulfilment: "preorder",
			subjectId: "p_a",
			preorder: { termsVersion: "v1" },
		});
	});

	it("counts units that came back or were given back upwards only", () => {
		const c = given(completed(), refund([{ sku: "b", quantity: 2 }]), returned("b", 2), givenBack("b", 2)).checkout;
		expect(c.lines[1]).toMatchObject({ returned: 2, givenBack: 2 });
		for (const event of [returned("b", 2), returned("b", 1), givenBack("b", 2), givenBack("b", 1)]) {
			expect(given(c, event).checkout).toBe(c);
		}
		expect(given(completed(), givenBack("b", 1)).checkout.lines[1]).toMatchObject({ givenBack: 1 });
		const none = completed();
		expect(given(none, givenBack("b", 0)).checkout).toBe(none);
	});
});

describe("a pre-order", () => {
	it("is owed, then filled, and each change is sent to D1", () => {
		given(completed(true))
			.is({ lines: [{}, { claim: "committed", fulfilment: "preorder", preorderStatus: "owed" }] })
			.and({ kind: "preorder-filled", sku: "b" })
			.is({ lines: [{}, { preorderStatus: "filled" }] })
			.then(toRecord);
	});

	it("is cancelled at its SKU before its price is refunded, since it may have been filled meanwhile", () => {
		given(completed(true), refund([{ sku: "b", quantity: 2 }]))
			.then({ kind: "cancel-preorder", sku: "b" })
			.and({ kind: "preorder-cancelled", sku: "b" })
			.is({ lines: [{}, { preorderStatus: "cancelled", refunded: 2, cancelling: false }] })
			.then(toRefund(2 * PRICE))
			.and(answer(captured(DUE, 2 * PRICE)))
			.then(toRecord);
	});

	it("is not refunded by its cancellation when it turns out to be filled", () => {
		given(completed(true), refund([{ sku: "b", quantity: 2 }]))
			.then({ kind: "cancel-preorder", sku: "b" })
			.and({ kind: "preorder-filled", sku: "b" })
			.is({ lines: [{}, { preorderStatus: "filled", refunded: 0, cancelling: false }] })
			.then(toRecord);
	});

	it.each([true, false])("is refunded though it is filled when the request says so, with restock %j", (restock) => {
		const units = [{ sku: "b", quantity: 2 }];
		const event: Event = { kind: "refund", units, restock, reason: "", evenIfFilled: true };
		given(completed(true), event)
			.is({ lines: [{}, { cancelling: true, refundIfFilled: { restock } }] })
			.and({ kind: "preorder-filled", sku: "b" })
			.is({ lines: [{}, { preorderStatus: "filled", cancelling: false, refundIfFilled: null }] })
			.is({ lines: [{}, { refunded: 2, toReturn: restock ? 2 : 0 }] });
		given(completed(true), refund(units, restock)).is({ lines: [{}, { refundIfFilled: null }] });
	});

	it("is refunded by nobody else while it is being cancelled", () => {
		const c = given(completed(true), refund([{ sku: "b", quantity: 2 }])).checkout;
		expect(decideRefund(c, null)).toEqual({ kind: "refundable", units: [{ sku: "a", quantity: 1 }], adjustments: [] });
		expect(decideRefund(c, [{ sku: "b", quantity: 2 }])).toEqual({ kind: "refund-exceeds", sku: "b", refundable: 0 });
	});

	it("can only be refunded whole while it is owed", () => {
		const units = [{ sku: "b", quantity: 2 }];
		expect(decideRefund(completed(true), units)).toEqual({ kind: "refundable", units, adjustments: [] });
		const filled = given(completed(true), { kind: "preorder-filled", sku: "b" }).checkout;
		expect(decideRefund(filled, [{ sku: "b", quantity: 1 }]).kind).toBe("refundable");

		expect(decideRefund(completed(true), [{ sku: "b", quantity: 1 }])).toEqual({
			kind: "refund-exceeds",
			sku: "b",
			refundable: 2,
		});
	});

	it("stays as it is when an event about it arrives twice or after its end", () => {
		const once = given(completed(true), { kind: "preorder-cancelled", sku: "b" }).checkout;
		given(once, { kind: "preorder-cancelled", sku: "b" }).is(once).and({ kind: "preorder-filled", sku: "b" }).is(once);
		const filled = given(completed(true), { kind: "preorder-filled", sku: "b" }).checkout;
		given(filled, { kind: "preorder-cancelled", sku: "b" }).is(filled);
	});
});
