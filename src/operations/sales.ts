/**
 * Compares what a SKU has sold, checkout by checkout, with the orders and pre-orders in D1. It heals two things:
 * - D1 has lost an order, or has an old version of it: the checkout sends it again. So does the SKU with a pre-order. What
 *   is on its way anyway is left alone, since a slow D1 would only become slower.
 * - The SKU has sold units to a checkout that did not buy them, by a message that came too late: they are taken back.
 *   Only the checkout itself can say that it has ended without them. One that nobody knows is only named.
 */
import { type CheckoutEnv, callCheckout } from "../checkout/client.ts";
import type { Checkout } from "../checkout/rpc.ts";
import { orderIdOf } from "../ids.ts";
import { SWEEP_SALES } from "../limits.ts";
import { unitsInOrders } from "../orders/order-store.ts";
import { lackingPreorders } from "../orders/preorder-store.ts";
import { callSku, type StockEnv } from "../stock/client.ts";
import type { Sale } from "../stock/rpc.ts";
import type { FanOut } from "./fan-out.ts";

/** Units that a SKU has sold to a checkout that does not have them. */
export interface StrayUnits {
	readonly sku: string;
	readonly checkoutId: string;
	readonly units: number;
	/** False when the checkout is not known, or the SKU did not answer. */
	readonly takenBack: boolean;
}

export interface SalesPage {
	/** Orders and pre-orders that were sent to D1 again. */
	readonly resent: number;
	readonly stray: readonly StrayUnits[];
	/** Where the next page begins; null when there is none. */
	readonly next: string | null;
}

/**
 * A page of the sales of one SKU.
 * @param after the last checkout of the page before, or ""
 * @returns null when the SKU does not answer
 */
export async function compareSales(
	env: StockEnv & CheckoutEnv & Pick<Env, "DB">,
	fanOut: FanOut,
	sku: string,
	after: string,
): Promise<SalesPage | null> {
	const [page] = await fanOut.call([sku], () => callSku(env, sku, (object) => object.sales(after, SWEEP_SALES)));
	if (page === undefined) return null;
	if ("kind" in page || page.length === 0) return { resent: 0, stray: [], next: null };
	const inD1 = await unitsInOrders(
		env.DB,
		sku,
		page.map(({ checkoutId }) => orderIdOf(checkoutId)),
	);
	const differing = new Map(
		page.filter((sale) => inD1.get(orderIdOf(sale.checkoutId)) !== sale.units).map((sale) => [sale.checkoutId, sale]),
	);
	const judged = await fanOut.call([...differing.keys()], async (id) => {
		const checkout = await callCheckout(env, id, (object) => object.read());
		return { id, checkout, verdict: verdictOn(checkout, sku, differing.get(id) as Sale) };
	});
	const lost = judged.filter(({ verdict }) => verdict === "lost-by-d1").map(({ id }) => id);
	const resent = await fanOut.call(lost, (id) => callCheckout(env, id, (object) => object.recordAgain()));
	const recorded = page.flatMap(({ recordedPreorder }) => recordedPreorder ?? []);
	const lostPreorders = await lackingPreorders(env.DB, recorded);
	const askSku = lostPreorders.length > 0 ? [sku] : [];
	await fanOut.call(askSku, () => callSku(env, sku, (object) => object.recordPreordersAgain(lostPreorders)));
	const stray: StrayUnits[] = [];
	for (const { id, checkout, verdict } of judged) {
		if (verdict !== "stray" && verdict !== "unknown") continue;
		const isBack = verdict === "stray" && checkout !== null && (await takeBack(env, fanOut, sku, checkout));
		stray.push({ sku, checkoutId: id, units: differing.get(id)?.units ?? 0, takenBack: isBack });
	}
	const next = page.length < SWEEP_SALES ? null : (page.at(-1)?.checkoutId ?? null);
	return { resent: resent.length + lostPreorders.length, stray, next };
}

type Verdict =
	/** D1 should have what it does not have. */
	| "lost-by-d1"
	/** The checkout has ended without these units. */
	| "stray"
	/** Nobody knows the checkout, and the SKU has sold to it. */
	| "unknown"
	/** On its way to D1, or not decided yet: nothing to do. */
	| "under-way";

function verdictOn(checkout: Checkout | null, sku: string, { units }: Sale): Verdict {
	if (checkout === null) return units > 0 ? "unknown" : "under-way";
	const line = checkout.lines.find((each) => each.sku === sku);
	const hasEnded = checkout.phase === "completed" || checkout.phase === "closed";
	if (!hasEnded) return "under-way";
	if (line?.claim !== "committed") return units === 0 ? "under-way" : line === undefined ? "unknown" : "stray";
	if (checkout.phase !== "completed" || checkout.recordedVersion < checkout.version) return "under-way";
	return "lost-by-d1";
}

/** @returns whether the SKU has them back */
async function takeBack(env: StockEnv, fanOut: FanOut, sku: string, checkout: Checkout): Promise<boolean> {
	const { shopperId, id, attempt } = checkout;
	const all = Number.MAX_SAFE_INTEGER;
	const answers = await fanOut.call([sku], () =>
		// With the attempt that has ended: it may have been opened again since, and then the units may be its own.
		callSku(env, sku, (object) => object.takeBack(shopperId, id, all, attempt)),
	);
	return answers.some(({ kind }) => kind === "taken-back");
}
