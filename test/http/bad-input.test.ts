/**
 * Bodies of every kind that is not wanted, at every route that takes one: always a 4xx problem that says why, never a 5xx, and
 * nothing of the stock has moved afterwards. `call` holds each answer against the contract.
 */
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import {
	anyJson,
	type Json,
	type Member,
	NO_OBJECTS,
	spoilings,
	spoilt,
	withUnknownMembers,
} from "../support/bad-bodies.ts";
import { ROUTES } from "../support/contract.ts";
import {
	ADMIN,
	call,
	newProduct,
	newShopper,
	newSku,
	pay,
	paymentIdOf,
	type Shopper,
	stockOf,
} from "../support/shop.ts";

let ada: Shopper;
let sku: string;
let orderId: string;
let paymentId: string;

beforeAll(async () => {
	ada = await newShopper();
	sku = await newProduct({ units: 10 });
	const bought = await ada.buy([{ sku, quantity: 1 }]);
	orderId = bought.orderId;
	paymentId = paymentIdOf(await ada.checkout([{ sku: await newProduct({ units: 1 }), quantity: 1 }]));
});

const LONG = "x".repeat(3_000);
const count = (path: Member["path"], more: Partial<Member> = {}): Member => ({
	path,
	type: "integer",
	required: true,
	...more,
});
const text = (path: Member["path"], more: Partial<Member> = {}): Member => ({ path, type: "string", ...more });
const quantity = (path: Member["path"]) => count(path, { wrong: [0, -1, 10_001] });
const seconds = (name: string) => count(["policy", name], { required: false, wrong: [0, -1, 86_401] });
const time = (path: Member["path"]) =>
	text(path, {
		nullable: true,
		wrong: [
			"",
			"now",
			"2026-12-12",
			"2026-12-12T00:00:00",
			"2026-13-01T00:00:00Z",
			"12/12/2026",
			"2026-02-30T00:00:00Z",
		],
	});
const NO_SKUS = [
	"",
	"-a",
	".a",
	"_a",
	"a b",
	"a/b",
	"a\0",
	"a\n",
	"é",
	"🍵",
	"x".repeat(65),
	"../x",
	"a;b",
	"a'b",
	"%41",
];

interface Route {
	readonly name: string;
	readonly path: () => string;
	readonly good: () => Json;
	readonly members: readonly Member[];
	/** Objects inside of the body, that take no unknown members either. */
	readonly inner?: readonly Member["path"][];
	readonly who: "shopper" | "merchant";
}

