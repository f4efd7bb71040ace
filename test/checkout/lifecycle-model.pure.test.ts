/**
 * The saga against a world in which anything happens in any order: answers are lost or late, webhooks come twice and
 * backwards, shoppers pay and call off, pins run out, authorisations lapse, the object crashes. Whatever happened, it ends; and
 * in the end the provider, the SKUs and the checkout agree, and the shopper has paid for exactly what the shopper has.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evolve } from "../../src/checkout/rules/lifecycle.ts";
import type { Checkout, Committed, Effect, Event, RefundUnits, RetryScope } from "../../src/checkout/rules/model.ts";
import { dueEffect, nextEffect, retryScopeOf, wakeAtMs } from "../../src/checkout/rules/next-effect.ts";
import { decideRefund } from "../../src/checkout/rules/refunds.ts";
import { dueMinor, netCapturedMinor } from "../../src/checkout/rules/settlement.ts";
import { type Shelf, World } from "./fake-world.ts";
import { cancel, cart, LATE, NOW, tick } from "./saga-dsl.ts";

const SKUS = ["a", "b", "c"] as const;
/** More effects than any checkout of three lines needs; one that needs more goes round in circles. */
const MANY = 200;
const MONEY: ReadonlySet<string> = new Set(["create-payment", "read-payment", "void", "capture", "refund"]);

type Action =
	| { readonly kind: "step"; readonly answer: "comes" | "is lost" | "never came to pass" }
	| { readonly kind: "begin" | "crash" | "cancel" | "tick" | "lapse" | "acknowledge" }
	| { readonly kind: "pay"; readonly outcome: "approve" | "capture" | "decline" }
	| { readonly kind: "hear"; readonly which: number }
	| { readonly kind: "wait"; readonly ms: number }
	| { readonly kind: "give back by hand"; readonly part: number }
	| { readonly kind: "lose" | "fill"; readonly sku: (typeof SKUS)[number] }
	| {
			readonly kind: "refund";
			readonly quantity: number;
			readonly sku: (typeof SKUS)[number] | null;
			readonly restock: boolean;
	  };

const sku = fc.constantFrom(...SKUS);
const action: fc.Arbitrary<Action> = fc.oneof(
	{ weight: 10, arbitrary: fc.record({ kind: fc.constant("step" as const), answer: fc.constant("comes" as const) }) },
	{
		weight: 3,
		arbitrary: fc.record({
			kind: fc.constant("step" as const),
			answer: fc.constantFrom("is lost" as const, "never came to pass" as const),
		}),
	},
	{
		weight: 4,
		arbitrary: fc.record({
			kind: fc.constantFrom("begin" as const, "crash" as const, "tick" as const, "acknowledge" as const),
		}),
	},
	{ weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("cancel" as const, "lapse" as const) }) },
	{
		weight: 4,
		arbitrary: fc.record({
			kind: fc.constant("pay" as const),
			outcome: fc.constantFrom("approve" as const, "capture" as const, "decline" as const),
		}),
	},
	{ weight: 4, arbitrary: fc.record({ kind: fc.constant("hear" as const), which: fc.nat(20) }) },
	{
		weight: 2,
		arbitrary: fc.record({ kind: fc.constant("wait" as const), ms: fc.constantFrom(1_000, 60_000, 450_000, 900_000) }),
	},
	{ weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("lose" as const, "fill" as const), sku }) },
	{
		weight: 2,
		arbitrary: fc.record({
			kind: fc.constant("refund" as const),
			quantity: fc.integer({ min: 1, max: 3 }),
			sku: fc.option(sku),
			restock: fc.boolean(),
		}),
	},
	{
		weight: 1,
		arbitrary: fc.record({ kind: fc.constant("give back by hand" as const), part: fc.constantFrom(0.1, 0.5, 1) }),
	},
);

const shelf: fc.Arbitrary<Shelf> = fc.record({
	offer: fc.oneof(
		{ weight: 6, arbitrary: fc.constant("units" as const) },
		fc.constantFrom("preorder" as const, "nothing" as const),
	),
	unitPriceMinor: fc.constantFrom(0, 1, 100, 1999),
	spare: fc.boolean(),
});

