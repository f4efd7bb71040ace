/** Standing in line, over HTTP: who may, where they stand, and how they leave. What comes of it is `offers.test.ts`. */
import { describe, expect, it } from "vitest";
import { pass, ring, useStoppedClock } from "../../support/clock.ts";
import { call, expectProblem, type HttpResponse } from "../../support/http.ts";
import { asMerchant, newProduct, restock, stockOf } from "../../support/merchant.ts";
import { newShopper, newShoppers, type Product, type Reservation, type Shopper } from "../../support/shopper.ts";

useStoppedClock();

const join = (shopper: Shopper, sku: string, quantity = 1) => shopper.reserve(sku, quantity, { wait: true });

function expectWaiting(answer: HttpResponse<Reservation>, position: number): void {
	expect(answer).toMatchObject({
		status: 202,
		body: { status: "waiting", position, expiresAt: null, extensionsLeft: 0 },
	});
}

describe("how long the line may be", () => {
	it("by default half the units that are held, and no longer", async () => {
		const sku = await newProduct({ units: 6 });
		const [holder, ...others] = await newShoppers(5);
		await (holder as Shopper).reserve(sku, 6);
		for (const [i, shopper] of others.slice(0, 3).entries()) expectWaiting(await join(shopper, sku), i + 1);
		const late = await join(others[3] as Shopper, sku);
		expectProblem(late, 409, "sold-out", { sku });
		// Somebody may yet not pay, so asking again is worth it: when the first hold is up.
		expect(late.headers.get("retry-after")).toBe("600");
		expect(await stockOf(sku)).toMatchObject({ held: 6, waiting: 3 });
	});

	it("by default counts units and not shoppers: one who wants more than is left of it is refused", async () => {
		const sku = await newProduct({ units: 8 });
		const [holder, two, three, other] = await newShoppers(4);
		await (holder as Shopper).reserve(sku, 8);
		expectWaiting(await join(two as Shopper, sku, 2), 1);
		expectProblem(await join(three as Shopper, sku, 3), 409, "sold-out");
		expectWaiting(await join(other as Shopper, sku, 2), 2);
	});

	it("by default at least one for the last unit, and none once all of it is sold", async () => {
		const sku = await newProduct({ units: 1 });
		const [first, second, third] = await newShoppers(3);
		await (first as Shopper).reserve(sku, 1);
		expectWaiting(await join(second as Shopper, sku), 1);
		await (second as Shopper).release(sku);
		await (first as Shopper).buy([{ sku, quantity: 1 }]);
		expectProblem(await join(third as Shopper, sku), 409, "sold-out");
	});

	it("with a waitlistLimit, that many units, also when nothing is held and nothing is there", async () => {
		const sku = await newProduct({ units: 0, policy: { waitlistLimit: 3 } });
		const shoppers = await newShoppers(5);
		const answers = await Promise.all(shoppers.map((shopper) => join(shopper, sku)));
		const waiting = answers.filter(({ status }) => status === 202);
		expect(waiting.map(({ body }) => body.position).sort()).toEqual([1, 2, 3]);
		for (const answer of answers.filter(({ status }) => status !== 202)) expectProblem(answer, 409, "sold-out");
		expect(await stockOf(sku)).toMatchObject({ waiting: 3, demand: { waiting: 3, refused: 2, wouldSellAtOnce: 3 } });
	});

	it("with a waitlistLimit of 0 there is none", async () => {
		const sku = await newProduct({ units: 2, policy: { waitlistLimit: 0 } });
		const [holder, other] = await newShoppers(2);
		await (holder as Shopper).reserve(sku, 2);
		expectProblem(await join(other as Shopper, sku), 409, "sold-out");
	});

	it("counts towards what a shopper may have", async () => {
		const sku = await newProduct({ units: 1, policy: { waitlistLimit: 9, limitPerShopper: 2 } });
		const [holder, ada] = await newShoppers(2);
		await (holder as Shopper).reserve(sku, 1);
		expectProblem(await join(ada as Shopper, sku, 3), 409, "limit-exceeded", { limit: 2 });
		expectWaiting(await join(ada as Shopper, sku, 2), 1);
	});
});

