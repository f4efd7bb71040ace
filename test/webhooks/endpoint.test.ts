/** An endpoint: what it delivers, what a receiver's answers do, and what a merchant can see and change. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { Webhook } from "standardwebhooks";
import { describe, expect, it, vi } from "vitest";
import {
	KEEP_DELIVERIES_MS,
	MAX_WEBHOOKS,
	OLD_SECRET_MS,
	WEBHOOK_DISABLE_AFTER_MS,
	WEBHOOK_DOWN_AFTER,
	WEBHOOK_TIMEOUT_MS,
	WEBHOOKS_AT_ONCE,
} from "../../src/limits.ts";
import { callEndpoint, named } from "../../src/webhooks/client.ts";
import { saveEndpoint } from "../../src/webhooks/endpoint-store.ts";
import type { EventType, WebhookEvent } from "../../src/webhooks/event.ts";
import { eventually, pass, useStoppedClock } from "../support/clock.ts";
import { ADMIN, callWith, expectProblem } from "../support/http.ts";
import { asMerchant } from "../support/merchant.ts";
import { type Delivery, deliveriesOf, type Endpoint, Receiver, ringEndpoint } from "../support/receiver.ts";

useStoppedClock();

const counters = { available: 5, onHand: 5, held: 0, sold: 0, waiting: 0 };

/** An event of the stock of this SKU. */
const stockEvent = (sku: string, version = 1, type: EventType = "sale.restocked"): WebhookEvent => ({
	...{ type, subject: sku, version, atMs: Date.now() },
	data: { sku, ...counters, version },
});

const events = (howMany: number, type?: EventType) =>
	Array.from({ length: howMany }, (_, i) => stockEvent(`sku-${i}`, 1, type));

async function enqueue(id: string, ...list: readonly WebhookEvent[]): Promise<void> {
	const all = await Promise.all(list.map(named));
	await callEndpoint(env, id, (object) => object.enqueue(all));
}

const reportOf = async (id: string) => {
	const { status, body } = await asMerchant<Endpoint>("GET", `/webhooks/${id}`);
	expect(status).toBe(200);
	return body;
};

/** A power cut. */
const kill = (stub: DurableObjectStub): Promise<void> =>
	runInDurableObject(stub, (_object, ctx) => ctx.abort("the power is cut")).catch(() => {});

/** Waits until nothing is under way. */
const settled = (receiver: Receiver, requests: number) =>
	eventually(async () => {
		expect(receiver.all).toHaveLength(requests);
		expect(receiver.atOnce).toBe(0);
	});

/** Lets the time of one more attempt of everything come, again and again, until nothing waits. */
async function retryUntilDone(id: string, receiver: Receiver, seconds: number, most = 200): Promise<void> {
	for (let round = 0; round < most; round++) {
		await eventually(async () => expect(receiver.atOnce).toBe(0));
		if ((await reportOf(id)).waiting === 0) return;
		pass(seconds);
		await ringEndpoint(id);
	}
	throw new Error(`${(await reportOf(id)).waiting} deliveries still wait`);
}

