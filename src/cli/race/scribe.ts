/**
 * Writes the history of one SKU down for somebody who drives a Holdfast for another purpose than a race: who asked what,
 * and what they were told in the end. A call that is repeated until it has an answer is one operation, which lasts as long
 * as it was tried.
 *
 * Three things are told later than they are asked, and become one operation each: a payment, whose outcome the checkout
 * shows; a promotion from the waitlist, which took place since the buyer was last told to wait; and an offer that ran out
 * before its buyer looked, who has left the waitlist.
 *
 * Left out, since a history has no word for it: that a pre-order was filled (it may be at any time), and refunds that the
 * merchant makes.
 */
import type { Answer, History, Operation, Promises, Request } from "./history.ts";

/** When it was asked, and when the answer was there, by the recorder's clock. */
export interface Times {
	readonly calledAtMs: number;
	readonly endedAtMs: number;
}

/** Null: none came. */
type Told = Answer | null;
type Written = { -readonly [Name in keyof Operation]: Operation[Name] };

/** The recorder's clock: milliseconds since 1970, which nobody sets while it runs. */
export const nowMs = (): number => performance.timeOrigin + performance.now();

export class Scribe {
	readonly #written: Omit<Written, "id">[] = [];
	/** Payments whose outcome nobody was told. */
	readonly #paying = new Map<string, Omit<Written, "id">>();
	/** Who waits, for how many units, and when they were last told so. */
	readonly #waiting = new Map<string, { readonly units: number; readonly toldAtMs: number }>();

	restocked(units: number, times: Times, told: Told = { kind: "restocked" }): void {
		this.#write("merchant", { kind: "restock", units }, times, told);
	}

	stock(stock: { readonly available: number; readonly sold: number; readonly waiting: number }, times: Times): void {
		// What is free while somebody waits stands free for them.
		const available = stock.waiting > 0 ? 0 : stock.available;
		this.#write("merchant", { kind: "read-stock" }, times, { kind: "stock", available, sold: stock.sold });
	}

	reserved(actor: string, units: number, waits: boolean, times: Times, told: Told): void {
		this.#write(actor, { kind: "reserve", units, ...(waits ? { waits } : {}) }, times, told);
		if (told?.kind === "waiting") this.#waiting.set(actor, { units, toldAtMs: times.endedAtMs });
		else if (told?.kind === "held") this.#waiting.delete(actor);
	}

	/** A buyer looked at their own reservation. Only who waits learns something by it. */
	looked(actor: string, times: Times, told: Told): void {
		const waiting = this.#waiting.get(actor);
		if (waiting === undefined || told === null || told.kind === "failed") return;
		const { units, toldAtMs } = waiting;
		const since = { calledAtMs: toldAtMs, endedAtMs: times.endedAtMs };
		if (told.kind === "waiting") {
			this.#waiting.set(actor, { units, toldAtMs: times.calledAtMs });
			return;
		}
		this.#waiting.delete(actor);
		if (told.kind === "held") this.#write(actor, { kind: "reserve", units, waits: true }, since, told);
		else this.#write(actor, { kind: "release" }, since, { kind: "released" });
	}

	isWaiting(actor: string): boolean {
		return this.#waiting.has(actor);
	}

	released(actor: string, times: Times, told: Told): void {
		this.#write(actor, { kind: "release" }, times, told);
		if (told?.kind === "released") this.#waiting.delete(actor);
	}

	checkedOut(actor: string, units: number, times: Times, told: Told): void {
		this.#write(actor, { kind: "check-out", units }, times, told);
		if (told?.kind === "held") this.#waiting.delete(actor);
	}

	/** The provider was asked, and mostly only the checkout knows what comes of it. */
	paid(actor: string, units: number, times: Times, told: Told): void {
		const request = { kind: "pay", units, approves: told?.kind !== "declined" } as const;
		const operation = this.#write(actor, request, times, told);
		if (told === null || told.kind === "pending") this.#paying.set(actor, operation);
	}

	isPaying(actor: string): boolean {
		return this.#paying.has(actor);
	}

	/** A buyer looked at their checkout. Only who has paid for it learns something by it. */
	read(actor: string, times: Times, told: Told): void {
		const payment = this.#paying.get(actor);
		if (payment === undefined || told === null || told.kind === "pending" || told.kind === "failed") return;
		this.#paying.delete(actor);
		payment.answer = told;
		payment.endedAtMs = times.endedAtMs;
	}

	history(seed: number, promises: Promises): History {
		const inOrder = [...this.#written].sort((one, other) => one.calledAtMs - other.calledAtMs);
		return { seed, promises, operations: inOrder.map((operation, id) => ({ ...operation, id })) };
	}

	#write(actor: string, request: Request, times: Times, answer: Told): Omit<Written, "id"> {
		const operation = { actor, request, ...times, answer, repeats: null };
		this.#written.push(operation);
		return operation;
	}
}
