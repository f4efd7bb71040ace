/**
 * A merchant's server that receives webhooks, in place of the network. It checks each signature with the library of
 * Standard Webhooks, which is not ours, and each body with the schema of the OpenAPI document.
 */
import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { z } from "@hono/zod-openapi";
import { Webhook } from "standardwebhooks";
import { expect, onTestFinished, vi } from "vitest";
import type { DeliveriesResponse, WebhookWithSecretResponse } from "../../src/http/shapes/webhook.ts";
import { payloadSchema } from "../../src/http/shapes/webhook-event.ts";
import type { EventType } from "../../src/webhooks/event.ts";
import { eventually } from "./clock.ts";
import { asMerchant } from "./merchant.ts";

export type Endpoint = z.infer<typeof WebhookWithSecretResponse>;
export type Delivery = z.infer<typeof DeliveriesResponse>["deliveries"][number];

export interface Received {
	readonly id: string;
	readonly type: EventType;
	readonly timestamp: string;
	readonly data: Readonly<Record<string, unknown>> & { readonly version: number };
	/** What was answered: a status, or 0 for no answer. */
	readonly status: number;
}

/** What the receiver answers to the nth request, from 1: a status, a response, or an error that the network throws. */
type Answer = (n: number, request: Asked) => number | Response | Error | Promise<Response>;

interface Asked {
	readonly body: string;
	readonly headers: Headers;
	readonly signal: AbortSignal;
}

const network = globalThis.fetch;
const receivers = new Map<string, Receiver>();

export class Receiver {
	readonly url = `https://receiver-${receivers.size}.example.com/holdfast`;
	readonly #all: Received[] = [];
	/** What its events have to be about, such as a SKU. An order of an earlier file may still be sent again meanwhile. */
	about = "";
	answer: Answer = () => 204;
	/** Secrets that it takes. */
	secrets: string[] = [];
	atOnce = 0;
	mostAtOnce = 0;

	readonly #endpoints: string[] = [];

	constructor() {
		receivers.set(this.url, this);
		vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
			const request = new Request(input, init);
			const receiver = receivers.get(request.url);
			return receiver === undefined ? network(input, init) : receiver.receive(request, init);
		});
		// Tests share their storage: what comes later is told to nobody who has left.
		onTestFinished(async () => {
			for (const id of this.#endpoints) await asMerchant("DELETE", `/webhooks/${id}`);
		});
	}

	/** What it was sent. */
	get all(): Received[] {
		return this.#all.filter(({ data }) => JSON.stringify(data).includes(this.about));
	}

	/** What it took: answered with 2xx. */
	get taken(): Received[] {
		return this.all.filter(({ status }) => status >= 200 && status < 300);
	}

	of(type: EventType): Received[] {
		return this.taken.filter((event) => event.type === type);
	}

	async receive(request: Request, init: RequestInit | undefined): Promise<Response> {
		expect(init?.redirect, "redirects are never followed").toBe("manual");
		const body = await request.text();
		const headers = Object.fromEntries(request.headers);
		const payloads = this.secrets.map((secret) => () => new Webhook(secret).verify(body, headers));
		const payload = firstThat(payloads) as Omit<Received, "id" | "status">;
		const { error } = payloadSchema(payload.type).safeParse(payload);
		expect(error?.issues ?? [], body).toEqual([]);
		expect(new TextEncoder().encode(body).length).toBeLessThanOrEqual(20_000);
		const n = this.#all.length + 1;
		this.mostAtOnce = Math.max(this.mostAtOnce, ++this.atOnce);
		const index = this.#all.push({ ...payload, id: headers["webhook-id"] ?? "", status: 0 }) - 1;
		try {
			const answer = await this.answer(n, { body, headers: request.headers, signal: request.signal });
			if (answer instanceof Error) throw answer;
			const response = typeof answer === "number" ? new Response(null, { status: answer }) : answer;
			this.#all[index] = { ...(this.#all[index] as Received), status: response.status };
			return response;
		} finally {
			this.atOnce -= 1;
		}
	}

	/** Creates an endpoint for it. */
	async endpoint(events: readonly string[] = ["*"]): Promise<Endpoint> {
		const { status, body } = await asMerchant<Endpoint>("POST", "/webhooks", { json: { url: this.url, events } });
		expect(status, JSON.stringify(body)).toBe(201);
		this.secrets.push(body.secret);
		this.#endpoints.push(body.id);
		return body;
	}
}

function firstThat<T>(tries: readonly (() => T)[]): T {
	let last: unknown = new Error("no secret is known");
	for (const attempt of tries) {
		try {
			return attempt();
		} catch (error) {
			last = error;
		}
	}
	throw last;
}

export async function deliveriesOf(id: string, query = ""): Promise<Delivery[]> {
	const path = `/webhooks/${id}/deliveries?limit=200${query}`;
	const { status, body } = await asMerchant<z.infer<typeof DeliveriesResponse>>("GET", path);
	expect(status, JSON.stringify(body)).toBe(200);
	return body.deliveries;
}

export const ringEndpoint = (id: string): Promise<boolean> => runDurableObjectAlarm(env.WEBHOOKS.getByName(id));

/** Waits until the endpoint has nothing under way and nothing that is due now. */
export const untilQuiet = (receiver: Receiver): Promise<void> =>
	eventually(async () => expect(receiver.atOnce).toBe(0));
