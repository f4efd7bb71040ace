/**
 * What SKUs have of a shopper who is erased: an address for a mail, and the names of their checkouts. So those are found
 * that are under way, and those that ended a moment ago, before D1 lists them.
 *
 * In a shop of few SKUs each is asked. In a larger one those are that the shopper's object has noted, and then, a page at a
 * time, all where something may be open: wherever somebody waits or pays, or D1 lacks a sale, it is on that list
 * (`catalog/open-sku-store.ts`). Nobody has to note anything for it, so it finds what was there before any rule to note.
 */
import { listOpen } from "../catalog/open-sku-store.ts";
import { listProducts } from "../catalog/product-store.ts";
import { ERASE_AT_ONCE, ERASE_PAGE, MAX_SKUS_HELD } from "../limits.ts";
import { unlistedCheckouts } from "../orders/ended-checkout-store.ts";
import type { Placement } from "../platform/object-stub.ts";
import { pageOf } from "../platform/page.ts";
import { callHeldSkus } from "../shoppers/client.ts";
import { callSku, type StockEnv } from "../stock/client.ts";
import type { FanOut } from "./fan-out.ts";

type SkusEnv = Placement & StockEnv & Pick<Env, "DB" | "HOLDINGS">;

/** A shopper, or whoever has this e-mail address. */
export type Whom = { readonly shopperId: string } | { readonly email: string };

export interface FoundAtSkus {
	/** SKUs that the shopper is paying for now. */
	readonly payingFor: readonly string[];
	/** Checkouts of the shopper that D1 lists neither as an order nor as ended. */
	readonly checkoutIds: readonly string[];
	/** The SKU after which the next page goes on; null when this was the last. */
	readonly nextSku: string | null;
}

/** Forgets whom to mail at a page of SKUs. @param afterSku "" for the first page */
export async function forgetAtSkus(env: SkusEnv, fanOut: FanOut, whom: Whom, afterSku: string): Promise<FoundAtSkus> {
	const { skus, nextSku } = await skusAfter(env, fanOut, whom, afterSku);
	const of = "email" in whom ? whom : whom.shopperId;
	const answers = await fanOut.call(
		skus,
		async (sku) => ({ sku, result: await forgetAt(env, sku, of) }),
		ERASE_AT_ONCE,
	);
	const found = answers.flatMap(({ sku, result }) => (result.kind === "forgotten" ? [{ sku, ...result }] : []));
	const named = new Set(found.flatMap(({ checkoutIds }) => checkoutIds));
	return {
		payingFor: found.filter(({ isPaying }) => isPaying).map(({ sku }) => sku),
		checkoutIds: await unlistedCheckouts(env.DB, [...named]),
		nextSku,
	};
}

async function forgetAt(env: SkusEnv, sku: string, of: string | { readonly email: string }) {
	const result = await callSku(env, sku, (object) => object.forgetAddress(of));
	if (result === undefined) throw new Error("its code is of the version before, and does not say what it has");
	return result;
}

async function skusAfter(env: SkusEnv, fanOut: FanOut, whom: Whom, afterSku: string) {
	if (afterSku === "") {
		const products = await listProducts(env.DB, "", MAX_SKUS_HELD + 1);
		if (products.length <= MAX_SKUS_HELD) return { skus: products.map(({ sku }) => sku), nextSku: null };
	}
	const open = await listOpen(env.DB, afterSku, ERASE_PAGE + 1);
	const { shown, nextCursor: nextSku } = pageOf(open, ERASE_PAGE, (sku) => sku);
	const noted = afterSku === "" && "shopperId" in whom ? await notedBy(env, fanOut, whom.shopperId) : [];
	return { skus: [...new Set([...noted, ...shown])], nextSku };
}

async function notedBy(env: SkusEnv, fanOut: FanOut, shopperId: string): Promise<readonly string[]> {
	const [skus = []] = await fanOut.call([shopperId], (id) => callHeldSkus(env, id, (object) => object.skus()));
	return skus;
}
