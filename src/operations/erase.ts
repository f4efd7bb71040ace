/**
 * Forgets a shopper at once, a page at a time: e-mail address, where it was sent, what was noted. First at the SKUs, which
 * name the checkouts that D1 does not list yet (`erase-at-skus.ts`), then those that ended without a sale, then the orders.
 *
 * The object of each checkout decides, and remembers who asked for it. What it says is written to D1 here, so that no
 * older message in the queue brings the address back: a later version is there already. Lines, amounts and payment of an
 * order stay, for the books and for a refund, and so does the shopper's id.
 *
 * It may be repeated, and finds nothing more to do then.
 */
import { type CheckoutEnv, callCheckout } from "../checkout/client.ts";
import { orderOf } from "../checkout/order.ts";
import type { EraseResult, StillNeeded } from "../checkout/rpc.ts";
import { checkoutIdOfOrder, orderIdOf } from "../ids.ts";
import { ERASE_AT_ONCE, ERASE_PAGE } from "../limits.ts";
import { listEndedCheckouts } from "../orders/ended-checkout-store.ts";
import type { Order } from "../orders/order.ts";
import { listOrders, saveOrders } from "../orders/order-store.ts";
import type { StockEnv } from "../stock/client.ts";
import { callEndpoint, type WebhookEnv } from "../webhooks/client.ts";
import { listEndpoints } from "../webhooks/endpoint-store.ts";
import { type FoundAtSkus, forgetAtSkus, type Whom } from "./erase-at-skus.ts";
import { FanOut } from "./fan-out.ts";

export type { Whom } from "./erase-at-skus.ts";

export type EraseEnv = CheckoutEnv & StockEnv & WebhookEnv & Pick<Env, "DB" | "HOLDINGS">;

export interface EraseReport {
	/** Orders that have no address any more, and ids of checkouts without a sale that have nothing any more. */
	readonly orders: readonly string[];
	readonly checkouts: readonly string[];
	/** What keeps its address for now, and why. */
	readonly kept: readonly { readonly checkoutId: string; readonly isOrder: boolean; readonly reason: StillNeeded }[];
	/** SKUs that the shopper is paying for: the checkout is under way. */
	readonly payingFor: readonly string[];
	/** Whether anything of theirs is left, or may turn up that was there before. */
	readonly mayFollow: boolean;
	/** Objects that did not answer: what they have is not erased. */
	readonly unreachable: readonly string[];
	readonly nextCursor: string | null;
}

/** Where a page begins: among the SKUs, then among the checkouts that ended without a sale, then among the orders. */
export type ErasePlace =
	| { readonly list: "skus"; readonly afterSku: string }
	| { readonly list: "ended"; readonly afterId: string }
	| { readonly list: "orders"; readonly after: { readonly completedAtMs: number; readonly id: string } | null };

/** A SKU, an ended checkout, or when an order was paid and the order. */
const CURSOR = /^(?:sku~([A-Za-z0-9][A-Za-z0-9._-]{0,63})|(co_[0-9a-f]{32})|(\d{1,15})\.(or_[0-9a-f]{32}))$/;

/** @returns null when it is no cursor of ours */
export function parseErasePlace(cursor: string): ErasePlace | null {
	if (cursor === "") return { list: "skus", afterSku: "" };
	const [, afterSku, afterId, paidAt, id] = CURSOR.exec(cursor) ?? [];
	if (afterSku !== undefined) return { list: "skus", afterSku };
	if (afterId !== undefined) return { list: "ended", afterId };
	return id === undefined ? null : { list: "orders", after: { completedAtMs: Number(paidAt), id } };
}

/** Pages after those of the SKUs. */
const NOTHING_FOUND: FoundAtSkus = { payingFor: [], checkoutIds: [], nextSku: null };

