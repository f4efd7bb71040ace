/**
 * The holding limit (OWASP OAT-021): no shopper has units of more than `MAX_SKUS_HELD` SKUs at once. `RATE_LIMITS`
 * turns it off with the rate limits.
 */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { HELD_SKUS_CHECK_MS, MAX_SKUS_HELD } from "../../src/limits.ts";
import { useStoppedClock } from "../support/clock.ts";
import { callWith, expectProblem } from "../support/http.ts";
import { newProduct, stockOf } from "../support/merchant.ts";
import { pay } from "../support/provider.ts";
import {
	type Checkout,
	type Line,
	newShopper,
	paymentIdOf,
	type Reservation,
	type Shopper,
} from "../support/shopper.ts";

const START = Date.parse("2026-12-12T04:12:00Z");

useStoppedClock(START);

// A limiter that never refuses: these tests are about what is held, not about how often somebody asks.
const generous = { limit: async () => ({ success: true }) };
const LIMITED = { RATE_LIMITS: "on", RATE_ADDRESS: generous, RATE_RESERVATIONS: generous, RATE_CHECKOUTS: generous };

const reserve = (shopper: Shopper, sku: string, wait = false) =>
	callWith<Reservation>(LIMITED, "PUT", `/v1/reservations/${sku}`, {
		token: shopper.token,
		json: { quantity: 1, wait },
	});

const open = (shopper: Shopper, skus: readonly string[], key: string = crypto.randomUUID()) =>
	callWith<Checkout>(LIMITED, "POST", "/v1/checkouts", {
		token: shopper.token,
		key,
		json: { lines: skus.map((sku): Line => ({ sku, quantity: 1 })), email: "ada@example.com" },
	});

const newProducts = (count: number) => Promise.all(Array.from({ length: count }, () => newProduct({ units: 1 })));

/** A shopper at the limit, and the SKUs that they hold. */
async function fullShopper(): Promise<{ shopper: Shopper; held: [string, ...string[]] }> {
	const [shopper, held] = await Promise.all([newShopper(), newProducts(MAX_SKUS_HELD)]);
	for (const sku of held) expect(await reserve(shopper, sku)).toMatchObject({ status: 201 });
	return { shopper, held: held as [string, ...string[]] };
}

const heldSkus = (shopper: Shopper) => env.HOLDINGS.getByName(shopper.id);

describe("a SKU beyond the holding limit", () => {
	it("releases a SKU beyond the limit right after it was granted, and refuses the next one", async () => {
		const { shopper, held } = await fullShopper();
		const [tooMany, more] = (await newProducts(2)) as [string, string];
		expect(await reserve(shopper, tooMany)).toMatchObject({ status: 201 });
		expect(await stockOf(tooMany)).toMatchObject({ available: 1, held: 0 });
		expect((await shopper.reservation(tooMany)).body).toMatchObject({ status: "released" });

		const refused = await reserve(shopper, more);
		expectProblem(refused, 409, "too-many-held", { limit: MAX_SKUS_HELD });
		expect(refused.headers.get("retry-after")).toBe(String(HELD_SKUS_CHECK_MS / 1000));
		expect((await shopper.reservation(more)).status).toBe(404);
		// The shopper keeps what they hold, and may ask for that again.
		expect(await reserve(shopper, held[0])).toMatchObject({ status: 200, body: { status: "held" } });
		expect(await stockOf(held[0])).toMatchObject({ available: 0, held: 1 });
	});

	it("grants another SKU once the shopper has released or bought one", async () => {
		const { shopper, held } = await fullShopper();
		const [tooMany, a, b] = (await newProducts(3)) as [string, string, string];
		await reserve(shopper, tooMany);
		expectProblem(await reserve(shopper, a), 409, "too-many-held");
		await shopper.release(held[0]);
		expectProblem(await reserve(shopper, a), 409, "too-many-held");
		vi.setSystemTime(START + HELD_SKUS_CHECK_MS);
		expect(await reserve(shopper, a)).toMatchObject({ status: 201 });
		expectProblem(await reserve(shopper, b), 409, "too-many-held");

		await shopper.buy([{ sku: held[1] as string, quantity: 1 }]);
		vi.setSystemTime(START + 2 * HELD_SKUS_CHECK_MS);
		expect(await reserve(shopper, b)).toMatchObject({ status: 201 });
		expect(await stockOf(b)).toMatchObject({ held: 1 });
		// The object still has every SKU that the shopper holds.
		expect(await heldSkus(shopper).note([tooMany])).toMatchObject({ kind: "full" });
	});

	it("counts a SKU that the shopper waits for", async () => {
		const { shopper, held } = await fullShopper();
		await shopper.release(held[0]);
		const other = await newShopper();
		const sku = await newProduct({ units: 1, policy: { waitlistLimit: 5 } });
		expect((await other.reserve(sku, 1)).status).toBe(201);
		expect(await reserve(shopper, sku, true)).toMatchObject({ status: 202 });
		const [more] = (await newProducts(1)) as [string];
		await reserve(shopper, more);
		expect(await stockOf(more)).toMatchObject({ available: 1 });
		expect((await shopper.reservation(sku)).body.status).toBe("waiting");
	});

	it("still counts what the shopper holds after their object was evicted", async () => {
		const { shopper } = await fullShopper();
		await evictDurableObject(heldSkus(shopper));
		const [tooMany] = (await newProducts(1)) as [string];
		await reserve(shopper, tooMany);
		expect(await stockOf(tooMany)).toMatchObject({ available: 1, held: 0 });
	});

	it("does not limit another shopper", async () => {
		const { shopper } = await fullShopper();
		const [sku] = (await newProducts(1)) as [string];
		await reserve(shopper, sku);
		expect(await reserve(await newShopper(), sku)).toMatchObject({ status: 201 });
		expect(await stockOf(sku)).toMatchObject({ held: 1 });
	});
});

