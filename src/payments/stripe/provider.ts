/**
 * Stripe behind the port, through its official SDK: PaymentIntents, refunds, signed webhooks.
 *
 * - Every answer is what Stripe says of the payment at that moment. When Stripe turns a call down, the payment's state
 *   says why; when Stripe does not answer, nothing is assumed.
 * - A key takes effect once, also after Stripe has forgotten it.
 * - A webhook only says which payment to read.
 *
 * Not here: how an intent is created (`create.ts`) and read (`payment.ts`), what an error means (`errors.ts`), which
 * events there are (`webhook.ts`).
 *
 * Calls made: `POST /v1/payment_intents`, `GET /v1/payment_intents/{id}`, `POST …/{id}/capture`, `POST …/{id}/cancel`,
 * `GET /v1/refunds?payment_intent=`, `POST /v1/refunds`.
 */
import Stripe from "stripe";
import { PROVIDER_TIMEOUT_MS } from "../../limits.ts";
import { InvariantError } from "../../platform/assert.ts";
import {
	assertAmount,
	type CreateRequest,
	type CreateResult,
	type Payment,
	type PaymentProvider,
	type PaymentResult,
	type Refusal,
	type Unknown,
	type WebhookResult,
} from "../provider.ts";
import { createIntent } from "./create.ts";
import { isReplay, retryKeys, toFailure } from "./errors.ts";
import { INTENT_EXPAND, toPayment } from "./payment.ts";
import { readMessage } from "./webhook.ts";

export interface StripeConfig {
	/** `sk_…`, or a restricted key `rk_…` that may write PaymentIntents and Refunds. */
	readonly secretKey: string;
	/** `whsec_…` of the endpoint `/webhooks/stripe`. */
	readonly webhookSecret: string;
	/** In place of the global one; tests pass a stand-in for Stripe. */
	readonly fetch?: typeof fetch;
	/** How long one request may take. */
	readonly timeoutMs?: number;
}

/** The name in a refund's metadata under which it carries the key that asked for it. */
const KEY_METADATA = "holdfast_key";

/** An intent as an answer carried it, and the headers of that answer. */
type Answered = { readonly intent: Stripe.PaymentIntent; readonly headers: unknown };

/** One request for a change, under an idempotency key. */
type Send = (idempotencyKey: string) => Promise<Answered | Unknown>;

/**
 * What it means that Stripe turned a change down while the payment is in this state; null when Stripe should have made
 * the change in this state.
 */
type Explain = (payment: Payment) => PaymentResult | null;

export class StripePaymentProvider implements PaymentProvider {
	readonly name = "stripe";
	readonly #stripe: Stripe;
	readonly #webhookSecret: string;

