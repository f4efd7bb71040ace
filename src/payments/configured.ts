/**
 * Chooses the payment provider of this deployment from its environment.
 *
 * A provider that lacks a secret is not configured at all, and what it lacks is named. The sandbox is never chosen
 * outside of "local".
 */
import type { PaymentProvider, ProviderName } from "./provider.ts";
import { type SandboxEnv, SandboxPaymentProvider, sandboxAllowed } from "./sandbox/provider.ts";
import { StripePaymentProvider } from "./stripe/provider.ts";

/** What the choice needs of the environment. The secrets of a provider that is not used need not exist. */
export interface PaymentEnv extends SandboxEnv {
	readonly PAYMENT_PROVIDER: string;
	readonly STRIPE_SECRET_KEY?: string;
	readonly STRIPE_WEBHOOK_SECRET?: string;
}

export type Configured =
	| { readonly kind: "provider"; readonly provider: PaymentProvider }
	/** No provider can be used; `missing` names the settings that would change that. */
	| { readonly kind: "not-configured"; readonly missing: readonly string[] };

/**
 * The provider with this name, or what it lacks: by default the one that `PAYMENT_PROVIDER` names. A payment stays with
 * the provider that has it, so what belongs to a payment is asked of that one.
 */
export function paymentProvider(env: PaymentEnv, name: ProviderName | string = env.PAYMENT_PROVIDER): Configured {
	switch (name) {
		case "sandbox":
			return sandbox(env);
		case "stripe":
			return stripe(env);
		default:
			return { kind: "not-configured", missing: ["PAYMENT_PROVIDER=sandbox|stripe"] };
	}
}

function sandbox(env: PaymentEnv): Configured {
	if (!sandboxAllowed(env)) return { kind: "not-configured", missing: ["ENVIRONMENT=local"] };
	return { kind: "provider", provider: new SandboxPaymentProvider(env) };
}

function stripe(env: PaymentEnv): Configured {
	const { STRIPE_SECRET_KEY: secretKey = "", STRIPE_WEBHOOK_SECRET = "" } = env;
	// Two are valid while one is rotated: Stripe signs with both for up to a day.
	const webhookSecrets = STRIPE_WEBHOOK_SECRET.split(",")
		.map((secret) => secret.trim())
		.filter((secret) => secret !== "");
	const missing = [
		...(secretKey === "" ? ["STRIPE_SECRET_KEY"] : []),
		...(webhookSecrets.length === 0 ? ["STRIPE_WEBHOOK_SECRET"] : []),
	];
	if (missing.length > 0) return { kind: "not-configured", missing };
	return { kind: "provider", provider: new StripePaymentProvider({ secretKey, webhookSecrets }) };
}
