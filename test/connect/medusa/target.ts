/**
 * Medusa with Holdfast behind it, as a target of the race detector, and Medusa alone for comparison (`alone.ts`). In both
 * the buyer's browser confirms the payment at the bank before the cart is completed, as Medusa's guide to Stripe has it.
 *
 * Money that was set aside for units that the buyer does not get was for nothing, whoever calls it off and when: so it is
 * counted for Holdfast's own target too.
 */

import type { Answer } from "../../../src/cli/race/history.ts";
import type { Target, TargetFactory, TargetOptions } from "../../../src/cli/race/target.ts";
import { unwrap } from "../../../src/client/index.ts";
import { answered, CURRENCY, isShort, PRICE, type Session } from "../../race/peers/medusa/storefront.ts";
import { CENTS, type Shop, startShop } from "./start.ts";

const GRACE_SECONDS = 2;
/** The Worker's clock stands still while it computes. */
const CLOCK_MS = 100;

interface Buyer extends Session {
	/** What the bank knows of them, the newest last. */
	readonly payments: string[];
	/** How often the shop was asked to complete the cart, and did not. */
	asked: number;
	refused: number;
}

/** Opens the target at a shop that is running. The caller ends the shop. */
export function openTarget(shop: Shop, { holdMs }: Pick<TargetOptions, "holdMs">): Target {
	const { storefront, bank, holdfast } = shop;
	const seconds = Math.ceil(holdMs / 1000);
	const policy = { holdSeconds: seconds, paymentWindowSeconds: seconds, paymentGraceSeconds: GRACE_SECONDS };

	/** The bank has the last word on money, and Medusa on the order. */
	const readOrder = async (buyer: Buyer): Promise<Answer> => {
		const order = await storefront.readOrder(buyer);
		if (order.kind !== "none" || buyer.asked === 0) return order;
		// Asked twice at once, or without an answer, it may yet write an order.
		if (buyer.refused < buyer.asked) return { kind: "pending" };
		const paid = buyer.payments.some((id) => bank.read(id).wasAuthorized);
		return paid ? { kind: "charged-for-nothing" } : { kind: "refused" };
	};
	const complete = async (buyer: Buyer, signal: AbortSignal): Promise<void> => {
		buyer.asked += 1;
		const isOrdered = await storefront.complete(buyer, signal).catch((error: unknown) => {
			if (!isShort(error)) throw error;
			return false;
		});
		if (!isOrdered) buyer.refused += 1;
	};

	return {
		name: holdfast === null ? "Medusa 2.21.2" : "Medusa 2.21.2 with Holdfast",
		promises:
			holdfast === null
				? { staleMs: 0, clockMs: 0, graceMs: 0 }
				: { staleMs: 0, clockMs: CLOCK_MS, graceMs: GRACE_SECONDS * 1000 },
		async putStock(sku, quantity) {
			if (holdfast === null) return await storefront.putProduct(sku, quantity);
			const price = { amount: Math.round(PRICE * CENTS), currency: CURRENCY.toUpperCase() };
			unwrap(await holdfast.defineProduct({ sku, title: sku, price, policy }));
			unwrap(await holdfast.restock({ sku, quantity, reference: "the first units" }));
			await storefront.putProduct(sku, null, { holdfast: true });
		},
		...(holdfast === null
			? {}
			: ({
					async restock(sku, quantity, { key, signal }): Promise<Answer> {
						unwrap(await holdfast.restock({ sku, quantity }, { idempotencyKey: key, signal }));
						return { kind: "restocked" };
					},
				} satisfies Partial<Target>)),
		openSession: async (buyer): Promise<Buyer> => ({
			...(await storefront.openCart(buyer)),
			payments: [],
			...{ asked: 0, refused: 0 },
		}),
		reserve: (buyer, sku, units, { signal }) =>
			answered(async () => {
				await storefront.fillCart(buyer as Buyer, sku, units, signal);
				return { kind: "carted", units };
			}),
		release: (buyer, _sku, { signal }) =>
			answered(async () => {
				await storefront.emptyCart(buyer as Buyer, signal);
				return { kind: "released" };
			}),
		async checkOut(handle, sku, units, { signal }) {
			const buyer = handle as Buyer;
			let order: Buyer | null = null;
			const answer = await answered(async () => {
				await storefront.fillCart(buyer, sku, units, signal);
				const collection = await storefront.goToTheTill(buyer, signal);
				await storefront.openPayment(collection, signal);
				order = buyer;
				if (holdfast === null) return { kind: "carted", units };
				const { cart } = await storefront.ask("GET", `/store/carts/${buyer.cart}`, undefined, signal);
				return { kind: "held", units, untilMs: Date.parse(cart.metadata.holdfast.expiresAt) };
			});
			return { answer, order };
		},
		pay: (handle, _order, approves, { signal }) =>
			answered(async () => {
				const buyer = handle as Buyer;
				// The bank says no, and the browser completes the cart all the same: Medusa takes its order back.
				if (!approves) return await complete(buyer, signal).then(() => ({ kind: "declined" }));
				const id = await storefront.readPayment(buyer, signal);
				// The shop has called it off, and shows no form for the card.
				if (id === null) return await readOrder(buyer);
				buyer.payments.push(id);
				await bank.confirm(id);
				signal.throwIfAborted();
				await complete(buyer, signal);
				return await readOrder(buyer);
			}),
		readOrder: (buyer) => answered(() => readOrder(buyer as Buyer)),
		readStock: (sku) =>
			holdfast === null
				? storefront.readStock(sku)
				: holdfast.getStock({ sku }).then((told): Answer => {
						const { available, sold } = unwrap(told);
						return { kind: "stock", available, sold };
					}),
		close: () => shop.close(),
	};
}

export default (async (options) => openTarget(await startShop(false, options.signal), options)) satisfies TargetFactory;
