/**
 * What a shopper is told when a checkout cannot be opened, or does not become a sale. The checkout's object is played
 * here: what it answers is made by the rules.
 */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import type { Checkout, LineRefusal, OpenRequest } from "../../src/checkout/rules/model.ts";
import { MAX_QUANTITY } from "../../src/limits.ts";
import {
	answer,
	at,
	authorised,
	captured,
	cart,
	created,
	GRACE,
	given,
	LATE,
	lost,
	PAY_BY,
	PRICE,
	pinned,
	refused,
	tick,
	unpinned,
	webhook,
} from "../checkout/saga-dsl.ts";
import { callWith, expectProblem } from "../support/http.ts";
import { newProduct } from "../support/merchant.ts";
import { newShopper, type Shopper } from "../support/shopper.ts";

const OFFER = { expectedAtMs: null, termsVersion: "v2", remaining: 3 };
const TERMS_CHANGED: LineRefusal = { kind: "terms-changed", preorder: OFFER };
const SHOWN_OFFER = { expectedAt: null, termsVersion: "v2", remaining: 3 };

let ada: Shopper;
beforeAll(async () => {
	ada = await newShopper();
});

/** A request for two SKUs, whose checkout becomes what `play` makes of it. The isolate knows nothing of them yet. */
async function open(
	play: (c: Checkout, a: string, b: string) => Checkout,
	bodyOf: object | ((a: string) => object) = {},
) {
	const newSku = (name: string) => newProduct({ sku: `${name}-${crypto.randomUUID()}` });
	const [a, b] = [await newSku("a"), await newSku("b")];
	const body = typeof bodyOf === "function" ? bodyOf(a) : bodyOf;
	const requests: Omit<OpenRequest, "attempt">[] = [];
	const object = {
		read: async () => null,
		open: async (request: Omit<OpenRequest, "attempt">) => {
			requests.push(request);
			return { kind: "opened", checkout: { ...play(cart([a, b]), a, b), shopperId: ada.id } };
		},
	};
	const lines = [a, b].map((sku) => ({ sku, quantity: 1 }));
	const json = { lines, email: "ada@example.com", ...body };
	const CHECKOUT = { getByName: () => object };
	const response = await callWith({ CHECKOUT }, "POST", "/v1/checkouts", { token: ada.token, key: "k", json });
	return { response, request: requests[0], a, b };
}

describe("the terms that a request accepts", () => {
	const refuse = (c: Checkout, a: string, b: string) => given(c, refused(a), refused(b)).checkout;

	it.each([
		[false, { acceptPreorder: false, terms: null }],
		[true, { acceptPreorder: true, terms: null }],
		[{ termsVersion: "v1" }, { acceptPreorder: true, terms: { termsVersion: "v1" } }],
		[
			{ termsVersion: "v1", expectedAt: "2026-12-12T02:00:00+02:00" },
			{ terms: { termsVersion: "v1", expectedAtMs: Date.UTC(2026, 11, 12) } },
		],
		[{ termsVersion: "v1", expectedAt: null }, { terms: { termsVersion: "v1", expectedAtMs: null } }],
	])("reach the checkout: %j", async (acceptPreorder, expected) => {
		expect((await open(refuse, { acceptPreorder })).request).toMatchObject(expected);
	});

	it.each([
		{},
		{ termsVersion: "" },
		{ termsVersion: 1 },
		{ termsVersion: "v1", more: 1 },
		{ termsVersion: "v1", expectedAt: "soon" },
		"v1",
	])("are refused when they are malformed: %j", async (acceptPreorder) => {
		expectProblem((await open(refuse, { acceptPreorder })).response, 400, "invalid-request");
	});
});

describe("a checkout whose lines have other terms by now", () => {
	it("is refused by that name, with the offer that can be accepted now", async () => {
		const { response, a, b } = await open((c, a, b) => given(c, pinned(a), refused(b, TERMS_CHANGED)).checkout);
		expectProblem(response, 409, "terms-changed", { sku: b, preorder: SHOWN_OFFER });
		expect(response.body).toMatchObject({ lines: [{ sku: b, reason: "terms-changed", preorder: SHOWN_OFFER }] });
		expect(JSON.stringify(response.body)).not.toContain(a);
	});

	it("is refused as lines-unavailable when another line cannot be had at all, and names both reasons", async () => {
		const { response, a, b } = await open((c, a, b) => given(c, refused(a), refused(b, TERMS_CHANGED)).checkout);
		expectProblem(response, 409, "lines-unavailable", {
			lines: [
				{ sku: a, reason: "sold-out" },
				{ sku: b, reason: "terms-changed", preorder: SHOWN_OFFER },
			],
		});
	});
});

