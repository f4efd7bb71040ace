/**
 * Behind the shop of `shop.ts`: its clock, its alarms, the merchant's other doors, and the provider's faults.
 *
 * The clock is the test's: workerd's own alarms do not see it, so on a clock set to `DROP` none rings until it is rung by
 * hand, and what happens between two requests is only what the test lets happen. Queues run by the real clock in any case.
 */
import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { z } from "@hono/zod-openapi";
import { expect, vi } from "vitest";
import type * as schemas from "../../src/http/schemas.ts";
import { sandboxProvider } from "../../src/payments/sandbox.ts";
import type { Fault } from "../../src/payments/sandbox-object.ts";
import { type Answer, asMerchant, believed, type Checkout, type Order, paymentIdOf, type Shopper } from "./shop.ts";

export type Entry = z.infer<typeof schemas.JournalAnswer>["entries"][number];
export type Held = z.infer<typeof schemas.AdminReservationAnswer>;
export type Preorder = z.infer<typeof schemas.PreorderAnswer>;
export type AdminOrder = z.infer<typeof schemas.AdminOrderAnswer>;
export type Restocked = z.infer<typeof schemas.RestockAnswer>;
type Reconciled = z.infer<typeof schemas.ReconciliationAnswer>["skus"][number];

// ---- Time ----------------------------------------------------------------------------------------------------------

/** Midnight of a sale so far ahead that no alarm of it rings by itself. */
export const DROP = Date.UTC(2099, 11, 12);

export const stopTheClock = (): void => void vi.useFakeTimers({ toFake: ["Date"], now: DROP });
export const pass = (seconds: number): void => void vi.setSystemTime(Date.now() + seconds * 1000);

/** Rings the alarm, if one is set. */
export const ring = {
	sku: (sku: string): Promise<boolean> => runDurableObjectAlarm(env.SKU.getByName(sku)),
	checkout: (id: string): Promise<boolean> => runDurableObjectAlarm(env.CHECKOUT.getByName(id)),
	sandbox: (): Promise<boolean> => runDurableObjectAlarm(sandboxProvider(env)),
};

/** Asks until the answer holds. Unlike `vi.waitFor` it leaves a clock that the test has stopped alone. */
export async function eventually<T>(check: () => Promise<T>): Promise<T> {
	for (let tries = 0; ; tries++) {
		try {
			return await check();
		} catch (fault) {
			if (tries >= 300) throw fault;
			await scheduler.wait(50);
		}
	}
}

// ---- The merchant --------------------------------------------------------------------------------------------------

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

// ---- Money ---------------------------------------------------------------------------------------------------------

/** The provider's next calls fail so, in place of what was left of the former list. */
export async function faults(...list: readonly Partial<Fault>[]): Promise<void> {
	await sandboxProvider(env).setFaults(list.map((f) => ({ fail: "before", delayMs: 0, times: 1, ...f }) as Fault));
}

/** A provider that answers none of these calls until told otherwise. */
export const providerDown = (...calls: Fault["call"][]): Promise<void> =>
	faults(...calls.map((call) => ({ call, times: 1_000 })));
export const providerUp = (): Promise<void> => faults();

/** What an order is worth by its own lines: the units whose price was not given back. */
export const worth = ({ lines }: Order): number =>
	lines.reduce((sum, line) => sum + (line.quantity - line.refunded) * line.unitPrice.amount, 0);

/**
 * The provider's books against the shopper's: what was taken and not given back is the value of what the shopper has or
 * is owed, and nothing is left set aside. Answers that value.
 */
export async function expectSquare(shopper: Shopper, checkoutId: string): Promise<number> {
	const { body: checkout } = await shopper.read(checkoutId);
	const payment = await believed(paymentIdOf(checkout));
	const order = checkout.orderId === null ? null : (await shopper.order(checkout.orderId)).body;
	const has = order === null ? 0 : worth(order);
	expect(payment.capturedMinor - payment.refundedMinor, JSON.stringify({ payment, order })).toBe(has);
	expect(payment.authorisedMinor, "money still set aside").toBe(0);
	return has;
}

/** The line of a checkout or an order. */
export function lineOf<T extends Checkout | Order>({ lines }: T, sku: string): T["lines"][number] {
	const line = lines.find((each) => each.sku === sku);
	if (line === undefined) throw new Error(`no line of ${sku}`);
	return line;
}
