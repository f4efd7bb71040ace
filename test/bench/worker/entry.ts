/**
 * The Worker as the bench runs it: Holdfast's own app and objects, with fakes of D1 and the queue, which plain
 * `workerd` does not have, and with routes that only the bench uses (`drive.ts`, `no-object.ts`). A request to
 * Holdfast's routes runs Holdfast's code and, in addition, only one look at its address and one counter for each call
 * of an object.
 */
import { createApp } from "../../../src/http/app.ts";
import { drive } from "./drive.ts";
import { withFakes } from "./fakes.ts";
import { noObject } from "./no-object.ts";

export { GateObject, SandboxObject, WebhookObject } from "../../../src/worker.ts";
export { BareFeed } from "./bare-feed.ts";
export { CheckoutObject, HoldingsObject, SkuObject } from "./objects.ts";

/** Defined by the bench when it builds this Worker, once with batching and once without. */
declare const BATCHING: boolean;

const app = createApp({ batching: BATCHING });
app.route("/", noObject);

export default {
	fetch(request, env, ctx) {
		const complete = withFakes(env);
		return request.url.includes("/bench/") ? drive(request, complete) : app.fetch(request, complete, ctx);
	},
} satisfies ExportedHandler<Env>;
