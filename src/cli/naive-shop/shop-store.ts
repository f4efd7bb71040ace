/** The naive shop's tables, a museum piece. Every statement of its SQL is here. */
import type { D1Database } from "@cloudflare/workers-types";

export interface ProductRow {
	readonly sku: string;
	readonly title: string;
	readonly amount: number;
	readonly currency: string;
	readonly stock: number;
}

/** A checkout, and the order that it becomes. Its id names the payment too. */
export interface OrderRow {
	readonly id: string;
	readonly shopper: string;
	readonly email: string;
	readonly sku: string;
	readonly quantity: number;
	readonly amount: number;
	readonly currency: string;
	/** `to_refund`: paid, and there are no units for it. */
	readonly status: "awaiting_payment" | "payment_failed" | "cancelled" | "completed" | "to_refund" | "refunded";
	readonly created_at: string;
}

/** Whoever takes the money: the shop waits for its answer. */
export interface Bank {
	/** @returns whether the money was taken */
	charge(order: OrderRow): Promise<boolean>;
	refund(order: OrderRow): Promise<void>;
}

const PAGE = 200;

export class ShopStore {
	readonly #db: D1Database;

	constructor(db: D1Database) {
		this.#db = db;
	}

	async stockOf(sku: string): Promise<number> {
		return (await this.#db.prepare("SELECT stock FROM products WHERE sku = ?").bind(sku).first<number>("stock")) ?? 0;
	}

	async changeStock(sku: string, by: number): Promise<void> {
		await this.#db.prepare("UPDATE products SET stock = stock + ? WHERE sku = ?").bind(by, sku).run();
	}

	/** @returns false when there were not enough */
	async takeUnits(sku: string, units: number): Promise<boolean> {
		const take = "UPDATE products SET stock = stock - ?1 WHERE sku = ?2 AND stock >= ?1";
		return (await this.#db.prepare(take).bind(units, sku).run()).meta.changes > 0;
	}

	product(sku: string): Promise<ProductRow | null> {
		return this.#db.prepare("SELECT * FROM products WHERE sku = ?").bind(sku).first<ProductRow>();
	}

	async putProduct({ sku, title, amount, currency }: Omit<ProductRow, "stock">): Promise<void> {
		const put = `INSERT INTO products (sku, title, amount, currency) VALUES (?1, ?2, ?3, ?4)
			ON CONFLICT (sku) DO UPDATE SET title = ?2, amount = ?3, currency = ?4`;
		await this.#db.prepare(put).bind(sku, title, amount, currency).run();
	}

	/** The order of this shopper and key: the one that is there, or this one. */
	async openOrder(order: OrderRow, key: string): Promise<OrderRow> {
		const { id, shopper, email, sku, quantity, amount, currency, status, created_at } = order;
		const open = `INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (shopper, key) DO UPDATE SET key = excluded.key RETURNING *`;
		const values = [id, shopper, key, email, sku, quantity, amount, currency, status, created_at];
		return (
			(await this.#db
				.prepare(open)
				.bind(...values)
				.first<OrderRow>()) ?? order
		);
	}

	order(id: string): Promise<OrderRow | null> {
		return this.#db.prepare("SELECT * FROM orders WHERE id = ?").bind(id).first<OrderRow>();
	}

	async endOrder(id: string, status: OrderRow["status"]): Promise<void> {
		await this.#db.prepare("UPDATE orders SET status = ? WHERE id = ?").bind(status, id).run();
	}

	/** A page of the orders that were paid, the oldest first. */
	async paidOrders(sku: string, after: number): Promise<{ orders: OrderRow[]; next: number | null }> {
		const page = `SELECT rowid AS place, * FROM orders
			WHERE sku = ? AND rowid > ? AND status IN ('completed', 'to_refund', 'refunded') ORDER BY rowid LIMIT ?`;
		const { results } = await this.#db.prepare(page).bind(sku, after, PAGE).all<OrderRow & { place: number }>();
		return { orders: results, next: results.length === PAGE ? (results.at(-1)?.place ?? null) : null };
	}

	async unitsSold(sku: string): Promise<number> {
		const sum = "SELECT SUM(quantity) AS units FROM orders WHERE sku = ? AND status = 'completed'";
		return (await this.#db.prepare(sum).bind(sku).first<number>("units")) ?? 0;
	}
}
