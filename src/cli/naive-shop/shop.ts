/**
 * The naive shop, a museum piece: a Worker with a D1 database, as small shops are written. Its paths and bodies are
 * Holdfast's, as far as they go; `purchase.ts` is where it goes wrong. It is no part of Holdfast and is never deployed:
 * `start.ts` runs it on this machine, for `npm run drop -- --compare` and `npm run race`.
 */
import type { D1Database } from "@cloudflare/workers-types";
import { type Context, Hono } from "hono";
import { pay, type Variant } from "./purchase.ts";
import { type Bank, type OrderRow, ShopStore } from "./shop-store.ts";
import { availabilityOf, checkoutOf, orderOf, paymentOf, productOf } from "./views.ts";

interface Env {
	readonly DB: D1Database;
	readonly ADMIN_TOKEN: string;
	readonly BANK_URL: string;
	readonly VARIANT: Variant;
}
type ShopContext = Context<{ Bindings: Env; Variables: { store: ShopStore; shopper: string } }>;

const MOST_UNITS = 10_000;

const app = new Hono<{ Bindings: Env; Variables: { store: ShopStore; shopper: string } }>();

const problem = (c: ShopContext, status: 400 | 401 | 404 | 409, name: string, more: object = {}) =>
	c.json({ type: `/problems/${name}`, title: name, status, ...more }, status, {
		"content-type": "application/problem+json",
	});

const unitsIn = ({ quantity }: { quantity?: unknown }): number | null =>
	typeof quantity === "number" && Number.isInteger(quantity) && quantity > 0 && quantity <= MOST_UNITS
		? quantity
		: null;

const bearer = (c: ShopContext) => c.req.header("authorization")?.replace(/^Bearer /, "") ?? "";

function bankAt(url: string, form: { approves?: boolean; takesMs?: number } = {}): Bank {
	const ask = async (path: string, { id, amount, currency }: OrderRow, more: object = {}) => {
		const response = await fetch(url + path, {
			method: "POST",
			body: JSON.stringify({ id, amount, currency, ...more }),
		});
		return ((await response.json()) as { ok: boolean }).ok;
	};
	return {
		charge: (order) => ask("/charges", order, form),
		refund: async (order) => void (await ask("/refunds", order)),
	};
}

app.use(async (c, next) => {
	c.set("store", new ShopStore(c.env.DB));
	await next();
});

app.use("/admin/*", async (c, next) => {
	if (bearer(c) !== c.env.ADMIN_TOKEN) return problem(c, 401, "unauthorized");
	return await next();
});

for (const path of ["/v1/reservations/*", "/v1/checkouts/*", "/v1/orders/*"]) {
	app.use(path, async (c, next) => {
		const shopper = bearer(c);
		if (shopper === "") return problem(c, 401, "unauthorized");
		c.set("shopper", shopper);
		return await next();
	});
}

app.get("/health", (c) => c.json({ status: "ok" }));

/** Whoever names a shopper is that shopper: the shop runs on one machine, for one evening. */
const openSession = (c: ShopContext, shopperId: string) =>
	c.json({ shopperId, token: shopperId, expiresAt: new Date(Date.now() + 86_400_000).toISOString() }, 201);

app.post("/v1/shoppers", (c) => openSession(c, crypto.randomUUID()));
app.post("/admin/v1/shoppers", async (c) => openSession(c, String((await c.req.json()).shopperId)));

app.get("/v1/products/:sku", async (c) => {
	const product = await c.var.store.product(c.req.param("sku"));
	return product === null ? problem(c, 404, "unknown-sku") : c.json(productOf(product));
});

/** The cart is in the browser; the shop looks whether there is enough for it. */
app.put("/v1/reservations/:sku", async (c) => {
	const sku = c.req.param("sku");
	const units = unitsIn(await c.req.json());
	const product = await c.var.store.product(sku);
	if (units === null) return problem(c, 400, "invalid-request");
	if (product === null) return problem(c, 404, "unknown-sku");
	if (product.stock < units) return problem(c, 409, "sold-out");
	return c.json({ sku, quantity: units, status: "carted", expiresAt: null }, 201);
});

app.delete("/v1/reservations/:sku", (c) => {
	return c.json({ sku: c.req.param("sku"), quantity: 0, status: "released", expiresAt: null });
});

