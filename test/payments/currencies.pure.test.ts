/** Which currencies and amounts a provider charges, and how Stripe counts them. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { amountProblem, isCurrencySupported, priceProblem } from "../../src/payments/currencies.ts";
import { CURRENCIES, minorUnitOf } from "../../src/payments/iso-4217.ts";
import {
	fromStripeAmount,
	STRIPE_CURRENCIES,
	stepMinor,
	toStripeAmount,
} from "../../src/payments/stripe/currencies.ts";

describe("a currency", () => {
	it.each([
		["USD", 2],
		["HUF", 2],
		["TWD", 2],
		["MGA", 2],
		["JPY", 0],
		["ISK", 0],
		["UGX", 0],
		["KWD", 3],
		["TND", 3],
	])("%s has %i decimal places by ISO 4217", (currency, decimals) => {
		expect(minorUnitOf(currency)).toBe(decimals);
	});

	it.each(["XXX", "XTS", "XAU", "CLF", "USN", "ANG", "BGN", "usd", "", "ABC", "constructor"])(
		"is not %j, which no provider charges",
		(code) => {
			expect(isCurrencySupported("sandbox", code)).toBe(false);
			expect(isCurrencySupported("stripe", code)).toBe(false);
			expect(priceProblem("sandbox", 100, code)).toEqual({ kind: "currency" });
		},
	);

	it("may be charged by the sandbox and not by Stripe", () => {
		expect(isCurrencySupported("sandbox", "KPW")).toBe(true);
		expect(isCurrencySupported("stripe", "KPW")).toBe(false);
		expect(amountProblem("stripe", 1000, "KPW")).toEqual({ kind: "currency" });
	});

	it("is one of ISO 4217 whenever Stripe presents it", () => {
		expect([...STRIPE_CURRENCIES].filter((currency) => minorUnitOf(currency) === null)).toEqual([]);
		for (const currency of CURRENCIES) expect(currency).toMatch(/^[A-Z]{3}$/);
	});
});

describe("an amount of Stripe's", () => {
	it.each([
		["USD", 1999, 1999],
		["JPY", 500, 500],
		["HUF", 17_550, 17_550],
		["ISK", 5000, 500_000],
		["UGX", 1, 100],
		["MGA", 50_000, 500],
		["KWD", 5120, 5120],
	])("is, for %s %i of ours, %i", (currency, ours, stripes) => {
		expect(toStripeAmount(ours, currency)).toBe(stripes);
		expect(fromStripeAmount(stripes, currency)).toBe(ours);
		expect(fromStripeAmount(stripes, currency.toLowerCase())).toBe(ours);
	});

	it.each([
		["KWD", 5124],
		["MGA", 50_020],
	])("does not exist for %s %i", (currency, ours) => {
		expect(toStripeAmount(ours, currency)).toBeNull();
	});

	it("converts back to ours in each currency", () =>
		fc.assert(
			fc.property(fc.constantFrom(...CURRENCIES), fc.integer({ min: 1, max: 10 ** 10 }), (currency, n) => {
				const ours = n * stepMinor(currency);
				const stripes = toStripeAmount(ours, currency);
				expect(Number.isSafeInteger(stripes)).toBe(true);
				expect(fromStripeAmount(stripes ?? 0, currency)).toBe(ours);
			}),
		));
});

describe("a price", () => {
	it.each([
		["stripe", "KWD", 5124, { kind: "not-a-multiple", stepMinor: 10 }],
		["stripe", "MGA", 50_020, { kind: "not-a-multiple", stepMinor: 100 }],
		["stripe", "KWD", 5120, null],
		["sandbox", "KWD", 5124, null],
		["", "KWD", 5124, null],
		["stripe", "USD", 0, null],
		["stripe", "USD", 1, null],
	])("at %s in %s of %i has the problem %j", (provider, currency, price, problem) => {
		expect(priceProblem(provider, price, currency)).toEqual(problem);
	});
});

describe("a payment's amount", () => {
	it.each([
		["stripe", "USD", 49, { kind: "too-small", smallestMinor: 50 }],
		["stripe", "USD", 50, null],
		["stripe", "HUF", 17_499, { kind: "too-small", smallestMinor: 17_500 }],
		["stripe", "MXN", 999, { kind: "too-small", smallestMinor: 1000 }],
		["stripe", "ISK", 1, null],
		["stripe", "KWD", 5, { kind: "not-a-multiple", stepMinor: 10 }],
		["stripe", "XXX", 500, { kind: "currency" }],
		["sandbox", "USD", 1, null],
	])("at %s in %s of %i has the problem %j", (provider, currency, amount, problem) => {
		expect(amountProblem(provider, amount, currency)).toEqual(problem);
	});
});
