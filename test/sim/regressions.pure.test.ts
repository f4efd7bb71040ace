/** What towns and the table have found, each told again in a few lines. */
import { describe, expect, it } from "vitest";
import type { Payment } from "../../src/payments/provider.ts";
import { confirmPayment, refundPayment } from "../../src/payments/sandbox/rules.ts";
import { NOW, Stage } from "./checkout-harness.ts";

function awaiting(): Stage {
	const stage = new Stage();
	stage.run();
	return stage;
}

describe("found", () => {
	it("a provider whose answer dates a decline earlier than its webhook did is believed: the checkout closes", () => {
		const stage = awaiting();
		stage.happen((payment) => confirmPayment(payment, "decline", NOW));
		const payment = stage.payment as Payment;
		stage.hear({ ...payment, declined: { code: "card_declined", atMs: NOW + 1_000 } });
		stage.rest();
		expect(stage.c).toMatchObject({ phase: "closed", ending: "expired" });
		expect(stage.payment).toMatchObject({ status: "voided" });
	});

	it("money that was given back before we heard of it buys nothing", () => {
		const stage = awaiting();
		stage.happen((payment) => confirmPayment(payment, "capture", NOW));
		stage.happen((payment) => refundPayment(payment, payment.amountMinor));
		stage.hear(stage.payment as Payment);
		stage.rest();
		expect(stage.c).toMatchObject({ phase: "closed", ending: "lost" });
		expect(stage.value).toBe(0);
	});

	it("money that was given back between two sales of one checkout takes the first of them back", () => {
		const stage = awaiting();
		stage.happen((payment) => confirmPayment(payment, "capture", NOW));
		stage.hear(stage.payment as Payment);
		stage.run((effect) => effect.kind === "commit" && effect.sku === "b");
		stage.happen((payment) => refundPayment(payment, payment.amountMinor));
		stage.hear(stage.payment as Payment);
		stage.rest();
		expect(stage.c).toMatchObject({ phase: "closed", ending: "lost" });
		expect([...stage.claims.values()]).toEqual(["none", "none"]);
	});
});
