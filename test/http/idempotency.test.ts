/**
 * `Idempotency-Key`, at every call that takes one: a request takes effect once, however often and closely it is sent.
 */
import { describe, expect, it } from "vitest";
import { call, expectProblem } from "../support/http.ts";
import { asMerchant, newProduct, stockOf } from "../support/merchant.ts";
import { pay } from "../support/provider.ts";
import { newShopper, paymentIdOf } from "../support/shopper.ts";

const newKey = () => crypto.randomUUID();
/** A key of the maximum length, with every character that is allowed. */
const LONGEST = Array.from({ length: 255 }, (_, i) => String.fromCharCode(0x21 + (i % 94))).join("");

describe("a checkout with an Idempotency-Key", () => {
	it("is the same checkout when it is sent again, and pins once", async () => {
		const sku = await newProduct({ units: 5 });
		const ada = await newShopper();
		const key = newKey();
		const first = await ada.open([{ sku, quantity: 2 }], { key });
		const again = await ada.open([{ sku, quantity: 2 }], { key });
		expect(again).toMatchObject({ status: 201, body: first.body });
		expect(again.headers.get("location")).toBe(first.headers.get("location"));
		expect(await stockOf(sku)).toMatchObject({ available: 3, held: 2 });
	});

	it("is one checkout with one payment when it is sent many times at once", async () => {
		const sku = await newProduct({ units: 20 });
		const ada = await newShopper();
		const key = newKey();
		const answers = await Promise.all(Array.from({ length: 10 }, () => ada.open([{ sku, quantity: 2 }], { key })));
		expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
		expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
		expect(new Set(answers.map(({ body }) => paymentIdOf(body))).size).toBe(1);
		expect(await stockOf(sku)).toMatchObject({ available: 18, held: 2 });
	});

	it("is shown as it is by now when it is sent again after it was paid or cancelled", async () => {
		const sku = await newProduct({ units: 5 });
		const ada = await newShopper();
		const [paid, off] = [newKey(), newKey()];
		const first = await ada.checkout([{ sku, quantity: 1 }], { key: paid });
		await pay(paymentIdOf(first));
		expect(await ada.open([{ sku, quantity: 1 }], { key: paid })).toMatchObject({
			body: { id: first.id, status: "completed" },
		});
		const second = await ada.checkout([{ sku, quantity: 1 }], { key: off });
		await ada.cancel(second.id);
		expect(await ada.open([{ sku, quantity: 1 }], { key: off })).toMatchObject({
			body: { id: second.id, status: "cancelled" },
		});
		expect(await stockOf(sku)).toMatchObject({ available: 4, held: 0, sold: 1 });
	});

	it("is refused with 422 when the key comes with another body, and changes nothing", async () => {
		const sku = await newProduct({ units: 5 });
		const ada = await newShopper();
		const key = newKey();
		const first = await ada.checkout([{ sku, quantity: 1 }], { key });
		expectProblem(await ada.open([{ sku, quantity: 2 }], { key }), 422, "idempotency-key-reused");
		expectProblem(
			await ada.open([{ sku, quantity: 1 }], { key, email: "bob@example.com" }),
			422,
			"idempotency-key-reused",
		);
		expectProblem(await ada.open([{ sku, quantity: 1 }], { key, partial: true }), 422, "idempotency-key-reused");
		expect(await ada.read(first.id)).toMatchObject({ body: first });
		expect(await stockOf(sku)).toMatchObject({ available: 4, held: 1 });
	});

	it("is the same whatever the order of the body's members", async () => {
		const sku = await newProduct({ units: 5 });
		const { token } = await newShopper();
		const key = newKey();
		const send = (body: string) =>
			call<{ id: string }>("POST", "/v1/checkouts", {
				token,
				key,
				body,
				headers: { "content-type": "application/json" },
			});
		const one = await send(`{"lines":[{"sku":"${sku}","quantity":1}],"email":"a@b.example"}`);
		const other = await send(
			`{ "partial": false, "email": "a@b.example", "lines": [{"quantity": 1, "sku": "${sku}"}] }`,
		);
		expect([one.status, other.status]).toEqual([201, 201]);
		expect(other.body.id).toBe(one.body.id);
	});

	it("is another checkout when another shopper uses the same key", async () => {
		const sku = await newProduct({ units: 5 });
		const [ada, bob] = [await newShopper(), await newShopper()];
		const one = await ada.checkout([{ sku, quantity: 1 }], { key: "cart" });
		const other = await bob.checkout([{ sku, quantity: 1 }], { key: "cart" });
		expect(one.id).not.toBe(other.id);
	});

	it("is decided afresh with the same key once it was refused, since nothing of it is kept", async () => {
		const sku = await newProduct({ units: 1 });
		const [ada, bob] = [await newShopper(), await newShopper()];
		await ada.reserve(sku, 1);
		const key = newKey();
		expectProblem(await bob.open([{ sku, quantity: 1 }], { key }), 409, "lines-unavailable");
		expectProblem(await bob.open([{ sku, quantity: 1 }], { key }), 409, "lines-unavailable");
		await ada.release(sku);
		const { id } = await bob.checkout([{ sku, quantity: 1 }], { key });
		expect(await bob.checkout([{ sku, quantity: 1 }], { key })).toMatchObject({ id, status: "awaiting_payment" });
	});
});

