/**
 * The sweep: looks for what should not exist, and heals it where that can be done.
 *
 * Each checkout's own alarm is what guarantees its end. The sweep checks that it did, as far as the bounds in
 * `limits.ts` let it look back. At every SKU it looks for three things:
 * - checkouts whose pins ran out at the SKU: they should have released them, or bought, before;
 * - checkouts that bought there and whose orders D1 does not have;
 * - orders of the last day whose payment is not what we think: the provider may have been asked for a refund by hand,
 *   or its event may be lost. Reading a checkout is what heals it: it does what is due. An order that D1 lacks is sent
 *   again. Where we and the provider differ, what the provider says counts from then on.
 *
 * It leaves healthy data unchanged, so it may run at any time, by cron or by hand. What it finds and cannot heal now it
 * names; so it does with an object that does not answer.
 */
import { listProducts } from "../catalog/product-store.ts";
import { type CheckoutEnv, callCheckout } from "../checkout/client.ts";
import { type Overdue, overdueOf } from "../checkout/status.ts";
import { orderIdOf } from "../ids.ts";
import { SWEEP_CANDIDATES, SWEEP_PAYMENTS, SWEEP_PAYMENTS_AGE_MS } from "../limits.ts";
import { missingOrders, recentlyPaid } from "../orders/order-store.ts";
import { pageOf } from "../platform/page.ts";
import { callSku, type StockEnv } from "../stock/client.ts";
import { FanOut } from "./fan-out.ts";
import { reconcileSkus } from "./reconcile.ts";

export type SweepEnv = StockEnv & CheckoutEnv & Pick<Env, "DB">;

/** Checkouts whose pins ran out at these SKUs, and that are beyond their deadlines after being read. */
export async function findOverdue(
	env: SweepEnv,
	fanOut: FanOut,
	skus: readonly string[],
	nowMs: number,
): Promise<Overdue[]> {
	const pages = await fanOut.call(skus, (sku) => callSku(env, sku, (object) => object.suspects(SWEEP_CANDIDATES)));
	const ids = new Set(pages.flatMap((page) => ("kind" in page ? [] : page)));
	const checkouts = await fanOut.call([...ids], (id) => callCheckout(env, id, (object) => object.read()));
	return checkouts.flatMap((checkout) => {
		return (checkout && overdueOf(checkout, nowMs)) ?? [];
	});
}

/** Sends D1 the orders of this SKU that it lacks. @returns how many were sent again */
async function resendMissing(env: SweepEnv, fanOut: FanOut, sku: string): Promise<number> {
	let sent = 0;
	for (let after = ""; ; ) {
		const [page] = await fanOut.call([sku], () =>
			callSku(env, sku, (object) => object.buyers(after, SWEEP_CANDIDATES)),
		);
		if (page === undefined || "kind" in page || page.length === 0) return sent;
		const missing = new Set(await missingOrders(env.DB, page.map(orderIdOf)));
		const lost = page.filter((id) => missing.has(orderIdOf(id)));
		const resent = await fanOut.call(lost, (id) => callCheckout(env, id, (object) => object.recordAgain()));
		sent += resent.length;
		after = page.at(-1) ?? "";
	}
}

export interface PaymentReport {
	/** Payments that the provider was asked about, and of how many of them it did not answer. */
	readonly compared: number;
	readonly unread: number;
	/**
	 * Where the provider said something new (`isNews`), which is known from now on, or where we keep more or less than
	 * the value of what the shopper has: a refund that is still to be made, or one that was made by hand.
	 */
	readonly differing: readonly Difference[];
}

export interface Difference {
	readonly checkoutId: string;
	readonly isNews: boolean;
	readonly currency: string;
	readonly keptMinor: number;
	readonly dueMinor: number;
}

/** Compares the newest payments for these SKUs with what the provider says. */
async function comparePayments(
	env: SweepEnv,
	fanOut: FanOut,
	skus: readonly string[],
	nowMs: number,
): Promise<PaymentReport> {
	const ids = await recentlyPaid(env.DB, skus, nowMs - SWEEP_PAYMENTS_AGE_MS, SWEEP_PAYMENTS);
	const found = await fanOut.call(ids, async (checkoutId) => {
		const comparison = await callCheckout(env, checkoutId, (object) => object.comparePayment());
		return comparison && { checkoutId, ...comparison };
	});
	const comparisons = found.filter((one) => one !== null);
	const differing = comparisons.flatMap((one) => {
		if (one.kind === "unread" || (!one.isNews && one.keptMinor === one.dueMinor)) return [];
		const { kind: _, ...difference } = one;
		return [difference];
	});
	const unread = comparisons.filter(({ kind }) => kind === "unread").length;
	return { compared: comparisons.length, unread, differing };
}

export interface SweepReport {
	readonly skus: number;
	readonly overdue: readonly Overdue[];
	readonly payments: PaymentReport;
	/** Orders that D1 lacked and were sent again. */
	readonly resent: number;
	/** SKUs whose equation does not hold: nothing here can heal that. */
	readonly unbalanced: readonly string[];
	/** SKUs and checkouts whose objects did not answer: of them nothing is known. */
	readonly unreachable: readonly string[];
	/** Where to go on; null when every SKU was looked at. */
	readonly nextCursor: string | null;
}

/** Looks at a page of SKUs, in order of SKU. @param afterSku where the previous page ended, or "" */
export async function sweep(env: SweepEnv, afterSku: string, limit: number, nowMs: number): Promise<SweepReport> {
	const { shown, nextCursor } = pageOf(await listProducts(env.DB, afterSku, limit + 1), limit, ({ sku }) => sku);
	const skus = shown.map((product) => product.sku);
	const fanOut = new FanOut();
	const overdue = await findOverdue(env, fanOut, skus, nowMs);
	const payments = await comparePayments(env, fanOut, skus, nowMs);
	const rows = await reconcileSkus(env, fanOut, skus);
	let resent = 0;
	for (const { sku, difference } of rows) if (difference > 0) resent += await resendMissing(env, fanOut, sku);
	return {
		skus: skus.length,
		overdue,
		payments,
		resent,
		unbalanced: rows.filter((row) => !row.balanced).map((row) => row.sku),
		unreachable: fanOut.notAnswering,
		nextCursor,
	};
}

/** Whether a person should look at the report. */
export function isWorthAWarning({ overdue, payments, resent, unbalanced, unreachable }: SweepReport): boolean {
	return overdue.length + payments.differing.length + resent + unbalanced.length + unreachable.length > 0;
}
