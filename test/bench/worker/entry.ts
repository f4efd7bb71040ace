/**
 * The Worker as the bench runs it: Holdfast's own app and objects, with stand-ins for D1 and the queue, which plain
 * `workerd` lacks, and with routes that only a bench needs.
 *
 * What it keeps true: a request to Holdfast's routes runs Holdfast's code and nothing else, but for one look at its
 * address and one counter at each call of an object. Not here: what the bench's routes do (`drive.ts`, `door.ts`).
 */
import { createApp } from "../../../src/http/app.ts";
import {
	CheckoutObject as Checkout,
	HoldingsObject as Holdings,
	SandboxObject,
	SkuObject as Sku,
} from "../../../src/worker.ts";
import { countCalls, countRows } from "./counted.ts";
import { drive } from "./drive.ts";
import { withStandIns } from "./fakes.ts";
import { door } from "./no-object.ts";

export { SandboxObject };

/** Rows are counted in the objects of SKUs named so, which takes time, so nothing is timed on them. */
const COUNTED = "counted-";

/** Set when the bench builds its Worker, once with and once without. */
declare const BATCHING: boolean;

const app = createApp({ batching: BATCHING });
app.route("/", door);

/** No checkout is timed in here. */
export class CheckoutObject extends Checkout {
	constructor(ctx: DurableObjectState, env: Env) {
		countRows(ctx.storage);
		super(ctx, withStandIns(env));
	}
}

/** Nor any of these. */
export class HoldingsObject extends Holdings {
	constructor(ctx: DurableObjectState, env: Env) {
		countRows(ctx.storage);
		super(ctx, env);
	}
}

/** A SKU's object that counts what it is asked, and can be made to forget itself. */
export class SkuObject extends Sku {
	readonly #state: DurableObjectState;
	#calls = 0;
	#asked = 0;

	constructor(ctx: DurableObjectState, env: Env) {
		if (ctx.id.name?.startsWith(COUNTED)) countRows(ctx.storage);
		super(ctx, withStandIns(env));
		this.#state = ctx;
	}

	override reserveMany(requests: Parameters<Sku["reserveMany"]>[0]): ReturnType<Sku["reserveMany"]> {
		this.#calls += 1;
		this.#asked += requests.shopperId.length;
		return super.reserveMany(requests);
	}

	/** Calls of `reserveMany` and reservations asked for in them, and bytes of the database. */
	async measured(): Promise<{ readonly calls: number; readonly asked: number; readonly bytes: number }> {
		return { calls: this.#calls, asked: this.#asked, bytes: this.#state.storage.sql.databaseSize };
	}

	/** As if the platform had put it to sleep: its next call begins with its constructor. */
	async sleep(): Promise<void> {
		this.#state.abort("put to sleep by the bench");
	}
}

countCalls(CheckoutObject);
countCalls(HoldingsObject);
countCalls(SkuObject);

export default {
	fetch(request, env, ctx) {
		const whole = withStandIns(env);
		return request.url.includes("/bench/") ? drive(request, whole) : app.fetch(request, whole, ctx);
	},
} satisfies ExportedHandler<Env>;
