/** `GET /v1/products` and `GET /v1/products/{sku}`: the catalogue and availability, as shoppers see them. */
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { AVAILABILITY_TTL_MS, PRODUCT_TTL_MS } from "../../src/limits.ts";
import { counted as countedBindings } from "../support/counted.ts";
import { call, callWith, expectProblem } from "../support/http.ts";
import { asMerchant, newProduct, newSku } from "../support/merchant.ts";
import { madeOf } from "../support/objects.ts";
import { pay } from "../support/provider.ts";
import { newShopper, type Product, paymentIdOf } from "../support/shopper.ts";

afterEach(() => vi.useRealTimers());

const read = (sku: string) => call<Product>("GET", `/v1/products/${sku}`);
const HOUR = 3_600_000;

describe("GET /v1/products/{sku}", () => {
	it("shows the product as the merchant defined it", async () => {
		const sku = newSku();
		const saleEndsAt = new Date(Date.now() + HOUR).toISOString();
		const json = {
			title: "Night market, A2 print",
			description: "Four colours",
			imageUrl: "https://shop.example/print.jpg",
			price: { amount: 3800, currency: "EUR" },
			policy: { limitPerShopper: 2, saleStartsAt: "2026-01-01T01:00:00+01:00", saleEndsAt },
		};
		await asMerchant("PUT", `/products/${sku}`, { json });
		const { status, body } = await read(sku);
		expect(status).toBe(200);
		const { policy: _policy, ...shown } = json;
		expect(body).toMatchObject({
			...shown,
			sku,
			saleStartsAt: "2026-01-01T00:00:00.000Z",
			saleEndsAt,
			limitPerShopper: 2,
			availability: { status: "sold_out", available: 0, held: 0, waiting: 0, preorderRemaining: 0 },
		});
	});

	it("shows defaults for members that were left out", async () => {
		const { body } = await read(await newProduct());
		expect(body).toMatchObject({
			description: null,
			imageUrl: null,
			saleStartsAt: null,
			saleEndsAt: null,
			limitPerShopper: null,
		});
	});

	it("goes from in_stock through all_held to sold_out, and counts the changes in its version", async () => {
		const sku = await newProduct({ units: 2 });
		const [ada, bob] = [await newShopper(), await newShopper()];
		const seen = [(await read(sku)).body.availability];
		await ada.reserve(sku, 1);
		seen.push((await read(sku)).body.availability);
		await bob.reserve(sku, 1);
		seen.push((await read(sku)).body.availability);
		await ada.buy([{ sku, quantity: 1 }]);
		await bob.buy([{ sku, quantity: 1 }]);
		seen.push((await read(sku)).body.availability);
		expect(seen).toMatchObject([
			{ status: "in_stock", available: 2, held: 0 },
			{ status: "in_stock", available: 1, held: 1 },
			{ status: "all_held", available: 0, held: 2 },
			{ status: "sold_out", available: 0, held: 0 },
		]);
		const versions = seen.map(({ version }) => version);
		expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
		expect(Math.abs(Date.parse(seen[0]?.asOf ?? "") - Date.now())).toBeLessThan(60_000);
	});

	it("shows no expired hold, without a request in between", async () => {
		vi.useFakeTimers({ toFake: ["Date"] });
		const sku = await newProduct({ units: 1, policy: { holdSeconds: 60 } });
		await (await newShopper()).reserve(sku, 1);
		expect((await read(sku)).body.availability).toMatchObject({ status: "all_held", held: 1 });
		vi.setSystemTime(Date.now() + 60_000);
		expect((await read(sku)).body.availability).toMatchObject({ status: "in_stock", available: 1, held: 0 });
	});

	it("shows not_started before the sale and ended after it", async () => {
		vi.useFakeTimers({ toFake: ["Date"] });
		const [starts, ends] = [Date.now() + HOUR, Date.now() + 2 * HOUR];
		const policy = { saleStartsAt: new Date(starts).toISOString(), saleEndsAt: new Date(ends).toISOString() };
		const sku = await newProduct({ units: 1, policy });
		const statusAt = async (ms: number) => {
			vi.setSystemTime(ms);
			return (await read(sku)).body.availability.status;
		};
		expect(await statusAt(starts - 1)).toBe("not_started");
		expect(await statusAt(starts)).toBe("in_stock");
		expect(await statusAt(ends - 1)).toBe("in_stock");
		expect(await statusAt(ends)).toBe("ended");
	});

	it("shows preorder when nothing is left and the SKU takes pre-orders", async () => {
		const sku = await newProduct({ policy: { preorder: { capacity: 5, termsVersion: "1" } } });
		expect((await read(sku)).body.availability).toMatchObject({ status: "preorder", preorderRemaining: 5 });
	});

	it("answers 404 for an unknown SKU, and creates no object", async () => {
		const sku = newSku();
		const { bindings, calls } = countedBindings();
		expectProblem(await callWith(bindings, "GET", `/v1/products/${sku}`), 404, "unknown-sku", { sku });
		expectProblem(await callWith(bindings, "GET", `/v1/products/${sku}`), 404, "unknown-sku", { sku });
		expect(calls).toEqual({ sku: 0, checkout: 0, database: 1 });
		expect(await madeOf(env.SKU, [sku])).toEqual([]);
		// Misses are cached, and defining the product ends that at once.
		await newProduct({ sku });
		expect(await madeOf(env.SKU, [sku])).toEqual([sku]);
		expect(await read(sku)).toMatchObject({ status: 200 });
	});

	it("shows a change of the product at once to the merchant who made it", async () => {
		const sku = await newProduct({ title: "Old" });
		expect((await read(sku)).body.title).toBe("Old");
		await asMerchant("PUT", `/products/${sku}`, { json: { title: "New", price: { amount: 1, currency: "USD" } } });
		expect(await read(sku)).toMatchObject({ body: { title: "New", price: { amount: 1, currency: "USD" } } });
	});

	it("accepts SKUs that are members of every JavaScript object", async () => {
		// These names are fixed, so the caches of this isolate may have them from another test file.
		vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + PRODUCT_TTL_MS });
		for (const sku of ["constructor", "toString", "hasOwnProperty", "valueOf", "0"]) {
			expectProblem(await call("GET", `/v1/products/${sku}`), 404, "unknown-sku");
		}
		const sku = await newProduct({ sku: "constructor", units: 1 });
		const ada = await newShopper();
		const { orderId } = await ada.buy([{ sku, quantity: 1 }]);
		expect(await ada.order(orderId)).toMatchObject({ body: { lines: [{ sku }] } });
	});
});

