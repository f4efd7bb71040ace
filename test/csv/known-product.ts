/** A product as the shop has it, for tests that say only what matters. */
import type { StockedProduct } from "../../src/client/index.ts";
import type { Known } from "../../src/csv/plan.ts";

type Stock = NonNullable<StockedProduct["stock"]>;
type Draft = Partial<Omit<StockedProduct, "stock">> & { readonly stock?: Partial<Stock> };

export function knownProduct({ stock, ...draft }: Draft = {}): Known {
	const product = {
		...{ sku: "mug", title: "Mug", description: null, imageUrl: null, price: { amount: 800, currency: "USD" } },
		...{ archived: false, revision: 1, updatedAt: "2026-12-01T09:00:00.000Z" },
		...draft,
		stock: { ...{ available: 10, onHand: 10, held: 0, sold: 0, waiting: 0, version: 1 }, ...stock },
	};
	return { product: product as StockedProduct, isNeverStocked: false };
}
