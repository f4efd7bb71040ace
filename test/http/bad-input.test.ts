/**
 * Malformed bodies, at every route that takes JSON: each gets a 4xx problem with a reason and never a 5xx, and changes
 * nothing of the stock. `call` compares each response with the contract.
 */
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import {
	anyJson,
	invalidVariants,
	type Json,
	NOT_OBJECTS,
	withMember,
	withUnknownMembers,
} from "../support/bad-bodies.ts";
import { ROUTES } from "../support/contract.ts";
import { ADMIN, call, expectProblem } from "../support/http.ts";
import { newProduct, newSku, stockOf } from "../support/merchant.ts";
import { pay } from "../support/provider.ts";
import { newShopper, paymentIdOf, type Shopper } from "../support/shopper.ts";
import { JSON_ROUTES, type Route, type Subject } from "./json-routes.ts";

let ada: Shopper;
let subject: Subject;

beforeAll(async () => {
	ada = await newShopper();
	const sku = await newProduct({ units: 10 });
	const { orderId } = await ada.buy([{ sku, quantity: 1 }]);
	const unpaid = await ada.checkout([{ sku: await newProduct({ units: 1 }), quantity: 1 }]);
	subject = { sku, orderId, paymentId: paymentIdOf(unpaid) };
});

async function send(
	{ name, path, who }: Route,
	body: string,
	headers: Record<string, string> = { "content-type": "application/json" },
) {
	const [method = ""] = name.split(" ");
	const token = who === "shopper" ? ada.token : ADMIN;
	return call(method, path(subject), { token, key: crypto.randomUUID(), body, headers });
}

async function expectRefused(route: Route, body: string, what: string): Promise<void> {
	const answer = await send(route, body);
	expect(answer, `${route.name} ${what}`).toMatchObject({ status: 400, body: { type: "/problems/invalid-request" } });
}

it("lists every route that takes JSON", () => {
	// A webhook's body is the provider's, and nothing but its signature is checked before the provider's code reads it.
	const taking = ROUTES.filter(({ path, body }) => body !== null && !path.startsWith("/webhooks/"));
	expect(JSON_ROUTES.map(({ name }) => name).sort()).toEqual(
		taking.map(({ method, path }) => `${method} ${path}`).sort(),
	);
});

describe.each(JSON_ROUTES)("$name", (route) => {
	/** Whatever is sent, the stock afterwards is the same, its version included. */
	async function changesNothing(work: () => Promise<void>): Promise<void> {
		const before = await stockOf(subject.sku);
		await work();
		expect(await stockOf(subject.sku)).toEqual(before);
	}

	it("refuses a member that is missing, of another type, or out of bounds", async () => {
		await changesNothing(async () => {
			for (const member of route.members) {
				for (const { text, what } of invalidVariants(route.good(subject), member))
					await expectRefused(route, text, what);
			}
		});
	});

	it("refuses unknown members", async () => {
		await changesNothing(async () => {
			for (const path of [[], ...(route.inner ?? [])]) {
				for (const { text, what } of withUnknownMembers(route.good(subject), path))
					await expectRefused(route, text, what);
			}
		});
	});

	it("refuses a body that is not JSON, or not an object", async () => {
		await changesNothing(async () => {
			for (const text of NOT_OBJECTS.filter((body) => body !== "" || !route.isOptional))
				await expectRefused(route, text, text.slice(0, 40));
		});
	});

	it("refuses a body of another content type, and one without a type", async () => {
		await changesNothing(async () => {
			const good = JSON.stringify(route.good(subject));
			expect(await send(route, good, { "content-type": "text/plain" })).toMatchObject({ status: 415 });
			expect(await send(route, good, { "content-type": "application/x-www-form-urlencoded" })).toMatchObject({
				status: 415,
			});
			if (route.isOptional) return;
			const [method = ""] = route.name.split(" ");
			const token = route.who === "shopper" ? ada.token : ADMIN;
			const body = new TextEncoder().encode(good);
			expect(await call(method, route.path(subject), { token, key: "k", body })).toMatchObject({ status: 415 });
		});
	});

	it("refuses any other JSON", async () => {
		const schema = ROUTES.find(({ method, path }) => `${method} ${path}` === route.name)?.body;
		// Any JSON may happen to be a body that the route takes, such as {"quantity":1}.
		const otherJson = anyJson.filter((text) => schema?.safeParse(JSON.parse(text)).success === false);
		await changesNothing(() =>
			fc.assert(
				fc.asyncProperty(otherJson, async (text) => expectRefused(route, text, text)),
				{ numRuns: 100 },
			),
		);
	});

	it("answers without a 500 whatever stands in the place of a member", async () => {
		const member = fc.constantFrom(...route.members);
		const before = await stockOf(subject.sku);
		await fc.assert(
			fc.asyncProperty(member, anyJson, async ({ path, type }, text) => {
				const value: Json = JSON.parse(text);
				const { status } = await send(route, JSON.stringify(withMember(route.good(subject), path, value)));
				// A random string may be a valid title; a number that is no count is never valid.
				if (type === "integer" && !Number.isSafeInteger(value) && value !== null) expect(status).toBe(400);
				expect(status).toBeLessThan(500);
			}),
			{ numRuns: 100 },
		);
		const after = await stockOf(subject.sku);
		expect(after.received + after.adjusted).toBe(after.available + after.held + after.sold);
		if (route.who === "shopper") expect(after.received).toBe(before.received);
	});
});

