/**
 * Which payment provider this deployment uses.
 *
 * What it keeps true: a provider that lacks a secret is not half there: it is not configured, and what is missing is named.
 * The sandbox is never picked outside of "local". Not here: the providers.
 */
import type { PaymentProvider } from "./provider.ts";
import { type SandboxEnv, sandboxAllowed, sandboxPaymentProvider } from "./sandbox/provider.ts";
import { stripePaymentProvider } from "./stripe/provider.ts";

/** What picking needs of the environment. Secrets of a provider that is not used need not exist. */
export interface PaymentEnv extends SandboxEnv {
	readonly PAYMENT_PROVIDER: string;
	readonly STRIPE_SECRET_KEY?: string;
	readonly STRIPE_WEBHOOK_SECRET?: string;
}

/** No provider can be used; `missing` names the settings that would change that. */
export interface NotConfigured {
	readonly kind: "not-configured";
	readonly missing: string[];
}

/** The provider named by `PAYMENT_PROVIDER`, or what it lacks. */
export function paymentProvider(env: PaymentEnv): PaymentProvider | NotConfigured {
	switch (env.PAYMENT_PROVIDER) {
		case "sandbox": {
			const missing = [
				...(sandboxAllowed(env) ? [] : ["ENVIRONMENT=local"]),
				...(env.SANDBOX_WEBHOOK_SECRET ? [] : ["SANDBOX_WEBHOOK_SECRET"]),
			];
			return missing.length > 0 ? { kind: "not-configured", missing } : sandboxPaymentProvider(env);
		}
		case "stripe": {
			const { STRIPE_SECRET_KEY: secretKey = "", STRIPE_WEBHOOK_SECRET: webhookSecret = "" } = env;
			if (secretKey !== "" && webhookSecret !== "") return stripePaymentProvider({ secretKey, webhookSecret });
			const missing = [];
			if (secretKey === "") missing.push("STRIPE_SECRET_KEY");
			if (webhookSecret === "") missing.push("STRIPE_WEBHOOK_SECRET");
			return { kind: "not-configured", missing };
		}
		default:
			return { kind: "not-configured", missing: ["PAYMENT_PROVIDER=sandbox|stripe"] };
	}
}
