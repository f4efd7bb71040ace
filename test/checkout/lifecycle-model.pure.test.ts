/**
 * The lifecycle of a checkout in a world where anything happens in any order: answers are lost or late, webhooks come
 * twice and in reverse, shoppers pay and cancel, pins expire, authorisations lapse, the object crashes.
 *
 * Whatever happened, the checkout ends. In the end the provider, the SKUs and the checkout agree, and the shopper has
 * paid for exactly what the shopper has.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { orderOf } from "../../src/checkout/order.ts";
import type { Effect } from "../../src/checkout/rules/effect.ts";
import { decidePaid, outcomeOf } from "../../src/checkout/rules/external.ts";
import { evolve } from "../../src/checkout/rules/lifecycle.ts";
import type { Checkout, Committed, Event, RetryScope } from "../../src/checkout/rules/model.ts";
import { dueEffect, nextEffect, retryScopeOf, wakeAtMs } from "../../src/checkout/rules/next-effect.ts";
import { decideRefund } from "../../src/checkout/rules/refunds.ts";
import { dueMinor, netCapturedMinor, totalMinor } from "../../src/checkout/rules/settlement.ts";
import { mayBeTold, mayStayUnstored, mustBeStoredBefore } from "../../src/checkout/rules/storing.ts";
import type { Payment } from "../../src/payments/provider.ts";
import { type FakeSku, FakeWorld } from "./fake-world.ts";
import { cancel, cart, LATE, NOW, tick } from "./saga-dsl.ts";

const SKUS = ["a", "b", "c"] as const;
/** More effects than any checkout of three lines needs: one that needs more goes round in circles. */
const MANY = 200;
const MONEY: ReadonlySet<string> = new Set(["create-payment", "read-payment", "void", "capture", "refund"]);

type Action =
	| { readonly kind: "step"; readonly answer: "arrives" | "is lost" | "call is lost" | "comes to the dead" }
	| { readonly kind: "begin" | "crash" | "cancel" | "tick" | "lapse" | "acknowledge" | "look" }
	| { readonly kind: "reprice"; readonly sku: (typeof SKUS)[number]; readonly unitPriceMinor: number }
	| { readonly kind: "pay"; readonly outcome: "approve" | "capture" | "decline" }
	/** 0 is the latest snapshot that the provider sent. */
	| { readonly kind: "webhook"; readonly which: number }
	| { readonly kind: "wait"; readonly ms: number }
	| { readonly kind: "refund by hand"; readonly part: number }
	| { readonly kind: "expire" | "fill"; readonly sku: (typeof SKUS)[number] }
	| {
			readonly kind: "refund";
			readonly quantity: number;
			readonly sku: (typeof SKUS)[number] | null;
			readonly restock: boolean;
			/** Of this adjustment too, or of it alone when no SKU is named, by its place. */
			readonly adjustment: number | null;
			readonly amountMinor: number | null;
	  };

const sku = fc.constantFrom(...SKUS);
const action: fc.Arbitrary<Action> = fc.oneof(
	{ weight: 10, arbitrary: fc.record({ kind: fc.constant("step" as const), answer: fc.constant("arrives" as const) }) },
	{
		weight: 5,
		arbitrary: fc.record({
			kind: fc.constant("step" as const),
			answer: fc.constantFrom("is lost" as const, "call is lost" as const, "comes to the dead" as const),
		}),
	},
	{
		weight: 4,
		arbitrary: fc.record({
			kind: fc.constantFrom("begin" as const, "tick" as const, "acknowledge" as const, "look" as const),
		}),
	},
	{ weight: 3, arbitrary: fc.record({ kind: fc.constant("crash" as const) }) },
	{
		weight: 1,
		arbitrary: fc.record({ kind: fc.constant("reprice" as const), sku, unitPriceMinor: fc.constantFrom(0, 5, 700) }),
	},
	{ weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("cancel" as const, "lapse" as const) }) },
	{
		weight: 4,
		arbitrary: fc.record({
			kind: fc.constant("pay" as const),
			outcome: fc.constantFrom("approve" as const, "capture" as const, "decline" as const),
		}),
	},
	{ weight: 4, arbitrary: fc.record({ kind: fc.constant("webhook" as const), which: fc.nat(20) }) },
	{
		weight: 2,
		arbitrary: fc.record({ kind: fc.constant("wait" as const), ms: fc.constantFrom(1_000, 60_000, 450_000, 900_000) }),
	},
	{ weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("expire" as const, "fill" as const), sku }) },
	{
		weight: 2,
		arbitrary: fc.record({
			kind: fc.constant("refund" as const),
			quantity: fc.integer({ min: 1, max: 3 }),
			sku: fc.option(sku),
			restock: fc.boolean(),
			adjustment: fc.option(fc.nat(3)),
			amountMinor: fc.option(fc.constantFrom(1, 7, 490)),
		}),
	},
	{
		weight: 1,
		arbitrary: fc.record({ kind: fc.constant("refund by hand" as const), part: fc.constantFrom(0.1, 0.5, 1) }),
	},
);

