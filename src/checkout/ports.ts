/** The SKUs, the payment providers and the queue of this deployment, as a checkout acts upon them. */
import { externalPayment, paymentProvider } from "../payments/configured.ts";
import { callSku } from "../stock/client.ts";
import type { CheckoutPorts } from "./effects.ts";

export const portsOf = (env: Env): CheckoutPorts => ({
	sku: (sku, call) => callSku(env, sku, call),
	paymentProvider: (name, seen) => {
		if (name === "external") return externalPayment(seen);
		const configured = name === null ? paymentProvider(env) : paymentProvider(env, name);
		if (configured.kind === "provider") return configured.provider;
		throw new Error(`no payment provider; missing: ${configured.missing.join(", ")}`);
	},
	send: async (message) => {
		await env.ORDERS.send(message);
	},
});
