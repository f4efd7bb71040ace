/**
 * By which rules a SKU is sold: what a merchant may set, and how it is kept. Pure.
 *
 * Times are milliseconds since 1970, quantities whole units. The defaults are in `limits.ts`.
 */

export interface Policy {
	readonly holdMs: number;
	/** How long a shopper promoted from the waitlist has the units. */
	readonly offerMs: number;
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
}

/**
 * A policy as it is stored and as it travels over RPC. Version 0.1 called `waitlistLimit` `lineLimit`: what it stored
 * has only that name, and its code, which may serve on for minutes after a deploy and again after a rollback, reads
 * only that name. So both are written, and either is read. Without the old name such code would take the limit for
 * none.
 */
export type StoredPolicy = Omit<Policy, "waitlistLimit"> & {
	readonly waitlistLimit?: number | null;
	readonly lineLimit?: number | null;
};

export function toStoredPolicy(policy: Policy): Policy & StoredPolicy {
	return { ...policy, lineLimit: policy.waitlistLimit };
}

export function fromStoredPolicy({ lineLimit, ...policy }: StoredPolicy): Policy {
	return { ...policy, waitlistLimit: policy.waitlistLimit ?? lineLimit ?? null };
}
