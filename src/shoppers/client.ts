/** Finds the object that counts the SKUs of one shopper, and calls it. */
import { callObject } from "../platform/durable-object.ts";
import type { HeldSkusRpc } from "./rpc.ts";

/** @throws ObjectUnavailable when the object is overloaded or cannot be reached */
export function callHeldSkus<R>(
	env: Pick<Env, "HOLDINGS">,
	shopperId: string,
	call: (object: HeldSkusRpc) => Promise<R>,
): Promise<R> {
	return callObject(() => env.HOLDINGS.getByName(shopperId), call);
}
