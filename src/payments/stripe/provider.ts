/**
 * Stripe behind the port, through its official SDK: PaymentIntents, refunds, signed webhooks.
 *
 * - Every answer is what Stripe says of the payment at that moment. When Stripe turns a call down, the payment's state
 *   says why; when Stripe does not answer, nothing is assumed.
 * - A key takes effect once, also after Stripe has forgotten it. Stripe repeats its first answer to a key, refusals and
 *   accidents included; then only another key can succeed, and the caller is told so.
 * - A webhook only says which payment to read.
 *
 * Not here: how an intent is created (`create.ts`) and read (`payment.ts`), what an error means (`errors.ts`), which
 * events there are (`webhook.ts`).
 *
 * Calls made: `POST /v1/payment_intents`, `GET /v1/payment_intents/{id}`, `POST …/{id}/capture`, `POST …/{id}/cancel`,
 * `GET /v1/refunds?payment_intent=`, `POST /v1/refunds`, and for a disputed charge `GET /v1/disputes?payment_intent=`.
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
import { toStripeAmount } from "./currencies.ts";
import { isReplay, toFailure, unknown } from "./errors.ts";
import { chargeOf, INTENT_EXPAND, isStanding, toPayment } from "./payment.ts";
import { readMessage } from "./webhook.ts";

export interface StripeConfig {
	/** `sk_…`, or a restricted key `rk_…` that may write PaymentIntents and Refunds and read Disputes. */
	readonly secretKey: string;
	/** `whsec_…` of the endpoint `/webhooks/stripe`. */
	/** Two while one is rotated. */
	readonly webhookSecrets: readonly string[];
	/** In place of the global one; tests pass a stand-in for Stripe. */
	readonly fetch?: typeof fetch;
	/** How long one request may take. */
	readonly timeoutMs?: number;
}

/** The name in a refund's metadata under which it carries the key that asked for it. */
const KEY_METADATA = "holdfast_key";

/** How many refunds or disputes are read at once: the most that Stripe gives. */
const LIST_LIMIT = 100;

/** An intent as an answer carried it, and the headers of that answer. */
type Answered = { readonly intent: Stripe.PaymentIntent; readonly headers: unknown };

/** One request for a change. */
type Send = () => Promise<Answered | Unknown>;

/**
 * What it means that Stripe turned a change down while the payment is in this state; null when Stripe should have made
 * the change in this state.
 */
type Explain = (payment: Payment) => PaymentResult | null;

export class StripePaymentProvider implements PaymentProvider {
	readonly name = "stripe";
	readonly #stripe: Stripe;
	readonly #webhookSecrets: readonly string[];

