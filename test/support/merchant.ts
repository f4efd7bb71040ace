/** What the merchant does and reads at the admin API, and what D1 has of it. */
import type { z } from "@hono/zod-openapi";
import { expect } from "vitest";
import type { ReconciliationResponse } from "../../src/http/shapes/operations.ts";
import type { AdminOrderResponse } from "../../src/http/shapes/order.ts";
import type { PreorderResponse } from "../../src/http/shapes/preorder.ts";
import type { AdminReservationResponse } from "../../src/http/shapes/reservation.ts";
import type { JournalResponse, RestockResponse, StockResponse } from "../../src/http/shapes/stock.ts";
import { eventually } from "./clock.ts";
import type { ProblemBody } from "./contract.ts";
import { ADMIN, type Answer, type CallOptions, call } from "./http.ts";

export type Entry = z.infer<typeof JournalResponse>["entries"][number];
export type Held = z.infer<typeof AdminReservationResponse>;
export type Preorder = z.infer<typeof PreorderResponse>;
export type AdminOrder = z.infer<typeof AdminOrderResponse>;
export type Stock = z.infer<typeof StockResponse>;
export type Restocked = z.infer<typeof RestockResponse>;
type Reconciled = z.infer<typeof ReconciliationResponse>["skus"][number];

export const asMerchant = <T = ProblemBody>(method: string, path: string, options: CallOptions = {}) =>
	call<T>(method, `/admin/v1${path}`, { token: ADMIN, ...options });

export interface NewProduct {
	readonly sku?: string;
	readonly title?: string;
	/** None when not given. */
	readonly units?: number;
	readonly price?: { readonly amount: number; readonly currency: string };
	readonly policy?: Readonly<Record<string, unknown>>;
}

let products = 0;
export const newSku = (): string => `sku-${++products}.${crypto.randomUUID()}`;

/** Defines a product and stocks it; answers its SKU. */
export async function newProduct(product: NewProduct = {}): Promise<string> {
	const { sku = newSku(), units = 0, title = "Mug", price = { amount: 1999, currency: "USD" }, policy } = product;
	const json = policy === undefined ? { title, price } : { title, price, policy };
	expect(await asMerchant("PUT", `/products/${sku}`, { json })).toMatchObject({ status: 201 });
	if (units > 0) await restock(sku, units);
	return sku;
}

export async function restock(sku: string, quantity: number): Promise<void> {
	const answer = await asMerchant("POST", `/products/${sku}/restock`, {
		key: crypto.randomUUID(),
		json: { quantity },
	});
	expect(answer).toMatchObject({ status: 200, body: { received: quantity } });
}

/** The stock, which balances. */
export async function stockOf(sku: string): Promise<Stock> {
	const { status, body } = await asMerchant<Stock>("GET", `/products/${sku}/stock`);
	expect(status).toBe(200);
	expect(body.balanced, JSON.stringify(body)).toBe(true);
	return body;
}

/** Units arrive; answers where they went. */
export async function deliver(sku: string, quantity: number): Promise<Restocked> {
	const options = { key: crypto.randomUUID(), json: { quantity } };
	const { status, body } = await asMerchant<Restocked>("POST", `/products/${sku}/restock`, options);
	expect(status, JSON.stringify(body)).toBe(200);
	return body;
}

async function pages<T>(path: string, parameter: string, list: string, limit = 200): Promise<T[]> {
	const all: T[] = [];
	for (let cursor: string | null = parameter === "after" ? "0" : ""; cursor !== null; ) {
		const joint = path.includes("?") ? "&" : "?";
		const page: Answer<{ nextCursor: string | null }> = await asMerchant(
			"GET",
			`${path}${joint}limit=${limit}&${parameter}=${cursor}`,
		);
		expect(page.status, JSON.stringify(page.body)).toBe(200);
		all.push(...((page.body as unknown as Record<string, T[]>)[list] ?? []));
		cursor = page.body.nextCursor;
	}
	return all;
}

export const journalOf = (sku: string): Promise<Entry[]> => pages(`/products/${sku}/journal`, "after", "entries");

export const reservationsOf = (sku: string): Promise<Held[]> =>
	pages(`/products/${sku}/reservations`, "cursor", "reservations");

/** As D1 has them. */
export const preordersOf = (sku: string): Promise<Preorder[]> => pages(`/preorders?sku=${sku}`, "cursor", "preorders");

/** As D1 has them. */
export const ordersOf = (sku: string): Promise<AdminOrder[]> => pages(`/orders?sku=${sku}`, "cursor", "orders");

/** The SKU's pre-orders, once D1 has as many of these statuses, in the order in which they are filled. */
export const recordedPreorders = (sku: string, ...statuses: string[]): Promise<Preorder[]> =>
	eventually(async () => {
		const preorders = await preordersOf(sku);
		expect(preorders.map(({ status }) => status)).toEqual(statuses);
		return preorders;
	});

export const cancelPreorder = (id: string) => asMerchant<Preorder>("POST", `/preorders/${id}/cancel`);

export interface RefundRequest {
	readonly lines?: readonly { readonly sku: string; readonly quantity: number }[];
	readonly restock?: boolean;
	readonly key?: string;
}

export function refund(orderId: string, { lines, restock = false, key }: RefundRequest = {}) {
	const json = { restock, reason: "asked for it", ...(lines ? { lines } : {}) };
	return asMerchant<AdminOrder>("POST", `/orders/${orderId}/refund`, key === undefined ? { json } : { json, key });
}

/** What the reconciliation says of one SKU. */
export async function reconciled(sku: string): Promise<Reconciled | undefined> {
	const rows = await pages<Reconciled>("/reconciliation", "cursor", "skus", 50);
	return rows.find((row) => row.sku === sku);
}

/** The SKU's reconciliation, once the queue has brought D1 what the object has. */
export const inStep = (sku: string): Promise<void> =>
	eventually(async () => expect(await reconciled(sku)).toMatchObject({ difference: 0, balanced: true }));
