/**
 * The sandbox provider seen through the port: calls its object, and checks and reads its webhooks.
 *
 * What it keeps true: it cannot be had in production. An answer that does not come is `unknown`, never a failure. A webhook
 * is believed only when its signature holds. Not here: how the sandbox decides (`sandbox-rules.ts`) or signs
 * (`sandbox-signature.ts`).
 */
import {
	assertAmount,
	type CreateResult,
	type Payment,
	type PaymentProvider,
	type PaymentResult,
	type WebhookResult,
} from "../provider.ts";
import { orUnknown, PROVIDER_TIMEOUT_MS } from "../timeout.ts";
import type { SandboxEventType } from "./rules.ts";
import type { SandboxAnswer, SandboxObject } from "./sandbox.ts";
import { SIGNATURE_HEADER, verify } from "./signature.ts";
import type { SandboxEvent } from "./webhook-outbox.ts";

/** What the sandbox needs of the Worker's environment. */
export interface SandboxEnv {
	readonly ENVIRONMENT: string;
	readonly SANDBOX: DurableObjectNamespace<SandboxObject>;
	readonly SANDBOX_WEBHOOK_SECRET: string;
}

const EVENT_TYPES: Readonly<Record<SandboxEventType, true>> = {
	"payment.authorised": true,
	"payment.captured": true,
	"payment.declined": true,
	"payment.voided": true,
	"payment.refunded": true,
};

/** Whether the sandbox may run here at all. */
export function sandboxAllowed(env: { readonly ENVIRONMENT: string }): boolean {
	return env.ENVIRONMENT === "local";
}

/** The sandbox itself, for whoever plays the shopper or reads the provider's books. @throws Error outside of "local" */
export function sandboxObject(env: SandboxEnv): DurableObjectStub<SandboxObject> {
	if (!sandboxAllowed(env)) throw new Error("the sandbox payment provider runs only with ENVIRONMENT=local");
	return env.SANDBOX.getByName("sandbox");
}

/**
 * The port to the sandbox.
 * @param timeoutMs how long an answer may take before it counts as unknown
 * @throws Error outside of "local"
 */
export function sandboxPaymentProvider(env: SandboxEnv, timeoutMs = PROVIDER_TIMEOUT_MS): PaymentProvider {
	// A stub that has thrown may be broken for good, so each call takes a new one.
	// https://developers.cloudflare.com/durable-objects/best-practices/error-handling/
	const provider = () => sandboxObject(env);
	provider();

	async function ask(call: () => Promise<SandboxAnswer>): Promise<PaymentResult> {
		const answer = await orUnknown(call(), timeoutMs);
		if (answer.kind === "key-reused") throw new Error("an idempotency key was used again for something else");
		return answer;
	}

	return {
		name: "sandbox",
		async create(request): Promise<CreateResult> {
			assertAmount(request.amountMinor);
			const answer = await ask(() => provider().create(request));
			switch (answer.kind) {
				case "ok":
					return {
						kind: "created",
						payment: answer.payment,
						payWith: { url: `/sandbox/payments/${answer.payment.id}` },
					};
				case "unknown":
					return answer;
				case "refused":
					return { kind: "refused", detail: answer.reason };
			}
		},
		async read(paymentId) {
			return ask(() => provider().read(paymentId));
		},
		async void(paymentId, key) {
			return ask(() => provider().void(paymentId, key));
		},
		async capture(paymentId, amountMinor, key) {
			assertAmount(amountMinor);
			return ask(() => provider().capture(paymentId, amountMinor, key));
		},
		async refund(paymentId, amountMinor, key) {
			assertAmount(amountMinor);
			return ask(() => provider().refund(paymentId, amountMinor, key));
		},
		async parseWebhook(body, headers, nowMs): Promise<WebhookResult> {
			const genuine = await verify(env.SANDBOX_WEBHOOK_SECRET ?? "", headers.get(SIGNATURE_HEADER), body, nowMs);
			return genuine ? readEvent(body) : { kind: "bad-signature" };
		},
	};
}

/** Reads a body whose signature held, so what it says is the sandbox's own; only its kind is in question. */
function readEvent(body: string): WebhookResult {
	let event: Partial<SandboxEvent> | null;
	try {
		event = JSON.parse(body) as Partial<SandboxEvent> | null;
	} catch {
		event = null;
	}
	const id = typeof event?.id === "string" ? event.id : "";
	const type: string = typeof event?.type === "string" ? event.type : "unreadable";
	const payment: Payment | undefined = event?.payment;
	return payment !== undefined && Object.hasOwn(EVENT_TYPES, type)
		? { kind: "event", id, type, payment }
		: { kind: "ignored", id, type };
}
