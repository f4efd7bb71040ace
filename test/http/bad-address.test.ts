/** Malformed addresses, queries and headers: each gets a problem and never a 500, and creates no object. */
import { env, exports } from "cloudflare:workers";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { SHOPPER_ID_PATTERN } from "../../src/ids.ts";
import { ROUTES } from "../support/contract.ts";
import { ADMIN, type CallOptions, call, expectProblem } from "../support/http.ts";
import { newProduct, newSku, stockOf } from "../support/merchant.ts";
import { madeOf } from "../support/objects.ts";
import { newShopper, type Shopper } from "../support/shopper.ts";

let ada: Shopper;
beforeAll(async () => {
	ada = await newShopper();
});

const ODD = [
	...["%2F", "a%2Fb", "..%2F..%2Fadmin", "%2e%2e%2f", "%00", "a%00b", "%0A", "a%0Ab", "%20", "a%20b", "%25", "%252F"],
	...[
		"%C3%A9",
		"%F0%9F%8D%B5",
		"%E2%80%AE",
		"%ED%A0%80",
		"%FF",
		"%",
		"%zz",
		"%E0%A4%A",
		"+",
		"-a",
		".a",
		"_a",
		"a;b",
		"a'b",
	],
	...[
		"a,b",
		"a:b",
		"*",
		"{sku}",
		"a|b",
		"a\\b",
		"x".repeat(65),
		"x".repeat(4_000),
		"%3Cscript%3E",
		"a&b=c",
		"a=b",
		"~",
	],
];

const JSON_BODY: Readonly<Record<string, unknown>> = {
	"/v1/reservations/{sku}": { quantity: 1 },
	"/admin/v1/products/{sku}": { title: "X", price: { amount: 1, currency: "USD" } },
	"/admin/v1/products/{sku}/restock": { quantity: 1 },
	"/admin/v1/products/{sku}/adjust": { delta: 1, reason: "x" },
	"/admin/v1/webhooks": { url: "https://erp.example.com/", events: ["*"] },
	"/admin/v1/webhooks/{id}": {},
	"/admin/v1/webhooks/{id}/replay": { since: "2026-12-12T00:00:00Z" },
	"/admin/v1/orders/{id}/refund": { restock: false, reason: "x" },
	"/sandbox/payments/{id}/confirm": { outcome: "decline" },
	"/sandbox/payments/{id}/incidents": { kind: "voided-by-hand" },
};

function optionsOf({ path, body }: (typeof ROUTES)[number]): CallOptions {
	const token = path.startsWith("/v1") ? ada.token : ADMIN;
	return body !== null ? { token, key: crypto.randomUUID(), json: JSON_BODY[path] } : { token };
}

/** A merchant's customer ids are names too, and may have other characters. */
const isShoppers = ({ path }: (typeof ROUTES)[number]): boolean => path.includes("/shoppers/{id}");

const withName = ROUTES.filter(({ path }) => path.includes("{"));
const lists = ROUTES.filter(({ method, path }) => method === "GET" && !/\{id\}|live$|openapi/.test(path));

describe("a malformed name in the address", () => {
	it.each(withName.map((route) => [`${route.method} ${route.path}`, route] as const))(
		"gets 400 or 404 from %s",
		async (_, route) => {
			for (const name of ODD) {
				const path = route.path.replaceAll(/\{\w+\}/g, name);
				const { status } = await call(route.method, path, optionsOf(route));
				if (isShoppers(route) && SHOPPER_ID_PATTERN.test(name)) continue;
				expect([400, 404], `${route.method} ${path} -> ${status}`).toContain(status);
			}
		},
	);

	it("creates no object, and neither does an unknown well-formed one", async () => {
		const names = [newSku(), `co_${crypto.randomUUID().replaceAll("-", "").slice(1)}`];
		for (const route of withName) {
			// Defining a product creates its object. A rebuild calls the object without looking in D1, which may be wrong.
			if (route.method === "PUT" && route.path.startsWith("/admin")) continue;
			if (route.path.endsWith("/rebuild")) continue;
			for (const name of names) {
				await call(route.method, route.path.replaceAll(/\{\w+\}/g, name), optionsOf(route));
			}
		}
		for (const namespace of [env.SKU, env.CHECKOUT]) expect(await madeOf(namespace, names)).toEqual([]);
		const sku = await newProduct();
		expect(await madeOf(env.SKU, [sku])).toEqual([sku]);
	});

	it("gets no 500, of whatever characters it is made", async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.constantFrom(...withName),
				fc.string({ unit: "binary", minLength: 1 }),
				async (route, name) => {
					const path = route.path.replaceAll(/\{\w+\}/g, encodeURIComponent(name));
					const { status } = await call(route.method, path, optionsOf(route));
					const isName = (isShoppers(route) ? SHOPPER_ID_PATTERN : /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/).test(name);
					expect(status).toBeGreaterThanOrEqual(isName ? 200 : 400);
					expect(status).toBeLessThan(500);
				},
			),
			{ numRuns: 150 },
		);
	});
});

