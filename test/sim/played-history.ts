/**
 * A shop of one SKU whose history the race detector's checker judges: is there an order of all that was asked in which a
 * correct shop could have answered like this, one thing after the other?
 *
 * Shoppers reserve, wait, release, check out and pay, units arrive, and every fault of a simulation happens meanwhile, but
 * for steps of the clock: a history has one clock. Not here, since a history has no word for it: merchants who count
 * again or release, refunds of sales, and shoppers who call off, whose reservation may be theirs again.
 */
import { env } from "cloudflare:workers";
import { callCheckout, checkoutIdOf } from "../../src/checkout/client.ts";
import type { Checkout } from "../../src/checkout/rules/model.ts";
import type { Answer, History } from "../../src/cli/race/history.ts";
import { type JudgedHistory, judgeHistory } from "../../src/cli/race/judge.ts";
import { Scribe, type Times } from "../../src/cli/race/scribe.ts";
import { callSku } from "../../src/stock/client.ts";
import { reserveMany } from "../../src/stock/reserve-columns.ts";
import type { ReservationSnapshot, ReserveResult } from "../../src/stock/rpc.ts";
import { Actors } from "./actors.ts";
import {
	breakDown,
	breakProvider,
	deliverQueue,
	killObject,
	muteAlarm,
	repairProvider,
	ringAlarmEarly,
} from "./environment-faults.ts";
import { define, settleEverything } from "./merchant.ts";
import { activate, quiet } from "./nemesis.ts";
import { Simulation } from "./simulation.ts";
import type { Violation } from "./violations.ts";

const SHOPPERS = 8;
const STEPS = 100;
const GRACE_MS = 20_000;
const TRIES = 3;
/** Situations that the checker may look at: what takes longer is said to be undecided. */
const BUDGET = 50_000;
/** Between two instants of one millisecond. */
const INSTANT_MS = 1e-6;

const WEIGHTS = {
	reserve: 16,
	release: 3,
	look: 8,
	checkOut: 14,
	pay: 16,
	read: 8,
	restock: 3,
	pass: 10,
	killObject: 2,
	ringAlarmEarly: 2,
	deliverQueue: 4,
	breakProvider: 2,
	repairProvider: 2,
	providerStays: 1,
	muteAlarm: 0.3,
};

const FAULTS = { breakProvider, deliverQueue, killObject, muteAlarm, repairProvider, ringAlarmEarly };

export interface HistoryReport {
	readonly judged: JudgedHistory;
	readonly violations: readonly Violation[];
	readonly history: readonly string[];
}

/** @param meddle makes another history of what was written down */
export async function playHistory(
	seed: number,
	meddle = (history: History): History => history,
): Promise<HistoryReport> {
	const sim = new Simulation(seed, SHOPPERS, [`told-${seed}`], `sandbox-${seed}-told`);
	activate(sim);
	try {
		const shop = new ToldShop(new Actors(sim));
		await sim.untilRest(() => shop.play());
		const judged = judgeHistory(meddle(shop.history(seed)), BUDGET);
		sim.violations.expect(
			"the answers have an order in which they are all right",
			judged.kind !== "race",
			`${judged.text}:\n  ${judged.evidence.join("\n  ")}`,
		);
		return { judged, violations: sim.violations.all, history: sim.history };
	} finally {
		activate(null);
	}
}

interface Cart {
	readonly checkoutId: string;
	readonly paymentId: string;
	readonly units: number;
	readonly payByMs: number;
}

class ToldShop {
	readonly #actors: Actors;
	readonly #sim: Simulation;
	readonly #sku: string;
	readonly #scribe = new Scribe();
	/** What each shopper may pay now. */
	readonly #carts = new Map<string, Cart>();
	readonly #started = new Set<string>();
	/** Who has ever reserved. They take no pre-order: paid, it would replace a hold of a part, for which a history has no word. */
	readonly #reservers = new Set<string>();
	#instants = 0;

	constructor(actors: Actors) {
		this.#actors = actors;
		this.#sim = actors.sim;
		this.#sku = actors.sim.skus[0] as string;
	}

	/** Nothing is remembered between the caller and the objects, and all have one clock. */
	history(seed: number): History {
		return this.#scribe.history(seed, { staleMs: 0, clockMs: 0, graceMs: GRACE_MS });
	}