describe("a delivery", () => {
	it("is signed so that another library believes it, and has the same id in each attempt", async () => {
		const receiver = new Receiver();
		const { id } = await receiver.endpoint();
		receiver.answer = (n) => (n < 3 ? 500 : 200);
		await enqueue(id, stockEvent("mug"));
		await settled(receiver, 1);
		for (const [seconds, requests] of [
			[6, 2],
			[360, 3],
		] as const) {
			pass(seconds);
			await ringEndpoint(id);
			await settled(receiver, requests);
		}
		expect(new Set(receiver.all.map((event) => event.id)).size).toBe(1);
		expect(await deliveriesOf(id)).toMatchObject([
			{ status: "delivered", attempts: 3, lastStatus: 200, lastError: null },
		]);
	});

	it("is attempted ten times, as late as Standard Webhooks says, and then it has failed", async () => {
		const receiver = new Receiver();
		const { id } = await receiver.endpoint();
		// Others succeed meanwhile, so the receiver is not down: it chokes on this one.
		receiver.answer = (_, { body }) => (body.includes("poison") ? 400 : 200);
		await enqueue(id, stockEvent("poison"));
		await settled(receiver, 1);
		const hours = [5 / 3600, 1 / 12, 0.5, 2, 5, 10, 14, 20, 24];
		for (const [i, pause] of hours.entries()) {
			pass(pause * 3600 - 1);
			await ringEndpoint(id);
			expect(receiver.all.filter(({ data }) => data["sku"] === "poison")).toHaveLength(i + 1);
			await enqueue(id, stockEvent("fine", i + 1));
			pass(0.2 * pause * 3600 + 2);
			await ringEndpoint(id);
			await settled(receiver, 2 * (i + 1) + 1);
		}
		expect(await deliveriesOf(id, "&status=failed")).toMatchObject([
			{ subject: "poison", attempts: 10, lastStatus: 400, lastError: "status 400", dueAt: null },
		]);
		expect(await reportOf(id)).toMatchObject({ state: "enabled", failed: 1, waiting: 0 });
	});

	it.each([301, 302, 307, 308])("fails by a redirect, which is not followed: %i", async (status) => {
		const receiver = new Receiver();
		const { id } = await receiver.endpoint();
		const elsewhere = new Receiver();
		receiver.answer = () => new Response(null, { status, headers: { location: elsewhere.url } });
		await enqueue(id, stockEvent("mug"));
		await settled(receiver, 1);
		expect(elsewhere.all).toEqual([]);
		expect(await deliveriesOf(id)).toMatchObject([{ status: "pending", lastStatus: status }]);
	});

	it("fails when nobody answers, and says no more of it than that", async () => {
		const receiver = new Receiver();
		const { id } = await receiver.endpoint();
		receiver.answer = () => new Error("connect ECONNREFUSED 10.0.0.7:8443");
		await enqueue(id, stockEvent("mug"));
		await settled(receiver, 1);
		expect(await deliveriesOf(id)).toMatchObject([{ status: "pending", lastStatus: null, lastError: "unreachable" }]);
	});

	it("is given up for now after 15 seconds", async () => {
		const timeout = vi.spyOn(AbortSignal, "timeout").mockImplementation((ms) => {
			expect(ms).toBe(WEBHOOK_TIMEOUT_MS);
			return AbortSignal.abort(new DOMException("too late", "TimeoutError"));
		});
		const receiver = new Receiver();
		const { id } = await receiver.endpoint();
		receiver.answer = (_, { signal }) => Promise.reject(signal.reason);
		await enqueue(id, stockEvent("mug"));
		await eventually(async () => expect(await deliveriesOf(id)).toMatchObject([{ lastError: "timeout" }]));
		timeout.mockRestore();
	});

	it("is not made to an address that must not be called, whatever was stored", async () => {
		const receiver = new Receiver();
		const { id } = await receiver.endpoint();
		// The object of a production shop, in which a private address was stored before the rules were what they are.
		const object = env.WEBHOOKS.getByName(id);
		await runInDurableObject(object, (instance) => {
			const real = (instance as unknown as { env: Env }).env;
			Object.defineProperty(instance, "env", { value: { ...real, DB: real.DB, ENVIRONMENT: "production" } });
		});
		await callEndpoint(env, id, (endpoint) => endpoint.change({ url: "https://169.254.169.254/latest" }));
		await enqueue(id, stockEvent("mug"));
		await eventually(async () =>
			expect(await deliveriesOf(id)).toMatchObject([{ attempts: 1, lastError: "forbidden-address" }]),
		);
		expect(receiver.all).toEqual([]);
	});

	it("goes on after its object died in the middle of it", async () => {
		const receiver = new Receiver();
		const { id } = await receiver.endpoint();
		receiver.answer = async () => {
			await scheduler.wait(600_000);
			return new Response(null, { status: 204 });
		};
		await enqueue(id, stockEvent("mug"));
		await eventually(async () => expect(receiver.atOnce).toBe(1));
		await kill(env.WEBHOOKS.getByName(id));
		expect(await deliveriesOf(id)).toMatchObject([{ status: "pending", attempts: 1 }]);
		receiver.answer = () => 204;
		pass(30);
		await ringEndpoint(id);
		await eventually(async () => expect(await deliveriesOf(id)).toMatchObject([{ status: "delivered", attempts: 2 }]));
	});

	it("is made once at a time for a subject, and a few at once for many", async () => {
		const receiver = new Receiver();
		const { id } = await receiver.endpoint();
		receiver.answer = async () => {
			await scheduler.wait(5);
			return new Response(null, { status: 204 });
		};
		await enqueue(id, ...[1, 2, 3].map((version) => stockEvent("mug", version)), ...events(30));
		await settled(receiver, 33);
		expect(receiver.mostAtOnce).toBe(WEBHOOKS_AT_ONCE);
		const versions = receiver.all.filter(({ data }) => data["sku"] === "mug").map(({ data }) => data.version);
		expect(versions).toEqual([1, 2, 3]);
	});
});

