/** No list of D1 reads a whole table: SQLite finds an index for each statement, with whatever filters are set. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { listOpen } from "../../src/catalog/open-sku-store.ts";
import { findProduct, listProducts, listShownProducts } from "../../src/catalog/product-store.ts";
import { differsSinceMs, notComparedSince } from "../../src/operations/snapshot-store.ts";
import {
	endedBefore,
	listEndedCheckouts,
	removeEndedCheckouts,
	saveEndedCheckouts,
	unlistedCheckouts,
} from "../../src/orders/ended-checkout-store.ts";
import {
	changedOrders,
	countChangedOrders,
	findOrder,
	listOrders,
	type OrderFilter,
	recordedUnits,
	skusWithUnmatchedPreorders,
	unitsInOrders,
} from "../../src/orders/order-store.ts";
import { findPreorder, lackingPreorders, listPreorders, type PreorderFilter } from "../../src/orders/preorder-store.ts";
import { countUnsettled, listUnsettled } from "../../src/orders/unsettled-store.ts";

/** What SQLite is going to do for each statement that `work` prepares. */
async function plansOf(work: (db: D1Database) => Promise<unknown>): Promise<string[]> {
	const explained: D1PreparedStatement[] = [];
	const db = new Proxy(env.DB, {
		get(real, name) {
			if (name !== "prepare") return Reflect.get(real, name);
			return (query: string) => {
				const [statement, plan] = [real.prepare(query), real.prepare(`EXPLAIN QUERY PLAN ${query}`)];
				if (!query.includes("?")) explained.push(plan);
				return new Proxy(statement, {
					get(prepared, method) {
						const member = Reflect.get(prepared, method);
						if (method !== "bind") return typeof member === "function" ? member.bind(prepared) : member;
						return (...bindings: unknown[]) => {
							explained.push(plan.bind(...bindings));
							return prepared.bind(...bindings);
						};
					},
				});
			};
		},
	});
	await work(db);
	expect(explained).not.toEqual([]);
	const plans = await env.DB.batch<{ detail: string }>(explained);
	return plans.flatMap(({ results }) => results.map(({ detail }) => detail));
}

const ENDED = { checkoutId: "co_1", version: 1, shopperId: "s_1", endedAtMs: 1 };
const AFTER = { completedAtMs: 1, id: "or_1" };
const orders = (filter: Partial<OrderFilter>) => (db: D1Database) =>
	listOrders(db, { status: null, sku: null, after: null, limit: 2, ...filter });
const preorders = (filter: Partial<PreorderFilter>) => (db: D1Database) =>
	listPreorders(db, { status: null, sku: null, afterId: "p_1", limit: 2, ...filter });

const READS: Record<string, (db: D1Database) => Promise<unknown>> = {
	"all orders": orders({}),
	"all orders, on": orders({ after: AFTER }),
	"orders by status": orders({ status: "disputed" }),
	"orders by status, on": orders({ status: "disputed", after: AFTER }),
	"orders of a SKU": orders({ sku: "a" }),
	"orders of a SKU, on": orders({ sku: "a", after: AFTER }),
	"orders of a SKU by status, on": orders({ sku: "a", status: "paid", after: AFTER }),
	"ended checkouts of a shopper": (db) => listEndedCheckouts(db, { shopperId: "s_1" }, "co_1", 2),
	"ended checkouts by an e-mail address": (db) => listEndedCheckouts(db, { email: "ada@example.com" }, "co_1", 2),
	"ended checkouts that are too old": async (db) => void saveEndedCheckouts(db, [ENDED], 1),
	"checkouts that ended long ago": (db) => endedBefore(db, 9, { endedAtMs: 1, checkoutId: "co_1" }, 2),
	"ended checkouts that are done": (db) => removeEndedCheckouts(db, ["co_1"], 1),
	"checkouts on no list": (db) => unlistedCheckouts(db, ["co_1"]),
	"pre-orders that D1 lacks": (db) => lackingPreorders(db, [{ id: "p_1", version: 1 }]),
	"SKUs whose sales were not compared": (db) => notComparedSince(db, ["a"], 1),
	"orders of a shopper": orders({ shopperId: "s_1" }),
	"orders of a shopper, on": orders({ shopperId: "s_1", after: AFTER }),
	"orders of an address": orders({ email: "ada@example.com" }),
	"orders of an address by status, on": orders({ email: "ada@example.com", status: "paid", after: AFTER }),
	"orders of a day": orders({ fromMs: 1, toMs: 2 }),
	"an order": (db) => findOrder(db, "or_1"),
	"units of SKUs": (db) => recordedUnits(db, ["a", "b"]),
	"SKUs with unmatched pre-orders": (db) => skusWithUnmatchedPreorders(db, ["a"]),
	"units of orders": (db) => unitsInOrders(db, "a", ["or_1", "or_2"]),
	"orders that changed": (db) => changedOrders(db, { changedAtMs: 1, id: "" }, 2),
	"how many orders changed": (db) => countChangedOrders(db, { changedAtMs: 1, id: "" }),
	"all pre-orders": preorders({}),
	"pre-orders by status": preorders({ status: "owed" }),
	"pre-orders of a SKU": preorders({ sku: "a" }),
	"pre-orders of a SKU by status": preorders({ sku: "a", status: "owed" }),
	"a pre-order": (db) => findPreorder(db, "p_1"),
	"open SKUs": (db) => listOpen(db, "a", 2),
	"since when D1 differs": (db) => differsSinceMs(db),
	"what is unsettled": (db) => listUnsettled(db, { sinceMs: 1, checkoutId: "co_1" }, 2),
	"how much is unsettled": (db) => countUnsettled(db),
	products: (db) => listProducts(db, "a", 2),
	"products that are shown": (db) => listShownProducts(db, "a", 2),
	"a product": (db) => findProduct(db, "a"),
};

/** Walks that are meant: the newest orders as far as the page goes, and what is unsettled now. */
const MEANT: Record<string, string> = {
	"all orders": "SCAN orders USING INDEX orders_newest",
	"how much is unsettled": "SCAN unsettled USING INDEX unsettled_oldest",
};

/** Of what is sorted there is little: what the shoppers of one address did not buy within two months. */
const SORTS = ["ended checkouts by an e-mail address"];

describe("a list of D1", () => {
	it.each(Object.entries(READS))("is served by an index: %s", async (name, read) => {
		const plans = await plansOf(read);
		// `json_each` is the list of what was asked for, and a subquery the lines of one order.
		const walks = plans.filter((step) => /\bSCAN (?!json_each|\(subquery)/.test(step));
		expect(walks.filter((step) => step !== MEANT[name])).toEqual([]);
		const sorts = plans.filter((step) => step.includes("FOR ORDER BY"));
		expect(sorts).toHaveLength(SORTS.includes(name) ? 1 : 0);
	});
});
