/**
 * The part of Stripe that we call, in one process: it answers the real SDK through the SDK's `fetch`.
 *
 * It imitates what can hurt a client, each from Stripe's documentation: form parameters in brackets; a charge that is
 * only an id unless it is expanded; a capture method for each payment method; a partial capture that is no refund; keys
 * that replay the first answer, 4xx and 500 included, and refuse other parameters; refunds that fail later, while the
 * charge goes on counting them; disputes, which leave their charge marked for good. Errors have Stripe's types, codes and
 * parameters, not its messages.
 *
 * It is longer than 300 lines since its parts share one state: the endpoints, the keys, and the webhooks of each
 * change.
 */
import Stripe from "stripe";
import { blankCharge, blankDispute, blankIntent, blankRefund } from "./objects.ts";

export type StripeCall = "create" | "read" | "void" | "capture" | "refund" | "list-refunds" | "list-disputes";

/** How a call fails. `hang` never answers. `500` answers so after the call took effect, `500-undone` without effect. */
export type EmulatorFault = "lost-call" | "lost-answer" | "hang" | "500" | "500-undone" | "429";

interface Reply {
	readonly status: number;
	readonly body: object;
	/** Whether Stripe remembers this answer for the key: it does so once the endpoint has started to work. */
	readonly remembered: boolean;
}

type Remembered = { readonly fingerprint: string; readonly reply: Reply };

class Refused extends Error {
	readonly reply: Reply;
	constructor(status: number, error: object, remembered = true) {
		super(JSON.stringify(error));
		this.reply = { status, body: { error }, remembered };
	}
}

export class StripeEmulator {
	static readonly WEBHOOK_SECRET = "whsec_emulator";
	/** Every request as "METHOD path", in order. */
	readonly requests: string[] = [];
	readonly #sentKeys: { readonly request: string; readonly key: string }[] = [];
	/** The parameters of every intent that was requested. */
	readonly created: URLSearchParams[] = [];
	/** Methods for which this account cannot set options. */
	readonly unknownMethods = new Set<string>();
	/** This account cannot exclude methods. */
	excludesNothing = false;
	/** The smallest charge of this account, in any currency. */
	smallest = 50;
	/** E-mail addresses that Stripe does not accept. */
	readonly badEmails = new Set<string>();
	/** Changes that Stripe turns down, although the state of the intent allows them. */
	readonly refuses = new Set<StripeCall>();
	readonly #intents = new Map<string, Stripe.PaymentIntent>();
	readonly #charges = new Map<string, Stripe.Charge>();
	readonly #refunds: Stripe.Refund[] = [];
	readonly #disputes: Stripe.Dispute[] = [];
	readonly #events: Stripe.Event[] = [];
	readonly #keys = new Map<string, Remembered>();
	readonly #faults: { call: StripeCall; fault: EmulatorFault }[] = [];
	#serial = 0;

