/** A deployment that lacks a secret answers 503, and never lets anybody in instead. */
import { describe, expect, it } from "vitest";
import { ADMIN, callWith, expectProblem } from "../support/http.ts";
import { newProduct } from "../support/merchant.ts";
import { newShopper } from "../support/shopper.ts";

const askWith = (
	changes: Readonly<Record<string, string | undefined>>,
	method: string,
	path: string,
	headers: Readonly<Record<string, string>> = {},
	json?: unknown,
) => callWith(changes, method, path, json === undefined ? { headers } : { headers, json });

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe.each([
	["missing", undefined],
	["empty", ""],
	["too short to be a secret", "x".repeat(31)],
])("a deployment with ADMIN_TOKEN %s", (_, ADMIN_TOKEN) => {
	it.each([
		["no token", {}],
		["an empty token", { authorization: "Bearer " }],
		["the word undefined", bearer("undefined")],
		["what would be right elsewhere", bearer(ADMIN)],
		["the token itself", bearer(ADMIN_TOKEN ?? "")],
	])("answers 503 at every admin address to %s", async (_, headers) => {
		for (const [method, path, json] of [
			["GET", "/admin/v1/orders", undefined],
			["GET", "/admin/v1/reconciliation", undefined],
			["PUT", "/admin/v1/products/x", { title: "X", price: { amount: 1, currency: "USD" } }],
			["POST", "/admin/v1/products/x/restock", { quantity: 1 }],
			["POST", "/admin/v1/shoppers", { shopperId: "s1" }],
		] as const) {
			expectProblem(await askWith({ ADMIN_TOKEN }, method, path, headers, json), 503, "not-configured");
		}
	});

	it("serves shoppers as usual", async () => {
		expect(await askWith({ ADMIN_TOKEN }, "POST", "/v1/shoppers")).toMatchObject({ status: 201 });
	});
});

describe.each([
	["missing", undefined],
	["empty", ""],
	["too short to be a secret", "short"],
])("a deployment with SHOPPER_TOKEN_SECRET %s", (_, SHOPPER_TOKEN_SECRET) => {
	it("answers 503 to every shopper, with a token or without, and to a request for a token", async () => {
		const sku = await newProduct({ units: 1 });
		const { token } = await newShopper();
		for (const headers of [{}, bearer(token)]) {
			for (const [method, path, json] of [
				["GET", `/v1/reservations/${sku}`, undefined],
				["PUT", `/v1/reservations/${sku}`, { quantity: 1 }],
				["POST", "/v1/checkouts", { lines: [{ sku, quantity: 1 }], email: "ada@example.com" }],
				["GET", `/v1/orders/or_${"0".repeat(32)}`, undefined],
			] as const) {
				expectProblem(await askWith({ SHOPPER_TOKEN_SECRET }, method, path, headers, json), 503, "not-configured");
			}
		}
		expectProblem(await askWith({ SHOPPER_TOKEN_SECRET }, "POST", "/v1/shoppers"), 503, "not-configured");
		expectProblem(
			await askWith({ SHOPPER_TOKEN_SECRET }, "POST", "/admin/v1/shoppers", bearer(ADMIN), { shopperId: "s1" }),
			503,
			"not-configured",
		);
	});

	it("serves the open addresses as usual", async () => {
		const sku = await newProduct();
		expect(await askWith({ SHOPPER_TOKEN_SECRET }, "GET", `/v1/products/${sku}`)).toMatchObject({ status: 200 });
		expect(await askWith({ SHOPPER_TOKEN_SECRET }, "GET", "/health")).toMatchObject({ status: 200 });
	});
});

describe.each<[string, Readonly<Record<string, string | undefined>>]>([
	["no provider", { PAYMENT_PROVIDER: undefined }],
	["an unknown provider", { PAYMENT_PROVIDER: "barter" }],
	["the sandbox outside of a laptop", { ENVIRONMENT: "production" }],
	["stripe without its keys", { PAYMENT_PROVIDER: "stripe" }],
])("%s", (_, changes) => {
	it("opens no checkout and accepts no webhook", async () => {
		const sku = await newProduct({ units: 1 });
		const { token } = await newShopper();
		const headers = { ...bearer(token), "idempotency-key": crypto.randomUUID() };
		const json = { lines: [{ sku, quantity: 1 }], email: "ada@example.com" };
		expectProblem(await askWith(changes, "POST", "/v1/checkouts", headers, json), 503, "not-configured");
		const provider = changes["PAYMENT_PROVIDER"] ?? "sandbox";
		expectProblem(await askWith(changes, "POST", `/webhooks/${provider}`, {}, { id: "evt_1" }), 503, "not-configured");
	});
});

describe("an answer of such a deployment", () => {
	it("names the secret that is too short, and never its value", async () => {
		const SHOPPER_TOKEN_SECRET = "much-too-short";
		const answer = await askWith({ SHOPPER_TOKEN_SECRET }, "POST", "/v1/shoppers");
		expectProblem(answer, 503, "not-configured");
		expect(JSON.stringify(answer.body)).toContain("SHOPPER_TOKEN_SECRET");
		expect(JSON.stringify(answer.body)).not.toContain(SHOPPER_TOKEN_SECRET);
	});
});