const routes: readonly Route[] = [
	{
		name: "PUT /v1/reservations/{sku}",
		path: () => `/v1/reservations/${sku}`,
		good: () => ({ quantity: 1, wait: false }),
		members: [quantity(["quantity"]), { path: ["wait"], type: "boolean" }],
		who: "shopper",
	},
	{
		name: "POST /v1/checkouts",
		path: () => "/v1/checkouts",
		good: () => ({ lines: [{ sku, quantity: 1 }], email: "ada@example.com", acceptPreorder: false, partial: false }),
		members: [
			{
				path: ["lines"],
				type: "array",
				required: true,
				wrong: [[], [null], [{}], Array(21).fill({ sku: "a", quantity: 1 })],
			},
			{ path: ["lines", 0], type: "object" },
			text(["lines", 0, "sku"], { required: true, wrong: NO_SKUS }),
			quantity(["lines", 0, "quantity"]),
			text(["email"], {
				required: true,
				wrong: [
					"",
					"ada",
					"ada@",
					"@example.com",
					"a b@example.com",
					"ada@example.com\n",
					"ada@example.com\r\nBcc: x@y.example",
					"ada@@example.com",
					`${"a".repeat(250)}@example.com`,
					"ada@exämple.com",
				],
			}),
			{ path: ["acceptPreorder"], type: "boolean" },
			{ path: ["partial"], type: "boolean" },
		],
		inner: [["lines", 0]],
		who: "shopper",
	},
	{
		name: "POST /admin/v1/shoppers",
		path: () => "/admin/v1/shoppers",
		good: () => ({ shopperId: "customer-1", expiresInSeconds: 60 }),
		members: [
			text(["shopperId"], { required: true, wrong: ["", " ", "-a", "a b", "a\n", "a\0", "é", "x".repeat(129), "a/b"] }),
			count(["expiresInSeconds"], { required: false, wrong: [0, -1, 366 * 86_400] }),
		],
		who: "merchant",
	},
	{
		name: "PUT /admin/v1/products/{sku}",
		path: () => `/admin/v1/products/${sku}`,
		good: () => ({
			title: "Mug",
			description: "350 ml",
			imageUrl: "https://shop.example/mug.jpg",
			price: { amount: 1999, currency: "USD" },
			policy: {
				holdSeconds: 600,
				offerSeconds: 300,
				paymentWindowSeconds: 900,
				paymentGraceSeconds: 120,
				maxExtensions: 3,
				limitPerShopper: 2,
				lineLimit: 4,
				preorder: { capacity: 5, expectedAt: "2027-03-01T00:00:00Z", termsVersion: "v1" },
				saleStartsAt: "2026-01-01T00:00:00Z",
				saleEndsAt: "2027-01-01T00:00:00Z",
			},
		}),
		members: [
			text(["title"], { required: true, wrong: ["", "  ", "\n\t", LONG] }),
			text(["description"], { nullable: true, wrong: [LONG] }),
			text(["imageUrl"], {
				nullable: true,
				wrong: [
					"",
					"mug.jpg",
					"/mug.jpg",
					"javascript:alert(1)",
					"data:image/png;base64,AA",
					"ftp://shop.example/a",
					`https://shop.example/${LONG}`,
				],
			}),
			{ path: ["price"], type: "object", required: true },
			count(["price", "amount"], { wrong: [-1, 10_000_000_001] }),
			text(["price", "currency"], { required: true, wrong: ["", "usd", "US", "USDD", "U$D", "ÜSD", " USD"] }),
			{ path: ["policy"], type: "object" },
			...["holdSeconds", "offerSeconds", "paymentWindowSeconds", "paymentGraceSeconds"].map(seconds),
			count(["policy", "maxExtensions"], { required: false, wrong: [-1, 101] }),
			count(["policy", "limitPerShopper"], { required: false, nullable: true, wrong: [0, -1, 1_000_000_001] }),
			count(["policy", "lineLimit"], { required: false, nullable: true, wrong: [-1, 1_000_000_001] }),
			{ path: ["policy", "preorder"], type: "object", nullable: true },
			count(["policy", "preorder", "capacity"], { wrong: [-1, 1_000_000_001] }),
			text(["policy", "preorder", "termsVersion"], { required: true, wrong: ["", "x".repeat(201)] }),
			time(["policy", "preorder", "expectedAt"]),
			time(["policy", "saleStartsAt"]),
			time(["policy", "saleEndsAt"]),
			text(["policy", "saleEndsAt"], { nullable: true, wrong: ["2026-01-01T00:00:00Z", "2025-12-31T23:59:59Z"] }),
		],
		inner: [["price"], ["policy"], ["policy", "preorder"]],
		who: "merchant",
	},
	{
		name: "POST /admin/v1/products/{sku}/restock",
		path: () => `/admin/v1/products/${sku}/restock`,
		good: () => ({ quantity: 1, reference: "PO-1", ifOnHand: 9 }),
		members: [
			count(["quantity"], { wrong: [0, -1, 1_000_000_001] }),
			text(["reference"], { nullable: true, wrong: ["", "x".repeat(201)] }),
			count(["ifOnHand"], { required: false, nullable: true, wrong: [-1] }),
		],
		who: "merchant",
	},
	{
		name: "POST /admin/v1/products/{sku}/adjust",
		path: () => `/admin/v1/products/${sku}/adjust`,
		good: () => ({ delta: 1, reason: "counted", force: false }),
		members: [
			count(["delta"], { wrong: [0, 1_000_000_001, -1_000_000_001] }),
			text(["reason"], { required: true, wrong: ["", "  ", "x".repeat(201)] }),
			{ path: ["force"], type: "boolean" },
		],
		who: "merchant",
	},
	{
		name: "POST /admin/v1/orders/{id}/refund",
		path: () => `/admin/v1/orders/${orderId}/refund`,
		good: () => ({ lines: [{ sku, quantity: 1 }], restock: true, reason: "damaged" }),
		members: [
			{
				path: ["lines"],
				type: "array",
				nullable: true,
				wrong: [
					[],
					[null],
					[{}],
					[
						{ sku: "a", quantity: 1 },
						{ sku: "a", quantity: 1 },
					],
				],
			},
			text(["lines", 0, "sku"], { required: true, wrong: NO_SKUS }),
			quantity(["lines", 0, "quantity"]),
			{ path: ["restock"], type: "boolean", required: true },
			text(["reason"], { required: true, wrong: ["", "  ", "x".repeat(201)] }),
		],
		inner: [["lines", 0]],
		who: "merchant",
	},
	{
		name: "POST /sandbox/payments/{id}/confirm",
		path: () => `/sandbox/payments/${paymentId}/confirm`,
		good: () => ({ outcome: "decline", paidAt: "2026-12-12T00:00:00Z", delayMs: 0, copies: 1, silent: true }),
		members: [
			text(["outcome"], { required: true, wrong: ["", "APPROVE", "paid"] }),
			text(["paidAt"], { wrong: ["", "yesterday", "2026-13-01T00:00:00Z"] }),
			count(["delayMs"], { required: false, wrong: [-1, 1e12] }),
			count(["copies"], { required: false, wrong: [0, 21] }),
			{ path: ["silent"], type: "boolean" },
		],
		who: "merchant",
	},
	{
		name: "POST /sandbox/faults",
		path: () => "/sandbox/faults",
		good: () => ({ faults: [{ call: "read", fail: "before", delayMs: 0, times: 1 }] }),
		members: [
			{
				path: ["faults"],
				type: "array",
				required: true,
				wrong: [[null], [{}], Array(101).fill({ call: "read", fail: "before" })],
			},
			text(["faults", 0, "call"], { required: true, wrong: ["", "steal"] }),
			text(["faults", 0, "fail"], { wrong: ["", "always"] }),
			count(["faults", 0, "delayMs"], { required: false, wrong: [-1, 60_001] }),
			count(["faults", 0, "times"], { required: false, wrong: [0, 1_000_001] }),
		],
		inner: [["faults", 0]],
		who: "merchant",
	},
];

