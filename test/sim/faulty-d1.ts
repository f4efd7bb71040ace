/**
 * D1 as a simulation has it: away for minutes now and then, and in between any call may fail or be slow, before it takes
 * effect or after. Every call counts, whether it is answered or not.
 *
 * Slow is by the clock of the simulation: the call waits until the clock has moved so far, and others go on meanwhile. So
 * each piece of work that uses D1 has a session, which tells whether it is asleep.
 */
import type { Prng } from "./prng.ts";
import type { Trouble, TroubleCounts } from "./trouble.ts";

export const D1_AWAY = "D1 is down";
export const D1_FAILS = "D1 failed at this call";

const SLOW_SECONDS = [5, 40, 300] as const;

type Slow = { readonly untilMs: number; readonly session: D1Session; readonly wake: () => void };

const FAULTS: readonly { readonly what: Trouble; readonly isSlow: boolean; readonly takesEffect: boolean }[] = [
	{ what: "calls of D1 that failed before they took effect", isSlow: false, takesEffect: false },
	{ what: "calls of D1 that failed after they took effect", isSlow: false, takesEffect: true },
	{ what: "calls of D1 that took effect late", isSlow: true, takesEffect: false },
	{ what: "answers of D1 that came late", isSlow: true, takesEffect: true },
];

export class FaultyD1 {
	isAway = false;
	readonly #real: D1Database;
	readonly #counts: TroubleCounts;
	readonly #prng: Prng;
	readonly #rate: () => number;
	readonly #sleeping = new Set<Slow>();

	/** @param rate the probability that a call fails or is slow */
	constructor(real: D1Database, counts: TroubleCounts, prng: Prng, rate: () => number) {
		this.#real = real;
		this.#counts = counts;
		this.#prng = prng;
		this.#rate = rate;
	}

	session(): D1Session {
		return new D1Session(this.#real, this);
	}

	/** Lets the calls go on that the clock has reached, or all of them. */
	wake(nowMs: number): void {
		for (const slow of this.#sleeping) {
			if (slow.untilMs > nowMs) continue;
			this.#sleeping.delete(slow);
			slow.session.wakes();
			slow.wake();
		}
	}

	async call<T>(session: D1Session, real: () => Promise<T>): Promise<T> {
		if (this.isAway) {
			session.callsWhileAway++;
			this.#counts.happened("calls of D1 while it was away");
			throw new Error(D1_AWAY);
		}
		if (!this.#prng.chance(this.#rate())) return real();
		const { what, isSlow, takesEffect } = this.#prng.pick(FAULTS);
		this.#counts.happened(what);
		if (!isSlow) {
			if (takesEffect) await real();
			throw new Error(D1_FAILS);
		}
		if (takesEffect) {
			const answer = await real();
			await this.#sleep(session);
			return answer;
		}
		await this.#sleep(session);
		return real();
	}

	#sleep(session: D1Session): Promise<void> {
		const untilMs = Date.now() + this.#prng.pick(SLOW_SECONDS) * 1_000;
		session.sleeps();
		return new Promise<void>((wake) => this.#sleeping.add({ untilMs, session, wake }));
	}
}

/** D1 for one piece of work. */
export class D1Session {
	readonly db: D1Database;
	callsWhileAway = 0;
	readonly #d1: FaultyD1;
	#asleep = 0;
	/** Resolves when a call of this session falls asleep; a new one when none of them sleeps any more. */
	#fallsAsleep = Promise.withResolvers<void>();

	constructor(real: D1Database, d1: FaultyD1) {
		this.#d1 = d1;
		this.db = this.#wrapDatabase(real);
	}

	/** Waits until the work is done, or waits for the clock. */
	async untilAsleep(work: Promise<unknown>): Promise<void> {
		await Promise.race([work, this.#fallsAsleep.promise]);
	}

	sleeps(): void {
		this.#asleep++;
		this.#fallsAsleep.resolve();
	}

	wakes(): void {
		if (--this.#asleep === 0) this.#fallsAsleep = Promise.withResolvers();
	}

	#wrapDatabase(real: D1Database): D1Database {
		return new Proxy(real, {
			get: (database, name) => {
				const member: unknown = Reflect.get(database, name);
				if (typeof member !== "function") return member;
				if (name === "prepare") return (query: string) => this.#wrapStatement(database.prepare(query));
				if (name === "batch") {
					return (statements: D1PreparedStatement[]) =>
						this.#ask(() => database.batch(statements.map((statement) => UNWRAPPED.get(statement) ?? statement)));
				}
				return (...args: unknown[]) => this.#ask(() => member.apply(database, args));
			},
		});
	}

	#wrapStatement(real: D1PreparedStatement): D1PreparedStatement {
		const wrapped = new Proxy(real, {
			get: (statement, name) => {
				const member: unknown = Reflect.get(statement, name);
				if (typeof member !== "function") return member;
				if (name === "bind") return (...values: unknown[]) => this.#wrapStatement(statement.bind(...values));
				return (...args: unknown[]) => this.#ask(() => member.apply(statement, args));
			},
		});
		UNWRAPPED.set(wrapped, real);
		return wrapped;
	}

	#ask<T>(real: () => Promise<T>): Promise<T> {
		return this.#d1.call(this, real);
	}
}

/** D1 takes only statements of its own making in a batch. */
const UNWRAPPED = new WeakMap<D1PreparedStatement, D1PreparedStatement>();