	async play(): Promise<void> {
		const { sim } = this;
		await sim.shareWebhookSecret();
		await sim.withoutFaults(async () => {
			const preorder = sim.prng.chance(0.4) ? { capacity: 4, expectedAtMs: null, termsVersion: "v1" } : null;
			const limits = { limitPerShopper: null, waitlistLimit: sim.prng.int(0, 6), saleEndsAtMs: null };
			await define(this.#actors, this.#sku, { ...limits, preorder, paymentGraceMs: GRACE_MS });
			await this.restock();
		});
		for (let step = 0; step < STEPS; step++) {
			const count = sim.prng.chance(0.3) ? sim.prng.int(2, 4) : 1;
			const steps = Array.from({ length: count }, () => sim.prng.weighted(WEIGHTS));
			await Promise.all(steps.map((each) => sim.tolerateFaults(each, () => this.#do(each, count === 1))));
			await quiet();
			await sim.deliverWebhooks();
			await quiet();
		}
		await repairProvider(this.#actors);
		await settleEverything(this.#actors);
		for (const shopper of sim.shoppers) {
			if (this.#scribe.isWaiting(shopper)) await this.#look(shopper);
			if (this.#scribe.isPaying(shopper)) await this.#read(shopper);
		}
		const stock = await this.#times(() => callSku(env, this.#sku, (object) => object.stock()));
		if (stock.told?.kind === "stock") this.#scribe.stock(stock.told.stock, stock.times);
	}

	get sim(): Simulation {
		return this.#sim;
	}

	async #do(step: keyof typeof WEIGHTS, isAlone: boolean): Promise<void> {
		const { prng } = this.#sim;
		const shopper = prng.pick(this.#sim.shoppers);
		switch (step) {
			case "reserve":
				return this.#reserve(shopper);
			case "release":
				return this.#release(shopper);
			case "look":
				return this.#look(shopper);
			case "checkOut":
				return this.#checkOut(shopper);
			case "pay":
				return this.#pay(this.#sim.prng.pick([shopper, ...this.#carts.keys()]));
			case "read":
				return this.#read(this.#sim.prng.pick([shopper, ...this.#carts.keys()]));
			case "restock":
				return this.restock();
			// The clock moves for nobody while others ask.
			case "pass":
				return isAlone ? this.#sim.advance(prng.pick([1, 5, 20, 60, 200])) : undefined;
			case "providerStays":
				return this.#sim.isCalm ? undefined : breakDown(this.#actors);
			default:
				return FAULTS[step](this.#actors);
		}
	}

	// ---- Who asks

	#instant(): number {
		return Date.now() + this.#instants++ * INSTANT_MS;
	}

	/** Asks, and asks again when no answer came, as the client does. */
	async #times<T>(ask: () => Promise<T>): Promise<{ readonly times: Times; readonly told: T | null }> {
		const calledAtMs = this.#instant();
		let told: T | null = null;
		for (let tries = 0; told === null && tries < TRIES; tries++)
			told = await this.#sim.tolerateFaults("no answer", ask);
		return { times: { calledAtMs, endedAtMs: this.#instant() }, told };
	}

	async #reserve(shopperId: string): Promise<void> {
		const { prng } = this.#sim;
		const [quantity, wait] = [prng.pick([1, 1, 2]), prng.chance(0.5)];
		const request = { shopperId, quantity, wait, ifMatch: null };
		const { times, told } = await this.#times(() =>
			callSku(env, this.#sku, (object) => reserveMany(object, [request])),
		);
		const [result] = Array.isArray(told) ? told : [];
		const answer = result === undefined ? null : answerOf(result);
		this.#sim.log(`${shopperId} reserves ${quantity}${wait ? " or waits" : ""}: ${result?.kind}`);
		this.#reservers.add(shopperId);
		this.#scribe.reserved(shopperId, quantity, wait, times, answer);
	}

	async #release(shopperId: string): Promise<void> {
		const { times, told } = await this.#times(() => callSku(env, this.#sku, (object) => object.release(shopperId)));
		this.#sim.log(`${shopperId} releases: ${told?.kind}`);
		const kind = told?.kind === "released" ? "released" : "none";
		this.#scribe.released(shopperId, times, told === null ? null : { kind });
	}

	async #look(shopperId: string): Promise<void> {
		const { times, told } = await this.#times(() => callSku(env, this.#sku, (object) => object.reservation(shopperId)));
		const answer: Answer | null = told?.kind === "found" ? snapshotAnswer(told.reservation) : { kind: "none" };
		this.#sim.log(`${shopperId} looks: ${answer.kind}`);
		this.#scribe.looked(shopperId, times, told === null ? null : answer);
	}

	async restock(): Promise<void> {
		const request = { quantity: this.#sim.prng.int(1, 5), reference: null, ifOnHand: null };
		const keyed = { key: this.#actors.key(), fingerprint: "" };
		const { times, told } = await this.#times(() =>
			callSku(env, this.#sku, (object) => object.restock(request, keyed)),
		);
		this.#sim.log(`${request.quantity} arrive: ${told?.kind}`);
		this.#scribe.restocked(request.quantity, times, told === null ? null : { kind: "restocked" });
	}

	/** One cart at a time: what was paid is looked at before the next. */
	async #checkOut(shopperId: string): Promise<void> {
		if (this.#scribe.isPaying(shopperId) || this.#started.has(shopperId)) return;
		this.#started.add(shopperId);
		const units = this.#sim.prng.pick([1, 1, 2]);
		const lines = [{ sku: this.#sku, quantity: units }];
		// Other simulations of the seed have the same shoppers, and a checkout is named after its shopper and key.
		const key = `told-${this.#actors.key()}`;
		const rest = { shopperId, lines, partial: false, acceptPreorder: !this.#reservers.has(shopperId) };
		const id = await checkoutIdOf(shopperId, key);
		this.#sim.requests.set(id, { key, ...rest });
		const { times, told } = await this.#times(() => {
			this.#sim.callLog.prodded(id, Date.now());
			return callCheckout(env, id, (object) => object.open({ id, email: "ada@example.com", ...rest }, key));
		});
		const answer = told?.kind === "opened" ? tillAnswer(told.checkout, units) : null;
		this.#sim.log(`${shopperId} opens ${id} for ${units}: ${answer?.kind}`);
		this.#scribe.checkedOut(shopperId, units, times, answer);
		if (told?.kind === "opened" && told.checkout.phase === "awaiting" && told.checkout.payment !== null) {
			const { payment, payByMs } = told.checkout;
			this.#carts.set(shopperId, { checkoutId: id, paymentId: payment.seen.id, units, payByMs });
		} else if (answer?.kind === "refused" || answer?.kind === "none") this.#started.delete(shopperId);
	}

	async #pay(shopperId: string): Promise<void> {
		const cart = this.#carts.get(shopperId);
		if (cart === undefined || this.#scribe.isPaying(shopperId)) return;
		const { prng } = this.#sim;
		const outcome = prng.weighted({ approve: 5, capture: 2, decline: 1 });
		const how = { delayMs: prng.pick([0, 0, 5_000, 60_000]), copies: prng.pick([1, 2]), silent: prng.chance(0.1) };
		const calledAtMs = this.#instant();
		const result = await this.#actors.provider.confirm(cart.paymentId, { outcome, ...how });
		const times = { calledAtMs, endedAtMs: this.#instant() };
		this.#sim.log(`${shopperId} pays for ${cart.checkoutId}, ${outcome}: ${result.kind}`);
		const isTaken = result.kind === "ok" && result.payment.status !== "voided";
		if (!isTaken && Date.now() >= cart.payByMs) {
			// The cart is over. Its "no" says nothing of units that its shopper may have reserved beside it or since.
			this.#carts.delete(shopperId);
			this.#started.delete(shopperId);
			return;
		}
		const answer: Answer = { kind: !isTaken ? "none" : outcome === "decline" ? "declined" : "pending" };
		// The card of somebody who has paid is not asked again.
		if (outcome !== "decline" || (isTaken && result.payment.status === "open")) {
			this.#scribe.paid(shopperId, cart.units, times, answer);
		}
	}

	async #read(shopperId: string): Promise<void> {
		const cart = this.#carts.get(shopperId);
		if (cart === undefined) return;
		const { times, told } = await this.#times(() => {
			this.#sim.callLog.prodded(cart.checkoutId, Date.now());
			return callCheckout(env, cart.checkoutId, (object) => object.read());
		});
		const answer = told === null ? null : outcomeOf(told, cart.units);
		this.#sim.log(`${shopperId} reads ${cart.checkoutId}: ${answer?.kind}`);
		this.#scribe.read(shopperId, times, answer);
		if (answer === null || answer.kind === "pending") return;
		this.#carts.delete(shopperId);
		this.#started.delete(shopperId);
	}
}

// ---- What the answers mean

function answerOf(result: ReserveResult): Answer {
	if ("reservation" in result) return snapshotAnswer(result.reservation);
	if (result.kind !== "sold-out") return { kind: "none" };
	// Units are free, and it is not this shopper's turn: no word on whether there are any.
	return { kind: result.noneForPublic === false && result.retryAtMs !== null ? "none" : "refused" };
}

function snapshotAnswer({ status, quantity: units, expiresAtMs }: ReservationSnapshot): Answer {
	if (status === "waiting") return { kind: "waiting", units };
	if (status !== "held" || expiresAtMs === null) return { kind: "none" };
	return { kind: "held", units, untilMs: expiresAtMs };
}

/** A checkout that has ended before its shopper heard of it may have held units in between. */
function tillAnswer(c: Checkout, units: number): Answer {
	const [line] = c.lines;
	if (c.phase === "closed" && line?.claim === "refused" && line.refusal.kind === "sold-out") {
		// With a time, units are free, and it is not this shopper's turn, as in `answerOf`.
		return { kind: line.refusal.retryAtMs == null ? "refused" : "none" };
	}
	if (c.phase === "completed") return outcomeOf(c, units);
	if (c.phase !== "awaiting" || line?.claim !== "pinned") return { kind: "pending" };
	return line.fulfilment === "preorder" ? { kind: "carted", units } : { kind: "held", units, untilMs: c.payByMs };
}

function outcomeOf(c: Checkout, units: number): Answer {
	const [line] = c.lines;
	if (c.phase === "completed" && line?.claim === "committed")
		return { kind: line.fulfilment === "preorder" ? "owed" : "sold", units };
	if (c.phase !== "closed") return { kind: "pending" };
	const { status, capturedMinor, refundedMinor } = c.payment?.seen ?? {
		status: "voided",
		capturedMinor: 0,
		refundedMinor: 0,
	};
	if (status === "voided") return { kind: "none" };
	return { kind: capturedMinor > 0 && capturedMinor === refundedMinor ? "charged-for-nothing" : "pending" };
}