describe("a receiver that fails a third of the time", () => {
	it("gets every event once or more, and none is missing", async () => {
		const receiver = new Receiver();
		const { id } = await receiver.endpoint();
		receiver.answer = (n) => (n % 3 === 0 ? ([500, 503, new Error("reset")][n % 2] ?? 500) : 204);
		await enqueue(id, ...events(100));
		await retryUntilDone(id, receiver, 400);
		expect(new Set(receiver.taken.map(({ data }) => data["sku"])).size).toBe(100);
		expect((await deliveriesOf(id, "&status=delivered")).length).toBe(100);
	});
});

describe("a receiver that is down", () => {
	it("costs a bounded number of requests however many events wait, and gets all of them when it is back", async () => {
		const receiver = new Receiver();
		const { id } = await receiver.endpoint();
		receiver.answer = () => new Error("down");
		await enqueue(id, ...events(500));
		await eventually(async () => expect(receiver.all.length).toBeGreaterThanOrEqual(WEBHOOK_DOWN_AFTER));
		for (let minutes = 0; minutes < 120; minutes++) {
			pass(60);
			await ringEndpoint(id);
			await eventually(async () => expect(receiver.atOnce).toBe(0));
		}
		// Two hours: the first few, the first probes, and then one in five minutes.
		expect(receiver.all.length).toBeLessThan(WEBHOOKS_AT_ONCE + 10 + 24);
		expect(await reportOf(id)).toMatchObject({ state: "enabled", waiting: 500 });
		expect((await reportOf(id)).failingSince).not.toBeNull();
		receiver.answer = () => 204;
		await retryUntilDone(id, receiver, 400);
		expect(new Set(receiver.taken.map(({ data }) => data["sku"])).size).toBe(500);
		expect((await reportOf(id)).failingSince).toBeNull();
	});

	it("is disabled in the end: the merchant sees it, its deliveries have failed, and can be replayed", async () => {
		vi.spyOn(console, "warn").mockImplementation(() => {});
		const receiver = new Receiver();
		const { id } = await receiver.endpoint();
		receiver.answer = () => 500;
		await enqueue(id, ...events(20));
		await eventually(async () => expect(receiver.all.length).toBeGreaterThanOrEqual(WEBHOOK_DOWN_AFTER));
		pass(WEBHOOK_DISABLE_AFTER_MS / 1000 + 1);
		await ringEndpoint(id);
		await eventually(async () =>
			expect(await reportOf(id)).toMatchObject({ state: "disabled", reason: "failing", waiting: 0, failed: 20 }),
		);
		const { body } = await asMerchant<{ webhooks: Endpoint[] }>("GET", "/webhooks");
		expect(body.webhooks.find((webhook) => webhook.id === id)).toMatchObject({ state: "disabled", reason: "failing" });
		// A disabled one takes nothing more, and costs nothing.
		await enqueue(id, stockEvent("late"));
		expect((await reportOf(id)).waiting).toBe(0);
		receiver.answer = () => 204;
		expect(await asMerchant("PATCH", `/webhooks/${id}`, { json: { paused: false } })).toMatchObject({
			body: { state: "enabled", reason: null },
		});
		const since = new Date(0).toISOString();
		expect(await asMerchant("POST", `/webhooks/${id}/replay`, { json: { since } })).toMatchObject({
			body: { replayed: 20 },
		});
		await retryUntilDone(id, receiver, 10);
		expect(new Set(receiver.taken.map(({ data }) => data["sku"])).size).toBe(20);
	});

	it("is asked at once no more when it says 410", async () => {
		vi.spyOn(console, "warn").mockImplementation(() => {});
		const receiver = new Receiver();
		const { id } = await receiver.endpoint();
		receiver.answer = () => 410;
		await enqueue(id, stockEvent("mug"));
		await eventually(async () =>
			expect(await reportOf(id)).toMatchObject({ state: "disabled", reason: "gone", failed: 1 }),
		);
		pass(1e6);
		await ringEndpoint(id);
		await settled(receiver, 1);
	});

	it("is left alone for as long as Retry-After says", async () => {
		const receiver = new Receiver();
		const { id } = await receiver.endpoint();
		receiver.answer = () => new Response(null, { status: 429, headers: { "retry-after": "120" } });
		await enqueue(id, stockEvent("mug"));
		await settled(receiver, 1);
		receiver.answer = () => 200;
		await enqueue(id, ...events(5));
		pass(119);
		await ringEndpoint(id);
		expect(receiver.all).toHaveLength(1);
		pass(2);
		await ringEndpoint(id);
		await settled(receiver, 7);
	});
});

