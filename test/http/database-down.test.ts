/** D1 is away, slow, or asked by a crowd: what is served all the same, and how often D1 is asked. */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { IsolateMemory } from "../../src/edge/isolate-memory.ts";
import { EdgeSku } from "../../src/edge/sku.ts";
import { createApp } from "../../src/http/app.ts";
import {
	DATABASE_PATIENCE_MS,
	PRODUCT_ENTRIES,
	PRODUCT_RETRY_MS,
	PRODUCT_STALE_MS,
	PRODUCT_TTL_MS,
	REFRESH_AHEAD_MS,
} from "../../src/limits.ts";
import { pass, useStoppedClock } from "../support/clock.ts";
import { counted, NO_DATABASE } from "../support/counted.ts";
import { ADMIN, call, callWith, expectProblem, ORIGIN } from "../support/http.ts";
import { asMerchant, newProduct, newSku, stockOf } from "../support/merchant.ts";
import { newShopper, type Product } from "../support/shopper.ts";

useStoppedClock();

const away = { DB: NO_DATABASE };
const read = (bindings: Readonly<Record<string, unknown>>, sku: string) =>
	callWith<Product>(bindings, "GET", `/v1/products/${sku}`);

/** An isolate that remembers nothing yet. Its requests share one context, as batches demand of the test pool. */
function newIsolate(bindings: Readonly<Record<string, unknown>>, batching = false) {
	const app = createApp({ batching });
	const ctx = createExecutionContext();
	return {
		ended: () => waitOnExecutionContext(ctx),
		async ask(method: string, path: string, token?: string, json?: unknown) {
			const headers = new Headers({ "idempotency-key": "cart" });
			if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
			if (json !== undefined) headers.set("content-type", "application/json");
			const body = json === undefined ? null : JSON.stringify(json);
			const response = await app.fetch(
				new Request(`${ORIGIN}${path}`, { method, headers, body }),
				{ ...env, ...bindings } as Env,
				ctx,
			);
			return { status: response.status, headers: response.headers, body: await response.json() };
		},
	};
}

describe("while D1 cannot be read", () => {
	it("shows a product that was seen before, for an hour, and asks D1 once in a while", async () => {
		const sku = await newProduct({ title: "Print", units: 1 });
		let [asked, isAway] = [0, false];
		const DB = {
			prepare: (sql: string) => {
				asked += 1;
				return isAway ? NO_DATABASE.prepare() : env.DB.prepare(sql);
			},
		};
		const isolate = newIsolate({ DB });
		const title = async () => {
			const { status, body } = await isolate.ask("GET", `/v1/products/${sku}`);
			expect(status).toBe(200);
			return (body as Product).title;
		};
		expect(await title()).toBe("Print");
		isAway = true;
		asked = 0;
		pass(PRODUCT_TTL_MS / 1000);
		for (let i = 0; i < 20; i++) expect(await title()).toBe("Print");
		expect(asked).toBe(1);
		pass(PRODUCT_RETRY_MS / 1000);
		for (let i = 0; i < 20; i++) expect(await title()).toBe("Print");
		expect(asked).toBe(2);
		// It changes meanwhile, and D1 comes back.
		await asMerchant("PUT", `/products/${sku}`, { json: { title: "Poster", price: { amount: 1, currency: "USD" } } });
		isAway = false;
		pass(PRODUCT_RETRY_MS / 1000);
		expect(await title()).toBe("Poster");
		isAway = true;
		pass(PRODUCT_STALE_MS / 1000);
		expectProblem(await isolate.ask("GET", `/v1/products/${sku}`), 503, "temporarily-unavailable");
	});

	it.each(["/v1/products", `/v1/products/${newSku()}`])("answers 503 with Retry-After at %s", async (path) => {
		const answer = await newIsolate(away).ask("GET", path);
		expectProblem(answer, 503, "temporarily-unavailable");
		expect(answer.headers.get("retry-after")).toMatch(/^[2-6]$/);
	});

	it.each(["/admin/v1/orders", "/admin/v1/preorders", "/admin/v1/reconciliation"])(
		"answers a merchant 503 with Retry-After at %s",
		async (path) => {
			const answer = await callWith(away, "GET", path, { token: ADMIN });
			expectProblem(answer, 503, "temporarily-unavailable");
		},
	);

	it("reserves, reads, extends, releases and restocks, though this isolate has never seen the product", async () => {
		const sku = await newProduct({ units: 1 });
		const { token } = await newShopper();
		const path = `/v1/reservations/${sku}`;
		for (const [method, at, status, json] of [
			["PUT", path, 201, { quantity: 1 }],
			["GET", path, 200],
			["POST", `${path}/extend`, 200],
			["DELETE", path, 200],
		] as const) {
			expect(await newIsolate(away).ask(method, at, token, json)).toMatchObject({ status });
		}
		const restock = newIsolate(away).ask("POST", `/admin/v1/products/${sku}/restock`, ADMIN, { quantity: 2 });
		expect(await restock).toMatchObject({ status: 200, body: { available: 3 } });
		const cart = { lines: [{ sku, quantity: 1 }], email: "ada@example.com" };
		expect(await newIsolate(away).ask("POST", "/v1/checkouts", token, cart)).toMatchObject({ status: 201 });
		expect(await stockOf(sku)).toMatchObject({ held: 1, available: 2 });
	});

	it("answers 404 for a reservation of a SKU that its object does not know", async () => {
		const { token } = await newShopper();
		for (const method of ["GET", "DELETE"] as const) {
			const answer = await newIsolate(away).ask(method, `/v1/reservations/${newSku()}`, token);
			expectProblem(answer, 404, "unknown-sku");
		}
	});

	it("lets one caller wait for a D1 that hangs, and no longer than it must", async () => {
		const sku = await newProduct({ units: 1 });
		const { token } = await newShopper();
		vi.useRealTimers();
		const hanging = { first: () => new Promise(() => {}), bind: () => hanging };
		let asked = 0;
		const DB = {
			prepare: () => {
				asked += 1;
				return hanging;
			},
		};
		const isolate = newIsolate({ DB });
		const startedAtMs = performance.now();
		for (let i = 0; i < 20; i++) {
			expectProblem(await isolate.ask("GET", `/v1/reservations/${sku}`, token), 404, "no-reservation");
		}
		expect(performance.now() - startedAtMs).toBeLessThan(3 * DATABASE_PATIENCE_MS);
		expect(asked).toBeLessThan(4);
	});
});