	/** For the SDK's `createFetchHttpClient`. */
	readonly fetch = async (input: unknown, init?: RequestInit): Promise<Response> => {
		const request = new Request(input as string, init);
		const url = new URL(request.url);
		const call = callOf(request.method, url.pathname);
		this.requests.push(`${request.method} ${url.pathname}`);
		const at = this.#faults.findIndex((fault) => fault.call === call);
		const fault = this.#faults[at]?.fault;
		const strikes = () => this.#faults.splice(at, 1);
		switch (fault) {
			case "lost-call":
				strikes();
				throw new TypeError("connection refused");
			case "429":
				strikes();
				return json(429, { error: { type: "invalid_request_error", code: "lock_timeout", message: "busy" } });
			case "hang":
				strikes();
				return new Promise((_, reject) => init?.signal?.addEventListener("abort", () => reject(init.signal?.reason)));
		}
		const body = new TextDecoder().decode(await request.arrayBuffer());
		const params = new URLSearchParams(request.method === "GET" ? url.search : body);
		const key = request.headers.get("idempotency-key");
		if (key !== null) this.#sentKeys.push({ request: `${request.method} ${url.pathname}`, key });
		const { reply, replayed } = this.#once(key, `${request.method} ${url.pathname} ${params}`, () => {
			const failure = { status: 500, body: { error: { type: "api_error", message: "it broke" } }, remembered: true };
			if (fault === "500" || fault === "500-undone") strikes();
			if (fault === "500-undone") return failure;
			const done = this.#answer(call, url.pathname.split("/"), params);
			return fault === "500" ? failure : done;
		});
		if (fault === "lost-answer") {
			strikes();
			throw new TypeError("connection reset");
		}
		return json(reply.status, reply.body, replayed ? { "idempotent-replayed": "true" } : {});
	};

	/** The idempotency keys of every request "METHOD path", in order. */
	keysOf(request: string): string[] {
		return this.#sentKeys.filter((sent) => sent.request === request).map(({ key }) => key);
	}

	/** Makes the next call of that kind fail. Several faults are used up in their order. */
	injectFault(call: StripeCall, fault: EmulatorFault): void {
		this.#faults.push({ call, fault });
	}

	/** Stripe may drop a key once it is a day old. */
	forgetKeys(): void {
		this.#keys.clear();
	}

	/**
	 * The shopper pays: by card, by a card that is declined, by a method that captures at once, or by a slow bank
	 * debit.
	 */
	pay(id: string, by: "card" | "bad-card" | "ideal" | "debit", paidAtMs: number): void {
		const intent = this.#intent(id);
		if (intent.status !== "requires_payment_method" && intent.status !== "requires_action") return;
		intent.status = "requires_payment_method";
		const charge = blankCharge({
			id: this.#id("ch"),
			amount: intent.amount,
			currency: intent.currency,
			created: Math.floor(paidAtMs / 1000),
			payment_intent: id,
			paid: by === "card" || by === "ideal",
			captured: false,
			status: by === "bad-card" ? "failed" : by === "debit" ? "pending" : "succeeded",
		});
		this.#charges.set(charge.id, charge);
		intent.latest_charge = charge.id;
		intent.last_payment_error = null;
		switch (by) {
			case "bad-card":
				intent.last_payment_error = {
					type: "card_error",
					code: "card_declined",
					decline_code: "insufficient_funds",
					charge: charge.id,
				};
				this.#emit("payment_intent.payment_failed", intent);
				break;
			case "debit":
				intent.status = "processing";
				this.#emit("payment_intent.processing", intent);
				break;
			case "ideal":
				this.#markCaptured(intent, charge, intent.amount);
				break;
			case "card":
				if (intent.payment_method_options?.card?.capture_method === "manual") {
					intent.status = "requires_capture";
					intent.amount_capturable = intent.amount;
					this.#emit("payment_intent.amount_capturable_updated", intent);
				} else {
					this.#markCaptured(intent, charge, intent.amount);
				}
		}
	}

	/** The shopper is sent to the page of their bank. */
	begin(id: string): void {
		const intent = this.#intent(id);
		if (intent.status === "requires_payment_method") intent.status = "requires_action";
	}

	/** Days later, a bank debit goes through, or fails. */
	settle(id: string, succeeds: boolean): void {
		const intent = this.#intent(id);
		const charge = this.#charge(intent);
		if (intent.status !== "processing" || charge === null) return;
		charge.paid = succeeds;
		charge.status = succeeds ? "succeeded" : "failed";
		if (succeeds) {
			this.#markCaptured(intent, charge, intent.amount);
			return;
		}
		intent.status = "requires_payment_method";
		intent.last_payment_error = { type: "card_error", code: "card_declined", charge: charge.id };
		this.#emit("payment_intent.payment_failed", intent);
	}

	/** The shopper's bank takes money back: all of the charge, or `amount`. */
	dispute(id: string, amount?: number, status: Stripe.Dispute.Status = "needs_response"): void {
		const intent = this.#intent(id);
		const charge = this.#charge(intent);
		if (charge === null) throw new Error(`no charge of ${id}`);
		charge.disputed = true;
		const about = { payment_intent: id, charge: charge.id, currency: intent.currency, created: 1 };
		const dispute = blankDispute({ id: this.#id("dp"), amount: amount ?? intent.amount_received, ...about });
		this.#disputes.push({ ...dispute, status });
		this.#emit("charge.dispute.created", dispute);
	}

	/** The latest dispute ends. */
	closeDispute(id: string, status: "won" | "lost"): void {
		const dispute = this.#disputes.findLast(({ payment_intent }) => payment_intent === id);
		if (dispute === undefined) throw new Error(`no dispute of ${id}`);
		dispute.status = status;
		this.#emit("charge.dispute.closed", dispute);
	}

	/** An attempt fails on the page of the shopper's bank, before there is any charge. */
	failAuthentication(id: string): void {
		const intent = this.#intent(id);
		intent.last_payment_error = { type: "card_error", code: "payment_intent_authentication_failure" };
		this.#emit("payment_intent.payment_failed", intent);
	}

	/** Days later, the bank sends the latest refund back, or it is cancelled before it got there. */
	failRefund(id: string, status: "failed" | "canceled" = "failed"): void {
		const refund = this.#refunds.findLast(({ payment_intent }) => payment_intent === id);
		if (refund === undefined) throw new Error(`no refund of ${id}`);
		refund.status = status;
		refund.failure_reason = status === "failed" ? "expired_or_canceled_card" : "merchant_request";
		this.#emit(status === "failed" ? "refund.failed" : "refund.updated", refund);
	}

	/** An intent that another program created in the same account. */
	foreignIntent(): Stripe.PaymentIntent {
		const intent = blankIntent({
			...this.#fresh(),
			amount: 1,
			currency: "usd",
			metadata: {},
			payment_method_options: {},
		});
		this.#intents.set(intent.id, intent);
		return intent;
	}

	/** The webhooks sent so far about one intent, signed as Stripe signs them. */
	async webhooks(id: string): Promise<{ body: string; headers: Headers }[]> {
		const about = this.#events.filter(({ data: { object } }) => {
			const { payment_intent: intent = object } = object as { payment_intent?: unknown };
			return intent === id || (intent as { id?: string }).id === id;
		});
		return Promise.all(about.map((event) => this.sign(event)));
	}

	/** Any message, signed. */
	async sign(event: unknown, timestampS = Math.floor(Date.now() / 1000)): Promise<{ body: string; headers: Headers }> {
		const body = typeof event === "string" ? event : JSON.stringify(event);
		const header = await new Stripe("sk_test").webhooks.generateTestHeaderStringAsync({
			payload: body,
			secret: StripeEmulator.WEBHOOK_SECRET,
			timestamp: timestampS,
			scheme: "v1",
			signature: undefined as never,
			cryptoProvider: Stripe.createSubtleCryptoProvider(),
		});
		return { body, headers: new Headers({ "stripe-signature": header }) };
	}

	/** An event about `object`, as it is now. */
	event(type: Stripe.Event.Type, object: object): Stripe.Event {
		return {
			id: this.#id("evt"),
			object: "event",
			api_version: "2019-12-03",
			created: Math.floor(Date.now() / 1000),
			data: { object: structuredClone(object) },
			livemode: false,
			pending_webhooks: 1,
			request: null,
			type,
		} as Stripe.Event;
	}

	#emit(type: Stripe.Event.Type, object: object): void {
		this.#events.push(this.event(type, object));
	}

	/** The idempotency of https://docs.stripe.com/api/idempotent_requests */
	#once(key: string | null, fingerprint: string, work: () => Reply): { reply: Reply; replayed: boolean } {
		const before = key === null ? undefined : this.#keys.get(key);
		if (before !== undefined) {
			if (before.fingerprint === fingerprint) return { reply: before.reply, replayed: true };
			const error = { type: "idempotency_error", message: "keys can only be used with the same parameters" };
			return { reply: { status: 400, body: { error }, remembered: false }, replayed: false };
		}
		let reply: Reply;
		try {
			reply = work();
		} catch (error) {
			if (!(error instanceof Refused)) throw error;
			reply = error.reply;
		}
		if (key !== null && reply.remembered) this.#keys.set(key, { fingerprint, reply: structuredClone(reply) });
		return { reply, replayed: false };
	}

	#answer(call: StripeCall, path: string[], params: URLSearchParams): Reply {
		const id = path[3] ?? "";
		if (this.refuses.has(call)) throw new Refused(400, { type: "invalid_request_error", message: "not today" });
		switch (call) {
			case "create":
				return ok(this.#expanded(this.#create(params), params));
			case "read":
				return ok(this.#expanded(this.#intent(id), params));
			case "void":
				return ok(this.#expanded(this.#cancel(this.#intent(id)), params));
			case "capture":
				return ok(this.#expanded(this.#capture(this.#intent(id), Number(params.get("amount_to_capture"))), params));
			case "refund":
				return ok(this.#expandedRefund(this.#refund(params), params));
			case "list-refunds": {
				const intent = this.#intent(params.get("payment_intent") ?? "");
				return ok(page(this.#refundsOf(intent.id), params, "/v1/refunds"));
			}
			case "list-disputes": {
				const intent = this.#intent(params.get("payment_intent") ?? "");
				const all = this.#disputes.filter(({ payment_intent }) => payment_intent === intent.id).reverse();
				return ok(page(all, params, "/v1/disputes"));
			}
		}
	}

	#create(params: URLSearchParams): Stripe.PaymentIntent {
		this.created.push(params);
		const options: Record<string, { capture_method: "manual" }> = {};
		const metadata: Record<string, string> = {};
		for (const [name, value] of params) {
			const [, group, field] = /^(payment_method_options|metadata)\[(\w+)\]/.exec(name) ?? [];
			if (group === "metadata" && field !== undefined) metadata[field] = value;
			if (group !== "payment_method_options" || field === undefined) continue;
			if (this.unknownMethods.has(field)) {
				throw new Refused(400, { type: "invalid_request_error", param: `payment_method_options[${field}]` }, false);
			}
			options[field] = { capture_method: "manual" };
		}
		if (this.excludesNothing && params.has("excluded_payment_method_types[0]")) {
			throw new Refused(400, { type: "invalid_request_error", param: "excluded_payment_method_types" }, false);
		}
		const amount = Number(params.get("amount"));
		if (amount < this.smallest)
			throw new Refused(400, { type: "invalid_request_error", code: "amount_too_small" }, false);
		if (this.badEmails.has(params.get("receipt_email") ?? "")) {
			throw new Refused(400, { type: "invalid_request_error", code: "email_invalid", param: "receipt_email" }, false);
		}
		const currency = params.get("currency") ?? "";
		if (currency !== currency.toLowerCase()) throw new Error("Stripe's currencies are in lower case");
		if (currency === "kpw") throw new Refused(400, { type: "invalid_request_error", param: "currency" }, false);
		const intent = blankIntent({ ...this.#fresh(), amount, currency, metadata, payment_method_options: options });
		intent.receipt_email = params.get("receipt_email");
		this.#intents.set(intent.id, intent);
		return intent;
	}

	#cancel(intent: Stripe.PaymentIntent): Stripe.PaymentIntent {
		if (!["requires_payment_method", "requires_action", "requires_capture"].includes(intent.status))
			throw unexpectedState(intent);
		intent.status = "canceled";
		intent.canceled_at = Math.floor(Date.now() / 1000);
		intent.amount_capturable = 0;
		this.#emit("payment_intent.canceled", intent);
		return intent;
	}

	#capture(intent: Stripe.PaymentIntent, amount: number): Stripe.PaymentIntent {
		const charge = this.#charge(intent);
		if (intent.status !== "requires_capture" || charge === null) throw unexpectedState(intent);
		if (amount > intent.amount_capturable) {
			throw new Refused(400, { type: "invalid_request_error", code: "amount_too_large", param: "amount_to_capture" });
		}
		this.#markCaptured(intent, charge, amount);
		return intent;
	}

	#markCaptured(intent: Stripe.PaymentIntent, charge: Stripe.Charge, amount: number): void {
		intent.status = "succeeded";
		intent.amount_capturable = 0;
		intent.amount_received = amount;
		charge.captured = true;
		charge.amount_captured = amount;
		this.#emit("payment_intent.succeeded", intent);
	}

	#refund(params: URLSearchParams): Stripe.Refund {
		const intent = this.#intent(params.get("payment_intent") ?? "");
		const amount = Number(params.get("amount"));
		const charge = this.#charge(intent);
		if (charge === null || !charge.captured) throw unexpectedState(intent);
		const standing = this.#refundsOf(intent.id).filter(({ status }) => status !== "failed" && status !== "canceled");
		if (amount > charge.amount_captured - standing.reduce((all, refund) => all + refund.amount, 0)) {
			throw new Refused(400, { type: "invalid_request_error", code: "charge_already_refunded", param: "amount" });
		}
		const isTaken = ({ payment_intent, status }: Stripe.Dispute) =>
			payment_intent === intent.id && status !== "won" && !status.startsWith("warning_");
		if (this.#disputes.some(isTaken))
			throw new Refused(400, { type: "invalid_request_error", code: "charge_disputed" });
		const refund = blankRefund({
			id: this.#id("re"),
			amount,
			currency: intent.currency,
			created: Math.floor(Date.now() / 1000),
			payment_intent: intent.id,
			charge: charge.id,
			metadata: { holdfast_key: params.get("metadata[holdfast_key]") ?? "" },
		});
		this.#refunds.push(refund);
		charge.amount_refunded += amount;
		charge.refunded = charge.amount_refunded === charge.amount_captured;
		this.#emit("charge.refunded", charge);
		return refund;
	}

	#intent(id: string): Stripe.PaymentIntent {
		const intent = this.#intents.get(id);
		if (intent === undefined) {
			throw new Refused(404, { type: "invalid_request_error", code: "resource_missing", param: "intent" });
		}
		return intent;
	}

	#charge(intent: Stripe.PaymentIntent): Stripe.Charge | null {
		return this.#charges.get(String(intent.latest_charge)) ?? null;
	}

	#expanded(intent: Stripe.PaymentIntent, params: URLSearchParams, under = ""): Stripe.PaymentIntent {
		const expand = [...params].filter(([name]) => name.startsWith("expand")).map(([, value]) => value);
		if (!expand.some((path) => path.startsWith(`${under}latest_charge`))) return structuredClone(intent);
		const charge = this.#charge(intent);
		if (charge !== null && expand.includes(`${under}latest_charge.refunds`)) {
			charge.refunds = page(this.#refundsOf(intent.id), new URLSearchParams(), "/v1/charges/refunds");
		}
		return structuredClone({ ...intent, latest_charge: charge });
	}

	/** The refunds of an intent, the latest first. */
	#refundsOf(id: string): Stripe.Refund[] {
		return this.#refunds.filter(({ payment_intent }) => payment_intent === id).reverse();
	}

	#expandedRefund(refund: Stripe.Refund, params: URLSearchParams): Stripe.Refund {
		const intent = this.#intent(String(refund.payment_intent));
		return { ...refund, payment_intent: this.#expanded(intent, params, "payment_intent.") };
	}

	#fresh(): { id: string; client_secret: string; created: number } {
		const id = this.#id("pi");
		return { id, client_secret: `${id}_secret_x`, created: Math.floor(Date.now() / 1000) };
	}

	#id(prefix: string): string {
		return `${prefix}_${++this.#serial}`;
	}
}

