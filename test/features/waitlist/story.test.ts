/**
 * The story that Holdfast was made for, over HTTP: one unit and three shoppers at the same moment.
 * `test/e2e/story.test.ts` has it with a real server and the real clock.
 */
import { describe, expect, it } from "vitest";
import { DROP, pass, ring, useStoppedClock } from "../../support/clock.ts";
import { expectProblem } from "../../support/http.ts";
import {
	expectReconciled,
	journalOf,
	newProduct,
	recordedPreorders,
	restock,
	stockOf,
} from "../../support/merchant.ts";
import { expectSquare } from "../../support/money.ts";
import { pay } from "../../support/provider.ts";
import { lineOf, newShoppers, paymentIdOf, type Shopper } from "../../support/shopper.ts";

useStoppedClock();

const PREORDER = { capacity: 5, termsVersion: "2026-12", expectedAt: "2100-01-31T00:00:00Z" };
const PRICE = 1999;

/** One unit and three shoppers who reserve it at once: the first holds it, the second waits, the third is refused. */
async function oneUnitForThree(policy: Record<string, unknown> = {}) {
	const sku = await newProduct({ units: 1, policy: { holdSeconds: 60, offerSeconds: 30, ...policy } });
	const shoppers = await newShoppers(3);
	const responses = await Promise.all(shoppers.map((shopper) => shopper.reserve(sku, 1, { wait: true })));
	const by = (status: number): Shopper => {
		const matching = shoppers.filter((_, i) => responses[i]?.status === status);
		expect(matching, `shoppers whose response was ${status}`).toHaveLength(1);
		return matching[0] as Shopper;
	};
	expectProblem(responses[shoppers.indexOf(by(409))] as (typeof responses)[number], 409, "sold-out", { sku });
	return { sku, first: by(201), second: by(202), third: by(409) };
}

describe("one unit and three shoppers at once", () => {
	it("promotes the second by the alarm when the first does not pay, and lets the second buy", async () => {
		const { sku, first, second, third } = await oneUnitForThree();
		expect(await second.reservation(sku)).toMatchObject({ body: { status: "waiting", position: 1, expiresAt: null } });

		// The second stock check refuses before payment, because the unit is held by another.
		const refused = await second.open([{ sku, quantity: 1 }]);
		expectProblem(refused, 409, "lines-unavailable", { lines: [{ sku, reason: "sold-out" }] });
		expect(await second.reservation(sku)).toMatchObject({ body: { status: "waiting", position: 1 } });

		pass(60);
		expect(await ring.sku(sku)).toBe(true);
		// Requests come 20 seconds later than the alarm. The journal shows that the alarm did it.
		pass(20);
		const promoted = (await journalOf(sku)).find(({ kind }) => kind === "promoted");
		expect(promoted).toMatchObject({ shopperId: second.id, at: new Date(DROP + 60_000).toISOString() });
		expect(await second.reservation(sku)).toMatchObject({
			body: { status: "held", position: null, expiresAt: new Date(DROP + 90_000).toISOString() },
		});
		expect(await first.reservation(sku)).toMatchObject({ body: { status: "expired" } });
		expectProblem(await third.reserve(sku, 1), 409, "sold-out");

		const bought = await second.buy([{ sku, quantity: 1 }]);
		expect(await expectSquare(second, bought.id)).toBe(PRICE);
		expect(await stockOf(sku)).toMatchObject({ available: 0, held: 0, waiting: 0, sold: 1 });
	});

	it("lets the second pre-order when the first pays, and fills that with the next unit", async () => {
		const { sku, first, second, third } = await oneUnitForThree({ preorder: PREORDER });
		await first.buy([{ sku, quantity: 1 }]);

		const checkout = await second.checkout([{ sku, quantity: 1 }], { acceptPreorder: true });
		expect(lineOf(checkout, sku)).toMatchObject({
			fulfilment: "preorder",
			termsVersion: "2026-12",
			expectedAt: "2100-01-31T00:00:00.000Z",
		});
		expect(await second.reservation(sku)).toMatchObject({ body: { status: "waiting", position: 1 } });
		await pay(paymentIdOf(checkout));
		expect(await second.reservation(sku)).toMatchObject({ body: { status: "converted" } });
		const { body: paid } = await second.read(checkout.id);
		expect(paid).toMatchObject({ status: "completed" });
		expect(await expectSquare(second, checkout.id)).toBe(PRICE);

		const newcomers = [third, ...(await newShoppers(7))];
		const ask = (shopper: Shopper) => shopper.reserve(sku, 1);
		const before = newcomers.slice(0, 4).map(ask);
		const delivery = restock(sku, 1);
		const after = newcomers.slice(4).map(ask);
		const [restocked, ...responses] = await Promise.all([delivery, ...before, ...after]);
		expect(restocked).toMatchObject({ filledPreorders: 1, promoted: 0, available: 0, sold: 2 });
		for (const response of responses) expectProblem(response, 409, "sold-out");

		const [preorder] = await recordedPreorders(sku, "filled");
		expect(preorder).toMatchObject({ shopperId: second.id, orderId: paid.orderId, quantity: 1 });
		expect(lineOf((await second.order(paid.orderId ?? "")).body, sku)).toMatchObject({ preorder: "filled" });
		expect(await stockOf(sku)).toMatchObject({ sold: 2, available: 0, preorders: { owed: 0, filled: 1 } });
		await expectReconciled(sku);
	});
});
