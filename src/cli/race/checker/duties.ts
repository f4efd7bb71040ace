/**
 * Reads a history: what each answer obliges a correct shop to have done, and between which times. `model.ts` says what
 * doing it means.
 *
 * - An act that was answered took effect between the call and the answer. One that was not took effect at any time since
 *   the call, or never.
 * - A fact that was answered was so at one instant between the call and the answer, or as long before the call as the shop
 *   says that its looks and refusals may be old.
 * - Requests with the same key are one intent. To restock, release or pay twice is to do it once: all answers tell of one
 *   effect. To ask again for a hold is to exchange it for itself, which takes no second unit, so that each answer is an
 *   act of its own, and a lost one is the first of them. A refusal is none: it only has to come before the effect.
 */
import type { History, Operation, Request } from "../history.ts";
import { earliestEnd, intentsOf, isTold, withoutHolds } from "./intents.ts";
import type { Act, Fact } from "./model.ts";

export interface Duty<What> {
	readonly what: What;
	readonly fromMs: number;
	/** Infinity: may be done, and need not. */
	readonly byMs: number;
	/** The operation whose answer says so. */
	readonly operation: number;
}

export interface Duties {
	readonly acts: readonly Duty<Act>[];
	readonly facts: readonly Duty<Fact>[];
	readonly buyers: readonly string[];
}

const NEVER = Number.POSITIVE_INFINITY;
const MERCHANT = "merchant";

/** @throws RangeError for a history that contradicts itself, such as an end before its call */
export function dutiesOf(history: History): Duties {
	return new Reader(history).read();
}

class Reader {
	readonly #history: History;
	readonly #withoutHolds: ReadonlySet<Request["kind"]>;
	readonly #intents: ReadonlyMap<number, readonly Operation[]>;
	readonly #acts: Duty<Act>[] = [];
	readonly #facts: Duty<Fact>[] = [];
	readonly #buyers = new Map<string, number>();
	/** Payments of each buyer, and when it was certain what became of them. */
	readonly #payments = new Map<string, { calledAtMs: number; settledAtMs: number }[]>();
	/** Until when the holds made by the reservations of a buyer may last. */
	readonly #reservedUntil = new Map<string, number>();

	constructor(history: History) {
		this.#history = history;
		this.#withoutHolds = withoutHolds(history);
		this.#intents = intentsOf(history.operations);
	}

