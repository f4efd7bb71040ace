/** Webhooks under way: late, repeated, retried, abandoned, and never lost, whatever our side answers. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Payment } from "../../../src/payments/provider.ts";
import { SandboxPaymentProvider } from "../../../src/payments/sandbox/provider.ts";
import { openPayment } from "../../../src/payments/sandbox/rules.ts";
import { SIGNATURE_HEADER, verify } from "../../../src/payments/sandbox/signature.ts";
import {
	DELIVERY_TIMEOUT_MS,
	MAX_ATTEMPTS,
	retryDelayMs,
	WebhookOutbox,
} from "../../../src/payments/sandbox/webhook-outbox.ts";
import { type Receiver, receive } from "./receiver.ts";

const START = Date.UTC(2026, 11, 12, 0, 0, 0);
let serial = 0;
let receiver: Receiver;
let name: string;
/** A sandbox of this test alone: it owes only the webhooks of this test. */
const sandbox = () => env.SANDBOX.getByName(name);

beforeEach(() => {
	// The object sees the fake clock. workerd's alarms do not, so the tests fire them.
	vi.useFakeTimers({ toFake: ["Date"], now: START });
	receiver = receive();
	name = `outbox-${serial++}`;
});
afterEach(() => {
	vi.useRealTimers();
	vi.restoreAllMocks();
});

async function open(): Promise<string> {
	const answer = await sandbox().create({
		key: crypto.randomUUID(),
		checkoutId: "c1",
		amountMinor: 1000,
		currency: "USD",
		email: "ada@example.com",
		allowDelayedMethods: false,
	});
	if (answer.kind !== "ok") throw new Error(answer.kind);
	return answer.payment.id;
}

/** Lets time pass, then fires the alarm if one is set. */
async function wakeAfter(ms: number): Promise<boolean> {
	vi.setSystemTime(Date.now() + ms);
	return runDurableObjectAlarm(sandbox());
}

const webhooks = async () => (await sandbox().books(null, 1)).webhooks;

describe("a webhook", () => {
	it("has arrived, signed at the time of sending, when settled returns", async () => {
		const id = await open();
		await sandbox().confirm(id, { outcome: "approve" });
		expect(await sandbox().settled(id)).toBe(0);
		const [delivery] = receiver.deliveries;
		if (delivery === undefined) throw new Error("nothing arrived");
		expect(JSON.parse(delivery.body)).toMatchObject({
			type: "payment.authorised",
			createdAt: "2026-12-12T00:00:00.000Z",
			payment: { id, status: "authorised" },
		});
		const header = delivery.headers.get(SIGNATURE_HEADER);
		expect(await verify(await sandbox().webhookSecret(), header, delivery.body, Date.now())).toBe(true);
		expect(await webhooks()).toEqual({ owed: 0, delivered: 1, abandoned: 0 });
	});

	it("is sent at its time and not before, although the alarm fires early", async () => {
		const id = await open();
		await sandbox().confirm(id, { outcome: "approve", delayMs: 3_600_000 });
		expect(await sandbox().settled(id)).toBe(1);
		expect(await wakeAfter(3_599_999)).toBe(true);
		expect(receiver.deliveries).toHaveLength(0);
		expect(await wakeAfter(1)).toBe(true);
		expect(receiver.deliveries).toHaveLength(1);
		expect(await sandbox().settled(id)).toBe(0);
	});

	it("is signed when it is sent, so a late one is not too old on arrival", async () => {
		const id = await open();
		await sandbox().confirm(id, { outcome: "approve", delayMs: 3_600_000 });
		await wakeAfter(3_600_000);
		const [delivery] = receiver.deliveries;
		const SANDBOX_WEBHOOK_SECRET = await sandbox().webhookSecret();
		const result = await new SandboxPaymentProvider({ ...env, SANDBOX_WEBHOOK_SECRET }).parseWebhook(
			delivery?.body ?? "",
			delivery?.headers ?? new Headers(),
			Date.now(),
		);
		expect(result).toMatchObject({ kind: "event", type: "payment.authorised" });
	});

	it("is one event in all its copies", async () => {
		const id = await open();
		await sandbox().confirm(id, { outcome: "approve", copies: 3 });
		await sandbox().settled(id);
		expect(receiver.deliveries).toHaveLength(3);
		expect(new Set(receiver.deliveries.map(({ body }) => body)).size).toBe(1);
	});

	it("may overtake an earlier one", async () => {
		const id = await open();
		await sandbox().confirm(id, { outcome: "approve", delayMs: 1000 });
		await sandbox().void(id, crypto.randomUUID());
		await sandbox().settled(id);
		await wakeAfter(1000);
		expect(receiver.deliveries.map(({ body }) => JSON.parse(body).type)).toEqual([
			"payment.voided",
			"payment.authorised",
		]);
	});

	it("is waited for by settled when it is the consequence of another", async () => {
		const id = await open();
		receiver.answer = async ({ body }) => {
			const { type } = JSON.parse(body) as { type: string };
			if (type === "payment.authorised") await sandbox().capture(id, 1000, "capture-1");
			return new Response();
		};
		await sandbox().confirm(id, { outcome: "approve" });
		await sandbox().settled(id);
		expect(receiver.deliveries.map(({ body }) => JSON.parse(body).type)).toEqual([
			"payment.authorised",
			"payment.captured",
		]);
		expect((await webhooks()).owed).toBe(0);
	});
});

