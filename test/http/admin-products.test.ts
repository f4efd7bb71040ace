/** `/admin/v1/products/{sku}`: defines a product, and shows its stock, reservations and journal. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { call, expectProblem } from "../support/http.ts";
import { asMerchant, newProduct, newSku, stockOf } from "../support/merchant.ts";
import { newShopper } from "../support/shopper.ts";

afterEach(() => vi.useRealTimers());

const MUG = { title: "Mug", price: { amount: 1999, currency: "USD" } };
const put = (sku: string, json: unknown) => asMerchant<Record<string, unknown>>("PUT", `/products/${sku}`, { json });

const DEFAULTS = {
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
};

describe("PUT /admin/v1/products/{sku}", () => {
	it("answers 201 for a new product, with defaults for absent members, and 200 for a changed one", async () => {
		const sku = newSku();
		const first = await put(sku, { ...MUG, description: "350 ml", policy: { limitPerShopper: 2 } });
		expect(first).toMatchObject({
			status: 201,
			body: {
				sku,
				...MUG,
				description: "350 ml",
				imageUrl: null,
				policy: { ...DEFAULTS, limitPerShopper: 2 },
				revision: 1,
			},
		});
		expect(await put(sku, { ...MUG, title: "Cup" })).toMatchObject({
			status: 200,
			body: { sku, title: "Cup", revision: 2 },
		});
		expect(await put(newSku(), MUG)).toMatchObject({
			status: 201,
			body: { description: null, imageUrl: null, policy: DEFAULTS },
		});
	});

	it("keeps every member of a policy, with times in UTC", async () => {
		const policy = {
			holdSeconds: 1,
			offerSeconds: 2,
			offerSecondsAbsent: 7,
			paymentWindowSeconds: 3,
			paymentGraceSeconds: 4,
			maxExtensions: 0,
			limitPerShopper: 5,
			waitlistLimit: 0,
			preorder: { capacity: 6, expectedAt: "2097-01-01T00:00:00+09:00", termsVersion: "v1" },
			saleStartsAt: "2026-12-12T00:00:00+07:00",
			saleEndsAt: "2026-12-13T00:00:00Z",
			allowDelayedMethods: true,
		};
		const kept = {
			...policy,
			preorder: { ...policy.preorder, expectedAt: "2096-12-31T15:00:00.000Z" },
			saleStartsAt: "2026-12-11T17:00:00.000Z",
			saleEndsAt: "2026-12-13T00:00:00.000Z",
		};
		const sku = newSku();
		expect(await put(sku, { ...MUG, policy })).toMatchObject({ status: 201, body: { policy: kept } });
		expect((await stockOf(sku)).policy).toEqual(kept);
	});

	it("defines one product, new once, when many requests come at once", async () => {
		const sku = newSku();
		const answers = await Promise.all(Array.from({ length: 6 }, (_, i) => put(sku, { ...MUG, title: `Mug ${i}` })));
		expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 201]);
		expect(answers.map(({ body }) => body["revision"]).sort()).toEqual([1, 2, 3, 4, 5, 6]);
		const last = answers.find(({ body }) => body["revision"] === 6);
		// D1's copy is the last one too, in whatever order the writes reached D1.
		expect((await call("GET", `/v1/products/${sku}`)).body["title"]).toBe(last?.body["title"]);
	});

	it("keeps the stock and the times of reservations that exist", async () => {
		const sku = await newProduct({ units: 5, policy: { holdSeconds: 1000 } });
		const ada = await newShopper();
		const held = await ada.reserve(sku, 1);
		await put(sku, { ...MUG, policy: { holdSeconds: 5, limitPerShopper: 1 } });
		expect(await ada.reservation(sku)).toMatchObject({ body: { status: "held", expiresAt: held.body.expiresAt } });
		expectProblem(await ada.reserve(sku, 2), 409, "limit-exceeded");
		expect(await stockOf(sku)).toMatchObject({ received: 5, held: 1 });
	});

	it("trims a title, and keeps letters of any script", async () => {
		const sku = newSku();
		const title = "  Ба́нка 🍵 «茶» \u202e  ";
		expect(await put(sku, { ...MUG, title })).toMatchObject({ status: 201, body: { title: title.trim() } });
	});
});

describe("GET …/stock", () => {
	it("shows every counter, and balances at each step", async () => {
		const sku = await newProduct({ units: 10 });
		const [ada, bob] = [await newShopper(), await newShopper()];
		expect(await stockOf(sku)).toMatchObject({
			sku,
			received: 10,
			adjusted: 0,
			returned: 0,
			onHand: 10,
			available: 10,
			held: 0,
			paying: 0,
			waiting: 0,
			sold: 0,
			preorders: { owed: 0, filled: 0, cancelled: 0 },
			balanced: true,
			policy: DEFAULTS,
			version: expect.any(Number),
		});
		await ada.reserve(sku, 4);
		await bob.checkout([{ sku, quantity: 5 }]);
		expect(await stockOf(sku)).toMatchObject({ onHand: 10, available: 1, held: 9, paying: 5, sold: 0 });
		await ada.buy([{ sku, quantity: 4 }]);
		expect(await stockOf(sku)).toMatchObject({ onHand: 6, available: 1, held: 5, paying: 5, sold: 4 });
	});

	it("answers 404 for an unknown SKU, as its neighbours do", async () => {
		const sku = newSku();
		const key = crypto.randomUUID();
		for (const answer of [
			await asMerchant("GET", `/products/${sku}/stock`),
			await asMerchant("GET", `/products/${sku}/reservations`),
			await asMerchant("GET", `/products/${sku}/journal`),
			await asMerchant("POST", `/products/${sku}/reservations/x/release`),
			await asMerchant("POST", `/products/${sku}/restock`, { key, json: { quantity: 1 } }),
			await asMerchant("POST", `/products/${sku}/adjust`, { json: { delta: 1, reason: "x" } }),
		]) {
			expectProblem(answer, 404, "unknown-sku", { sku });
		}
	});
});

describe("GET …/reservations", () => {
	type Row = { id: string; shopperId: string; status: string; checkoutId: string | null };
	type Page = { reservations: Row[]; nextCursor: string | null };
	const list = (sku: string, query = "") => asMerchant<Page>("GET", `/products/${sku}/reservations${query}`);

	it("lists reservations page by page, the oldest first, with their shoppers", async () => {
		const sku = await newProduct({ units: 10 });
		const shoppers = [];
		for (let i = 0; i < 7; i++) {
			const shopper = await newShopper();
			await shopper.reserve(sku, 1);
			shoppers.push(shopper.id);
		}
		const first = await list(sku, "?limit=3");
		expect(first.body.reservations.map(({ shopperId }) => shopperId)).toEqual(shoppers.slice(0, 3));
		expect(first.body.nextCursor).toBe(first.body.reservations.at(-1)?.id);
		const second = await list(sku, `?limit=3&cursor=${first.body.nextCursor}`);
		const third = await list(sku, `?limit=3&cursor=${second.body.nextCursor}`);
		expect([...second.body.reservations, ...third.body.reservations].map(({ shopperId }) => shopperId)).toEqual(
			shoppers.slice(3),
		);
		expect(third.body.nextCursor).toBeNull();
	});

	it("lists reservations of one status", async () => {
		const sku = await newProduct({ units: 4 });
		const [ada, bob, cy, dan] = [await newShopper(), await newShopper(), await newShopper(), await newShopper()];
		await ada.buy([{ sku, quantity: 1 }]);
		const checkout = await bob.checkout([{ sku, quantity: 1 }]);
		await cy.reserve(sku, 2);
		await dan.reserve(sku, 1, { wait: true });
		const whose = async (status: string) =>
			(await list(sku, `?status=${status}`)).body.reservations.map(({ shopperId, checkoutId }) => [
				shopperId,
				checkoutId,
			]);
		expect(await whose("sold")).toMatchObject([[ada.id, expect.any(String)]]);
		expect(await whose("paying")).toEqual([[bob.id, checkout.id]]);
		expect(await whose("held")).toEqual([[cy.id, null]]);
		expect(await whose("waiting")).toEqual([[dan.id, null]]);
		expect(await whose("expired")).toEqual([]);
		expectProblem(await asMerchant("GET", `/products/${sku}/reservations?status=gone`), 400, "invalid-request");
	});

	it.each(["?limit=0", "?limit=201", "?limit=1e9", `?cursor=${"x".repeat(201)}`])(
		"answers 400 for %s",
		async (query) => {
			expectProblem(
				await asMerchant("GET", `/products/${await newProduct()}/reservations${query}`),
				400,
				"invalid-request",
			);
		},
	);
});

describe("POST …/reservations/{id}/release", () => {
	it("releases a shopper's hold once, and answers the same when repeated", async () => {
		const sku = await newProduct({ units: 2 });
		const ada = await newShopper();
		const { body } = await ada.reserve(sku, 2);
		const path = `/products/${sku}/reservations/${body.id}/release`;
		const first = await asMerchant("POST", path);
		expect(first).toMatchObject({ status: 200, body: { id: body.id, status: "released", shopperId: ada.id } });
		expect(await asMerchant("POST", path)).toMatchObject({ status: 200, body: first.body });
		expect(await ada.reservation(sku)).toMatchObject({ body: { status: "released" } });
		expect(await stockOf(sku)).toMatchObject({ available: 2, held: 0 });
	});

	it("refuses to release a sold reservation, and one that does not exist", async () => {
		const sku = await newProduct({ units: 2 });
		const ada = await newShopper();
		await ada.buy([{ sku, quantity: 1 }]);
		const { body } = await ada.reservation(sku);
		expectProblem(await asMerchant("POST", `/products/${sku}/reservations/${body.id}/release`), 409, "already-sold");
		expectProblem(await asMerchant("POST", `/products/${sku}/reservations/none/release`), 404, "no-reservation");
		const other = await newProduct({ units: 2 });
		expectProblem(
			await asMerchant("POST", `/products/${other}/reservations/${body.id}/release`),
			404,
			"no-reservation",
		);
	});
});

describe("GET …/journal", () => {
	type Entry = {
		seq: number;
		kind: string;
		quantity: number;
		note: string | null;
		available: number;
		held: number;
		sold: number;
	};
	type Page = { entries: Entry[]; nextCursor: string | null };
	const read = (sku: string, query = "") => asMerchant<Page>("GET", `/products/${sku}/journal${query}`);

	it("lists every change of the stock, in order and without a gap (saleor 19449)", async () => {
		vi.useFakeTimers({ toFake: ["Date"] });
		const sku = await newProduct({ policy: { holdSeconds: 60 } });
		const [ada, bob] = [await newShopper(), await newShopper()];
		await asMerchant("POST", `/products/${sku}/restock`, { key: "po-1", json: { quantity: 5, reference: "PO-1" } });
		await ada.reserve(sku, 2);
		await ada.buy([{ sku, quantity: 2 }]);
		await bob.reserve(sku, 1);
		await bob.release(sku);
		await bob.reserve(sku, 1);
		vi.setSystemTime(Date.now() + 60_000);
		await asMerchant("POST", `/products/${sku}/adjust`, { json: { delta: -1, reason: "broken" } });
		const { entries } = (await read(sku)).body;
		expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, i) => i + 1));
		expect(entries.map(({ kind, quantity }) => [kind, quantity])).toEqual([
			["received", 5],
			["held", 2],
			["paying", 2],
			["sold", 2],
			["held", 1],
			["released", 1],
			["held", 1],
			["expired", 1],
			["adjusted", -1],
		]);
		expect(entries[0]).toMatchObject({ note: "PO-1", available: 5, held: 0, sold: 0 });
		expect(entries.at(-1)).toMatchObject({ note: "broken", available: 2, held: 0, sold: 2 });
	});

	it("lists entries page by page after the cursor", async () => {
		const sku = await newProduct({ units: 9 });
		for (let i = 0; i < 6; i++) await (await newShopper()).reserve(sku, 1);
		const first = await read(sku, "?limit=4");
		expect(first.body).toMatchObject({ entries: { length: 4 }, nextCursor: "4" });
		const second = await read(sku, `?limit=4&after=${first.body.nextCursor}`);
		expect(second.body.entries.map(({ seq }) => seq)).toEqual([5, 6, 7]);
		expect(second.body.nextCursor).toBeNull();
		expect((await read(sku, "?after=999")).body).toEqual({ entries: [], nextCursor: null });
	});

	it.each(["?after=-1", "?after=x", "?after=1.5", "?after=1e400", "?limit=0", "?limit=201"])(
		"%s is not valid",
		async (query) => {
			expectProblem(await asMerchant("GET", `/products/${await newProduct()}/journal${query}`), 400, "invalid-request");
		},
	);
});