const story = fc.record({
	lines: fc
		.uniqueArray(sku, { minLength: 1 })
		.chain((skus) => fc.tuple(...skus.map((sku) => fc.integer({ min: 1, max: 3 }).map((n) => `${sku} ${n}`)))),
	shelves: fc.tuple(shelf, shelf, shelf),
	partial: fc.boolean(),
	actions: fc.array(action, { maxLength: 40 }),
});
type Story = typeof story extends fc.Arbitrary<infer T> ? T : never;

/** One checkout in one world, driven as its object drives it: one effect at a time, anything else in between. */
class Play {
	readonly world: World;
	c: Checkout;
	nowMs = NOW;
	/** The effect that is under way: what is heard of it when its answer comes, and when it is lost. */
	#underWay: { readonly strand: RetryScope; readonly answer: Event; readonly lost: Event } | null = null;

	constructor({ lines, shelves, partial }: Story) {
		this.world = new World(new Map(SKUS.map((sku, i) => [sku, shelves[i] as Shelf])));
		this.c = cart(lines, { partial, acceptPreorder: true });
	}

	/** Every event is told twice: what is told again must change nothing. */
	tell(event: Event): boolean {
		const before = this.c;
		this.c = evolve(before, event, this.nowMs);
		if (event.kind !== "deferred" && event.kind !== "refund") expect(evolve(this.c, event, this.nowMs)).toEqual(this.c);
		expect(this.c.version).toBeGreaterThanOrEqual(before.version);
		return this.c !== before;
	}

	do(action: Action): void {
		switch (action.kind) {
			case "step":
				this.#begin(action.answer !== "never came to pass");
				this.#end(action.answer === "comes");
				break;
			case "begin":
				this.#begin(true);
				break;
			case "crash":
				this.#underWay = null;
				break;
			case "cancel":
				this.tell(cancel);
				break;
			case "tick":
				this.tell(tick);
				break;
			case "lapse":
				this.world.lapse();
				break;
			case "acknowledge":
				this.tell({ kind: "recorded", version: this.world.recordedVersion });
				break;
			case "pay":
				this.world.pay(action.outcome, this.nowMs);
				break;
			case "hear":
				this.hear(action.which);
				break;
			case "wait":
				this.nowMs += action.ms;
				break;
			case "give back by hand":
				this.world.giveBack(action.part);
				break;
			case "lose":
				this.world.losePin(action.sku);
				break;
			case "fill":
				this.#fill(action.sku);
				break;
			case "refund":
				this.#refund(action.sku === null ? null : [{ sku: action.sku, quantity: action.quantity }], action.restock);
		}
	}

	#fill(sku: string): void {
		const event = this.world.fill(sku);
		if (event !== null) this.tell(event);
	}

	#refund(asked: readonly RefundUnits[] | null, restock: boolean): void {
		const answer = decideRefund(this.c, asked);
		if (answer.kind === "refundable") this.tell({ kind: "refund", units: answer.units, restock, reason: "" });
	}

	hear(which: number): void {
		const payment = this.world.news[which % Math.max(1, this.world.news.length)];
		if (payment !== undefined) this.tell({ kind: "payment-seen", payment, asked: false });
	}

	#begin(reaches: boolean): void {
		const effect = dueEffect(this.c, this.nowMs);
		if (this.#underWay !== null || effect === null) return;
		if (reaches) this.#mayDo(effect);
		const strand = retryScopeOf(effect);
		const lost: Event = { kind: "deferred", strand, pauseMs: 1_000, unclear: MONEY.has(effect.kind) };
		this.#underWay = { strand, answer: reaches ? this.world.perform(effect, this.c) : lost, lost };
	}

	/** What must hold in the very moment, and not only in the end. */
	#mayDo(effect: Effect): void {
		const { payment } = this.world;
		const pinned = this.c.lines.some((line) => line.claim === "pinned");
		const mayStillBePaid = payment?.status === "open" || payment?.status === "authorised";
		switch (effect.kind) {
			case "create-payment":
				expect(this.c.lines.some((line) => line.claim === "asked" && this.c.phase === "opening")).toBe(false);
				break;
			case "capture":
				expect(pinned, "money is taken before every line is sold").toBe(false);
				expect(effect.amountMinor, "more or less is taken than is due").toBe(dueMinor(this.c));
				break;
			case "refund":
				expect(effect.amountMinor).toBeGreaterThan(0);
				expect(effect.amountMinor, "more is given back than is not due").toBe(
					netCapturedMinor(this.c) - dueMinor(this.c),
				);
				break;
			case "unpin":
				expect(mayStillBePaid, "units go back while they can still be paid for").toBe(false);
		}
	}

	#end(comes: boolean): void {
		if (this.#underWay === null) return;
		const [event, before, strand] = [
			comes ? this.#underWay.answer : this.#underWay.lost,
			this.c,
			this.#underWay.strand,
		];
		this.#underWay = null;
		if (!this.tell(event) && this.c === before) this.tell({ kind: "deferred", strand, pauseMs: 1_000, unclear: false });
	}

	/** All goes well from here on, and time passes. */
	end(): void {
		this.#end(true);
		this.nowMs = Math.max(this.nowMs, LATE);
		for (let steps = 0; ; steps++) {
			expect(steps, "it never ends").toBeLessThan(MANY);
			this.tell(tick);
			if (nextEffect(this.c) === null) return;
			this.nowMs = Math.max(this.nowMs, wakeAtMs(this.c) ?? 0);
			this.do({ kind: "step", answer: "comes" });
			this.do({ kind: "acknowledge" });
		}
	}
}

