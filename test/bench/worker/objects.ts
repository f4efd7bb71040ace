/** Holdfast's own objects with counters: of their calls, and of the rows that some of them write and read. */
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

	/** As when the platform puts it to sleep: the next call starts with the constructor. */
	async sleep(): Promise<void> {
		this.#state.abort("put to sleep by the bench");
	}
}

countCalls(CheckoutObject);
countCalls(HoldingsObject);
countCalls(SkuObject);
