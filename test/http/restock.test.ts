/**
 * `…/restock` and `…/adjust`: units that arrive, and corrected counts. `idempotency.test.ts` tests repeated requests.
 */
import { describe, expect, it } from "vitest";
import { expectProblem } from "../support/http.ts";
import { asMerchant, newProduct, stockOf } from "../support/merchant.ts";
import { newShopper } from "../support/shopper.ts";

type Counters = { available: number; onHand: number; held: number; sold: number; waiting: number };
const restock = (sku: string, json: Record<string, unknown>, key: string = crypto.randomUUID()) =>
	asMerchant<Counters>("POST", `/products/${sku}/restock`, { key, json });
const adjust = (sku: string, json: Record<string, unknown>) =>
	asMerchant<Counters>("POST", `/products/${sku}/adjust`, { json: { reason: "counted", ...json } });

describe("POST …/restock", () => {
	it("receives units, and answers where they went", async () => {
		const sku = await newProduct({ units: 2 });
		await (await newShopper()).reserve(sku, 1);
		expect(await restock(sku, { quantity: 10, reference: "PO-7" })).toMatchObject({
			status: 200,
			body: { received: 10, filledPreorders: 0, promoted: 0, available: 11, onHand: 12, held: 1, sold: 0, waiting: 0 },
		});
		expect(await stockOf(sku)).toMatchObject({ received: 12, available: 11 });
	});

	it("serves the waitlist in order before the public", async () => {
		const sku = await newProduct({ units: 4 });
		const [ada, bob, cy] = [await newShopper(), await newShopper(), await newShopper()];
		await ada.reserve(sku, 4);
		await bob.reserve(sku, 1, { wait: true });
		await cy.reserve(sku, 1, { wait: true });
		expect(await restock(sku, { quantity: 1 })).toMatchObject({ body: { promoted: 1, available: 0, waiting: 1 } });
		expect(await bob.reservation(sku)).toMatchObject({ body: { status: "held" } });
		expect(await cy.reservation(sku)).toMatchObject({ body: { status: "waiting", position: 1 } });
		expect(await restock(sku, { quantity: 3 })).toMatchObject({ body: { promoted: 1, available: 2, waiting: 0 } });
	});

	it("changes nothing when ifOnHand is not the count", async () => {
		const sku = await newProduct({ units: 3 });
		await (await newShopper()).reserve(sku, 1);
		expectProblem(await restock(sku, { quantity: 5, ifOnHand: 2 }), 409, "on-hand-changed", { sku, onHand: 3 });
		expect(await stockOf(sku)).toMatchObject({ received: 3 });
		expect(await restock(sku, { quantity: 5, ifOnHand: 3 })).toMatchObject({ status: 200, body: { onHand: 8 } });
	});

	it("receives once when two requests with the same ifOnHand come at once", async () => {
		const sku = await newProduct({ units: 3 });
		const answers = await Promise.all([1, 2, 3].map((quantity) => restock(sku, { quantity, ifOnHand: 3 })));
		expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
	});

	it("adds units during a sale and loses none", async () => {
		const sku = await newProduct({ units: 20 });
		const shoppers = await Promise.all(Array.from({ length: 30 }, newShopper));
		const answers = await Promise.all([
			...shoppers.map((shopper) => shopper.reserve(sku, 1)),
			...Array.from({ length: 5 }, () => restock(sku, { quantity: 1 })),
		]);
		const held = answers.filter(({ status }) => status === 201).length;
		expect(await stockOf(sku)).toMatchObject({ received: 25, held, available: 25 - held });
		expect(held).toBeGreaterThanOrEqual(20);
		expect(held).toBeLessThanOrEqual(25);
	});
});

describe("POST …/adjust", () => {
	it("changes nothing when ifOnHand is not the count, and counts once for all who saw the same count", async () => {
		const sku = await newProduct({ units: 5 });
		await (await newShopper()).reserve(sku, 2);
		expectProblem(await adjust(sku, { delta: -1, ifOnHand: 3 }), 409, "on-hand-changed", { sku, onHand: 5 });
		expectProblem(await adjust(sku, { delta: -4, ifOnHand: 3, force: true }), 409, "on-hand-changed");
		const answers = await Promise.all([1, 2, 3].map((delta) => adjust(sku, { delta, ifOnHand: 5 })));
		expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
		expect(await stockOf(sku)).toMatchObject({ held: 2, adjusted: answers.findIndex((a) => a.status === 200) + 1 });
	});

	it("corrects the count up and down", async () => {
		const sku = await newProduct({ units: 10 });
		expect(await adjust(sku, { delta: -4 })).toMatchObject({
			status: 200,
			body: { adjusted: -4, bumped: 0, available: 6 },
		});
		expect(await adjust(sku, { delta: 1 })).toMatchObject({ status: 200, body: { adjusted: 1, available: 7 } });
		expect(await stockOf(sku)).toMatchObject({ received: 10, adjusted: -3, available: 7 });
	});

	it("refuses to take held units, and changes nothing (medusa 12401)", async () => {
		const sku = await newProduct({ units: 10 });
		const ada = await newShopper();
		await ada.reserve(sku, 8);
		expectProblem(await adjust(sku, { delta: -5 }), 409, "below-held", { sku, shortBy: 3, available: 2, held: 8 });
		expect(await stockOf(sku)).toMatchObject({ adjusted: 0, available: 2, held: 8 });
		expect(await ada.reservation(sku)).toMatchObject({ body: { status: "held", quantity: 8 } });
	});

	it("moves the newest holds to the waitlist with force, and keeps the oldest", async () => {
		const sku = await newProduct({ units: 4 });
		const [ada, bob, cy] = [await newShopper(), await newShopper(), await newShopper()];
		await ada.reserve(sku, 2);
		await bob.reserve(sku, 1);
		await cy.reserve(sku, 1);
		expect(await adjust(sku, { delta: -2, force: true })).toMatchObject({
			status: 200,
			body: { bumped: 2, held: 2, waiting: 2, available: 0, onHand: 2 },
		});
		expect(await ada.reservation(sku)).toMatchObject({ body: { status: "held", quantity: 2 } });
		expect(await bob.reservation(sku)).toMatchObject({ body: { status: "waiting", position: 1 } });
		expect(await cy.reservation(sku)).toMatchObject({ body: { status: "waiting", position: 2 } });
		expect(await restock(sku, { quantity: 1 })).toMatchObject({ body: { promoted: 1 } });
		expect(await bob.reservation(sku)).toMatchObject({ body: { status: "held" } });
	});

	it("never takes units in a checkout, or sold ones, with force", async () => {
		const sku = await newProduct({ units: 3 });
		const [ada, bob] = [await newShopper(), await newShopper()];
		await ada.buy([{ sku, quantity: 1 }]);
		await bob.checkout([{ sku, quantity: 2 }]);
		expectProblem(await adjust(sku, { delta: -1, force: true }), 409, "below-held", { shortBy: 1 });
		expect(await stockOf(sku)).toMatchObject({ held: 2, paying: 2, sold: 1, adjusted: 0 });
	});
});
