/**
 * A row's calls to the shop, and what their answers mean for the row.
 *
 * Each call takes effect once, however often the file is imported: a product is set to what it should be, and stock moves
 * under a key that follows from the row. So units are not counted again where a sale has since brought the count back to
 * what the file expects.
 */
import {
	type Admin,
	type AnyProblem,
	type CallOptions,
	NoAnswerError,
	ProblemError,
	type Result,
} from "../client/index.ts";
import { MAX_NOTE, PRODUCT_TTL_MS } from "../limits.ts";
import type { WantedCount } from "./inventory-rows.ts";
import type { Known, Step } from "./plan.ts";
import type { Refusal } from "./report.ts";

/** What came of a call: it is done, an earlier import has done it, or why not. */
export type Made = "done" | "done-before" | Refusal;

type Patience = Pick<CallOptions, "patienceMs" | "signal">;

/** A row that has its plan. */
interface PlannedRow {
	readonly sku: string;
	readonly row: number;
	/** What the shop has of the SKU; null when it does not have it. */
	readonly known: Known | null;
}

/** A SKU has a first stock once, whichever file brings it. */
const FIRST_STOCK_KEY = "csv-first-stock";
const POLL_MS = 500;

export class ShopRows {
	readonly #admin: Admin;
	readonly #fileName: string;
	readonly #options: Patience;

	constructor(admin: Admin, fileName: string, options: Patience) {
		this.#admin = admin;
		this.#fileName = fileName;
		this.#options = options;
	}

	/**
	 * What the shop has of a SKU; null when it does not have it.
	 * @param asksForStock whether it has to be known that the SKU never had a unit
	 */
	async read(sku: string, asksForStock: boolean): Promise<Known | null | Refusal> {
		return orFault(async () => {
			const defined = await this.#admin.getDefinedProduct({ sku }, this.#options);
			if (!defined.ok) return defined.problem.type === "/problems/unknown-sku" ? null : refusalOf(defined);
			const product = defined.data;
			const hasUnits = product.stock !== null && product.stock.onHand + product.stock.sold > 0;
			if (!asksForStock || hasUnits) return { product, isNeverStocked: false };
			const stock = await this.#admin.getStock({ sku }, this.#options);
			if (!stock.ok) return refusalOf(stock);
			return { product, isNeverStocked: stock.data.received === 0 && stock.data.adjusted === 0 };
		});
	}

	/** Makes a step of a row's plan. @param known what the shop had before the first of them */
	async make(step: Step, { sku, row, known }: PlannedRow): Promise<Made> {
		const options = this.#options;
		const isNew = known === null;
		switch (step.kind) {
			case "define":
				return made(() => this.#admin.defineProduct({ sku, ...step.product }, options));
			case "change":
				return made(() => this.#admin.changeProduct({ sku, ...step.details }, options));
			case "archive": {
				const call = step.isArchived ? this.#admin.archiveProduct : this.#admin.unarchiveProduct;
				return made(onceDefined(isNew, () => call({ sku }, { ...options, afterLostAnswer: "repeat" })));
			}
			case "first-stock": {
				const delivery = { sku, quantity: step.units, reference: this.#note(row) };
				const keyed = { ...options, idempotencyKey: FIRST_STOCK_KEY };
				return made(onceDefined(isNew, () => this.#admin.restock(delivery, keyed)));
			}
			case "adjust":
				return this.#adjust(step.count, known?.product.stock?.version ?? 0);
		}
	}

	async #adjust(count: WantedCount, versionBefore: number): Promise<Made> {
		const { sku, row, expected, counted } = count;
		const change = { sku, delta: counted - expected, reason: this.#note(row), ifOnHand: expected };
		const keyed = { ...this.#options, idempotencyKey: await keyOf(count) };
		return orFault<Made>(async () => {
			const result = await this.#admin.adjustStock(change, keyed);
			// A repetition is answered as the call was the first time.
			if (result.ok) return result.data.version > versionBefore ? "done" : "done-before";
			const { problem } = result;
			switch (problem.type) {
				case "/problems/on-hand-changed":
					return { kind: "count-changed", expected, onHand: problem.onHand };
				case "/problems/below-held":
					return { kind: "below-held", shortBy: problem.shortBy };
				default:
					return madeOf(result);
			}
		});
	}

	/** For the journal. */
	#note(row: number): string {
		const end = `, row ${row}`;
		return `${this.#fileName.slice(0, MAX_NOTE - end.length).toWellFormed()}${end}`;
	}
}

const made = (call: () => Promise<Result<unknown, AnyProblem>>): Promise<Made> =>
	orFault(async () => {
		const result = await call();
		return result.ok ? "done" : madeOf(result);
	});

function madeOf(result: { readonly problem: AnyProblem }): Made {
	// The key was used for this row under another name of the file.
	return result.problem.type === "/problems/idempotency-key-reused" ? "done-before" : refusalOf(result);
}

/** @throws ProblemError when no row could be imported */
function refusalOf({ problem }: { readonly problem: AnyProblem }): Refusal {
	switch (problem.type) {
		case "/problems/unauthorized":
		case "/problems/not-configured":
			throw new ProblemError(problem);
		case "/problems/too-many-requests":
		case "/problems/temporarily-unavailable":
			return { kind: "busy" };
		case "/problems/unknown-sku":
			return { kind: "unknown-sku" };
		default: {
			const { errors = [] } = problem as { errors?: readonly { path: string; message: string }[] };
			const [first] = errors;
			const detail = first === undefined ? problem.detail : `${first.path} ${first.message}`;
			return { kind: "problem", title: problem.title, detail };
		}
	}
}

/** A fault of the server is of this row. No answer at all is of all rows. @throws NoAnswerError */
async function orFault<T>(call: () => Promise<T>): Promise<T | Refusal> {
	try {
		return await call();
	} catch (error) {
		if (error instanceof NoAnswerError && error.status !== null) return { kind: "fault", message: error.message };
		throw error;
	}
}

/** An isolate that was asked for a SKU before it was defined believes for a moment that there is none. */
function onceDefined<Answer extends Result<unknown, AnyProblem>>(isNew: boolean, call: () => Promise<Answer>) {
	return async (): Promise<Answer> => {
		for (let waitedMs = 0; ; waitedMs += POLL_MS) {
			const result = await call();
			const isUnknown = !result.ok && result.problem.type === "/problems/unknown-sku";
			if (!isNew || !isUnknown || waitedMs > PRODUCT_TTL_MS) return result;
			await new Promise((resolve) => setTimeout(resolve, POLL_MS));
		}
	};
}

/**
 * A key that this count has in any file, so that it is not lost when another row of the file is corrected. With the
 * version of an export of ours, a later export has other keys.
 */
async function keyOf({ sku, expected, counted, version }: WantedCount): Promise<string> {
	const text = JSON.stringify([sku, expected, counted, version]);
	const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
	return `csv-count-${Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