	constructor(config: StripeConfig) {
		this.#webhookSecret = config.webhookSecret;
		this.#stripe = new Stripe(config.secretKey, {
			httpClient: Stripe.createFetchHttpClient(config.fetch),
			timeout: config.timeoutMs ?? PROVIDER_TIMEOUT_MS,
			// A retry inside the SDK is one that we cannot see: it might arrive after we had read the state and
			// decided. The checkout repeats what is unknown with the same key, and survives a crash while it waits.
			maxNetworkRetries: 0,
			telemetry: false,
		});
	}

	async create(request: CreateRequest): Promise<CreateResult> {
		assertAmount(request.amountMinor);
		return createIntent(this.#stripe, request, (paymentId) => this.read(paymentId));
	}

	read(paymentId: string): Promise<PaymentResult> {
		return this.#read(paymentId);
	}

	void(paymentId: string, key: string): Promise<PaymentResult> {
		const cancel: Send = async (idempotencyKey) => {
			const params = { expand: INTENT_EXPAND };
			return answered(await this.#stripe.paymentIntents.cancel(paymentId, params, { idempotencyKey }));
		};
		return this.#change(paymentId, key, cancel, whyNotVoided);
	}

	async capture(paymentId: string, amountMinor: number, key: string): Promise<PaymentResult> {
		assertAmount(amountMinor);
		const capture: Send = async (idempotencyKey) => {
			const params = { amount_to_capture: amountMinor, expand: INTENT_EXPAND };
			return answered(await this.#stripe.paymentIntents.capture(paymentId, params, { idempotencyKey }));
		};
		return this.#change(paymentId, key, capture, (payment) => whyNotCaptured(payment, amountMinor));
	}

	async refund(paymentId: string, amountMinor: number, key: string): Promise<PaymentResult> {
		assertAmount(amountMinor);
		const before = await this.#refundsUnder(paymentId, key);
		if (before.kind !== "refunds") return before;
		const active = before.refunds.find(isActive);
		if (active !== undefined) {
			if (active.amount === amountMinor) return this.read(paymentId);
			throw new InvariantError(`key ${key} has refunded ${active.amount} and now asks for ${amountMinor}`);
		}
		// A refund that the bank sent back does not count: the same key tries again, as a request of its own.
		const nextKey = before.refunds.length === 0 ? key : `${key}~after-${before.refunds.length}`;
		const refund: Send = (idempotencyKey) => this.#createRefund(paymentId, amountMinor, key, idempotencyKey);
		return this.#change(paymentId, nextKey, refund, (payment) => whyNotRefunded(payment, amountMinor));
	}

	async parseWebhook(body: string, headers: Headers, nowMs: number): Promise<WebhookResult> {
		const message = await readMessage(this.#stripe, this.#webhookSecret, body, headers, nowMs);
		if (message.kind !== "about") return message;
		const { id, type } = message;
		// An event's object has neither the charge (when was it paid?) nor later refunds, and has the API version that
		// the endpoint was made with. So the payment is read. https://docs.stripe.com/webhooks/versioning
		const now = await this.#read(message.paymentId, message.atMs);
		switch (now.kind) {
			case "ok":
				return { kind: "event", id, type, payment: now.payment };
			case "refused":
				return { kind: "ignored", id, type };
			case "unknown":
				return now;
		}
	}

	async #read(paymentId: string, declinedAtMs?: number): Promise<PaymentResult> {
		try {
			const intent = await this.#stripe.paymentIntents.retrieve(paymentId, { expand: INTENT_EXPAND });
			return found(intent, declinedAtMs);
		} catch (error) {
			return readFailure(error);
		}
	}

	/**
	 * Asks for one change. When Stripe turns it down, `explain` says what that means in the payment's present state.
	 */
	async #change(paymentId: string, key: string, send: Send, explain: Explain): Promise<PaymentResult> {
		let detail = "";
		for (const idempotencyKey of retryKeys(key)) {
			try {
				const answer = await send(idempotencyKey);
				if ("kind" in answer) return answer;
				return isReplay(answer.headers) ? await this.read(paymentId) : found(answer.intent);
			} catch (error) {
				const failure = toFailure(error);
				if (failure.kind === "lost") return { kind: "unknown", detail: failure.detail };
				const now = await this.read(paymentId);
				if (now.kind !== "ok") return now;
				const explained = explain(now.payment);
				if (explained !== null) return explained;
				detail = failure.detail;
				// A replayed refusal is of the past, and its reason is gone: ask again under a fresh key.
				if (!failure.replayed) break;
			}
		}
		return { kind: "unknown", detail };
	}

	/**
	 * The refunds that `key` has asked for so far. Stripe may forget a key after a day, and a refund may be retried for
	 * longer: each refund carries its key, which finds it again. https://docs.stripe.com/api/idempotent_requests
	 */
	async #refundsUnder(
		paymentId: string,
		key: string,
	): Promise<{ readonly kind: "refunds"; readonly refunds: Stripe.Refund[] } | PaymentResult> {
		const refunds: Stripe.Refund[] = [];
		try {
			for await (const refund of this.#stripe.refunds.list({ payment_intent: paymentId, limit: 100 })) {
				if (refund.metadata?.[KEY_METADATA] === key) refunds.push(refund);
			}
		} catch (error) {
			return readFailure(error);
		}
		return { kind: "refunds", refunds };
	}

	async #createRefund(
		paymentId: string,
		amountMinor: number,
		key: string,
		idempotencyKey: string,
	): Promise<Answered | Unknown> {
		const params = {
			payment_intent: paymentId,
			amount: amountMinor,
			metadata: { [KEY_METADATA]: key },
			expand: ["payment_intent", ...INTENT_EXPAND.map((field) => `payment_intent.${field}`)],
		};
		const refund = await this.#stripe.refunds.create(params, { idempotencyKey });
		if (!isActive(refund)) {
			return { kind: "unknown", detail: `${refund.id} is ${refund.status}: ${refund.failure_reason}` };
		}
		return { intent: refund.payment_intent as Stripe.PaymentIntent, headers: refund.lastResponse.headers };
	}
}

// ---- Why Stripe turned a change down, by the state of the payment --------------------------------------------------

function whyNotVoided(payment: Payment): PaymentResult | null {
	switch (payment.status) {
		case "voided":
			return { kind: "ok", payment };
		case "captured":
			return refused("already-captured", payment);
		// A bank debit on its way cannot be cancelled: only time shows how it ends.
		case "processing":
			return refused("processing", payment);
		case "open":
		case "authorised":
			return null;
	}
}

function whyNotCaptured(payment: Payment, amountMinor: number): PaymentResult | null {
	switch (payment.status) {
		case "open":
		case "processing":
			return refused("not-paid", payment);
		case "voided":
			return refused("already-voided", payment);
		case "captured":
			return refused("already-captured", payment);
		case "authorised":
			return amountMinor > payment.authorisedMinor ? refused("amount-too-large", payment) : null;
	}
}

function whyNotRefunded(payment: Payment, amountMinor: number): PaymentResult | null {
	switch (payment.status) {
		case "open":
		case "processing":
		case "authorised":
			return refused("not-paid", payment);
		case "voided":
			return refused("already-voided", payment);
		case "captured":
			return amountMinor > payment.capturedMinor - payment.refundedMinor ? refused("amount-too-large", payment) : null;
	}
}

// ---- Answers -------------------------------------------------------------------------------------------------------

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

function answered(intent: Stripe.Response<Stripe.PaymentIntent>): Answered {
	return { intent, headers: intent.lastResponse.headers };
}

function isActive(refund: Stripe.Refund): boolean {
	return refund.status !== "failed" && refund.status !== "canceled";
}
