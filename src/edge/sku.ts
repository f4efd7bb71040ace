import { callSku } from "../stock/client.ts";
import { reserveMany } from "../stock/reserve-columns.ts";
import type { ReserveRequest, ReserveResult } from "../stock/rpc.ts";
import { forgetAvailability } from "./availability-cache.ts";
import { Lanes } from "./call-batcher.ts";
import { Latch } from "./sold-out-cache.ts";

/** Set when the Worker is built: wrangler.toml. */
declare const LANES: boolean;

const latch = new Latch<ReserveResult>();
const lanes = new Lanes<ReserveRequest, ReserveResult>();

/** Units of this SKU may have come free through this isolate: the next request reaches the object. */
export function unlatch(sku: string): void {
	latch.open(sku);
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
	if (known !== null && !latch.wantsNews(sku, nowMs)) return known;
	return LANES && known === null
		? lanes.ask(sku, request, nowMs, (work) => ctx.waitUntil(work), askForTheRest)
		: ((await ask([request]))[0] as ReserveResult);
}

function answerOfLatch(sku: string, { ifMatch, shopperId }: ReserveRequest, nowMs: number): ReserveResult | null {
	return ifMatch === null ? latch.answer(sku, shopperId, nowMs) : null;
}

/** What the object's answer means for those who ask next. */
function note(sku: string, { shopperId }: ReserveRequest, result: ReserveResult): void {
	if (result.kind === "sold-out" && result.closed) latch.close(sku, result, Date.now(), result.retryAtMs);
	if (result.kind !== "held" && result.kind !== "waiting") return;
	latch.letPass(sku, shopperId);
	forgetAvailability(sku);
}
