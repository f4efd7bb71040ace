/**
 * Checkouts whose pins ran out at a SKU: they should have released them, or bought, before.
 *
 * A SKU names one for a month at least, and for a day if it only pre-ordered. Each run of the sweep asks it, which does what
 * is due and sets its alarm. So by then it has ended, or D1 names it as unsettled.
 */
import { type CheckoutEnv, callCheckout } from "../checkout/client.ts";
import type { CheckoutRpc } from "../checkout/rpc.ts";
import { type Overdue, overdueOf } from "../checkout/status.ts";
import { SWEEP_CANDIDATES, SWEEP_PAGE_CALLS } from "../limits.ts";
import { callSku, type StockEnv } from "../stock/client.ts";
import type { FanOut } from "./fan-out.ts";

export interface OverduePage {
	readonly overdue: readonly Overdue[];
	/** SKUs that have more of them than were looked at. */
	readonly unfinished: readonly string[];
	/** SKUs with one that is overdue, or that did not answer. */
	readonly late: readonly string[];
}

/** What is asked of each: to read it does what is due, to retry it also tries again what was given up. */
const ASK = {
	read: (object: CheckoutRpc) => object.read(),
	retry: (object: CheckoutRpc) => object.retrySettlement(),
};

/**
 * Those that are beyond their deadlines after they were asked, of the newest at each of these SKUs.
 * @param skip how many of each SKU, from the newest, were looked at before
 */
export async function findOverdue(
	env: StockEnv & CheckoutEnv,
	fanOut: FanOut,
	skus: readonly string[],
	nowMs: number,
	ask: keyof typeof ASK = "read",
	skip = 0,
): Promise<OverduePage> {
	const pages = await fanOut.call(skus, async (sku) => {
		const page = await callSku(env, sku, (object) => object.suspects(SWEEP_CANDIDATES, skip));
		return { sku, suspects: "kind" in page ? [] : page };
	});
	const ids = new Set<string>();
	// After an outage of minutes each SKU may have many. Those of a SKU that do not fit are looked at later, all of them.
	const fitting = pages.filter(({ suspects }) => {
		if (ids.size > 0 && ids.size + suspects.length > SWEEP_PAGE_CALLS) return false;
		for (const id of suspects) ids.add(id);
		return true;
	});
	const isFinished = new Set(
		fitting.filter(({ suspects }) => suspects.length < SWEEP_CANDIDATES).map(({ sku }) => sku),
	);
	const answers = await fanOut.call([...ids], async (id) => {
		const checkout = await callCheckout(env, id, ASK[ask]);
		return { id, overdue: checkout && overdueOf(checkout, nowMs) };
	});
	const inTime = new Set(answers.filter(({ overdue }) => overdue === null).map(({ id }) => id));
	return {
		overdue: answers.flatMap(({ overdue }) => overdue ?? []),
		late: fitting.filter(({ suspects }) => suspects.some((id) => !inTime.has(id))).map(({ sku }) => sku),
		unfinished: pages.map(({ sku }) => sku).filter((sku) => !isFinished.has(sku)),
	};
}