app.post("/v1/checkouts", async (c) => {
	const { lines, email } = (await c.req.json()) as { lines?: { sku: string; quantity: unknown }[]; email?: string };
	const [line, ...others] = lines ?? [];
	const quantity = unitsIn(line ?? {});
	if (line === undefined || quantity === null || others.length > 0) return problem(c, 400, "invalid-request");
	const product = await c.var.store.product(line.sku);
	if (product === null) return problem(c, 404, "unknown-sku");
	const { sku, amount, currency, stock } = product;
	if (stock < quantity) return problem(c, 409, "lines-unavailable", { lines: [{ sku, reason: "sold-out" }] });
	const order: OrderRow = {
		...{ id: crypto.randomUUID(), shopper: c.var.shopper, email: String(email), sku, quantity, currency },
		...{ amount: amount * quantity, status: "awaiting_payment", created_at: new Date().toISOString() },
	};
	const key = c.req.header("idempotency-key") ?? order.id;
	return c.json(checkoutOf(await c.var.store.openOrder(order, key)), 201);
});

/** The shopper's card form comes here, and waits as long as the bank takes. */
app.post("/sandbox/payments/:id/confirm", async (c) => {
	const { store } = c.var;
	const { outcome, delayMs } = (await c.req.json()) as { outcome?: string; delayMs?: number };
	const order = await store.order(c.req.param("id"));
	if (order === null) return problem(c, 404, "unknown-payment");
	if (order.status !== "awaiting_payment" && order.status !== "payment_failed") return c.json(paymentOf(order));
	const form = { approves: outcome !== "decline", ...(delayMs === undefined ? {} : { takesMs: delayMs }) };
	const status = await pay(store, bankAt(c.env.BANK_URL, form), order, c.env.VARIANT);
	await store.endOrder(order.id, status);
	return status === "cancelled" ? problem(c, 409, "payment-not-payable") : c.json(paymentOf({ ...order, status }));
});

app.get("/v1/checkouts/:id", async (c) => {
	const order = await c.var.store.order(c.req.param("id"));
	if (order?.shopper !== c.var.shopper) return problem(c, 404, "unknown-checkout");
	return c.json(checkoutOf(order));
});

app.get("/v1/orders/:id", async (c) => {
	const order = await c.var.store.order(c.req.param("id"));
	if (order?.shopper !== c.var.shopper || order.status === "awaiting_payment") return problem(c, 404, "unknown-order");
	return c.json(orderOf(order));
});

app.put("/admin/v1/products/:sku", async (c) => {
	const sku = c.req.param("sku");
	const { title, price } = (await c.req.json()) as { title: string; price: { amount: number; currency: string } };
	await c.var.store.putProduct({ sku, title, ...price });
	return c.json({ sku, title, price });
});

app.post("/admin/v1/products/:sku/restock", async (c) => {
	const sku = c.req.param("sku");
	const units = unitsIn(await c.req.json());
	if (units === null) return problem(c, 400, "invalid-request");
	await c.var.store.changeStock(sku, units);
	return c.json({ sku, quantity: units }, 201);
});

app.get("/admin/v1/products/:sku/stock", async (c) => {
	const sku = c.req.param("sku");
	const [product, sold] = await Promise.all([c.var.store.product(sku), c.var.store.unitsSold(sku)]);
	if (product === null) return problem(c, 404, "unknown-sku");
	return c.json({ ...availabilityOf(product), sold });
});

app.get("/admin/v1/orders", async (c) => {
	const { orders, next } = await c.var.store.paidOrders(c.req.query("sku") ?? "", Number(c.req.query("cursor") ?? 0));
	return c.json({ orders: orders.map(orderOf), nextCursor: next === null ? null : String(next) });
});

app.post("/admin/v1/orders/:id/refund", async (c) => {
	const { restock } = (await c.req.json()) as { restock?: boolean };
	const order = await c.var.store.order(c.req.param("id"));
	if (order === null) return problem(c, 404, "unknown-order");
	if (order.status !== "completed" && order.status !== "to_refund") return problem(c, 409, "not-refundable");
	await bankAt(c.env.BANK_URL).refund(order);
	if (restock === true) await c.var.store.changeStock(order.sku, order.quantity);
	await c.var.store.endOrder(order.id, "refunded");
	return c.json(orderOf({ ...order, status: "refunded" }));
});

export default app;
