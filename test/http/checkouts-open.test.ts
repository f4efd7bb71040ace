/**
 * `POST /v1/checkouts`: secures every line before a payment exists, or names each line that is not available and why.
 */
import { afterEach, describe, expect, it, vi } from "vitest";
import { expectProblem } from "../support/http.ts";
import { asMerchant, newProduct, newSku, stockOf } from "../support/merchant.ts";
import { pay, paymentAtProvider } from "../support/provider.ts";
import { newShopper, paymentIdOf } from "../support/shopper.ts";

afterEach(() => vi.useRealTimers());

const ID = /^co_[0-9a-f]{32}$/;

describe("POST /v1/checkouts", () => {
	it("secures every line, and answers 201 with the total, the payment and its deadline", async () => {
		vi.useFakeTimers({ toFake: ["Date"] });
		const a = await newProduct({
			units: 5,
			price: { amount: 1000, currency: "EUR" },
			policy: { paymentWindowSeconds: 300 },
		});
		const b = await newProduct({
			units: 5,
			price: { amount: 250, currency: "EUR" },
			policy: { paymentWindowSeconds: 200 },
		});
		const ada = await newShopper();
		await ada.reserve(a, 2);
		const answer = await ada.open(
			[
				{ sku: b, quantity: 3 },
				{ sku: a, quantity: 2 },
			],
			{ email: "ada@example.com" },
		);
		expect(answer.status).toBe(201);
		const { body } = answer;
		expect(body).toMatchObject({
			id: expect.stringMatching(ID),
			status: "awaiting_payment",
			email: "ada@example.com",
			total: { amount: 2 * 1000 + 3 * 250, currency: "EUR" },
			payment: { provider: "sandbox", status: "open", url: `/sandbox/payments/${body.payment?.id}` },
			orderId: null,
			createdAt: new Date(Date.now()).toISOString(),
			// The shortest payment window of the lines.
			expiresAt: new Date(Date.now() + 200_000).toISOString(),
		});
		expect(body.lines).toMatchObject(
			[
				{ sku: a, quantity: 2, fulfilment: "in_stock", unitPrice: { amount: 1000, currency: "EUR" }, title: "Mug" },
				{ sku: b, quantity: 3, fulfilment: "in_stock", unitPrice: { amount: 250, currency: "EUR" } },
			].sort((x, y) => (x.sku < y.sku ? -1 : 1)),
		);
		expect(answer.headers.get("location")).toBe(`/v1/checkouts/${body.id}`);
		expect(await paymentAtProvider(paymentIdOf(body))).toMatchObject({
			amountMinor: 2750,
			currency: "EUR",
			checkoutId: body.id,
		});
		expect(await stockOf(a)).toMatchObject({ available: 3, held: 2, paying: 2 });
		expect(await stockOf(b)).toMatchObject({ available: 2, held: 3, paying: 3 });
	});

	it("needs no reservation, and pins the one that the shopper has", async () => {
		const sku = await newProduct({ units: 5 });
		const [ada, bob] = [await newShopper(), await newShopper()];
		await ada.reserve(sku, 2);
		await ada.checkout([{ sku, quantity: 3 }]);
		expect(await ada.reservation(sku)).toMatchObject({ body: { status: "paying", quantity: 3 } });
		await bob.checkout([{ sku, quantity: 2 }]);
		expect(await stockOf(sku)).toMatchObject({ available: 0, held: 5, paying: 5 });
	});

	it("releases held units beyond the quantity that is bought when it is paid, and not before", async () => {
		const sku = await newProduct({ units: 5 });
		const ada = await newShopper();
		await ada.reserve(sku, 4);
		const checkout = await ada.checkout([{ sku, quantity: 1 }]);
		expect(await stockOf(sku)).toMatchObject({ available: 1, held: 4 });
		expect(await ada.reservation(sku)).toMatchObject({ body: { status: "paying", quantity: 1 } });
		await pay(paymentIdOf(checkout));
		expect(await ada.read(checkout.id)).toMatchObject({ body: { status: "completed" } });
		expect(await stockOf(sku)).toMatchObject({ available: 4, held: 0, sold: 1 });
	});

	it("checks the sum of two lines of the same SKU (medusa 16502)", async () => {
		const sku = await newProduct({ units: 3 });
		const line = { sku, quantity: 2 };
		expectProblem(await (await newShopper()).open([line, line]), 409, "lines-unavailable", {
			lines: [{ sku, quantity: 4, fulfilment: "refused", reason: "sold-out" }],
		});
		expect(await stockOf(sku)).toMatchObject({ available: 3, held: 0 });
		const { lines, total } = await (await newShopper()).checkout([line, { sku, quantity: 1 }]);
		expect({ lines, total }).toMatchObject({ lines: [{ sku, quantity: 3 }], total: { amount: 3 * 1999 } });
		expect(lines).toHaveLength(1);
	});

	it("refuses the whole checkout when lines are not available, and names each of them and why", async () => {
		const [fine, gone, limited, closed] = [
			await newProduct({ units: 5 }),
			await newProduct({ units: 1 }),
			await newProduct({ units: 5, policy: { limitPerShopper: 1 } }),
			await newProduct({ units: 5, policy: { saleEndsAt: "2026-01-01T00:00:00Z" } }),
		];
		const ada = await newShopper();
		const answer = await ada.open([fine, gone, limited, closed].map((sku) => ({ sku, quantity: 2 })));
		expectProblem(answer, 409, "lines-unavailable", { title: "Lines unavailable" });
		const { lines } = answer.body as unknown as { lines: { sku: string }[] };
		const named = new Map(lines.map((line) => [line.sku, line]));
		expect(named.size).toBe(3);
		expect(named.get(gone)).toMatchObject({ quantity: 2, fulfilment: "refused", reason: "sold-out" });
		expect(named.get(limited)).toMatchObject({ reason: "limit-exceeded", limit: 1 });
		expect(named.get(closed)).toMatchObject({ reason: "sale-not-open", saleEndsAt: "2026-01-01T00:00:00.000Z" });
		for (const sku of [fine, gone, limited, closed]) expect(await stockOf(sku)).toMatchObject({ held: 0, paying: 0 });
	});

	it("keeps and charges only the available lines with partial", async () => {
		const [fine, gone] = [await newProduct({ units: 5 }), await newProduct()];
		const ada = await newShopper();
		const lines = [fine, gone].map((sku) => ({ sku, quantity: 1 }));
		const checkout = await ada.checkout(lines, { partial: true });
		expect(checkout.total).toEqual({ amount: 1999, currency: "USD" });
		expect(checkout.lines.find(({ sku }) => sku === fine)).toMatchObject({ fulfilment: "in_stock" });
		expect(checkout.lines.find(({ sku }) => sku === gone)).toMatchObject({ fulfilment: "refused", reason: "sold-out" });
		await pay(paymentIdOf(checkout));
		const { body } = await ada.read(checkout.id);
		expect(body).toMatchObject({ status: "completed", payment: { captured: { amount: 1999 } } });
		expect((await ada.order(body.orderId as string)).body.lines).toMatchObject([{ sku: fine, quantity: 1 }]);
	});

	it("refuses a partial checkout without an available line", async () => {
		const lines = [await newProduct(), await newProduct()].map((sku) => ({ sku, quantity: 1 }));
		expectProblem(await (await newShopper()).open(lines, { partial: true }), 409, "lines-unavailable");
	});

	it("makes a pre-order of a line that is not in stock when the shopper accepts the terms", async () => {
		const preorder = { capacity: 3, expectedAt: "2097-03-01T00:00:00Z", termsVersion: "v7" };
		const sku = await newProduct({ policy: { preorder } });
		const ada = await newShopper();
		expectProblem(await ada.open([{ sku, quantity: 2 }]), 409, "lines-unavailable", {
			lines: [{ reason: "sold-out", preorder: { remaining: 3, termsVersion: "v7" } }],
		});
		const { lines } = await ada.checkout([{ sku, quantity: 2 }], { acceptPreorder: true });
		expect(lines).toMatchObject([
			{ fulfilment: "preorder", expectedAt: "2097-03-01T00:00:00.000Z", termsVersion: "v7", quantity: 2 },
		]);
	});

	it("refuses lines in two currencies, though each is available", async () => {
		const [eur, usd] = [
			await newProduct({ units: 5, price: { amount: 1, currency: "EUR" } }),
			await newProduct({ units: 5, price: { amount: 1, currency: "USD" } }),
		];
		const lines = [eur, usd].map((sku) => ({ sku, quantity: 1 }));
		const answer = await (await newShopper()).open(lines);
		expectProblem(answer, 409, "lines-unavailable", {
			lines: [{ reason: "currencies-differ" }, { reason: "currencies-differ" }],
		});
		expect(await stockOf(eur)).toMatchObject({ held: 0 });
		expect(await stockOf(usd)).toMatchObject({ held: 0 });
	});

	it("refuses an unknown SKU by name, and holds nothing of the others", async () => {
		const [known, unknown] = [await newProduct({ units: 1 }), newSku()];
		const lines = [known, unknown].map((sku) => ({ sku, quantity: 1 }));
		expectProblem(await (await newShopper()).open(lines), 404, "unknown-sku", { sku: unknown });
		expect(await stockOf(known)).toMatchObject({ held: 0 });
	});

	it("refuses units in another checkout of the same shopper, and names that checkout", async () => {
		const sku = await newProduct({ units: 5 });
		const ada = await newShopper();
		const first = await ada.checkout([{ sku, quantity: 1 }]);
		expectProblem(await ada.open([{ sku, quantity: 1 }]), 409, "lines-unavailable", {
			lines: [{ sku, reason: "in-checkout", checkoutId: first.id }],
		});
	});

	it("completes a checkout that costs nothing at once, without a payment (saleor 14128)", async () => {
		const sku = await newProduct({ units: 1, price: { amount: 0, currency: "USD" } });
		const ada = await newShopper();
		const checkout = await ada.checkout([{ sku, quantity: 1 }]);
		expect(checkout).toMatchObject({ status: "completed", payment: null, total: { amount: 0, currency: "USD" } });
		expect(await ada.order(checkout.orderId as string)).toMatchObject({
			status: 200,
			body: { status: "paid", total: { amount: 0 }, payment: null },
		});
		expect(await stockOf(sku)).toMatchObject({ available: 0, held: 0, sold: 1 });
	});

	it("keeps the price of the moment when the checkout was opened", async () => {
		const sku = await newProduct({ units: 1 });
		const ada = await newShopper();
		const checkout = await ada.checkout([{ sku, quantity: 1 }]);
		await asMerchant("PUT", `/products/${sku}`, { json: { title: "Mug", price: { amount: 9999, currency: "USD" } } });
		await pay(paymentIdOf(checkout));
		expect(await ada.read(checkout.id)).toMatchObject({
			body: { status: "completed", total: { amount: 1999 }, payment: { captured: { amount: 1999 } } },
		});
	});
});
