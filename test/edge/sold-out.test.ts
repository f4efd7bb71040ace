/**
 * The sold-out cache over HTTP: whom an isolate refuses without asking the SKU's object, and what opens it again.
 * Every test counts calls to objects, and the clock stands still.
 */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { checkoutIdOf } from "../../src/checkout/client.ts";
import { PRODUCT_TTL_MS, SOLD_OUT_TTL_MS } from "../../src/limits.ts";
import { sandboxObject } from "../../src/payments/sandbox/provider.ts";
import { SIGNATURE_HEADER, sign } from "../../src/payments/sandbox/signature.ts";
import { aDraft, SkuHarness } from "../stock/sku-harness.ts";
import { DROP, pass, useStoppedClock } from "../support/clock.ts";
import { type Counted, counted, NO_DATABASE } from "../support/counted.ts";
import { callWith, expectProblem, type HttpResponse } from "../support/http.ts";
import { newProduct, restock, stockOf } from "../support/merchant.ts";
import { madeOf } from "../support/objects.ts";
import { clearFaultsAfterEach, pay, paymentAtProvider, providerDown, providerUp } from "../support/provider.ts";
import { type Checkout, newShopper, newShoppers, paymentIdOf, type Shopper } from "../support/shopper.ts";

useStoppedClock();

const PREORDER = { capacity: 5, expectedAt: "2100-01-01T00:00:00Z", termsVersion: "v1" };
const offer = { expectedAt: "2100-01-01T00:00:00.000Z", termsVersion: "v1", remaining: 5 };

const reserveWith = (
	bindings: Counted["bindings"],
	sku: string,
	{ token }: Shopper,
	json: { quantity: number; wait?: boolean } = { quantity: 1 },
) => callWith<{ status: string }>(bindings, "PUT", `/v1/reservations/${sku}`, { token, json });

/** How many calls to the SKU's object it takes to refuse this shopper. */
async function callsToRefuse(sku: string, shopper: Shopper): Promise<number> {
	const { bindings, calls } = counted();
	expectProblem(await reserveWith(bindings, sku, shopper), 409, "sold-out");
	return calls.sku;
}

/** A SKU whose only unit somebody holds, as this isolate knows. */
async function goneSku(policy: Readonly<Record<string, unknown>> = {}): Promise<{ sku: string; holder: Shopper }> {
	const sku = await newProduct({ units: 1, policy });
	const [holder, loser] = [await newShopper(), await newShopper()];
	expect((await holder.reserve(sku, 1)).status).toBe(201);
	expect((await loser.reserve(sku, 1)).status).toBe(409);
	return { sku, holder };
}

describe("the crowd that comes too late", () => {
	it.each([
		["the default policy", {}],
		["no waitlist", { waitlistLimit: 0 }],
		["pre-orders open", { preorder: PREORDER }],
	])("reaches the object once, with %s", async (_, policy) => {
		const sku = await newProduct({ units: 1, policy });
		const [ada, ...losers] = (await newShoppers(21)) as [Shopper, ...Shopper[]];
		await ada.reserve(sku, 1);
		const { bindings, calls } = counted();
		for (const loser of losers) {
			const refused = await reserveWith(bindings, sku, loser);
			expectProblem(refused, 409, "sold-out", { sku });
			expect((refused.body as { preorder?: object }).preorder).toEqual("preorder" in policy ? offer : undefined);
			expect(refused.headers.get("retry-after")).toBe("600");
		}
		expect(calls.sku).toBe(1);
	});

	it("gets a place on the waitlist by asking for one, until nobody can", async () => {
		const { sku } = await goneSku({ preorder: PREORDER });
		const [bob, cyd, dan, eve] = (await newShoppers(4)) as [Shopper, Shopper, Shopper, Shopper];
		const { bindings, calls } = counted();
		const wait = { quantity: 1, wait: true };
		expectProblem(await reserveWith(bindings, sku, bob), 409, "sold-out");
		expect(calls.sku).toBe(0);
		expect((await reserveWith(bindings, sku, cyd, wait)).status).toBe(202);
		expectProblem(await reserveWith(bindings, sku, dan, wait), 409, "sold-out");
		expect(calls.sku).toBe(2);
		expectProblem(await reserveWith(bindings, sku, eve, wait), 409, "sold-out");
		expect(calls.sku).toBe(2);
	});

	it("is refused for no longer than a second", async () => {
		const { sku, holder } = await goneSku();
		const [bob] = (await newShoppers(1)) as [Shopper];
		// Through another isolate, of which this one hears nothing.
		await env.SKU.getByName(sku).release(holder.id);
		pass(SOLD_OUT_TTL_MS / 1000 - 0.3);
		expect(await callsToRefuse(sku, bob)).toBe(0);
		pass(0.3);
		expect((await bob.reserve(sku, 1)).status).toBe(201);
	});
});

