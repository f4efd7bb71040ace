/** Adjustments below what is held: the newest holds go back to the waitlist, and their shoppers see it. */
import { describe, expect, it } from "vitest";
import { pass, ring, useStoppedClock } from "../../support/clock.ts";
import { expectProblem } from "../../support/http.ts";
import { asMerchant, journalOf, newProduct, restock, stockOf } from "../../support/merchant.ts";
import { newShoppers, type Shopper } from "../../support/shopper.ts";

useStoppedClock();

const adjust = (sku: string, delta: number, force = false) =>
	asMerchant<{ bumped: number }>("POST", `/products/${sku}/adjust`, { json: { delta, reason: "counted", force } });

describe("an adjustment below what is held", () => {
	it("refuses an adjustment below what is held, with the number of missing units", async () => {
		const sku = await newProduct({ units: 5 });
		const [ada, bob] = (await newShoppers(2)) as [Shopper, Shopper];
		await ada.reserve(sku, 2);
		await bob.reserve(sku, 2);
		const before = await stockOf(sku);
		expectProblem(await adjust(sku, -3), 409, "below-held", { sku, shortBy: 2 });
		expect(await stockOf(sku)).toEqual(before);
	});

	it("puts the newest holds at the head of the waitlist when forced, visible to their shoppers", async () => {
		const sku = await newProduct({ units: 3, policy: { waitlistLimit: 9, offerSeconds: 30 } });
		const shoppers = await newShoppers(5);
		const [ada, bob, cyd, dan, eve] = shoppers as [Shopper, Shopper, Shopper, Shopper, Shopper];
		for (const shopper of shoppers) await shopper.reserve(sku, 1, { wait: true });
		const before = await cyd.reservation(sku);
		expect(await adjust(sku, -2, true)).toMatchObject({ status: 200, body: { bumped: 2 } });

		const seen = await Promise.all(shoppers.map((shopper) => shopper.reservation(sku)));
		expect(seen.map(({ body }) => [body.status, body.position])).toEqual([
			["held", null],
			["waiting", 1],
			["waiting", 2],
			["waiting", 3],
			["waiting", 4],
		]);
		// A page that still shows the hold has an outdated ETag, so its request is refused.
		expect(seen[2]?.headers.get("etag")).not.toBe(before.headers.get("etag"));
		expect(seen[2]?.body).toMatchObject({ id: before.body.id, expiresAt: null });
		const stale = await cyd.reserve(sku, 2, { ifMatch: before.headers.get("etag") ?? "" });
		expectProblem(stale, 412, "precondition-failed");
		expectProblem(await bob.open([{ sku, quantity: 1 }]), 409, "lines-unavailable");

		const journal = await journalOf(sku);
		expect(journal.filter(({ kind }) => kind === "bumped").map(({ shopperId }) => shopperId)).toEqual([cyd.id, bob.id]);
		for (const next of [bob, cyd, dan, eve]) {
			expect(await restock(sku, 1)).toMatchObject({ promoted: 1, available: 0 });
			expect(await next.reservation(sku)).toMatchObject({ body: { status: "held" } });
		}
		expect(await ada.reservation(sku)).toMatchObject({ body: { status: "held" } });
	});

	it("puts the holds of a second forced adjustment before those of the first", async () => {
		const sku = await newProduct({ units: 2, policy: { waitlistLimit: 9 } });
		const [ada, bob] = (await newShoppers(2)) as [Shopper, Shopper];
		await ada.reserve(sku, 1);
		await bob.reserve(sku, 1);
		await adjust(sku, -1, true);
		await adjust(sku, -1, true);
		expect(await ada.reservation(sku)).toMatchObject({ body: { status: "waiting", position: 1 } });
		expect(await bob.reservation(sku)).toMatchObject({ body: { status: "waiting", position: 2 } });
		expect(await stockOf(sku)).toMatchObject({ available: 0, held: 0, waiting: 2, adjusted: -2 });
	});

	it("leaves pinned units alone when forced, and refuses when the other holds are too few", async () => {
		const sku = await newProduct({ units: 3 });
		const [ada, bob] = (await newShoppers(2)) as [Shopper, Shopper];
		await bob.reserve(sku, 1);
		await ada.checkout([{ sku, quantity: 2 }]);
		expectProblem(await adjust(sku, -2, true), 409, "below-held", { shortBy: 2 });
		expect(await bob.reservation(sku)).toMatchObject({ body: { status: "held" } });
		expect(await adjust(sku, -1, true)).toMatchObject({ status: 200, body: { bumped: 1 } });
		expect(await bob.reservation(sku)).toMatchObject({ body: { status: "waiting", position: 1 } });
	});
});

describe("a policy that closes the waitlist", () => {
	it("offers no more units than there are after a forced adjustment (pretix 1238)", async () => {
		const policy = { holdSeconds: 60, offerSeconds: 30, waitlistLimit: 80 };
		const sku = await newProduct({ units: 70, policy });
		const [holder, ...waiting] = await newShoppers(61);
		await (holder as Shopper).reserve(sku, 70);
		await Promise.all(waiting.map((shopper) => shopper.reserve(sku, 1, { wait: true })));
		expect(await stockOf(sku)).toMatchObject({ waiting: 60 });

		// The waitlist closes, the one large hold expires, and most of the units turn out to be a miscount.
		const product = { title: "Mug", price: { amount: 1999, currency: "USD" } };
		await asMerchant("PUT", `/products/${sku}`, { json: { ...product, policy: { ...policy, waitlistLimit: 0 } } });
		pass(60);
		await ring.sku(sku);
		expect(await adjust(sku, -60, true)).toMatchObject({ body: { bumped: 50 } });
		expect(await stockOf(sku)).toMatchObject({ held: 10, waiting: 50, available: 0 });
		for (let offers = 0; offers < 5; offers++) {
			pass(30);
			await ring.sku(sku);
			const { held, available, waiting: stillWaiting } = await stockOf(sku);
			expect(held + available).toBe(10);
			expect(held).toBe(10);
			expect(stillWaiting).toBe(40 - 10 * offers);
		}
	});
});