describe("a malformed query", () => {
	const head = (path: string, { token = "" }: CallOptions) =>
		exports.default.fetch(`https://shop.example${path}`, {
			method: "HEAD",
			headers: { authorization: `Bearer ${token}` },
		});

	const bad = [
		"limit=0",
		"limit=-1",
		"limit=1.5",
		"limit=1e9",
		"limit=x",
		"limit=",
		"limit=NaN",
		"limit=Infinity",
		"limit=1&limit=2",
		"limit=%00",
		"limit[]=1",
		"limit=0x10",
		"limit=1e1",
		"limit=+5",
		"limit=%205",
		"limit=05",
		"limit=5.0",
		"limit=９",
		"li%6Dit=1&limit=1",
		"Limit=1",
		"stauts=paid",
		"unknown",
		"=1",
		"__proto__=1",
		"constructor=1",
		"cursor=%ED%A0%80",
		"cursor=%FF",
		"cursor=%",
		"%ED%A0%80=1",
		`cursor=${"x".repeat(201)}`,
		"cursor=1&cursor=2",
		"cursor=-not%20of%20any%20list",
		"cursor=-bad%00",
	];

	it.each(lists.map((route) => [`${route.method} ${route.path}`, route] as const))(
		"gets 400 from %s",
		async (_, route) => {
			const sku = await newProduct({ units: 1 });
			const path = route.path.replace("{sku}", sku);
			for (const query of bad) {
				const answer = await call(route.method, `${path}?${query}`, optionsOf(route));
				expectProblem(answer, 400, "invalid-request");
			}
		},
	);

	it("gets 400 from every address, whatever it does and whoever asks, but for the provider's webhooks", async () => {
		const sku = await newProduct({ units: 1 });
		for (const route of ROUTES) {
			if (route.path.startsWith("/webhooks/")) continue;
			const path = route.path.replace("{sku}", sku).replace("{id}", "x");
			expectProblem(await call(route.method, `${path}?stauts=paid`, optionsOf(route)), 400, "invalid-request");
			if (route.method === "GET") expect((await head(`${path}?stauts=paid`, optionsOf(route))).status).toBe(400);
		}
		expect(await stockOf(sku)).toMatchObject({ held: 0, received: 1 });
		expectProblem(await call("POST", "/webhooks/sandbox?from=stripe", { json: {} }), 400, "bad-signature");
		expectProblem(await call("GET", "/nowhere?x=1"), 404, "not-found");
	});

	it("names the parameter that is at fault", async () => {
		const { body } = await call("GET", "/admin/v1/orders?stauts=paid", { token: ADMIN });
		expect(body["errors"]).toEqual([{ path: "stauts", message: "is not a parameter of this address" }]);
	});

	it("is none when its parameters are declared, stand once and are well-formed", async () => {
		const sku = await newProduct({ units: 1 });
		for (const query of ["limit=5", "cursor=&limit=5", "status=held&limit=1", "&limit=5&", "", "status=h%65ld"]) {
			const path = `/admin/v1/products/${sku}/reservations?${query}`;
			expect((await call("GET", path, { token: ADMIN })).status, query).toBe(200);
		}
	});

	it("gets no 500 from any list, of whatever characters it is made", async () => {
		const sku = await newProduct({ units: 1 });
		const name = fc.constantFrom("limit", "cursor", "after", "status", "sku");
		await fc.assert(
			fc.asyncProperty(fc.constantFrom(...lists), name, fc.string({ unit: "binary" }), async (route, name, value) => {
				const path = `${route.path.replace("{sku}", sku)}?${name}=${encodeURIComponent(value)}`;
				expect((await call(route.method, path, optionsOf(route))).status).toBeLessThan(500);
			}),
			{ numRuns: 150 },
		);
		expect(await stockOf(sku)).toMatchObject({ received: 1, available: 1 });
	});
});

describe("malformed headers", () => {
	const HUGE = "x".repeat(60_000);

	it.each([
		"authorization",
		"idempotency-key",
		"if-match",
		"x-request-id",
		"cookie",
		"origin",
		"accept",
		"user-agent",
		"x-forwarded-for",
		"cf-connecting-ip",
	])("get no 500 when %s is 60 kB, of odd characters, or of commas only", async (header) => {
		const sku = await newProduct({ units: 1 });
		for (const value of [HUGE, `Bearer ${HUGE}`, ",".repeat(1_000), '"', "%00", "../../etc/passwd", "'--"]) {
			const { status } = await call("PUT", `/v1/reservations/${sku}`, {
				headers: { authorization: `Bearer ${ada.token}`, "content-type": "application/json", [header]: value },
				body: '{"quantity":1}',
			});
			expect(status).toBeLessThan(500);
			if (header === "authorization") expect(status).toBe(401);
			if (header === "if-match") expect(status).toBe(412);
		}
		if (header === "authorization" || header === "if-match") expect(await stockOf(sku)).toMatchObject({ held: 0 });
		else await ada.release(sku);
	});
});