describe("a restock with an Idempotency-Key", () => {
	const restock = (sku: string, key: string, json: Record<string, unknown> = { quantity: 10 }) =>
		asMerchant<{ received: number; available: number }>("POST", `/products/${sku}/restock`, { key, json });

	it("answers the same and receives once when it is sent again", async () => {
		const sku = await newProduct();
		const key = newKey();
		const first = await restock(sku, key);
		expect(first).toMatchObject({ status: 200, body: { received: 10, available: 10 } });
		await (await newShopper()).reserve(sku, 3);
		expect(await restock(sku, key)).toMatchObject({ status: 200, body: first.body });
		expect(await stockOf(sku)).toMatchObject({ received: 10 });
	});

	it("receives once when it is sent many times at once", async () => {
		const sku = await newProduct();
		const key = newKey();
		const answers = await Promise.all(Array.from({ length: 10 }, () => restock(sku, key)));
		for (const answer of answers) expect(answer).toMatchObject({ status: 200, body: answers[0]?.body });
		expect(await stockOf(sku)).toMatchObject({ received: 10, available: 10 });
	});

	it("is refused with 422 when the key comes with another body, and changes nothing", async () => {
		const sku = await newProduct();
		const key = newKey();
		await restock(sku, key);
		expectProblem(await restock(sku, key, { quantity: 11 }), 422, "idempotency-key-reused");
		expectProblem(await restock(sku, key, { quantity: 10, reference: "PO-1" }), 422, "idempotency-key-reused");
		expect(await stockOf(sku)).toMatchObject({ received: 10 });
	});

	it("is another restock when another SKU gets the same key", async () => {
		const [one, other] = [await newProduct(), await newProduct()];
		const key = newKey();
		await restock(one, key);
		await restock(other, key);
		expect([(await stockOf(one)).received, (await stockOf(other)).received]).toEqual([10, 10]);
	});

	it("may be sent again with its key after it was refused", async () => {
		const sku = await newProduct({ units: 1 });
		const key = newKey();
		const json = { quantity: 10, ifOnHand: 0 };
		expectProblem(await restock(sku, key, json), 409, "on-hand-changed", { onHand: 1 });
		await asMerchant("POST", `/products/${sku}/adjust`, { json: { delta: -1, reason: "broken" } });
		expect(await restock(sku, key, json)).toMatchObject({ status: 200, body: { received: 10, available: 10 } });
	});
});

describe("an adjustment with an Idempotency-Key", () => {
	const adjust = (sku: string, delta: number, key: string) =>
		asMerchant<{ adjusted: number }>("POST", `/products/${sku}/adjust`, { key, json: { delta, reason: "counted" } });

	it("counts once when it is sent again, and is refused with 422 when the key comes with another body", async () => {
		const sku = await newProduct({ units: 10 });
		const key = newKey();
		const answers = await Promise.all(Array.from({ length: 5 }, () => adjust(sku, -2, key)));
		for (const answer of answers) expect(answer).toMatchObject({ status: 200, body: answers[0]?.body });
		expectProblem(await adjust(sku, -3, key), 422, "idempotency-key-reused");
		expect(await stockOf(sku)).toMatchObject({ adjusted: -2, available: 8 });
	});

	it("does not share its keys with restocks", async () => {
		const sku = await newProduct({ units: 10 });
		const key = newKey();
		await adjust(sku, -1, key);
		expect(await asMerchant("POST", `/products/${sku}/restock`, { key, json: { quantity: 1 } })).toMatchObject({
			status: 200,
		});
	});
});

describe("the Idempotency-Key header", () => {
	it("is refused with idempotency-key-missing when it is required and absent", async () => {
		const sku = await newProduct({ units: 1 });
		const { token } = await newShopper();
		const checkout = { lines: [{ sku, quantity: 1 }], email: "ada@example.com" };
		expectProblem(await call("POST", "/v1/checkouts", { token, json: checkout }), 400, "idempotency-key-missing");
		expectProblem(
			await asMerchant("POST", `/products/${sku}/restock`, { json: { quantity: 1 } }),
			400,
			"idempotency-key-missing",
		);
		expect(await stockOf(sku)).toMatchObject({ received: 1, held: 0 });
	});

	it.each(["", " ", "two words", "a\tb", "x".repeat(256), "\u007f"])("is refused when it is %j", async (key) => {
		const sku = await newProduct({ units: 1 });
		const ada = await newShopper();
		let answers: Awaited<ReturnType<typeof call>>[];
		try {
			answers = [
				await asMerchant("POST", `/products/${sku}/restock`, { key, json: { quantity: 1 } }),
				await asMerchant("POST", `/products/${sku}/adjust`, { key, json: { delta: 1, reason: "x" } }),
				await call("POST", "/v1/checkouts", {
					token: ada.token,
					key,
					json: { lines: [{ sku, quantity: 1 }], email: "a@b.example" },
				}),
			];
		} catch (fault) {
			// A value that no header can carry never reaches the Worker.
			expect(fault).toBeInstanceOf(TypeError);
			return;
		}
		for (const answer of answers) expectProblem(answer, 400, "invalid-request");
		expect(await stockOf(sku)).toMatchObject({ received: 1, adjusted: 0, held: 0 });
	});

	it("may be 255 characters of visible ASCII", async () => {
		const sku = await newProduct({ units: 1 });
		await (await newShopper()).checkout([{ sku, quantity: 1 }], { key: LONGEST });
		expect(await asMerchant("POST", `/products/${sku}/restock`, { key: LONGEST, json: { quantity: 1 } })).toMatchObject(
			{ status: 200 },
		);
	});
});
