/** Medusa as a target, by its store and admin APIs. It reserves units while a cart is completed, and none before. */
import { pooledFetch } from "../../../../src/cli/pooled-fetch.ts";
import type { Answer } from "../../../../src/cli/race/history.ts";
import type { Target, TargetFactory } from "../../../../src/cli/race/target.ts";
import { startPeer } from "../start-peer.ts";

interface Session {
	readonly cart: string;
	readonly email: string;
}
interface Order {
	readonly status: string;
	readonly payment_status: string;
	readonly items: readonly { readonly quantity: number }[];
}
interface Product {
	readonly variant: string;
	readonly inventoryItem: string;
}

export default (async ({ signal: stopped }): Promise<Target> => {
	const shop = await startPeer("medusa", import.meta.dirname, stopped);
	const ids = JSON.parse(shop.details);
	const { fetch, close } = pooledFetch(64);
	const products = new Map<string, Product>();

	// biome-ignore lint/suspicious/noExplicitAny: whoever asks knows what comes
	const ask = async (method: string, path: string, body?: object, signal?: AbortSignal): Promise<any> => {
		const key = path.startsWith("/admin")
			? { authorization: `Basic ${btoa(`${ids.secret}:`)}` }
			: { "x-publishable-api-key": ids.storefront };
		const response = await fetch(shop.origin + path, {
			method,
			headers: { "content-type": "application/json", ...key },
			body: body ? JSON.stringify(body) : null,
			signal: signal ?? null,
		});
		// biome-ignore lint/suspicious/noExplicitAny: as above
		const data = (await response.json()) as any;
		if (!response.ok) throw new RefusedError(response.status, data);
		return data;
	};
	const productOf = (sku: string): Product => products.get(sku) as Product;
	/** Makes the cart have so many units, whatever it had: who asks twice means the same units. */
	const fillCart = async ({ cart: id }: Session, sku: string, units: number, signal: AbortSignal) => {
		const readLine = async () => (await ask("GET", `/store/carts/${id}`, undefined, signal)).cart.items[0];
		const line = await readLine();
		if (line?.quantity === units) return;
		const path = `/store/carts/${id}/line-items${line ? `/${line.id}` : ""}`;
		const change = { quantity: units, ...(line ? {} : { variant_id: productOf(sku).variant }) };
		await ask("POST", path, change, signal).catch(async (error: unknown) => {
			// It adds: a second click is refused for the units that the first has put in.
			if (!isShort(error) || (await readLine())?.quantity !== units) throw error;
		});
	};
	const readOrder = async ({ email }: Session): Promise<Answer> => {
		const query = `q=${encodeURIComponent(email)}&fields=status,payment_status,*items`;
		const { orders } = await ask("GET", `/admin/orders?${query}`);
		const standing: readonly Order[] = orders.filter(({ status }: Order) => status !== "canceled");
		if (standing.length === 0) return { kind: "none" };
		// An order is written before its payment, and taken back if that fails.
		if (standing.some((order) => order.payment_status !== "authorized")) return { kind: "pending" };
		const lines = standing.flatMap(({ items }) => items);
		return { kind: "sold", units: lines.reduce((sum, { quantity }) => sum + quantity, 0) };
	};

	return {
		name: "Medusa 2.21.2",
		promises: { staleMs: 0, clockMs: 0, graceMs: 0 },
		async putStock(sku, units) {
			const prices = [{ currency_code: "usd", amount: 1999 }];
			const { product } = await ask("POST", "/admin/products?fields=*variants,*variants.inventory_items", {
				...{ title: sku, status: "published", shipping_profile_id: ids.profile },
				...{ sales_channels: [{ id: ids.channel }], options: [{ title: "Size", values: ["One"] }] },
				variants: [{ title: "One", sku, options: { Size: "One" }, manage_inventory: true, prices }],
			});
			const [variant] = product.variants;
			const inventoryItem = variant.inventory_items[0].inventory_item_id;
			products.set(sku, { variant: variant.id, inventoryItem });
			const level = { location_id: ids.location, stocked_quantity: units };
			await ask("POST", `/admin/inventory-items/${inventoryItem}/location-levels`, level);
		},
		async openSession(buyer): Promise<Session> {
			const email = `${buyer.replaceAll(" ", "-")}@example.com`;
			const address = { first_name: "A", last_name: "Buyer", address_1: "Main St 1", city: "Omaha" };
			const shipping_address = { ...address, country_code: "us", postal_code: "68102" };
			const { cart } = await ask("POST", "/store/carts", { region_id: ids.region, email, shipping_address });
			return { cart: cart.id, email };
		},
		reserve: (session, sku, units, { signal }) =>
			answered(async () => {
				await fillCart(session as Session, sku, units, signal);
				return { kind: "carted", units };
			}),
		release: (session, _sku, { signal }) =>
			answered(async () => {
				const path = `/store/carts/${(session as Session).cart}`;
				const { cart } = await ask("GET", path, undefined, signal);
				for (const { id } of cart.items) await ask("DELETE", `${path}/line-items/${id}`, undefined, signal);
				return { kind: "released" };
			}),
		async checkOut(session, sku, units, { signal }) {
			let order: string | null = null;
			const answer = await answered(async () => {
				const { cart } = session as Session;
				await fillCart(session as Session, sku, units, signal);
				await ask("POST", `/store/carts/${cart}/shipping-methods`, { option_id: ids.option }, signal);
				const { payment_collection } = await ask("POST", "/store/payment-collections", { cart_id: cart }, signal);
				order = payment_collection.id;
				return { kind: "carted", units };
			});
			return { answer, order };
		},
		pay: (session, order, approves, { signal }) =>
			answered(async () => {
				const card = { provider_id: "pp_card_card" };
				await ask("POST", `/store/payment-collections/${order}/payment-sessions`, card, signal);
				// The bank says no to the buyer's browser, which then does not complete the cart.
				if (!approves) return { kind: "declined" };
				await ask("POST", `/store/carts/${(session as Session).cart}/complete`, {}, signal);
				return await readOrder(session as Session);
			}),
		readOrder: (session) => answered(() => readOrder(session as Session)),
		async readStock(sku) {
			const { inventory_levels } = await ask(
				"GET",
				`/admin/inventory-items/${productOf(sku).inventoryItem}/location-levels`,
			);
			const [{ stocked_quantity, reserved_quantity }] = inventory_levels;
			return { kind: "stock", available: Math.max(0, stocked_quantity - reserved_quantity), sold: null };
		},
		async close() {
			close();
			await shop.close();
		},
	};
}) satisfies TargetFactory;

class RefusedError extends Error {
	readonly status: number;
	readonly code: string;
	constructor(status: number, problem: { readonly code?: string; readonly message: string }) {
		super(problem.message);
		this.status = status;
		this.code = problem.code ?? "";
	}
}

const isShort = (error: unknown): boolean =>
	error instanceof RefusedError &&
	(error.code === "insufficient_inventory" || error.message.startsWith("Not enough stock"));

const answered = (ask: () => Promise<Answer>): Promise<Answer> =>
	ask().catch((error: unknown): Answer => {
		if (isShort(error)) return { kind: "refused" };
		if (error instanceof RefusedError) return { kind: "failed", status: error.status };
		throw error;
	});
