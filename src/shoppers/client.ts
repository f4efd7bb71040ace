/** Finds the object that counts the SKUs of one shopper, and calls it. */
import { callObject } from "../platform/durable-object.ts";
import { objectStub, type Placement } from "../platform/object-stub.ts";
import type { HeldSkusRpc } from "./rpc.ts";

/** @throws ObjectUnavailable when the object is overloaded or cannot be reached */
export function callHeldSkus<R>(
	env: Placement & Pick<Env, "HOLDINGS">,
	shopperId: string,
	call: (object: HeldSkusRpc) => Promise<R>,
): Promise<R> {
	return callObject(() => objectStub(env, env.HOLDINGS, shopperId), call);
}