function expectAgreement({ c, world }: Play): void {
	expect(["completed", "closed"]).toContain(c.phase);
	// The money: what we believe is what the provider believes, and it is the price of what the shopper has.
	const { payment, givenByHandMinor } = world;
	const kept = payment === null ? 0 : payment.capturedMinor - payment.refundedMinor;
	expect(kept).toBeLessThanOrEqual(dueMinor(c));
	// What somebody gave back by hand, past us, may be missing, and nothing else.
	expect(kept).toBeGreaterThanOrEqual(dueMinor(c) - givenByHandMinor);
	if (givenByHandMinor === 0) expect(kept).toBe(netCapturedMinor(c));
	expect(payment?.status ?? "none", "money is left set aside, or can still be paid").not.toMatch(/open|authorised/);
	// The units: nothing is pinned, and what a SKU has sold is what the shopper has, less what came back.
	for (const [sku, claim] of world.claims) {
		const line = c.lines.find((line): line is Committed => line.sku === sku && line.claim === "committed");
		// A pin whose answer never came before the opening was given up is unknown to us; it runs out at its SKU by itself.
		const unheard = c.lines.some((line) => line.sku === sku && line.claim === "asked");
		if (!unheard) expect(["pinned", "pending"], `${sku} is left pinned`).not.toContain(claim.state);
		const soldUnits = ["sold", "filled"].includes(claim.state) ? claim.quantity - claim.returned : 0;
		const owedUnits = claim.state === "owed" ? claim.quantity : 0;
		const cancelled = line?.preorderStatus === "cancelled";
		expect(soldUnits + owedUnits, `${sku}: sold`).toBe(
			line === undefined || cancelled ? 0 : line.quantity - line.toReturn,
		);
	}
	if (c.phase === "completed") expect(world.recordedVersion).toBe(c.version);
}

describe("whatever happens", () => {
	it("it ends, and the money is the price of the units", () => {
		fc.assert(
			fc.property(story, (told) => {
				const play = new Play(told);
				for (const action of told.actions) play.do(action);
				play.end();
				expectAgreement(play);
			}),
			{ numRuns: 5_000 },
		);
	});

	it("once it has ended, no old news starts it again", () => {
		fc.assert(
			fc.property(story, fc.array(fc.nat(20), { maxLength: 10 }), (told, heard) => {
				const play = new Play(told);
				for (const action of told.actions) play.do(action);
				play.end();
				const { c } = play;
				for (const which of heard) play.hear(which);
				play.tell(tick);
				play.tell(cancel);
				expect(play.c).toBe(c);
				expect(nextEffect(play.c)).toBeNull();
			}),
			{ numRuns: 1_000 },
		);
	});

	it("on the good path every cart that can be had whole is bought whole", () => {
		fc.assert(
			fc.property(story, (told) => {
				const shelves = told.shelves.map((shelf) => ({ ...shelf, offer: "units" as const }));
				const play = new Play({ ...told, shelves: shelves as unknown as Story["shelves"] });
				for (let i = 0; i < 10; i++) play.do({ kind: "step", answer: "comes" });
				play.do({ kind: "pay", outcome: "approve" });
				play.hear(0);
				play.end();
				expectAgreement(play);
				expect(play.c).toMatchObject({ phase: "completed" });
			}),
		);
	});
});
