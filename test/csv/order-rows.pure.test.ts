/** Orders as rows: what is the order's stands once, and the amounts add up. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ExportedOrder, ORDER_HEADER, orderRows } from "../../src/csv/order-rows.ts";

const usd = (amount: number) => ({ amount, currency: "USD" });
const line = (sku: string, quantity: number, price: number) => ({
	...{
		sku,
		title: `The ${sku}`,
		quantity,
		unitPrice: usd(price),
		fulfilment: "in_stock" as const,
		refunded: 0,
		returned: 0,
	},
});

function order(draft: Partial<ExportedOrder> = {}): ExportedOrder {
	return {
		...{ id: "or_1", checkoutId: "co_1", shopperId: "s_1", status: "paid", email: "ada@example.com", unsettled: null },
		...{
			lines: [line("mug", 2, 1_000), line("cup", 1, 500)],
			total: usd(2_500),
			refunded: usd(0),
			refundPending: usd(0),
		},
		...{
			payment: { provider: "stripe", id: "pi_1" },
			createdAt: "2026-12-12T12:00:05.000Z",
			completedAt: "2026-12-12T12:01:30.000Z",
		},
		...draft,
	};
}

const rowsOf = (draft: Partial<ExportedOrder> = {}) =>
	orderRows(order(draft)).map((cells) => Object.fromEntries(cells.map((cell, at) => [ORDER_HEADER[at], cell])));

describe("an order", () => {
	it("has a row for each line, and what is its own in the first", () => {
		const [first, second, ...others] = rowsOf();
		expect(others).toEqual([]);
		expect(first).toMatchObject({
			...{ Name: "or_1", "Paid at": "2026-12-12 12:01:30 +0000", Subtotal: "25.00", Total: "25.00" },
			...{ "Lineitem sku": "mug", "Lineitem quantity": 2, "Lineitem price": "10.00", "Payment Reference": "pi_1" },
		});
		expect(second).toMatchObject({
			...{ Name: "or_1", Email: "ada@example.com", "Paid at": "", Subtotal: "", Total: "", "Payment Reference": "" },
			...{ "Lineitem sku": "cup", "Lineitem quantity": 1, "Lineitem price": "5.00" },
		});
	});

	it("has its amounts and its address in Shopify's columns", () => {
		const [row] = rowsOf({
			total: usd(2_840),
			adjustments: [
				{ kind: "shipping", amount: usd(490) },
				{ kind: "tax", amount: usd(50) },
				{ kind: "fee", amount: usd(100) },
				{ kind: "discount", amount: usd(-300) },
			],
			shipTo: {
				name: "Ada Lovelace",
				line1: "12 St James's Square",
				line2: "Flat 2",
				city: "London",
				postalCode: "SW1Y 4JH",
				country: "GB",
			},
			metadata: { cart: "8842" },
		} as Partial<ExportedOrder>);
		expect(row).toMatchObject({
			...{
				Subtotal: "22.00",
				Shipping: "4.90",
				Taxes: "0.50",
				Fees: "1.00",
				"Discount Amount": "3.00",
				Total: "28.40",
			},
			...{
				"Shipping Name": "Ada Lovelace",
				"Shipping Street": "12 St James's Square, Flat 2",
				"Shipping Zip": "SW1Y 4JH",
			},
			...{ "Shipping Province": "", "Shipping Country": "GB", "Note Attributes": "cart: 8842" },
		});
	});

	it("says which of its lines are pre-orders, and what they are now", () => {
		const preorder = { ...line("mug", 1, 1_000), fulfilment: "preorder" as const, preorder: "owed" as const };
		const lines = [{ ...preorder, expectedAt: null, termsVersion: "v1", acceptedAt: null }];
		expect(rowsOf({ lines })).toMatchObject([{ "Lineitem pre-order": "owed" }]);
	});

	it("has amounts that add up to the cent, whatever they are", () => {
		const minor = fc.integer({ min: 0, max: 1_000_000 });
		fc.assert(
			fc.property(
				fc.record({
					shipping: minor,
					tax: minor,
					fee: minor,
					discount: minor,
					quantity: fc.integer({ min: 1, max: 50 }),
					price: minor,
				}),
				(one) => {
					const adjustments = (["shipping", "tax", "fee"] as const).map((kind) => ({ kind, amount: usd(one[kind]) }));
					const total = one.quantity * one.price + one.shipping + one.tax + one.fee - one.discount;
					const draft = {
						lines: [line("mug", one.quantity, one.price)],
						total: usd(total),
						adjustments: [...adjustments, { kind: "discount", amount: usd(-one.discount) }],
					};
					const [row = {}] = rowsOf(draft as Partial<ExportedOrder>);
					const cents = (name: string) => Math.round(Number(row[name]) * 100);
					expect(cents("Subtotal") + cents("Shipping") + cents("Taxes") + cents("Fees")).toBe(cents("Total"));
				},
			),
		);
	});
});
