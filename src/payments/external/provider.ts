/**
 * The merchant's own payment, behind the port of a provider. Nobody is called: the merchant's server says that the money
 * was paid, and the checkout has all that is known of it. What the checkout wants done, it notes as done here, and the
 * answer to the merchant says what their shop has to do: give money back, and how much.
 *
 * While it is open, the shopper may be paying at this moment (`attemptUnderWay`): only the merchant knows.
 */
import { assert } from "../../platform/assert.ts";
import { assertAmount, type Payment, type PaymentProvider, type PaymentResult, type Refusal } from "../provider.ts";

/** @param seen the payment as its checkout has it; null before it exists */
export function externalPayment(seen: Payment | null): PaymentProvider {
	const known = (): Payment => {
		assert(seen !== null, "an external payment exists before anything is asked of it");
		return seen;
	};
	const refused = (reason: Refusal): PaymentResult => ({ kind: "refused", reason, payment: known() });
	const changed = (changes: Partial<Payment>): PaymentResult => ({ kind: "ok", payment: { ...known(), ...changes } });
	return {
		name: "external",
		async create({ checkoutId, amountMinor, currency }) {
			assertAmount(amountMinor);
			const amounts = { amountMinor, authorisedMinor: 0, capturedMinor: 0, refundedMinor: 0, disputedMinor: 0 };
			const nothingYet = { status: "open", paidAtMs: null, attemptUnderWay: true, declined: null } as const;
			const payment: Payment = { id: `external_${checkoutId}`, checkoutId, currency, ...amounts, ...nothingYet };
			return { kind: "created", payment, payWith: { external: true } };
		},
		async read() {
			return changed({});
		},
		async void() {
			if (known().status === "captured") return refused("already-captured");
			return changed({ status: "voided", attemptUnderWay: false });
		},
		// What the merchant's server says to be paid is captured: there is nothing in between.
		async capture() {
			return refused(known().status === "captured" ? "already-captured" : "not-paid");
		},
		async refund(_id, amountMinor) {
			assertAmount(amountMinor);
			const { status, capturedMinor, refundedMinor } = known();
			if (status !== "captured") return refused("not-paid");
			if (refundedMinor + amountMinor > capturedMinor) return refused("amount-too-large");
			return changed({ refundedMinor: refundedMinor + amountMinor });
		},
		async parseWebhook() {
			return { kind: "bad-signature" };
		},
	};
}
