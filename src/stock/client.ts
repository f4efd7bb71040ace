/** Calls the object of a SKU. Every SKU has exactly one, since the object's name is the SKU. */
import { callObject } from "../platform/durable-object.ts";
import { objectStub, type Placement } from "../platform/object-stub.ts";
import type { SkuRpc } from "./rpc.ts";

export type StockEnv = Placement & Pick<Env, "SKU" | "LOCATION_HINT">;

/** @throws ObjectUnavailable when the object is overloaded or cannot be reached */
export function callSku<R>(env: StockEnv, sku: string, call: (object: SkuRpc) => Promise<R>): Promise<R> {
	// Without a hint the object would live near its first caller, and that is the merchant.
	return callObject(() => objectStub(env, env.SKU, sku, env.LOCATION_HINT), call);
}

/** Whether the shopper holds units of the SKU, pays for them, waits for them, or has a pre-order that is not paid yet. */
export async function hasOpenClaim(env: StockEnv, sku: string, shopperId: string): Promise<boolean> {
	return (await callSku(env, sku, (object) => object.hasOpenClaim(shopperId))) === true;
}
