/**
 * Creates the PaymentIntent for a checkout.
 *
 * One key leads to one payment that is ever shown to anybody. Every payment method that can authorise first does so,
 * and no method is hidden because it cannot. Not here: what happens to the payment afterwards (`provider.ts`).
 */
import type Stripe from "stripe";
import type { CreateRequest, CreateResult, PaymentResult } from "../provider.ts";
import { type Failure, isReplay, retryKeys, toFailure } from "./errors.ts";
import { CHECKOUT_METADATA, INTENT_EXPAND, toPayment } from "./payment.ts";

type MethodOptions = Stripe.PaymentIntentCreateParams.PaymentMethodOptions;
type ReadPayment = (paymentId: string) => Promise<PaymentResult>;

/**
 * Authorise where the method can, capture at once where it cannot. A top-level `capture_method: manual` would hide
 * iDEAL, Bancontact, BLIK and others from the shopper. Set for each method, it leaves those as they are.
 * https://docs.stripe.com/payments/place-a-hold-on-a-payment-method
 */
const AUTHORISE_ONLY = { capture_method: "manual" } as const;
const AUTHORISE_CARDS: MethodOptions = { card: AUTHORISE_ONLY };
const AUTHORISE_ALL: MethodOptions = {
	affirm: AUTHORISE_ONLY,
	afterpay_clearpay: AUTHORISE_ONLY,
	alma: AUTHORISE_ONLY,
	amazon_pay: AUTHORISE_ONLY,
	billie: AUTHORISE_ONLY,
	card: AUTHORISE_ONLY,
	cashapp: AUTHORISE_ONLY,
	klarna: AUTHORISE_ONLY,
	link: AUTHORISE_ONLY,
	mobilepay: AUTHORISE_ONLY,
	paypal: AUTHORISE_ONLY,
	revolut_pay: AUTHORISE_ONLY,
	satispay: AUTHORISE_ONLY,
};

/** Creates the intent for a checkout. @param read reads an intent as Stripe has it now */
export async function createIntent(stripe: Stripe, request: CreateRequest, read: ReadPayment): Promise<CreateResult> {
	let result = await tryCreate(stripe, request, request.key, AUTHORISE_ALL, read);
	if (result.kind === "turned-down" && result.param?.startsWith("payment_method_options")) {
		// An account in which one of the methods cannot be named must still sell: then only cards are authorised first.
		result = await tryCreate(stripe, request, `${request.key}~cards`, AUTHORISE_CARDS, read);
	}
	switch (result.kind) {
		case "turned-down":
			return { kind: "refused", reason: "other", detail: result.detail };
		case "lost":
			return { kind: "unknown", detail: result.detail };
		default:
			return result;
	}
}

async function tryCreate(
	stripe: Stripe,
	{ checkoutId, amountMinor, currency, email }: CreateRequest,
	key: string,
	options: MethodOptions,
	read: ReadPayment,
): Promise<CreateResult | Failure> {
	let failure: Failure = { kind: "lost", detail: "never called" };
	for (const idempotencyKey of retryKeys(key)) {
		try {
			const intent = await stripe.paymentIntents.create(
				{
					amount: amountMinor,
					currency: currency.toLowerCase(),
					automatic_payment_methods: { enabled: true },
					payment_method_options: options,
					metadata: { [CHECKOUT_METADATA]: checkoutId },
					// Stripe sends a receipt to this address when money is captured.
					receipt_email: email,
					expand: INTENT_EXPAND,
				},
				{ idempotencyKey },
			);
			return await toCreated(intent, read);
		} catch (error) {
			failure = toFailure(error);
			// Only an accident is worth another key. An intent that it may have left behind was never shown to anybody,
			// so nobody can pay it.
			if (failure.kind === "lost" || !failure.accident) return failure;
		}
	}
	return failure;
}

async function toCreated(intent: Stripe.Response<Stripe.PaymentIntent>, read: ReadPayment): Promise<CreateResult> {
	let payment = toPayment(intent);
	if (isReplay(intent.lastResponse.headers)) {
		const now = await read(intent.id);
		if (now.kind === "unknown") return now;
		payment = now.payment;
	}
	if (payment === null || intent.client_secret === null) {
		return { kind: "unknown", detail: `Stripe created ${intent.id} and does not know it` };
	}
	return { kind: "created", payment, payWith: { clientSecret: intent.client_secret } };
}
