/** The units that D1 has of each SKU are the sums over its rows, after whatever happens to the rows. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { Order } from "../../src/orders/order.ts";
import { recordedUnits, skusWithUnmatchedPreorders } from "../../src/orders/order-store.ts";
import type { PreorderRecord } from "../../src/orders/preorder.ts";
import { savePreorders } from "../../src/orders/preorder-store.ts";
import { newSku } from "../support/merchant.ts";
import { storedOrder, storeOrders } from "../support/orders.ts";

/** Sums over every row, as nothing but this test computes them. */
const SUMS = `SELECT
	(SELECT IFNULL(SUM(quantity - returned), 0) FROM order_lines WHERE sku = ?1 AND fulfilment = 'in_stock')
	+ (SELECT IFNULL(SUM(quantity - returned), 0) FROM preorders WHERE sku = ?1 AND status = 'filled') AS sold,
	(SELECT IFNULL(SUM(quantity - returned), 0) FROM preorders WHERE sku = ?1 AND status = 'owed') AS owed`;

async function expectUnits(sku: string, units: { sold: number; owed: number }): Promise<void> {
	expect((await recordedUnits(env.DB, [sku])).get(sku)).toEqual(units);
	expect(await env.DB.prepare(SUMS).bind(sku).first()).toEqual(units);
}

describe("the units that D1 has of a SKU", () => {
	it("follow its orders: new, delivered again, returned in part, old, and deleted", async () => {
		const sku = newSku();
		const [order, other] = [storedOrder(1, sku), storedOrder(2, sku)];
		const of = (quantity: number, returned: number, version: number): Order => ({
			...order,
			version,
			lines: order.lines.map((line) => ({ ...line, quantity, returned })),
		});
		await storeOrders(of(5, 0, 1), other);
		await expectUnits(sku, { sold: 6, owed: 0 });
		await storeOrders(of(5, 0, 1));
		await storeOrders(of(5, 2, 2));
		await expectUnits(sku, { sold: 4, owed: 0 });
		await storeOrders(of(5, 0, 1));
		await expectUnits(sku, { sold: 4, owed: 0 });
		await env.DB.prepare("DELETE FROM order_lines WHERE order_id = ?").bind(order.id).run();
		await expectUnits(sku, { sold: 1, owed: 0 });
	});

	it("follow its pre-orders: owed, filled, returned, cancelled, and deleted", async () => {
		const sku = newSku();
		const preorder = (id: string, changes: Partial<PreorderRecord>): PreorderRecord => ({
			...{ id: `${sku} ${id}`, sku, checkoutId: "co", shopperId: "s", quantity: 3, returned: 0, status: "owed" },
			...{ expectedAtMs: null, termsVersion: "v1", version: 1, createdAtMs: 1, endedAtMs: null },
			...changes,
		});
		await savePreorders(env.DB, [preorder("a", {}), preorder("b", {})]).run();
		await expectUnits(sku, { sold: 0, owed: 6 });
		await savePreorders(env.DB, [preorder("a", { version: 2, status: "filled" })]).run();
		await expectUnits(sku, { sold: 3, owed: 3 });
		await savePreorders(env.DB, [
			preorder("a", { version: 3, status: "filled", returned: 1 }),
			preorder("b", { version: 2, status: "cancelled", returned: 3 }),
		]).run();
		await expectUnits(sku, { sold: 2, owed: 0 });
		await env.DB.prepare("DELETE FROM preorders WHERE sku = ?").bind(sku).run();
		await expectUnits(sku, { sold: 0, owed: 0 });
	});

	it("tell which SKUs have pre-orders that no order has, or the reverse", async () => {
		const [order, sku] = [storedOrder(1, newSku()), newSku()];
		const of = (status: "owed" | "filled" | "cancelled", version: number): Order => ({
			...order,
			version,
			lines: order.lines.map((line) => ({
				...{ ...line, sku, quantity: 2, fulfilment: "preorder" },
				preorder: { status, expectedAtMs: null, termsVersion: "v1" },
			})),
		});
		const preorder = (status: "owed" | "filled" | "cancelled", version: number): PreorderRecord => ({
			...{ id: `${sku} a`, sku, checkoutId: "co", shopperId: "s", quantity: 2, returned: 0, status, version },
			...{ expectedAtMs: null, termsVersion: "v1", createdAtMs: 1, endedAtMs: null },
		});
		const unmatched = () => skusWithUnmatchedPreorders(env.DB, [sku, newSku()]);
		await savePreorders(env.DB, [preorder("owed", 1)]).run();
		expect(await unmatched()).toEqual([sku]);
		await storeOrders(of("owed", 1));
		expect(await unmatched()).toEqual([]);
		// Filled is still the same unit.
		await storeOrders(of("filled", 2));
		expect(await unmatched()).toEqual([]);
		await savePreorders(env.DB, [preorder("cancelled", 2)]).run();
		expect(await unmatched()).toEqual([sku]);
		await storeOrders(of("cancelled", 3));
		expect(await unmatched()).toEqual([]);
	});

	it("are taken up from the rows that were there before", async () => {
		const [sold, owed] = [newSku(), newSku()];
		await storeOrders(storedOrder(1, sold), storedOrder(2, sold));
		const record = { id: owed, sku: owed, checkoutId: "co", shopperId: "s", quantity: 4, returned: 1 } as const;
		const rest = { expectedAtMs: null, termsVersion: "v1", version: 1, createdAtMs: 1, endedAtMs: null } as const;
		await savePreorders(env.DB, [{ ...record, ...rest, status: "owed" }]).run();
		const migration = env.TEST_MIGRATIONS.find(({ name }) => name.startsWith("0003"));
		const begin = migration?.queries.find(
			(query) => query.includes("INSERT INTO sku_units") && !query.includes("TRIGGER"),
		);
		await env.DB.batch([env.DB.prepare("DELETE FROM sku_units"), env.DB.prepare(begin ?? "")]);
		await expectUnits(sold, { sold: 2, owed: 0 });
		await expectUnits(owed, { sold: 0, owed: 3 });
	});
});
