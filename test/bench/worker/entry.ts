/**
 * The Worker as the bench runs it: Holdfast's own app and objects, with stand-ins for D1 and the queue, which plain
 * `workerd` lacks, and with routes that only a bench needs.
 *
 * What it keeps true: a request to Holdfast's routes runs Holdfast's code and nothing else, but for one look at its
 * address and one call counter in the object. Not here: what the bench's routes do (`drive.ts`, `door.ts`).
 */
import { app } from "../../../src/app.ts";
import { CheckoutObject as Checkout, SandboxObject, SkuObject as Sku } from "../../../src/worker.ts";
import { door } from "./door.ts";
import { drive } from "./drive.ts";
import { Counted } from "./sql.ts";
import { withStandIns } from "./stand-ins.ts";

export { SandboxObject };

app.route("/", door);

export class CheckoutObject extends Checkout {
	constructor(ctx: DurableObjectState, env: Env) {
		super(ctx, withStandIns(env));
	}
}

/** A SKU's object that counts what it is asked and what it writes, and can be made to forget itself. */
export class SkuObject extends Sku {
	readonly #state: DurableObjectState;
	readonly #written: Counted;
	#calls = 0;

	constructor(ctx: DurableObjectState, env: Env) {
		const written = new Counted(ctx.storage.sql);
		super(ctx, withStandIns(env));
		this.#state = ctx;
		this.#written = written;
	}

	override reserveMany(requests: Parameters<Sku["reserveMany"]>[0]): ReturnType<Sku["reserveMany"]> {
		this.#calls += 1;
		return super.reserveMany(requests);
	}

	/** Calls of `reserveMany`, and bytes of its database. */
	async measured(): Promise<{ readonly calls: number; readonly bytes: number; readonly rowsWritten: number }> {
		return {
			calls: this.#calls,
			bytes: this.#state.storage.sql.databaseSize,
			rowsWritten: this.#written.rows(this.#state.storage.sql),
		};
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
