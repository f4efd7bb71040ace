/** A product is refused when it is defined if this deployment's payment provider could never charge its price. */
import { describe, expect, it } from "vitest";
import { ADMIN, callWith, expectProblem } from "../support/http.ts";
import { newSku } from "../support/merchant.ts";

const define = (PAYMENT_PROVIDER: string, amount: number, currency: string) =>
	callWith({ PAYMENT_PROVIDER }, "PUT", `/admin/v1/products/${newSku()}`, {
		token: ADMIN,
		json: { title: "Mug", price: { amount, currency } },
	});

describe("a product's price", () => {
	it.each([
		["sandbox", 1999, "XXX", "price.currency"],
		["stripe", 1999, "XXX", "price.currency"],
		["stripe", 1999, "KPW", "price.currency"],
		["stripe", 5124, "KWD", "price.amount"],
		["stripe", 50_020, "MGA", "price.amount"],
	])(
		"is refused by %s when it is %i in %s, and the answer names the member",
		async (provider, amount, currency, path) => {
			const answer = await define(provider, amount, currency);
			expectProblem(answer, 400, "invalid-request", { errors: [{ path, message: expect.stringContaining(currency) }] });
		},
	);

	it.each([
		["sandbox", 5124, "KWD"],
		["sandbox", 1999, "KPW"],
		["stripe", 5120, "KWD"],
		["stripe", 5000, "ISK"],
		["stripe", 1, "USD"],
		["stripe", 0, "USD"],
		["", 1999, "USD"],
	])("is accepted by %s when it is %i in %s", async (provider, amount, currency) => {
		expect(await define(provider, amount, currency)).toMatchObject({ status: 201 });
	});
});
