/** The environment and variables of every route, and how a route calls a SKU. */
import type { Context } from "hono";
import type { Freed } from "../checkout/rpc.ts";
import type { IsolateMemory } from "../edge/isolate-memory.ts";
import { type Edge, EdgeSku, type Place } from "../edge/sku.ts";
import { invalidateAfter, type SkuCall } from "../edge/stale-after.ts";
import { askAudience, audience } from "../webhooks/audience.ts";
import type { EventType } from "../webhooks/event.ts";
import { unknownSku } from "./problems.ts";

export interface AppEnv {
	/**
	 * Secrets may be missing, whatever the generated type says: `middleware/auth.ts` and `payments/configured.ts` check
	 * them.
	 */
	Bindings: Env;
	Variables: {
		requestId: string;
		/** The caches of this isolate; set for every request. */
		memory: IsolateMemory;
		/** What the caller is told of how often it may ask; set where that is limited (`middleware/rate-limits.ts`). */
		rateLimitPolicy?: string;
		/** Set behind `shopperOnly`. */
		shopperId: string;
		/** Set behind `merchantOnly`: who does it, for the journal. */
		actor: string;
	};
}

/** The part of a Hono context that the functions below need, for any route. */
type AppContext = Pick<Context<AppEnv>, "env" | "var" | "get" | "executionCtx" | "req">;

// `get` and not `var` here and wherever a drop's crowd passes: Hono copies all variables each time that `var` is read.
export const edgeOf = (c: AppContext): Edge => ({
	env: c.env,
	memory: c.get("memory"),
	keepAlive: (work) => c.executionCtx.waitUntil(work),
	place: () => (c.req.raw.cf ?? {}) as Place,
});

/** Of the shop, as this request knows it. */
export const originOf = (c: Pick<Context<AppEnv>, "req">): string => new URL(c.req.url).origin;

export const edgeSku = (c: AppContext, sku: string): EdgeSku => new EdgeSku(edgeOf(c), sku);

/**
 * @throws Problem `unknown-sku` when no merchant has defined it; then its object is not called. While D1 cannot be read
 * every SKU passes, and the object answers `unknown-sku`: a shop without D1 goes on selling.
 */
export async function requireSku(c: AppContext, name: string): Promise<EdgeSku> {
	const sku = edgeSku(c, name);
	if (!(await sku.mayExist())) throw unknownSku(name);
	return sku;
}

/** Whether somebody listens to such events, or may: nobody waits for D1 to say it. */
export function mayBeHeard(c: AppContext, type: EventType): boolean {
	const nowMs = Date.now();
	const known = audience(nowMs);
	if (known !== null) return known.has(type);
	c.executionCtx.waitUntil(askAudience(c.env.DB, nowMs));
	return true;
}

/**
 * Invalidates what this isolate remembers of the SKUs on these lines, after a call to their checkout.
 * @param answer says of which SKUs the call freed units for the public; a checkout of the version before does not
 */
export function changed(
	c: AppContext,
	call: SkuCall,
	lines: readonly { readonly sku: string }[],
	answer: Freed = {},
): void {
	const skus = lines.map(({ sku }) => sku);
	invalidateAfter(c.var.memory, call, skus, answer.freedNow);
}
