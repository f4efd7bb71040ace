/** The payment provider of the tests in workerd: the sandbox, its payments and its injected faults. */
import { env } from "cloudflare:workers";
import { afterEach, expect } from "vitest";
import { sandboxObject } from "../../src/payments/sandbox/provider.ts";
import type { ConfirmRequest, Fault } from "../../src/payments/sandbox/sandbox.ts";

/**
 * Confirms a payment as the shopper's card does, and waits until its checkout has done what follows from the webhooks.
 */
export async function pay(paymentId: string, how: ConfirmRequest = { outcome: "approve" }): Promise<void> {
	const provider = sandboxObject(env);
	expect(await provider.confirm(paymentId, how)).toMatchObject({ kind: "ok" });
	await provider.settled(paymentId);
	await untilIdle((await paymentAtProvider(paymentId)).checkoutId);
}

/** Waits until a checkout has nothing to do for now. A webhook is answered before its consequences. */
export async function untilIdle(checkoutId: string): Promise<void> {
	// Nothing was given up, so nothing is tried again: it only waits for what is under way.
	await env.CHECKOUT.getByName(checkoutId).retrySettlement();
}

/** The payment as the provider has it. */
export async function paymentAtProvider(paymentId: string) {
	const result = await sandboxObject(env).peek(paymentId);
	if (result.kind !== "ok") throw new Error(`the provider has no payment ${paymentId}`);
	return result.payment;
}

/** Makes the provider's next calls fail. These faults replace those of an earlier call that have not happened yet. */
export async function injectFaults(...list: readonly Partial<Fault>[]): Promise<void> {
	await sandboxObject(env).setFaults(
		list.map((fault) => ({ fail: "before", delayMs: 0, times: 1, ...fault }) as Fault),
	);
}

/** Makes all of these calls fail, until `providerUp`. */
export const providerDown = (...calls: Fault["call"][]): Promise<void> =>
	injectFaults(...calls.map((call) => ({ call, times: 1_000 })));
/** Takes back every fault. */
export const providerUp = (): Promise<void> => injectFaults();

/** No fault that a test injects outlives it. */
export const clearFaultsAfterEach = (): void => void afterEach(providerUp);