describe("a line that stands still, since its head needs more than is free and nothing is out that could come back", () => {
	const OFFER = 120;
	const policy = { waitlistLimit: 9, offerSeconds: OFFER };

	async function stuck(): Promise<{ sku: string; head: Shopper; late: Shopper }> {
		const sku = await newProduct({ units: 3, policy });
		const [holder, head, late] = (await newShoppers(3)) as [Shopper, Shopper, Shopper];
		await holder.reserve(sku, 3);
		expectWaiting(await join(head, sku, 3), 1);
		await holder.buy([{ sku, quantity: 3 }]);
		await restock(sku, 2);
		expectWaiting(await head.reservation(sku).then((answer) => ({ ...answer, status: 202 })), 1);
		const refused = await late.reserve(sku, 1);
		expectProblem(refused, 409, "sold-out");
		expect(refused.headers.get("retry-after")).toBe(String(OFFER));
		return { sku, head, late };
	}

	it("offers the head what there is, after as long as an offer lasts and not before", async () => {
		const { sku, head, late } = await stuck();
		pass(OFFER - 1);
		expectWaiting(await head.reservation(sku).then((answer) => ({ ...answer, status: 202 })), 1);
		pass(1);
		expect(await ring.sku(sku)).toBe(true);
		expect(await head.reservation(sku)).toMatchObject({ body: { status: "held", quantity: 2 } });
		expectProblem(await late.reserve(sku, 1), 409, "sold-out");
		await head.buy([{ sku, quantity: 2 }]);
		expect(await stockOf(sku)).toMatchObject({ available: 0, waiting: 0, sold: 5, balanced: true });
	});

	it("is free for others when that offer is not taken: nobody who never comes back keeps units for ever", async () => {
		const { sku, head, late } = await stuck();
		pass(2 * OFFER);
		await ring.sku(sku);
		pass(OFFER);
		await ring.sku(sku);
		expect(await head.reservation(sku)).toMatchObject({ body: { status: "expired" } });
		expect(await late.reserve(sku, 2)).toMatchObject({ status: 201 });
	});

	it("serves the head whole when a delivery comes in time", async () => {
		const { sku, head } = await stuck();
		pass(OFFER - 1);
		expect(await restock(sku, 1)).toMatchObject({ promoted: 3 });
		pass(1);
		expect(await head.reservation(sku)).toMatchObject({ body: { status: "held", quantity: 3 } });
	});
});

describe("standing in it", () => {
	it("nobody is put there who did not ask to wait", async () => {
		const sku = await newProduct({ units: 1, policy: { waitlistLimit: 9 } });
		const [holder, ada] = await newShoppers(2);
		await (holder as Shopper).reserve(sku, 1);
		expectProblem(await (ada as Shopper).reserve(sku, 1), 409, "sold-out");
		expectProblem(await (ada as Shopper).reservation(sku), 404, "no-reservation");
	});

	it("asking again keeps the place; asking for less too; asking for more is asking anew", async () => {
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

	it("cannot be made longer: only what is held has a time that can", async () => {
		const sku = await newProduct({ units: 0, policy: { waitlistLimit: 9 } });
		const ada = await newShopper();
		await join(ada, sku);
		expectProblem(await ada.extend(sku), 409, "not-held", { sku });
	});

	it("shows in the product, and a newcomer is refused though a unit is free", async () => {
		const sku = await newProduct({ units: 1, policy: { waitlistLimit: 9 } });
		const [ada, newcomer] = (await newShoppers(2)) as [Shopper, Shopper];
		expect(await ada.reserve(sku, 1)).toMatchObject({ status: 201 });
		await ada.release(sku);
		// The head of the line wants three, one is free: nobody passes.
		expectWaiting(await join(ada, sku, 3), 1);
		expectProblem(await newcomer.reserve(sku, 1), 409, "sold-out");
		pass(5); // What the isolate remembers of the product is younger than that.
		const { body } = await call<Product>("GET", `/v1/products/${sku}`);
		expect(body.availability).toMatchObject({ available: 1, waiting: 3 });
		expect(body.availability.status).not.toBe("in_stock");
	});

	it("a group gets its n units or none, and the strict order holds behind it (pretix 974)", async () => {
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

	it("a group that will do with fewer gets what there is, and those behind it the rest", async () => {
		const sku = await newProduct({ units: 0, policy: { waitlistLimit: 9 } });
		const [group, single] = (await newShoppers(2)) as [Shopper, Shopper];
		await join(group, sku, 4);
		await join(single, sku, 1);
		await restock(sku, 3);
		expect(await group.reserve(sku, 2)).toMatchObject({ status: 200, body: { status: "held", quantity: 2 } });
		expect(await single.reservation(sku)).toMatchObject({ body: { status: "held" } });
	});
});

describe("leaving it", () => {
	it("is done at once, and everybody behind moves up", async () => {
		const sku = await newProduct({ units: 1, policy: { waitlistLimit: 3 } });
		const [holder, ...line] = (await newShoppers(4)) as [Shopper, Shopper, Shopper, Shopper];
		await holder.reserve(sku, 1);
		for (const shopper of line) await join(shopper, sku);
		expect(await line[0].release(sku)).toMatchObject({ status: 200, body: { status: "released", position: null } });
		expect(await line[0].release(sku)).toMatchObject({ status: 200, body: { status: "released" } });
		expect(await line[1].reservation(sku)).toMatchObject({ body: { position: 1 } });
		expect(await line[2].reservation(sku)).toMatchObject({ body: { position: 2 } });
		// The place that is free is anybody's, at the end.
		expectWaiting(await join(line[0], sku), 3);
	});

	it("of a head that blocked the others serves them in the same turn", async () => {
		const sku = await newProduct({ units: 0, policy: { waitlistLimit: 9 } });
		const [group, single] = (await newShoppers(2)) as [Shopper, Shopper];
		await join(group, sku, 5);
		await join(single, sku, 1);
		await restock(sku, 2);
		await group.release(sku);
		expect(await single.reservation(sku)).toMatchObject({ body: { status: "held" } });
		expect(await stockOf(sku)).toMatchObject({ available: 1, held: 1, waiting: 0 });
	});

	it("can be the merchant's doing", async () => {
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
