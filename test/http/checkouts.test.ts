/** `/v1/checkouts/{id}`: reads and cancels a checkout. Its state machine is tested in `test/checkout`. */
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { checkoutIdOf } from "../../src/checkout/client.ts";
import { sandboxObject } from "../../src/payments/sandbox/provider.ts";
import { expectProblem } from "../support/http.ts";
import { newProduct, stockOf } from "../support/merchant.ts";
import { pay, paymentAtProvider } from "../support/provider.ts";
import { newShopper, paymentIdOf, Shopper } from "../support/shopper.ts";

afterEach(() => vi.useRealTimers());

describe("GET /v1/checkouts/{id}", () => {
	it("shows the status of the checkout at each step", async () => {
		const sku = await newProduct({ units: 1 });
		const ada = await newShopper();
		const opened = await ada.checkout([{ sku, quantity: 1 }]);
		expect(await ada.read(opened.id)).toMatchObject({ status: 200, body: opened });
		await pay(paymentIdOf(opened), { outcome: "decline" });
		expect(await ada.read(opened.id)).toMatchObject({
			body: { status: "payment_failed", payment: { declined: "card_declined", status: "open" } },
		});
		await pay(paymentIdOf(opened));
		expect(await ada.read(opened.id)).toMatchObject({
			body: {
				status: "completed",
				orderId: `or_${opened.id.slice(3)}`,
				payment: { status: "captured", captured: { amount: 1999 }, refunded: { amount: 0 }, declined: null },
			},
		});
	});

	it("shows a checkout as expired from the end of its window on, without a request in between", async () => {
		vi.useFakeTimers({ toFake: ["Date"] });
		const sku = await newProduct({ units: 1, policy: { paymentWindowSeconds: 60 } });
		const ada = await newShopper();
		const { id } = await ada.checkout([{ sku, quantity: 1 }]);
		vi.setSystemTime(Date.now() + 59_999);
		expect(await ada.read(id)).toMatchObject({ body: { status: "awaiting_payment" } });
		vi.setSystemTime(Date.now() + 1);
		expect(await ada.read(id)).toMatchObject({ body: { status: "expired", payment: { status: "voided" } } });
		expect(await stockOf(sku)).toMatchObject({ available: 1, held: 0 });
	});

	it("answers alike with 404 for another shopper's checkout, an unknown one and a malformed id", async () => {
		const sku = await newProduct({ units: 1 });
		const [ada, bob] = [await newShopper(), await newShopper()];
		const { id } = await ada.checkout([{ sku, quantity: 1 }]);
		const others = await bob.read(id);
		expectProblem(others, 404, "unknown-checkout");
		const none = await bob.read(`co_${"0".repeat(32)}`);
		expectProblem(none, 404, "unknown-checkout");
		expect({ ...others.body, requestId: "" }).toEqual({ ...none.body, requestId: "" });
		for (const id of [
			"x",
			"co_",
			`co_${"0".repeat(31)}`,
			`CO_${"0".repeat(32)}`,
			`co_${"g".repeat(32)}`,
			"%00",
			"co_%2F",
		]) {
			expectProblem(await bob.read(id), 404, "unknown-checkout");
		}
		expectProblem(await new Shopper("", "nonsense").read(id), 401, "unauthorized");
	});

	it("answers 404 for a checkout that was refused", async () => {
		const sku = await newProduct();
		const ada = await newShopper();
		const key = crypto.randomUUID();
		expectProblem(await ada.open([{ sku, quantity: 1 }], { key }), 409, "lines-unavailable");
		expectProblem(await ada.read(await checkoutIdOf(ada.id, key)), 404, "unknown-checkout");
	});
});

