/** The merchant's calls to the admin API. Each product has a new SKU, because the tests of a file share storage. */
import type { z } from "@hono/zod-openapi";
import { expect } from "vitest";
import type { MerchantCheckoutResponse } from "../../src/http/shapes/merchant-checkout.ts";
import type { ReconciliationResponse } from "../../src/http/shapes/operations.ts";
import type { AdminOrderResponse } from "../../src/http/shapes/order.ts";
import type { PreorderResponse } from "../../src/http/shapes/preorder.ts";
import type { AdminReservationResponse } from "../../src/http/shapes/reservation.ts";
import type { JournalResponse, RestockResponse, StockResponse } from "../../src/http/shapes/stock.ts";
import { eventually } from "./clock.ts";
import type { ProblemBody } from "./contract.ts";
import { ADMIN, type CallOptions, call, type HttpResponse } from "./http.ts";

export type JournalEntry = z.infer<typeof JournalResponse>["entries"][number];
export type AdminReservation = z.infer<typeof AdminReservationResponse>;
export type Preorder = z.infer<typeof PreorderResponse>;
export type AdminOrder = z.infer<typeof AdminOrderResponse>;
export type Stock = z.infer<typeof StockResponse>;
export type RestockResult = z.infer<typeof RestockResponse>;
type SkuReconciliation = z.infer<typeof ReconciliationResponse>["skus"][number];

export const asMerchant = <T = ProblemBody>(method: string, path: string, options: CallOptions = {}) =>
	call<T>(method, `/admin/v1${path}`, { token: ADMIN, ...options });

export interface NewProduct {
	readonly sku?: string;
	readonly title?: string;
	/** 0 when not given. */
	readonly units?: number;
	readonly price?: { readonly amount: number; readonly currency: string };
	readonly policy?: Readonly<Record<string, unknown>>;
}

let products = 0;
export const newSku = (): string => `sku-${++products}.${crypto.randomUUID()}`;

/** Defines a product and stocks it. Returns its SKU. */
export async function newProduct(product: NewProduct = {}): Promise<string> {
	const { sku = newSku(), units = 0, title = "Mug", price = { amount: 1999, currency: "USD" }, policy } = product;
	const json = policy === undefined ? { title, price } : { title, price, policy };
	expect(await asMerchant("PUT", `/products/${sku}`, { json })).toMatchObject({ status: 201 });
	if (units > 0) await restock(sku, units);
	return sku;
}

/** Restocks the SKU. The result says how many units went to pre-orders and to the waitlist. */
export async function restock(sku: string, quantity: number): Promise<RestockResult> {
	const options = { key: crypto.randomUUID(), json: { quantity } };
	const { status, body } = await asMerchant<RestockResult>("POST", `/products/${sku}/restock`, options);
	expect(status, JSON.stringify(body)).toBe(200);
	expect(body.received).toBe(quantity);
	return body;
}

/** The stock of a SKU. A stock that does not balance fails the test. */
export async function stockOf(sku: string): Promise<Stock> {
	const { status, body } = await asMerchant<Stock>("GET", `/products/${sku}/stock`);
	expect(status).toBe(200);
	expect(body.balanced, JSON.stringify(body)).toBe(true);
	return body;
}

/**
 * All rows of a paged list.
 * @param parameter the name of the query parameter that takes the cursor
 * @param list the member of the response that has the rows
 */
async function allPages<T>(path: string, parameter: string, list: string, limit = 200): Promise<T[]> {
	const all: T[] = [];
	for (let cursor: string | null = parameter === "after" ? "0" : ""; cursor !== null; ) {
		const joint = path.includes("?") ? "&" : "?";
		const page: HttpResponse<{ nextCursor: string | null }> = await asMerchant(
			"GET",
			`${path}${joint}limit=${limit}&${parameter}=${cursor}`,
		);
		expect(page.status, JSON.stringify(page.body)).toBe(200);
		all.push(...((page.body as unknown as Record<string, T[]>)[list] ?? []));
		cursor = page.body.nextCursor;
	}
	return all;
}

export const journalOf = (sku: string): Promise<JournalEntry[]> =>
	allPages(`/products/${sku}/journal`, "after", "entries");

export const reservationsOf = (sku: string): Promise<AdminReservation[]> =>
	allPages(`/products/${sku}/reservations`, "cursor", "reservations");

/** The pre-orders of a SKU, as D1 has them. */
export const preordersOf = (sku: string): Promise<Preorder[]> =>
	allPages(`/preorders?sku=${sku}`, "cursor", "preorders");

/** The orders with a line of this SKU, as D1 has them. */
export const ordersOf = (sku: string): Promise<AdminOrder[]> => allPages(`/orders?sku=${sku}`, "cursor", "orders");

/** The pre-orders of a SKU in the order in which they are filled, once D1 has them with exactly these statuses. */
export const recordedPreorders = (sku: string, ...statuses: string[]): Promise<Preorder[]> =>
	eventually(async () => {
		const preorders = await preordersOf(sku);
		expect(preorders.map(({ status }) => status)).toEqual(statuses);
		return preorders;
	});

export const cancelPreorder = (id: string) => asMerchant<Preorder>("POST", `/preorders/${id}/cancel`);

export type MerchantCheckout = z.infer<typeof MerchantCheckoutResponse>;

/** Opens a checkout as the merchant's server, with a key of its own unless one is given. */
export const openFor = (shopperId: string, lines: readonly Line[], extras: Readonly<Record<string, unknown>> = {}) => {
	const { key = crypto.randomUUID(), ...rest } = extras;
	const json = { shopperId, lines, email: "ada@example.com", ...rest };
	return asMerchant<MerchantCheckout>("POST", "/checkouts", { key: String(key), json });
};

/** As `openFor`, and fails the test when it is refused. */
export async function opened(...request: Parameters<typeof openFor>): Promise<MerchantCheckout> {
	const { status, body } = await openFor(...request);
	expect(status, JSON.stringify(body)).toBe(201);
	return body;
}

interface Line {
	readonly sku: string;
	readonly quantity: number;
}

export interface RefundRequest {
	readonly lines?: readonly Line[];
	readonly adjustments?: readonly { readonly index: number; readonly amount?: object }[];
	readonly restock?: boolean;
	readonly key?: string;
}

export function refund(orderId: string, { restock = false, key, ...what }: RefundRequest = {}) {
	const json = { restock, reason: "asked for it", ...what };
	return asMerchant<AdminOrder>("POST", `/orders/${orderId}/refund`, key === undefined ? { json } : { json, key });
}

/** The row of one SKU in the reconciliation; undefined when D1 does not have the product. */
export async function reconciliationOf(sku: string): Promise<SkuReconciliation | undefined> {
	const rows = await allPages<SkuReconciliation>("/reconciliation", "cursor", "skus", 50);
	return rows.find((row) => row.sku === sku);
}

/** Waits until D1 agrees with the SKU's object, as it does once the queue has delivered. */
export const expectReconciled = (sku: string): Promise<void> =>
	eventually(async () => expect(await reconciliationOf(sku)).toMatchObject({ difference: 0, balanced: true }));
