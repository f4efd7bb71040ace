/** Names the object of a checkout and calls it. */
import { checkoutIdOfOrder } from "../ids.ts";
import type { Order } from "../orders/order.ts";
import { findOrder } from "../orders/order-store.ts";
import { callObject } from "../platform/durable-object.ts";
import { sha256Hex } from "../platform/hash.ts";
import { objectStub, type Placement } from "../platform/object-stub.ts";
import { orderOf } from "./order.ts";
import type { CheckoutRpc } from "./rpc.ts";

export type CheckoutEnv = Placement & Pick<Env, "CHECKOUT">;

/** @throws ObjectUnavailable when the object is overloaded or cannot be reached */
export function callCheckout<R>(env: CheckoutEnv, id: string, call: (object: CheckoutRpc) => Promise<R>): Promise<R> {
	return callObject(() => objectStub(env, env.CHECKOUT, id), call);
}

/**
 * The id of the checkout that a shopper opens with an Idempotency-Key. The same key names the same object, so a
 * repeated request finds its checkout without a table of keys.
 */
export async function checkoutIdOf(shopperId: string, idempotencyKey: string): Promise<string> {
	return `co_${(await sha256Hex(`${shopperId}\n${idempotencyKey}`)).slice(0, 32)}`;
}

/** The id of the checkout that a merchant's server opens with an Idempotency-Key. No shopper's id has a line's end. */
export async function merchantCheckoutIdOf(idempotencyKey: string): Promise<string> {
	return `co_${(await sha256Hex(`\nmerchant\n${idempotencyKey}`)).slice(0, 32)}`;
}

/**
 * The order from its checkout, which has it before D1 does and never lags behind; from D1 when the checkout is gone.
 */
export async function newestOrder(env: CheckoutEnv & Pick<Env, "DB">, id: string): Promise<Order | null> {
	const checkout = await callCheckout(env, checkoutIdOfOrder(id), (object) => object.read());
	return (checkout && orderOf(checkout)) ?? findOrder(env.DB, id);
}
