/** `/admin/v1/products`: read with counters, changed in part, and only while nobody else has changed it. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { SkuObject } from "../../src/stock/sku.ts";
import { call, expectProblem } from "../support/http.ts";
import { asMerchant, newProduct, newSku } from "../support/merchant.ts";
import { newShopper } from "../support/shopper.ts";

afterEach(() => void vi.useRealTimers());

type Body = Record<string, unknown> & { policy: Record<string, unknown>; revision: number };
const MUG = { title: "Mug", price: { amount: 1999, currency: "USD" } };

const send = (method: "PUT" | "PATCH", sku: string, json: unknown, ifMatch?: string) =>
	asMerchant<Body>(method, `/products/${sku}`, {
		json,
		headers: ifMatch === undefined ? {} : { "if-match": ifMatch },
	});
const put = (sku: string, json: unknown, ifMatch?: string) => send("PUT", sku, json, ifMatch);
const patch = (sku: string, json: unknown, ifMatch?: string) => send("PATCH", sku, json, ifMatch);
const get = (sku: string) => asMerchant<Body>("GET", `/products/${sku}`);

const POLICY = {
	holdSeconds: 60,
	limitPerShopper: 2,
	waitlistLimit: 7,
	preorder: { capacity: 5, expectedAt: "2099-03-01T00:00:00.000Z", termsVersion: "v1" },
	saleStartsAt: "2098-12-12T12:00:00.000Z",
	allowDelayedMethods: true,
};
const FULL = { ...MUG, description: "350 ml", imageUrl: "https://shop.example/mug.jpg", policy: POLICY };

/** A product in which nothing has its default. */
async function fullProduct(): Promise<string> {
	const sku = newSku();
	expect(await put(sku, FULL)).toMatchObject({ status: 201, body: FULL });
	return sku;
}

describe("PUT of a product that is there", () => {
	it("keeps everything that it leaves out: the policy, the description and the image", async () => {
		const sku = await fullProduct();
		expect(await put(sku, { ...MUG, title: "Cup" })).toMatchObject({ status: 200, body: { ...FULL, title: "Cup" } });
		expect((await get(sku)).body).toMatchObject({ ...FULL, title: "Cup", revision: 2 });
	});

	it("keeps the fields of the policy and of its pre-orders that it leaves out", async () => {
		const sku = await fullProduct();
		const policy = { holdSeconds: 90, preorder: { capacity: 6, termsVersion: "v2" } };
		expect((await put(sku, { ...MUG, policy })).body.policy).toMatchObject({
			...POLICY,
			holdSeconds: 90,
			preorder: { ...POLICY.preorder, capacity: 6, termsVersion: "v2" },
		});
	});

	it("sets the default of a field that is null, and of every field of a policy that is null", async () => {
		const sku = await fullProduct();
		const nulls = { holdSeconds: null, limitPerShopper: null, preorder: null, allowDelayedMethods: null };
		const { body } = await put(sku, { ...MUG, description: null, imageUrl: null, policy: nulls });
		expect(body).toMatchObject({ description: null, imageUrl: null });
		expect(body.policy).toMatchObject({
			holdSeconds: 600,
			limitPerShopper: null,
			preorder: null,
			allowDelayedMethods: false,
			waitlistLimit: 7,
			saleStartsAt: POLICY.saleStartsAt,
		});
		expect((await put(sku, { ...MUG, policy: null })).body.policy).toEqual({
			holdSeconds: 600,
			offerSeconds: 300,
			offerSecondsAbsent: 3600,
			paymentWindowSeconds: 900,
			paymentGraceSeconds: 120,
			maxExtensions: 3,
			limitPerShopper: null,
			waitlistLimit: null,
			preorder: null,
			saleStartsAt: null,
			saleEndsAt: null,
			allowDelayedMethods: false,
		});
	});

	it("does not open the sale of a product whose title is corrected an hour before it", async () => {
		const sku = await newProduct({ units: 1, policy: { saleStartsAt: "2098-12-12T12:00:00Z", limitPerShopper: 1 } });
		await put(sku, { ...MUG, title: "Corrected" });
		expectProblem(await (await newShopper()).reserve(sku, 1), 409, "sale-not-open");
	});
});

