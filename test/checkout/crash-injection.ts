/**
 * Takes the object of a checkout down at the worst moment: just before one of its calls reaches the world, or after the call
 * took effect and before the object heard of it. Whoever comes next finds the object as its storage has it.
 */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { CheckoutObject } from "../../src/checkout/checkout.ts";

/** A call that a checkout makes: to a SKU, to the provider, or to the queue. */
export type Call = "pin" | "commit" | "unpin" | "takeBack" | "create" | "read" | "void" | "capture" | "refund" | "send";

export type Fault =
	/** The object dies, and the call is never made. */
	| "dies before"
	/** The call is made, and the object dies before it hears the answer. */
	| "dies after"
	/** The call throws, as a broken connection does. */
	| "throws"
	/** The call sets out only when this has come. */
	| Promise<void>;

/** The `nth` such call that this checkout's object makes goes wrong in this way. */
export async function injectFault(checkoutId: string, call: Call, blow: Fault, nth = 1): Promise<void> {
	let calls = 0;
	await intercept(checkoutId, async (name, real, die) => {
		if (name !== call || ++calls !== nth) return real();
		if (blow === "throws") throw new Error("the connection broke");
		if (typeof blow === "object") {
			await blow;
			return real();
		}
		if (blow === "dies after") await real();
		return die();
	});
}

/** Counts the calls that this checkout's object makes from now on, by their names. */
export async function countCalls(checkoutId: string): Promise<ReadonlyMap<string, number>> {
	const calls = new Map<string, number>();
	await intercept(checkoutId, (name, real) => {
		calls.set(name, (calls.get(name) ?? 0) + 1);
		return real();
	});
	return calls;
}

type Interceptor = (name: string, real: () => Promise<unknown>, die: () => Promise<never>) => Promise<unknown>;

/** Puts `meddle` between the object, as long as it lives, and whatever it calls. */
async function intercept(checkoutId: string, meddle: Interceptor): Promise<void> {
	await runInDurableObject(env.CHECKOUT.getByName(checkoutId), (object: CheckoutObject, state) => {
		const die = () => {
			state.abort(DEATH);
			return new Promise<never>(() => {});
		};
		const tapped = <T extends object>(target: T): T =>
			new Proxy(target, {
				get(real, name) {
					// Called by its name on its stub: a method of a stub taken by itself would be one more remote thing.
					const methods = real as unknown as Record<string | symbol, (...args: unknown[]) => never>;
					if (name === "getByName")
						return (...args: unknown[]) => tapped(methods[name]?.(...args) as unknown as object);
					return (...args: unknown[]) => meddle(String(name), async () => methods[name]?.(...args), die);
				},
			});
		const inside = object as unknown as { env: Env };
		const { SKU, SANDBOX, ORDERS } = inside.env;
		inside.env = { ...inside.env, SKU: tapped(SKU), SANDBOX: tapped(SANDBOX), ORDERS: tapped(ORDERS) };
	});
}

export const DEATH = "the power is cut";

/** Rings the object's alarm if it is due by the test's clock, as the platform would. */
export async function ringAlarmIfDue(checkoutId: string): Promise<void> {
	const stub = env.CHECKOUT.getByName(checkoutId);
	const dueMs = await runInDurableObject(stub, (_: CheckoutObject, state) => state.storage.getAlarm());
	if (dueMs !== null && dueMs <= Date.now()) await runDurableObjectAlarm(stub);
}
