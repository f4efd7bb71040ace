/** What a checkout sends with each effect, and what it makes of the answers, and of those that do not come. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type CheckoutPorts, perform } from "../../src/checkout/effects.ts";
import { orderOf } from "../../src/checkout/order.ts";
import type { Effect } from "../../src/checkout/rules/effect.ts";
import { evolve } from "../../src/checkout/rules/lifecycle.ts";
import type { Checkout } from "../../src/checkout/rules/model.ts";
import { nextEffect } from "../../src/checkout/rules/next-effect.ts";
import { CALL_TIMEOUT_MS, EFFECT_TIMEOUT_MS } from "../../src/limits.ts";
import type { PaymentProvider } from "../../src/payments/provider.ts";
import type { SkuRpc } from "../../src/stock/rpc.ts";
import {
	answer,
	authorised,
	cancel,
	captured,
	cart,
	created,
	given,
	NOW,
	PAY_BY,
	PAYMENT,
	PRICE,
	pinned,
	refused,
	sold,
	toRead,
	webhook,
} from "./saga-dsl.ts";

beforeEach(() => void vi.useFakeTimers({ now: NOW }));
afterEach(() => void vi.useRealTimers());

const hangs = () => new Promise<never>(() => {});

/** A SKU and a provider of which a test makes up some methods; every call is kept with its arguments. */
function world(methods: Readonly<Record<string, (...args: never[]) => unknown>>) {
	const calls: [name: string, ...args: unknown[]][] = [];
	const target = new Proxy({ name: "sandbox" } as Record<string, unknown>, {
		get: (real, name) =>
			name in real || name === "then"
				? real[String(name)]
				: async (...args: never[]) => {
						calls.push([String(name), ...args]);
						return methods[String(name)]?.(...args);
					},
	});
	const ports: CheckoutPorts = {
		sku: (_, call) => call(target as unknown as SkuRpc),
		paymentProvider: () => target as unknown as PaymentProvider,
		send: async () => {},
	};
	return { calls, ports };
}

const next = (c: Checkout): Effect => nextEffect(c) as Effect;
const awaiting = () => given(cart(["a 1"]), pinned("a"), created).checkout;
const paid = () => given(awaiting(), webhook(authorised(PRICE))).checkout;

describe("an effect that gets no answer", () => {
	it("is put off after the time that a call to an object may take, and its SKU is named", async () => {
		const { ports } = world({ pin: hangs });
		const work = perform(next(cart(["a 1"])), cart(["a 1"]), ports);
		await vi.advanceTimersByTimeAsync(CALL_TIMEOUT_MS);
		expect(await work).toMatchObject({
			event: { kind: "deferred", strand: "units", unclear: false },
			error: "a does not answer",
		});
	});

	it("leaves the payment in doubt when it is the provider that hangs", async () => {
		const { ports } = world({ void: hangs });
		const c = given(awaiting(), cancel).checkout;
		const work = perform(next(c), c, ports);
		await vi.advanceTimersByTimeAsync(EFFECT_TIMEOUT_MS);
		const { event } = await work;
		expect(event).toMatchObject({ kind: "deferred", strand: "money", unclear: true });
		given(evolve(c, event, NOW)).then(toRead);
	});
});

describe("a provider that does not know the payment", () => {
	it.each(["void", "capture"] as const)(
		"says nothing to a %s: the payment is read before it is asked again",
		async (kind) => {
			const { ports } = world({ [kind]: () => ({ kind: "refused", reason: "not-found", payment: null }) });
			const c = kind === "void" ? given(awaiting(), cancel).checkout : given(paid(), sold("a")).checkout;
			const { event } = await perform(next(c), c, ports);
			given(evolve(c, event, NOW))
				.is({ payment: { inDoubt: true } })
				.then(toRead);
		},
	);
});

describe("a claim", () => {
	const ATTEMPT = 7;
	const of = (c: Checkout): Checkout => ({ ...c, attempt: ATTEMPT });
	const performed = async (c: Checkout, methods: Parameters<typeof world>[0] = {}) => {
		const { calls, ports } = world(methods);
		return { ...(await perform(next(c), c, ports)), call: calls[0] };
	};
	const completed = () => given(paid(), sold("a"), answer(captured(PRICE))).checkout;

	it("names its attempt, whichever it is", async () => {
		const unpin = of(given(cart(["a", "b"]), pinned("a"), refused("b")).checkout);
		expect((await performed(unpin, { unpin: () => ({ kind: "unpinned" }) })).call).toEqual([
			...["unpin", "s_1", "co_1", true],
			ATTEMPT,
		]);
		expect(
			(await performed(of(cart(["a"])), { pin: () => ({ kind: "sold-out", preorder: null }) })).call,
		).toMatchObject(["pin", { attempt: ATTEMPT }]);
		expect((await performed(of(paid()), { commit: () => ({ kind: "lost" }) })).call).toMatchObject([
			"commit",
			{ attempt: ATTEMPT },
		]);
		const done = given(completed(), { kind: "recorded", version: 100 });
		const units = [{ sku: "a", quantity: 1 }];
		const back = done.and(
			{ kind: "refund", units, restock: true, reason: "x" },
			answer(captured(PRICE, PRICE)),
		).checkout;
		expect((await performed(of(back), { takeBack: () => ({ kind: "taken-back" }) })).call).toEqual([
			...["takeBack", "s_1", "co_1", 1],
			ATTEMPT,
		]);
		const kept = done.and(
			{ kind: "refund", units, restock: false, reason: "x" },
			answer(captured(PRICE, PRICE)),
		).checkout;
		expect((await performed(of(kept))).call).toEqual(["givenBack", "s_1", "co_1", 1, ATTEMPT]);
	});

	it("of an attempt that is over is made again by a later one", async () => {
		const c = of(cart(["a"]));
		const { event } = await performed(c, { pin: () => ({ kind: "attempt-over" }) });
		const after = evolve(c, event, NOW);
		expect(after.attempt).toBe(NOW);
		given(after).then({ kind: "pin", sku: "a" });
	});

	it("says where units became free", async () => {
		const unpin = given(cart(["a", "b"]), pinned("a"), refused("b")).checkout;
		expect((await performed(unpin, { unpin: () => ({ kind: "unpinned", freed: 1 }) })).freed).toBe("a");
		expect((await performed(unpin, { unpin: () => ({ kind: "unpinned", freed: 0 }) })).freed).toBeNull();
		expect((await performed(unpin, { unpin: () => ({ kind: "unpinned" }) })).freed).toBeNull();
	});
});

