/**
 * Asking many objects the same. One that cannot answer keeps nobody from hearing of the others: it is named instead, so that
 * one broken object does not end every sweep before the rest was looked at.
 */
import { CALL_TIMEOUT_MS } from "../limits.ts";
import { withTimeout } from "../platform/timeout.ts";

export class FanOut {
	readonly #notAnswering = new Set<string>();

	/** SKUs and checkouts that did not answer, in the order in which that was found. */
	get notAnswering(): string[] {
		return [...this.#notAnswering];
	}

	/** What those of `names` answer who do, in their order. @param ask the call to the object of that name */
	async call<R>(names: readonly string[], ask: (name: string) => Promise<R>): Promise<R[]> {
		const answers = await Promise.all(
			names.map(async (name) => {
				try {
					return { answer: await withTimeout(ask(name), CALL_TIMEOUT_MS) };
				} catch (fault) {
					this.#notAnswering.add(name);
					console.warn(`survey: ${name} did not answer: ${fault instanceof Error ? fault.message : "unknown fault"}`);
					return null;
				}
			}),
		);
		return answers.flatMap((one) => (one === null ? [] : [one.answer]));
	}
}
