/**
 * The naive shop as a target: plain requests, and what their answers mean. A target for a shop of your own looks like
 * this; instead of starting one, it asks yours.
 */
import { startNaiveShop } from "../../naive-shop/start.ts";
import type { Answer } from "../history.ts";
import type { Target, TargetFactory } from "../target.ts";

export default (async ({ variant, signal }): Promise<Target> => {
	const shop = await startNaiveShop({ variant: variant as never, signal });
	const ask = async (method: string, path: string, token: unknown, body?: object, signal?: AbortSignal, key = "") => {
		const headers = { authorization: `Bearer ${token}`, "content-type": "application/json", "idempotency-key": key };
		const init = { method, headers, body: body ? JSON.stringify(body) : null, signal: signal ?? null };
		const response = await fetch(shop.origin + path, init);
		const failed: Answer | null = response.status >= 500 ? { kind: "failed", status: response.status } : null;
		// biome-ignore lint/suspicious/noExplicitAny: whoever asks knows what comes
		const data: any = failed ? null : await response.json();
		return { failed, status: response.status, data };
	};
	const readOrder = async (token: unknown, order: unknown): Promise<Answer> => {
		const { failed, data } = await ask("GET", `/v1/checkouts/${order}`, token);
		return failed ?? meaningOf(data);
	};

	return {
		name: `the naive shop (${variant ?? "check-then-pay"})`,
		// It says what is in its database, and promises nothing. Deliveries are left out: how it sells is bad enough.
		promises: { staleMs: 0, clockMs: 0, graceMs: 0 },
		async putStock(sku, quantity) {
			const product = { title: sku, price: { amount: 1999, currency: "USD" } };
			await ask("PUT", `/admin/v1/products/${sku}`, shop.adminToken, product);
			await ask("POST", `/admin/v1/products/${sku}/restock`, shop.adminToken, { quantity });
		},
		async openSession(shopperId) {
			const { data } = await ask("POST", "/admin/v1/shoppers", shop.adminToken, { shopperId });
			return data.token;
		},
		async reserve(token, sku, units, { signal }) {
			const { failed, status } = await ask("PUT", `/v1/reservations/${sku}`, token, { quantity: units }, signal);
			return failed ?? (status === 409 ? { kind: "refused" } : { kind: "carted", units });
		},
		async release(token, sku, { signal }) {
			const { failed } = await ask("DELETE", `/v1/reservations/${sku}`, token, undefined, signal);
			return failed ?? { kind: "released" };
		},
		async checkOut(token, sku, units, { signal, key }) {
			const order = { lines: [{ sku, quantity: units }], email: "buyer@example.com" };
			const { failed, status, data } = await ask("POST", "/v1/checkouts", token, order, signal, key);
			if (failed !== null) return { answer: failed, order: null };
			if (status === 409) return { answer: { kind: "refused" }, order: null };
			return { answer: { kind: "carted", units }, order: data.id };
		},
		async pay(token, order, approves, { signal }) {
			const card = { outcome: approves ? "approve" : "decline" };
			const { failed, status } = await ask("POST", `/sandbox/payments/${order}/confirm`, token, card, signal);
			if (failed !== null || status === 409) return failed ?? { kind: "refused" };
			return await readOrder(token, order);
		},
		readOrder,
		async readStock(sku) {
			const { failed, data } = await ask("GET", `/admin/v1/products/${sku}/stock`, shop.adminToken);
			return failed ?? { kind: "stock", available: data.available, sold: data.sold };
		},
		close: () => shop.close(),
	};
}) satisfies TargetFactory;

/** What the shop says of an order. Its payment says whether there was money. */
function meaningOf({ status, lines, payment }: Checkout): Answer {
	if (status === "completed") return { kind: "sold", units: lines[0]?.quantity ?? 0 };
	if (status === "payment_failed") return { kind: "declined" };
	if (payment.captured.amount > 0) return { kind: "charged-for-nothing" };
	return status === "cancelled" ? { kind: "refused" } : { kind: "pending" };
}

interface Checkout {
	readonly status: string;
	readonly lines: readonly { readonly quantity: number }[];
	readonly payment: { readonly captured: { readonly amount: number } };
}
