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
	/** Counts the merchant's changes, so that a late copy never overwrites a newer one. */
	readonly revision: number;
	readonly updatedAtMs: number;
}

export type ProductDraft = Omit<Product, "revision" | "updatedAtMs">;

/** A product, or the draft of one, as it is stored and as it travels over RPC: `StoredPolicy` says why. */
export type Stored<P extends { readonly policy: Policy }> = Omit<P, "policy"> & { readonly policy: StoredPolicy };

export function toStored<P extends { readonly policy: Policy }>(product: P): P {
	return { ...product, policy: toStoredPolicy(product.policy) };
}

export function fromStored<P extends { readonly policy: Policy }>(product: P | Stored<P>): P {
	return { ...product, policy: fromStoredPolicy(product.policy) } as P;
}