const fakeSku: fc.Arbitrary<FakeSku> = fc.record({
	offer: fc.oneof(
		{ weight: 6, arbitrary: fc.constant("units" as const) },
		fc.constantFrom("preorder" as const, "nothing" as const),
	),
	unitPriceMinor: fc.constantFrom(0, 1, 100, 1999),
	spare: fc.boolean(),
});

const adjustments = fc.array(
	fc
		.tuple(fc.constantFrom("shipping", "tax", "fee", "discount"), fc.constantFrom(0, 1, 99, 490, 2_000, 9_000))
		.map(([kind, amountMinor]) => `${kind} ${kind === "discount" ? -Math.max(1, amountMinor) : amountMinor}`),
	{ maxLength: 4 },
);

const script = fc.record({
	isExternal: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, fc.constant(true)),
	adjustments: fc.oneof(fc.constant<string[]>([]), adjustments),
	lines: fc
		.uniqueArray(sku, { minLength: 1 })
		.chain((skus) => fc.tuple(...skus.map((sku) => fc.integer({ min: 1, max: 3 }).map((n) => `${sku} ${n}`)))),
	skus: fc.tuple(fakeSku, fakeSku, fakeSku),
	partial: fc.boolean(),
	actions: fc.array(action, { maxLength: 40 }),
});
type Script = typeof script extends fc.Arbitrary<infer T> ? T : never;

/** One checkout in one world, driven as its object drives it: one effect at a time, with anything in between. */
class ModelRun {
	readonly world: FakeWorld;
	c: Checkout;
	/** The checkout as its object has stored it: after a crash it is that again. */
	#stored: Checkout;
	nowMs = NOW;
	/** The effect that is under way: the event when its answer arrives, and the event when the answer is lost. */
	#underWay: { readonly strand: RetryScope; readonly answer: Event; readonly lost: Event } | null = null;

	constructor({ lines, skus, partial, adjustments, isExternal }: Script) {
		this.world = new FakeWorld(new Map(SKUS.map((sku, i) => [sku, skus[i] as FakeSku])));
		this.c = cart(lines, { partial, acceptPreorder: true, adjustments, isExternal });
		this.#stored = this.c;
	}

	/** An event from outside is stored at once, and with it whatever was not. */
	apply(event: Event): boolean {
		const changed = this.#note(event);
		this.#stored = this.c;
		return changed;
	}