function callOf(method: string, path: string): StripeCall {
	const calls: Record<string, StripeCall> = {
		"POST /v1/payment_intents": "create",
		"GET /v1/payment_intents/:id": "read",
		"POST /v1/payment_intents/:id/cancel": "void",
		"POST /v1/payment_intents/:id/capture": "capture",
		"POST /v1/refunds": "refund",
		"GET /v1/refunds": "list-refunds",
		"GET /v1/disputes": "list-disputes",
	};
	const call = calls[`${method} ${path.replace(/(?<=^\/v1\/payment_intents\/)[^/]+/, ":id")}`];
	if (call === undefined) throw new Error(`the emulator does not know ${method} ${path}`);
	return call;
}

function unexpectedState(intent: Stripe.PaymentIntent): Refused {
	return new Refused(400, {
		type: "invalid_request_error",
		code: "payment_intent_unexpected_state",
		payment_intent: intent,
	});
}

/** A page of a list, smaller than any that Stripe gives. */
function page<T extends { id: string }>(all: readonly T[], params: URLSearchParams, url: string): Stripe.ApiList<T> {
	const from = all.findIndex(({ id }) => id === params.get("starting_after")) + 1;
	return { object: "list", data: all.slice(from, from + 2), has_more: all.length > from + 2, url };
}

const ok = (body: object): Reply => ({ status: 200, body, remembered: true });

function json(status: number, body: object, headers: Record<string, string> = {}): Response {
	return Response.json(body, { status, headers: { "request-id": "req_1", ...headers } });
}