describe("PATCH of a product", () => {
	it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
		["nothing", {}, FULL],
		["the title", { title: "Cup" }, { ...FULL, title: "Cup" }],
		["the price", { price: { amount: 5, currency: "EUR" } }, { ...FULL, price: { amount: 5, currency: "EUR" } }],
		["the image", { imageUrl: null }, { ...FULL, imageUrl: null }],
		[
			"the capacity of its pre-orders",
			{ policy: { preorder: { capacity: 9 } } },
			{ ...FULL, policy: { ...POLICY, preorder: { ...POLICY.preorder, capacity: 9 } } },
		],
		[
			"the date of its pre-orders",
			{ policy: { preorder: { expectedAt: null } } },
			{ ...FULL, policy: { ...POLICY, preorder: { ...POLICY.preorder, expectedAt: null } } },
		],
	])("changes %s, and nothing else", async (_, change, after) => {
		const sku = await fullProduct();
		expect(await patch(sku, change)).toMatchObject({ status: 200, body: { ...after, revision: 2 } });
		expect((await call<Body>("GET", `/v1/products/${sku}`)).body).toMatchObject({ title: after["title"] });
	});

	it("is refused for a SKU that no merchant has defined", async () => {
		const sku = newSku();
		expectProblem(await patch(sku, { title: "Cup" }), 404, "unknown-sku", { sku });
		expectProblem(await get(sku), 404, "unknown-sku", { sku });
	});

	it("is refused when what it says and what stays do not go together", async () => {
		const sku = await fullProduct();
		const early = await patch(sku, { policy: { saleEndsAt: "2098-12-12T12:00:00Z" } });
		expectProblem(early, 400, "invalid-request", { errors: [{ path: "policy.saleEndsAt" }] });
		const without = await newProduct();
		const terms = await patch(without, { policy: { preorder: { capacity: 3 } } });
		expectProblem(terms, 400, "invalid-request", { errors: [{ path: "policy.preorder" }] });
		expect((await get(sku)).body).toMatchObject({ ...FULL, revision: 1 });
	});
});

describe("a date on which pre-orders are expected", () => {
	it("is refused in the past, and stays when it has passed meanwhile", async () => {
		const sku = await fullProduct();
		const past = { capacity: 5, expectedAt: "2020-01-01T00:00:00Z", termsVersion: "v1" };
		for (const answer of [
			await put(sku, { ...MUG, policy: { preorder: past } }),
			await patch(sku, { policy: { preorder: { expectedAt: past.expectedAt } } }),
			await put(newSku(), { ...MUG, policy: { preorder: past } }),
		]) {
			expectProblem(answer, 400, "invalid-request", { errors: [{ path: "policy.preorder.expectedAt" }] });
		}
		vi.useFakeTimers({ toFake: ["Date"], now: Date.parse("2099-04-01T00:00:00Z") });
		expect(await put(sku, { ...FULL, title: "Cup" })).toMatchObject({ status: 200, body: { policy: POLICY } });
	});
});

describe("If-Match of a product", () => {
	it("is the ETag that GET, PUT and PATCH answer with, and is refused when it is stale", async () => {
		const sku = newSku();
		const first = (await put(sku, FULL)).headers.get("etag") as string;
		expect(first).toBe('"1"');
		expect((await get(sku)).headers.get("etag")).toBe(first);
		const second = await patch(sku, { title: "Cup" }, first);
		expect(second).toMatchObject({ status: 200, body: { revision: 2 } });
		expect(second.headers.get("etag")).toBe('"2"');
		for (const stale of [await patch(sku, { title: "Bowl" }, first), await put(sku, FULL, first)]) {
			expectProblem(stale, 412, "precondition-failed");
			expect(stale.headers.get("etag")).toBe('"2"');
		}
		expect(await put(sku, { ...FULL, title: "Bowl" }, '"7", "2"')).toMatchObject({ status: 200 });
		expect(await put(sku, FULL, "*")).toMatchObject({ status: 200, body: { revision: 4 } });
		expect(await put(sku, FULL)).toMatchObject({ status: 200, body: { revision: 5 } });
	});

	it("lets one of many who read the same revision change it", async () => {
		const sku = await fullProduct();
		const answers = await Promise.all([1, 2, 3, 4, 5].map((n) => patch(sku, { title: `Mug ${n}` }, '"1"')));
		expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412, 412]);
	});

	it("refuses to make a product that was expected to be there", async () => {
		const sku = newSku();
		expectProblem(await put(sku, MUG, "*"), 412, "precondition-failed");
		expectProblem(await put(sku, MUG, '"1"'), 412, "precondition-failed");
		expectProblem(await get(sku), 404, "unknown-sku");
	});
});

