/** The payment provider of the tests in workerd: the sandbox, its payments and its injected faults. */
import { env } from "cloudflare:workers";
import { expect } from "vitest";
import { sandboxObject } from "../../src/payments/sandbox/provider.ts";
import type { Confirmation, Fault } from "../../src/payments/sandbox/sandbox.ts";

/** Plays the card of a payment, and waits until its webhooks have been dealt with. */
export async function pay(paymentId: string, how: Confirmation = { outcome: "approve" }): Promise<void> {
	const provider = sandboxObject(env);
	expect(await provider.confirm(paymentId, how)).toMatchObject({ kind: "ok" });
	await provider.settled(paymentId);
}

/** What the provider believes. */
export async function believed(paymentId: string) {
	const seen = await sandboxObject(env).peek(paymentId);
	if (seen.kind !== "ok") throw new Error(`the provider has no payment ${paymentId}`);
	return seen.payment;
}

/** The provider's next calls fail so, in place of what was left of the former list. */
export async function faults(...list: readonly Partial<Fault>[]): Promise<void> {
	await sandboxObject(env).setFaults(list.map((f) => ({ fail: "before", delayMs: 0, times: 1, ...f }) as Fault));
}

/** A provider that answers none of these calls until told otherwise. */
export const providerDown = (...calls: Fault["call"][]): Promise<void> =>
	faults(...calls.map((call) => ({ call, times: 1_000 })));
export const providerUp = (): Promise<void> => faults();