describe("what waits", () => {
	it("has one state of a stock only, the newest", async () => {
		const receiver = new Receiver();
		const { id } = await receiver.endpoint();
		await asMerchant("PATCH", `/webhooks/${id}`, { json: { paused: true } });
		for (let version = 1; version <= 300; version++) await enqueue(id, stockEvent("mug", version, "stock.changed"));
		await enqueue(id, stockEvent("cap", 1, "stock.changed"));
		expect(await reportOf(id)).toMatchObject({ state: "paused", waiting: 2 });
		expect(receiver.all).toEqual([]);
		await asMerchant("PATCH", `/webhooks/${id}`, { json: { paused: false } });
		await settled(receiver, 2);
		expect(receiver.taken.map(({ data }) => data.version).sort()).toEqual([1, 300]);
	});

	it("has a bound: what comes then is dropped, counted and shown", async () => {
		const receiver = new Receiver();
		const { id } = await receiver.endpoint();
		await asMerchant("PATCH", `/webhooks/${id}`, { json: { paused: true } });
		for (let batch = 0; batch < 11; batch++)
			await enqueue(id, ...Array.from({ length: 1_000 }, (_, i) => stockEvent(`sku-${batch}-${i}`)));
		expect(await reportOf(id)).toMatchObject({ waiting: 10_000, dropped: { count: 1_000 } });
	});

	it("takes an event once that is told twice, and a newer version of it as an update", async () => {
		const receiver = new Receiver();
		const { id } = await receiver.endpoint();
		await asMerchant("PATCH", `/webhooks/${id}`, { json: { paused: true } });
		const order = (version: number): WebhookEvent => ({ ...stockEvent("or_1", version), type: "order.created" });
		await enqueue(id, order(5), order(5));
		await enqueue(id, order(5), order(6), order(6));
		expect((await deliveriesOf(id)).map(({ type, version }) => [type, version])).toEqual([
			["order.updated", 6],
			["order.created", 5],
		]);
	});

	it("is forgotten a week after it has ended", async () => {
		const receiver = new Receiver();
		const { id } = await receiver.endpoint();
		await enqueue(id, stockEvent("old"));
		await settled(receiver, 1);
		pass(KEEP_DELIVERIES_MS / 1000 + 1);
		await enqueue(id, stockEvent("new"));
		await settled(receiver, 2);
		expect((await deliveriesOf(id)).map(({ subject }) => subject)).toEqual(["new"]);
	});

	it("is forgotten a week after it has ended by an endpoint to which nothing happens any more", async () => {
		const receiver = new Receiver();
		const { id } = await receiver.endpoint();
		await enqueue(id, stockEvent("old"));
		await settled(receiver, 1);
		// The alarm that was set in case the object had died.
		await ringEndpoint(id);
		pass(KEEP_DELIVERIES_MS / 1000 + 1);
		expect(await ringEndpoint(id)).toBe(true);
		expect(await deliveriesOf(id)).toEqual([]);
		expect(await ringEndpoint(id)).toBe(false);
	});
});

