/**
 * Hoarding, and what is done about it: nobody has something of more than `SKUS_AT_ONCE` SKUs at once.
 *
 * A reservation is one hop, so the count follows it: the SKU's object grants, the shopper is answered, and then what is new
 * is noted with the shopper's own object (`shopper/holdings.ts`). What was one too many is taken back; from then on this isolate
 * asks about that shopper first, and they are refused before they get anything. A checkout, where money is next, always asks
 * first.
 *
 * It is a brake beside those of `rates.ts`, on and off with them. One that cannot be reached lets pass: it must not stop a sale.
 */

import { Problem, retryAfter } from "../http/problems.ts";
import { FLAGGED_SHOPPERS, MAX_SKUS_HELD } from "../limits.ts";
import { GenerationalMap } from "../platform/bounded-map.ts";
import { ObjectUnavailable } from "../platform/errors.ts";
import { callHeldSkus } from "../shoppers/client.ts";
import type { NoteResult } from "../shoppers/rpc.ts";
import { callSku } from "../stock/client.ts";
import { unlatch } from "./sku.ts";

/** Shoppers for whom there was no room once. */
const suspects = new GenerationalMap<true>(FLAGGED_SHOPPERS);

/** @throws Problem `too-many-held` when this shopper was found to hoard before, and there is no room for this SKU */
export async function refuseHoarder(env: Env, shopperId: string, sku: string): Promise<void> {
	if (!suspects.get(shopperId)) return;
	const refusal = await hoarding(env, shopperId, [sku]);
	if (refusal !== null) throw refusal;
}

/** Notes what was granted, while the shopper has their answer already. */
export function noteHold(env: Env, ctx: Pick<ExecutionContext, "waitUntil">, shopperId: string, sku: string): void {
	if (env.RATE_LIMITS === "off") return;
	const work = async () => {
		const noted = await note(env, shopperId, [sku]);
		if (noted.kind === "noted") return;
		await callSku(env, sku, (object) => object.release(shopperId));
		unlatch(sku);
	};
	ctx.waitUntil(work().catch((fault: Error) => console.warn(`hoarding: a hold was not noted: ${fault.message}`)));
}

/** Why these SKUs are more than this shopper may have something of at once; null when they are not, and noted. */
export async function hoarding(env: Env, shopperId: string, skus: readonly string[]): Promise<Problem | null> {
	try {
		const noted = await note(env, shopperId, skus);
		if (noted.kind === "noted") return null;
		const detail = `You hold or wait for units of ${MAX_SKUS_HELD} SKUs. Buy some of them or let some go.`;
		return new Problem("too-many-held", detail, {
			members: { limit: MAX_SKUS_HELD },
			headers: retryAfter((noted.retryAtMs - Date.now()) / 1000),
		});
	} catch (fault) {
		if (fault instanceof ObjectUnavailable) return null;
		throw fault;
	}
}

async function note(env: Env, shopperId: string, skus: readonly string[]): Promise<NoteResult> {
	if (env.RATE_LIMITS === "off") return { kind: "noted" };
	const noted = await callHeldSkus(env, shopperId, (object) => object.note(skus));
	if (noted.kind === "full") suspects.set(shopperId, true);
	return noted;
}
