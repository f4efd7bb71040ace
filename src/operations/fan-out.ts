/**
 * Asks many objects the same question (scatter, gather). An object that does not answer is named and left out, so one
 * broken object does not keep the others from being looked at.
 */
import { CALL_TIMEOUT_MS } from "../limits.ts";
import { lateObject, messageOf } from "../platform/errors.ts";
import { withTimeout } from "../platform/timeout.ts";

export class FanOut {
	readonly #notAnswering = new Set<string>();

	/** SKUs and checkouts that did not answer, in the order in which they failed. */
	get notAnswering(): string[] {
		return [...this.#notAnswering];
	}

	/**
	 * The answers of those objects that answer, in the order of `names`.
	 * @param ask the call to the object of that name
	 */
	async call<R>(names: readonly string[], ask: (name: string) => Promise<R>): Promise<R[]> {
		const answers = await Promise.all(
			names.map(async (name) => {
				try {
					return { answer: await withTimeout(ask(name), CALL_TIMEOUT_MS, lateObject) };
				} catch (error) {
					this.#notAnswering.add(name);
					console.warn(`${name} did not answer: ${messageOf(error)}`);
					return null;
				}
			}),
		);
		return answers.flatMap((one) => (one === null ? [] : [one.answer]));
	}
}