	/** Applies every event twice: the second time must change nothing. */
	#note(event: Event): boolean {
		const before = this.c;
		this.c = evolve(before, event, this.nowMs);
		// The first tick may end the window, and the second the grace: a payment of the merchant's own is waited for.
		const maySecondChange = event.kind === "tick" && this.c.isExternal;
		if (event.kind !== "deferred" && event.kind !== "refund" && !maySecondChange)
			expect(evolve(this.c, event, this.nowMs)).toEqual(this.c);
		expect(this.c.version).toBeGreaterThanOrEqual(before.version);
		return this.c !== before;
	}

	do(action: Action): void {
		switch (action.kind) {
			case "step":
				this.#begin(action.answer !== "call is lost");
				if (action.answer === "comes to the dead") this.do({ kind: "crash" });
				this.#end(action.answer === "arrives");
				break;
			case "begin":
				this.#begin(true);
				break;
			case "crash":
				this.#underWay = null;
				this.c = this.#stored;
				break;
			case "look":
				if (!mayBeTold(this.#stored, this.c)) this.#stored = this.c;
				this.world.tell(this.c);
				break;
			case "reprice":
				this.world.reprice(action.sku, action.unitPriceMinor);
				break;
			case "cancel":
				this.apply(cancel);
				break;
			case "tick":
				this.apply(tick);
				break;
			case "lapse":
				this.world.lapse();
				break;
			case "acknowledge":
				this.apply({ kind: "recorded", version: this.world.recordedVersion });
				break;
			case "pay":
				if (this.c.isExternal) this.#sayPaid();
				else this.world.pay(action.outcome, this.nowMs);
				break;
			case "webhook":
				this.receive(action.which);
				break;
			case "wait":
				this.nowMs += action.ms;
				break;
			case "refund by hand":
				this.world.refundByHand(action.part);
				break;
			case "expire":
				this.world.expirePin(action.sku);
				break;
			case "fill":
				this.#fill(action.sku);
				break;
			case "refund":
				this.#refund(action);
		}
	}

	#fill(sku: string): void {
		const event = this.world.fill(sku);
		if (event !== null) this.apply(event);
	}

	#refund({ sku, quantity, adjustment, amountMinor, restock }: Extract<Action, { kind: "refund" }>): void {
		const units = sku === null ? null : [{ sku, quantity }];
		const named = adjustment === null ? null : [{ index: adjustment, amountMinor }];
		const decision = decideRefund(this.c, units, named);
		if (decision.kind === "refundable") this.apply({ ...decision, kind: "refund", restock, reason: "" });
	}

	/** The merchant's server says that its own payment was made, a while ago; what it is told then stands. */
	#sayPaid(): void {
		const paid = {
			reference: "psp-1",
			paidAtMs: this.nowMs - 60_000,
			amountMinor: totalMinor(this.c),
			currency: "USD",
		};
		const { kind } = decidePaid(this.c, paid);
		if (kind === "news") this.apply({ kind: "paid-outside", ...paid });
		if (kind === "news") expect(decidePaid(this.c, paid).kind).toBe("known");
	}

	/** A webhook arrives with the latest snapshot (0) or with an older one. */
	receive(which: number): void {
		const { snapshots } = this.world;
		const payment = snapshots.at(-1 - (which % Math.max(1, snapshots.length)));
		if (payment !== undefined) this.apply({ kind: "payment-seen", payment, asked: false });
	}

	#begin(reaches: boolean): void {
		const effect = dueEffect(this.c, this.nowMs);
		if (this.#underWay !== null || effect === null) return;
		if (mustBeStoredBefore(effect, this.#stored, this.c)) this.#stored = this.c;
		if (reaches) this.#expectAllowed(effect);
		const strand = retryScopeOf(effect);
		const lost: Event = { kind: "deferred", strand, pauseMs: 1_000, unclear: MONEY.has(effect.kind) };
		this.#underWay = { strand, answer: reaches ? this.world.execute(effect, this.c) : lost, lost };
	}

	/** What must be true at the moment of the call, and not only in the end. */
	#expectAllowed(effect: Effect): void {
		const { payment } = this.world;
		const pinned = this.c.lines.some((line) => line.claim === "pinned");
		const mayStillBePaid = payment?.status === "open" || payment?.status === "authorised";
		switch (effect.kind) {
			case "create-payment":
				expect(this.c.lines.some((line) => line.claim === "asked" && this.c.phase === "opening")).toBe(false);
				break;
			case "capture":
				expect(pinned, "money is captured before every line is sold").toBe(false);
				expect(effect.amountMinor, "captures more or less than is due").toBe(dueMinor(this.c));
				break;
			case "refund":
				expect(effect.amountMinor).toBeGreaterThan(0);
				expect(effect.amountMinor, "refunds more than is not due").toBe(netCapturedMinor(this.c) - dueMinor(this.c));
				break;
			case "unpin":
				expect(mayStillBePaid, "units are unpinned while they can still be paid for").toBe(false);
		}
	}

	#end(arrives: boolean): void {
		if (this.#underWay === null) return;
		const [event, before, strand] = [
			arrives ? this.#underWay.answer : this.#underWay.lost,
			this.c,
			this.#underWay.strand,
		];
		this.#underWay = null;
		if (!this.#note(event) && this.c === before)
			this.#note({ kind: "deferred", strand, pauseMs: 1_000, unclear: false });
		const rests = dueEffect(this.c, this.nowMs) === null;
		if (rests && !mayStayUnstored(this.#stored, this.c)) this.#stored = this.c;
	}

	/** From here on nothing goes wrong, and time passes until nothing is left to do. */
	finish(): void {
		this.#end(true);
		this.nowMs = Math.max(this.nowMs, LATE);
		for (let steps = 0; ; steps++) {
			expect(steps, "the checkout never ends").toBeLessThan(MANY);
			this.apply(tick);
			if (nextEffect(this.c) === null) return;
			this.nowMs = Math.max(this.nowMs, wakeAtMs(this.c) ?? 0);
			this.do({ kind: "step", answer: "arrives" });
			this.do({ kind: "acknowledge" });
		}
	}
}

/** What is due, said again and otherwise than by the rule: by its bounds, and by its ends. */
function expectDueIsRight(c: Checkout): void {
	const sum = (amounts: readonly number[]) => amounts.reduce((a, b) => a + b, 0);
	const lines = c.lines.filter((line): line is Committed => line.claim === "committed");
	const sold = lines.filter((line) => line.preorderStatus !== "cancelled");
	const due = dueMinor(c);
	if (sold.length === 0) {
		expect(due, "nothing is sold, and something is due").toBe(0);
		return;
	}
	const priceMinor = sum(lines.map((line) => line.quantity * line.unitPriceMinor));
	const total = Math.max(0, priceMinor + sum(c.adjustments.map(({ amountMinor }) => amountMinor)));
	const linesBack = sum(lines.map((line) => line.refunded * line.unitPriceMinor));
	const namedBack = sum(c.adjustments.map(({ refundedMinor }) => refundedMinor));
	expect(due).toBeGreaterThanOrEqual(Math.max(0, total - linesBack - namedBack));
	expect(due).toBeLessThanOrEqual(total);
	const isAllBack = lines.every((line) => line.refunded === line.quantity);
	const othersLeft = sum(
		c.adjustments.map(({ amountMinor, refundedMinor }) => Math.max(0, amountMinor) - refundedMinor),
	);
	if (linesBack === 0 && namedBack === 0) expect(due, "nothing was refunded").toBe(total);
	if (isAllBack) expect(due, "of the lines nothing is left").toBeLessThanOrEqual(othersLeft);
	for (const { amountMinor, refundedMinor } of c.adjustments) {
		expect(refundedMinor).toBeLessThanOrEqual(Math.max(0, amountMinor));
	}
}

/** What the shop is told to give back, and what it keeps, are what was paid. */
function expectOutcomeIsRight(c: Checkout, { status, capturedMinor, refundedMinor, amountMinor }: Payment): void {
	const told = outcomeOf(c);
	expect(status, "the merchant could still be waited for").not.toBe("open");
	expect([0, amountMinor]).toContain(capturedMinor);
	const isSold = c.phase === "completed";
	expect(told?.outcome === "refund").toBe(!isSold);
	if (!isSold) expect([told?.refundMinor, refundedMinor]).toEqual([capturedMinor, capturedMinor]);
	else expect(told?.refundMinor).toBe(capturedMinor - (orderOf(c)?.totalMinor ?? 0));
}

function expectAgreement({ c, world }: ModelRun): void {
	expect(["completed", "closed"]).toContain(c.phase);
	// The money: the checkout and the provider agree, and it is the price of what the shopper has.
	const { payment, refundedByHandMinor } = world;
	const keptMinor = c.isExternal ? netCapturedMinor(c) : world.keptMinor;
	expectDueIsRight(c);
	if (c.isExternal && c.payment !== null) expectOutcomeIsRight(c, c.payment.seen);
	expect(payment?.capturedMinor ?? 0, "more is captured than was asked for").toBeLessThanOrEqual(totalMinor(c));
	expect(keptMinor).toBeLessThanOrEqual(dueMinor(c));
	// What somebody refunded by hand, without us, may be missing, and nothing else.
	expect(keptMinor).toBeGreaterThanOrEqual(dueMinor(c) - refundedByHandMinor);
	if (refundedByHandMinor === 0) expect(keptMinor).toBe(netCapturedMinor(c));
	expect(payment?.status ?? "none", "money is left authorised, or can still be paid").not.toMatch(/open|authorised/);
	// The units: nothing is pinned, and what a SKU has sold is what the shopper has, less what was returned.
	for (const [sku, stake] of world.stakes) {
		const line = c.lines.find((line): line is Committed => line.sku === sku && line.claim === "committed");
		// The checkout does not know of a pin whose answer was still missing when the opening failed. That pin
		// expires at its SKU.
		const isUnknown = c.lines.some((line) => line.sku === sku && line.claim === "asked");
		if (!isUnknown) expect(["pinned", "pending"], `${sku} is left pinned`).not.toContain(stake.state);
		const isCancelled = line?.preorderStatus === "cancelled";
		const expected = line === undefined || isCancelled ? 0 : line.quantity - line.toReturn;
		expect(world.unitsOf(sku), `${sku}: sold`).toBe(expected);
	}
	if (c.phase === "completed") expect(world.recordedVersion).toBe(c.version);
}

/** Thousands of lives of a checkout, on a machine that has other things to do. */
const LONG = { timeout: 30_000 };

describe("a checkout to which anything happens", LONG, () => {
	it("ends, and the money is the price of the units", () => {
		fc.assert(
			fc.property(script, (script) => {
				const run = new ModelRun(script);
				for (const action of script.actions) run.do(action);
				run.finish();
				expectAgreement(run);
			}),
			{ numRuns: 5_000 },
		);
	});

	it("is not started again by an old webhook once it has ended", () => {
		fc.assert(
			fc.property(script, fc.array(fc.nat(20), { maxLength: 10 }), (script, webhooks) => {
				const run = new ModelRun(script);
				for (const action of script.actions) run.do(action);
				run.finish();
				// What was refunded by hand, and not told yet, is news. Once it is told, every webhook is an old one.
				run.receive(0);
				run.finish();
				const { c } = run;
				for (const which of webhooks) run.receive(which);
				run.apply(tick);
				run.apply(cancel);
				// A webhook that contradicts what is known makes the payment be read. Nothing else comes of it.
				expect([undefined, "read-payment"]).toContain(nextEffect(run.c)?.kind);
				expect(run.c.version).toBe(c.version);
				run.finish();
				expect(run.c).toEqual(c);
			}),
			{ numRuns: 1_000 },
		);
	});

	it("buys every line when every line can be had and nothing goes wrong", () => {
		fc.assert(
			fc.property(script, (script) => {
				const skus = script.skus.map((sku) => ({ ...sku, offer: "units" as const }));
				// A discount above the cart is refused before anything is sold.
				const adjustments = script.adjustments.filter((adjustment) => !adjustment.startsWith("discount"));
				const run = new ModelRun({ ...script, adjustments, skus: skus as unknown as Script["skus"] });
				for (let i = 0; i < 10; i++) run.do({ kind: "step", answer: "arrives" });
				run.do({ kind: "pay", outcome: "approve" });
				run.receive(0);
				run.finish();
				expectAgreement(run);
				expect(run.c).toMatchObject({ phase: "completed" });
			}),
		);
	});
});
