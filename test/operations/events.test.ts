/** Each event of the log, caused once: its line has what the runbook tells whoever reads it to look for. */
import { createMessageBatch, evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { QueueMessage } from "../../src/operations/queue.ts";
import { beginSweep, type SweepMessage } from "../../src/operations/scheduled.ts";
import { saveSettlements } from "../../src/orders/unsettled-store.ts";
import { LOG_EVENTS, type LogEvent } from "../../src/platform/log.ts";
import { askAudience, forgetAudience } from "../../src/webhooks/audience.ts";
import { callEndpoint, named } from "../../src/webhooks/client.ts";
import { deleteEndpoint, saveEndpoint } from "../../src/webhooks/endpoint-store.ts";
import worker from "../../src/worker.ts";
import { open, WINDOW } from "../features/refunds/late-payment.ts";
import { eventually, pass, ring, useStoppedClock } from "../support/clock.ts";
import { ADMIN, callWith } from "../support/http.ts";
import { asMerchant, newProduct, restock } from "../support/merchant.ts";
import { pay } from "../support/provider.ts";
import { Receiver } from "../support/receiver.ts";
import { newShopper } from "../support/shopper.ts";
import { sweepEverything } from "../support/sweep.ts";

useStoppedClock();

interface Line {
	readonly event: LogEvent;
}
let lines: Line[] = [];
beforeEach(() => {
	lines = [];
	for (const level of ["error", "warn"] as const)
		vi.spyOn(console, level).mockImplementation((line: string) => void lines.push(JSON.parse(line)));
});
afterEach(async () => {
	vi.restoreAllMocks();
	vi.unstubAllGlobals();
	await deleteEndpoint(env.DB, "wh_test");
	forgetAudience();
});

const FAULT = "a test's power cut";
const fail = (): never => {
	throw new Error(FAULT);
};
const rejects = () => Promise.reject(new Error(FAULT));

/** D1 fails with each statement that has this text. */
function failD1(text: string): void {
	const prepare = env.DB.prepare.bind(env.DB);
	vi.spyOn(env.DB, "prepare").mockImplementation((query) => (query.includes(text) ? fail() : prepare(query)));
}

/** The queue delivers these, to a Worker with these bindings. */
function deliver(bodies: readonly QueueMessage[], bindings: object = {}): Promise<void> {
	const messages = bodies.map((body, n) => ({ id: String(n), timestamp: new Date(), attempts: 1, body }));
	const batch = createMessageBatch<QueueMessage>("holdfast-orders", messages);
	return Promise.resolve(worker.queue(batch, { ...env, ...bindings } as Env));
}

const CHECKOUT = `co_${"7".repeat(32)}`;
const UNSETTLED = {
	...{ checkoutId: CHECKOUT, shopperId: "s_1", version: 1, phase: "closing" },
	...{ reason: "disputed" as const, sinceMs: 1, settledAtMs: null },
};
const SETTLEMENT = { kind: "settlement", record: UNSETTLED } as const;

/** A webhook in D1, whose object nobody has created. */
const listening = () =>
	saveEndpoint(env.DB, {
		...{ id: "wh_test", revision: Date.now(), url: "https://erp.example.com/", description: null, events: "*" },
		...{ state: "enabled", reason: null, stateSinceMs: 1, createdAtMs: 1 },
	});

/** Nothing can be stored in the object, but for so many times. */
const failStorage = (stub: DurableObjectStub, after = 0) =>
	runInDurableObject(stub, (_, { storage }) => {
		const transact = storage.transactionSync.bind(storage);
		let times = 0;
		vi.spyOn(storage, "transactionSync").mockImplementation((work) => (times++ < after ? transact(work) : fail()));
	});

/** Makes it happen. @returns what its line has to name */
type Cause = () => Promise<object>;

/** A text: the test where it is caused, since that needs more than a cause. */
const CAUSES: Record<LogEvent, Cause | string> = {
	"request-failed": async () => {
		const headers = { "x-request-id": "req-1" };
		const failed = callWith({ DB: { prepare: fail } }, "GET", "/admin/v1/preorders", { token: ADMIN, headers });
		// No route declares a 500.
		await expect(failed).rejects.toThrow("Internal error");
		return { requestId: "req-1", error: FAULT };
	},
	"catalogue-unreadable": async () => {
		await callWith({ DB: { prepare: fail } }, "GET", `/v1/products/sku-${crypto.randomUUID()}`);
		return { error: FAULT };
	},
	"records-not-written": async () => {
		vi.spyOn(env.DB, "batch").mockRejectedValue(new Error("D1_ERROR: Network connection lost."));
		await deliver([SETTLEMENT]);
		return { records: 1, error: expect.stringContaining("lost") };
	},
	"record-refused": async () => {
		vi.spyOn(env.DB, "batch").mockRejectedValue(new Error("D1_ERROR: SQLITE_CONSTRAINT"));
		await deliver([SETTLEMENT]);
		return { kind: "settlement", error: expect.stringContaining("CONSTRAINT") };
	},
	"preorders-not-sent": async () => {
		const sku = await newProduct({ policy: { preorder: { capacity: 5, termsVersion: "v1" } } });
		vi.spyOn(env.ORDERS, "sendBatch").mockImplementation(rejects);
		await (await newShopper()).buy([{ sku, quantity: 1 }], { acceptPreorder: true });
		return { sku, preorders: 1, error: FAULT };
	},
	"alarm-failed": async () => {
		const { sku } = await open();
		pass(WINDOW + 60);
		await failStorage(env.SKU.getByName(sku));
		await ring.sku(sku);
		return { of: "SKU", sku, againInMs: 1000, error: FAULT };
	},
	"checkout-failed": async () => {
		const { checkout, paymentId } = await open();
		// The webhook is stored, and nothing that follows from it.
		await failStorage(env.CHECKOUT.getByName(checkout.id), 1);
		await pay(paymentId).catch(() => {});
		return { checkoutId: checkout.id, requestId: expect.any(String), error: FAULT };
	},
	"effect-put-off": async () => {
		const { checkout, paymentId } = await open();
		vi.spyOn(env.ORDERS, "send").mockImplementation(rejects);
		await pay(paymentId);
		return { checkoutId: checkout.id, requestId: expect.any(String), effect: "record", error: FAULT };
	},
	"sweep-found": async () => {
		await saveSettlements(env.DB, [UNSETTLED]).run();
		await sweepEverything(env);
		const found = expect.arrayContaining([expect.objectContaining({ checkoutId: CHECKOUT, reason: "disputed" })]);
		return { unsettled: expect.objectContaining({ found }) };
	},
	"sweep-failed": async () => {
		const sent: SweepMessage[] = [];
		await beginSweep({ ...env, ORDERS: { send: async (message: SweepMessage) => void sent.push(message) } } as never);
		failD1("open_skus");
		await deliver(sent);
		return { error: FAULT };
	},
	"object-not-answering": async () => {
		const sku = await newProduct();
		const SKU = {
			getByName: (name: string) => (name === sku ? { suspects: rejects, stock: rejects } : env.SKU.getByName(name)),
		};
		await sweepEverything({ ...env, SKU } as unknown as Env);
		return { name: sku, error: FAULT };
	},
	"hold-not-counted": async () => {
		pass(3_600);
		const sku = await newProduct({ units: 1 });
		const { token } = await newShopper();
		const bindings = { HOLDINGS: { getByName: () => ({ note: rejects }) }, RATE_LIMITS: "on" };
		await callWith(bindings, "PUT", `/v1/reservations/${sku}`, { token, json: { quantity: 1 } });
		return { error: FAULT };
	},
	"gate-failed": "test/edge/gates.test.ts",
	"access-keys-unavailable": async () => {
		vi.stubGlobal("fetch", rejects);
		const settings = { ACCESS_TEAM_URL: "https://z-team.cloudflareaccess.com", ACCESS_AUDIENCE: "aud" };
		const part = (json: object) => btoa(JSON.stringify(json)).replaceAll("=", "");
		const assertion = [part({ alg: "RS256", kid: "1" }), part({ aud: "aud" }), "c2lnbmF0dXJl"].join(".");
		const headers = { "cf-access-jwt-assertion": assertion };
		await callWith(settings, "GET", "/admin/v1/webhooks", { headers });
		return { error: FAULT };
	},
	"records-not-announced": async () => {
		failD1("FROM webhooks");
		await deliver([SETTLEMENT]);
		return { records: 1, error: FAULT };
	},
	"webhook-not-reached": async () => {
		await listening();
		await deliver([SETTLEMENT], { WEBHOOKS: { getByName: () => ({ enqueue: rejects }) } });
		return { webhookId: "wh_test", events: 1, error: FAULT };
	},
	"news-not-sent": async () => {
		await listening();
		const sku = await newProduct({ units: 1 });
		const stub = env.SKU.getByName(sku);
		const hears = () => runInDurableObject(stub, (_, { storage: { sql } }) => sql.exec("SELECT * FROM news").toArray());
		await eventually(async () => expect(await hears()).toHaveLength(1));
		vi.spyOn(env.ORDERS, "send").mockImplementation(rejects);
		await restock(sku, 1);
		pass(60);
		await ring.sku(sku);
		return { sku, events: expect.any(Number), error: FAULT };
	},
	"webhook-not-recorded": async () => {
		failD1("webhooks");
		const webhook = { id: "wh_lost", url: "https://erp.example.com/", description: null, events: "*" as const };
		await callEndpoint(env, "wh_lost", (object) => object.create({ ...webhook, fingerprint: "" }));
		return { webhookId: "wh_lost", error: FAULT };
	},
	"listeners-unknown": async () => {
		failD1("webhooks");
		await askAudience(env.DB, Date.now());
		return { error: FAULT };
	},
	"mails-not-queued": async () => {
		const sku = await newProduct({ units: 1 });
		await (await newShopper()).reserve(sku, 1);
		const stub = env.SKU.getByName(sku);
		await runInDurableObject(stub, (_, { storage: { sql } }) => {
			sql.exec(`INSERT INTO addresses (reservationId, shopperId, email, origin, promotion)
				SELECT id, shopperId, 'ada@example.com', 'https://shop.example', 'promotion-1' FROM reservations`);
		});
		await evictDurableObject(stub);
		vi.spyOn(env.ORDERS, "sendBatch").mockImplementation(rejects);
		await asMerchant("GET", `/products/${sku}/stock`);
		return { sku, error: FAULT };
	},
	"mail-not-sent": "test/features/waitlist/absent.test.ts",
	"webhook-disabled": async () => {
		const receiver = new Receiver();
		receiver.answer = () => 410;
		const { id } = await receiver.endpoint();
		const data = { sku: "mug", available: 0, onHand: 0, held: 0, sold: 0, waiting: 0, version: 1 };
		const event = await named({ type: "sale.sold_out", subject: "mug", version: 1, atMs: Date.now(), data });
		await callEndpoint(env, id, (object) => object.enqueue([event]));
		return { webhookId: id, reason: "gone" };
	},
	"challenge-unavailable": async () => {
		vi.stubGlobal("fetch", async () => Response.json({ success: false, "error-codes": ["invalid-input-secret"] }));
		const configured = { TURNSTILE_SECRET_KEY: "1x0000000000000000000000000000000AA", TURNSTILE_SITE_KEY: "1x00AA" };
		await callWith(configured, "POST", "/v1/shoppers", { json: { turnstileToken: "solved" } });
		return { codes: ["invalid-input-secret"] };
	},
};

describe("the event", () => {
	const here = LOG_EVENTS.flatMap((event) => {
		const cause = CAUSES[event];
		return typeof cause === "string" ? [] : [{ event, cause }];
	});

	it.each(here)("$event is told when it happens, with what it is about", async ({ event, cause }) => {
		const names = await cause();
		const line = expect.objectContaining({ event, ...names });
		await eventually(async () => expect(lines.filter((one) => one.event === event)).toContainEqual(line));
	});
});