async function send(
	{ name, path, who }: Route,
	body: string,
	headers: Record<string, string> = { "content-type": "application/json" },
) {
	const [method = ""] = name.split(" ");
	const token = who === "shopper" ? ada.token : ADMIN;
	return call(method, path(), { token, key: crypto.randomUUID(), body, headers });
}

async function expectRefused(route: Route, body: string, what: string): Promise<void> {
	const answer = await send(route, body);
	expect(answer, `${route.name} ${what}`).toMatchObject({ status: 400, body: { type: "/problems/invalid-request" } });
}

it("these are all the routes that take JSON", () => {
	const taking = ROUTES.filter(({ hasBody }) => hasBody).map(({ method, path }) => `${method} ${path}`);
	expect(routes.map(({ name }) => name).sort()).toEqual(taking.sort());
});

describe.each(routes)("$name", (route) => {
	/** Whatever is sent, the stock is afterwards what it was, to the version. */
	async function changesNothing(work: () => Promise<void>): Promise<void> {
		const before = await stockOf(sku);
		await work();
		expect(await stockOf(sku)).toEqual(before);
	}

	it("turns down every member that is missing, of another type, or out of its bounds", async () => {
		await changesNothing(async () => {
			for (const member of route.members) {
				for (const { text, what } of spoilings(route.good(), member)) await expectRefused(route, text, what);
			}
		});
	});

	it("turns down members that it does not know", async () => {
		await changesNothing(async () => {
			for (const path of [[], ...(route.inner ?? [])]) {
				for (const { text, what } of withUnknownMembers(route.good(), path)) await expectRefused(route, text, what);
			}
		});
	});

	it("turns down what is no JSON, or no object", async () => {
		await changesNothing(async () => {
			for (const text of NO_OBJECTS) await expectRefused(route, text, text.slice(0, 40));
		});
	});

	it("turns down a body of another type, and one of none", async () => {
		await changesNothing(async () => {
			const good = JSON.stringify(route.good());
			expect(await send(route, good, { "content-type": "text/plain" })).toMatchObject({ status: 415 });
			expect(await send(route, good, { "content-type": "application/x-www-form-urlencoded" })).toMatchObject({
				status: 415,
			});
			const [method = ""] = route.name.split(" ");
			const token = route.who === "shopper" ? ada.token : ADMIN;
			const body = new TextEncoder().encode(good);
			expect(await call(method, route.path(), { token, key: "k", body })).toMatchObject({ status: 415 });
		});
	});

	it("turns down any JSON at all that is not its own", async () => {
		await changesNothing(() =>
			fc.assert(
				fc.asyncProperty(anyJson, async (text) => expectRefused(route, text, text)),
				{ numRuns: 100 },
			),
		);
	});

	it("with anything at all in the place of any member: a problem or an answer, never a fault", async () => {
		const member = fc.constantFrom(...route.members);
		const before = await stockOf(sku);
		await fc.assert(
			fc.asyncProperty(member, anyJson, async ({ path, type }, text) => {
				const value: Json = JSON.parse(text);
				const { status } = await send(route, JSON.stringify(spoilt(route.good(), path, value)));
				// A string may happen to be a good title; a number that is no count never is one.
				if (type === "integer" && !Number.isSafeInteger(value) && value !== null) expect(status).toBe(400);
				expect(status).toBeLessThan(500);
			}),
			{ numRuns: 100 },
		);
		const after = await stockOf(sku);
		expect(after.received + after.adjusted).toBe(after.available + after.held + after.sold);
		if (route.who === "shopper") expect(after.received).toBe(before.received);
	});
});

