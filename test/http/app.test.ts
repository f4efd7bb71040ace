/** Rules of every address: problems, request ids, headers, bodies, other origins, and the addresses open to all. */
import { exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { MAX_BODY_BYTES } from "../../src/limits.ts";
import { ROUTES } from "../support/contract.ts";
import { ADMIN, call, callWith, expectProblem, ORIGIN } from "../support/http.ts";
import { asMerchant, newProduct, newSku, stockOf } from "../support/merchant.ts";
import { newShopper } from "../support/shopper.ts";

const fetchRaw = (path: string, init?: RequestInit) => exports.default.fetch(`${ORIGIN}${path}`, init);

describe("a problem", () => {
	it("has the members of RFC 9457 and its own, and nothing else", async () => {
		const sku = newSku();
		const answer = await call("GET", `/v1/products/${sku}`, { headers: { "x-request-id": "trace-1" } });
		expect(answer.status).toBe(404);
		expect(answer.headers.get("content-type")).toBe("application/problem+json");
		expect(answer.body).toEqual({
			type: "/problems/unknown-sku",
			title: "SKU not found",
			status: 404,
			detail: `No product has the SKU ${sku}.`,
			requestId: "trace-1",
			sku,
		});
	});

	it("names each invalid member of a body and why, up to twenty of them", async () => {
		const json = { title: 7, price: { amount: -1, currency: "usd" }, policy: { holdSeconds: 0 }, sizes: [] };
		const { body } = await asMerchant("PUT", `/products/${newSku()}`, { json });
		const paths = (body["errors"] as { path: string; message: string }[]).map(({ path }) => path);
		expect(new Set(paths)).toEqual(new Set(["title", "price.amount", "price.currency", "policy.holdSeconds", ""]));
		const lines = Array.from({ length: 20 }, () => ({ sku: "?", quantity: 0 }));
		const { token } = await newShopper();
		const many = await call("POST", "/v1/checkouts", { token, key: "k", json: { lines, email: "a@b.example" } });
		expectProblem(many, 400, "invalid-request", { errors: { length: 20 } });
	});

	it("answers an unknown address with 404", async () => {
		for (const [method, path] of [
			["GET", "/v1"],
			["GET", "/v2/products"],
			["GET", "/v1/products/"],
			["POST", "/v1/products/"],
			["HEAD", "/nowhere"],
			["OPTIONS", "/nowhere"],
			["GET", "/.env"],
			["GET", "/v1/reservations/a/b"],
		] as const) {
			if (method === "HEAD") {
				expect((await fetchRaw(path, { method })).status).toBe(404);
				continue;
			}
			expectProblem(await call(method, path), 404, "not-found", { detail: `Nothing answers ${method} ${path}.` });
		}
	});

	it.each([
		["POST", "/v1/products", "GET, HEAD, OPTIONS"],
		["PATCH", "/v1/reservations/x", "DELETE, GET, HEAD, OPTIONS, PUT"],
		["DELETE", "/v1/orders/x", "GET, HEAD, OPTIONS"],
		["GET", "/v1/shoppers", "OPTIONS, POST"],
		["POST", "/health", "GET, HEAD, OPTIONS"],
		["POST", "/docs", "GET, HEAD, OPTIONS"],
		["PUT", "/webhooks/sandbox", "OPTIONS, POST"],
		["DELETE", "/sandbox/faults", "GET, HEAD, OPTIONS, POST"],
		["POST", "/admin/v1/products/x", "GET, HEAD, OPTIONS, PATCH, PUT"],
		["GET", "/admin/v1/products/x/restock", "OPTIONS, POST"],
	])(
		"answers a method that an address does not have with 405 and what it allows: %s %s",
		async (method, path, allow) => {
			const answer = await call(method, path, { token: ADMIN });
			expectProblem(answer, 405, "method-not-allowed");
			expect(answer.headers.get("allow")).toBe(allow);
			const options = await fetchRaw(path, { method: "OPTIONS", headers: { authorization: `Bearer ${ADMIN}` } });
			expect([options.status, options.headers.get("allow")]).toEqual([204, allow]);
			const head = await fetchRaw(path, { method: "HEAD", headers: { authorization: `Bearer ${ADMIN}` } });
			expect(head.status === 405, `HEAD ${path}`).toBe(!allow.includes("HEAD"));
			expect(await head.text()).toBe("");
		},
	);

	it("does not tell of an address which methods it has to who may not use it", async () => {
		expectProblem(await call("POST", "/admin/v1/products/x"), 401, "unauthorized");
		const production = { ENVIRONMENT: "production" };
		for (const method of ["GET", "DELETE", "OPTIONS"]) {
			const answer = await callWith(production, method, "/sandbox/faults?x=1");
			expectProblem(answer, 404, "not-found");
			expect(answer.headers.has("allow")).toBe(false);
		}
	});
});

describe("a request id", () => {
	it("is the caller's own when that is valid, and is on every response", async () => {
		for (const path of ["/health", "/v1/products", "/admin/v1/orders", "/nowhere"]) {
			const answer = await fetchRaw(path, { headers: { "x-request-id": "a-b_c=9" } });
			expect(answer.headers.get("x-request-id"), path).toBe("a-b_c=9");
		}
	});

	it.each(["two words", "<script>", "x".repeat(256), "a;b"])(
		"replaces the caller's invalid id %j by a new one",
		async (id) => {
			const answer = await fetchRaw("/health", { headers: { "x-request-id": id } });
			expect(answer.headers.get("x-request-id")).toMatch(/^[\w-]{36}$/);
		},
	);

	it("differs for each request", async () => {
		const ids = await Promise.all([1, 2, 3].map(async () => (await fetchRaw("/health")).headers.get("x-request-id")));
		expect(new Set(ids).size).toBe(3);
	});
});

describe("response headers", () => {
	it("protect a browser on every response, refusals included", async () => {
		const { token } = await newShopper();
		for (const answer of [
			await fetchRaw("/health"),
			await fetchRaw("/v1/products"),
			await fetchRaw("/nowhere"),
			await fetchRaw("/admin/v1/orders"),
			await fetchRaw("/v1/reservations/x", { headers: { authorization: `Bearer ${token}` } }),
			await fetchRaw("/v1/shoppers", { method: "POST", body: "x".repeat(MAX_BODY_BYTES + 1) }),
		]) {
			expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
			expect(answer.headers.get("x-frame-options")).toBe("SAMEORIGIN");
			expect(answer.headers.get("referrer-policy")).toBe("no-referrer");
			expect(answer.headers.get("strict-transport-security")).toMatch(/^max-age=\d+$/);
		}
	});

	it("allow other origins to call the shopper API, and not the admin API", async () => {
		const origin = "https://storefront.example";
		const asked = {
			origin,
			"access-control-request-method": "PUT",
			"access-control-request-headers": "authorization,if-match",
		};
		const preflight = await fetchRaw("/v1/reservations/x", { method: "OPTIONS", headers: asked });
		expect(preflight.status).toBe(204);
		expect(preflight.headers.get("access-control-allow-origin")).toBe("*");
		expect(preflight.headers.get("access-control-max-age")).toBe("7200");
		expect(preflight.headers.get("access-control-allow-methods")).toContain("PUT");
		expect(preflight.headers.get("access-control-allow-headers")).toContain("authorization");
		const refused = await fetchRaw("/v1/reservations/x", { headers: { origin } });
		expect(refused.status).toBe(401);
		expect(refused.headers.get("access-control-allow-origin")).toBe("*");
		expect(refused.headers.get("access-control-expose-headers")).toMatch(/retry-after/i);
		// No credentials are allowed, so a hostile page cannot use a cookie.
		expect(refused.headers.has("access-control-allow-credentials")).toBe(false);
		const admin = await fetchRaw("/admin/v1/orders", { headers: { origin, authorization: `Bearer ${ADMIN}` } });
		expect(admin.headers.has("access-control-allow-origin")).toBe(false);
	});
});

describe("a request body", () => {
	/** A body without a Content-Length. */
	function stream(bytes: number): ReadableStream {
		let left = bytes;
		return new ReadableStream({
			pull(controller) {
				controller.enqueue(new Uint8Array(10_000).fill(0x20));
				left -= 10_000;
				if (left <= 0) controller.close();
			},
		});
	}

	it("is refused with 413 when it is a megabyte, with a Content-Length or without, whoever sends it", async () => {
		const sku = await newProduct({ units: 1 });
		const { token } = await newShopper();
		for (const body of [() => "x".repeat(1_000_000), () => stream(1_000_000)]) {
			for (const [method, path, who] of [
				["PUT", `/v1/reservations/${sku}`, token],
				["PUT", `/v1/reservations/${sku}`, undefined],
				["POST", "/v1/checkouts", token],
				["POST", `/admin/v1/products/${sku}/restock`, ADMIN],
				["POST", "/v1/shoppers", undefined],
				["POST", "/webhooks/sandbox", undefined],
			] as const) {
				const headers = { "content-type": "application/json" };
				const options = { body: body(), headers, key: "k", ...(who === undefined ? {} : { token: who }) };
				expectProblem(await callWith({}, method, path, options), 413, "body-too-large");
			}
		}
		expect(await stockOf(sku)).toMatchObject({ received: 1, held: 0 });
	});

	it("is read at exactly the maximum size, and refused with one byte more", async () => {
		const { token } = await newShopper();
		const send = (bytes: number) =>
			call("PUT", `/v1/reservations/${newSku()}`, {
				token,
				body: `{"quantity":1${" ".repeat(bytes - 14)}}`,
				headers: { "content-type": "application/json" },
			});
		expectProblem(await send(MAX_BODY_BYTES), 404, "unknown-sku");
		expectProblem(await send(MAX_BODY_BYTES + 1), 413, "body-too-large");
	});

	it.each([
		"text/plain",
		"application/x-www-form-urlencoded",
		"multipart/form-data; boundary=x",
		"application/xml",
		"application/jsonp",
		"nonsense",
		"application/json-patch+json",
	])("is refused with 415 when its type is %s", async (type) => {
		const sku = await newProduct({ units: 1 });
		const { token } = await newShopper();
		const options = { token, body: '{"quantity":1}', headers: { "content-type": type } };
		expectProblem(await call("PUT", `/v1/reservations/${sku}`, options), 415, "unsupported-media-type");
		expect(await stockOf(sku)).toMatchObject({ held: 0 });
	});

	it.each([
		"application/json",
		"application/json; charset=utf-8",
		"APPLICATION/JSON",
		"application/json;charset=UTF-8",
	])("is read when its type is %s", async (type) => {
		const sku = await newProduct({ units: 1 });
		const { token } = await newShopper();
		const options = { token, body: '{"quantity":1}', headers: { "content-type": type } };
		expect(await call("PUT", `/v1/reservations/${sku}`, options)).toMatchObject({ status: 201 });
	});
});

describe("the open addresses", () => {
	it("answer GET /health with ok", async () => {
		expect(await call("GET", "/health")).toMatchObject({ status: 200, body: { status: "ok" } });
	});

	it("describe in GET /openapi.json every call of the contract, and the token it needs", async () => {
		const { status, body } = await call<{
			openapi: string;
			paths: Record<string, Record<string, { security?: object[]; responses: Record<string, unknown> }>>;
			components: { securitySchemes: object };
		}>("GET", "/openapi.json");
		expect(status).toBe(200);
		expect(body.openapi).toBe("3.1.0");
		expect(Object.keys(body.components.securitySchemes).sort()).toEqual(["admin", "shopper"]);
		for (const [method, path, security] of [
			["post", "/v1/shoppers", null],
			["get", "/v1/products", null],
			["get", "/v1/products/{sku}", null],
			["put", "/v1/reservations/{sku}", "shopper"],
			["get", "/v1/reservations/{sku}", "shopper"],
			["delete", "/v1/reservations/{sku}", "shopper"],
			["post", "/v1/reservations/{sku}/extend", "shopper"],
			["post", "/v1/checkouts", "shopper"],
			["get", "/v1/checkouts/{id}", "shopper"],
			["delete", "/v1/checkouts/{id}", "shopper"],
			["get", "/v1/orders/{id}", "shopper"],
			["post", "/admin/v1/shoppers", "admin"],
			["put", "/admin/v1/products/{sku}", "admin"],
			["post", "/admin/v1/products/{sku}/restock", "admin"],
			["post", "/admin/v1/products/{sku}/adjust", "admin"],
			["get", "/admin/v1/products/{sku}/stock", "admin"],
			["get", "/admin/v1/products/{sku}/reservations", "admin"],
			["get", "/admin/v1/products/{sku}/journal", "admin"],
			["post", "/admin/v1/products/{sku}/reservations/{id}/release", "admin"],
			["get", "/admin/v1/orders", "admin"],
			["get", "/admin/v1/orders/{id}", "admin"],
			["get", "/admin/v1/reconciliation", "admin"],
		] as const) {
			const operation = body.paths[path]?.[method];
			expect(operation, `${method} ${path}`).toBeDefined();
			expect(operation?.security, `${method} ${path}`).toEqual(security === null ? [] : [{ [security]: [] }]);
		}
	});

	it("are the only declared routes that answer without a token", async () => {
		expect(ROUTES.length).toBeGreaterThan(20);
		for (const { method, path } of ROUTES) {
			const answer = await call(method, path.replace("{provider}", "sandbox").replace(/\{\w+\}/g, "x"));
			const kept = path.startsWith("/admin") || /^\/v1\/(reservations|checkouts|orders)/.test(path);
			if (kept) expectProblem(answer, 401, "unauthorized");
			else expect(answer.body?.type, `${method} ${path}`).not.toBe("/problems/not-found");
		}
	});
});