describe("GET /v1/products", () => {
	type Page = { products: Product[]; nextCursor: string | null };
	const list = (query: string) => call<Page>("GET", `/v1/products${query}`);

	it("lists all products in order of SKU, page by page", async () => {
		await env.DB.exec("DELETE FROM products");
		const skus = await Promise.all(Array.from({ length: 25 }, () => newProduct({ units: 1 })));
		skus.sort();
		expect((await list("")).body).toMatchObject({ products: { length: 20 }, nextCursor: skus[19] });
		const seen: string[] = [];
		let cursor: string | null = "";
		while (cursor !== null) {
			const { body }: { body: Page } = await list(`?limit=10&cursor=${cursor}`);
			seen.push(...body.products.map(({ sku }) => sku));
			cursor = body.nextCursor;
		}
		expect(seen).toEqual(skus);
		expect((await list("?limit=25")).body).toMatchObject({ products: { length: 25 }, nextCursor: null });
	});

	it("shows each product with its own availability", async () => {
		await env.DB.exec("DELETE FROM products");
		const [one, two] = [await newProduct({ units: 3 }), await newProduct()];
		const { body } = await list("");
		const bySku = new Map(body.products.map((product) => [product.sku, product.availability.status]));
		expect([bySku.get(one), bySku.get(two)]).toEqual(["in_stock", "sold_out"]);
	});

	it("is empty for an empty catalogue", async () => {
		await env.DB.exec("DELETE FROM products");
		expect((await list("")).body).toEqual({ products: [], nextCursor: null });
	});

	it.each([
		"?limit=0",
		"?limit=51",
		"?limit=1.5",
		"?limit=-1",
		"?limit=ten",
		"?limit=1&limit=2",
		"?limit=",
		`?cursor=${"x".repeat(201)}`,
	])("answers 400 for %s", async (query) => {
		expectProblem(await call("GET", `/v1/products${query}`), 400, "invalid-request", {
			errors: [{ path: query.slice(1).split("=")[0] }],
		});
	});
});

