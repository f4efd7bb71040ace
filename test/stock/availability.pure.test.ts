/** When the public may take a unit, and what it is shown. */
import { describe, expect, it } from "vitest";
import {
	couldHaveBeenServed,
	isExhausted,
	preorderOffer,
	saleStatus,
	waitlistLimit,
} from "../../src/stock/rules/availability.ts";
import { aPolicy, aStock, NOW, preorders } from "./builders.ts";

describe("saleStatus", () => {
	const window = { saleStartsAtMs: NOW, saleEndsAtMs: NOW + 1000 };
	it.each([
		{ stock: { available: 1 }, policy: window, at: -1, status: "not_started" },
		{ stock: { available: 1 }, policy: window, at: 0, status: "in_stock" },
		{ stock: { available: 1 }, policy: window, at: 999, status: "in_stock" },
		{ stock: { available: 1 }, policy: window, at: 1000, status: "ended" },
		{ stock: { available: 1, held: 1 }, policy: {}, at: 0, status: "in_stock" },
		{ stock: { held: 1 }, policy: {}, at: 0, status: "all_held" },
		{ stock: { available: 1, held: 1, waiting: 3 }, policy: {}, at: 0, status: "all_held" },
		{ stock: { sold: 1 }, policy: {}, at: 0, status: "sold_out" },
		{ stock: { sold: 1 }, policy: preorders(2), at: 0, status: "preorder" },
		{ stock: { sold: 1, owed: 1, pending: 1 }, policy: preorders(2), at: 0, status: "sold_out" },
		{ stock: { available: 1, owed: 2 }, policy: {}, at: 0, status: "sold_out" },
	])("is $status for $stock under $policy at $at", ({ stock, policy, at, status }) => {
		expect(saleStatus(aStock(stock), aPolicy(policy), NOW + at)).toBe(status);
	});
});

describe("couldHaveBeenServed", () => {
	it.each([
		{ available: 1, held: 2, quantity: 3, served: true },
		{ available: 1, held: 2, quantity: 4, served: false },
	])("is $served for $quantity with $available free and $held held", ({ quantity, served, ...counters }) => {
		expect(couldHaveBeenServed(aStock(counters), quantity)).toBe(served);
	});
});

describe("isExhausted", () => {
	it.each([
		{ stock: { available: 1 }, policy: {}, exhausted: false },
		{ stock: { available: 1, owed: 2 }, policy: {}, exhausted: true },
		{ stock: { sold: 1 }, policy: {}, exhausted: true },
		{ stock: { held: 4, waiting: 1 }, policy: {}, exhausted: false },
		{ stock: { held: 4, waiting: 2 }, policy: {}, exhausted: true },
		{ stock: { held: 4, waiting: 2 }, policy: { waitlistLimit: 3 }, exhausted: false },
		{ stock: { held: 4 }, policy: { waitlistLimit: 0 }, exhausted: true },
		{ stock: { sold: 1, owed: 1 }, policy: preorders(2), exhausted: false },
		{ stock: { sold: 1, owed: 1, pending: 1 }, policy: preorders(2), exhausted: true },
	])("is $exhausted for $stock under $policy", ({ stock, policy, exhausted }) => {
		expect(isExhausted(aStock(stock), aPolicy(policy))).toBe(exhausted);
	});
});

describe("waitlistLimit", () => {
	it.each([
		{ held: 0, available: 9, waitlistLimit: null, limit: 0 },
		{ held: 1, available: 0, waitlistLimit: null, limit: 1 },
		{ held: 2, available: 1, waitlistLimit: null, limit: 1 },
		{ held: 3, available: 1, waitlistLimit: null, limit: 2 },
		{ held: 10, available: 0, waitlistLimit: null, limit: 5 },
		{ held: 10, available: 0, waitlistLimit: 0, limit: 0 },
		{ held: 0, available: 0, waitlistLimit: 3, limit: 3 },
		{ held: 10, available: 10, waitlistLimit: 3, limit: 3 },
	])(
		"is $limit with $held held, $available available and a policy of $waitlistLimit",
		({ held, available, waitlistLimit: set, limit }) => {
			expect(waitlistLimit(aStock({ held, available, sold: 100 }), aPolicy({ waitlistLimit: set }))).toBe(limit);
		},
	);
});

describe("preorderOffer", () => {
	it.each([
		{ capacity: 5, pending: 0, owed: 0, filled: 0, remaining: 5 },
		{ capacity: 5, pending: 2, owed: 1, filled: 0, remaining: 2 },
		{ capacity: 5, pending: 2, owed: 3, filled: 0, remaining: null },
		{ capacity: 1, pending: 2, owed: 3, filled: 0, remaining: null },
		{ capacity: 5, pending: 0, owed: 1, filled: 9, remaining: 4 },
	])(
		"offers $remaining of $capacity with $pending unpaid, $owed owed and $filled filled",
		({ capacity, remaining, ...counts }) => {
			const offer = preorderOffer(aStock({ ...counts, sold: counts.filled }), aPolicy(preorders(capacity)));
			expect(offer?.remaining ?? null).toBe(remaining);
		},
	);

	it("offers nothing when the policy takes no pre-orders", () => {
		expect(preorderOffer(aStock(), aPolicy())).toBeNull();
	});
});
