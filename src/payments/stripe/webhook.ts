/**
 * Stripe's webhooks: verifies one, and finds the payment that it is about.
 *
 * Nothing is read from a message whose signature is not valid, by the SDK's own check with the runtime's crypto. The
 * state of the payment is not taken from the message at all: `provider.ts` reads it.
 */
import Stripe from "stripe";

/** The events that the webhook endpoint must be subscribed to; all others are ignored. */
export const STRIPE_EVENTS = [
	"payment_intent.processing",
	"payment_intent.amount_capturable_updated",
	"payment_intent.succeeded",
	"payment_intent.payment_failed",
	"payment_intent.canceled",
	"charge.refunded",
	"refund.updated",
	"refund.failed",
	"charge.dispute.created",
	"charge.dispute.updated",
	"charge.dispute.closed",
	"charge.dispute.funds_withdrawn",
	"charge.dispute.funds_reinstated",
] as const satisfies Stripe.Event.Type[];

export type StripeMessage =
	| {
			readonly kind: "about";
			readonly id: string;
			readonly type: string;
			readonly paymentId: string;
			readonly atMs: number;
	  }
	| { readonly kind: "ignored"; readonly id: string; readonly type: string }
	| { readonly kind: "bad-signature" };

/** A verified message with nothing that we can use. */
const UNREADABLE: StripeMessage = { kind: "ignored", id: "", type: "unreadable" };

const crypto = Stripe.createSubtleCryptoProvider();

/**
 * Verifies one message, which must not be older than five minutes, and finds the payment that it is about.
 * @param secrets of the endpoint: the present one, and while it is rotated the one before
 * @param body exactly as received
 * @param nowMs the time against which the signature's age is measured
 */
export async function readMessage(
	stripe: Stripe,
	secrets: readonly string[],
	body: string,
	headers: Headers,
	nowMs: number,
): Promise<StripeMessage> {
	let signed: { readonly event: Stripe.Event } | null;
	try {
		signed = await verified(stripe, secrets, body, headers.get("stripe-signature") ?? "", nowMs);
	} catch (error) {
		if (error instanceof SyntaxError) return UNREADABLE;
		throw error;
	}
	if (signed === null) return { kind: "bad-signature" };
	const { event } = signed;
	if (typeof event?.id !== "string" || typeof event.type !== "string") return UNREADABLE;
	const { id, type } = event;
	const paymentId = paymentOf(event);
	return paymentId === null
		? { kind: "ignored", id, type }
		: { kind: "about", id, type, paymentId, atMs: event.created * 1000 };
}

/** The event, if one of the secrets signed it; null otherwise. @throws SyntaxError when it is signed, and no JSON */
async function verified(stripe: Stripe, secrets: readonly string[], body: string, header: string, nowMs: number) {
	for (const secret of secrets) {
		try {
			return { event: await stripe.webhooks.constructEventAsync(body, header, secret, undefined, crypto, nowMs) };
		} catch (error) {
			if (!(error instanceof Stripe.errors.StripeSignatureVerificationError)) throw error;
		}
	}
	return null;
}

/** The id of the intent that an event is about; null for a type that we do not act upon. */
function paymentOf(event: Stripe.Event): string | null {
	switch (event.type) {
		case "payment_intent.processing":
		case "payment_intent.amount_capturable_updated":
		case "payment_intent.succeeded":
		case "payment_intent.payment_failed":
		case "payment_intent.canceled":
			return event.data.object.id;
		case "charge.refunded":
		case "refund.updated":
		case "refund.failed":
		case "charge.dispute.created":
		case "charge.dispute.updated":
		case "charge.dispute.closed":
		case "charge.dispute.funds_withdrawn":
		case "charge.dispute.funds_reinstated": {
			const intent = event.data.object.payment_intent;
			return typeof intent === "string" ? intent : (intent?.id ?? null);
		}
		default:
			return null;
	}
}