describe("availability", () => {
	/** Reads the product many times, and counts the calls to the SKU's object. */
	function counted(sku: string) {
		let asked = 0;
		const SKU = {
			getByName: (name: string) => {
				asked += 1;
				return env.SKU.getByName(name);
			},
		};
		const look = async () => (await callWith<Product>({ SKU }, "GET", `/v1/products/${sku}`)).body;
		return { look, asked: () => asked };
	}

	it("is read from the SKU's object once for a crowd, and again a second later", async () => {
		vi.useFakeTimers({ toFake: ["Date"] });
		const sku = await newProduct({ units: 2 });
		const { look, asked } = counted(sku);
		for (let i = 0; i < 20; i++) expect((await look()).availability).toMatchObject({ available: 2 });
		expect(asked()).toBe(1);
		vi.setSystemTime(Date.now() + AVAILABILITY_TTL_MS);
		expect(Date.parse((await look()).availability.asOf)).toBe(Date.now());
		expect(asked()).toBe(2);
	});

	it("shows a change at once to the shopper or merchant who made it, by whatever call", async () => {
		const sku = await newProduct({ units: 2 });
		const { look, asked } = counted(sku);
		const seen = async () => {
			const { available, held } = (await look()).availability;
			return [available, held];
		};
		const ada = await newShopper();
		expect(await seen()).toEqual([2, 0]);
		await ada.reserve(sku, 1);
		expect(await seen()).toEqual([1, 1]);
		await ada.reserve(sku, 2);
		expect(await seen()).toEqual([0, 2]);
		await ada.release(sku);
		expect(await seen()).toEqual([2, 0]);
		await asMerchant("POST", `/products/${sku}/restock`, { key: "more", json: { quantity: 1 } });
		expect(await seen()).toEqual([3, 0]);
		const checkout = await ada.checkout([{ sku, quantity: 1 }]);
		expect(await seen()).toEqual([2, 1]);
		await pay(paymentIdOf(checkout));
		expect(await seen()).toEqual([2, 0]);
		expect(asked()).toBe(7);
	});

	it("shows no expired hold, and no sale before its start", async () => {
		vi.useFakeTimers({ toFake: ["Date"] });
		const opensAtMs = Date.now() + 10_000;
		const sku = await newProduct({
			units: 1,
			policy: { holdSeconds: 20, saleStartsAt: new Date(opensAtMs).toISOString() },
		});
		const { look } = counted(sku);
		vi.setSystemTime(opensAtMs - 1);
		expect((await look()).availability).toMatchObject({ status: "not_started" });
		vi.setSystemTime(opensAtMs);
		expect((await look()).availability).toMatchObject({ status: "in_stock" });
		await (await newShopper()).reserve(sku, 1);
		vi.setSystemTime(opensAtMs + 19_999);
		expect((await look()).availability).toMatchObject({ status: "all_held", held: 1 });
		vi.setSystemTime(opensAtMs + 20_000);
		expect((await look()).availability).toMatchObject({ status: "in_stock", held: 0 });
	});
});
