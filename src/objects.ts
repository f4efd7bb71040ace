/**
 * The one place that names, places and retries objects.
 *
 * What it keeps true: every SKU, checkout and shopper has exactly one object, since its name is a function of what it is. A
 * call is tried again only when the platform says that it may be and that the object is not overloaded: retrying a busy
 * object makes it busier (https://developers.cloudflare.com/durable-objects/best-practices/error-handling/). A stub that
 * has thrown may stay broken, so each try takes a new one. All calls made here may be repeated: their objects see to it.
 *
 * Not here: what the objects do.
 */
import type { CheckoutObject } from "./checkout/checkout.ts";
import { CALL_BACKOFF_MS, MAX_CALL_ATTEMPTS } from "./limits.ts";
import { sha256Hex } from "./platform/digest.ts";
import { retry } from "./platform/retry.ts";
import { ObjectUnavailable } from "./platform/unavailable.ts";
import type { HoldingsObject } from "./shopper/holdings.ts";
import type { SkuObject } from "./stock/sku.ts";

/** An object as its callers see it: its asynchronous methods, as they are declared. */
export type Remote<T> = { [M in keyof T as T[M] extends (...args: never[]) => Promise<unknown> ? M : never]: T[M] };

export interface Objects {
	readonly SKU: DurableObjectNamespace<SkuObject>;
	readonly CHECKOUT: DurableObjectNamespace<CheckoutObject>;
	readonly LOCATION_HINT?: string;
}

/** @throws ObjectUnavailable when the object is overloaded or could not be reached */
export function callSku<R>(env: Objects, sku: string, call: (object: Remote<SkuObject>) => Promise<R>): Promise<R> {
	// The hint counts only when the object is made. Without it a merchant's desk would decide where a drop is served from.
	const hint = env.LOCATION_HINT as DurableObjectLocationHint;
	const options = hint ? { locationHint: hint } : undefined;
	return attempt(() => call(env.SKU.getByName(sku, options) as unknown as Remote<SkuObject>));
}

/** @throws ObjectUnavailable when the object is overloaded or could not be reached */
export function callCheckout<R>(
	env: Objects,
	id: string,
	call: (object: Remote<CheckoutObject>) => Promise<R>,
): Promise<R> {
	return attempt(() => call(env.CHECKOUT.getByName(id) as unknown as Remote<CheckoutObject>));
}

/** @throws ObjectUnavailable when the object is overloaded or could not be reached */
export function callHoldings<R>(
	env: Pick<Env, "HOLDINGS">,
	shopperId: string,
	call: (object: Remote<HoldingsObject>) => Promise<R>,
): Promise<R> {
	return attempt(() => call(env.HOLDINGS.getByName(shopperId) as unknown as Remote<HoldingsObject>));
}

/**
 * The id of the checkout that a shopper opens with an Idempotency-Key. The same key is the same object, so a repeated
 * request finds the first one's checkout without a table of keys, and nobody can guess another shopper's.
 */
export async function checkoutIdOf(shopperId: string, idempotencyKey: string): Promise<string> {
	return `co_${(await sha256Hex(`${shopperId}\n${idempotencyKey}`)).slice(0, 32)}`;
}

/** A checkout becomes at most one order, and each finds the other by its id. */
export const orderIdOf = (checkoutId: string): string => `or_${checkoutId.slice(3)}`;
export const checkoutIdOfOrder = (orderId: string): string => `co_${orderId.slice(3)}`;

async function attempt<R>(call: () => Promise<R>): Promise<R> {
	try {
		return await retry(call, {
			attempts: MAX_CALL_ATTEMPTS,
			backoffMs: CALL_BACKOFF_MS,
			shouldRetry: (fault) => has(fault, "retryable") && !has(fault, "overloaded"),
		});
	} catch (fault) {
		if (has(fault, "retryable") || has(fault, "overloaded")) {
			throw new ObjectUnavailable("a Durable Object could not serve the call", { cause: fault });
		}
		throw fault;
	}
}

function has(fault: unknown, mark: "retryable" | "overloaded"): boolean {
	return fault instanceof Error && (fault as Error & Partial<Record<typeof mark, boolean>>)[mark] === true;
}
