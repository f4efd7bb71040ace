/** What the simulations and the state table have found, each repeated in a few lines. */
import { describe, expect, it } from "vitest";
import type { Payment } from "../../src/payments/provider.ts";
import { confirmPayment, refundPayment } from "../../src/payments/sandbox/rules.ts";
import { NOW } from "../checkout/saga-dsl.ts";
import { CheckoutHarness } from "./checkout-harness.ts";

function awaiting(): CheckoutHarness {
	const checkout = new CheckoutHarness();
	checkout.run();
	return checkout;
}

describe("a checkout", () => {
	it("closes when the provider's answer dates a decline earlier than its webhook did", () => {
		const checkout = awaiting();
		checkout.changePayment((payment) => confirmPayment(payment, "decline", NOW));
		const payment = checkout.payment as Payment;
		checkout.receive({ ...payment, declined: { code: "card_declined", atMs: NOW + 1_000 } });
		checkout.settle();
		expect(checkout.c).toMatchObject({ phase: "closed", ending: "expired" });
		expect(checkout.payment).toMatchObject({ status: "voided" });
	});

	it("sells nothing for money that was refunded before its webhook arrived", () => {
		const checkout = awaiting();
		checkout.changePayment((payment) => confirmPayment(payment, "capture", NOW));
		checkout.changePayment((payment) => refundPayment(payment, payment.amountMinor));
		checkout.receive(checkout.payment as Payment);
		checkout.settle();
		expect(checkout.c).toMatchObject({ phase: "closed", ending: "lost" });
		expect(checkout.valueMinor).toBe(0);
	});

	it("returns the first line when the money was refunded before the second was sold", () => {
		const checkout = awaiting();
		checkout.changePayment((payment) => confirmPayment(payment, "capture", NOW));
		checkout.receive(checkout.payment as Payment);
		checkout.run((effect) => effect.kind === "commit" && effect.sku === "b");
		checkout.changePayment((payment) => refundPayment(payment, payment.amountMinor));
		checkout.receive(checkout.payment as Payment);
		checkout.settle();
		expect(checkout.c).toMatchObject({ phase: "closed", ending: "lost" });
		const returned = { state: "sold", quantity: 1, returned: 1 };
		expect([...checkout.world.stakes.values()]).toEqual([returned, returned]);
	});
});
