/** Names the object of a checkout and calls it. */
import { callObject } from "../platform/durable-object.ts";
import { sha256Hex } from "../platform/hash.ts";
import type { CheckoutRpc } from "./rpc.ts";

export type CheckoutEnv = Pick<Env, "CHECKOUT">;

/** @throws ObjectUnavailable when the object is overloaded or cannot be reached */
export function callCheckout<R>(env: CheckoutEnv, id: string, call: (object: CheckoutRpc) => Promise<R>): Promise<R> {
	return callObject(() => env.CHECKOUT.getByName(id), call);
}

/**
 * The id of the checkout that a shopper opens with an Idempotency-Key. The same key names the same object, so a
 * repeated request finds its checkout without a table of keys. Nobody can guess the id of another shopper's checkout.
 */
export async function checkoutIdOf(shopperId: string, idempotencyKey: string): Promise<string> {
	return `co_${(await sha256Hex(`${shopperId}\n${idempotencyKey}`)).slice(0, 32)}`;
}
