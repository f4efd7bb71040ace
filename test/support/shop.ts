/**
 * A shop for the tests in workerd: its shoppers and its merchant, speaking HTTP to the Worker beside the real objects.
 *
 * What it keeps true: every answer that passes through `call` is held against what the route itself declares (the zod
 * schemas that `/openapi.json` is made of), down to members that are not declared; every refusal is a problem as RFC 9457
 * has it; `stockOf` never returns a stock that does not balance. Storage is shared by the tests of one file, so everything
 * made here has a name of its own.
 */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import type { z } from "@hono/zod-openapi";
import { expect, vi } from "vitest";
import type { CheckoutResponse } from "../../src/http/shapes/checkout.ts";
import type { OrderResponse } from "../../src/http/shapes/order.ts";
import type { ProductResponse } from "../../src/http/shapes/product.ts";
import type { ReservationResponse } from "../../src/http/shapes/reservation.ts";
import type { StockResponse } from "../../src/http/shapes/stock.ts";
import { findOrder } from "../../src/orders/order-store.ts";
import { sandboxObject } from "../../src/payments/sandbox/provider.ts";
import type { Confirmation } from "../../src/payments/sandbox/sandbox.ts";
import { expectDeclared, type ProblemBody } from "./contract.ts";
import { app } from "./worker.ts";

export const ORIGIN = "https://shop.example";
export const ADMIN = env.ADMIN_TOKEN;

export type Reservation = z.infer<typeof ReservationResponse>;
export type Checkout = z.infer<typeof CheckoutResponse>;
export type Order = z.infer<typeof OrderResponse>;
export type Product = z.infer<typeof ProductResponse>;
export type Stock = z.infer<typeof StockResponse>;

export interface CallOptions {
	readonly token?: string;
	/** Idempotency-Key. */
	readonly key?: string;
	readonly json?: unknown;
	/** Sent as it is, in place of `json`. */
	readonly body?: BodyInit;
	readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer<T> {
	readonly status: number;
	readonly headers: Headers;
	readonly body: T;
}

function requestOf(method: string, path: string, options: CallOptions): Request {
	const headers = new Headers(options.headers);
	if (options.token !== undefined) headers.set("authorization", `Bearer ${options.token}`);
	if (options.key !== undefined) headers.set("idempotency-key", options.key);
	if (options.json !== undefined && !headers.has("content-type")) headers.set("content-type", "application/json");
	const body = options.body ?? (options.json === undefined ? null : JSON.stringify(options.json));
	return new Request(`${ORIGIN}${path}`, { method, headers, body });
}

/** One request, through the door that the internet uses. */
export async function call<T = ProblemBody>(
	method: string,
	path: string,
	options: CallOptions = {},
): Promise<Answer<T>> {
	return declared<T>(method, path, await exports.default.fetch(requestOf(method, path, options)));
}

/** One request to the app itself, with these in its environment in place of what is there. */
export async function callWith<T = ProblemBody>(
	bindings: Readonly<Record<string, unknown>>,
	method: string,
	path: string,
	options: CallOptions = {},
): Promise<Answer<T>> {
	const ctx = createExecutionContext();
	const response = await app.fetch(requestOf(method, path, options), { ...env, ...bindings } as Env, ctx);
	await waitOnExecutionContext(ctx);
	return declared<T>(method, path, response);
}

/** Reads an answer to `method path`, and holds it against the contract. */
async function declared<T>(method: string, path: string, response: Response): Promise<Answer<T>> {
	const text = await response.text();
	const body = text === "" ? null : JSON.parse(text);
	expectDeclared(method, new URL(path, ORIGIN).pathname, response, body);
	return { status: response.status, headers: response.headers, body: body as T };
}

/** The answer is the problem of this name, with at least these members of its own. */
export function expectProblem(
	answer: Answer<unknown>,
	status: number,
	name: string,
	members: Record<string, unknown> = {},
): void {
	expect(answer).toMatchObject({ status, body: { type: `/problems/${name}`, status, ...members } });
}

// ---- Shoppers ------------------------------------------------------------------------------------------------------

export interface Line {
	readonly sku: string;
	readonly quantity: number;
}

interface CheckoutOptions {
	readonly key?: string;
	readonly email?: string;
	readonly partial?: boolean;
	readonly acceptPreorder?: boolean;
}

export class Shopper {
	readonly id: string;
	readonly token: string;