describe("DELETE /v1/checkouts/{id}", () => {
	it("releases every line and voids the payment once, and answers the same when repeated", async () => {
		const skus = [await newProduct({ units: 2 }), await newProduct({ units: 3 })];
		const ada = await newShopper();
		await ada.reserve(skus[0] as string, 2);
		const opened = await ada.checkout(skus.map((sku) => ({ sku, quantity: 2 })));
		const first = await ada.cancel(opened.id);
		expect(first).toMatchObject({
			status: 200,
			body: { id: opened.id, status: "cancelled", orderId: null, payment: { status: "voided" } },
		});
		expect(await ada.cancel(opened.id)).toMatchObject({ status: 200, body: first.body });
		// The hold that was there before it goes on.
		expect(await stockOf(skus[0] as string)).toMatchObject({ available: 0, held: 2, paying: 0 });
		expect(await stockOf(skus[1] as string)).toMatchObject({ available: 3, held: 0 });
		expect(await paymentAtProvider(paymentIdOf(opened))).toMatchObject({ status: "voided", capturedMinor: 0 });
	});

	it("releases the units once when it is sent twice at once", async () => {
		const sku = await newProduct({ units: 3 });
		const ada = await newShopper();
		const { id } = await ada.checkout([{ sku, quantity: 2 }]);
		const answers = await Promise.all([ada.cancel(id), ada.cancel(id), ada.cancel(id)]);
		expect(answers.map(({ status, body }) => [status, body.status])).toEqual(Array(3).fill([200, "cancelled"]));
		expect(await stockOf(sku)).toMatchObject({ available: 3, held: 0 });
	});

	it("refuses to cancel a paid checkout, and changes nothing", async () => {
		const sku = await newProduct({ units: 1 });
		const ada = await newShopper();
		const { id } = await ada.buy([{ sku, quantity: 1 }]);
		expectProblem(await ada.cancel(id), 409, "not-cancellable", { checkoutStatus: "completed" });
		expect(await ada.read(id)).toMatchObject({ body: { status: "completed" } });
		expect(await stockOf(sku)).toMatchObject({ sold: 1 });
	});

	it("answers with the expired checkout when it has expired", async () => {
		vi.useFakeTimers({ toFake: ["Date"] });
		const sku = await newProduct({ units: 1, policy: { paymentWindowSeconds: 60 } });
		const ada = await newShopper();
		const { id } = await ada.checkout([{ sku, quantity: 1 }]);
		vi.setSystemTime(Date.now() + 60_000);
		expect(await ada.cancel(id)).toMatchObject({ status: 200, body: { status: "expired" } });
	});

	it("answers 404 for another shopper's checkout, and changes nothing", async () => {
		const sku = await newProduct({ units: 1 });
		const [ada, bob] = [await newShopper(), await newShopper()];
		const { id } = await ada.checkout([{ sku, quantity: 1 }]);
		expectProblem(await bob.cancel(id), 404, "unknown-checkout");
		expectProblem(await bob.cancel(`co_${"0".repeat(32)}`), 404, "unknown-checkout");
		expectProblem(await bob.cancel("nonsense"), 404, "unknown-checkout");
		expect(await ada.read(id)).toMatchObject({ body: { status: "awaiting_payment" } });
	});

	it("takes both the money and the units, or neither, when the shopper pays at the same moment", async () => {
		const provider = sandboxObject(env);
		for (let round = 0; round < 8; round++) {
			const sku = await newProduct({ units: 1 });
			const ada = await newShopper();
			const opened = await ada.checkout([{ sku, quantity: 1 }]);
			const paymentId = paymentIdOf(opened);
			await Promise.all([
				ada.cancel(opened.id),
				provider.confirm(paymentId, { outcome: round % 2 ? "approve" : "capture" }),
			]);
			await provider.settled(paymentId);
			const { body } = await ada.read(opened.id);
			const { capturedMinor, refundedMinor, status } = await paymentAtProvider(paymentId);
			const { sold, held } = await stockOf(sku);
			expect(held).toBe(0);
			if (body.status === "completed") {
				expect({ kept: capturedMinor - refundedMinor, sold }).toEqual({ kept: 1999, sold: 1 });
			} else {
				expect(["cancelled", "refunded"]).toContain(body.status);
				expect({ kept: capturedMinor - refundedMinor, sold }).toEqual({ kept: 0, sold: 0 });
				expect(status).not.toBe("authorised");
			}
		}
	});
});