	read(): Duties {
		for (const { id, actor, calledAtMs, endedAtMs } of this.#history.operations) {
			if (!(endedAtMs >= calledAtMs)) throw new RangeError(`operation ${id} ends before it is called`);
			if (actor !== MERCHANT && !this.#buyers.has(actor)) this.#buyers.set(actor, this.#buyers.size);
		}
		for (const intent of this.#intents.values()) this.#notePayments(intent);
		for (const payments of this.#payments.values()) payments.sort((one, other) => one.calledAtMs - other.calledAtMs);
		for (const intent of this.#intents.values()) this.#readIntent(intent);
		return { acts: this.#acts, facts: this.#facts, buyers: [...this.#buyers.keys()] };
	}

	#notePayments(intent: readonly Operation[]): void {
		const settledAtMs = Math.min(NEVER, ...intent.filter(isTold).map(({ endedAtMs }) => endedAtMs));
		for (const { request, actor, calledAtMs } of intent) {
			if (request.kind !== "pay") continue;
			const payments = this.#payments.get(actor);
			if (payments === undefined) this.#payments.set(actor, [{ calledAtMs, settledAtMs }]);
			else payments.push({ calledAtMs, settledAtMs });
		}
	}

	#readIntent(intent: readonly Operation[]): void {
		const [first] = intent as [Operation];
		switch (first.request.kind) {
			case "restock":
				this.#once(intent, "restocked", { kind: "restock", units: first.request.units });
				break;
			case "release":
				this.#once(intent, "released", { kind: "release", buyer: this.#buyer(first) });
				break;
			case "reserve":
			case "check-out":
				this.#readClaims(intent, first.request.units);
				break;
			case "pay":
				this.#readPayment(intent, first.request.units, first.request.approves);
				break;
			case "read-order":
				for (const operation of intent) this.#readOrder(operation);
				break;
			case "read-stock":
				for (const operation of intent) this.#readStock(operation);
				break;
		}
	}

	/** An intent that is done at most once, whatever the number of its answers. */
	#once(intent: readonly Operation[], done: string, act: Act): void {
		const told = intent.filter(({ answer }) => answer?.kind === done);
		const open = intent.filter((operation) => !isTold(operation));
		if (told.length > 0) this.#act(act, [...open, ...told], earliestEnd(told));
		else if (open.length > 0) this.#act(act, open, null);
	}

	/** Reservations and visits to the till. Each answer is an act of its own. */
	#readClaims(intent: readonly Operation[], units: number): void {
		const first = earliestEnd(intent.filter(({ answer }) => answer !== null && CLAIMS.has(answer.kind)));
		const lost = intent.filter((operation) => !isTold(operation));
		for (const operation of intent) {
			const { request, answer } = operation;
			const calls = operation === first ? [...lost, operation] : [operation];
			const buyer = this.#buyer(operation);
			switch (answer?.kind) {
				case "held":
					this.#act(this.#hold(operation, answer.units, answer.untilMs), calls, operation);
					break;
				case "carted":
					this.#act({ kind: "begin", buyer }, calls, operation);
					break;
				case "waiting":
					this.#act({ kind: "wait", buyer, units: answer.units }, calls, operation);
					this.#fact({ kind: "short", buyer, units: answer.units }, operation, this.#history.promises.staleMs);
					break;
				case "sold":
					this.#act({ kind: "sell", buyer, units: answer.units }, calls, operation);
					break;
				case "owed":
					this.#owe(buyer, answer.units, calls, operation);
					break;
				case "charged-for-nothing":
					this.#fact({ kind: "late", buyer }, operation);
					break;
				// "No" to somebody who holds what they ask for is a second, other word. The till has the last one; a
				// reservation may be refused from memory.
				case "refused": {
					const { staleMs } = this.#history.promises;
					this.#fact({ kind: "short", buyer, units }, operation, staleMs);
					const memoryMs = request.kind === "reserve" ? staleMs : 0;
					this.#fact({ kind: "uncovered", buyer, units, before: null }, operation, memoryMs);
				}
			}
		}
		if (first === null && lost.length > 0) this.#readLostClaim(lost, units);
	}

	#readLostClaim(lost: readonly Operation[], units: number): void {
		const [{ request }] = lost as [Operation];
		const buyer = this.#buyer(lost[0] as Operation);
		if (this.#withoutHolds.has(request.kind)) this.#act({ kind: "begin", buyer }, lost, null);
		else this.#act({ kind: "hold", buyer, units, fromMs: -NEVER, byMs: NEVER }, lost, null);
		if (request.kind === "reserve" && request.waits === true) this.#act({ kind: "wait", buyer, units }, lost, null);
	}

	#readPayment(intent: readonly Operation[], units: number, approves: boolean): void {
		const buyer = this.#buyer(intent[0] as Operation);
		const decided = intent.filter(({ answer }) => answer !== null && DECISIONS.has(answer.kind));
		const open = intent.filter((operation) => !isTold(operation));
		const first = earliestEnd(decided);
		const answer = first?.answer ?? null;
		const other = decided.find((operation) => !isSameDecision(operation, first));
		if (other !== undefined) this.#fact({ kind: "contradiction", buyer }, other);
		const calls = [...open, ...decided];
		let sale: number | null = null;
		if (answer?.kind === "sold") sale = this.#act({ kind: "sell", buyer, units: answer.units }, calls, first);
		else if (answer?.kind === "owed") this.#owe(buyer, answer.units, calls, first);
		else if (first !== null) {
			const calledAtMs = Math.min(...calls.map((call) => call.calledAtMs));
			this.#fact({ kind: "late", buyer }, first, first.calledAtMs - calledAtMs);
		} else if (open.length > 0 && approves) sale = this.#act({ kind: "sell", buyer, units }, open, null);
		for (const operation of intent) if (approves) this.#readRefusedPayment(operation, units, sale);
	}

