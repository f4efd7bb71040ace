/**
 * A shop that has its own payment, shipping and tax, and leaves to this one what it cannot do: 500 buyers want 50 units
 * at once. Some of them never pay, some are told of twice, and every unit is sold all the same, once.
 */
import { describe, expect, it } from "vitest";
import { eventually } from "../../support/clock.ts";
import {
	asMerchant,
	expectReconciled,
	type MerchantCheckout,
	newProduct,
	openFor,
	ordersOf,
	stockOf,
} from "../../support/merchant.ts";

const UNITS = 50;
const BUYERS = 500;
/** Buyers whose requests are under way at a time. */
const CROWD = 50;
const PRICE = 1999;

const usd = (amount: number) => ({ amount, currency: "USD" });

/** Each buyer's own shipping and tax: no two totals need be the same. */
const amountsOf = (buyer: number) => [
	{ kind: "shipping", label: "Parcel", amount: usd(400 + (buyer % 7)) },
	{ kind: "tax", label: "VAT", amount: usd(333 + (buyer % 3)) },
	...(buyer % 5 === 0 ? [{ kind: "discount", label: "TWELVE", amount: usd(-250) }] : []),
];
const totalOf = (buyer: number) => amountsOf(buyer).reduce((sum, { amount }) => sum + amount.amount, PRICE);

/** Every seventh who gets a checkout leaves without paying. */
const leaves = (winner: number): boolean => winner % 7 === 3;

describe("a shop with its own payment, shipping and tax", () => {
	it(`sells ${UNITS} units to ${BUYERS} buyers, and all books agree`, { timeout: 120_000 }, async () => {
		const sku = await newProduct({ units: UNITS });
		const paid = new Map<string, number>();
		let winners = 0;
		let abandoned = 0;

		async function buy(buyer: number): Promise<void> {
			const options = { payment: "external", adjustments: amountsOf(buyer), key: `order-${sku}-${buyer}` };
			const { status, body } = await openFor(`customer-${buyer}`, [{ sku, quantity: 1 }], options);
			if (status !== 201) {
				expect({ status, type: (body as { type?: string }).type }).toEqual({
					status: 409,
					type: "/problems/lines-unavailable",
				});
				return;
			}
			expect(body.total).toEqual(usd(totalOf(buyer)));
			await (leaves(winners++) ? leave(body) : pay(body, buyer));
		}

		async function leave({ id }: MerchantCheckout): Promise<void> {
			abandoned++;
			expect(await asMerchant("POST", `/checkouts/${id}/abandon`, { json: {} })).toMatchObject({ status: 200 });
		}

		async function pay({ id }: MerchantCheckout, buyer: number): Promise<void> {
			const json = { reference: `psp-${buyer}`, paidAt: new Date().toISOString(), amount: usd(totalOf(buyer)) };
			const times = buyer % 4 === 0 ? 2 : 1;
			const answers = await Promise.all(
				Array.from({ length: times }, () => asMerchant("POST", `/checkouts/${id}/paid`, { json })),
			);
			for (const answer of answers) expect(answer).toMatchObject({ body: { outcome: "sold", refund: usd(0) } });
			paid.set(`or_${id.slice(3)}`, totalOf(buyer));
		}

		for (let first = 0; first < BUYERS; first += CROWD) {
			await Promise.all(Array.from({ length: CROWD }, (_, i) => buy(first + i)));
		}

		expect(abandoned).toBeGreaterThan(0);
		expect(paid.size).toBe(UNITS);
		expect(await stockOf(sku)).toMatchObject({ available: 0, held: 0, paying: 0, sold: UNITS });
		await expectReconciled(sku);
		const orders = await eventually(async () => {
			const recorded = await ordersOf(sku);
			expect(recorded).toHaveLength(UNITS);
			return recorded;
		});
		for (const order of orders) {
			expect(order).toMatchObject({ status: "paid", total: usd(paid.get(order.id) ?? -1), refunded: usd(0) });
		}
	});
});
