/** Offers to the waitlist: each lasts for a time, is taken or passes on, and is never made twice. */
import { describe, expect, it } from "vitest";
import { DROP, pass, ring, useStoppedClock } from "../../support/clock.ts";
import { expectProblem } from "../../support/http.ts";
import { journalOf, newProduct, stockOf } from "../../support/merchant.ts";
import { expectSquare } from "../../support/money.ts";
import { pay } from "../../support/provider.ts";
import { newShoppers, paymentIdOf, type Shopper } from "../../support/shopper.ts";

useStoppedClock();

const POLICY = {
	holdSeconds: 60,
	offerSeconds: 30,
	paymentWindowSeconds: 40,
	paymentGraceSeconds: 5,
	waitlistLimit: 9,
};
type Three = [Shopper, Shopper, Shopper];

/** One unit, held by the first shopper. This many others wait. */
async function waitlistForOne(howMany: number, policy: Record<string, unknown> = {}) {
	const sku = await newProduct({ units: 1, policy: { ...POLICY, ...policy } });
	const [first, ...waiting] = (await newShoppers(1 + howMany)) as Three;
	await first.reserve(sku, 1);
	for (const shopper of waiting) expect(await shopper.reserve(sku, 1, { wait: true })).toMatchObject({ status: 202 });
	return { sku, first, waiting: waiting as Shopper[] as Three };
}

const statuses = async (sku: string, shoppers: readonly Shopper[]) =>
	Promise.all(shoppers.map(async (shopper) => (await shopper.reservation(sku)).body.status));

describe("an offer to the waitlist", () => {
	it("passes an offer on when it is not taken, without any request", async () => {
		const { sku, first, waiting } = await waitlistForOne(3);
		for (const seconds of [60, 30, 30]) {
			pass(seconds);
			expect(await ring.sku(sku)).toBe(true);
		}
		pass(10);
		const served = (await journalOf(sku)).filter(({ kind }) => kind === "promoted" || kind === "expired");
		expect(served.map(({ kind, shopperId, at }) => [kind, shopperId, (Date.parse(at) - DROP) / 1000])).toEqual([
			["expired", first.id, 60],
			["promoted", waiting[0].id, 60],
			["expired", waiting[0].id, 90],
			["promoted", waiting[1].id, 90],
			["expired", waiting[1].id, 120],
			["promoted", waiting[2].id, 120],
		]);
		expect(await statuses(sku, waiting)).toEqual(["expired", "expired", "held"]);
	});

	it("passes an offer on as soon as it is released", async () => {
		const { sku, first, waiting } = await waitlistForOne(2);
		await first.release(sku);
		expect(await waiting[0].release(sku)).toMatchObject({ body: { status: "released" } });
		expect(await statuses(sku, waiting.slice(0, 2))).toEqual(["released", "held"]);
	});

	it("does not prolong an offer when the shopper reserves again (pretix 1575)", async () => {
		const { sku, first, waiting } = await waitlistForOne(1);
		await first.release(sku);
		const { body: offered } = await waiting[0].reservation(sku);
		pass(20);
		expect(await waiting[0].reserve(sku, 1)).toMatchObject({ status: 200, body: { expiresAt: offered.expiresAt } });
		expect(await waiting[0].reserve(sku, 1, { wait: true })).toMatchObject({ body: { expiresAt: offered.expiresAt } });
		pass(10);
		expect(await waiting[0].reservation(sku)).toMatchObject({ body: { status: "expired" } });
	});

	it("extends an offer by the offer time, as often as a hold", async () => {
		const { sku, first, waiting } = await waitlistForOne(1, { maxExtensions: 1 });
		await first.release(sku);
		pass(20);
		const until = new Date(Date.now() + 30_000).toISOString();
		expect(await waiting[0].extend(sku)).toMatchObject({ status: 200, body: { expiresAt: until, extensionsLeft: 0 } });
		expectProblem(await waiting[0].extend(sku), 409, "extension-limit");
	});

	it("goes on when its checkout is cancelled, and is not repeated when it has run out (pretix 1163)", async () => {
		const { sku, first, waiting } = await waitlistForOne(2);
		await first.release(sku);
		const { id } = await waiting[0].checkout([{ sku, quantity: 1 }]);
		expect(await waiting[0].cancel(id)).toMatchObject({ status: 200, body: { status: "cancelled" } });
		expect(await statuses(sku, waiting.slice(0, 2))).toEqual(["held", "waiting"]);
		pass(30);
		expect(await statuses(sku, waiting.slice(0, 2))).toEqual(["expired", "held"]);
		// Nor when the shopper reserves again: they join the waitlist at its end.
		expectProblem(await waiting[0].reserve(sku, 1), 409, "sold-out");
		expect(await waiting[0].reserve(sku, 1, { wait: true })).toMatchObject({ status: 202, body: { position: 1 } });
		expect((await journalOf(sku)).filter(({ kind }) => kind === "promoted")).toHaveLength(2);
	});

	it("does not repeat an offer when its payment window ends (pretix 1163)", async () => {
		const { sku, first, waiting } = await waitlistForOne(2);
		await first.release(sku);
		const { id } = await waiting[0].checkout([{ sku, quantity: 1 }]);
		pass(40);
		expect(await ring.checkout(id)).toBe(true);
		expect(await waiting[0].read(id)).toMatchObject({ body: { status: "expired", payment: { status: "voided" } } });
		expect(await statuses(sku, waiting.slice(0, 2))).toEqual(["expired", "held"]);
	});

	it("lets an offer be paid for the whole payment window once it is in a checkout", async () => {
		const { sku, first, waiting } = await waitlistForOne(2);
		await first.release(sku);
		pass(29);
		const checkout = await waiting[0].checkout([{ sku, quantity: 1 }]);
		pass(35);
		await ring.sku(sku);
		expect(await statuses(sku, waiting.slice(0, 2))).toEqual(["paying", "waiting"]);
		await pay(paymentIdOf(checkout));
		expect(await waiting[0].read(checkout.id)).toMatchObject({ body: { status: "completed" } });
		expect(await expectSquare(waiting[0], checkout.id)).toBe(1999);
		expect(await stockOf(sku)).toMatchObject({ sold: 1, held: 0, waiting: 1, available: 0 });
	});
});
