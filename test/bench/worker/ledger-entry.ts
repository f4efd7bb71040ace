/**
 * The Worker as it is deployed, with D1, queues and limits, whose objects keep a ledger. Nothing is timed in it. The
 * platform's rate limiters, which Miniflare is not given, let everybody pass.
 */
import type { RecordMessage } from "../../../src/orders/messages.ts";
import * as product from "../../../src/worker.ts";
import { enter, enterCalls, enterStorage, takeEntries } from "./ledger.ts";

export class SkuObject extends product.SkuObject {
	constructor(ctx: DurableObjectState, env: Env) {
		enterStorage(ctx.storage, "SKU");
		super(ctx, withLedger(env));
	}
}

export class CheckoutObject extends product.CheckoutObject {
	constructor(ctx: DurableObjectState, env: Env) {
		enterStorage(ctx.storage, "checkout");
		super(ctx, withLedger(env));
	}
}

export class HoldingsObject extends product.HoldingsObject {
	constructor(ctx: DurableObjectState, env: Env) {
		enterStorage(ctx.storage, "shopper");
		super(ctx, env);
	}
}

export class SandboxObject extends product.SandboxObject {
	constructor(ctx: DurableObjectState, env: Env) {
		enterStorage(ctx.storage, "sandbox");
		super(ctx, env);
	}
}

export { GateObject, WebhookObject } from "../../../src/worker.ts";

enterCalls(SkuObject, "SKU");
enterCalls(CheckoutObject, "checkout");
enterCalls(HoldingsObject, "shopper");
enterCalls(SandboxObject, "sandbox");

function withLedger(env: Env): Env {
	const send: Queue["send"] = (message, options) => {
		enter("message", "queue", (message as RecordMessage).kind);
		return env.ORDERS.send(message as RecordMessage, options);
	};
	const sendBatch: Queue["sendBatch"] = (messages, options) => env.ORDERS.sendBatch(messages as never, options);
	return { ...env, ORDERS: { send, sendBatch } as Env["ORDERS"] };
}

const LIMITER: RateLimit = { limit: async () => ({ success: true }) };

const withLimits = (env: Env): Env => ({
	...env,
	...{ RATE_LIMITS: "on", RATE_TOKENS: LIMITER, RATE_ADDRESS: LIMITER, RATE_RESERVATIONS: LIMITER },
	...{ RATE_CHECKOUTS: LIMITER, RATE_READS: LIMITER, RATE_SHOPPER_READS: LIMITER, RATE_REFUSALS: LIMITER },
});

export default {
	fetch(request, env, ctx) {
		const { pathname } = new URL(request.url);
		if (pathname === "/bench/ledger") return Response.json(takeEntries());
		enter("request", pathname.startsWith("/sandbox/") ? "sandbox" : "Worker", `${request.method} ${pathname}`);
		return product.default.fetch(request, withLimits(env), ctx);
	},
	queue: product.default.queue,
} satisfies ExportedHandler<Env, RecordMessage>;