	constructor(config: StripeConfig) {
		this.#webhookSecrets = config.webhookSecrets;
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
		const cancel: Send = async () => {
			const params = { expand: INTENT_EXPAND };
			return answered(await this.#stripe.paymentIntents.cancel(paymentId, params, { idempotencyKey: key }));
		};
		return this.#change(paymentId, cancel, whyNotVoided);
	}

	async capture(paymentId: string, amountMinor: number, key: string, currency?: string): Promise<PaymentResult> {
		assertAmount(amountMinor);
		const amount = await this.#amount(paymentId, amountMinor, currency);
		if (typeof amount !== "number") return amount;
		const capture: Send = async () => {
			const params = { amount_to_capture: amount, expand: INTENT_EXPAND };
			return answered(await this.#stripe.paymentIntents.capture(paymentId, params, { idempotencyKey: key }));
		};
		return this.#change(paymentId, capture, (payment) => whyNotCaptured(payment, amountMinor));
	}

	async refund(paymentId: string, amountMinor: number, key: string, currency?: string): Promise<PaymentResult> {
		assertAmount(amountMinor);
		const amount = await this.#amount(paymentId, amountMinor, currency);
		if (typeof amount !== "number") return amount;
		const under = await this.#refundsUnder(paymentId, key);
		if (under.kind !== "refunds") return under;
		const standing = under.refunds.find(isStanding);
		if (standing !== undefined) {
			if (standing.amount === amount) return this.read(paymentId);
			throw new InvariantError(`key ${key} has refunded ${standing.amount} and now asks for ${amount}`);
		}
		const [sentBack] = under.refunds;
		if (sentBack !== undefined) return returned(sentBack);
		const refund: Send = () => this.#createRefund(paymentId, amount, key);
		return this.#change(paymentId, refund, (payment) => whyNotRefunded(payment, amountMinor));
	}

	async parseWebhook(body: string, headers: Headers, nowMs: number): Promise<WebhookResult> {
		const message = await readMessage(this.#stripe, this.#webhookSecrets, body, headers, nowMs);
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
			return await this.#found(intent, declinedAtMs);
		} catch (error) {
			return readFailure(error);
		}
	}

	/** The payment of an intent, with the refunds and disputes of its charge. @throws StripeError */
	async #found(intent: Stripe.PaymentIntent, declinedAtMs?: number): Promise<PaymentResult> {
		const charge = chargeOf(intent);
		const listed = { payment_intent: intent.id, limit: LIST_LIMIT };
		const refunds: Stripe.Refund[] = [];
		// An expanded charge carries the latest ten.
		if (charge?.refunds?.has_more !== true) refunds.push(...(charge?.refunds?.data ?? []));
		else for await (const refund of this.#stripe.refunds.list(listed)) refunds.push(refund);
		const disputes: Stripe.Dispute[] = [];
		// A charge that was ever disputed stays marked, also when the dispute was won.
		if (charge?.disputed) for await (const dispute of this.#stripe.disputes.list(listed)) disputes.push(dispute);
		const payment = toPayment(intent, { refunds, disputes, declinedAtMs });
		return payment === null ? NOT_FOUND : { kind: "ok", payment };
	}

	/** Asks for one change. When Stripe turns it down, `explain` says what that means in the payment's present state. */
	async #change(paymentId: string, send: Send, explain: Explain): Promise<PaymentResult> {
		try {
			const answer = await send();
			if ("kind" in answer) return answer;
			return isReplay(answer.headers) ? await this.read(paymentId) : await this.#found(answer.intent);
		} catch (error) {
			const failure = toFailure(error);
			if (failure.kind === "lost") return unknown(failure);
			const now = await this.read(paymentId);
			if (now.kind !== "ok") return now;
			const explained = explain(now.payment);
			if (explained !== null) return explained;
			// A repeated refusal is of the past: its reason is gone, and only another key can be answered otherwise.
			return failure.isReplayed ? unknown(failure) : refused("other", now.payment);
		}
	}

	/** An amount as Stripe counts it. The payment is read for its currency when the caller does not say it. */
	async #amount(paymentId: string, amountMinor: number, currency?: string): Promise<number | PaymentResult> {
		let known = currency;
		if (known === undefined) {
			const now = await this.read(paymentId);
			if (now.kind !== "ok") return now;
			known = now.payment.currency;
		}
		const amount = toStripeAmount(amountMinor, known);
		return amount ?? { kind: "unknown", detail: `Stripe cannot express ${amountMinor} minor units of ${known}` };
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
			for await (const refund of this.#stripe.refunds.list({ payment_intent: paymentId, limit: LIST_LIMIT })) {
				if (refund.metadata?.[KEY_METADATA] === key) refunds.push(refund);
			}
		} catch (error) {
			return readFailure(error);
		}
		return { kind: "refunds", refunds };
	}

	async #createRefund(paymentId: string, amount: number, key: string): Promise<Answered | Unknown> {
		const params = {
			payment_intent: paymentId,
			amount,
			metadata: { [KEY_METADATA]: key },
			expand: ["payment_intent", ...INTENT_EXPAND.map((field) => `payment_intent.${field}`)],
		};
		const refund = await this.#stripe.refunds.create(params, { idempotencyKey: key });
		if (!isStanding(refund)) return returned(refund);
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
			if (amountMinor > payment.capturedMinor - payment.refundedMinor) return refused("amount-too-large", payment);
			return payment.disputedMinor > 0 ? refused("disputed", payment) : null;
	}
}

// ---- Answers -------------------------------------------------------------------------------------------------------

const NOT_FOUND: PaymentResult = { kind: "refused", reason: "not-found", payment: null };

function readFailure(error: unknown): PaymentResult {
	const failure = toFailure(error);
	return failure.kind === "lost" ? unknown(failure) : NOT_FOUND;
}

/** The key's one refund was made and came back. */
function returned(refund: Stripe.Refund): Unknown {
	const { id, status, failure_reason: reason } = refund;
	return { kind: "unknown", detail: `${id} is ${status}: ${reason ?? "no reason given"}`, isRemembered: true };
}

function refused(reason: Refusal, payment: Payment): PaymentResult {
	return { kind: "refused", reason, payment };
}

function answered(intent: Stripe.Response<Stripe.PaymentIntent>): Answered {
	return { intent, headers: intent.lastResponse.headers };
}