describe("a crowd that looks at one product", () => {
	it("asks D1 once in the lifetime of an answer, and nobody waits for that", async () => {
		const sku = await newProduct();
		const { bindings, calls } = counted();
		for (let i = 0; i < 20; i++) await read(bindings, sku);
		expect(calls.database).toBe(1);
		pass((PRODUCT_TTL_MS - REFRESH_AHEAD_MS) / 1000);
		for (let i = 0; i < 20; i++) await read(bindings, sku);
		expect(calls.database).toBe(2);
		pass(REFRESH_AHEAD_MS / 1000);
		for (let i = 0; i < 20; i++) await read(bindings, sku);
		expect(calls.database).toBe(2);
	});

	it("asks D1 and the object once when all come at the same moment, also after a change", async () => {
		const sku = await newProduct({ units: 9 });
		const ada = await newShopper();
		const { bindings, calls } = counted();
		const isolate = newIsolate(bindings, true);
		const fifty = () => Promise.all(Array.from({ length: 50 }, () => isolate.ask("GET", `/v1/products/${sku}`)));
		for (const { status } of await fifty()) expect(status).toBe(200);
		expect(calls).toMatchObject({ database: 1, sku: 1 });
		await isolate.ask("PUT", `/v1/reservations/${sku}`, ada.token, { quantity: 2 });
		expect(calls.sku).toBe(2);
		for (const { body } of await fifty()) expect(body).toMatchObject({ availability: { available: 7 } });
		expect(calls).toMatchObject({ database: 1, sku: 3 });
		await isolate.ended();
	});

	it("asks D1 for a page of the catalogue once, until a merchant changes a product", async () => {
		await newProduct();
		const { bindings, calls } = counted();
		const isolate = newIsolate(bindings, true);
		for (let i = 0; i < 20; i++) expect((await isolate.ask("GET", "/v1/products?limit=1")).status).toBe(200);
		expect(calls.database).toBe(1);
		const sku = newSku();
		const json = { title: "New", price: { amount: 1, currency: "USD" } };
		expect((await isolate.ask("PUT", `/admin/v1/products/${sku}`, ADMIN, json)).status).toBe(201);
		const { body } = await isolate.ask("GET", `/v1/products?limit=1&cursor=${sku.slice(0, -1)}`);
		expect(body).toMatchObject({ products: [{ sku }] });
		await isolate.ended();
	});

	it("is not disturbed by somebody who guesses a thousand SKUs", async () => {
		const name = await newProduct();
		const { bindings, calls } = counted();
		const memory = new IsolateMemory({ batching: false });
		const look = (sku: string) =>
			new EdgeSku({ env: { ...env, ...bindings } as Env, memory, keepAlive: () => {} }, sku).product();
		expect(await look(name)).toMatchObject({ sku: name });
		for (let i = 0; i < PRODUCT_ENTRIES; i++) await look(`guess-${i}`);
		calls.database = 0;
		expect(await look(name)).toMatchObject({ sku: name });
		expect(await look("guess-7")).toBeNull();
		expect(calls.database).toBe(0);
	});
});

