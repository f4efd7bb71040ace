/**
 * Asks many objects the same question (scatter, gather). An object that does not answer is named and left out, so one
 * broken object does not keep the others from being looked at.
 */
import { CALL_TIMEOUT_MS } from "../limits.ts";
import { lateObject, messageOf } from "../platform/errors.ts";
import { log } from "../platform/log.ts";
import { withTimeout } from "../platform/timeout.ts";

export class FanOut {
	readonly #notAnswering = new Set<string>();
	#calls = 0;

	/** SKUs and checkouts that did not answer, in the order in which they failed. */
	get notAnswering(): string[] {
		return [...this.#notAnswering];
	}

	/** Calls so far, to objects and to D1: an invocation of the Worker may make so many only. */
	get calls(): number {
		return this.#calls;
	}

	/** Counts statements to D1 among the calls. */
	countStatements(statements: number): void {
		this.#calls += statements;
	}

	/**
	 * The answers of those objects that answer, in the order of `names`.
	 * @param ask the call to the object of that name
	 * @param atOnce how many calls may be under way
	 */
	async call<R>(
		names: readonly string[],
		ask: (name: string) => Promise<R>,
		atOnce: number = names.length,
	): Promise<R[]> {
		const answers: R[] = [];
		for (let from = 0; from < names.length; from += atOnce) {
			const some = await Promise.all(names.slice(from, from + atOnce).map((name) => this.#ask(name, ask)));
			answers.push(...some.flat());
		}
		return answers;
	}

	/** @returns nothing when the object does not answer */
	async #ask<R>(name: string, ask: (name: string) => Promise<R>): Promise<[R] | []> {
		this.#calls++;
		try {
			return [await withTimeout(ask(name), CALL_TIMEOUT_MS, lateObject)];
		} catch (error) {
			this.#notAnswering.add(name);
			log("object-not-answering", { name, error: messageOf(error) });
			return [];
		}
	}
}
