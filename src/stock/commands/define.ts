/** Decides what a product is after a merchant's request, from the object's own copy of it. Pure. */

import { fromStoredDraft, type Product, type ProductDraft } from "../../catalog/product.ts";
import { type ChangedProduct, changeProduct } from "../../catalog/product-change.ts";
import type { ArchiveRequest, DefineRequest, StaleProduct } from "../rpc.ts";
import { isMatch } from "../rules/model.ts";

/**
 * @param before null for a SKU that no merchant has defined
 * @param draft the whole product, for a caller that sends no `request`: code of before there were changes
 */
export function decideDefine(
	before: Product | null,
	draft: ProductDraft,
	request: DefineRequest | undefined,
	nowMs: number,
): ChangedProduct | StaleProduct {
	if (request === undefined) return { kind: "changed", draft: fromStoredDraft(draft) };
	const revision = before?.revision ?? null;
	if (!isMatch(request.ifMatch, revision === null ? null : String(revision))) return { kind: "stale", revision };
	return changeProduct(draft.sku, before, request.change, nowMs);
}

/**
 * Whether archiving the product, or taking it back, changes it. A product that is as it is wanted is not changed again,
 * and no condition refuses that (RFC 9110, section 13.1.1): whoever asks again did not see the first answer.
 */
export function decideArchive(
	before: Product,
	isArchived: boolean,
	{ ifMatch }: ArchiveRequest,
): { readonly kind: "changed" | "unchanged" } | StaleProduct {
	if (before.isArchived === isArchived) return { kind: "unchanged" };
	const { revision } = before;
	return isMatch(ifMatch, String(revision)) ? { kind: "changed" } : { kind: "stale", revision };
}
