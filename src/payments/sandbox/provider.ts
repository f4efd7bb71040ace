/**
 * The sandbox behind the port: calls its object, and verifies and parses its webhooks.
 *
 * It cannot be constructed in production. A call without an answer is `unknown`, never a failure. Nothing is read from
 * a webhook whose signature is not valid. Not here: how the sandbox decides (`rules.ts`) and signs (`signature.ts`).
 */
import { PROVIDER_TIMEOUT_MS } from "../../limits.ts";
import { assert } from "../../platform/assert.ts";
import { amountProblem } from "../currencies.ts";
import {
	assertAmount,
	type CreateRequest,
	type CreateResult,
	PAYMENT_STATUSES,
	type Payment,
	type PaymentProvider,
	type PaymentResult,
	type WebhookResult,
} from "../provider.ts";
import { orUnknown } from "../timeout.ts";
import type { SandboxResult } from "./messages.ts";
import type { SandboxEventType } from "./rules.ts";
import type { SandboxObject, SandboxObjectEnv } from "./sandbox.ts";
import { SIGNATURE_HEADER, verify } from "./signature.ts";
import type { SandboxEvent } from "./webhook-outbox.ts";

/** What the sandbox needs of the Worker's environment. */
export interface SandboxEnv extends SandboxObjectEnv {
	readonly SANDBOX: DurableObjectNamespace<SandboxObject>;
}

/** The secrets that sandboxes made for themselves, by binding. An isolate asks for each once. */
const knownSecrets = new WeakMap<DurableObjectNamespace<SandboxObject>, string>();

const EVENT_TYPES: Readonly<Record<SandboxEventType, true>> = {
	"payment.processing": true,
	"payment.authorised": true,
	"payment.captured": true,
	"payment.declined": true,
	"payment.voided": true,
	"payment.refunded": true,
	"payment.refund_returned": true,
	"dispute.opened": true,
	"dispute.closed": true,
};

const BAD_SIGNATURE: WebhookResult = { kind: "bad-signature" };

/** Whether the sandbox may run here at all. */
export function sandboxAllowed(env: { readonly ENVIRONMENT: string }): boolean {
	return env.ENVIRONMENT === "local";
}

/**
 * The sandbox's object, to play the shopper's card or to read the provider's books.
 * @throws Error outside of "local"
 */
export function sandboxObject(env: SandboxEnv): DurableObjectStub<SandboxObject> {
	if (!sandboxAllowed(env)) throw new Error("the sandbox payment provider runs only with ENVIRONMENT=local");
	return env.SANDBOX.getByName("sandbox");
}

/** The port to the sandbox. */
export class SandboxPaymentProvider implements PaymentProvider {
	readonly name = "sandbox";
	readonly #env: SandboxEnv;
	readonly #timeoutMs: number;

	/**
	 * @param timeoutMs how long an answer may take before it counts as unknown
	 * @throws Error outside of "local"
	 */
	constructor(env: SandboxEnv, timeoutMs = PROVIDER_TIMEOUT_MS) {
		this.#env = env;
		this.#timeoutMs = timeoutMs;
		sandboxObject(env);
	}

	async create(request: CreateRequest): Promise<CreateResult> {
		assertAmount(request.amountMinor);
		const { amountMinor, currency } = request;
		if (amountProblem(this.name, amountMinor, currency) !== null) {
			return { kind: "refused", reason: "currency", detail: `${currency} is no currency` };
		}
		const result = await this.#ask((sandbox) => sandbox.create(request));
		switch (result.kind) {
			case "not-created":
				return { kind: "refused", reason: result.reason, detail: "the sandbox was told to refuse this" };
			case "ok": {
				const { payment } = result;
				return { kind: "created", payment, payWith: { url: `/sandbox/payments/${payment.id}` } };
			}
			case "unknown":
				return result;
			case "refused":
				return { kind: "refused", reason: "other", detail: result.reason };
		}
	}

	read(paymentId: string): Promise<PaymentResult> {
		return this.#call((sandbox) => sandbox.read(paymentId));
	}

	void(paymentId: string, key: string): Promise<PaymentResult> {
		return this.#call((sandbox) => sandbox.void(paymentId, key));
	}

