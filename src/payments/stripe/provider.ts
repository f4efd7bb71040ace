/**
 * Stripe seen through the port, by its official SDK: PaymentIntents, refunds, signed webhooks.
 *
 * What it keeps true: what is answered is what Stripe says of the payment at that moment. When Stripe turns a call down, its
 * own state says why; when it does not answer, nothing is assumed. A key does its thing once, also after Stripe has
 * forgotten it. A webhook only says which payment to look at. Not here: how an intent is made (`stripe-create.ts`) and read
 * (`stripe-payment.ts`), what an error means (`stripe-errors.ts`), which events there are (`stripe-webhook.ts`).
 *
 * Calls made: `POST /v1/payment_intents`, `GET /v1/payment_intents/{id}`, `POST …/{id}/capture`, `POST …/{id}/cancel`,
 * `GET /v1/refunds?payment_intent=`, `POST /v1/refunds`.
 */
import Stripe from "stripe";
import { InvariantError } from "../../platform/assert.ts";
import { assertAmount, type Payment, type PaymentProvider, type PaymentResult, type Refusal } from "../provider.ts";
import { PROVIDER_TIMEOUT_MS } from "../timeout.ts";
import { createIntent } from "./create.ts";
import { isReplay, retryKeys, toFailure } from "./errors.ts";
import { INTENT_EXPAND, toPayment } from "./payment.ts";
import { readMessage } from "./webhook.ts";

export interface StripeConfig {
	/** `sk_…`, or a restricted key `rk_…` that may write PaymentIntents and Refunds. */
	readonly secretKey: string;
	/** `whsec_…` of the endpoint `/webhooks/stripe`. */
	readonly webhookSecret: string;
	/** In place of the global one; tests put Stripe's stand-in here. */
	readonly fetch?: typeof fetch;
	/** How long one request may take. */
	readonly timeoutMs?: number;
}

/** The name in a refund's metadata under which it carries the key that asked for it. */
const KEY_METADATA = "holdfast_key";

/** An intent as an answer brought it, and that answer's headers. */
type Answered = { readonly intent: Stripe.PaymentIntent; readonly headers: unknown };