describe("a checkout under the holding limit", () => {
	it("refuses a checkout beyond the limit before it pins any of its lines", async () => {
		const { shopper, held } = await fullShopper();
		const [a, b] = (await newProducts(2)) as [string, string];
		expectProblem(await open(shopper, [held[0], a, b]), 409, "too-many-held", { limit: MAX_SKUS_HELD });
		expect(await stockOf(a)).toMatchObject({ available: 1, held: 0 });
		expect((await shopper.reservation(held[0])).body.status).toBe("held");
		expect(await open(shopper, [held[0]])).toMatchObject({ status: 201 });
	});

	it("returns an opened checkout by its key, even when its shopper has reached the limit since", async () => {
		const shopper = await newShopper();
		const bought = await newProduct({ units: 1 });
		const first = await open(shopper, [bought], "cart-1");
		expect(first.status).toBe(201);
		await pay(paymentIdOf(first.body));
		const held = await newProducts(MAX_SKUS_HELD);
		await heldSkus(shopper).note(held.slice(1));
		vi.setSystemTime(START + HELD_SKUS_CHECK_MS);
		for (const sku of held) await shopper.reserve(sku, 1);
		expect(await heldSkus(shopper).note(held)).toEqual({ kind: "noted" });
		expect(await heldSkus(shopper).note([bought])).toMatchObject({ kind: "full" });

		expect(await open(shopper, [bought], "cart-1")).toMatchObject({ status: 201, body: { id: first.body.id } });
		expectProblem(await open(shopper, [bought], "cart-2"), 409, "too-many-held");
	});

	it("counts a SKU that a checkout took without an earlier reservation", async () => {
		const { shopper, held } = await fullShopper();
		await shopper.release(held[0]);
		const [a, b] = (await newProducts(2)) as [string, string];
		expect(await open(shopper, [a])).toMatchObject({ status: 201 });
		await reserve(shopper, b);
		expect(await stockOf(b)).toMatchObject({ available: 1, held: 0 });
		expect(await stockOf(a)).toMatchObject({ held: 1, paying: 1 });
	});
});

describe("the check of the holding limit", () => {
	it("lets requests pass when the object of held SKUs does not answer", async () => {
		const fails = {
			getByName: () => ({ note: () => Promise.reject(Object.assign(new Error("busy"), { overloaded: true })) }),
		};
		const [shopper, sku] = await Promise.all([newShopper(), newProduct({ units: 2 })]);
		const json = { lines: [{ sku, quantity: 2 }], email: "ada@example.com" };
		const bindings = { ...LIMITED, HOLDINGS: fails };
		const { token } = shopper;
		expect(await callWith(bindings, "PUT", `/v1/reservations/${sku}`, { token, json: { quantity: 1 } })).toMatchObject({
			status: 201,
		});
		expect(await callWith(bindings, "POST", "/v1/checkouts", { token, key: "cart", json })).toMatchObject({
			status: 201,
		});
		expect(await stockOf(sku)).toMatchObject({ held: 2 });
	});

	it("limits nothing and stores nothing with RATE_LIMITS=off", async () => {
		const [shopper, held] = await Promise.all([newShopper(), newProducts(MAX_SKUS_HELD + 1)]);
		for (const sku of held) expect((await shopper.reserve(sku, 1)).status).toBe(201);
		for (const sku of held) expect(await stockOf(sku)).toMatchObject({ held: 1 });
		expect(await heldSkus(shopper).note(held.slice(1))).toEqual({ kind: "noted" });
	});
});
