/** The id of the request that opened a checkout: one search for it finds what the Worker, the objects and the consumer logged. */
import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { QueueMessage } from "../../src/operations/queue.ts";
import worker from "../../src/worker.ts";
import { pass, useStoppedClock } from "../support/clock.ts";
import { call } from "../support/http.ts";
import { newProduct } from "../support/merchant.ts";
import { clearFaultsAfterEach, pay } from "../support/provider.ts";
import { type Checkout, newShopper, paymentIdOf } from "../support/shopper.ts";

useStoppedClock();
clearFaultsAfterEach();

const REQUEST = "req-0123456789";
const lines: { readonly event: string; readonly requestId?: string; readonly requestIds?: readonly string[] }[] = [];
beforeEach(() => {
	lines.splice(0);
	vi.spyOn(console, "error").mockImplementation((line: string) => void lines.push(JSON.parse(line)));
	return () => void vi.restoreAllMocks();
});

async function opened(): Promise<Checkout> {
	const sku = await newProduct({ units: 1 });
	const shopper = await newShopper();
	const { status, body } = await call<Checkout>("POST", "/v1/checkouts", {
		...{ token: shopper.token, key: crypto.randomUUID(), headers: { "x-request-id": REQUEST } },
		json: { lines: [{ sku, quantity: 1 }], email: "ada@example.com" },
	});
	expect(status).toBe(201);
	return body;
}

describe("the id of a request", () => {
	it("stands in what its checkout logs, long after the request was answered", async () => {
		const checkout = await opened();
		const { id } = checkout;
		pass(30);
		vi.spyOn(env.ORDERS, "send").mockRejectedValue(new Error("the queue is away"));
		await pay(paymentIdOf(checkout));
		expect(lines).toContainEqual(
			expect.objectContaining({ event: "effect-put-off", checkoutId: id, requestId: REQUEST }),
		);
	});

	it("travels with its order, and stands in what the consumer logs of it", async () => {
		const sent: QueueMessage[] = [];
		vi.spyOn(env.ORDERS, "send").mockImplementation(async (message) => {
			sent.push(structuredClone(message) as QueueMessage);
			return {} as QueueSendResponse;
		});
		await pay(paymentIdOf(await opened()));
		expect(sent).toContainEqual(expect.objectContaining({ kind: "order", requestId: REQUEST }));
		const refused = (error: string) => {
			vi.spyOn(env.DB, "batch").mockRejectedValueOnce(new Error(error));
			const messages = sent.slice(0, 1).map((body) => ({ id: "1", timestamp: new Date(), attempts: 1, body }));
			return createMessageBatch<QueueMessage>("holdfast-orders", messages);
		};
		for (const error of ["D1_ERROR: SQLITE_CONSTRAINT", "D1_ERROR: Network connection lost."]) {
			const batch = refused(error);
			await worker.queue(batch, env);
			expect((await getQueueResult(batch, createExecutionContext())).retryMessages).toHaveLength(1);
		}
		expect(lines).toMatchObject([
			{ event: "record-refused", requestIds: [REQUEST] },
			{ event: "records-not-written", requestIds: [REQUEST] },
		]);
	});
});
