/** The lifecycle until the shopper can pay: lines are pinned in order, all or none, and then a payment is created. */
import { describe, expect, it } from "vitest";
import { evolve, open } from "../../src/checkout/rules/lifecycle.ts";
import type { Event } from "../../src/checkout/rules/model.ts";
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
	PAYMENT,
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

describe("a new checkout", () => {
	it("has asked for nothing yet, and accepts no terms where the request names none", () => {
		const request = {
			...{ id: "co_1", shopperId: "s_1", email: "ada@example.com", acceptPreorder: true, partial: false, attempt: 3 },
			lines: [{ sku: "a", quantity: 2 }],
		};
		expect(open(request, NOW)).toEqual({
			...request,
			phase: "opening",
			terms: null,
			lines: [{ claim: "asked", sku: "a", quantity: 2 }],
			payment: null,
			paymentAsked: false,
			adjustments: [],
			shipTo: null,
			metadata: {},
			isExternal: false,
			createdAtMs: NOW,
			version: NOW / 1000,
			pauses: {},
			keyNumber: 0,
			refundsReturned: 0,
			unsettled: null,
		});
		expect(open({ ...request, terms: { termsVersion: "v1" } }, NOW).terms).toEqual({ termsVersion: "v1" });
		const noted = {
			shipTo: { name: "Ada", line1: "12 Square", city: "London", country: "GB" },
			metadata: { gift: "yes" },
		};
		expect(open({ ...request, ...noted }, NOW)).toMatchObject(noted);
		expect(() => open({ ...request, lines: [] }, NOW)).toThrow("has a line");
	});

	it("goes on with the versions of an earlier attempt, and with what D1 has to be told of it", () => {
		const unsettled = { reason: "provider-unclear", sinceMs: NOW - 9, settledAtMs: NOW - 1, version: 7 } as const;
		const past = {
			...cart(["a"]),
			version: 9_008,
			unsettled: { ...unsettled, recordedVersion: 5 },
			refundsReturned: 2,
		};
		const request = { id: "co_1", shopperId: "s_1", email: "", acceptPreorder: false, partial: false, attempt: 4 };
		const again = open({ ...request, lines: [{ sku: "a", quantity: 1 }] }, NOW, past);
		expect(again).toMatchObject({
			version: 9_009,
			unsettled: past.unsettled,
			refundsReturned: 0,
			pauses: {},
			attempt: 4,
		});
		const told = evolve(again, { kind: "settlement-recorded", version: 7 }, NOW);
		expect(told.unsettled).toEqual({ ...unsettled, recordedVersion: 7 });
	});

	it("takes a later attempt, and no earlier one, until it can be paid", () => {
		const over = (attempt: number): Event => ({ kind: "attempt-over", attempt });
		const c = cart(["a"]);
		given(c, over(2)).is({ attempt: 2 });
		expect(given(c, over(1)).checkout).toBe(c);
		expect(given(c, over(0)).checkout).toBe(c);
		given(c, pinned("a"), created, over(2)).is({ attempt: 1 });
	});
});