/** @param actor who of the merchant's people asked for it */
export async function erase(env: EraseEnv, whom: Whom, place: ErasePlace, actor: string): Promise<EraseReport> {
	const fanOut = new FanOut();
	const atSkus = place.list === "skus" ? await forgetAtSkus(env, fanOut, whom, place.afterSku) : NOTHING_FOUND;
	const { payingFor, checkoutIds, nextSku } = atSkus;
	const page = nextSku === null ? await pageFrom(env.DB, whom, place) : nextSkus(nextSku);
	const { orders: listed, nextCursor } = page;
	// What has come to D1 meanwhile is on its lists too.
	const ids = [...new Set([...checkoutIds, ...page.ids])];
	const email = "email" in whom ? whom.email : null;
	const results = await fanOut.call(
		ids,
		async (id) => ({ id, result: await callCheckout(env, id, (object) => object.erase(email, actor)) }),
		ERASE_AT_ONCE,
	);
	const found = results.flatMap(({ id, result }) => (result === null ? [] : [{ id, result }]));
	const erased = found.flatMap(({ result }) => (result.kind === "erased" ? [result.checkout] : []));
	const gone = new Set(results.flatMap(({ id, result }) => (result === null ? [id] : [])));
	const orders = [...erased.flatMap((c) => orderOf(c) ?? []), ...withoutObject(listed, gone)];
	if (orders.length > 0) await env.DB.batch(saveOrders(env.DB, orders, Date.now()));
	const checkouts = erased.filter(({ phase }) => phase !== "completed").map(({ id }) => id);
	await forgetDeliveries(env, fanOut, orders.flatMap(({ id, checkoutId }) => [id, checkoutId]).concat(checkouts));
	const [kept, unreachable] = [found.flatMap(keptOf), fanOut.notAnswering];
	return {
		orders: orders.map(({ id }) => id),
		checkouts,
		kept,
		payingFor,
		mayFollow: "email" in whom || [kept, payingFor, unreachable].some((left) => left.length > 0),
		unreachable,
		nextCursor,
	};
}

function keptOf({ id: checkoutId, result }: { readonly id: string; readonly result: EraseResult }) {
	if (result.kind !== "still-needed") return [];
	return [{ checkoutId, isOrder: result.checkout.phase === "completed", reason: result.reason }];
}

/** Orders that D1 alone has: their objects were lost. */
const withoutObject = (orders: readonly Order[], gone: ReadonlySet<string>): Order[] =>
	orders
		.filter(({ checkoutId }) => gone.has(checkoutId))
		.map((order) => ({ ...order, email: "", shipTo: null, metadata: {}, version: order.version + 1 }));

interface Page {
	readonly ids: readonly string[];
	readonly orders: readonly Order[];
	readonly nextCursor: string | null;
}

const nextSkus = (afterSku: string): Page => ({ ids: [], orders: [], nextCursor: `sku~${afterSku}` });

/** Ended checkouts first: by an e-mail address they are found through orders that still have it. */
async function pageFrom(db: D1Database, whom: Whom, place: ErasePlace): Promise<Page> {
	if (place.list === "orders") return orderPage(db, whom, place.after, ERASE_PAGE);
	const afterId = place.list === "ended" ? place.afterId : "";
	const ended = await listEndedCheckouts(db, whom, afterId, ERASE_PAGE);
	const last = ended.at(-1);
	if (last !== undefined && ended.length === ERASE_PAGE) {
		return { ids: ended, orders: [], nextCursor: last };
	}
	const { ids, ...page } = await orderPage(db, whom, null, ERASE_PAGE - ended.length);
	return { ...page, ids: [...new Set([...ended, ...ids])] };
}

async function orderPage(
	db: D1Database,
	whom: Whom,
	after: { readonly completedAtMs: number; readonly id: string } | null,
	limit: number,
): Promise<Page> {
	const orders = await listOrders(db, { ...whom, after, limit });
	const last = orders.at(-1);
	const isLast = last === undefined || orders.length < limit;
	const nextCursor = isLast ? null : `${last.completedAtMs}.${last.id}`;
	return { ids: orders.map(({ id }) => checkoutIdOfOrder(id)), orders, nextCursor };
}

/** What webhooks have of them is theirs already, or is delivered without the address. */
async function forgetDeliveries(env: EraseEnv, fanOut: FanOut, subjects: readonly string[]): Promise<void> {
	if (subjects.length === 0) return;
	const endpoints = await listEndpoints(env.DB);
	await fanOut.call(
		endpoints.map(({ id }) => id),
		(id) => callEndpoint(env, id, (object) => object.forget(subjects)),
	);
}

/** The order's id, for what is kept of one. */
export const orderIdOfKept = ({ checkoutId, isOrder }: EraseReport["kept"][number]): string | null =>
	isOrder ? orderIdOf(checkoutId) : null;
