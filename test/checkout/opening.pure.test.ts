/** The saga until there is something to pay: lines are secured in order, all or none, and then a payment is asked for. */
import { describe, expect, it } from "vitest";
import { wakeAtMs } from "../../src/checkout/rules/next-effect.ts";
import { totalMinor } from "../../src/checkout/rules/settlement.ts";
import { OPENING_MS } from "../../src/limits.ts";
import {
	at,
	cancel,
	cart,
	created,
	deferred,
	GRACE,
	given,
	NOW,
	PAY_BY,
	PRICE,
	pinned,
	refused,
	sold,
	spared,
	tick,
	toCommit,
	toCreate,
	toPin,
	toProbe,
	toRecord,
	toUnpin,
	toVoid,
	unclear,
	unpinned,
} from "./saga-dsl.ts";

describe("lines", () => {
	it("stand in order of SKU, whatever the order they were asked in (two carts must not abort each other)", () => {
		for (const lines of [
			["a", "b", "C"],
			["b", "C", "a"],
			["C", "a", "b"],
		]) {
			expect(cart(lines).lines.map(({ sku }) => sku)).toEqual(["C", "a", "b"]);
		}
	});

	it("of the same SKU are summed, or both would pass a check that their sum fails (medusa 16502)", () => {
		const c = cart(["a 2", "b 1", "a 3"]);
		expect(c.lines).toEqual([
			{ claim: "asked", sku: "a", quantity: 5 },
			{ claim: "asked", sku: "b", quantity: 1 },
		]);
		given(c).then(toPin("a", 5));
	});

	it("are pinned one after the other, and only then is a payment asked for", () => {
		given(cart(["b 2", "a 1"]))
			.then(toPin("a", 1))
			.and(pinned("a"))
			.then(toPin("b", 2))
			.and(pinned("b"))
			.is({ phase: "opening", paymentAsked: true })
			.then(toCreate(3 * PRICE))
			.and(created)
			.is({ phase: "awaiting", payByMs: PAY_BY, graceMs: GRACE })
			.then(null);
	});

	it("that are pinned may be pinned again: the answer to a repeated call changes nothing", () => {
		const once = given(cart(["a 1", "b 1"]), pinned("a")).checkout;
		given(once, pinned("a", { unitPriceMinor: 999 }), refused("a"))
			.is(once)
			.then(toPin("b", 1));
	});

	it("of several windows are to be paid by the first end, with the smallest grace", () => {
		given(cart(["a", "b"]), pinned("a", { payByMs: PAY_BY - 5, graceMs: 9 }), pinned("b", { graceMs: 7 }), created).is({
			payByMs: PAY_BY - 5,
			graceMs: 7,
		});
	});
});

describe("a line that cannot be had", () => {
	it("is named with all the others, which are asked about and no longer taken; then everything goes back", () => {
		const { checkout } = given(cart(["a", "b", "c", "d"]), pinned("a"), refused("b"))
			.then(toProbe("c", 1))
			.and(spared("c"))
			.then(toProbe("d", 1))
			.and(refused("d"))
			.is({ phase: "closing", ending: "refused", payment: null })
			.then(toUnpin("a"))
			.and(unpinned("a"))
			.is({ phase: "closed", ending: "refused" })
			.then(null);
		expect(checkout.lines.map(({ claim }) => claim)).toEqual(["released", "refused", "spared", "refused"]);
	});

	it("partial: is left out, and the rest is to be paid", () => {
		given(cart(["a 1", "b 2"], { partial: true }), refused("a"), pinned("b"))
			.then(toCreate(2 * PRICE))
			.and(created)
			.is({ phase: "awaiting" });
	});

	it("partial, and none is left: refused", () => {
		given(cart(["a", "b"], { partial: true }), refused("a"), refused("b"))
			.is({ phase: "closed", ending: "refused" })
			.then(null);
	});

	it("lines in two currencies cannot be paid together", () => {
		given(cart(["a", "b"]), pinned("a"), pinned("b", { currency: "EUR" }))
			.is({ phase: "closing", ending: "refused" })
			.then(toUnpin("a"))
			.and(unpinned("a"))
			.then(toUnpin("b"))
			.and(unpinned("b"))
			.is({ phase: "closed" });
	});
});

