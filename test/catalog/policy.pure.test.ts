/** A policy as it is stored and as it travels over RPC, in both names of the waitlist's limit. */
import { describe, expect, it } from "vitest";
import { fromStoredPolicy, isNamedBy, type Policy, toStoredPolicy } from "../../src/catalog/policy.ts";

const POLICY: Policy = {
	holdMs: 600_000,
	offerMs: 300_000,
	offerAbsentMs: 1_800_000,
	paymentWindowMs: 900_000,
	paymentGraceMs: 120_000,
	maxExtensions: 3,
	limitPerShopper: 2,
	waitlistLimit: 7,
	preorder: { capacity: 5, expectedAtMs: null, termsVersion: "v1" },
	saleStartsAtMs: 1,
	saleEndsAtMs: 2,
	allowDelayedMethods: true,
};
const { waitlistLimit: _, ...WITHOUT_LIMIT } = POLICY;

describe("toStoredPolicy", () => {
	it.each([7, 0, null])("writes a limit of %s under both names", (limit) => {
		const stored = toStoredPolicy({ ...POLICY, waitlistLimit: limit });
		expect(stored).toEqual({ ...WITHOUT_LIMIT, waitlistLimit: limit, lineLimit: limit });
	});
});

describe("fromStoredPolicy", () => {
	it.each([
		{ stored: { waitlistLimit: 7, lineLimit: 7 }, limit: 7 },
		{ stored: { waitlistLimit: null, lineLimit: null }, limit: null },
		{ stored: { lineLimit: 7 }, limit: 7 },
		{ stored: { lineLimit: 0 }, limit: 0 },
		{ stored: { lineLimit: null }, limit: null },
		{ stored: { waitlistLimit: 7 }, limit: 7 },
		{ stored: { waitlistLimit: 0 }, limit: 0 },
		{ stored: { waitlistLimit: 0, lineLimit: 7 }, limit: 0 },
		{ stored: {}, limit: null },
	])("reads $stored as a limit of $limit, and drops the old name", ({ stored, limit }) => {
		expect(fromStoredPolicy({ ...WITHOUT_LIMIT, ...stored })).toEqual({ ...WITHOUT_LIMIT, waitlistLimit: limit });
	});

	it("reads a policy that was stored before there were delayed methods as one without them", () => {
		const { allowDelayedMethods: _, ...before } = POLICY;
		expect(fromStoredPolicy(before)).toEqual({ ...POLICY, allowDelayedMethods: false });
	});

	it("reads a policy that was stored before there was an offer to the absent as one of an hour", () => {
		const { offerAbsentMs: _, ...before } = POLICY;
		expect(fromStoredPolicy(before)).toEqual({ ...POLICY, offerAbsentMs: 3_600_000 });
	});

	it.each([7, 0, null])("reads what toStoredPolicy wrote for %s", (limit) => {
		const policy = { ...POLICY, waitlistLimit: limit };
		expect(fromStoredPolicy(toStoredPolicy(policy))).toEqual(policy);
	});
});

describe("an offer", () => {
	const OFFER = { termsVersion: "v1", expectedAtMs: 5 };

	it.each([
		[OFFER, { termsVersion: "v1" }, true],
		[OFFER, { termsVersion: "v1", expectedAtMs: 5 }, true],
		[OFFER, { termsVersion: "v1", expectedAtMs: 6 }, false],
		[OFFER, { termsVersion: "v1", expectedAtMs: null }, false],
		[OFFER, { termsVersion: "v2" }, false],
		[OFFER, { termsVersion: "v2", expectedAtMs: 5 }, false],
		[{ ...OFFER, expectedAtMs: null }, { termsVersion: "v1", expectedAtMs: null }, true],
		[{ ...OFFER, expectedAtMs: null }, { termsVersion: "v1", expectedAtMs: 5 }, false],
		[{ ...OFFER, expectedAtMs: null }, { termsVersion: "v1" }, true],
	])("of %j is what a request accepts with %j: %s", (offer, named, isAccepted) => {
		expect(isNamedBy(offer, named)).toBe(isAccepted);
	});
});
