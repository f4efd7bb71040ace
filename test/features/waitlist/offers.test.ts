/** What comes of waiting: an offer that lasts a while, is taken or passes on, and is never given twice. */
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

/** One unit, held by the first; the others wait. */
async function lineForOne(howMany: number, policy: Record<string, unknown> = {}) {
	const sku = await newProduct({ units: 1, policy: { ...POLICY, ...policy } });
	const [first, ...line] = (await newShoppers(1 + howMany)) as Three;
	await first.reserve(sku, 1);
	for (const shopper of line) expect(await shopper.reserve(sku, 1, { wait: true })).toMatchObject({ status: 202 });
	return { sku, first, line: line as Shopper[] as Three };
}

const statuses = async (sku: string, shoppers: readonly Shopper[]) =>
	Promise.all(shoppers.map(async (shopper) => (await shopper.reservation(sku)).body.status));

describe("an offer", () => {
	it("that is not taken passes on to the next, and to the next, with nobody asking", async () => {
		const { sku, first, line } = await lineForOne(3);
		for (const seconds of [60, 30, 30]) {
			pass(seconds);
			expect(await ring.sku(sku)).toBe(true);
		}
		pass(10);
		const served = (await journalOf(sku)).filter(({ kind }) => kind === "promoted" || kind === "expired");
		expect(served.map(({ kind, shopperId, at }) => [kind, shopperId, (Date.parse(at) - DROP) / 1000])).toEqual([
			["expired", first.id, 60],
			["promoted", line[0].id, 60],
			["expired", line[0].id, 90],
			["promoted", line[1].id, 90],
			["expired", line[1].id, 120],
			["promoted", line[2].id, 120],
		]);
		expect(await statuses(sku, line)).toEqual(["expired", "expired", "held"]);
	});

	it("goes to the next at once when it is let go of", async () => {
		const { sku, first, line } = await lineForOne(2);
		await first.release(sku);
		expect(await line[0].release(sku)).toMatchObject({ body: { status: "released" } });
		expect(await statuses(sku, line.slice(0, 2))).toEqual(["released", "held"]);
	});

	it("is not made longer by asking for it again (pretix 1575)", async () => {
		const { sku, first, line } = await lineForOne(1);
		await first.release(sku);
		const { body: offered } = await line[0].reservation(sku);
		pass(20);
		expect(await line[0].reserve(sku, 1)).toMatchObject({ status: 200, body: { expiresAt: offered.expiresAt } });
		expect(await line[0].reserve(sku, 1, { wait: true })).toMatchObject({ body: { expiresAt: offered.expiresAt } });
		pass(10);
		expect(await line[0].reservation(sku)).toMatchObject({ body: { status: "expired" } });
	});

	it("is extended by the offer's time and as often as a hold may be", async () => {
		const { sku, first, line } = await lineForOne(1, { maxExtensions: 1 });
		await first.release(sku);
		pass(20);
		const until = new Date(Date.now() + 30_000).toISOString();
		expect(await line[0].extend(sku)).toMatchObject({ status: 200, body: { expiresAt: until, extensionsLeft: 0 } });
		expectProblem(await line[0].extend(sku), 409, "extension-limit");
	});

	it("that was spent is not armed again by cancelling the checkout (pretix 1163)", async () => {
		const { sku, first, line } = await lineForOne(2);
		await first.release(sku);
		const { id } = await line[0].checkout([{ sku, quantity: 1 }]);
		expect(await line[0].cancel(id)).toMatchObject({ status: 200, body: { status: "cancelled" } });
		expect(await statuses(sku, line.slice(0, 2))).toEqual(["released", "held"]);
		// Not by asking either: whoever comes back is a newcomer, behind those who wait.
		expectProblem(await line[0].reserve(sku, 1), 409, "sold-out");
		expect(await line[0].reserve(sku, 1, { wait: true })).toMatchObject({ status: 202, body: { position: 1 } });
		expect((await journalOf(sku)).filter(({ kind }) => kind === "promoted")).toHaveLength(2);
	});

	it("that was spent is not armed again when the payment's time runs out (pretix 1163)", async () => {
		const { sku, first, line } = await lineForOne(2);
		await first.release(sku);
		const { id } = await line[0].checkout([{ sku, quantity: 1 }]);
		pass(40);
		expect(await ring.checkout(id)).toBe(true);
		expect(await line[0].read(id)).toMatchObject({ body: { status: "expired", payment: { status: "voided" } } });
		expect(await statuses(sku, line.slice(0, 2))).toEqual(["released", "held"]);
	});

	it("is taken by checking out, and paid within the payment's time, longer than its own", async () => {
		const { sku, first, line } = await lineForOne(2);
		await first.release(sku);
		pass(29);
		const checkout = await line[0].checkout([{ sku, quantity: 1 }]);
		pass(35);
		await ring.sku(sku);
		expect(await statuses(sku, line.slice(0, 2))).toEqual(["paying", "waiting"]);
		await pay(paymentIdOf(checkout));
		expect(await line[0].read(checkout.id)).toMatchObject({ body: { status: "completed" } });
		expect(await expectSquare(line[0], checkout.id)).toBe(1999);
		expect(await stockOf(sku)).toMatchObject({ sold: 1, held: 0, waiting: 1, available: 0 });
	});
});