	async capture(paymentId: string, amountMinor: number, key: string): Promise<PaymentResult> {
		assertAmount(amountMinor);
		return this.#call((sandbox) => sandbox.capture(paymentId, amountMinor, key));
	}

	async refund(paymentId: string, amountMinor: number, key: string): Promise<PaymentResult> {
		assertAmount(amountMinor);
		return this.#call((sandbox) => sandbox.refund(paymentId, amountMinor, key));
	}

	async parseWebhook(body: string, headers: Headers, nowMs: number): Promise<WebhookResult> {
		const isSignedWith = (secret: string) => verify(secret, headers.get(SIGNATURE_HEADER), body, nowMs);
		const { SANDBOX, SANDBOX_WEBHOOK_SECRET: configured } = this.#env;
		if (configured) return (await isSignedWith(configured)) ? readEvent(body) : BAD_SIGNATURE;
		const known = knownSecrets.get(SANDBOX);
		if (known !== undefined && (await isSignedWith(known))) return readEvent(body);
		// Also when the known secret does not fit: a sandbox whose storage was emptied has made another one.
		const secret = await orUnknown(this.#askForSecret(), this.#timeoutMs);
		if (typeof secret !== "string") return secret;
		knownSecrets.set(SANDBOX, secret);
		return (await isSignedWith(secret)) ? readEvent(body) : BAD_SIGNATURE;
	}

	async #askForSecret(): Promise<string> {
		return sandboxObject(this.#env).webhookSecret();
	}

	async #call(call: (sandbox: DurableObjectStub<SandboxObject>) => Promise<SandboxResult>): Promise<PaymentResult> {
		const result = await this.#ask(call);
		assert(result.kind !== "not-created", "only a creation is refused so");
		return result;
	}

	async #ask(
		call: (sandbox: DurableObjectStub<SandboxObject>) => Promise<SandboxResult>,
	): Promise<Exclude<SandboxResult, { kind: "key-reused" }>> {
		// A stub that has thrown may be broken for good, so each call takes a new one.
		// https://developers.cloudflare.com/durable-objects/best-practices/error-handling/
		const result = await orUnknown(call(sandboxObject(this.#env)), this.#timeoutMs);
		if (result.kind === "key-reused") throw new Error("an idempotency key was used again for something else");
		return result;
	}
}

/**
 * Parses a verified body. A message that is not whole is ignored: what is believed of a payment, and the checkout that
 * it is told to, must not hang on half of one. What it says is believed, and not compared with the sandbox's books.
 */
function readEvent(body: string): WebhookResult {
	let event: Partial<SandboxEvent> | null;
	try {
		event = JSON.parse(body) as Partial<SandboxEvent> | null;
	} catch {
		event = null;
	}
	const id = typeof event?.id === "string" ? event.id : "";
	const type: string = typeof event?.type === "string" ? event.type : "unreadable";
	const payment = toPayment(event?.payment);
	return id !== "" && payment !== null && Object.hasOwn(EVENT_TYPES, type)
		? { kind: "event", id, type, payment }
		: { kind: "ignored", id, type };
}

/** The payment that a webhook carries; null when it is not whole. One sent by the code before lacks two members. */
function toPayment(said: unknown): Payment | null {
	if (typeof said !== "object" || said === null) return null;
	const payment = { disputedMinor: 0, attemptUnderWay: false, ...said } as Payment;
	const { status, paidAtMs, declined, attemptUnderWay } = payment;
	const texts = [payment.id, payment.checkoutId, payment.currency];
	const amounts = [
		payment.amountMinor,
		payment.authorisedMinor,
		payment.capturedMinor,
		payment.refundedMinor,
		payment.disputedMinor,
	];
	const isWhole =
		texts.every((text) => typeof text === "string" && text !== "") &&
		amounts.every((amount) => Number.isSafeInteger(amount) && amount >= 0) &&
		PAYMENT_STATUSES.includes(status) &&
		typeof attemptUnderWay === "boolean" &&
		(paidAtMs === null || Number.isSafeInteger(paidAtMs)) &&
		(declined === null || (typeof declined?.code === "string" && Number.isSafeInteger(declined.atMs)));
	return isWhole ? payment : null;
}