describe("the terms of a pre-order", () => {
	const OFFER = { expectedAtMs: 5, termsVersion: "v1", remaining: 9 };
	const PRICED = { title: "a", unitPriceMinor: PRICE, currency: "USD", payByMs: PAY_BY, graceMs: 1, offer: OFFER };
	const accepting = (terms: { termsVersion: string } | null = null): Checkout => ({
		...cart(["a 1"], { acceptPreorder: true }),
		terms,
	});
	const pinnedBy = async (c: Checkout, result: object) => {
		const { calls, ports } = world({ pin: () => result });
		const { event } = await perform(next(c), c, ports);
		return { call: calls[0], checkout: evolve(c, event, NOW) };
	};
	/** Pays for the pinned line, whose SKU then owes it with the terms of by then. */
	const owedAfter = async (c: Checkout) => {
		const committing = given(c, created, webhook(authorised(PRICE))).checkout;
		const result = { kind: "owed", preorderId: "p_1", expectedAtMs: 99, termsVersion: "v2" };
		const { calls, ports } = world({ commit: () => result });
		const { event } = await perform(next(committing), committing, ports);
		return { call: calls[0], order: orderOf(given(evolve(committing, event, NOW), answer(captured(PRICE))).checkout) };
	};

	it("are named to the SKU as the request named them", async () => {
		const sold = { kind: "sold-out", preorder: null };
		const named = await pinnedBy(accepting({ termsVersion: "v1" }), sold);
		expect(named.call).toMatchObject(["pin", { acceptPreorder: true, terms: { termsVersion: "v1" } }]);
		expect((await pinnedBy(accepting(), sold)).call).toMatchObject(["pin", { terms: null }]);
	});

	it("are those that were accepted, with their date and time, on the commit and on the order", async () => {
		const preordered = { kind: "preordered", preorderId: "p_1", ...PRICED, expectedAtMs: 5, termsVersion: "v1" };
		const { checkout } = await pinnedBy(accepting(), preordered);
		const { call, order } = await owedAfter(checkout);
		const accepted = { termsVersion: "v1", expectedAtMs: 5, acceptedAtMs: NOW };
		expect(call).toMatchObject(["commit", { accepted }]);
		expect(order?.lines[0]?.preorder).toEqual({ ...accepted, status: "owed" });
	});

	it("travel with units from stock too, which may be gone when the payment comes", async () => {
		const { checkout } = await pinnedBy(accepting(), { kind: "pinned", reservationId: "r_1", ...PRICED });
		expect((await owedAfter(checkout)).call).toMatchObject([
			"commit",
			{ accepted: { termsVersion: "v1", expectedAtMs: 5, acceptedAtMs: NOW } },
		]);
	});

	it("are not accepted when the request named others, or none were accepted", async () => {
		const fromStock = { kind: "pinned", reservationId: "r_1", ...PRICED };
		for (const c of [accepting({ termsVersion: "v0" }), cart(["a 1"])]) {
			const { checkout } = await pinnedBy(c, fromStock);
			expect((await owedAfter(checkout)).call).toMatchObject(["commit", { accepted: null }]);
		}
	});
});

describe("a creation that the provider refuses", () => {
	it.each(["email", "currency", "amount", "other"] as const)(
		"ends the checkout and keeps the reason: %s",
		async (reason) => {
			const c = given(cart(["a 1"]), pinned("a")).checkout;
			const { ports } = world({ create: () => ({ kind: "refused", reason, detail: "" }) });
			const { event } = await perform(next(c), c, ports);
			given(evolve(c, event, NOW)).is({ ending: "unpayable", refusal: reason });
		},
	);
});

describe("methods that answer after days", () => {
	const allowed = async (...flags: (boolean | undefined)[]) => {
		const lines = flags.map((_, i) => `${i}`);
		const events = flags.map((flag, i) => pinned(`${i}`, flag === undefined ? {} : { allowDelayedMethods: flag }));
		const c = given(cart(lines), ...events).checkout;
		const { calls, ports } = world({ create: () => ({ kind: "created", payment: PAYMENT, payWith: { url: "/" } }) });
		await perform(next(c), c, ports);
		return (calls[0]?.[1] as { allowDelayedMethods: boolean } | undefined)?.allowDelayedMethods;
	};

	it("are offered only when the policy of every line allows them", async () => {
		expect(await allowed(true, true)).toBe(true);
		expect(await allowed(true, false)).toBe(false);
		expect(await allowed(undefined)).toBe(false);
	});
});