describe("unusual text that is allowed", () => {
	// Named by words: the test runner cannot send some of these characters to its reporter.
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

	it.each(odd)("comes back unchanged from a title, a reference and a reason: %s", async (_, text) => {
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
});

describe("text that is not well-formed Unicode", () => {
	interface Schema {
		readonly $ref?: string;
		readonly type?: string | readonly string[];
		readonly properties?: Readonly<Record<string, Schema>>;
		readonly items?: Schema;
		readonly anyOf?: readonly Schema[];
		readonly oneOf?: readonly Schema[];
		readonly allOf?: readonly Schema[];
	}
	type Path = readonly (string | number)[];
	interface Operation {
		readonly parameters?: readonly { readonly in: string; readonly name: string }[];
		readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
	}

	let paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
	let schemas: Readonly<Record<string, Schema>>;
	beforeAll(async () => {
		const { body } = await call<{ paths: typeof paths; components: { schemas: typeof schemas } }>(
			"GET",
			"/openapi.json",
		);
		paths = body.paths;
		schemas = body.components.schemas;
	});

	/** Every member that may be a text. */
	function* textsIn(schema: Schema, path: Path = []): Generator<Path> {
		const { $ref, type, properties = {}, items, anyOf = [], oneOf = [], allOf = [] } = schema;
		if ($ref !== undefined) yield* textsIn(schemas[$ref.replace("#/components/schemas/", "")] ?? {}, path);
		if ([type].flat().includes("string")) yield path;
		for (const [name, member] of Object.entries(properties)) yield* textsIn(member, [...path, name]);
		if (items !== undefined) yield* textsIn(items, [...path, 0]);
		for (const one of [...anyOf, ...oneOf, ...allOf]) yield* textsIn(one, path);
	}

	function textsOf({ name }: Route): Path[] {
		const [method = "", path = ""] = name.split(" ");
		const content = paths[path]?.[method.toLowerCase()]?.requestBody?.content["application/json"];
		return [...textsIn(content?.schema ?? {})];
	}

	const HALVES = ["\ud800", "a\udc00b", "\ud83c", "\udf75\ud83c"];

	it.each(JSON_ROUTES.map((route) => [route.name, route] as const))(
		"is refused in every member of %s that the document declares as a text, and in names",
		async (_, route) => {
			const texts = textsOf(route);
			for (const path of texts) {
				for (const half of HALVES) {
					const body = JSON.stringify(withMember(route.good(subject), path, half));
					expect(body).toContain(JSON.stringify(half));
					await expectRefused(route, body, `${path.join(".")}: ${JSON.stringify(half)}`);
				}
			}
			await expectRefused(route, JSON.stringify({ ...(route.good(subject) as object), "\ud800": 1 }), "a name");
		},
	);

	it("is looked for in many members", () => {
		const texts = JSON_ROUTES.flatMap((route) => textsOf(route).map((path) => `${route.name} ${path.join(".")}`));
		expect(texts).toEqual(
			expect.arrayContaining([
				"PUT /admin/v1/products/{sku} title",
				"PATCH /admin/v1/products/{sku} policy.preorder.termsVersion",
				"POST /v1/checkouts lines.0.sku",
				"POST /admin/v1/orders/{id}/refund reason",
			]),
		);
		expect(texts.length).toBeGreaterThan(20);
	});

	it.each(JSON_ROUTES.map((route) => [route.name, route] as const))(
		"is refused in a body of %s whose bytes are not UTF-8",
		async (_, route) => {
			const [method = ""] = route.name.split(" ");
			const token = route.who === "shopper" ? ada.token : ADMIN;
			const headers = { "content-type": "application/json" };
			const [path = ["unknown"]] = textsOf(route);
			const text = JSON.stringify(withMember(route.good(subject), path, "@@@"));
			const at = text.indexOf("@@@");
			for (const wrong of [
				[0xed, 0xa0, 0x80],
				[0xff, 0x41, 0x41],
				[0xc0, 0xaf, 0x41],
			]) {
				const body = new TextEncoder().encode(text);
				body.set(wrong, at);
				const options = { token, key: crypto.randomUUID(), body, headers };
				expectProblem(await call(method, route.path(subject), options), 400, "invalid-request");
			}
		},
	);

	it("is refused in every parameter of a query", async () => {
		const sku = await newProduct({ units: 1 });
		const shopper = await newShopper();
		for (const [path, operations] of Object.entries(paths)) {
			const token = path.startsWith("/v1/") ? shopper.token : ADMIN;
			for (const { name } of (operations["get"]?.parameters ?? []).filter((parameter) => parameter.in === "query")) {
				const address = path.replace("{sku}", sku);
				for (const half of ["%ED%A0%80", "a%ED%B0%80"]) {
					expectProblem(await call("GET", `${address}?${name}=${half}`, { token }), 400, "invalid-request");
				}
			}
		}
	});

	it("is not seen in whole pairs, a NUL, U+FFFD or a byte order mark, which come back as they were sent", async () => {
		const sku = newSku();
		const json = { title: "\u{1f375}\ufffd\0\ufeff.", price: { amount: 5, currency: "USD" } };
		const path = `/admin/v1/products/${sku}`;
		expect(await call("PUT", path, { token: ADMIN, json })).toMatchObject({ status: 201, body: { title: json.title } });
		expect(await call("GET", path, { token: ADMIN })).toMatchObject({ body: { title: json.title } });
	});
});
