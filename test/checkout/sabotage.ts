/**
 * Takes the object of a checkout down at the worst moment: just before one of its calls reaches the world, or after the call
 * took effect and before the object heard of it. Whoever comes next finds the object as its storage has it.
 */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { CheckoutObject } from "../../src/checkout/checkout.ts";

/** A call that a checkout makes: to a SKU, to the provider, or to the queue. */
export type Call = "pin" | "commit" | "unpin" | "takeBack" | "create" | "read" | "void" | "capture" | "refund" | "send";

export type Blow =
	/** The object dies, and the call is never made. */
	| "dies before"
	/** The call is made, and the object dies before it hears the answer. */
	| "dies after"
	/** The call throws, as a broken connection does. */
	| "throws"
	/** The call sets out only when this has come. */
	| Promise<void>;

type Method = (...args: unknown[]) => Promise<unknown>;

/** The `nth` such call that this checkout's object makes goes wrong in this way. */
export async function sabotage(checkoutId: string, call: Call, blow: Blow, nth = 1): Promise<void> {
	await runInDurableObject(env.CHECKOUT.getByName(checkoutId), (object: CheckoutObject, state) => {
		let calls = 0;
		const instead = (real: Method): Method => {
			return async (...args) => {
				if (++calls !== nth) return real(...args);
				if (blow === "throws") throw new Error("the connection broke");
				if (typeof blow === "object") {
					await blow;
					return real(...args);
				}
				if (blow === "dies after") await real(...args);
				state.abort(DEATH);
				return new Promise(() => {});
			};
		};
		const tapped = <T extends object>(target: T): T =>
			new Proxy(target, {
				get(real, name) {
					// Called by its name on its stub: a method of a stub taken by itself would be one more remote thing.
					const methods = real as unknown as Record<string | symbol, (...args: unknown[]) => never>;
					if (name === "getByName")
						return (...args: unknown[]) => tapped(methods[name]?.(...args) as unknown as object);
					const bound: Method = async (...args) => methods[name]?.(...args);
					return name === call ? instead(bound) : bound;
				},
			});
		const inside = object as unknown as { env: Env };
		const { SKU, SANDBOX, ORDERS } = inside.env;
		inside.env = { ...inside.env, SKU: tapped(SKU), SANDBOX: tapped(SANDBOX), ORDERS: tapped(ORDERS) };
	});
}

export const DEATH = "the power is cut";