describe("the crowd that comes too early", () => {
	const OPENS = DROP + 90_000;
	const early = { saleStartsAt: new Date(OPENS).toISOString() };

	it("is told when the sale begins without asking the object, and gets units from that moment on", async () => {
		const sku = await newProduct({ units: 5, policy: early });
		const shoppers = await newShoppers(20);
		const { bindings, calls } = counted();
		const members = { sku, saleStartsAt: new Date(OPENS).toISOString(), saleEndsAt: null };
		for (const shopper of shoppers) {
			const refused = await reserveWith(bindings, sku, shopper, { quantity: 1, wait: true });
			expectProblem(refused, 409, "sale-not-open", members);
			expect(refused.headers.get("retry-after")).toBe("90");
		}
		expect(calls.sku).toBe(0);
		pass(90);
		expect((await reserveWith(bindings, sku, shoppers[0] as Shopper)).status).toBe(201);
	});

	it("is asked to come back after an hour at the latest, since a merchant may open earlier", async () => {
		const sku = await newProduct({ policy: { saleStartsAt: new Date(DROP + 86_400_000).toISOString() } });
		expect((await (await newShopper()).reserve(sku, 1)).headers.get("retry-after")).toBe("3600");
	});

	it("is not refused by a policy that is older than a product may be", async () => {
		const sku = await newProduct({ units: 1, policy: early });
		const ada = await newShopper();
		expectProblem(await ada.reserve(sku, 1), 409, "sale-not-open");
		// The sale was opened through another isolate, and D1 is away.
		await new SkuHarness(sku).object.define(aDraft(sku));
		pass(PRODUCT_TTL_MS / 1000);
		expect((await reserveWith({ DB: NO_DATABASE }, sku, ada)).status).toBe(201);
	});
});

describe("what opens the sold-out cache", () => {
	it("is units that were freed, by a release, by reserving fewer, and by a restock", async () => {
		const sku = await newProduct({ units: 3 });
		const [ada, bob, cyd, fay] = (await newShoppers(4)) as [Shopper, Shopper, Shopper, Shopper];
		await ada.reserve(sku, 3);
		expect(await callsToRefuse(sku, fay)).toBe(1);
		expect((await ada.reserve(sku, 2)).status).toBe(200);
		expect((await bob.reserve(sku, 1)).status).toBe(201);
		expect(await callsToRefuse(sku, fay)).toBe(1);
		await bob.release(sku);
		expect((await cyd.reserve(sku, 1)).status).toBe(201);
		expect(await callsToRefuse(sku, fay)).toBe(1);
		await restock(sku, 1);
		expect((await fay.reserve(sku, 1)).status).toBe(201);
	});

	it("is not letting go of nothing, a place on the waitlist, or units for which somebody waits", async () => {
		const sku = await newProduct({ units: 4 });
		const [ada, bob, cyd, fay] = (await newShoppers(4)) as [Shopper, Shopper, Shopper, Shopper];
		await ada.reserve(sku, 4);
		expect(await callsToRefuse(sku, fay)).toBe(1);
		expect((await fay.release(sku)).status).toBe(404);
		expect(await callsToRefuse(sku, fay)).toBe(0);
		expect((await bob.reserve(sku, 1, { wait: true })).status).toBe(202);
		expect((await cyd.reserve(sku, 1, { wait: true })).status).toBe(202);
		expect((await cyd.release(sku)).status).toBe(200);
		expect((await cyd.release(sku)).status).toBe(200);
		expect(await callsToRefuse(sku, fay)).toBe(0);
		expect((await ada.reserve(sku, 3)).status).toBe(200);
		expect((await bob.reservation(sku)).body.status).toBe("held");
		expect(await callsToRefuse(sku, fay)).toBe(0);
	});

	it("is not a purchase, nor reading a checkout that ended before", async () => {
		const sku = await newProduct({ units: 2, policy: { waitlistLimit: 0 } });
		const [ada, bob, eve, fay] = (await newShoppers(4)) as [Shopper, Shopper, Shopper, Shopper];
		const sold = await ada.checkout([{ sku, quantity: 1 }]);
		const cancelled = await bob.checkout([{ sku, quantity: 1 }]);
		expect(await callsToRefuse(sku, fay)).toBe(1);
		expect(await callsToRefuse(sku, fay)).toBe(0);
		await pay(paymentIdOf(sold));
		expect((await ada.read(sold.id)).body.status).toBe("completed");
		expect(await callsToRefuse(sku, fay)).toBe(0);

		await bob.cancel(cancelled.id);
		expect((await eve.reserve(sku, 1)).status).toBe(201);
		expect(await callsToRefuse(sku, fay)).toBe(1);
		expect((await bob.read(cancelled.id)).body.status).toBe("cancelled");
		expect(await callsToRefuse(sku, fay)).toBe(0);
	});
});

