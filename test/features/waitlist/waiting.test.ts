/** Waiting, over HTTP: who may join the waitlist, in which place, and how they leave. See also `offers.test.ts`. */
import { describe, expect, it } from "vitest";
import { pass, ring, useStoppedClock } from "../../support/clock.ts";
import { call, expectProblem, type HttpResponse } from "../../support/http.ts";
import { asMerchant, newProduct, restock, stockOf } from "../../support/merchant.ts";
import { newShopper, newShoppers, type Product, type Reservation, type Shopper } from "../../support/shopper.ts";

useStoppedClock();

const join = (shopper: Shopper, sku: string, quantity = 1) => shopper.reserve(sku, quantity, { wait: true });

function expectWaiting(response: HttpResponse<Reservation>, position: number): void {
	expect(response).toMatchObject({
		status: 202,
		body: { status: "waiting", position, expiresAt: null, extensionsLeft: 0 },
	});
}

describe("the length of a waitlist", () => {
	it("limits the waitlist by default to half of the units that are held", async () => {
		const sku = await newProduct({ units: 6 });
		const [holder, ...others] = await newShoppers(5);
		await (holder as Shopper).reserve(sku, 6);
		for (const [i, shopper] of others.slice(0, 3).entries()) expectWaiting(await join(shopper, sku), i + 1);
		const late = await join(others[3] as Shopper, sku);
		expectProblem(late, 409, "sold-out", { sku });
		// A hold may still expire unpaid, so the shopper may retry when the first one does.
		expect(late.headers.get("retry-after")).toBe("600");
		expect(await stockOf(sku)).toMatchObject({ held: 6, waiting: 3 });
	});

	it("counts the units of the waitlist, not its shoppers, and refuses a shopper who wants too many", async () => {
		const sku = await newProduct({ units: 8 });
		const [holder, two, three, other] = await newShoppers(4);
		await (holder as Shopper).reserve(sku, 8);
		expectWaiting(await join(two as Shopper, sku, 2), 1);
		expectProblem(await join(three as Shopper, sku, 3), 409, "sold-out");
		expectWaiting(await join(other as Shopper, sku, 2), 2);
	});

	it("takes at least one waiting unit by default while a unit is held, and none once all are sold", async () => {
		const sku = await newProduct({ units: 1 });
		const [first, second, third] = await newShoppers(3);
		await (first as Shopper).reserve(sku, 1);
		expectWaiting(await join(second as Shopper, sku), 1);
		await (second as Shopper).release(sku);
		await (first as Shopper).buy([{ sku, quantity: 1 }]);
		expectProblem(await join(third as Shopper, sku), 409, "sold-out");
	});

	it("limits the waitlist to waitlistLimit units, also when nothing is held or available", async () => {
		const sku = await newProduct({ units: 0, policy: { waitlistLimit: 3 } });
		const shoppers = await newShoppers(5);
		const responses = await Promise.all(shoppers.map((shopper) => join(shopper, sku)));
		const waiting = responses.filter(({ status }) => status === 202);
		expect(waiting.map(({ body }) => body.position).sort()).toEqual([1, 2, 3]);
		for (const response of responses.filter(({ status }) => status !== 202)) expectProblem(response, 409, "sold-out");
		expect(await stockOf(sku)).toMatchObject({ waiting: 3, demand: { waiting: 3, refused: 2, wouldSellAtOnce: 3 } });
	});

	it("closes the waitlist with a waitlistLimit of 0", async () => {
		const sku = await newProduct({ units: 2, policy: { waitlistLimit: 0 } });
		const [holder, other] = await newShoppers(2);
		await (holder as Shopper).reserve(sku, 2);
		expectProblem(await join(other as Shopper, sku), 409, "sold-out");
	});

	it("counts waiting units towards the limit per shopper", async () => {
		const sku = await newProduct({ units: 1, policy: { waitlistLimit: 9, limitPerShopper: 2 } });
		const [holder, ada] = await newShoppers(2);
		await (holder as Shopper).reserve(sku, 1);
		expectProblem(await join(ada as Shopper, sku, 3), 409, "limit-exceeded", { limit: 2 });
		expectWaiting(await join(ada as Shopper, sku, 2), 1);
	});
});

