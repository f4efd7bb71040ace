/** The checkout of a waiting shopper: the second stock check gives the units, makes a pre-order, or refuses. */
import { describe, expect, it } from "vitest";
import { expectProblem } from "../../support/http.ts";
import { cancelPreorder, journalOf, newProduct, recordedPreorders, restock, stockOf } from "../../support/merchant.ts";
import { expectSquare } from "../../support/money.ts";
import { pay } from "../../support/provider.ts";
import { lineOf, newShoppers, paymentIdOf, type Shopper } from "../../support/shopper.ts";

const PREORDER = { capacity: 3, termsVersion: "v1" };

/** One unit, held by the first shopper. Two others wait for it. */
async function twoWait(policy: Record<string, unknown> = {}) {
	const sku = await newProduct({ units: 1, policy: { waitlistLimit: 9, ...policy } });
	const [first, second, third] = (await newShoppers(3)) as [Shopper, Shopper, Shopper];
	await first.reserve(sku, 1);
	await second.reserve(sku, 1, { wait: true });
	await third.reserve(sku, 1, { wait: true });
	return { sku, first, second, third, lines: [{ sku, quantity: 1 }] };
}

describe("the checkout of a waiting shopper", () => {
	it("refuses a waiting shopper while another holds the unit, and keeps their place", async () => {
		const { sku, second, third, lines } = await twoWait();
		for (const shopper of [third, second]) {
			expectProblem(await shopper.open(lines), 409, "lines-unavailable", { lines: [{ sku, reason: "sold-out" }] });
		}
		expect(await second.reservation(sku)).toMatchObject({ body: { status: "waiting", position: 1 } });
		expect(await third.reservation(sku)).toMatchObject({ body: { status: "waiting", position: 2 } });
	});

	it("offers a pre-order in the refusal unless the terms were accepted", async () => {
		const { sku, second, lines } = await twoWait({ preorder: PREORDER });
		expectProblem(await second.open(lines), 409, "lines-unavailable", {
			lines: [{ sku, reason: "sold-out", preorder: { expectedAt: null, termsVersion: "v1", remaining: 3 } }],
		});
		expect(await second.reservation(sku)).toMatchObject({ body: { status: "waiting" } });
	});

	it("makes a pre-order when the terms were accepted, and ends the waiting reservation when it is paid", async () => {
		const { sku, second, third, lines } = await twoWait({ preorder: PREORDER });
		const checkout = await second.checkout(lines, { acceptPreorder: true });
		expect(lineOf(checkout, sku)).toMatchObject({ fulfilment: "preorder" });
		expect(await second.reservation(sku)).toMatchObject({ body: { status: "waiting", position: 1 } });
		await pay(paymentIdOf(checkout));
		expect(await second.reservation(sku)).toMatchObject({ body: { status: "converted", position: null } });
		expect(await third.reservation(sku)).toMatchObject({ body: { status: "waiting", position: 1 } });
		expect(await expectSquare(second, checkout.id)).toBe(1999);
		expect(await stockOf(sku)).toMatchObject({ waiting: 1, preorders: { owed: 1 } });

		// Owed pre-orders come before the waitlist: the first unit fills the pre-order, the next one is offered.
		expect(await restock(sku, 1)).toMatchObject({ filledPreorders: 1, promoted: 0 });
		expect(await third.reservation(sku)).toMatchObject({ body: { status: "waiting" } });
		expect(await restock(sku, 1)).toMatchObject({ filledPreorders: 0, promoted: 1 });
		expect(await third.reservation(sku)).toMatchObject({ body: { status: "held" } });
	});

	it("refuses a pre-order beyond the capacity, and lets the shopper keep waiting", async () => {
		const { sku, second } = await twoWait({ preorder: { ...PREORDER, capacity: 1 } });
		expectProblem(await second.open([{ sku, quantity: 2 }], { acceptPreorder: true }), 409, "lines-unavailable", {
			lines: [{ sku, preorder: { remaining: 1 } }],
		});
		expect(await second.reservation(sku)).toMatchObject({ body: { status: "waiting", position: 1 } });
	});

	it("sells the unit that came free to the head of the waitlist", async () => {
		const { sku, first, second, third, lines } = await twoWait();
		await first.release(sku);
		const checkout = await second.checkout(lines);
		expect(lineOf(checkout, sku)).toMatchObject({ fulfilment: "in_stock" });
		await pay(paymentIdOf(checkout));
		expect(await expectSquare(second, checkout.id)).toBe(1999);
		expectProblem(await third.open(lines), 409, "lines-unavailable");
	});

	it("keeps its shopper's place until the pre-order is paid, and sells the unit that came free to it", async () => {
		const { sku, first, second, third, lines } = await twoWait({ preorder: PREORDER });
		const checkout = await second.checkout(lines, { acceptPreorder: true });
		await first.release(sku);
		expect(await second.reservation(sku)).toMatchObject({ body: { status: "held" } });
		expect(await third.reservation(sku)).toMatchObject({ body: { status: "waiting", position: 1 } });
		await pay(paymentIdOf(checkout));
		expect(lineOf((await second.read(checkout.id)).body, sku)).toMatchObject({ fulfilment: "in_stock" });
		expect(await expectSquare(second, checkout.id)).toBe(1999);
		expect(await stockOf(sku)).toMatchObject({ sold: 1, held: 0, preorders: { owed: 0 } });
	});

	it("does not give a unit that comes free to a pre-order that is not paid yet", async () => {
		const { sku, first, second, third, lines } = await twoWait({ preorder: PREORDER });
		await second.release(sku);
		const checkout = await second.checkout(lines, { acceptPreorder: true });
		await first.release(sku);
		expect(await third.reservation(sku)).toMatchObject({ body: { status: "held" } });
		await pay(paymentIdOf(checkout));
		const [preorder] = await recordedPreorders(sku, "owed");
		expect(await cancelPreorder(preorder?.id ?? "")).toMatchObject({ status: 200, body: { status: "cancelled" } });
		expect(await expectSquare(second, checkout.id)).toBe(0);
	});

	it("holds, pre-orders or refuses for each of many at once, and converts each place when it is paid", async () => {
		const sku = await newProduct({ units: 3, policy: { waitlistLimit: 20, preorder: { ...PREORDER, capacity: 4 } } });
		const shoppers = await newShoppers(12);
		await Promise.all(shoppers.map((shopper) => shopper.reserve(sku, 1, { wait: true })));
		const responses = await Promise.all(
			shoppers.map((shopper) => shopper.open([{ sku, quantity: 1 }], { acceptPreorder: true })),
		);
		const fulfilments = responses.map(({ status, body }) => (status === 201 ? lineOf(body, sku).fulfilment : status));
		expect(fulfilments.filter((each) => each === "in_stock")).toHaveLength(3);
		expect(fulfilments.filter((each) => each === "preorder")).toHaveLength(4);
		expect(fulfilments.filter((each) => each === 409)).toHaveLength(5);
		expect(await stockOf(sku)).toMatchObject({ held: 3, paying: 3, waiting: 9, available: 0 });
		for (const { status, body } of responses) if (status === 201) await pay(paymentIdOf(body));
		expect(await stockOf(sku)).toMatchObject({ sold: 3, waiting: 5, preorders: { owed: 4 } });
		const kinds = (await journalOf(sku)).map(({ kind }) => kind);
		expect(kinds.filter((kind) => kind === "converted")).toHaveLength(4);
	});
});
