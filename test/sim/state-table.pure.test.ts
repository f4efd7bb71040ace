/**
 * Every scenario of a checkout × every event at the provider × every way of delivery: `state-table.ts` states the
 * result, and this file plays it. In each cell, whatever the result, the money that the provider keeps is the price of
 * what the shopper has or is owed: once everything due has been done, and again when time has passed.
 *
 * A cell that is missing fails, and so does a cell that states a result where nothing can happen.
 */
import { describe, expect, it } from "vitest";
import { nextEffect } from "../../src/checkout/rules/next-effect.ts";
import type { Payment } from "../../src/payments/provider.ts";
import { PAYMENT } from "../checkout/saga-dsl.ts";
import type { CheckoutHarness } from "./checkout-harness.ts";
import { DELIVERIES, type Delivery, PROVIDER_EVENTS, SCENARIOS, UNCLEAR } from "./scenarios.ts";
import { STATE_TABLE } from "./state-table.ts";

const MONEY: ReadonlySet<string> = new Set(["create-payment", "read-payment", "void", "capture", "refund"]);
const LETTERS = { opening: "O", awaiting: "A", committing: "P", completed: "C" } as const;
const ENDINGS = { cancelled: "X", expired: "E", refused: "R", unpayable: "U", failed: "F", lost: "L" } as const;

/** The letter of a phase, and the money that the shop keeps, in tens. */
function cellOf({ c, keptMinor }: CheckoutHarness): string {
	if (c.phase === "closing") return `closing ${c.ending}`;
	const letter = c.phase === "closed" ? ENDINGS[c.ending] : LETTERS[c.phase];
	return keptMinor === 0 && c.phase !== "completed" ? letter : `${letter}${keptMinor / 10}`;
}

function expectSquare(checkout: CheckoutHarness, when: string): void {
	const { c, payment, world, keptMinor, giftMinor, valueMinor } = checkout;
	const what = JSON.stringify({ checkout: c, payment, stakes: [...world.stakes] });
	const shortMinor = valueMinor - keptMinor;
	const isSquare = shortMinor >= 0 && shortMinor <= giftMinor;
	const figures = `captured less refunded is ${keptMinor}, what the shopper has is worth ${valueMinor}`;
	expect(isSquare, `${when}: ${figures}; ${what}`).toBe(true);
}

/** A payment that was never created. */
const NO_PAYMENT: Payment = { ...PAYMENT, id: "pay_0", amountMinor: 150 };

/** The payment that the webhook carries; null when there can be no such webhook. */
function snapshotAfter(checkout: CheckoutHarness, event: string): Payment | null {
	const { happen, past } = PROVIDER_EVENTS[event] as (typeof PROVIDER_EVENTS)[string];
	if (happen(checkout)) return checkout.payment;
	return past && { ...(checkout.world.snapshots[0] ?? NO_PAYMENT), ...past };
}

/** Loses the answers to so many calls to the provider. @returns false when no call is due */
function loseAnswers(checkout: CheckoutHarness, times: number, arrives: boolean): boolean {
	for (let i = 0; i < times; i++) {
		checkout.run((effect) => MONEY.has(effect.kind));
		const effect = nextEffect(checkout.c);
		if (effect === null || !MONEY.has(effect.kind)) return i > 0;
		if (arrives) checkout.execute(effect);
		checkout.apply(UNCLEAR);
		checkout.nowMs += UNCLEAR.pauseMs;
	}
	return true;
}

/** Lets the event happen and delivers its webhook. @returns false when that is impossible */
function deliver(checkout: CheckoutHarness, event: string, delivery: Delivery): boolean {
	if (event === "unclear") {
		const wasDue = loseAnswers(checkout, delivery === "repeated" ? 3 : 1, delivery !== "outOfOrder");
		if (delivery === "veryLate") checkout.settle();
		return wasDue;
	}
	const earlier = [...checkout.world.snapshots];
	const snapshot = snapshotAfter(checkout, event);
	if (snapshot === null) return false;
	switch (delivery) {
		case "fresh":
			checkout.receive(snapshot);
			return true;
		case "repeated":
			for (let i = 0; i < 2; i++) checkout.receive(snapshot);
			checkout.run();
			checkout.receive(snapshot);
			return true;
		case "outOfOrder":
			// The latest first, then all the earlier ones in reverse. The same again once the checkout has acted on it.
			checkout.receive(snapshot);
			for (const old of earlier.toReversed()) checkout.receive(old);
			checkout.run();
			for (const old of [...checkout.world.snapshots, snapshot].toReversed()) checkout.receive(old);
			return true;
		case "veryLate":
			checkout.settle();
			checkout.receive(snapshot);
			return true;
	}
}

/** The result at once and, if it differs, when time has passed. "." when it cannot happen. */
function play(scenario: keyof typeof SCENARIOS, event: string, delivery: Delivery): string {
	const checkout = SCENARIOS[scenario]();
	if (!deliver(checkout, event, delivery)) return ".";
	checkout.run();
	const atOnce = cellOf(checkout);
	expectSquare(checkout, "at once");
	checkout.settle();
	const inTheEnd = cellOf(checkout);
	expectSquare(checkout, "in the end");
	expect(["completed", "closed"]).toContain(checkout.c.phase);
	expect(nextEffect(checkout.c)).toBeNull();
	expect(checkout.payment?.status ?? "none", "money is left authorised, or can still be paid").not.toMatch(
		/open|authorised/,
	);
	return atOnce === inTheEnd ? atOnce : `${atOnce}>${inTheEnd}`;
}

/** The results that the table states, by "scenario event delivery". */
function readTable(): Map<string, string> {
	const cells = new Map<string, string>();
	let columns: string[] = [];
	let delivery = "";
	for (const line of STATE_TABLE.split("\n").filter((line) => line.trim() !== "")) {
		const [first = "", ...rest] = line.trim().split(/\s+/);
		if (first.endsWith(":")) {
			delivery = first.slice(0, -1);
			columns = rest;
			continue;
		}
		expect(rest, `${delivery} ${first}`).toHaveLength(columns.length);
		for (const [i, result] of rest.entries()) {
			const cell = `${first} ${columns[i]} ${delivery}`;
			expect(cells.has(cell), `${cell} is stated twice`).toBe(false);
			cells.set(cell, result);
		}
	}
	return cells;
}

const scenarios = Object.keys(SCENARIOS) as (keyof typeof SCENARIOS)[];
const stated = readTable();

describe.each(DELIVERIES)("a webhook delivered %s", (delivery) => {
	it.each(scenarios)("leads to what the table states when the checkout is %s", (scenario) => {
		const events = Object.keys(PROVIDER_EVENTS);
		const played = events.map((event) => `${event} ${play(scenario, event, delivery)}`);
		const expected = events.map((event) => `${event} ${stated.get(`${scenario} ${event} ${delivery}`)}`);
		expect(played).toEqual(expected);
	});
});

describe("the state table", () => {
	it("states every cell and no other", () => {
		expect(stated.size).toBe(scenarios.length * Object.keys(PROVIDER_EVENTS).length * DELIVERIES.length);
	});
});