describe("a webhook that ends a checkout", () => {
	clearFaultsAfterEach();

	it("opens the memory for the units that its checkout had pinned", async () => {
		const sku = await newProduct({ units: 1, policy: { paymentWindowSeconds: 60, paymentGraceSeconds: 1 } });
		const [ada, bob, fay] = (await newShoppers(3)) as [Shopper, Shopper, Shopper];
		const { id, ...checkout } = await ada.checkout([{ sku, quantity: 1 }]);
		// What becomes of the payment is not known, so the units are kept for it.
		await providerDown("void", "read");
		await ada.cancel(id);
		expect((await stockOf(sku)).held).toBe(1);
		expect(await callsToRefuse(sku, fay)).toBe(1);
		expect(await callsToRefuse(sku, fay)).toBe(0);
		await providerUp();
		const payment = { ...(await paymentAtProvider(paymentIdOf({ id, ...checkout }))), status: "voided" };
		const body = JSON.stringify({ id: "evt-of-the-end", type: "payment.voided", createdAt: "2099-12-12", payment });
		const signature = await sign(await sandboxObject(env).webhookSecret(), body, Date.now());
		const headers = { "content-type": "application/json", [SIGNATURE_HEADER]: signature };
		expect(await callWith({}, "POST", "/webhooks/sandbox", { body, headers })).toMatchObject({ status: 200 });
		expect((await stockOf(sku)).held).toBe(0);
		expect((await bob.reserve(sku, 1)).status).toBe(201);
	});
});

describe("a shopper who holds units through another isolate", () => {
	it("reads and extends their hold, and is known from then on", async () => {
		const { sku, holder } = await goneSku();
		const [ada] = (await newShoppers(1)) as [Shopper];
		await holder.release(sku);
		const requests = { shopperId: [ada.id], quantity: [1], wait: [false], ifMatch: [null] };
		await env.SKU.getByName(sku).reserveMany(requests);
		const fay = await newShopper();
		expect(await callsToRefuse(sku, fay)).toBe(1);
		expectProblem(await ada.reserve(sku, 1), 409, "sold-out");
		const mine = await ada.reservation(sku);
		expect(mine.body).toMatchObject({ status: "held", quantity: 1 });
		expect(await ada.reserve(sku, 1)).toMatchObject({ status: 200, body: { id: mine.body.id } });
		expect(await callsToRefuse(sku, fay)).toBe(0);
		expect((await ada.extend(sku)).status).toBe(200);
	});
});

