/** Writes D1 again from the objects, should it have lost rows or be new. It deletes nothing and may be repeated. */
import { fromStored } from "../catalog/product.ts";
import { saveProduct } from "../catalog/product-store.ts";
import { type CheckoutEnv, callCheckout } from "../checkout/client.ts";
import { REBUILD_PAGE } from "../limits.ts";
import { pageOf } from "../platform/page.ts";
import { callSku, type StockEnv } from "../stock/client.ts";

/**
 * Sends D1 the product of a SKU and a page of its orders, and with the first page all of its pre-orders.
 * @param afterCheckoutId where the previous page ended, or ""
 * @returns how many orders were sent again and where to go on; null when no merchant has defined the SKU
 * @throws ObjectUnavailable when an object cannot serve just now: call again with the same cursor
 */
export async function rebuildSku(
	env: StockEnv & CheckoutEnv & Pick<Env, "DB">,
	sku: string,
	afterCheckoutId: string,
): Promise<{ readonly orders: number; readonly nextCursor: string | null } | null> {
	const result = await callSku(env, sku, (object) => object.rebuild(afterCheckoutId, REBUILD_PAGE + 1));
	if (result.kind === "unknown-sku") return null;
	await saveProduct(env.DB, fromStored(result.product));
	const { shown, nextCursor } = pageOf(result.checkoutIds, REBUILD_PAGE, (id) => id);
	await Promise.all(shown.map((id) => callCheckout(env, id, (object) => object.recordAgain())));
	return { orders: shown.length, nextCursor };
}
