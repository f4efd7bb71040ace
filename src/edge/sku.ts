/**
 * The hot path: asking a SKU's object for units, by way of the latch and the lane of this isolate.
 *
 * What it keeps true: only the object grants; what stands here can only refuse for a moment, or let requests travel
 * together.
 */
import { callSku } from "../stock/client.ts";
import { reserveMany } from "../stock/reserve-columns.ts";
import type { ReserveRequest, ReserveResult } from "../stock/rpc.ts";
import { forgetAvailability } from "./availability-cache.ts";
import { CallBatchers } from "./call-batcher.ts";
import { SoldOutCache } from "./sold-out-cache.ts";

/** Set when the Worker is built: wrangler.toml. */
declare const LANES: boolean;

const latch = new SoldOutCache<ReserveResult>();
const lanes = new CallBatchers<ReserveRequest, ReserveResult>();

/** Units of this SKU may have come free through this isolate: the next request reaches the object. */
export function unlatch(sku: string): void {
	latch.invalidate(sku);
	forgetAvailability(sku);
}

/** @throws ObjectUnavailable when the object cannot serve just now */
export async function reserve(
	env: Env,
	ctx: Pick<ExecutionContext, "waitUntil">,
	sku: string,
	request: ReserveRequest,
): Promise<ReserveResult> {
	const ask = async (requests: readonly ReserveRequest[]): Promise<readonly ReserveResult[]> => {
		const results = await callSku(env, sku, (object) => reserveMany(object, requests));
		if ("kind" in results) return requests.map(() => results);
		for (const [index, result] of results.entries()) note(sku, requests[index] as ReserveRequest, result);
		return results;
	};
	/** Those who queued before the object said that nothing is left need not ask it any more. */
	const askForTheRest = async (requests: readonly ReserveRequest[]): Promise<readonly ReserveResult[]> => {
		const known = requests.map((one) => answerOfLatch(sku, one, Date.now()));
		const rest = requests.filter((_, index) => known[index] === null);
		const answers = (rest.length > 0 ? await ask(rest) : []).values();
		return known.map((answer) => answer ?? (answers.next().value as ReserveResult));
	};

	const nowMs = Date.now();
	const known = answerOfLatch(sku, request, nowMs);
	if (known !== null && !latch.claimRefresh(sku, nowMs)) return known;
	return LANES && known === null
		? lanes.call(sku, request, nowMs, (work) => ctx.waitUntil(work), askForTheRest)
		: ((await ask([request]))[0] as ReserveResult);
}

function answerOfLatch(sku: string, { ifMatch, shopperId }: ReserveRequest, nowMs: number): ReserveResult | null {
	return ifMatch === null ? latch.get(sku, shopperId, nowMs) : null;
}

/** What the object's answer means for those who ask next. */
function note(sku: string, { shopperId }: ReserveRequest, result: ReserveResult): void {
	if (result.kind === "sold-out" && result.closed) latch.set(sku, result, Date.now(), result.retryAtMs);
	if (result.kind !== "held" && result.kind !== "waiting") return;
	latch.exempt(sku, shopperId);
	forgetAvailability(sku);
}
