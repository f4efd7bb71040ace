/** Vendure as a target, by its GraphQL: guests who put units into a cart, go to the till and pay. It knows no holds. */
import { pooledFetch } from "../../../../src/cli/pooled-fetch.ts";
import type { Answer } from "../../../../src/cli/race/history.ts";
import type { Target, TargetFactory } from "../../../../src/cli/race/target.ts";
import { startPeer } from "../start-peer.ts";

/** What a buyer's requests have in common. */
interface Session {
	readonly token: string;
	readonly email: string;
}
interface Line {
	readonly id: string;
	readonly quantity: number;
}
interface Order {
	readonly code: string;
	readonly state: string;
	readonly lines: readonly Line[];
	readonly payments: readonly { readonly state: string }[] | null;
}

const ORDER = "code state lines { id quantity } payments { state }";
const RESULT = "__typename ... on ErrorResult { message }";
const ADDRESS = `{ streetLine1: "Ring 1", city: "Vienna", postalCode: "1010", countryCode: "AT" }`;

export default (async ({ signal: stopped }): Promise<Target> => {
	const shop = await startPeer("vendure", import.meta.dirname, stopped);
	const { fetch, close } = pooledFetch(64);
	const variants = new Map<string, string>();

	const send = async (api: "shop" | "admin", query: string, token: string, signal?: AbortSignal) => {
		const response = await fetch(`${shop.origin}/${api}-api`, {
			method: "POST",
			headers: { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) },
			body: JSON.stringify({ query }),
			signal: signal ?? null,
		});
		// biome-ignore lint/suspicious/noExplicitAny: whoever asks knows what comes
		const { data, errors } = (await response.json()) as any;
		return { data, errors, token: response.headers.get("vendure-auth-token") ?? token };
	};
	const login = `mutation { login(username: "merchant", password: "${shop.details}") { __typename } }`;
	const { token: adminToken } = await send("admin", login, "");
	const admin = async (query: string) => {
		const { data, errors } = await send("admin", query, adminToken);
		if (errors !== undefined) throw new Error(JSON.stringify(errors));
		return data;
	};
	const ask = async (session: unknown, query: string, signal?: AbortSignal) => {
		const { data, errors } = await send("shop", query, (session as Session).token, signal);
		if (errors !== undefined) throw new ShopFailedError(JSON.stringify(errors));
		return data;
	};
	const readCart = async (session: unknown, signal?: AbortSignal): Promise<Order | null> =>
		(await ask(session, `{ activeOrder { ${ORDER} } }`, signal)).activeOrder;
	/** A guest may read an order by its code when it has been placed, and the cart until then. */
	const readOrder = async (session: unknown, code: unknown): Promise<Answer> => {
		const cart = await readCart(session);
		if (cart !== null && cart.code === code) return meaningOf(cart);
		const query = `{ orderByCode(code: "${code}") { ${ORDER} } }`;
		const { data, errors } = await send("shop", query, (session as Session).token);
		if (errors?.[0].extensions.code === "FORBIDDEN") return { kind: "none" };
		if (errors !== undefined) throw new ShopFailedError(JSON.stringify(errors));
		return meaningOf(data.orderByCode);
	};

	/** Makes the cart have so many units, whatever it had: who asks twice means the same units. */
	const fillCart = async (session: unknown, sku: string, units: number, signal: AbortSignal): Promise<Answer> => {
		const line = (await readCart(session, signal))?.lines[0];
		if (line?.quantity === units) return { kind: "carted", units };
		const change = line
			? `adjustOrderLine(orderLineId: "${line.id}", quantity: ${units})`
			: `addItemToOrder(productVariantId: "${variants.get(sku)}", quantity: ${units})`;
		const { change: result } = await ask(session, `mutation { change: ${change} { ${RESULT} } }`, signal);
		if (result.__typename === "Order") return { kind: "carted", units };
		if (result.__typename === "InsufficientStockError") {
			// It puts in what there is, and a second click may find the units of the first.
			const has = (await readCart(session, signal))?.lines[0]?.quantity ?? 0;
			return has >= units ? { kind: "carted", units } : { kind: "refused" };
		}
		throw new ShopFailedError(result.message);
	};

	return {
		name: "Vendure 3.7.3",
		promises: { staleMs: 0, clockMs: 0, graceMs: 0 },
		async putStock(sku, units) {
			const words = `translations: [{ languageCode: en, name: "${sku}", slug: "${sku}", description: "" }]`;
			const { createProduct } = await admin(`mutation { createProduct(input: { ${words} }) { id } }`);
			const variant = `productId: "${createProduct.id}", sku: "${sku}", price: 1999, stockOnHand: ${units},
				trackInventory: TRUE, translations: [{ languageCode: en, name: "${sku}" }]`;
			const made = await admin(`mutation { createProductVariants(input: [{ ${variant} }]) { id } }`);
			variants.set(sku, made.createProductVariants[0].id);
		},
		async openSession(buyer): Promise<Session> {
			const { token } = await send("shop", "{ activeOrder { code } }", "");
			return { token, email: `${buyer.replaceAll(" ", "-")}@example.com` };
		},
		reserve: (session, sku, units, { signal }) => answered(() => fillCart(session, sku, units, signal)),
		release: (session, _sku, { signal }) =>
			answered(async () => {
				const back = `transitionOrderToState(state: "AddingItems") { ${RESULT} }`;
				const { state } = (await readCart(session, signal)) ?? {};
				if (state === undefined) return { kind: "none" };
				const isAtTill = state === "ArrangingPayment";
				await ask(session, `mutation { ${isAtTill ? back : ""} removeAllOrderLines { ${RESULT} } }`, signal);
				return { kind: "released" };
			}),
		async checkOut(session, sku, units, { signal }) {
			let order: string | null = null;
			const answer = await answered(async () => {
				if ((await readCart(session, signal))?.state !== "ArrangingPayment") {
					const filled = await fillCart(session, sku, units, signal);
					if (filled.kind !== "carted") return filled;
					const customer = `{ firstName: "A", lastName: "Buyer", emailAddress: "${(session as Session).email}" }`;
					const { arrived } = await ask(
						session,
						`mutation {
							setCustomerForOrder(input: ${customer}) { ${RESULT} }
							setOrderShippingAddress(input: ${ADDRESS}) { ${RESULT} }
							setOrderShippingMethod(shippingMethodId: ["1"]) { ${RESULT} }
							arrived: transitionOrderToState(state: "ArrangingPayment") {
								... on OrderStateTransitionError { transitionError }
							}
						}`,
						signal,
					);
					if (/insufficient stock/.test(arrived?.transitionError)) return { kind: "refused" };
				}
				const cart = await readCart(session, signal);
				if (cart?.state !== "ArrangingPayment") throw new ShopFailedError(`the order is ${cart?.state}`);
				order = cart.code;
				return { kind: "carted", units: unitsOf(cart) };
			});
			return { answer, order };
		},
		pay: (session, order, approves, { signal }) =>
			answered(async () => {
				const input = `{ method: "card", metadata: { approves: ${approves} } }`;
				const { paid } = await ask(
					session,
					`mutation { paid: addPaymentToOrder(input: ${input}) { ${RESULT} } }`,
					signal,
				);
				return paid.__typename === "PaymentDeclinedError" ? { kind: "declined" } : await readOrder(session, order);
			}),
		readOrder: (session, order) => answered(() => readOrder(session, order)),
		async readStock(sku) {
			const fields = "stockLevels { stockOnHand stockAllocated }";
			const { productVariant } = await admin(`{ productVariant(id: "${variants.get(sku)}") { ${fields} } }`);
			const [{ stockOnHand, stockAllocated }] = productVariant.stockLevels;
			// Units less than none are no units.
			return { kind: "stock", available: Math.max(0, stockOnHand - stockAllocated), sold: stockAllocated };
		},
		async close() {
			close();
			await shop.close();
		},
	};
}) satisfies TargetFactory;

class ShopFailedError extends Error {}

/** GraphQL has no statuses: an error that no type stands for is the shop's fault. */
const answered = (ask: () => Promise<Answer>): Promise<Answer> =>
	ask().catch((error: unknown): Answer => {
		if (error instanceof ShopFailedError) return { kind: "failed", status: 500 };
		throw error;
	});

const unitsOf = ({ lines }: Order): number => lines.reduce((sum, { quantity }) => sum + quantity, 0);

/** What the shop says of an order. */
function meaningOf(order: Order): Answer {
	if (order.state === "PaymentSettled") return { kind: "sold", units: unitsOf(order) };
	const isPaid = order.payments?.some(({ state }) => state === "Settled") ?? false;
	if (order.state === "Cancelled") return { kind: isPaid ? "charged-for-nothing" : "none" };
	return { kind: "pending" };
}
