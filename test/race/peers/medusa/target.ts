/** Medusa as a target, by its store and admin APIs. It reserves units while a cart is completed, and none before. */
import type { Target, TargetFactory } from "../../../../src/cli/race/target.ts";
import { startPeer } from "../start-peer.ts";
import { answered, type Session, Storefront } from "./storefront.ts";

export default (async ({ signal: stopped }): Promise<Target> => {
	const shop = new Storefront(await startPeer("medusa", import.meta.dirname, stopped));

	return {
		name: "Medusa 2.21.2",
		promises: { staleMs: 0, clockMs: 0, graceMs: 0 },
		putStock: (sku, units) => shop.putProduct(sku, units),
		openSession: (buyer) => shop.openCart(buyer),
		reserve: (session, sku, units, { signal }) =>
			answered(async () => {
				await shop.fillCart(session as Session, sku, units, signal);
				return { kind: "carted", units };
			}),
		release: (session, _sku, { signal }) =>
			answered(async () => {
				await shop.emptyCart(session as Session, signal);
				return { kind: "released" };
			}),
		async checkOut(session, sku, units, { signal }) {
			let order: string | null = null;
			const answer = await answered(async () => {
				await shop.fillCart(session as Session, sku, units, signal);
				order = await shop.goToTheTill(session as Session, signal);
				return { kind: "carted", units };
			});
			return { answer, order };
		},
		pay: (session, order, approves, { signal }) =>
			answered(async () => {
				await shop.openPayment(order as string, signal);
				// The bank says no to the buyer's browser, which then does not complete the cart.
				if (!approves) return { kind: "declined" };
				await shop.complete(session as Session, signal);
				return await shop.readOrder(session as Session);
			}),
		readOrder: (session) => answered(() => shop.readOrder(session as Session)),
		readStock: (sku) => shop.readStock(sku),
		close: () => shop.close(),
	};
}) satisfies TargetFactory;
