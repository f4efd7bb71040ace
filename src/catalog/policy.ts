/**
 * By which rules a SKU is sold: what a merchant may set, and how it is kept. Pure.
 *
 * Times are milliseconds since 1970, quantities whole units. The reasons of the defaults are in `limits.ts`.
 */
import * as limits from "../limits.ts";

export interface Policy {
	readonly holdMs: number;
	/** How long a shopper promoted from the waitlist has the units. */
	readonly offerMs: number;
	/** The same for a shopper who has asked to be told by mail. */
	readonly offerAbsentMs: number;
	readonly paymentWindowMs: number;
	/** How long after the window a payment still counts as in time, and the units stay pinned for it. */
	readonly paymentGraceMs: number;
	readonly maxExtensions: number;
	/** Units per shopper over live, waiting, sold and pre-ordered; null for no limit. */
	readonly limitPerShopper: number | null;
	/** Units that may wait; null for the default of half the stock while some is held, 0 for no waitlist. */
	readonly waitlistLimit: number | null;
	readonly preorder: {
		readonly capacity: number;
		readonly expectedAtMs: number | null;
		readonly termsVersion: string;
	} | null;
	readonly saleStartsAtMs: number | null;
	readonly saleEndsAtMs: number | null;
	/**
	 * Offer payment methods that answer after hours or days, such as a bank debit. A payment window is minutes: by the
	 * time of the answer the units have gone to others, unless the merchant sells with windows that are as long.
	 */
	readonly allowDelayedMethods: boolean;
}

/** The terms of a pre-order that a request names as accepted. */
export interface NamedTerms {
	readonly termsVersion: string;
	/** The date that was shown with them; absent when the request names none. */
	readonly expectedAtMs?: number | null;
}

/** Whether `offer` is what `named` accepts. A merchant may move the date and leave the terms as they are. */
export const isNamedBy = (
	offer: { readonly termsVersion: string; readonly expectedAtMs: number | null },
	{ termsVersion, expectedAtMs = offer.expectedAtMs }: NamedTerms,
): boolean => termsVersion === offer.termsVersion && expectedAtMs === offer.expectedAtMs;

/** The policy of a product whose merchant set none. */
export const DEFAULT_POLICY: Policy = {
	holdMs: limits.DEFAULT_HOLD_SECONDS * 1000,
	offerMs: limits.DEFAULT_OFFER_SECONDS * 1000,
	offerAbsentMs: limits.DEFAULT_OFFER_SECONDS_ABSENT * 1000,
	paymentWindowMs: limits.DEFAULT_PAYMENT_WINDOW_SECONDS * 1000,
	paymentGraceMs: limits.DEFAULT_PAYMENT_GRACE_SECONDS * 1000,
	maxExtensions: limits.DEFAULT_MAX_EXTENSIONS,
	limitPerShopper: null,
	waitlistLimit: null,
	preorder: null,
	saleStartsAtMs: null,
	saleEndsAtMs: null,
	allowDelayedMethods: false,
};

/**
 * A policy as it is stored and as it travels over RPC. Version 0.1 called `waitlistLimit` `lineLimit`: what it stored
 * has only that name, and its code, which may serve on for minutes after a deploy and again after a rollback, reads
 * only that name. So both are written, and either is read. Without the old name such code would take the limit for
 * none.
 */
export type StoredPolicy = Omit<Policy, "waitlistLimit" | "allowDelayedMethods" | "offerAbsentMs"> & {
	readonly waitlistLimit?: number | null;
	readonly lineLimit?: number | null;
	/** These two are absent in what was stored before the settings existed. */
	readonly allowDelayedMethods?: boolean;
	readonly offerAbsentMs?: number;
};

export function toStoredPolicy(policy: Policy): Policy & StoredPolicy {
	return { ...policy, lineLimit: policy.waitlistLimit };
}

export function fromStoredPolicy({ lineLimit, ...policy }: StoredPolicy): Policy {
	return {
		...policy,
		waitlistLimit: policy.waitlistLimit ?? lineLimit ?? null,
		allowDelayedMethods: policy.allowDelayedMethods ?? DEFAULT_POLICY.allowDelayedMethods,
		offerAbsentMs: policy.offerAbsentMs ?? DEFAULT_POLICY.offerAbsentMs,
	};
}
