/**
 * Tells D1 that something of a SKU may be open, so that the sweep looks at it: once, with the first change of the
 * object's life or after it rested. Nobody waits for D1, and one that fails is asked again with a later change.
 */
import { markingOpen } from "../catalog/open-sku-store.ts";
import { RESEND_FIRST_MS } from "../limits.ts";
import type { Stock } from "./rules/model.ts";

/**
 * Whether nothing of a SKU is open: no units are held, nobody waits, and there is nothing to be done or sent.
 * @param duesMs when each kind of thing is due; null for never
 */
export function rests(stock: Pick<Stock, "held" | "waiting">, duesMs: readonly (number | null)[]): boolean {
	return stock.held === 0 && stock.waiting === 0 && duesMs.every((dueMs) => dueMs === null);
}

export class OpenMark {
	readonly #db: () => D1Database;
	readonly #keepAlive: (work: Promise<unknown>) => void;
	/** When a change is to be told to D1; Infinity while D1 knows. */
	#fromMs = 0;

	constructor(db: () => D1Database, keepAlive: (work: Promise<unknown>) => void) {
		this.#db = db;
		this.#keepAlive = keepAlive;
	}

	/** The SKU has changed, and that is stored. */
	changed(sku: string, nowMs: number): void {
		if (nowMs < this.#fromMs) return;
		this.#fromMs = Number.POSITIVE_INFINITY;
		const retry = () => {
			this.#fromMs = nowMs + RESEND_FIRST_MS;
		};
		const marked = Promise.resolve().then(() => markingOpen(this.#db(), sku, nowMs).run());
		this.#keepAlive(marked.catch(retry));
	}

	/** The sweep is told that nothing is open, and takes the SKU off the list: the next change puts it there again. */
	rested(): void {
		this.#fromMs = 0;
	}
}
