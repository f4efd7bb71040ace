/** D1 as an isolate asks it for the one product: its way and nothing else. It is not what a drop waits for. */
import { type Product, toStored } from "../../catalog/product.ts";
import type { Way } from "./remote-object.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** As `catalog/product-store.ts` reads a product. */
export function catalogueOf(product: Product, way: Way, time: VirtualTime): D1Database {
	const row = { sku: product.sku, json: JSON.stringify(toStored(product)) };
	const read = <T>(value: T): Promise<T> => {
		const { promise, resolve } = Promise.withResolvers<T>();
		way.there(() => way.back(time.nowMs, () => resolve(value)));
		return promise;
	};
	const statement = { first: () => read(row), all: () => read({ results: [row] }) };
	return { prepare: () => ({ ...statement, bind: () => statement }) } as unknown as D1Database;
}
