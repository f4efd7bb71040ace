/**
 * Replaces our Worker's webhook route: tests see exactly what the sandbox sends, and choose the answers. The sandbox
 * reaches it by the loopback binding, as it reaches the real one.
 */
import { vi } from "vitest";
import worker from "../../support/worker.ts";

/** One webhook as it arrived. */
export interface Delivery {
	readonly body: string;
	readonly headers: Headers;
	readonly atMs: number;
}

export interface Receiver {
	/** Everything received so far, in order. */
	readonly deliveries: Delivery[];
	/** Makes the next answers; 200 unless replaced. It may hang, or throw as a broken Worker would. */
	answer: (delivery: Delivery) => Response | Promise<Response>;
}

/** Starts to receive. Undone by `vi.restoreAllMocks()`. */
export function receive(): Receiver {
	const receiver: Receiver = { deliveries: [], answer: () => new Response(null, { status: 200 }) };
	const handler = worker as unknown as { fetch(request: Request): Promise<Response> };
	vi.spyOn(handler, "fetch").mockImplementation(async (request) => {
		if (request.method !== "POST" || new URL(request.url).pathname !== "/webhooks/sandbox") {
			return new Response(null, { status: 404 });
		}
		const delivery = { body: await request.text(), headers: request.headers, atMs: Date.now() };
		receiver.deliveries.push(delivery);
		return receiver.answer(delivery);
	});
	return receiver;
}