/** The port to Stripe. */
export function stripePaymentProvider(config: StripeConfig): PaymentProvider {
	const stripe = new Stripe(config.secretKey, {
		httpClient: Stripe.createFetchHttpClient(config.fetch),
		timeout: config.timeoutMs ?? PROVIDER_TIMEOUT_MS,
		// A retry inside the SDK is one we cannot see: it might land after we had read the state and decided. The checkout
		// repeats what is unknown by itself, with the same key, and survives a crash while it waits.
		maxNetworkRetries: 0,
		telemetry: false,
	});

	return {
		name: "stripe",

		async create(request) {
			assertAmount(request.amountMinor);
			return createIntent(stripe, request, read);
		},

		read(paymentId) {
			return read(paymentId);
		},

		void(paymentId, key) {
			const cancel = async (idempotencyKey: string) => {
				const intent = await stripe.paymentIntents.cancel(paymentId, { expand: INTENT_EXPAND }, { idempotencyKey });
				return { intent, headers: intent.lastResponse.headers };
			};
			return change(paymentId, key, cancel, (payment) => {
				switch (payment.status) {
					case "voided":
						return { kind: "ok", payment };
					case "captured":
						return refused("already-captured", payment);
					// A bank debit on its way is `open` and cannot be called off: only time tells how it ends.
					case "open":
					case "authorised":
						return null;
				}
			});
		},

		async capture(paymentId, amountMinor, key) {
			assertAmount(amountMinor);
			const capture = async (idempotencyKey: string) => {
				const params = { amount_to_capture: amountMinor, expand: INTENT_EXPAND };
				const intent = await stripe.paymentIntents.capture(paymentId, params, { idempotencyKey });
				return { intent, headers: intent.lastResponse.headers };
			};
			return change(paymentId, key, capture, (payment) => {
				switch (payment.status) {
					case "open":
						return refused("not-paid", payment);
					case "voided":
						return refused("already-voided", payment);
					case "captured":
						return refused("already-captured", payment);
					case "authorised":
						return amountMinor > payment.authorisedMinor ? refused("amount-too-large", payment) : null;
				}
			});
		},

		async refund(paymentId, amountMinor, key) {
			assertAmount(amountMinor);
			const before = await refundsUnder(paymentId, key);
			if (before.kind !== "refunds") return before;
			const alive = before.refunds.find(isActive);
			if (alive !== undefined) {
				if (alive.amount !== amountMinor) {
					throw new InvariantError(`key ${key} has refunded ${alive.amount} and now asks for ${amountMinor}`);
				}
				return read(paymentId);
			}
			const refund = async (idempotencyKey: string) => {
				const params = {
					payment_intent: paymentId,
					amount: amountMinor,
					metadata: { [KEY_METADATA]: key },
					expand: ["payment_intent", ...INTENT_EXPAND.map((field) => `payment_intent.${field}`)],
				};
				const made = await stripe.refunds.create(params, { idempotencyKey });
				if (!isActive(made))
					return { kind: "unknown", detail: `${made.id} is ${made.status}: ${made.failure_reason}` } as const;
				return { intent: made.payment_intent as Stripe.PaymentIntent, headers: made.lastResponse.headers };
			};
			// What the bank sent back is no refund: the same key tries again, as a request of its own.
			const nextKey = before.refunds.length === 0 ? key : `${key}~after-${before.refunds.length}`;
			return change(paymentId, nextKey, refund, (payment) => {
				switch (payment.status) {
					case "open":
					case "authorised":
						return refused("not-paid", payment);
					case "voided":
						return refused("already-voided", payment);
					case "captured":
						return amountMinor > payment.capturedMinor - payment.refundedMinor
							? refused("amount-too-large", payment)
							: null;
				}
			});
		},

		async parseWebhook(body, headers, nowMs) {
			const message = await readMessage(stripe, config.webhookSecret, body, headers, nowMs);
			if (message.kind !== "about") return message;
			const { id, type } = message;
			// An event's object has neither the charge (when was it paid?) nor later refunds, and is of the API version that
			// the endpoint was made with. So what it is about is asked for. https://docs.stripe.com/webhooks/versioning
			const now = await read(message.paymentId, message.atMs);
			switch (now.kind) {
				case "ok":
					return { kind: "event", id, type, payment: now.payment };
				case "refused":
					return { kind: "ignored", id, type };
				case "unknown":
					return now;
			}
		},
	};

	async function read(paymentId: string, declinedAtMs?: number): Promise<PaymentResult> {
		try {
			return found(await stripe.paymentIntents.retrieve(paymentId, { expand: INTENT_EXPAND }), declinedAtMs);
		} catch (error) {
			return readFailure(error);
		}
	}

	/**
	 * Asks for one change. When Stripe turns it down, `judge` says what that means in the state the payment is in: a result,
	 * or null when in that state it should have been done.
	 */
	async function change(
		paymentId: string,
		key: string,
		ask: (idempotencyKey: string) => Promise<Answered | Extract<PaymentResult, { kind: "unknown" }>>,
		judge: (payment: Payment) => PaymentResult | null,
	): Promise<PaymentResult> {
		let detail = "";
		for (const idempotencyKey of retryKeys(key)) {
			try {
				const answer = await ask(idempotencyKey);
				if ("kind" in answer) return answer;
				return isReplay(answer.headers) ? await read(paymentId) : found(answer.intent);
			} catch (error) {
				const failure = toFailure(error);
				if (failure.kind === "lost") return { kind: "unknown", detail: failure.detail };
				const now = await read(paymentId);
				if (now.kind !== "ok") return now;
				const verdict = judge(now.payment);
				if (verdict !== null) return verdict;
				detail = failure.detail;
				// What was replayed is of the past, and its reason is gone: ask again under a fresh key.
				if (!failure.replayed) break;
			}
		}
		return { kind: "unknown", detail };
	}

	/**
	 * The refunds that `key` has asked for so far. Stripe may forget a key after a day, and a refund may be retried for longer:
	 * each refund carries its key, so that it is found again. https://docs.stripe.com/api/idempotent_requests
	 */
	async function refundsUnder(
		paymentId: string,
		key: string,
	): Promise<{ readonly kind: "refunds"; readonly refunds: Stripe.Refund[] } | PaymentResult> {
		const refunds: Stripe.Refund[] = [];
		try {
			for await (const refund of stripe.refunds.list({ payment_intent: paymentId, limit: 100 })) {
				if (refund.metadata?.[KEY_METADATA] === key) refunds.push(refund);
			}
		} catch (error) {
			return readFailure(error);
		}
		return { kind: "refunds", refunds };
	}
}

const NOT_FOUND: PaymentResult = { kind: "refused", reason: "not-found", payment: null };

function readFailure(error: unknown): PaymentResult {
	const failure = toFailure(error);
	return failure.kind === "lost" ? { kind: "unknown", detail: failure.detail } : NOT_FOUND;
}

function found(intent: Stripe.PaymentIntent, declinedAtMs?: number): PaymentResult {
	const payment = toPayment(intent, declinedAtMs);
	return payment === null ? NOT_FOUND : { kind: "ok", payment };
}

function refused(reason: Refusal, payment: Payment): PaymentResult {
	return { kind: "refused", reason, payment };
}

function isActive(refund: Stripe.Refund): boolean {
	return refund.status !== "failed" && refund.status !== "canceled";
}
