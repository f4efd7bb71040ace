/** In a shop that has too few SKUs for a shopper to have too many, nobody counts them. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { ShopSize } from "../../src/edge/small-shop.ts";
import { SHOP_SIZE_MS, SMALL_SHOP_SKUS } from "../../src/limits.ts";
import { useStoppedClock } from "../support/clock.ts";
import { callWith } from "../support/http.ts";
import { newProduct } from "../support/merchant.ts";
import { newShopper, type Shopper } from "../support/shopper.ts";

/** A time of its own: what the isolate remembers of the shops of other files is long out of date. */
const START = Date.parse("2027-12-12T04:12:00Z");

useStoppedClock(START);

const generous = { limit: async () => ({ success: true }) };
const LIMITED = { RATE_LIMITS: "on", RATE_ADDRESS: generous, RATE_RESERVATIONS: generous, RATE_CHECKOUTS: generous };

const reserve = (shopper: Shopper, sku: string, bindings: Readonly<Record<string, unknown>> = LIMITED) =>
	callWith(bindings, "PUT", `/v1/reservations/${sku}`, { token: shopper.token, json: { quantity: 1 } });

const noted = (shopper: Shopper) =>
	runInDurableObject(env.HOLDINGS.getByName(shopper.id), (_, { storage }) => storage.kv.get<string[]>("skus") ?? []);

const newProducts = (count: number) => Promise.all(Array.from({ length: count }, () => newProduct({ units: 9 })));

describe("a shop with few SKUs", () => {
	it("notes nobody's holds once it is known to be small, and everybody's again once it has grown", async () => {
		const [sku = ""] = await newProducts(1);
		const [first, second, third, fourth] = await Promise.all([newShopper(), newShopper(), newShopper(), newShopper()]);
		// Not known yet.
		await reserve(first, sku);
		expect(await noted(first)).toEqual([sku]);

		await reserve(second, sku);
		const json = { lines: [{ sku, quantity: 1 }], email: "ada@example.com" };
		const opened = await callWith(LIMITED, "POST", "/v1/checkouts", { token: second.token, key: "k", json });
		expect(opened.status).toBe(201);
		expect(await noted(second)).toEqual([]);

		await newProducts(SMALL_SHOP_SKUS);
		vi.setSystemTime(START + SHOP_SIZE_MS - 1);
		await reserve(third, sku);
		expect(await noted(third)).toEqual([]);
		await reserve(fourth, sku);
		expect(await noted(fourth)).toEqual([sku]);
	});

	it("is not known to be small while D1 does not say so", async () => {
		vi.spyOn(console, "error").mockImplementation(() => {});
		const size = new ShopSize();
		const works: Promise<unknown>[] = [];
		const isSmall = (db: D1Database, nowMs: number) => size.isSmall(db, nowMs, (work) => void works.push(work));
		const down = { prepare: () => ({ bind: () => ({ first: () => Promise.reject(new Error("D1 is down")) }) }) };
		const up = { prepare: () => ({ bind: () => ({ first: async () => ({ products: 1 }) }) }) } as unknown as D1Database;
		expect(isSmall(up, 0)).toBe(false);
		await Promise.all(works);
		expect(isSmall(up, SHOP_SIZE_MS / 2 - 1)).toBe(true);
		expect(works).toHaveLength(1);
		expect(isSmall(down as unknown as D1Database, SHOP_SIZE_MS / 2)).toBe(true);
		await Promise.all(works);
		expect(works).toHaveLength(2);
		expect(isSmall(up, SHOP_SIZE_MS - 1)).toBe(true);
		expect(isSmall(down as unknown as D1Database, SHOP_SIZE_MS)).toBe(false);
		// A clock that was set back: what is known of later is not known.
		expect(isSmall(up, -1)).toBe(false);
		vi.restoreAllMocks();
	});
});