describe("a stalled waitlist, whose head needs more than is free while nothing held could come back", () => {
	const OFFER = 120;
	const policy = { waitlistLimit: 9, offerSeconds: OFFER };

	async function stalled(): Promise<{ sku: string; head: Shopper; late: Shopper }> {
		const sku = await newProduct({ units: 3, policy });
		const [holder, head, late] = (await newShoppers(3)) as [Shopper, Shopper, Shopper];
		await holder.reserve(sku, 3);
		expectWaiting(await join(head, sku, 3), 1);
		await holder.buy([{ sku, quantity: 3 }]);
		await restock(sku, 2);
		expectWaiting(await head.reservation(sku).then((response) => ({ ...response, status: 202 })), 1);
		const refused = await late.reserve(sku, 1);
		expectProblem(refused, 409, "sold-out");
		expect(refused.headers.get("retry-after")).toBe(String(OFFER));
		return { sku, head, late };
	}

	it("offers the head what is free, after the offer time and not before", async () => {
		const { sku, head, late } = await stalled();
		pass(OFFER - 1);
		expectWaiting(await head.reservation(sku).then((response) => ({ ...response, status: 202 })), 1);
		pass(1);
		expect(await ring.sku(sku)).toBe(true);
		expect(await head.reservation(sku)).toMatchObject({ body: { status: "held", quantity: 2 } });
		expectProblem(await late.reserve(sku, 1), 409, "sold-out");
		await head.buy([{ sku, quantity: 2 }]);
		expect(await stockOf(sku)).toMatchObject({ available: 0, waiting: 0, sold: 5, balanced: true });
	});

	it("frees the units for others when the head does not take that offer", async () => {
		const { sku, head, late } = await stalled();
		pass(2 * OFFER);
		await ring.sku(sku);
		pass(OFFER);
		await ring.sku(sku);
		expect(await head.reservation(sku)).toMatchObject({ body: { status: "expired" } });
		expect(await late.reserve(sku, 2)).toMatchObject({ status: 201 });
	});

	it("promotes the head with its whole quantity when a restock comes in time", async () => {
		const { sku, head } = await stalled();
		pass(OFFER - 1);
		expect(await restock(sku, 1)).toMatchObject({ promoted: 3 });
		pass(1);
		expect(await head.reservation(sku)).toMatchObject({ body: { status: "held", quantity: 3 } });
	});
});

