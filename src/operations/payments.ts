/**
 * Compares payments with what their provider says, in the order in which their orders changed: the provider may have
 * been asked for a refund by hand, or its event may be lost. Where we and the provider differ, what the provider says
 * counts from then on.
 */
import { type CheckoutEnv, callCheckout } from "../checkout/client.ts";
import { SWEEP_PAYMENTS, SWEEP_PAYMENTS_AGE_MS, SWEEP_PAYMENTS_AT_ONCE } from "../limits.ts";
import { changedOrders, countChangedOrders } from "../orders/order-store.ts";
import { pageOf } from "../platform/page.ts";
import type { FanOut } from "./fan-out.ts";
import { timeAndId } from "./sweep-cursor.ts";

export interface PaymentReport {
	/** Payments that the provider was asked about, and of how many of them it did not answer. */
	readonly compared: number;
	readonly unread: number;
	/**
	 * Where the provider said something new (`isNews`), which is known from now on, or where we keep more or less than
	 * the value of what the shopper has: a refund that is still to be made, or one that was made by hand.
	 */
	readonly differing: readonly Difference[];
	/** Payments that are still to be compared after these. */
	readonly left: number;
}

export interface Difference {
	readonly checkoutId: string;
	readonly isNews: boolean;
	readonly currency: string;
	readonly keptMinor: number;
	readonly dueMinor: number;
}

/** @param place where the page before ended; "" begins with the orders that changed a day ago */
export async function comparePayments(
	env: CheckoutEnv & Pick<Env, "DB">,
	fanOut: FanOut,
	place: string,
	nowMs: number,
): Promise<PaymentReport & { readonly next: string | null }> {
	const at = timeAndId(place) ?? { atMs: nowMs - SWEEP_PAYMENTS_AGE_MS, id: "" };
	const rows = await changedOrders(env.DB, { changedAtMs: at.atMs, id: at.id }, SWEEP_PAYMENTS + 1);
	const { shown, nextCursor: next } = pageOf(rows, SWEEP_PAYMENTS, ({ changedAtMs, id }) => `${changedAtMs}.${id}`);
	const found = await fanOut.call(
		shown.map(({ checkoutId }) => checkoutId),
		async (checkoutId) => {
			const comparison = await callCheckout(env, checkoutId, (object) => object.comparePayment());
			return comparison && { checkoutId, ...comparison };
		},
		SWEEP_PAYMENTS_AT_ONCE,
	);
	const comparisons = found.filter((one) => one !== null);
	const differing = comparisons.flatMap((one) => {
		if (one.kind === "unread" || (!one.isNews && one.keptMinor === one.dueMinor)) return [];
		const { kind: _, ...difference } = one;
		return [difference];
	});
	const unread = comparisons.filter(({ kind }) => kind === "unread").length;
	const last = shown.at(-1);
	const left = next === null || last === undefined ? 0 : await countChangedOrders(env.DB, last);
	return { compared: comparisons.length, unread, differing, left, next };
}
