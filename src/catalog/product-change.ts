/**
 * What a merchant changes of a product, and what the product is afterwards. Pure.
 *
 * What a change leaves out stays as it is, at every level, so two people who change different things do not undo each
 * other; null is the default. The SKU's object applies the change to its own copy, in one turn with the condition that
 * the merchant set: a product that somebody read, changed and sent back whole would overwrite what was changed between.
 */
import { DEFAULT_POLICY, type Policy } from "./policy.ts";
import type { Product, ProductDraft } from "./product.ts";

type PreorderTerms = NonNullable<Policy["preorder"]>;

type PreorderChange = { readonly [Name in keyof PreorderTerms]?: PreorderTerms[Name] | undefined };

export type PolicyChange = {
	readonly [Name in Exclude<keyof Policy, "preorder">]?: Policy[Name] | null | undefined;
} & {
	readonly preorder?: PreorderChange | null | undefined;
};

export interface ProductChange {
	readonly title?: string | undefined;
	readonly description?: string | null | undefined;
	readonly imageUrl?: string | null | undefined;
	readonly price?: { readonly priceMinor: number; readonly currency: string } | undefined;
	readonly policy?: PolicyChange | null | undefined;
}

export type ChangedProduct =
	| { readonly kind: "changed"; readonly draft: ProductDraft }
	/** The change and what stays do not go together. `path` is the member of the request that is at fault. */
	| { readonly kind: "invalid"; readonly path: readonly string[]; readonly message: string };

const invalid = (path: readonly string[], message: string): ChangedProduct => ({ kind: "invalid", path, message });

/**
 * The product after the change.
 * @param before null for a product that is new
 */
export function changeProduct(
	sku: string,
	before: Product | null,
	change: ProductChange,
	nowMs: number,
): ChangedProduct {
	const title = change.title ?? before?.title;
	const price = change.price ?? before;
	if (title === undefined) return invalid(["title"], "a new product needs a title");
	if (price === null) return invalid(["price"], "a new product needs a price");
	const policy = changePolicy(before?.policy ?? DEFAULT_POLICY, change.policy);
	if (policy === null) return invalid(["policy", "preorder"], "capacity and termsVersion are needed");
	const { saleStartsAtMs, saleEndsAtMs } = policy;
	if (saleStartsAtMs !== null && saleEndsAtMs !== null && saleStartsAtMs >= saleEndsAtMs) {
		return invalid(["policy", "saleEndsAt"], "the sale must end after it starts");
	}
	// A date that has passed since it was set stays: whoever sends the product again with a new title has not set it.
	const expectedAtMs = policy.preorder?.expectedAtMs ?? null;
	if (expectedAtMs !== null && expectedAtMs <= nowMs && expectedAtMs !== before?.policy.preorder?.expectedAtMs) {
		return invalid(["policy", "preorder", "expectedAt"], "must be in the future");
	}
	const draft: ProductDraft = {
		sku,
		title,
		description: kept(change.description, before?.description ?? null),
		imageUrl: kept(change.imageUrl, before?.imageUrl ?? null),
		priceMinor: price.priceMinor,
		currency: price.currency,
		policy,
	};
	return { kind: "changed", draft };
}

const kept = <T>(changed: T | undefined, before: T): T => (changed === undefined ? before : changed);

/** Null when the pre-orders lack what every one of them needs. */
function changePolicy(before: Policy, change: PolicyChange | null | undefined): Policy | null {
	if (change === undefined) return before;
	if (change === null) return DEFAULT_POLICY;
	const { preorder: terms, ...others } = change;
	const named = Object.entries(others).filter(([, value]) => value !== undefined);
	const changed = Object.fromEntries(
		named.map(([name, value]) => [name, value === null ? DEFAULT_POLICY[name as keyof typeof others] : value]),
	) as Partial<Policy>;
	const preorder = changePreorder(before.preorder, terms);
	return preorder === undefined ? null : { ...before, ...changed, preorder };
}

function changePreorder(
	before: Policy["preorder"],
	change: PreorderChange | null | undefined,
): Policy["preorder"] | undefined {
	if (change === undefined) return before;
	if (change === null) return DEFAULT_POLICY.preorder;
	const capacity = change.capacity ?? before?.capacity;
	const termsVersion = change.termsVersion ?? before?.termsVersion;
	if (capacity === undefined || termsVersion === undefined) return undefined;
	return { capacity, termsVersion, expectedAtMs: kept(change.expectedAtMs, before?.expectedAtMs ?? null) };
}