describe("a webhook that is not accepted", () => {
	const failures: [string, () => Response | Promise<Response>][] = [
		["a 500", () => new Response(null, { status: 500 })],
		["a 400", () => new Response(null, { status: 400 })],
		["a redirect", () => new Response(null, { status: 301, headers: { location: "https://elsewhere.invalid/" } })],
	];
	for (const [what, answer] of failures) {
		it(`is sent again with the same id after a growing wait when the answer is ${what}`, async () => {
			receiver.answer = answer;
			const id = await open();
			await sandbox().confirm(id, { outcome: "approve" });
			expect(await sandbox().settled(id)).toBe(1);
			for (let attempt = 1; attempt <= 3; attempt++) {
				expect(receiver.deliveries).toHaveLength(attempt);
				await wakeAfter(retryDelayMs(attempt) - 1);
				expect(receiver.deliveries).toHaveLength(attempt);
				await wakeAfter(1);
			}
			receiver.answer = () => new Response(null, { status: 204 });
			await wakeAfter(retryDelayMs(4));
			expect(receiver.deliveries).toHaveLength(5);
			expect(new Set(receiver.deliveries.map(({ body }) => body)).size).toBe(1);
			expect(await webhooks()).toEqual({ owed: 0, delivered: 1, abandoned: 0 });
			expect(await wakeAfter(86_400_000)).toBe(false);
		});
	}

	it("is abandoned in the end, and then no alarm is left", async () => {
		receiver.answer = () => new Response(null, { status: 500 });
		const id = await open();
		await sandbox().confirm(id, { outcome: "approve" });
		await sandbox().settled(id);
		let wakes = 0;
		while (await wakeAfter(60_000)) if (++wakes > 2 * MAX_ATTEMPTS) throw new Error("the alarm never stops");
		expect(receiver.deliveries).toHaveLength(MAX_ATTEMPTS);
		expect(await webhooks()).toEqual({ owed: 0, delivered: 0, abandoned: 1 });
	});

	it("does not delay another payment's", async () => {
		const [bad, good] = [await open(), await open()];
		receiver.answer = ({ body }) => new Response(null, { status: body.includes(bad) ? 500 : 200 });
		await sandbox().confirm(bad, { outcome: "approve" });
		await sandbox().confirm(good, { outcome: "approve" });
		expect(await sandbox().settled(good)).toBe(0);
		expect(await webhooks()).toEqual({ owed: 1, delivered: 1, abandoned: 0 });
	});
});

describe("the outbox", () => {
	const payment = (id: string): Payment =>
		openPayment(
			{ key: "k", checkoutId: "c", amountMinor: 1, currency: "USD", email: "", allowDelayedMethods: false },
			id,
		);
	const event = (id: string) => ({
		id: `evt_${id}`,
		type: "payment.authorised" as const,
		createdAt: new Date(START).toISOString(),
		payment: payment(id),
	});

	it("delivers again what was under way when the object died, once that attempt must have ended", async () => {
		await runInDurableObject(sandbox(), async (_, state) => {
			const posts: string[] = [];
			const hangs = new WebhookOutbox(state, (body) => {
				posts.push(body);
				return new Promise(() => {});
			});
			hangs.owe(event("p1"), { delayMs: 0, copies: 1 }, START);
			hangs.start(START);
			expect(posts).toHaveLength(1);

			const afterRestart = new WebhookOutbox(state, async (body) => {
				posts.push(body);
				return 200;
			});
			await afterRestart.alarm(START + DELIVERY_TIMEOUT_MS);
			expect(posts).toHaveLength(1);
			await afterRestart.alarm(START + DELIVERY_TIMEOUT_MS + 5_000);
			expect(posts).toHaveLength(2);
			expect(afterRestart.counts()).toEqual({ owed: 0, delivered: 1, abandoned: 0 });
		});
	});

	it("abandons a webhook that kills the object at each attempt", async () => {
		await runInDurableObject(sandbox(), async (_, state) => {
			let posts = 0;
			let nowMs = START;
			for (let life = 0; life < 2 * MAX_ATTEMPTS; life++, nowMs += 60_000) {
				const dies = new WebhookOutbox(state, () => {
					posts++;
					return new Promise(() => {});
				});
				if (life === 0) dies.owe(event("p1"), { delayMs: 0, copies: 1 }, nowMs);
				dies.start(nowMs);
			}
			expect(posts).toBe(MAX_ATTEMPTS);
			expect(new WebhookOutbox(state, async () => 200).counts()).toEqual({ owed: 0, delivered: 0, abandoned: 1 });
		});
	});

	it("sends a burst a few at a time, and all of it", async () => {
		await runInDurableObject(sandbox(), async (_, state) => {
			let now = 0;
			let most = 0;
			const outbox = new WebhookOutbox(state, async () => {
				most = Math.max(most, ++now);
				await Promise.resolve();
				now--;
				return 200;
			});
			for (let i = 0; i < 100; i++) outbox.owe(event(`p${i}`), { delayMs: 0, copies: 2 }, START);
			outbox.start(START);
			expect(await outbox.settled("p99")).toBe(0);
			expect(most).toBeLessThanOrEqual(32);
			expect(outbox.counts()).toEqual({ owed: 0, delivered: 200, abandoned: 0 });
			expect(await state.storage.getAlarm()).toBeNull();
		});
	});

	it("keeps a webhook whose post throws", async () => {
		await runInDurableObject(sandbox(), async (_, state) => {
			const outbox = new WebhookOutbox(state, async () => {
				throw new Error("connection reset");
			});
			outbox.owe(event("p1"), { delayMs: 0, copies: 1 }, START);
			outbox.start(START);
			expect(await outbox.settled("p1")).toBe(1);
			const [row] = state.storage.sql.exec("SELECT state, lastAnswer, attempts FROM webhooks").toArray();
			expect(row).toEqual({ state: "owed", lastAnswer: "Error: connection reset", attempts: 1 });
			expect(await state.storage.getAlarm()).toBe(START + retryDelayMs(1));
		});
	});
});