describe("lines", () => {
	it("are sorted by SKU, whatever the order of the request (two carts must not abort each other)", () => {
		for (const lines of [
			["a", "b", "C"],
			["b", "C", "a"],
			["C", "a", "b"],
		]) {
			expect(cart(lines).lines.map(({ sku }) => sku)).toEqual(["C", "a", "b"]);
		}
	});

	it("with the same SKU are summed, or both would pass a check that their sum fails (medusa 16502)", () => {
		const c = cart(["a 2", "b 1", "a 3"]);
		expect(c.lines).toEqual([
			{ claim: "asked", sku: "a", quantity: 5 },
			{ claim: "asked", sku: "b", quantity: 1 },
		]);
		given(c).then(toPin("a", 5));
	});

	it("are pinned one after another before a payment is created", () => {
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

	it("stay as they are when the answer to a pin arrives twice", () => {
		const once = given(cart(["a 1", "b 1"]), pinned("a")).checkout;
		given(once, pinned("a", { unitPriceMinor: 999 }), refused("a"))
			.is(once)
			.then(toPin("b", 1));
	});

	it("with several windows are to be paid by the earliest end, with the smallest grace", () => {
		given(cart(["a", "b"]), pinned("a", { payByMs: PAY_BY - 5, graceMs: 9 }), pinned("b", { graceMs: 7 }), created).is({
			payByMs: PAY_BY - 5,
			graceMs: 7,
		});
	});
});

describe("a refused line", () => {
	it("makes the checkout probe the lines after it, to name every refused one, and then unpin the others", () => {
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

	it("is left out of a partial checkout, and the rest is to be paid", () => {
		given(cart(["a 1", "b 2"], { partial: true }), refused("a"), pinned("b"))
			.then(toCreate(2 * PRICE))
			.and(created)
			.is({ phase: "awaiting" });
	});

	it("ends a partial checkout when no other line is left", () => {
		given(cart(["a", "b"], { partial: true }), refused("a"), refused("b"))
			.is({ phase: "closed", ending: "refused" })
			.then(null);
	});

	it("is not needed to refuse a checkout in two currencies", () => {
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
	it("is committed and completed without a payment", () => {
		given(cart(["a 2"]), pinned("a", { unitPriceMinor: 0 }))
			.is({ phase: "committing", payment: null })
			.then(toCommit("a", 2))
			.and(sold("a"))
			.is({ phase: "completed", payment: null })
			.then(toRecord);
	});

	it("has no line with a price: with a single one it is paid like any other", () => {
		given(cart(["a", "b"]), pinned("a", { unitPriceMinor: 0 }), pinned("b")).then(toCreate(PRICE));
	});

	it("never expires once it is completed", () => {
		given(cart(["a"]), pinned("a", { unitPriceMinor: 0 }), sold("a"), at(PAY_BY * 2), tick, cancel).is({
			phase: "completed",
		});
	});
});

describe("a payment", () => {
	it("ends the checkout and unpins the units when the provider does not accept it", () => {
		given(cart(["a"]), pinned("a"), { kind: "payment-refused" })
			.is({ phase: "closing", ending: "unpayable" })
			.then(toUnpin("a"))
			.and(unpinned("a"))
			.is({ phase: "closed", ending: "unpayable" })
			.then(null);
	});

	it("says why the provider does not accept it, where it says so", () => {
		const refusedBy = (event: Event) => given(cart(["a"]), pinned("a"), event).checkout;
		const ended = { phase: "closing", ending: "unpayable", paymentAsked: false, window: null };
		expect(refusedBy({ kind: "payment-refused", reason: "email" })).toMatchObject({ ...ended, refusal: "email" });
		expect(refusedBy({ kind: "payment-refused" })).toMatchObject({ ...ended, refusal: null });
	});

	it("is asked for no more once the provider refuses it while the checkout closes", () => {
		const closing = given(cart(["a"]), pinned("a"), unclear, at(NOW + OPENING_MS), tick).checkout;
		given(closing, { kind: "payment-refused", reason: "email" })
			.is({ ending: "failed", paymentAsked: false })
			.then(toUnpin("a"));
		const unasked = given(cart(["a", "b"]), pinned("a"), cancel).is({ paymentAsked: false }).checkout;
		expect(given(unasked, { kind: "payment-refused" }).checkout).toBe(unasked);
		const awaiting = given(cart(["a"]), pinned("a"), created).checkout;
		expect(given(awaiting, { kind: "payment-refused" }).checkout).toBe(awaiting);
	});

	it("is kept as the provider created it, without a doubt", () => {
		const { payment } = given(cart(["a"]), pinned("a"), created).checkout;
		expect(payment).toEqual({
			...{ provider: "sandbox", payWith: { url: "/pay" }, seen: PAYMENT },
			...{ inDoubt: false, revision: 0, unclear: null },
		});
	});

	it("is created again with the same intent after an unclear answer", () => {
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

	it("is found and voided before a failed opening unpins the units, when it may have been created", () => {
		given(cart(["a"]), pinned("a"), unclear, at(NOW + OPENING_MS), tick)
			.is({ phase: "closing", ending: "failed" })
			.then(toCreate(PRICE))
			.and(created)
			.then(toVoid);
	});

	it("stays the first one when a second answer arrives", () => {
		const c = given(cart(["a"]), pinned("a"), created).checkout;
		given(c, { ...created, payment: { ...c.payment?.seen, id: "pay_2" } } as typeof created).is(c);
	});
});

describe("an opening that takes too long", () => {
	it("fails after a minute and unpins what it pinned", () => {
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

	it("retries after each failure, and keeps its pauses", () => {
		const { checkout } = given(cart(["a"]), deferred)
			.is({ pauses: { units: { failures: 1, untilMs: NOW + 1_000 } }, version: NOW / 1000 })
			.then(toPin("a", 1));
		expect(wakeAtMs(checkout)).toBe(NOW + 1_000);
		given(checkout, pinned("a")).is({ pauses: {} });
	});

	it("fails without creating a payment when the window of its lines is over", () => {
		given(cart(["a"]), at(PAY_BY), pinned("a"))
			.is({ phase: "closing", ending: "failed", window: null })
			.then(toUnpin("a"));
	});

	it("unpins what it has when it is cancelled meanwhile", () => {
		given(cart(["a", "b"]), pinned("a"), cancel)
			.is({ phase: "closing", ending: "cancelled" })
			.then(toUnpin("a"));
	});
});

it("counts every available line in the total", () => {
	expect(
		totalMinor(given(cart(["a 2", "b"], { partial: true }), pinned("a", { unitPriceMinor: 7 }), refused("b")).checkout),
	).toBe(14);
});