describe("a SKU whose object is overloaded", () => {
	const overloaded = Object.assign(new Error("too many requests"), { overloaded: true });
	const SKU = (hot: string) => ({
		getByName: (name: string) =>
			name === hot ? { availability: () => Promise.reject(overloaded) } : env.SKU.getByName(name),
	});
	const page = async (isolate: ReturnType<typeof newIsolate>, skus: readonly string[]) => {
		const { status, body } = await isolate.ask("GET", "/v1/products?limit=50");
		expect(status).toBe(200);
		const { products } = body as { products: (Omit<Product, "availability"> & { availability: object | null })[] };
		return skus.map((sku) => products.find((product) => product.sku === sku)?.availability);
	};

	it("does not take a page of products with it: its availability is old, or null", async () => {
		await env.DB.exec("DELETE FROM products");
		const [hot, other] = [await newProduct({ units: 1 }), await newProduct({ units: 2 })];
		const isolate = newIsolate({ SKU: SKU(hot) });
		expect(await page(isolate, [hot, other])).toMatchObject([null, { available: 2 }]);

		const seen = (await call<Product>("GET", `/v1/products/${hot}`)).body.availability;
		pass(30);
		expect(await callWith<Product>({ SKU: SKU(hot) }, "GET", `/v1/products/${hot}`)).toMatchObject({
			status: 200,
			body: { availability: seen },
		});
		pass(30);
		expectProblem(await callWith({ SKU: SKU(hot) }, "GET", `/v1/products/${hot}`), 503, "temporarily-unavailable");
	});
});

describe("shoppers who look at their own reservations", () => {
	const answersOf = async (SKU: unknown, sku: string, tokens: readonly string[]) => {
		const isolate = newIsolate({ SKU }, true);
		const answers = await Promise.all(tokens.map((token) => isolate.ask("GET", `/v1/reservations/${sku}`, token)));
		await isolate.ended();
		return answers.map(({ status, body }) => (status === 200 ? (body as { quantity: number }).quantity : status));
	};

	it("travel together, and each gets their own", async () => {
		const sku = await newProduct({ units: 10 });
		const shoppers = await Promise.all(Array.from({ length: 20 }, newShopper));
		await Promise.all(shoppers.slice(0, 4).map((shopper, i) => shopper.reserve(sku, i + 1)));
		const { bindings, calls } = counted();
		const tokens = shoppers.map(({ token }) => token);
		expect(await answersOf(bindings["SKU"], sku, tokens)).toEqual([1, 2, 3, 4, ...Array(16).fill(404)]);
		expect(calls.sku).toBeLessThanOrEqual(3);
	});

	it("are answered one by one by an object that knows no batch of them", async () => {
		const sku = await newProduct({ units: 10 });
		const shoppers = await Promise.all(Array.from({ length: 3 }, newShopper));
		await shoppers[2]?.reserve(sku, 5);
		const SKU = {
			getByName: (name: string) => {
				const stub = env.SKU.getByName(name);
				return {
					reservation: (id: string) => stub.reservation(id),
					reservationMany: () =>
						Promise.reject(new TypeError('The RPC receiver does not implement the method "reservationMany".')),
				};
			},
		};
		const tokens = shoppers.map(({ token }) => token);
		expect(await answersOf(SKU, sku, tokens)).toEqual([404, 404, 5]);
	});
});
