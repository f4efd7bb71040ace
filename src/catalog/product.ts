/**
 * A product, as a merchant defines it: how a SKU is shown, what it costs and by which policy it is sold.
 *
 * The SKU's object keeps the product that it decides by, price included: a checkout is priced in the same unit of work
 * that pins its units. D1 has a copy for lists and for the storefront (`product-store.ts`).
 */
import { fromStoredPolicy, type Policy, type StoredPolicy, toStoredPolicy } from "./policy.ts";

export interface Product {
	readonly sku: string;
	readonly title: string;
	readonly description: string | null;
	readonly imageUrl: string | null;
	/** Minor units of `currency` for one unit of the SKU; 0 is free of charge. */
	readonly priceMinor: number;
	/** ISO 4217, upper case. */
	readonly currency: string;
	readonly policy: Policy;
	/**
	 * Sold no more: unknown to whoever has nothing of it, and nobody gets more of it than they have. What is held, waits
	 * or is owed goes on.
	 */
	readonly isArchived: boolean;
	/** Counts the merchant's changes, so that a late copy never overwrites a newer one. */
	readonly revision: number;
	readonly updatedAtMs: number;
}

/** What a merchant defines. A draft does not say whether the product is archived, so no definition changes that. */
export type ProductDraft = Omit<Product, "isArchived" | "revision" | "updatedAtMs">;

/** A product, or the draft of one, as it is stored and as it travels over RPC: `StoredPolicy` says why. */
export type Stored<P extends { readonly policy: Policy }> = Omit<P, "policy" | "isArchived"> & {
	readonly policy: StoredPolicy;
	/** Absent in what was stored before products could be archived, and in a draft. */
	readonly isArchived?: boolean;
};

export function toStored<P extends { readonly policy: Policy }>(product: P): P {
	return { ...product, policy: toStoredPolicy(product.policy) };
}

export function fromStored(product: Product | Stored<Product>): Product {
	return { ...product, policy: fromStoredPolicy(product.policy), isArchived: product.isArchived ?? false };
}

export function fromStoredDraft(draft: ProductDraft | Stored<ProductDraft>): ProductDraft {
	return { ...draft, policy: fromStoredPolicy(draft.policy) };
}