describe("a checkout that costs nothing (saleor 14128)", () => {
	it("needs no payment: it is committed and complete", () => {
		given(cart(["a 2"]), pinned("a", { unitPriceMinor: 0 }))
			.is({ phase: "committing", payment: null })
			.then(toCommit("a", 2))
			.and(sold("a"))
			.is({ phase: "completed", payment: null })
			.then(toRecord);
	});

	it("of which one line costs something is paid like any other", () => {
		given(cart(["a", "b"]), pinned("a", { unitPriceMinor: 0 }), pinned("b")).then(toCreate(PRICE));
	});

	it("never expires once it is complete", () => {
		given(cart(["a"]), pinned("a", { unitPriceMinor: 0 }), sold("a"), at(PAY_BY * 2), tick, cancel).is({
			phase: "completed",
		});
	});
});

describe("a payment", () => {
	it("that the provider will not take ends it, and the units go back", () => {
		given(cart(["a"]), pinned("a"), { kind: "payment-refused" })
			.is({ phase: "closing", ending: "unpayable" })
			.then(toUnpin("a"))
			.and(unpinned("a"))
			.is({ phase: "closed", ending: "unpayable" })
			.then(null);
	});

	it("whose making was answered unclearly is asked for again with the same intent", () => {
		given(cart(["a"]), pinned("a"), unclear)
			.then(toCreate(PRICE))
			.and(unclear)
			.then(toCreate(PRICE))
			.and(created)
			.is({
				phase: "awaiting",
				pauses: {},
			});
	});

	it("that may have been made is found, and called off, before a failed opening gives the units back", () => {
		given(cart(["a"]), pinned("a"), unclear, at(NOW + OPENING_MS), tick)
			.is({ phase: "closing", ending: "failed" })
			.then(toCreate(PRICE))
			.and(created)
			.then(toVoid);
	});

	it("made twice is one: the first answer stands", () => {
		const c = given(cart(["a"]), pinned("a"), created).checkout;
		given(c, { ...created, payment: { ...c.payment?.seen, id: "pay_2" } } as typeof created).is(c);
	});
});

describe("an opening that takes too long", () => {
	it("gives up after a minute, and what it pinned goes back", () => {
		given(cart(["a", "b"]), pinned("a"), at(NOW + OPENING_MS - 1), tick)
			.is({ phase: "opening" })
			.and(at(NOW + OPENING_MS), tick)
			.is({ phase: "closing", ending: "failed" })
			.then(toUnpin("a"))
			.and(unpinned("a"))
			// The answer to its pin may have been lost.
			.then(toUnpin("b"))
			.and(unpinned("b"))
			.is({ phase: "closed", lines: [{ claim: "released" }, { claim: "spared" }] })
			.then(null);
	});

	it("is tried again after each failure, and a pause is not forgotten", () => {
		const { checkout } = given(cart(["a"]), deferred)
			.is({ pauses: { units: { failures: 1, untilMs: NOW + 1_000 } }, version: 1 })
			.then(toPin("a", 1));
		expect(wakeAtMs(checkout)).toBe(NOW + 1_000);
		given(checkout, pinned("a")).is({ pauses: {} });
	});

	it("until after the window of its lines has failed: it never asks for money, and may be asked for again", () => {
		given(cart(["a"]), at(PAY_BY), pinned("a"))
			.is({ phase: "closing", ending: "failed", window: null })
			.then(toUnpin("a"));
	});

	it("called off meanwhile gives back what it has", () => {
		given(cart(["a", "b"]), pinned("a"), cancel)
			.is({ phase: "closing", ending: "cancelled" })
			.then(toUnpin("a"));
	});
});

it("the total is of every line that could be had", () => {
	expect(
		totalMinor(given(cart(["a 2", "b"], { partial: true }), pinned("a", { unitPriceMinor: 7 }), refused("b")).checkout),
	).toBe(14);
});