describe("a place in the waitlist", () => {
	it("puts only shoppers who asked to wait on the waitlist", async () => {
		const sku = await newProduct({ units: 1, policy: { waitlistLimit: 9 } });
		const [holder, ada] = await newShoppers(2);
		await (holder as Shopper).reserve(sku, 1);
		expectProblem(await (ada as Shopper).reserve(sku, 1), 409, "sold-out");
		expectProblem(await (ada as Shopper).reservation(sku), 404, "no-reservation");
	});

	it("keeps the place of a shopper who asks for the same or less, and not of one who asks for more", async () => {
		const sku = await newProduct({ units: 1, policy: { waitlistLimit: 9 } });
		const [holder, ada, bob] = (await newShoppers(3)) as [Shopper, Shopper, Shopper];
		await holder.reserve(sku, 1);
		expectWaiting(await join(ada, sku, 3), 1);
		expectWaiting(await join(bob, sku, 1), 2);
		expectWaiting(await join(ada, sku, 3), 1);
		expectWaiting(await join(ada, sku, 2), 1);
		expectWaiting(await join(ada, sku, 3), 2);
		expect(await bob.reservation(sku)).toMatchObject({ body: { position: 1 } });
	});

	it("refuses to extend a waiting reservation, because only a hold expires", async () => {
		const sku = await newProduct({ units: 0, policy: { waitlistLimit: 9 } });
		const ada = await newShopper();
		await join(ada, sku);
		expectProblem(await ada.extend(sku), 409, "not-held", { sku });
	});

	it("shows the waiting units in the product, and refuses newcomers even though a unit is free", async () => {
		const sku = await newProduct({ units: 1, policy: { waitlistLimit: 9 } });
		const [ada, newcomer] = (await newShoppers(2)) as [Shopper, Shopper];
		expect(await ada.reserve(sku, 1)).toMatchObject({ status: 201 });
		await ada.release(sku);
		// The head of the waitlist wants three and one is free: nobody else gets it.
		expectWaiting(await join(ada, sku, 3), 1);
		expectProblem(await newcomer.reserve(sku, 1), 409, "sold-out");
		pass(5); // Longer than the isolate caches the availability.
		const { body } = await call<Product>("GET", `/v1/products/${sku}`);
		expect(body.availability).toMatchObject({ available: 1, waiting: 3 });
		expect(body.availability.status).not.toBe("in_stock");
	});

	it("gives a group all of its units or none, and serves nobody behind it first (pretix 974)", async () => {
		const sku = await newProduct({ units: 0, policy: { waitlistLimit: 9 } });
		const [group, single, newcomer] = (await newShoppers(3)) as [Shopper, Shopper, Shopper];
		expectWaiting(await join(group, sku, 3), 1);
		expectWaiting(await join(single, sku, 1), 2);
		expect(await restock(sku, 2)).toMatchObject({ promoted: 0, available: 2, waiting: 4, handingOut: 0 });
		for (const [shopper, position] of [
			[group, 1],
			[single, 2],
		] as const) {
			expect(await shopper.reservation(sku)).toMatchObject({ body: { status: "waiting", position } });
		}
		expectProblem(await newcomer.reserve(sku, 1), 409, "sold-out");
		expect(await restock(sku, 1)).toMatchObject({ promoted: 3, available: 0 });
		expect(await group.reservation(sku)).toMatchObject({ body: { status: "held", quantity: 3 } });
		expect(await single.reservation(sku)).toMatchObject({ body: { status: "waiting", position: 1 } });
	});

	it("gives a group what is free when it asks for fewer, and those behind it the rest", async () => {
		const sku = await newProduct({ units: 0, policy: { waitlistLimit: 9 } });
		const [group, single] = (await newShoppers(2)) as [Shopper, Shopper];
		await join(group, sku, 4);
		await join(single, sku, 1);
		await restock(sku, 3);
		expect(await group.reserve(sku, 2)).toMatchObject({ status: 200, body: { status: "held", quantity: 2 } });
		expect(await single.reservation(sku)).toMatchObject({ body: { status: "held" } });
	});
});

describe("leaving the waitlist", () => {
	it("moves everybody behind up as soon as a waiting shopper leaves", async () => {
		const sku = await newProduct({ units: 1, policy: { waitlistLimit: 3 } });
		const [holder, ...waiting] = (await newShoppers(4)) as [Shopper, Shopper, Shopper, Shopper];
		await holder.reserve(sku, 1);
		for (const shopper of waiting) await join(shopper, sku);
		expect(await waiting[0].release(sku)).toMatchObject({ status: 200, body: { status: "released", position: null } });
		expect(await waiting[0].release(sku)).toMatchObject({ status: 200, body: { status: "released" } });
		expect(await waiting[1].reservation(sku)).toMatchObject({ body: { position: 1 } });
		expect(await waiting[2].reservation(sku)).toMatchObject({ body: { position: 2 } });
		// A shopper who joins again is last.
		expectWaiting(await join(waiting[0], sku), 3);
	});

	it("serves the others at once when the head that blocked them leaves", async () => {
		const sku = await newProduct({ units: 0, policy: { waitlistLimit: 9 } });
		const [group, single] = (await newShoppers(2)) as [Shopper, Shopper];
		await join(group, sku, 5);
		await join(single, sku, 1);
		await restock(sku, 2);
		await group.release(sku);
		expect(await single.reservation(sku)).toMatchObject({ body: { status: "held" } });
		expect(await stockOf(sku)).toMatchObject({ available: 1, held: 1, waiting: 0 });
	});

	it("lets the merchant release a waiting reservation", async () => {
		const sku = await newProduct({ units: 0, policy: { waitlistLimit: 9 } });
		const ada = await newShopper();
		const { body } = await join(ada, sku);
		expect(await asMerchant("POST", `/products/${sku}/reservations/${body.id}/release`)).toMatchObject({
			status: 200,
			body: { status: "released", shopperId: ada.id },
		});
		expect(await stockOf(sku)).toMatchObject({ waiting: 0 });
	});
});
