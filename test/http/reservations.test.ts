/** `/v1/reservations/{sku}`: reserves units and shows the reservation. `reservations-end.test.ts` tests its end. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { expectProblem } from "../support/http.ts";
import { newProduct, newSku, stockOf } from "../support/merchant.ts";
import { newShopper } from "../support/shopper.ts";

afterEach(() => vi.useRealTimers());

describe("PUT /v1/reservations/{sku}", () => {
	it("holds units for the hold time, and answers 201", async () => {
		vi.useFakeTimers({ toFake: ["Date"] });
		const sku = await newProduct({ units: 5, policy: { holdSeconds: 90, maxExtensions: 2 } });
		const answer = await (await newShopper()).reserve(sku, 3);
		expect(answer.status).toBe(201);
		expect(answer.body).toEqual({
			sku,
			id: expect.any(String),
			quantity: 3,
			status: "held",
			expiresAt: new Date(Date.now() + 90_000).toISOString(),
			position: null,
			extensionsLeft: 2,
			version: 1,
		});
		expect(answer.headers.get("etag")).toBe(`"${answer.body.id}.1"`);
		expect(await stockOf(sku)).toMatchObject({ received: 5, available: 2, held: 3, sold: 0, onHand: 5 });
	});

	it("answers a repeated request with 200, the same hold and the same end (pretix 1575)", async () => {
		vi.useFakeTimers({ toFake: ["Date"] });
		const sku = await newProduct({ units: 5 });
		const ada = await newShopper();
		const first = await ada.reserve(sku, 2);
		vi.setSystemTime(Date.now() + 30_000);
		const again = await ada.reserve(sku, 2);
		expect(again).toMatchObject({ status: 200, body: first.body });
		expect(again.headers.get("etag")).toBe(first.headers.get("etag"));
	});

	it("takes effect once when it is sent twice at once, with one 201, one 200 and the same reservation", async () => {
		const sku = await newProduct({ units: 5 });
		const ada = await newShopper();
		const answers = await Promise.all([ada.reserve(sku, 2), ada.reserve(sku, 2), ada.reserve(sku, 2)]);
		expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 201]);
		expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
		expect(await stockOf(sku)).toMatchObject({ available: 3, held: 2 });
	});

	it("changes the quantity up and down, and keeps the hold's end", async () => {
		vi.useFakeTimers({ toFake: ["Date"] });
		const sku = await newProduct({ units: 5 });
		const ada = await newShopper();
		const first = await ada.reserve(sku, 2);
		vi.setSystemTime(Date.now() + 1_000);
		const more = await ada.reserve(sku, 5);
		expect(more).toMatchObject({
			status: 200,
			body: { id: first.body.id, quantity: 5, version: 2, expiresAt: first.body.expiresAt },
		});
		expect(await ada.reserve(sku, 1)).toMatchObject({ status: 200, body: { quantity: 1, version: 3 } });
		expect(await stockOf(sku)).toMatchObject({ available: 4, held: 1 });
	});

	it("holds all of the units or none (pretix 974)", async () => {
		const sku = await newProduct({ units: 3 });
		const [ada, bob] = [await newShopper(), await newShopper()];
		expectProblem(await ada.reserve(sku, 4), 409, "sold-out", { sku });
		expect(await stockOf(sku)).toMatchObject({ available: 3, held: 0 });
		await ada.reserve(sku, 2);
		await bob.reserve(sku, 1);
		expectProblem(await ada.reserve(sku, 3), 409, "sold-out");
		expect(await ada.reservation(sku)).toMatchObject({ body: { quantity: 2, status: "held" } });
	});

	it("answers sold-out when no unit is free, with a Retry-After of when one may come back", async () => {
		vi.useFakeTimers({ toFake: ["Date"] });
		const sku = await newProduct({ units: 1, policy: { holdSeconds: 60 } });
		const [ada, bob] = [await newShopper(), await newShopper()];
		await ada.reserve(sku, 1);
		vi.setSystemTime(Date.now() + 20_500);
		const held = await bob.reserve(sku, 1);
		expectProblem(held, 409, "sold-out", { title: "Sold out" });
		expect(held.headers.get("retry-after")).toBe("40");
		await ada.buy([{ sku, quantity: 1 }]);
		const sold = await bob.reserve(sku, 1);
		expectProblem(sold, 409, "sold-out");
		expect(sold.headers.has("retry-after")).toBe(false);
	});

	it("offers a pre-order to a shopper who comes too late", async () => {
		const preorder = { capacity: 10, expectedAt: "2097-03-01T00:00:00Z", termsVersion: "2026-12" };
		const sku = await newProduct({ policy: { preorder } });
		expectProblem(await (await newShopper()).reserve(sku, 1), 409, "sold-out", {
			preorder: { remaining: 10, expectedAt: "2097-03-01T00:00:00.000Z", termsVersion: "2026-12" },
		});
	});

	it("puts a shopper on the waitlist with wait, and answers 202 with the position", async () => {
		const sku = await newProduct({ units: 4 });
		const [ada, bob, cy] = [await newShopper(), await newShopper(), await newShopper()];
		await ada.reserve(sku, 4);
		const first = await bob.reserve(sku, 1, { wait: true });
		expect(first).toMatchObject({ status: 202, body: { status: "waiting", position: 1, expiresAt: null } });
		expect(first.headers.get("etag")).toBe(`"${first.body.id}.1"`);
		expect(await cy.reserve(sku, 1, { wait: true })).toMatchObject({ status: 202, body: { position: 2 } });
		// With free units, `wait` gets a hold like any other.
		const free = await newProduct({ units: 1 });
		expect(await bob.reserve(free, 1, { wait: true })).toMatchObject({ status: 201, body: { status: "held" } });
	});

	it("applies the limit per shopper to held and bought units together", async () => {
		const sku = await newProduct({ units: 10, policy: { limitPerShopper: 3 } });
		const ada = await newShopper();
		expectProblem(await ada.reserve(sku, 4), 409, "limit-exceeded", { limit: 3, owned: 0 });
		expect(await ada.reserve(sku, 3)).toMatchObject({ status: 201 });
		await ada.buy([{ sku, quantity: 2 }]);
		expectProblem(await ada.reserve(sku, 2), 409, "limit-exceeded", { limit: 3, owned: 2 });
		expect(await ada.reserve(sku, 1)).toMatchObject({ status: 201 });
		expect(await (await newShopper()).reserve(sku, 3)).toMatchObject({ status: 201 });
	});

	it("applies the limit when many requests of one shopper come at once", async () => {
		const sku = await newProduct({ units: 100, policy: { limitPerShopper: 3 } });
		const ada = await newShopper();
		const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => ada.reserve(sku, 1 + (i % 6))));
		for (const { status } of answers) expect([200, 201, 409]).toContain(status);
		const { held } = await stockOf(sku);
		expect(held).toBeLessThanOrEqual(3);
		expect(await ada.reservation(sku)).toMatchObject({ body: { quantity: held } });
	});

	it("answers sale-not-open outside the sale window, and keeps existing holds", async () => {
		vi.useFakeTimers({ toFake: ["Date"] });
		const [starts, ends] = [Date.now() + 60_000, Date.now() + 120_000];
		const policy = { saleStartsAt: new Date(starts).toISOString(), saleEndsAt: new Date(ends).toISOString() };
		const sku = await newProduct({ units: 5, policy });
		const [ada, bob] = [await newShopper(), await newShopper()];
		const early = await ada.reserve(sku, 1);
		expectProblem(early, 409, "sale-not-open", { ...policy, detail: `The sale of ${sku} has not begun.` });
		expect(early.headers.get("retry-after")).toBe("60");
		vi.setSystemTime(starts);
		expect(await ada.reserve(sku, 2)).toMatchObject({ status: 201 });
		vi.setSystemTime(ends);
		const late = await bob.reserve(sku, 1);
		expectProblem(late, 409, "sale-not-open", { detail: `The sale of ${sku} is over.` });
		expect(late.headers.has("retry-after")).toBe(false);
		expectProblem(await ada.reserve(sku, 3), 409, "sale-not-open");
		expect(await ada.reserve(sku, 1)).toMatchObject({ status: 200, body: { quantity: 1 } });
		await ada.buy([{ sku, quantity: 1 }]);
	});

	it("answers 404 for an unknown SKU", async () => {
		expectProblem(await (await newShopper()).reserve(newSku(), 1), 404, "unknown-sku");
	});

	it("gets the unit of an expired hold at the very moment of its end", async () => {
		vi.useFakeTimers({ toFake: ["Date"] });
		const sku = await newProduct({ units: 1, policy: { holdSeconds: 60 } });
		const [ada, bob] = [await newShopper(), await newShopper()];
		await ada.reserve(sku, 1);
		vi.setSystemTime(Date.now() + 59_999);
		expectProblem(await bob.reserve(sku, 1), 409, "sold-out");
		vi.setSystemTime(Date.now() + 1);
		expect(await bob.reserve(sku, 1)).toMatchObject({ status: 201 });
		expect(await ada.reservation(sku)).toMatchObject({ status: 200, body: { status: "expired", expiresAt: null } });
		expect(await stockOf(sku)).toMatchObject({ available: 0, held: 1 });
	});
});

describe("If-Match", () => {
	it("lets a request pass with the current tag, and answers 412 with the current tag otherwise", async () => {
		const sku = await newProduct({ units: 5 });
		const ada = await newShopper();
		const tag = (await ada.reserve(sku, 1)).headers.get("etag") as string;
		const changed = await ada.reserve(sku, 2, { ifMatch: tag });
		expect(changed).toMatchObject({ status: 200, body: { quantity: 2 } });
		const stale = await ada.reserve(sku, 3, { ifMatch: tag });
		expectProblem(stale, 412, "precondition-failed");
		expect(stale.headers.get("etag")).toBe(changed.headers.get("etag"));
		expect(await ada.reservation(sku)).toMatchObject({ body: { quantity: 2 } });
	});

	it("lets one of two changes with the same tag pass when they come at once", async () => {
		const sku = await newProduct({ units: 9 });
		const ada = await newShopper();
		const ifMatch = (await ada.reserve(sku, 1)).headers.get("etag") as string;
		const answers = await Promise.all([2, 3, 4, 5].map((quantity) => ada.reserve(sku, quantity, { ifMatch })));
		expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412]);
	});

	it("accepts lists and *, and matches no weak tag", async () => {
		const sku = await newProduct({ units: 9 });
		const ada = await newShopper();
		expectProblem(await ada.reserve(sku, 1, { ifMatch: "*" }), 412, "precondition-failed");
		const tag = (await ada.reserve(sku, 1)).headers.get("etag") as string;
		expectProblem(await ada.reserve(sku, 2, { ifMatch: `W/${tag}` }), 412, "precondition-failed");
		expectProblem(await ada.reserve(sku, 2, { ifMatch: "nonsense" }), 412, "precondition-failed");
		expect(await ada.reserve(sku, 2, { ifMatch: `"other", ${tag}` })).toMatchObject({ status: 200 });
		expect(await ada.reserve(sku, 3, { ifMatch: "*" })).toMatchObject({ status: 200 });
	});
});

describe("GET /v1/reservations/{sku}", () => {
	it("shows the live reservation, and then how it ended", async () => {
		const sku = await newProduct({ units: 5 });
		const ada = await newShopper();
		expectProblem(await ada.reservation(sku), 404, "no-reservation", { sku, lastStatus: null });
		const held = await ada.reserve(sku, 2);
		const read = await ada.reservation(sku);
		expect(read).toMatchObject({ status: 200, body: held.body });
		expect(read.headers.get("etag")).toBe(held.headers.get("etag"));
		await ada.buy([{ sku, quantity: 2 }]);
		expect(await ada.reservation(sku)).toMatchObject({ body: { id: held.body.id, status: "sold", extensionsLeft: 0 } });
		expectProblem(await ada.reservation(newSku()), 404, "unknown-sku");
	});

	it("shows no reservation of another shopper", async () => {
		const sku = await newProduct({ units: 5 });
		await (await newShopper()).reserve(sku, 2);
		expectProblem(await (await newShopper()).reservation(sku), 404, "no-reservation");
	});
});
