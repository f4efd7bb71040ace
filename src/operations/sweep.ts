/**
 * The sweep: looks for what should not exist, and heals it where that can be done.
 *
 * Each checkout's own alarm is what guarantees its end; the sweep proves that it did. It looks at every SKU for three kinds of
 * suspects: checkouts whose pins ran out at the SKU (they should have let go, or bought, before), checkouts that
 * bought there and whose orders D1 does not have, and orders of the last day whose payment is not what we think: the
 * provider may have been asked for a refund by hand, or its news may be lost. Reading a checkout is what heals it: it does
 * what is due. An order that D1 lacks is sent again. What the provider says is what counts from then on.
 *
 * What it keeps true: it changes nothing that is well, so it may run at any time, by cron or by hand. What is found and
 * cannot be healed now is named, and found again the next time; so is an object that does not answer.
 */
import { listProducts } from "../catalog/product-store.ts";
import { callCheckout } from "../checkout/client.ts";
import type { Checkout } from "../checkout/rules/model.ts";
import { deadlineMs } from "../checkout/rules/next-effect.ts";
import { isSettled } from "../checkout/rules/settlement.ts";
import { orderIdOf } from "../ids.ts";
import { SWEEP_CANDIDATES, SWEEP_PAYMENTS, SWEEP_PAYMENTS_AGE_MS } from "../limits.ts";
import { missingOrders, recentlyPaid, recordedUnits } from "../orders/order-store.ts";
import { callSku } from "../stock/client.ts";
import { FanOut } from "./fan-out.ts";

export interface SkuReconciliation {
	readonly sku: string;
	readonly received: number;
	readonly adjusted: number;
	readonly available: number;
	readonly held: number;
	readonly sold: number;
	readonly soldInD1: number;
	readonly owed: number;
	readonly owedInD1: number;
	/** Units by which the object and D1 differ. An order on its way to D1 counts as a difference. */
	readonly difference: number;
	readonly balanced: boolean;
}

/** A checkout that should have ended, or been settled, by now. */
export interface Overdue {
	readonly checkoutId: string;
	readonly phase: Checkout["phase"];
	/** Since when it should have ended. */
	readonly sinceMs: number;
	/** The provider has yet to do something, or to say what it did. */
	readonly unsettled: boolean;
}

type SweepEnv = Pick<Env, "SKU" | "CHECKOUT" | "LOCATION_HINT" | "DB">;

/** The books of each SKU beside D1's, a page of SKUs at a time. */
export async function reconcileSkus(
	env: SweepEnv,
	survey: FanOut,
	skus: readonly string[],
): Promise<SkuReconciliation[]> {
	const [reports, inD1] = await Promise.all([
		survey.call(skus, (sku) => callSku(env, sku, (object) => object.stock())),
		recordedUnits(env.DB, skus),
	]);
	return reports.flatMap((report) => {
		if (report.kind === "unknown-sku") return [];
		const { sku } = report.product;
		const { received, adjusted, available, held, sold, owed } = report.stock;
		const { sold: soldInD1, owed: owedInD1 } = inD1.get(sku) ?? { sold: 0, owed: 0 };
		const difference = Math.abs(sold - soldInD1) + Math.abs(owed - owedInD1);
		const counts = { received, adjusted, available, held, sold, soldInD1, owed, owedInD1, difference };
		return [{ sku, ...counts, balanced: report.balanced }];
	});
}

/** Checkouts of these SKUs that are beyond their deadlines. Asking them is what moves them on. */
export async function findOverdue(
	env: SweepEnv,
	survey: FanOut,
	skus: readonly string[],
	nowMs: number,
): Promise<Overdue[]> {
	const suspects = await survey.call(skus, (sku) => callSku(env, sku, (object) => object.suspects(SWEEP_CANDIDATES)));
	const ids = new Set(suspects.flatMap((found) => ("kind" in found ? [] : found)));
	const checkouts = await survey.call([...ids], (id) => callCheckout(env, id, (object) => object.read()));
	return checkouts.flatMap((checkout) => {
		if (checkout === null) return [];
		const sinceMs = deadlineMs(checkout);
		if (sinceMs === null || nowMs < sinceMs) return [];
		return [{ checkoutId: checkout.id, phase: checkout.phase, sinceMs, unsettled: !isSettled(checkout) }];
	});
}

/** Sends D1 the orders of this SKU that it lacks. @returns how many were sent again */
async function resendMissing(env: SweepEnv, survey: FanOut, sku: string): Promise<number> {
	let sent = 0;
	for (let after = ""; ; ) {
		const [page] = await survey.call([sku], () =>
			callSku(env, sku, (object) => object.buyers(after, SWEEP_CANDIDATES)),
		);
		if (page === undefined || "kind" in page || page.length === 0) return sent;
		const missing = new Set(await missingOrders(env.DB, page.map(orderIdOf)));
		const lost = page.filter((id) => missing.has(orderIdOf(id)));
		const told = await survey.call(lost, (id) => callCheckout(env, id, (object) => object.recordAgain()));
		sent += told.length;
		after = page.at(-1) ?? "";
	}
}

export interface PaymentReport {
	/** Payments that the provider was asked about, and of how many of them it did not answer. */
	readonly compared: number;
	readonly unread: number;
	/**
	 * Where the provider's word was news (`isNews`), and is known from now on, or where we keep more or less than the value of
	 * what the shopper has: a refund that is still to be made, or one that was made by hand.
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

/** Holds the newest payments for these SKUs against the provider's word. */
async function comparePayments(
	env: SweepEnv,
	survey: FanOut,
	skus: readonly string[],
	nowMs: number,
): Promise<PaymentReport> {
	const ids = await recentlyPaid(env.DB, skus, nowMs - SWEEP_PAYMENTS_AGE_MS, SWEEP_PAYMENTS);
	const found = await survey.call(ids, async (checkoutId) => {
		const comparison = await callCheckout(env, checkoutId, (object) => object.comparePayment());
		return comparison && { checkoutId, ...comparison };
	});
	const answers = found.filter((one) => one !== null);
	const differing = answers.flatMap((one) => {
		if (one.kind === "unread" || (!one.isNews && one.keptMinor === one.dueMinor)) return [];
		const { kind: _, ...difference } = one;
		return [difference];
	});
	return { compared: answers.length, unread: answers.filter(({ kind }) => kind === "unread").length, differing };
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

/** Looks at a page of SKUs, in order of SKU. @param afterSku where the last page ended, or "" */
export async function sweep(env: SweepEnv, afterSku: string, limit: number, nowMs: number): Promise<SweepReport> {
	const page = await listProducts(env.DB, afterSku, limit + 1);
	const skus = page.slice(0, limit).map((product) => product.sku);
	const survey = new FanOut();
	const overdue = await findOverdue(env, survey, skus, nowMs);
	const payments = await comparePayments(env, survey, skus, nowMs);
	const books = await reconcileSkus(env, survey, skus);
	let resent = 0;
	for (const { sku, difference } of books) if (difference > 0) resent += await resendMissing(env, survey, sku);
	return {
		skus: skus.length,
		overdue,
		payments,
		resent,
		unbalanced: books.filter((row) => !row.balanced).map((row) => row.sku),
		unreachable: survey.notAnswering,
		nextCursor: page.length > limit ? (skus.at(-1) ?? null) : null,
	};
}