	constructor(id: string, token: string) {
		this.id = id;
		this.token = token;
	}

	reserve(sku: string, quantity: number, options: { wait?: boolean; ifMatch?: string } = {}) {
		const { wait, ifMatch } = options;
		return call<Reservation>("PUT", `/v1/reservations/${sku}`, {
			token: this.token,
			json: wait === undefined ? { quantity } : { quantity, wait },
			headers: ifMatch === undefined ? {} : { "if-match": ifMatch },
		});
	}

	reservation(sku: string) {
		return call<Reservation>("GET", `/v1/reservations/${sku}`, { token: this.token });
	}

	release(sku: string) {
		return call<Reservation>("DELETE", `/v1/reservations/${sku}`, { token: this.token });
	}

	extend(sku: string) {
		return call<Reservation>("POST", `/v1/reservations/${sku}/extend`, { token: this.token });
	}

	/** Asks for a checkout, with a key of its own unless one is given. */
	open(lines: readonly Line[], options: CheckoutOptions = {}) {
		const { key = crypto.randomUUID(), email = "ada@example.com", ...rest } = options;
		return call<Checkout>("POST", "/v1/checkouts", { token: this.token, key, json: { lines, email, ...rest } });
	}

	/** A checkout that must open. */
	async checkout(lines: readonly Line[], options: CheckoutOptions = {}): Promise<Checkout> {
		const answer = await this.open(lines, options);
		expect(answer.status, JSON.stringify(answer.body)).toBe(201);
		return answer.body;
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

	/** Buys and pays; answers the completed checkout. */
	async buy(lines: readonly Line[]): Promise<Checkout & { readonly orderId: string }> {
		const { id, payment } = await this.checkout(lines);
		if (payment !== null) await pay(payment.id);
		const { body } = await this.read(id);
		expect(body.status).toBe("completed");
		return body as Checkout & { readonly orderId: string };
	}
}

export async function newShopper(): Promise<Shopper> {
	const { status, body } = await call<{ shopperId: string; token: string }>("POST", "/v1/shoppers");
	expect(status).toBe(201);
	return new Shopper(body.shopperId, body.token);
}

export const newShoppers = (count: number): Promise<Shopper[]> =>
	Promise.all(Array.from({ length: count }, newShopper));

/** Plays the card of a payment, and waits until its webhooks have been dealt with. */
export async function pay(paymentId: string, how: Confirmation = { outcome: "approve" }): Promise<void> {
	const provider = sandboxObject(env);
	expect(await provider.confirm(paymentId, how)).toMatchObject({ kind: "ok" });
	await provider.settled(paymentId);
}

/** What the provider believes. */
export async function believed(paymentId: string) {
	const seen = await sandboxObject(env).peek(paymentId);
	if (seen.kind !== "ok") throw new Error(`the provider has no payment ${paymentId}`);
	return seen.payment;
}

/** The checkout's payment. */
export function paymentIdOf(checkout: Checkout): string {
	if (checkout.payment === null) throw new Error(`checkout ${checkout.id} has no payment`);
	return checkout.payment.id;
}

/** The line of a checkout or an order. */
export function lineOf<T extends Checkout | Order>({ lines }: T, sku: string): T["lines"][number] {
	const line = lines.find((each) => each.sku === sku);
	if (line === undefined) throw new Error(`no line of ${sku}`);
	return line;
}

// ---- The merchant --------------------------------------------------------------------------------------------------

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

/** The order in D1, once the queue has brought it there. */
export async function recordedOrder(orderId: string) {
	return vi.waitFor(
		async () => {
			const order = await findOrder(env.DB, orderId);
			expect(order, `order ${orderId} in D1`).not.toBeNull();
			return order as NonNullable<typeof order>;
		},
		{ timeout: 15_000, interval: 50 },
	);
}
