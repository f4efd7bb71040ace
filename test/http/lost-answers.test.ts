/**
 * A request whose first answer from an object is lost in passing, after it took effect: the Worker sends the call again
 * by itself, and the request must still take effect once, with or without an Idempotency-Key of the caller's.
 */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { ADMIN, type CallOptions, callWith } from "../support/http.ts";
import { newProduct, stockOf } from "../support/merchant.ts";
import { newPurchase, newShopper } from "../support/shopper.ts";

/** A namespace of which each method takes effect each time, and the first answer of each is lost. */
function losing<T extends Rpc.DurableObjectBranded>(namespace: DurableObjectNamespace<T>, lost: Set<string>) {
	type Method = (...args: unknown[]) => Promise<unknown>;
	const losingStub = (stub: object): object =>
		new Proxy(stub, {
			get:
				(target, name) =>
				async (...args: unknown[]) => {
					const answer = await (target as Record<PropertyKey, Method>)[name]?.(...args);
					if (lost.has(String(name))) return answer;
					lost.add(String(name));
					throw Object.assign(new Error("the connection was lost"), { retryable: true });
				},
		});
	return { getByName: (name: string) => losingStub(namespace.getByName(name)) };
}

/** Sends the request, and requires that the answer to this method of the object was really lost once. */
async function send<T>(method: string, path: string, loses: string, options: CallOptions = {}) {
	const lost = new Set<string>();
	const bindings = { SKU: losing(env.SKU, lost), CHECKOUT: losing(env.CHECKOUT, lost) };
	const answer = await callWith<T>(bindings, method, path, { token: ADMIN, ...options });
	expect(lost, `${method} ${path}`).toContain(loses);
	return answer;
}

describe("a request whose first answer was lost in passing", () => {
	it("adjusts the stock once", async () => {
		const sku = await newProduct({ units: 5 });
		const json = { delta: 5, reason: "found" };
		const answer = await send("POST", `/admin/v1/products/${sku}/adjust`, "adjust", { json });
		expect(answer).toMatchObject({ status: 200, body: { adjusted: 5, available: 10 } });
		expect(await stockOf(sku)).toMatchObject({ available: 10, adjusted: 5 });
	});

	it("refunds the units once", async () => {
		const sku = await newProduct({ units: 3 });
		const { orderId } = await newPurchase({ sku, quantity: 3 });
		const json = { lines: [{ sku, quantity: 1 }], restock: true, reason: "damaged" };
		const answer = await send("POST", `/admin/v1/orders/${orderId}/refund`, "refund", { json });
		expect(answer).toMatchObject({ status: 200, body: { refunded: { amount: 1999 }, lines: [{ refunded: 1 }] } });
		expect(await stockOf(sku)).toMatchObject({ available: 1, sold: 2, returned: 1 });
	});

	it("costs one extension", async () => {
		const sku = await newProduct({ units: 1 });
		const ada = await newShopper();
		const held = await ada.reserve(sku, 1);
		const headers = { "if-match": held.headers.get("etag") ?? "" };
		const answer = await send("POST", `/v1/reservations/${sku}/extend`, "extend", { token: ada.token, headers });
		expect(answer).toMatchObject({ status: 200, body: { extensionsLeft: 2 } });
		expect((await ada.reservation(sku)).body).toMatchObject({ extensionsLeft: 2 });
	});

	it.each([
		["DELETE", (sku: string) => `/v1/reservations/${sku}`, "release"],
		["POST", (sku: string, id: string) => `/admin/v1/products/${sku}/reservations/${id}/release`, "releaseById"],
	])("is not told that its own release has made its If-Match stale: %s", async (method, path, loses) => {
		const sku = await newProduct({ units: 1 });
		const ada = await newShopper();
		const held = await ada.reserve(sku, 1);
		const options = { token: loses === "release" ? ada.token : ADMIN };
		const headers = { "if-match": held.headers.get("etag") ?? "" };
		const answer = await send(method, path(sku, held.body.id), loses, { ...options, headers });
		expect(answer).toMatchObject({ status: 200, body: { status: "released" } });
	});

	it("changes a product once, and is not told that its own change has made its If-Match stale", async () => {
		const sku = await newProduct();
		const options = { json: { title: "Cup" }, headers: { "if-match": '"1"' } };
		const answer = await send("PATCH", `/admin/v1/products/${sku}`, "define", options);
		expect(answer).toMatchObject({ status: 200, body: { title: "Cup", revision: 2 } });
	});

	it("is told that the product is new when it was", async () => {
		const json = { title: "Mug", price: { amount: 1, currency: "USD" } };
		const path = `/admin/v1/products/sku-${crypto.randomUUID()}`;
		expect(await send("PUT", path, "define", { json })).toMatchObject({ status: 201, body: { revision: 1 } });
	});
});
