/** Time at the object of a SKU: units go back when it is up, asked or not, and never before. */
import { runDurableObjectAlarm } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Shelf, START } from "./sku-harness.ts";

const pass = (ms: number) => vi.setSystemTime(Date.now() + ms);

describe("by a clock that the test sets", () => {
	// The object sees it; workerd's alarms do not, so they are rung by hand.
	beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: START }));
	afterEach(() => void vi.useRealTimers());

	const ring = (shelf: Shelf) => runDurableObjectAlarm(shelf.stub);
	const statuses = async (shelf: Shelf) =>
		(await shelf.stored()).reservations.map(({ shopperId, status }) => `${shopperId} ${status}`);

	it("an alarm is set for the first hold to run out, and rings it out", async () => {
		const shelf = await Shelf.with(3, { holdMs: 10_000 });
		expect((await shelf.stored()).alarmAtMs).toBeNull();
		await shelf.reserve("ada", 2);
		pass(4_000);
		await shelf.reserve("bob");
		expect((await shelf.stored()).alarmAtMs).toBe(START + 10_000);
		pass(6_000);
		expect(await ring(shelf)).toBe(true);
		expect(await statuses(shelf)).toEqual(["ada expired", "bob held"]);
		const { stock, alarmAtMs } = await shelf.stored();
		expect(stock).toMatchObject({ available: 2, held: 1 });
		expect(alarmAtMs).toBe(START + 14_000);
		pass(4_000);
		await ring(shelf);
		expect(await statuses(shelf)).toEqual(["ada expired", "bob expired"]);
		expect((await shelf.stored()).alarmAtMs).toBeNull();
		expect(await ring(shelf)).toBe(false);
	});

	it("an alarm that rings too early does nothing, and is set again", async () => {
		const shelf = await Shelf.with(1, { holdMs: 10_000 });
		await shelf.reserve("ada");
		pass(9_999);
		const before = await shelf.stored();
		expect(await ring(shelf)).toBe(true);
		expect(await shelf.stored()).toEqual(before);
		pass(1);
		await ring(shelf);
		expect(await statuses(shelf)).toEqual(["ada expired"]);
	});

	it("a hold is somebody else's at its last millisecond to the first who asks, before any alarm", async () => {
		const shelf = await Shelf.with(1, { holdMs: 10_000 });
		await shelf.reserve("ada");
		pass(9_999);
		expect(await shelf.reserve("bob")).toMatchObject({ kind: "sold-out", retryAtMs: START + 10_000 });
		pass(1);
		expect(await shelf.reserve("bob")).toMatchObject({ kind: "held" });
		expect(await statuses(shelf)).toEqual(["ada expired", "bob held"]);
	});

	it.each(["availability", "stock", "reservation", "listReservations"] as const)(
		"no answer counts a hold that has run out: %s",
		async (question) => {
			const shelf = await Shelf.with(1, { holdMs: 10_000 });
			await shelf.reserve("ada");
			pass(10_000);
			switch (question) {
				case "availability":
					expect(await shelf.object.availability()).toMatchObject({ availability: { status: "in_stock", held: 0 } });
					break;
				case "stock":
					expect(await shelf.report()).toMatchObject({ balanced: true, stock: { available: 1, held: 0 } });
					break;
				case "reservation":
					expect(await shelf.statusOf("ada")).toBe("expired");
					break;
				case "listReservations":
					expect(await shelf.object.listReservations("held", "", 9)).toMatchObject({ reservations: [] });
			}
		},
	);

	it("with nobody asking, a unit goes down the line from one offer to the next (vendure 3509)", async () => {
		const shelf = await Shelf.with(1, { holdMs: 10_000, offerMs: 5_000, waitlistLimit: 9 });
		await shelf.reserve("ada");
		await shelf.join("bob");
		await shelf.join("cyd");
		pass(10_000);
		await ring(shelf);
		expect(await statuses(shelf)).toEqual(["ada expired", "bob held", "cyd waiting"]);
		expect((await shelf.stored()).alarmAtMs).toBe(START + 15_000);
		pass(5_000);
		await ring(shelf);
		expect(await statuses(shelf)).toEqual(["ada expired", "bob expired", "cyd held"]);
		pass(5_000);
		await ring(shelf);
		expect(await statuses(shelf)).toEqual(["ada expired", "bob expired", "cyd expired"]);
	});

	it("a pin lasts for the window and the grace, then the unit goes on (vendure 3509)", async () => {
		const shelf = await Shelf.with(1, { holdMs: 5_000, paymentWindowMs: 20_000, paymentGraceMs: 3_000 });
		await shelf.reserve("ada");
		const pin = { shopperId: "ada", checkoutId: "c1", quantity: 1, acceptPreorder: false };
		expect(await shelf.object.pin(pin)).toMatchObject({ payByMs: START + 20_000, graceMs: 3_000 });
		pass(22_999);
		await ring(shelf);
		expect(await statuses(shelf)).toEqual(["ada paying"]);
		pass(1);
		await ring(shelf);
		expect(await statuses(shelf)).toEqual(["ada expired"]);
	});

	it("a payment told in the last millisecond of the grace finds its unit still pinned (saleor 15246)", async () => {
		const shelf = await Shelf.with(1, { paymentWindowMs: 20_000, paymentGraceMs: 3_000, waitlistLimit: 9 });
		const checkout = { shopperId: "ada", checkoutId: "c1", quantity: 1, acceptPreorder: false };
		await shelf.object.pin(checkout);
		await shelf.join("bob");
		pass(22_999);
		expect(await shelf.object.commit(checkout)).toMatchObject({ kind: "sold" });
		expect(await statuses(shelf)).toEqual(["ada sold", "bob waiting"]);
	});

	it("a promise that nobody pays for lapses by itself, and its place is free (saleor 13517)", async () => {
		const preorder = { capacity: 1, expectedAtMs: null, termsVersion: "v1" };
		const shelf = await Shelf.with(0, { preorder, paymentWindowMs: 20_000, paymentGraceMs: 3_000 });
		const pin = (shopperId: string) =>
			shelf.object.pin({ shopperId, checkoutId: `co-${shopperId}`, quantity: 1, acceptPreorder: true });
		expect((await pin("ada")).kind).toBe("preordered");
		expect((await pin("bob")).kind).toBe("sold-out");
		pass(23_000);
		await ring(shelf);
		expect((await shelf.stored()).preorders).toMatchObject([{ shopperId: "ada", status: "cancelled" }]);
		expect((await pin("bob")).kind).toBe("preordered");
	});

	it("a change of policy leaves holds the time that they were given", async () => {
		const shelf = await Shelf.with(2, { holdMs: 10_000 });
		await shelf.reserve("ada");
		const report = await shelf.report();
		const { revision: _, updatedAtMs: __, ...draft } = report.product;
		await shelf.object.define({ ...draft, policy: { ...draft.policy, holdMs: 1_000 } });
		await shelf.reserve("bob");
		expect((await shelf.stored()).alarmAtMs).toBe(START + 1_000);
		pass(9_999);
		await ring(shelf);
		expect(await statuses(shelf)).toEqual(["ada held", "bob expired"]);
	});
});

describe("by the clock on the wall", () => {
	it("a unit goes back to the stock a hold's time after it was taken, with nobody asking", async () => {
		const shelf = await Shelf.with(1, { holdMs: 1_000, offerMs: 1_000, waitlistLimit: 1 });
		const answer = await shelf.reserve("ada");
		await shelf.join("bob");
		if (answer.kind !== "held") throw new Error(answer.kind);
		const dueMs = answer.reservation.expiresAtMs ?? 0;
		const ended = await vi.waitFor(
			async () => {
				const { reservations } = await shelf.stored();
				expect(reservations).toMatchObject([{ status: "expired" }, { status: "held" }]);
				return reservations[0]?.endedAtMs ?? 0;
			},
			{ interval: 20, timeout: 5_000 },
		);
		expect(ended).toBeGreaterThanOrEqual(dueMs);
		// Issue to hold: the next in line has it within a second of the end.
		expect(ended).toBeLessThan(dueMs + 1_000);
	});
});