describe("a checkout in two currencies", () => {
	it("names each line that has a price, and a line that cannot be had by its own reason", async () => {
		const both = await open((c, a, b) => given(c, pinned(a), pinned(b, { currency: "EUR" })).checkout);
		expectProblem(both.response, 409, "lines-unavailable", {
			lines: [
				{ sku: both.a, reason: "currencies-differ" },
				{ sku: both.b, reason: "currencies-differ" },
			],
		});
		const third = `c-${crypto.randomUUID()}`;
		const { response, a, b } = await open((_, a, b) => {
			const c = cart([a, b, third], { partial: true });
			return given(c, pinned(a), pinned(b, { currency: "EUR" }), refused(third)).checkout;
		});
		expectProblem(response, 409, "lines-unavailable", {
			lines: [
				{ sku: a, reason: "currencies-differ" },
				{ sku: b, reason: "currencies-differ" },
				{ sku: third, reason: "sold-out" },
			],
		});
	});
});

describe("a checkout that the provider does not accept", () => {
	it.each([
		["email", "this e-mail address"],
		["currency", "in this currency"],
		["amount", "of this amount"],
		["other", "this payment"],
	] as const)("says what it does not accept: %s", async (reason, words) => {
		const { response } = await open(
			(c, a, b) => given(c, pinned(a), pinned(b), { kind: "payment-refused", reason }).checkout,
		);
		expectProblem(response, 422, "payment-refused", { reason });
		expect(response.body.detail).toContain(words);
	});
});

describe("lines of the same SKU", () => {
	it("are bounded in their sum, as one line is", async () => {
		const opened = (quantities: readonly number[]) =>
			open(
				(c, a, b) => given(c, refused(a), refused(b)).checkout,
				(sku) => ({ lines: quantities.map((quantity) => ({ sku, quantity })) }),
			);
		expectProblem((await opened([MAX_QUANTITY, 1])).response, 400, "invalid-request");
		expectProblem((await opened(Array(20).fill(MAX_QUANTITY))).response, 400, "invalid-request");
		expectProblem((await opened([MAX_QUANTITY - 1, 1])).response, 409, "lines-unavailable");
	});
});

describe("a line that was paid for and is not the shopper's", () => {
	const shown = async (c: Checkout) => {
		const CHECKOUT = { getByName: () => ({ read: async () => ({ ...c, shopperId: ada.id }) }) };
		const id = `co_${"0".repeat(32)}`;
		const { body } = await callWith<{ lines: { reason?: string }[] }>(
			{ ...{ CHECKOUT }, DB: env.DB },
			"GET",
			`/v1/checkouts/${id}`,
			{ token: ada.token },
		);
		return body.lines[0]?.reason;
	};
	const awaiting = () => given(cart(["a"]), pinned("a"), created).checkout;

	it("was paid too late only when it was", async () => {
		const late = given(
			awaiting(),
			at(LATE),
			tick,
			answer(captured(PRICE, 0, LATE)),
			answer(captured(PRICE, PRICE, LATE)),
		);
		expect(await shown(late.and(unpinned("a")).checkout)).toBe("paid-too-late");
	});

	it("has lost its units when it was paid in time and told late", async () => {
		const inTime = given(awaiting(), at(LATE), tick, answer(authorised(PRICE, PAY_BY + GRACE)), lost("a"));
		expect(await shown(inTime.checkout)).toBe("units-gone");
	});

	it("was paid for with money that was gone again", async () => {
		const sold = given(awaiting(), webhook(authorised(PRICE)), {
			kind: "line-committed",
			sku: "a",
			outcome: { kind: "committed", fulfilment: "in_stock", subjectId: "r_a", preorder: null },
		});
		const reversed = sold.and(answer({ status: "voided" }));
		expect(await shown(reversed.checkout)).toBe("payment-reversed");
		const ended = reversed.and({ kind: "line-returned", sku: "a", total: 1 });
		expect(ended.checkout.phase).toBe("closed");
		expect(await shown(ended.checkout)).toBe("payment-reversed");
	});
});
