/** Medusa as its storefront and its merchant's server see it: the requests that a purchase is made of. */
import { pooledFetch } from "../../../../src/cli/pooled-fetch.ts";
import type { Answer } from "../../../../src/cli/race/history.ts";
import type { Peer } from "../start-peer.ts";

export interface Session {
	readonly cart: string;
	readonly email: string;
}
export interface Order {
	readonly id: string;
	readonly status: string;
	readonly payment_status: string;
	readonly total: number;
	readonly items: readonly { readonly quantity: number }[];
	readonly metadata: Readonly<Record<string, unknown>> | null;
}
interface Product {
	readonly variant: string;
	/** Null where Medusa does not count the units. */
	readonly inventoryItem: string | null;
}

/** What a unit costs, in the major unit, as Medusa counts. */
export const PRICE = 19.99;
export const CURRENCY = "usd";

export class Storefront {
	readonly #shop: Peer;
	// biome-ignore lint/suspicious/noExplicitAny: `shop.mjs` says what it made
	readonly #ids: any;
	readonly #connections = pooledFetch(64);
	readonly #products = new Map<string, Product>();

	constructor(shop: Peer) {
		this.#shop = shop;
		this.#ids = JSON.parse(shop.details);
	}

	// biome-ignore lint/suspicious/noExplicitAny: whoever asks knows what comes
	async ask(method: string, path: string, body?: object, signal?: AbortSignal): Promise<any> {
		const key = path.startsWith("/admin")
			? { authorization: `Basic ${btoa(`${this.#ids.secret}:`)}` }
			: { "x-publishable-api-key": this.#ids.storefront };
		const response = await this.#connections.fetch(this.#shop.origin + path, {
			method,
			headers: { "content-type": "application/json", ...key },
			body: body ? JSON.stringify(body) : null,
			signal: signal ?? null,
		});
		// biome-ignore lint/suspicious/noExplicitAny: as above
		const data = (await response.json()) as any;
		if (!response.ok) throw new RefusedError(response.status, data);
		return data;
	}

	/** @param units what Medusa has of it; null when another system counts them, which `metadata` of the variant may name */
	async putProduct(sku: string, units: number | null, metadata: object = {}): Promise<void> {
		const prices = [{ currency_code: CURRENCY, amount: PRICE }];
		const variant = { title: "One", sku, options: { Size: "One" }, manage_inventory: units !== null, prices, metadata };
		const { product } = await this.ask("POST", "/admin/products?fields=*variants,*variants.inventory_items", {
			...{ title: sku, status: "published", shipping_profile_id: this.#ids.profile },
			...{ sales_channels: [{ id: this.#ids.channel }], options: [{ title: "Size", values: ["One"] }] },
			variants: [variant],
		});
		const [{ id, inventory_items: items = [] }] = product.variants;
		const inventoryItem: string | null = items[0]?.inventory_item_id ?? null;
		this.#products.set(sku, { variant: id, inventoryItem });
		if (units === null) return;
		const level = { location_id: this.#ids.location, stocked_quantity: units };
		await this.ask("POST", `/admin/inventory-items/${inventoryItem}/location-levels`, level);
	}

	async openCart(buyer: string): Promise<Session> {
		const email = `${buyer.replaceAll(" ", "-")}@example.com`;
		const address = { first_name: "A", last_name: "Buyer", address_1: "Main St 1", city: "Omaha" };
		const shipping_address = { ...address, country_code: "us", postal_code: "68102" };
		const { cart } = await this.ask("POST", "/store/carts", { region_id: this.#ids.region, email, shipping_address });
		return { cart: cart.id, email };
	}

	/** Makes the cart have so many units, whatever it had: who asks twice means the same units. */
	async fillCart({ cart: id }: Session, sku: string, units: number, signal: AbortSignal): Promise<void> {
		const readLine = async () => (await this.ask("GET", `/store/carts/${id}`, undefined, signal)).cart.items[0];
		const line = await readLine();
		if (line?.quantity === units) return;
		const path = `/store/carts/${id}/line-items${line ? `/${line.id}` : ""}`;
		const change = { quantity: units, ...(line ? {} : { variant_id: this.#product(sku).variant }) };
		await this.ask("POST", path, change, signal).catch(async (error: unknown) => {
			// It adds: a second click is refused for the units that the first has put in.
			if (!isShort(error) || (await readLine())?.quantity !== units) throw error;
		});
	}

	async emptyCart({ cart: id }: Session, signal: AbortSignal): Promise<void> {
		const path = `/store/carts/${id}`;
		const { cart } = await this.ask("GET", path, undefined, signal);
		for (const item of cart.items) await this.ask("DELETE", `${path}/line-items/${item.id}`, undefined, signal);
	}

	/** Goes to the till. @returns the id of what collects the payment */
	async goToTheTill({ cart }: Session, signal: AbortSignal): Promise<string> {
		await this.ask("POST", `/store/carts/${cart}/shipping-methods`, { option_id: this.#ids.option }, signal);
		const { payment_collection } = await this.ask("POST", "/store/payment-collections", { cart_id: cart }, signal);
		return payment_collection.id;
	}

	/** Begins a payment by card. */
	async openPayment(collection: string, signal: AbortSignal): Promise<void> {
		const path = `/store/payment-collections/${collection}/payment-sessions`;
		await this.ask("POST", path, { provider_id: "pp_card_card" }, signal);
	}

	/** @returns the provider's id of the cart's payment, for the buyer's browser; null when there is none */
	async readPayment({ cart: id }: Session, signal: AbortSignal): Promise<string | null> {
		const path = `/store/carts/${id}?fields=id,payment_collection.payment_sessions.*`;
		const { cart } = await this.ask("GET", path, undefined, signal);
		return cart.payment_collection?.payment_sessions?.[0]?.data.id ?? null;
	}

	/** @returns whether there is an order: not without the bank's yes */
	async complete({ cart }: Session, signal: AbortSignal): Promise<boolean> {
		const { type } = await this.ask("POST", `/store/carts/${cart}/complete`, {}, signal);
		return type === "order";
	}

	/** The orders that stand, by what tells buyers apart: their e-mail, or their product. */
	async standingOrders(words: string): Promise<readonly Order[]> {
		const query = `q=${encodeURIComponent(words)}&fields=id,status,payment_status,total,metadata,*items`;
		const { orders } = await this.ask("GET", `/admin/orders?limit=200&${query}`);
		return orders.filter(({ status }: Order) => status !== "canceled");
	}

	async readOrder({ email }: Session): Promise<Answer> {
		const standing = await this.standingOrders(email);
		if (standing.length === 0) return { kind: "none" };
		// An order is written before its payment, and taken back if that fails.
		if (standing.some((order) => order.payment_status !== "authorized")) return { kind: "pending" };
		const lines = standing.flatMap(({ items }) => items);
		return { kind: "sold", units: lines.reduce((sum, { quantity }) => sum + quantity, 0) };
	}

	async readStock(sku: string): Promise<Answer> {
		const path = `/admin/inventory-items/${this.#product(sku).inventoryItem}/location-levels`;
		const { inventory_levels } = await this.ask("GET", path);
		const [{ stocked_quantity, reserved_quantity }] = inventory_levels;
		return { kind: "stock", available: Math.max(0, stocked_quantity - reserved_quantity), sold: null };
	}

	async close(): Promise<void> {
		this.#connections.close();
		await this.#shop.close();
	}

	#product(sku: string): Product {
		return this.#products.get(sku) as Product;
	}
}

export class RefusedError extends Error {
	readonly status: number;
	readonly code: string;
	constructor(status: number, problem: { readonly code?: string; readonly message: string }) {
		super(problem.message);
		this.status = status;
		this.code = problem.code ?? "";
	}
}

export const isShort = (error: unknown): boolean =>
	error instanceof RefusedError &&
	(error.code === "insufficient_inventory" || error.message.startsWith("Not enough stock"));

export const answered = (ask: () => Promise<Answer>): Promise<Answer> =>
	ask().catch((error: unknown): Answer => {
		if (isShort(error)) return { kind: "refused" };
		if (error instanceof RefusedError) return { kind: "failed", status: error.status };
		throw error;
	});
