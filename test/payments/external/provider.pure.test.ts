/** The merchant's own payment behind the port: it notes what is wanted, refuses what cannot be, and calls nobody. */
import { describe, expect, it } from "vitest";
import { externalPayment } from "../../../src/payments/external/provider.ts";
import type { Payment } from "../../../src/payments/provider.ts";

const REQUEST = { key: "k", checkoutId: "co_1", email: "ada@example.com", allowDelayedMethods: false } as const;

async function open(): Promise<Payment> {
	const created = await externalPayment(null).create({ ...REQUEST, amountMinor: 1999, currency: "KWD" });
	if (created.kind !== "created") throw new Error(created.kind);
	expect(created.payWith).toEqual({ external: true });
	return created.payment;
}
const paid = async (): Promise<Payment> => ({
	...(await open()),
	status: "captured",
	capturedMinor: 1999,
	paidAtMs: 1,
});

describe("the merchant's own payment", () => {
	it("is open, and the shopper may be paying, until the merchant says otherwise", async () => {
		const payment = await open();
		expect(payment).toMatchObject({ status: "open", amountMinor: 1999, currency: "KWD", attemptUnderWay: true });
		expect(await externalPayment(payment).read(payment.id)).toEqual({ kind: "ok", payment });
	});

	it("is voided while it is not paid, and not afterwards", async () => {
		const [unpaid, captured] = [await open(), await paid()];
		expect(await externalPayment(unpaid).void(unpaid.id, "k")).toMatchObject({
			...{ kind: "ok", payment: { status: "voided", attemptUnderWay: false } },
		});
		expect(await externalPayment(captured).void(captured.id, "k")).toEqual({
			...{ kind: "refused", reason: "already-captured", payment: captured },
		});
	});

	it("is refunded at most by what was paid", async () => {
		const captured = await paid();
		const refund = (payment: Payment, amountMinor: number) => externalPayment(payment).refund("", amountMinor, "k");
		expect(await refund(captured, 1999)).toMatchObject({ kind: "ok", payment: { refundedMinor: 1999 } });
		expect(await refund({ ...captured, refundedMinor: 1 }, 1999)).toMatchObject({ reason: "amount-too-large" });
		expect(await refund(await open(), 1)).toMatchObject({ reason: "not-paid" });
		await expect(refund(captured, 0)).rejects.toThrow();
	});

	it("is captured by nobody but the merchant, and has no webhooks", async () => {
		const unpaid = await open();
		expect(await externalPayment(unpaid).capture("", 1999, "k")).toMatchObject({ reason: "not-paid" });
		expect(await externalPayment(await paid()).capture("", 1999, "k")).toMatchObject({ reason: "already-captured" });
		expect(await externalPayment(null).parseWebhook("", new Headers(), 0)).toEqual({ kind: "bad-signature" });
	});
});
