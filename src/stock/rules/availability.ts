/**
 * When the public may take a unit, and what it is shown: what is free, the waitlist's length, the pre-order offer, the
 * sale window, the limit per shopper.
 *
 * The public never passes anybody: `canTakeNow` is false while a shopper waits or a paid pre-order is owed, even when
 * the head of the waitlist needs more units than are free. Who gets units that come free is in `allocate.ts`.
 */
import type { Policy } from "../../catalog/policy.ts";
import type { DecisionContext, LimitExceeded, PreorderOffer, SaleNotOpen, SoldOut, Stock, Unknown } from "./model.ts";

/** Whether the public can have `quantity` units now: they are there, and nobody is ahead. */
export function canTakeNow(stock: Stock, quantity: number): boolean {
	return stock.available >= quantity && stock.waiting === 0 && stock.owed === 0;
}

/**
 * Whether somebody who was refused might have got the units if nobody held any. If not, nobody keeps them from this
 * shopper, whatever they ask for.
 */
export function couldHaveBeenServed(stock: Stock, quantity: number): boolean {
	return quantity <= stock.available + stock.held;
}

/**
 * Units that may wait in all. The default waitlist is open only while units are held, since their shoppers may yet not
 * pay.
 */
export function waitlistLimit(stock: Stock, policy: Policy): number {
	if (policy.waitlistLimit !== null) return policy.waitlistLimit;
	return stock.held > 0 ? Math.max(1, Math.floor((stock.available + stock.held) / 2)) : 0;
}

/** The pre-order that can be had now; null where the policy has none, or its capacity is used up. */
export function preorderOffer(stock: Stock, policy: Policy): PreorderOffer | null {
	if (policy.preorder === null) return null;
	const remaining = policy.preorder.capacity - stock.pending - stock.owed;
	if (remaining <= 0) return null;
	return { expectedAtMs: policy.preorder.expectedAtMs, termsVersion: policy.preorder.termsVersion, remaining };
}

/** Whether nobody can get anything: no unit, no place on the waitlist, no pre-order. */
export function isExhausted(stock: Stock, policy: Policy): boolean {
	return (
		!canTakeNow(stock, 1) && stock.waiting >= waitlistLimit(stock, policy) && preorderOffer(stock, policy) === null
	);
}

export const SALE_STATUSES = ["in_stock", "all_held", "preorder", "sold_out", "not_started", "ended"] as const;
export type SaleStatus = (typeof SALE_STATUSES)[number];

/** What the storefront shows. */
export function saleStatus(stock: Stock, policy: Policy, nowMs: number): SaleStatus {
	if (policy.saleStartsAtMs !== null && nowMs < policy.saleStartsAtMs) return "not_started";
	if (policy.saleEndsAtMs !== null && nowMs >= policy.saleEndsAtMs) return "ended";
	if (canTakeNow(stock, 1)) return "in_stock";
	if (stock.held > 0) return "all_held";
	return preorderOffer(stock, policy) === null ? "sold_out" : "preorder";
}

/** The refusal outside the sale window; null inside it. The window includes its start and not its end. */
export function saleNotOpen(policy: Policy, nowMs: number): SaleNotOpen | null {
	const open =
		(policy.saleStartsAtMs === null || nowMs >= policy.saleStartsAtMs) &&
		(policy.saleEndsAtMs === null || nowMs < policy.saleEndsAtMs);
	return open ? null : { kind: "sale-not-open", startsAtMs: policy.saleStartsAtMs, endsAtMs: policy.saleEndsAtMs };
}

/**
 * The refusal of whatever would give a shopper more of an archived product than they have; null for any other product.
 * Those who wait, and pre-orders that are paid, were promised units, and units that come free go on to them.
 */
export const unknownIfArchived = ({ isArchived }: DecisionContext): Unknown | null =>
	isArchived ? { kind: "unknown-sku" } : null;

/** The refusal when `quantity` would exceed the limit per shopper; null when it would not. */
export function exceedsLimit({ policy, owned }: DecisionContext, quantity: number): LimitExceeded | null {
	if (policy.limitPerShopper === null || owned + quantity <= policy.limitPerShopper) return null;
	return { kind: "limit-exceeded", limit: policy.limitPerShopper, owned };
}

/** @param retryAtMs when units that are free now are free for this shopper too; null when none are free */
export function soldOut(stock: Stock, policy: Policy, retryAtMs: number | null = null): SoldOut {
	const refusal = { kind: "sold-out" as const, preorder: preorderOffer(stock, policy) };
	return retryAtMs === null ? refusal : { ...refusal, retryAtMs };
}
