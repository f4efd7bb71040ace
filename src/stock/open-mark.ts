/**
 * Tells D1 that something of a SKU may be open, so that the sweep looks at it: once, with the first change of the
 * object's life or after it rested. Nobody waits for D1, and one that fails is asked again with a later change.
 */
import { markingOpen } from "../catalog/open-sku-store.ts";
import { RESEND_FIRST_MS } from "../limits.ts";
import type { Due } from "./alarm.ts";
import type { StockReport } from "./rpc.ts";
import { rests } from "./rules/rest.ts";

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

	/** Tells the sweep when nothing is open. It takes the SKU off the list then, and the next change puts it there again. */
	withRest(report: StockReport, dues: readonly Due[], nowMs: number): StockReport {
		const duesMs = dues.map((dueMs) => dueMs(nowMs));
		if (!rests(report.stock, duesMs)) return report;
		this.#fromMs = 0;
		return { ...report, restsSinceMs: nowMs };
	}
}
