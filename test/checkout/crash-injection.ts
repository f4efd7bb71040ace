/**
 * Kills the object of a checkout at the worst moment: just before one of its calls, or after the call took effect and
 * before its answer arrives. The next caller finds the object as its storage has it.
 */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { CheckoutObject } from "../../src/checkout/checkout.ts";

/** A call that a checkout makes: to a SKU, to the provider, or to the queue. */
export type Call = "pin" | "commit" | "unpin" | "takeBack" | "create" | "read" | "void" | "capture" | "refund" | "send";

export type Fault =
	/** The object dies, and the call is never made. */
	| "dies before"
	/** The call is made, and the object dies before the answer arrives. */
	| "dies after"
	/** The call throws, as a broken connection does. */
	| "throws"
	/** The call is delayed until this has settled. */
	| Promise<void>;

/** Makes the `nth` such call of this checkout's object fail in this way. */
export async function injectFault(checkoutId: string, call: Call, fault: Fault, nth = 1): Promise<void> {
	let calls = 0;
	await intercept(checkoutId, async (name, real, die) => {
		if (name !== call || ++calls !== nth) return real();
		if (fault === "throws") throw new Error("the connection broke");
		if (typeof fault === "object") {
			await fault;
			return real();
		}
		if (fault === "dies after") await real();
		return die();
	});
}

/** Counts the calls that this checkout's object makes from now on, by name. */
export async function countCalls(checkoutId: string): Promise<ReadonlyMap<string, number>> {
	const calls = new Map<string, number>();
	await intercept(checkoutId, (name, real) => {
		calls.set(name, (calls.get(name) ?? 0) + 1);
		return real();
	});
	return calls;
}

type Interceptor = (name: string, real: () => Promise<unknown>, die: () => Promise<never>) => Promise<unknown>;

/** Passes every call of the object through `interceptor` for as long as the object lives. */
async function intercept(checkoutId: string, interceptor: Interceptor): Promise<void> {
	await runInDurableObject(env.CHECKOUT.getByName(checkoutId), (object: CheckoutObject, state) => {
		const die = () => {
			state.abort(DEATH);
			return new Promise<never>(() => {});
		};
		const intercepted = <T extends object>(target: T): T =>
			new Proxy(target, {
				get(real, name) {
					// Called by its name on its stub: a method taken off a stub is itself a remote property.
					const methods = real as unknown as Record<string | symbol, (...args: unknown[]) => never>;
					if (name === "getByName")
						return (...args: unknown[]) => intercepted(methods[name]?.(...args) as unknown as object);
					return (...args: unknown[]) => interceptor(String(name), async () => methods[name]?.(...args), die);
				},
			});
		const inside = object as unknown as { env: Env };
		const { SKU, SANDBOX, ORDERS } = inside.env;
		inside.env = { ...inside.env, SKU: intercepted(SKU), SANDBOX: intercepted(SANDBOX), ORDERS: intercepted(ORDERS) };
	});
}

export const DEATH = "the power is cut";

/** Rings the object's alarm if it is due by the test's clock, as the platform would. */
export async function ringAlarmIfDue(checkoutId: string): Promise<void> {
	const stub = env.CHECKOUT.getByName(checkoutId);
	const dueMs = await runInDurableObject(stub, (_: CheckoutObject, state) => state.storage.getAlarm());
	if (dueMs !== null && dueMs <= Date.now()) await runDurableObjectAlarm(stub);
}