describe("a cart of what is known to be gone", () => {
	const open = (
		bindings: Counted["bindings"],
		{ token }: Shopper,
		skus: readonly string[],
		rest: Readonly<Record<string, unknown>> = {},
		key: string = crypto.randomUUID(),
	): Promise<HttpResponse<Checkout>> => {
		const json = { lines: skus.map((sku) => ({ sku, quantity: 1 })), email: "ada@example.com", ...rest };
		return callWith<Checkout>(bindings, "POST", "/v1/checkouts", { token, key, json });
	};

	it("is refused with every line named, makes no checkout, and asks only whether the shopper has something", async () => {
		const [one, two] = [await goneSku(), await goneSku({ preorder: PREORDER })];
		const { bindings, calls } = counted();
		const loser = await newShopper();
		expectProblem(await open(bindings, loser, [one.sku, two.sku], {}, "my-cart"), 409, "lines-unavailable", {
			detail: `2 of 2 lines are not available: ${one.sku}, ${two.sku}.`,
			lines: [
				{ sku: one.sku, quantity: 1, fulfilment: "refused", reason: "sold-out" },
				{ sku: two.sku, quantity: 1, fulfilment: "refused", reason: "sold-out", preorder: offer },
			],
		});
		expect(calls).toMatchObject({ sku: 2, checkout: 0 });
		expect(await madeOf(env.CHECKOUT, [await checkoutIdOf(loser.id, "my-cart")])).toEqual([]);
		const ada = await newShopper();
		const there = await open({}, ada, [await newProduct({ units: 1 })], {}, "my-cart");
		expect(await madeOf(env.CHECKOUT, [await checkoutIdOf(ada.id, "my-cart")])).toEqual([there.body.id]);
	});

	it("is refused before the sale too", async () => {
		const sku = await newProduct({ units: 1, policy: { saleStartsAt: new Date(DROP + 90_000).toISOString() } });
		const { bindings, calls } = counted();
		expectProblem(await open(bindings, await newShopper(), [sku]), 409, "lines-unavailable", {
			lines: [{ sku, reason: "sale-not-open", saleStartsAt: new Date(DROP + 90_000).toISOString() }],
		});
		expect(calls.checkout).toBe(0);
	});

	it("is what the first refused cart leaves to all others, though nobody ever reserved", async () => {
		const sku = await newProduct();
		const { bindings, calls } = counted();
		for (const loser of await newShoppers(10)) {
			expectProblem(await open(bindings, loser, [sku]), 409, "lines-unavailable");
		}
		expect(calls.checkout).toBe(1);
		// One of them looks again before the memory ends, and none of them makes a checkout.
		for (let i = 0; i < 5; i++) {
			pass(SOLD_OUT_TTL_MS / 1000 - 0.2);
			expectProblem(await open(bindings, await newShopper(), [sku]), 409, "lines-unavailable");
		}
		expect(calls.checkout).toBe(1);
	});

	it("passes when its shopper holds units, through whatever isolate", async () => {
		const { sku, holder } = await goneSku();
		await holder.release(sku);
		const ada = await newShopper();
		const requests = { shopperId: [ada.id], quantity: [1], wait: [false], ifMatch: [null] };
		await env.SKU.getByName(sku).reserveMany(requests);
		expect(await callsToRefuse(sku, await newShopper())).toBe(1);
		expect((await open({}, ada, [sku])).status).toBe(201);
	});

	it("passes when it was opened before: the same key has the same answer", async () => {
		const sku = await newProduct({ units: 1 });
		const ada = await newShopper();
		const first = await open({}, ada, [sku], {}, "cart");
		expect(first.status).toBe(201);
		expect(await callsToRefuse(sku, await newShopper())).toBe(1);
		expect(await open({}, ada, [sku], {}, "cart")).toMatchObject({ status: 201, body: { id: first.body.id } });
		await ada.cancel(first.body.id);
		const bob = await newShopper();
		await bob.reserve(sku, 1);
		expect(await callsToRefuse(sku, await newShopper())).toBe(1);
		expect(await open({}, ada, [sku], {}, "cart")).toMatchObject({ status: 201, body: { status: "cancelled" } });
	});

	it("passes when it accepts a pre-order, or takes a part", async () => {
		const { sku } = await goneSku({ preorder: PREORDER });
		const other = await newProduct({ units: 1 });
		const [ada, bob] = (await newShoppers(2)) as [Shopper, Shopper];
		expect((await open({}, ada, [sku], { acceptPreorder: true })).status).toBe(201);
		expect((await open({}, bob, [sku, other], { partial: true })).status).toBe(201);
	});

	it("is refused with what is beside it, of which it names what cannot be had and pins nothing", async () => {
		const { sku } = await goneSku();
		const [there, empty] = [await newProduct({ units: 1 }), await newProduct()];
		const version = (await stockOf(there)).version;
		const { bindings, calls } = counted();
		expectProblem(await open(bindings, await newShopper(), [there, sku, sku, empty]), 409, "lines-unavailable", {
			detail: `2 of 3 lines are not available: ${sku}, ${empty}.`,
			lines: [
				{ sku, quantity: 2, fulfilment: "refused", reason: "sold-out" },
				{ sku: empty, quantity: 1, fulfilment: "refused", reason: "sold-out" },
			],
		});
		expect(calls).toMatchObject({ sku: 3, checkout: 0 });
		expect((await stockOf(there)).version).toBe(version);
	});
});