	/** The money was there, and the shop did not want it. */
	#readRefusedPayment(operation: Operation, units: number, before: number | null): void {
		const buyer = this.#buyer(operation);
		if (!NOT_PAID.has(operation.answer?.kind ?? "")) return;
		this.#fact({ kind: "uncovered", buyer, units, before }, operation);
		this.#fact({ kind: "turned-away", buyer, units }, operation, this.#history.promises.staleMs);
	}

	#readOrder(operation: Operation): void {
		const { answer } = operation;
		const buyer = this.#buyer(operation);
		switch (answer?.kind) {
			case undefined:
			case "failed":
			case "pending":
				return;
			case "sold":
				this.#fact({ kind: "ordered", buyer, units: answer.units }, operation);
				break;
			case "charged-for-nothing":
				this.#fact({ kind: "refunded", buyer }, operation);
				break;
			default:
				this.#fact({ kind: "not-ordered", buyer }, operation);
		}
	}

	/** The two numbers may have been read one after the other. */
	#readStock(operation: Operation): void {
		const { answer } = operation;
		if (answer?.kind !== "stock") return;
		const { staleMs } = this.#history.promises;
		this.#fact({ kind: "available", units: answer.available }, operation, staleMs);
		if (answer.sold !== null) this.#fact({ kind: "counted", units: answer.sold }, operation, staleMs);
	}

	/** Paid for units that are yet to come: they may come at any time. */
	#owe(buyer: number, units: number, calls: readonly Operation[], told: Operation | null): void {
		this.#act({ kind: "owe", buyer, units }, calls, told);
		this.#act({ kind: "fill", buyer }, calls, null);
	}

	/**
	 * The clocks of shop and recorder differ, and a payment may be taken a while after the end; what is gained by either is
	 * the shop's. While a payment is under way that was made before the end, the hold may wait for it. And when a checkout
	 * ends without a sale, what was reserved before it may be the buyer's again until its own end.
	 */
	#hold({ actor, request, endedAtMs }: Operation, units: number, untilMs: number): Act {
		const { clockMs, graceMs } = this.#history.promises;
		let byMs = Math.max(untilMs + graceMs + clockMs, endedAtMs);
		if (request.kind === "check-out") byMs = Math.max(byMs, this.#reservedUntil.get(actor) ?? byMs);
		for (const { calledAtMs, settledAtMs } of this.#payments.get(actor) ?? [])
			if (calledAtMs <= byMs) byMs = Math.max(byMs, settledAtMs);
		if (request.kind === "reserve")
			this.#reservedUntil.set(actor, Math.max(byMs, this.#reservedUntil.get(actor) ?? byMs));
		const buyer = this.#buyers.get(actor) as number;
		return { kind: "hold", buyer, units, fromMs: untilMs - clockMs, byMs };
	}

	/** @param told null when no answer says that it took effect: perhaps never */
	#act(what: Act, calls: readonly Operation[], told: Operation | null): number {
		const fromMs = Math.min(...calls.map(({ calledAtMs }) => calledAtMs));
		const { id } = told ?? (calls[0] as Operation);
		return this.#acts.push({ what, fromMs, byMs: told?.endedAtMs ?? NEVER, operation: id }) - 1;
	}

	#fact(what: Fact, { id, calledAtMs, endedAtMs }: Operation, earlierMs = 0): void {
		this.#facts.push({ what, fromMs: calledAtMs - earlierMs, byMs: endedAtMs, operation: id });
	}

	#buyer({ actor }: Operation): number {
		return this.#buyers.get(actor) ?? -1;
	}
}

const CLAIMS = new Set(["held", "carted", "waiting", "sold", "owed"]);
const DECISIONS = new Set(["sold", "owed", "charged-for-nothing"]);
const NOT_PAID = new Set(["refused", "none", "declined"]);

const isSameDecision = ({ answer }: Operation, first: Operation | null): boolean =>
	answer?.kind === first?.answer?.kind &&
	(answer?.kind !== "sold" || first?.answer?.kind !== "sold" || answer.units === first.answer.units);
