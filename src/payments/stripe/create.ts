/**
 * Creates the PaymentIntent for a checkout.
 *
 * One key leads to one payment that is ever shown to anybody. Every payment method that can authorise first does so,
 * and no method that answers at once is hidden because it cannot. Not here: what happens to the payment afterwards
 * (`provider.ts`).
 */
import type Stripe from "stripe";
import { assert } from "../../platform/assert.ts";
import { amountProblem } from "../currencies.ts";
import type { CreateRequest, CreateResult, PaymentResult } from "../provider.ts";
import { toStripeAmount } from "./currencies.ts";
import { createRefusalOf, type Failure, isReplay, toFailure, unknown } from "./errors.ts";
import { CHECKOUT_METADATA, INTENT_EXPAND, toPayment } from "./payment.ts";

type Params = Stripe.PaymentIntentCreateParams;
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

/**
 * Methods whose success is known hours or days later: bank debits, bank transfers, vouchers. Units are pinned for
 * minutes, so the money would come when they are gone. They are excluded by name, and the others stay as the account
 * has them: a list of those that are allowed would hide each method that answers at once and is new. A delayed one that
 * Stripe adds later shows up as `processing`, and is waited for.
 * https://docs.stripe.com/payments/payment-methods#payment-notification
 * https://docs.stripe.com/changelog/basil/2025-08-27/cs_add_excluded_payment_method_types_pi
 */
const DELAYED_METHODS: NonNullable<Params["excluded_payment_method_types"]> = [
	"acss_debit",
	"au_becs_debit",
	"bacs_debit",
	"boleto",
	"customer_balance",
	"konbini",
	"multibanco",
	"nz_bank_account",
	"oxxo",
	"pay_by_bank",
	"payto",
	"sepa_debit",
	"sofort",
	"us_bank_account",
];

/**
 * Grows whenever the parameters below change. A checkout that the code before has opened repeats its request under the
 * same key, and Stripe refuses a key that comes back with other parameters. An intent that the former request may have
 * left behind was never shown to anybody, so nobody can pay it.
 */
const FORM = "form-2";

/** Creates the intent for a checkout. @param read reads an intent as Stripe has it now */
export async function createIntent(stripe: Stripe, request: CreateRequest, read: ReadPayment): Promise<CreateResult> {
	const { amountMinor, currency, allowDelayedMethods } = request;
	const problem = amountProblem("stripe", amountMinor, currency);
	if (problem !== null) {
		const reason = problem.kind === "currency" ? "currency" : "amount";
		return { kind: "refused", reason, detail: `${amountMinor} ${currency}: ${JSON.stringify(problem)}` };
	}
	const methods: Partial<Params> = {
		automatic_payment_methods: { enabled: true },
		payment_method_options: AUTHORISE_ALL,
		...(allowDelayedMethods ? {} : { excluded_payment_method_types: DELAYED_METHODS }),
	};
	let result = await tryCreate(stripe, request, `${request.key}~${FORM}`, methods, read);
	// An account in which one of the methods cannot be named must still sell. Each of these is a request of its own.
	if (objectsTo(result, "payment_method_options")) {
		const cards = { ...methods, payment_method_options: AUTHORISE_CARDS };
		result = await tryCreate(stripe, request, `${request.key}~${FORM}~cards`, cards, read);
	}
	if (objectsTo(result, "excluded_payment_method_types")) {
		const onlyCards: Partial<Params> = {
			automatic_payment_methods: { enabled: true },
			allowed_payment_method_types: ["card"],
			payment_method_options: AUTHORISE_CARDS,
		};
		result = await tryCreate(stripe, request, `${request.key}~${FORM}~only-cards`, onlyCards, read);
	}
	switch (result.kind) {
		case "turned-down":
			if (result.isAccident) return unknown(result);
			return { kind: "refused", reason: createRefusalOf(result), detail: result.detail };
		case "lost":
			return unknown(result);
		default:
			return result;
	}
}

function objectsTo(result: CreateResult | Failure, param: keyof Params): boolean {
	return result.kind === "turned-down" && result.param?.startsWith(param) === true;
}

async function tryCreate(
	stripe: Stripe,
	{ checkoutId, amountMinor, currency, email }: CreateRequest,
	idempotencyKey: string,
	methods: Partial<Params>,
	read: ReadPayment,
): Promise<CreateResult | Failure> {
	const amount = toStripeAmount(amountMinor, currency);
	assert(amount !== null, "an amount that Stripe cannot express is refused before");
	try {
		const intent = await stripe.paymentIntents.create(
			{
				amount,
				currency: currency.toLowerCase(),
				...methods,
				metadata: { [CHECKOUT_METADATA]: checkoutId },
				// Stripe sends a receipt to this address when money is captured.
				receipt_email: email,
				expand: INTENT_EXPAND,
			},
			{ idempotencyKey },
		);
		return await toCreated(intent, read);
	} catch (error) {
		return toFailure(error);
	}
}

async function toCreated(intent: Stripe.Response<Stripe.PaymentIntent>, read: ReadPayment): Promise<CreateResult> {
	let payment = toPayment(intent, { refunds: [], disputes: [] });
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
