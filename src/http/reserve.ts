/**
 * The hot path: asking a SKU's object for units, by way of the latch and the lane of this isolate.
 *
 * What it keeps true: only the object grants; what stands here can only refuse for a moment, or let requests travel
 * together.
 */
import { callSku } from "../objects.ts";
import type { ReserveRequest, ReserveResult } from "../stock/answers.ts";
import { Lanes } from "../stock/lane.ts";
import { Latch } from "../stock/latch.ts";

/** Set when the Worker is built: wrangler.toml. */
declare const LANES: boolean;

const latch = new Latch<ReserveResult>();
const lanes = new Lanes<ReserveRequest, ReserveResult>();

/** Units of this SKU may have come free through this isolate: the next request reaches the object. */
export function unlatch(sku: string): void {
	latch.open(sku);
}

/** @throws ObjectUnavailable when the object cannot serve just now */
export async function reserve(
	env: Env,
	ctx: Pick<ExecutionContext, "waitUntil">,
	sku: string,
	request: ReserveRequest,
): Promise<ReserveResult> {
	const { shopperId } = request;
	const known = request.ifMatch === null ? latch.answer(sku, shopperId, Date.now()) : null;
	if (known !== null) return known;

	const send = async (requests: readonly ReserveRequest[]): Promise<readonly ReserveResult[]> => {
		const results = await callSku(env, sku, (object) => object.reserveMany(requests));
		return "kind" in results ? requests.map(() => results) : results;
	};
	const result = LANES
		? await lanes.ask(sku, request, Date.now(), (work) => ctx.waitUntil(work), send)
		: ((await send([request]))[0] as ReserveResult);
	if (result.kind === "sold-out" && result.closed) latch.close(sku, result, Date.now(), result.retryAtMs);
	if (result.kind === "held" || result.kind === "waiting") latch.letPass(sku, shopperId);
	return result;
}
