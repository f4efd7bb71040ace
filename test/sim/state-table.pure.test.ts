/**
 * Every situation of a checkout × every word of the provider × every way in which it travels: what comes of it is stated in
 * `table.ts`, and played here. In each cell, whatever came of it, the money that the provider has is the price of what the shopper
 * has or is owed, when all that is due was done and again when time has passed.
 *
 * A cell that is missing, or that stands for something that cannot be tried, fails.
 */
import { describe, expect, it } from "vitest";
import { nextEffect, wakeAtMs } from "../../src/checkout/rules/next-effect.ts";
import type { Payment } from "../../src/payments/provider.ts";
import type { Stage } from "./checkout-harness.ts";
import { DELIVERIES, type Delivery, NEWS, SITUATIONS, UNCLEAR } from "./scenarios.ts";
import { TABLE } from "./state-table.ts";

const MONEY: ReadonlySet<string> = new Set(["create-payment", "read-payment", "void", "capture", "refund"]);
const LETTERS = { opening: "O", awaiting: "A", committing: "P", completed: "C" } as const;
const ENDINGS = { cancelled: "X", expired: "E", refused: "R", unpayable: "U", failed: "F", lost: "L" } as const;

/** A phase by its letter, and the money that the shop keeps, by tens. */
function word({ c, kept }: Stage): string {
	if (c.phase === "closing") return `closing ${c.ending}`;
	const letter = c.phase === "closed" ? ENDINGS[c.ending] : LETTERS[c.phase];
	return kept === 0 && c.phase !== "completed" ? letter : `${letter}${kept / 10}`;
}

function expectSquare(stage: Stage, when: string): void {
	const { kept, giftMinor, value } = stage;
	const what = JSON.stringify({ checkout: stage.c, payment: stage.payment, claims: [...stage.claims] });
	const shortMinor = value - kept;
	const isSquare = shortMinor >= 0 && shortMinor <= giftMinor;
	expect(isSquare, `${when}: captured less refunded is ${kept}, what the shopper has is worth ${value}; ${what}`).toBe(
		true,
	);
}

/** Of a payment that nobody has made. */
const noPayment = (): Payment => ({
	id: "pay_0",
	checkoutId: "co_1",
	status: "open",
	currency: "USD",
	amountMinor: 150,
	authorisedMinor: 0,
	capturedMinor: 0,
	refundedMinor: 0,
	paidAtMs: null,
	declined: null,
});

/** What the provider says; null when it cannot say that. */
function sayingOf(stage: Stage, news: string): Payment | null {
	const { happen, past } = NEWS[news] as (typeof NEWS)[string];
	if (happen(stage)) return stage.payment;
	return past && { ...(stage.told[0] ?? noPayment()), ...past };
}

/** A call of ours of which nothing is heard, so many times. False when none is due. */
function losesAnswers(stage: Stage, times: number, arrives: boolean): boolean {
	for (let i = 0; i < times; i++) {
		stage.run((effect) => MONEY.has(effect.kind));
		const effect = nextEffect(stage.c);
		if (effect === null || !MONEY.has(effect.kind)) return i > 0;
		if (arrives) stage.perform(effect);
		stage.tell(UNCLEAR);
		stage.nowMs = Math.max(stage.nowMs, wakeAtMs(stage.c) ?? 0);
	}
	return true;
}

function travel(stage: Stage, news: string, delivery: Delivery): boolean {
	if (news === "unclear") {
		const heard = losesAnswers(stage, delivery === "repeated" ? 3 : 1, delivery !== "outOfOrder");
		if (delivery === "veryLate") stage.rest();
		return heard;
	}
	const earlier = [...stage.told];
	const saying = sayingOf(stage, news);
	if (saying === null) return false;
	switch (delivery) {
		case "fresh":
			stage.hear(saying);
			return true;
		case "repeated":
			for (let i = 0; i < 2; i++) stage.hear(saying);
			stage.run();
			stage.hear(saying);
			return true;
		case "outOfOrder":
			// The last word first, then all the others backwards; and once more when it has led to something.
			stage.hear(saying);
			for (const old of earlier.toReversed()) stage.hear(old);
			stage.run();
			for (const old of [...stage.told, saying].toReversed()) stage.hear(old);
			return true;
		case "veryLate":
			stage.rest();
			stage.hear(saying);
			return true;
	}
}

/** What comes of it: at once, and when time has passed, if that is something else. "." when it cannot be. */
function play(situation: keyof typeof SITUATIONS, news: string, delivery: Delivery): string {
	const stage = SITUATIONS[situation]();
	if (!travel(stage, news, delivery)) return ".";
	stage.run();
	const atOnce = word(stage);
	expectSquare(stage, "at once");
	stage.rest();
	const inTheEnd = word(stage);
	expectSquare(stage, "in the end");
	expect(["completed", "closed"]).toContain(stage.c.phase);
	expect(nextEffect(stage.c)).toBeNull();
	expect(stage.payment?.status ?? "none", "money is set aside, or can still be paid").not.toMatch(/open|authorised/);
	return atOnce === inTheEnd ? atOnce : `${atOnce}>${inTheEnd}`;
}

/** The table as it is written: situation and delivery, and a word for each piece of news. */
function read(): Map<string, string> {
	const cells = new Map<string, string>();
	let columns: string[] = [];
	let delivery = "";
	for (const line of TABLE.split("\n").filter((line) => line.trim() !== "")) {
		const [first = "", ...rest] = line.trim().split(/\s+/);
		if (first.endsWith(":")) {
			delivery = first.slice(0, -1);
			columns = rest;
			continue;
		}
		expect(rest, `${delivery} ${first}`).toHaveLength(columns.length);
		for (const [i, result] of rest.entries()) {
			const cell = `${first} ${columns[i]} ${delivery}`;
			expect(cells.has(cell), `${cell} stands there twice`).toBe(false);
			cells.set(cell, result);
		}
	}
	return cells;
}

const situations = Object.keys(SITUATIONS) as (keyof typeof SITUATIONS)[];
const stated = read();

describe.each(DELIVERIES)("news that is %s", (delivery) => {
	it.each(situations)("%s", (situation) => {
		const played = Object.keys(NEWS).map((news) => `${news} ${play(situation, news, delivery)}`);
		const written = Object.keys(NEWS).map((news) => `${news} ${stated.get(`${situation} ${news} ${delivery}`)}`);
		expect(played).toEqual(written);
	});
});

it("the table states no cell that there is not", () => {
	expect(stated.size).toBe(situations.length * Object.keys(NEWS).length * DELIVERIES.length);
});
