/** Holdfast's own objects with counters: of their calls, and of the rows that some of them write and read. */
import { Carried } from "../../../src/stock/storage/carried.ts";
import { CheckoutObject as Checkout, HoldingsObject as Holdings, SkuObject as Sku } from "../../../src/worker.ts";
import { countCalls, countRows } from "./counted.ts";
import { withFakes } from "./fakes.ts";

/** Rows are counted in the objects of SKUs with this prefix. Counting takes time, so nothing is timed on them. */
const COUNTED = "counted-";

/** Rows are counted in every checkout: none is timed in here. */
export class CheckoutObject extends Checkout {
	constructor(ctx: DurableObjectState, env: Env) {
		countRows(ctx.storage);
		super(ctx, withFakes(env));
	}
}

/** Rows are counted in all of these too. */
export class HoldingsObject extends Holdings {
	constructor(ctx: DurableObjectState, env: Env) {
		countRows(ctx.storage);
		super(ctx, env);
	}
}

const FOLDED_AT_ONCE = 5_000;
const YEAR_MS = 365 * 86_400_000;
/** The id of the shopper of an old reservation, as `OLD_ROWS` makes it. */
export const oldShopper = (index: number): string => `s_old-${index}`;
/** Checkouts are in no order, as hashes are. */
const OLD_ROWS = `WITH RECURSIVE n (i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?1 + ?2)
	INSERT INTO reservations (id, shopperId, quantity, status, expiresAtMs, place, extensions, offered, checkoutId,
		returned, version, createdAtMs, endedAtMs)
	SELECT printf('0000%012d', i), 's_old-' || i, 1, IIF(i % 10 = 0, 'sold', 'expired'), NULL, NULL, 0, 0,
		IIF(i % 10 = 0, printf('co_%08x%08x', (i * 2654435761) % 4294967296, i), NULL), 0, 2, ?3, ?3 FROM n`;

/** A SKU's object that counts its calls and can be put to sleep. */
export class SkuObject extends Sku {
	readonly #state: DurableObjectState;
	#calls = 0;
	#asked = 0;

	constructor(ctx: DurableObjectState, env: Env) {
		if (ctx.id.name?.startsWith(COUNTED)) countRows(ctx.storage);
		super(ctx, withFakes(env));
		this.#state = ctx;
	}

	override reserveMany(requests: Parameters<Sku["reserveMany"]>[0]): ReturnType<Sku["reserveMany"]> {
		this.#calls += 1;
		this.#asked += requests.shopperId.length;
		return super.reserveMany(requests);
	}

	/** Calls of `reserveMany`, reservations requested in them, and bytes of the database. */
	async measured(): Promise<{ readonly calls: number; readonly asked: number; readonly bytes: number }> {
		return { calls: this.#calls, asked: this.#asked, bytes: this.#state.storage.sql.databaseSize };
	}

	/**
	 * Adds reservations that ended a year ago, as if it had sold for long: the first of each ten was sold, the rest
	 * expired. Rows and counters agree, so the audit balances.
	 */
	async age(from: number, rows: number): Promise<void> {
		const { sql } = this.#state.storage;
		const atMs = Date.now() - YEAR_MS;
		const sold = Math.floor((from + rows + 9) / 10) - Math.floor((from + 9) / 10);
		this.#state.storage.transactionSync(() => {
			sql.exec(OLD_ROWS, from, rows, atMs);
			sql.exec("UPDATE stock SET received = received + ?1, sold = sold + ?1, seq = seq + 1", sold);
			sql.exec(
				"INSERT INTO journal_pages (lastSeq, atMs, received, adjusted, entries) SELECT seq, ?, ?, 0, '[]' FROM stock",
				atMs,
				sold,
			);
		});
	}

	/** Folds all old rows, as the alarm does in slices once there are enough of them (`src/stock/folding.ts`). */
	async fold(): Promise<void> {
		const { sql } = this.#state.storage;
		const carried = new Carried(sql);
		for (let rows = FOLDED_AT_ONCE; rows === FOLDED_AT_ONCE; ) {
			rows = this.#state.storage.transactionSync(() => carried.fold(Date.now(), FOLDED_AT_ONCE));
			await scheduler.wait(0);
		}
	}

	/** As when the platform puts it to sleep: the next call starts with the constructor. */
	async sleep(): Promise<void> {
		this.#state.abort("put to sleep by the bench");
	}
}

countCalls(CheckoutObject);
countCalls(HoldingsObject);
countCalls(SkuObject);
