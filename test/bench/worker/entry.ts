/**
 * The Worker as the bench runs it: Holdfast's own app and objects, with stand-ins for D1 and the queue, which plain
 * `workerd` lacks, and with routes that only a bench needs.
 *
 * What it keeps true: a request to Holdfast's routes runs Holdfast's code and nothing else, but for one look at its
 * address and one call counter in the object. Not here: what the bench's routes do (`drive.ts`, `door.ts`).
 */
import { app } from "../../../src/app.ts";
import { CheckoutObject as Checkout, SandboxObject, SkuObject as Sku } from "../../../src/worker.ts";
import { Counted } from "./counted.ts";
import { door } from "./door.ts";
import { drive } from "./drive.ts";
import { withStandIns } from "./stand-ins.ts";

export { SandboxObject };

/** Objects of SKUs named so count the rows they write, which takes time, so nothing is timed on them. */
const COUNTED = "counted-";

app.route("/", door);

export class CheckoutObject extends Checkout {
	constructor(ctx: DurableObjectState, env: Env) {
		super(ctx, withStandIns(env));
	}
}

/** A SKU's object that counts what it is asked, and can be made to forget itself. */
export class SkuObject extends Sku {
	readonly #state: DurableObjectState;
	readonly #rows: Counted | null;
	#calls = 0;
	#asked = 0;

	constructor(ctx: DurableObjectState, env: Env) {
		const rows = ctx.id.name?.startsWith(COUNTED) ? new Counted(ctx.storage) : null;
		super(ctx, withStandIns(env));
		this.#state = ctx;
		this.#rows = rows;
	}

	override reserveMany(requests: Parameters<Sku["reserveMany"]>[0]): ReturnType<Sku["reserveMany"]> {
		this.#calls += 1;
		this.#asked += requests.length;
		return super.reserveMany(requests);
	}

	/** Calls of `reserveMany` and reservations asked for in them, rows if they are counted, bytes of the database. */
	async measured() {
		const bytes = this.#state.storage.sql.databaseSize;
		return { calls: this.#calls, asked: this.#asked, bytes, rows: this.#rows?.rows() ?? null };
	}

	/** As if the platform had put it to sleep: its next call begins with its constructor. */
	async sleep(): Promise<void> {
		this.#state.abort("put to sleep by the bench");
	}
}

export default {
	fetch(request, env, ctx) {
		const whole = withStandIns(env);
		return request.url.includes("/bench/") ? drive(request, whole) : app.fetch(request, whole, ctx);
	},
} satisfies ExportedHandler<Env>;
