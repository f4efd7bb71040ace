/** Decides what a product is after a merchant's request, from the object's own copy of it. Pure. */

import { fromStored, type Product, type ProductDraft } from "../../catalog/product.ts";
import { type ChangedProduct, changeProduct } from "../../catalog/product-change.ts";
import type { DefineRequest, StaleProduct } from "../rpc.ts";
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
	if (request === undefined) return { kind: "changed", draft: fromStored(draft) };
	const revision = before?.revision ?? null;
	if (!isMatch(request.ifMatch, revision === null ? null : String(revision))) return { kind: "stale", revision };
	return changeProduct(draft.sku, before, request.change, nowMs);
}