describe("two people who change different things at once", () => {
	it("do not undo each other's changes", async () => {
		const sku = await fullProduct();
		await Promise.all([
			patch(sku, { title: "Cup" }),
			patch(sku, { policy: { limitPerShopper: 4 } }),
			patch(sku, { policy: { saleEndsAt: "2099-01-01T00:00:00.000Z" } }),
			put(sku, { title: "Cup", price: FULL.price }),
		]);
		expect((await get(sku)).body).toMatchObject({
			...FULL,
			title: "Cup",
			policy: { ...POLICY, limitPerShopper: 4, saleEndsAt: "2099-01-01T00:00:00.000Z" },
			revision: 5,
		});
	});
});

describe("GET /admin/v1/products/{sku}", () => {
	it("shows the product with the counters of its stock", async () => {
		const sku = await newProduct({ units: 5 });
		await (await newShopper()).reserve(sku, 2);
		expect(await get(sku)).toMatchObject({
			status: 200,
			body: { sku, title: "Mug", stock: { available: 3, held: 2, onHand: 5, sold: 0, waiting: 0 } },
		});
	});

	it("shows a product that was stored before policies had delayed methods as one without", async () => {
		const sku = await newProduct();
		await runInDurableObject(env.SKU.getByName(sku), (_: SkuObject, { storage }) => {
			storage.sql.exec("UPDATE product SET json = json_remove(json, '$.policy.allowDelayedMethods')");
		});
		await evictDurableObject(env.SKU.getByName(sku));
		expect((await patch(sku, { title: "Cup" })).body.policy).toMatchObject({ allowDelayedMethods: false });
	});
});

describe("GET /admin/v1/products", () => {
	type Page = { products: { sku: string; title: string; stock: unknown }[]; nextCursor: string | null };
	const list = (query: string) => asMerchant<Page>("GET", `/products?${query}`);

	it("lists products page by page in order of SKU, each with its counters", async () => {
		const prefix = `list-${crypto.randomUUID()}`;
		for (const name of ["c", "a", "b"]) await newProduct({ sku: `${prefix}.${name}`, units: 4 });
		const first = await list(`q=${prefix}&limit=2`);
		expect(first.body.products).toMatchObject([
			{ sku: `${prefix}.a`, stock: { available: 4, onHand: 4 } },
			{ sku: `${prefix}.b`, stock: { available: 4 } },
		]);
		const second = await list(`q=${prefix}&limit=2&cursor=${first.body.nextCursor}`);
		expect(second.body).toMatchObject({ products: [{ sku: `${prefix}.c` }], nextCursor: null });
	});

	it("finds a text in SKUs and titles, in either case, and takes % and _ as what they are", async () => {
		const mark = crypto.randomUUID().slice(0, 8);
		const [one, other] = [newSku(), newSku()];
		await put(one, { ...MUG, title: `100% Wool_${mark} Scarf` });
		await put(other, { ...MUG, title: `Cotton ${mark}` });
		const found = async (q: string) =>
			(await list(`q=${encodeURIComponent(q)}&limit=50`)).body.products.map(({ sku }) => sku);
		expect(await found(`wool_${mark} SCARF`)).toEqual([one]);
		expect(await found(one.toUpperCase())).toEqual([one]);
		expect((await found(mark)).sort()).toEqual([one, other].sort());
		expect(await found(`%${mark}`)).toEqual([]);
		expect(await found(`x${mark}'; DROP TABLE products;--`)).toEqual([]);
		expect(await found(`${"é".repeat(60)}${mark}`)).toEqual([]);
	});
});