describe("a secret", () => {
	it("is shown once, and signs beside the next one for a day", async () => {
		const receiver = new Receiver();
		const { id, secret } = await receiver.endpoint();
		expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
		const shown = [await asMerchant("GET", `/webhooks/${id}`), await asMerchant("GET", "/webhooks")];
		expect(JSON.stringify(shown)).not.toContain("whsec_");
		const key = crypto.randomUUID();
		const rotate = () => asMerchant<Endpoint>("POST", `/webhooks/${id}/rotate-secret`, { key, json: {} });
		const { body: rotated } = await rotate();
		expect(rotated.secret).not.toBe(secret);
		expect((await rotate()).body.secret).toBe(rotated.secret);
		const signatures: string[] = [];
		receiver.answer = (_, { headers }) => {
			signatures.push(headers.get("webhook-signature") ?? "");
			return 200;
		};
		// The receiver still knows the old one only.
		await enqueue(id, stockEvent("mug"));
		await settled(receiver, 1);
		receiver.secrets = [rotated.secret];
		await enqueue(id, stockEvent("cap"));
		await settled(receiver, 2);
		pass(OLD_SECRET_MS / 1000);
		await enqueue(id, stockEvent("hat"));
		await settled(receiver, 3);
		expect(signatures.map((list) => list.split(" ").length)).toEqual([2, 2, 1]);
		expect(() =>
			new Webhook(secret).verify("{}", {
				"webhook-id": "x",
				"webhook-timestamp": "1",
				"webhook-signature": signatures[2] ?? "",
			}),
		).toThrow();
	});
});