describe("text that is odd, and allowed", () => {
	// By words, since what is in them is more than the runner's own wire can carry.
	const odd: [string, string][] = [
		["a NUL", "a\0b"],
		["another direction", "\u202eabc"],
		["a family", "👩‍👩‍👧‍👦"],
		["mathematics", "Ω≈ç√"],
		["markup", "<script>alert(1)</script>"],
		["SQL", "'; DROP TABLE orders;--"],
		["a control character", "a\u0001b"],
		["a line separator", "a\u2028b"],
		["a template", "{{7*7}}"],
	];

	it.each(odd)("%s as a title, a reference and a reason comes back as it was", async (_, text) => {
		const sku = newSku();
		const json = { title: text, description: text, price: { amount: 5, currency: "USD" } };
		const defined = await call<{ title: string }>("PUT", `/admin/v1/products/${sku}`, { token: ADMIN, json });
		expect(defined).toMatchObject({ status: 201, body: { title: text, description: text } });
		const restock = { quantity: 3, reference: text };
		const path = `/admin/v1/products/${sku}`;
		expect(await call("POST", `${path}/restock`, { token: ADMIN, key: "k", json: restock })).toMatchObject({
			status: 200,
		});
		expect(await call("POST", `${path}/adjust`, { token: ADMIN, json: { delta: -1, reason: text } })).toMatchObject({
			status: 200,
		});
		const { body } = await call<{ entries: { note: string }[] }>("GET", `${path}/journal`, { token: ADMIN });
		expect(body.entries.map(({ note }) => note)).toEqual([text, text]);
		const { id, payment } = await ada.checkout([{ sku, quantity: 1 }]);
		await pay(payment?.id ?? "");
		const { orderId } = (await ada.read(id)).body;
		expect(await ada.order(orderId ?? "")).toMatchObject({ body: { lines: [{ title: text }] } });
	});

	it("half a surrogate pair, which has no form in UTF-8, does no harm", async () => {
		const title = "\ud800";
		const json = { title, price: { amount: 5, currency: "USD" } };
		const path = `/admin/v1/products/${newSku()}`;
		expect((await call("PUT", path, { token: ADMIN, json })).status).toBeLessThan(500);
		expect(
			(await call("POST", `${path}/adjust`, { token: ADMIN, json: { delta: 1, reason: title } })).status,
		).toBeLessThan(500);
		expect((await call("GET", `${path}/journal`, { token: ADMIN })).status).toBeLessThan(500);
	});
});
