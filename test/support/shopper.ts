/** Shoppers, and their calls to the public API. Each is new to the shop, because the tests of a file share storage. */
import type { z } from "@hono/zod-openapi";
import { expect } from "vitest";
import type { CheckoutResponse } from "../../src/http/shapes/checkout.ts";
import type { OrderResponse } from "../../src/http/shapes/order.ts";
import type { ProductResponse } from "../../src/http/shapes/product.ts";
import type { ReservationResponse } from "../../src/http/shapes/reservation.ts";
import { call } from "./http.ts";
import { pay } from "./provider.ts";

export type Reservation = z.infer<typeof ReservationResponse>;
export type Checkout = z.infer<typeof CheckoutResponse>;
export type Order = z.infer<typeof OrderResponse>;
export type Product = z.infer<typeof ProductResponse>;

export interface Line {
	readonly sku: string;
	readonly quantity: number;
}

interface CheckoutOptions {
	readonly key?: string;
	readonly email?: string;
	readonly partial?: boolean;
	readonly acceptPreorder?: boolean | { readonly termsVersion: string; readonly expectedAt?: string | null };
	readonly shipTo?: object;
	readonly metadata?: object;
}

type CompletedCheckout = Checkout & { readonly orderId: string };

const ifMatchOf = ({ ifMatch }: { ifMatch?: string }): Record<string, string> =>
	ifMatch === undefined ? {} : { "if-match": ifMatch };

export class Shopper {
	readonly id: string;
	readonly token: string;

	constructor(id: string, token: string) {
		this.id = id;
		this.token = token;
	}

	reserve(sku: string, quantity: number, options: { wait?: boolean; ifMatch?: string } = {}) {
		const { wait } = options;
		return call<Reservation>("PUT", `/v1/reservations/${sku}`, {
			token: this.token,
			json: wait === undefined ? { quantity } : { quantity, wait },
			headers: ifMatchOf(options),
		});
	}

	reservation(sku: string) {
		return call<Reservation>("GET", `/v1/reservations/${sku}`, { token: this.token });
	}

	release(sku: string, options: { ifMatch?: string } = {}) {
		return call<Reservation>("DELETE", `/v1/reservations/${sku}`, { token: this.token, headers: ifMatchOf(options) });
	}

	extend(sku: string, options: { ifMatch?: string } = {}) {
		const headers = ifMatchOf(options);
		return call<Reservation>("POST", `/v1/reservations/${sku}/extend`, { token: this.token, headers });
	}

	/** Asks for a checkout. Without `key` the request has an Idempotency-Key that nobody else uses. */
	open(lines: readonly Line[], options: CheckoutOptions = {}) {
		const { key = crypto.randomUUID(), email = "ada@example.com", ...rest } = options;
		return call<Checkout>("POST", "/v1/checkouts", { token: this.token, key, json: { lines, email, ...rest } });
	}

	/** Opens a checkout, and fails the test when it is refused. */
	async checkout(lines: readonly Line[], options: CheckoutOptions = {}): Promise<Checkout> {
		const { status, body } = await this.open(lines, options);
		expect(status, JSON.stringify(body)).toBe(201);
		return body;
	}

	read(checkoutId: string) {
		return call<Checkout>("GET", `/v1/checkouts/${checkoutId}`, { token: this.token });
	}

	cancel(checkoutId: string) {
		return call<Checkout>("DELETE", `/v1/checkouts/${checkoutId}`, { token: this.token });
	}

	order(orderId: string) {
		return call<Order>("GET", `/v1/orders/${orderId}`, { token: this.token });
	}

	/** Opens a checkout and pays for it. Returns it completed. */
	async buy(lines: readonly Line[], options: CheckoutOptions = {}): Promise<CompletedCheckout> {
		const { id, payment } = await this.checkout(lines, options);
		if (payment !== null) await pay(payment.id);
		const { body } = await this.read(id);
		expect(body.status).toBe("completed");
		return body as CompletedCheckout;
	}
}

export async function newShopper(): Promise<Shopper> {
	const { status, body } = await call<{ shopperId: string; token: string }>("POST", "/v1/shoppers");
	expect(status).toBe(201);
	return new Shopper(body.shopperId, body.token);
}

export const newShoppers = (count: number): Promise<Shopper[]> =>
	Promise.all(Array.from({ length: count }, newShopper));

export interface Purchase {
	readonly shopper: Shopper;
	readonly checkoutId: string;
	readonly orderId: string;
	readonly paymentId: string;
}

/** An order that a new shopper has paid. */
export async function newPurchase(...lines: readonly Line[]): Promise<Purchase> {
	const shopper = await newShopper();
	const checkout = await shopper.buy(lines);
	return { shopper, checkoutId: checkout.id, orderId: checkout.orderId, paymentId: paymentIdOf(checkout) };
}

/** The id of the checkout's payment at the provider. */
export function paymentIdOf(checkout: Checkout): string {
	if (checkout.payment === null) throw new Error(`checkout ${checkout.id} has no payment`);
	return checkout.payment.id;
}

/** The line of this SKU in a checkout or an order. */
export function lineOf<T extends Checkout | Order>({ lines }: T, sku: string): T["lines"][number] {
	const line = lines.find((each) => each.sku === sku);
	if (line === undefined) throw new Error(`no line of ${sku}`);
	return line;
}

/** The status of the pre-order on a line of an order; undefined for units from stock. */
export function preorderStatusOf(order: Order, sku: string) {
	const line = lineOf(order, sku);
	return line.fulfilment === "preorder" ? line.preorder : undefined;
}