describe("a merchant", () => {
	it("creates one webhook by a request that is repeated, and another by another", async () => {
		const json = { url: "https://erp.example.com/hook", events: ["order.created"] };
		const key = crypto.randomUUID();
		const [first, again] = [
			await asMerchant<Endpoint>("POST", "/webhooks", { key, json }),
			await asMerchant<Endpoint>("POST", "/webhooks", { key, json }),
		];
		expect(again.body).toEqual(first.body);
		expect(first.headers.get("location")).toBe(`/admin/v1/webhooks/${first.body.id}`);
		expectProblem(
			await asMerchant("POST", "/webhooks", { key, json: { ...json, events: ["*"] } }),
			422,
			"idempotency-key-reused",
		);
		expect((await asMerchant<Endpoint>("POST", "/webhooks", { json })).body.id).not.toBe(first.body.id);
	});

	it("pings, and sees the answer, also while it is paused", async () => {
		const receiver = new Receiver();
		const { id } = await receiver.endpoint(["order.created"]);
		receiver.answer = (n) => (n === 1 ? 204 : 404);
		const ping = () => asMerchant<Delivery>("POST", `/webhooks/${id}/ping`, { json: {} });
		expect(await ping()).toMatchObject({ status: 200, body: { type: "ping", status: "delivered", lastStatus: 204 } });
		await asMerchant("PATCH", `/webhooks/${id}`, { json: { paused: true } });
		expect(await ping()).toMatchObject({ status: 200, body: { status: "pending", lastStatus: 404 } });
		expect(receiver.all).toHaveLength(2);
	});

	it("replays one delivery under the same id", async () => {
		const receiver = new Receiver();
		const { id } = await receiver.endpoint();
		await enqueue(id, stockEvent("mug"));
		await settled(receiver, 1);
		const [delivery] = await deliveriesOf(id);
		expect(await asMerchant("POST", `/webhooks/${id}/deliveries/${delivery?.id}/replay`, { json: {} })).toMatchObject({
			status: 200,
			body: { id: delivery?.id },
		});
		await settled(receiver, 2);
		expect(receiver.all[0]).toEqual(receiver.all[1]);
		expectProblem(
			await asMerchant("POST", `/webhooks/${id}/deliveries/msg_0/replay`, { json: {} }),
			404,
			"unknown-delivery",
		);
	});

	it("sees deliveries page by page", async () => {
		const receiver = new Receiver();
		const { id } = await receiver.endpoint();
		await enqueue(id, ...events(5));
		await settled(receiver, 5);
		const seen: string[] = [];
		for (let cursor: string | null = ""; cursor !== null; ) {
			const page: { body: { deliveries: Delivery[]; nextCursor: string | null } } = await asMerchant(
				"GET",
				`/webhooks/${id}/deliveries?limit=2&cursor=${cursor}`,
			);
			seen.push(...page.body.deliveries.map(({ subject }) => subject));
			cursor = page.body.nextCursor;
		}
		expect(seen).toEqual(["sku-4", "sku-3", "sku-2", "sku-1", "sku-0"]);
		expectProblem(await asMerchant("GET", `/webhooks/${id}/deliveries?cursor=x`), 400, "invalid-request");
	});

	it("deletes it with everything, and nothing is sent or stored any more", async () => {
		const receiver = new Receiver();
		const { id } = await receiver.endpoint();
		receiver.answer = () => 500;
		await enqueue(id, stockEvent("mug"));
		await settled(receiver, 1);
		expect(await asMerchant("DELETE", `/webhooks/${id}`)).toMatchObject({ status: 200, body: { id } });
		for (const [method, path] of [
			["GET", ""],
			["DELETE", ""],
			["GET", "/deliveries"],
		] as const)
			expectProblem(await asMerchant(method, `/webhooks/${id}${path}`), 404, "unknown-webhook");
		await enqueue(id, stockEvent("cap"));
		pass(1e6);
		await ringEndpoint(id);
		expect(receiver.all).toHaveLength(1);
	});

	it.each(["https://127.0.0.1/", "https://169.254.169.254/latest", "https://db.internal/", "http://erp.example.com/"])(
		"cannot have %s called outside of a laptop, by a new webhook or by a changed one",
		async (url) => {
			const receiver = new Receiver();
			const { id } = await receiver.endpoint();
			const asInProduction = { ENVIRONMENT: "production" };
			const options = { token: ADMIN, json: { url, events: ["*"] } };
			expectProblem(await callWith(asInProduction, "POST", "/admin/v1/webhooks", options), 400, "invalid-request");
			const change = { token: ADMIN, json: { url } };
			expectProblem(
				await callWith(asInProduction, "PATCH", `/admin/v1/webhooks/${id}`, change),
				400,
				"invalid-request",
			);
			expect((await reportOf(id)).url).toBe(receiver.url);
		},
	);

	it("has a bounded number of them", async () => {
		for (let i = 0; i < MAX_WEBHOOKS; i++) {
			const url = `https://full-${i}.example.com/`;
			await saveEndpoint(env.DB, {
				...{ id: `wh_full_${i}`, revision: 1, url, description: null, events: ["order.created"], state: "disabled" },
				...{ reason: "gone", stateSinceMs: 1, createdAtMs: 1 },
			});
		}
		const json = { url: "https://erp.example.com/hook", events: ["*"] };
		expectProblem(await asMerchant("POST", "/webhooks", { json }), 409, "too-many-webhooks", { limit: MAX_WEBHOOKS });
		await env.DB.prepare("DELETE FROM webhooks WHERE id LIKE 'wh_full_%'").run();
	});
});
