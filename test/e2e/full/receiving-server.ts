/**
 * A merchant's server that receives webhooks over HTTP, and is no better than others: it fails at a third of the events
 * that it sees first, stops and starts. It believes what the library of Standard Webhooks believes, which is not ours.
 */
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import { type Admin, unwrap } from "../../../src/client/index.ts";

export interface Told {
	readonly type: string;
	readonly data: { readonly id?: string; readonly version: number } & Readonly<Record<string, unknown>>;
}

/** The merchant does not wait for what is to be tried later than this, and has it sent at once. */
const LONGEST_WAIT_MS = 30_000;

export class ReceivingServer {
	/** By `webhook-id`. Its memory is its database: it outlives its restarts. */
	readonly taken = new Map<string, Told>();
	readonly failedOnce = new Set<string>();
	/** Requests that it did not believe. */
	forged = 0;
	#requests = 0;
	#secret = "";
	#endpoint = "";
	#server: Server | null = null;
	#port = 0;

	async start(): Promise<void> {
		this.#server = createServer((request, response) => {
			void this.#receive(request).then((status) => response.writeHead(status).end());
		});
		await new Promise<void>((done) => this.#server?.listen(this.#port, "127.0.0.1", done));
		this.#port = (this.#server.address() as AddressInfo).port;
	}

	async stop(): Promise<void> {
		const server = this.#server;
		this.#server = null;
		server?.closeAllConnections();
		await new Promise((done) => (server === null ? done(null) : server.close(done)));
	}

	/** Has itself told everything. */
	async subscribe(admin: Admin): Promise<void> {
		const url = `http://127.0.0.1:${this.#port}/holdfast`;
		const { id, secret } = unwrap(await admin.createWebhook({ url, events: ["*"], description: null }));
		this.#endpoint = id;
		this.#secret = secret;
	}

	async deliveries(admin: Admin, status: "pending" | "failed") {
		return unwrap(await admin.listWebhookDeliveries({ id: this.#endpoint, status, limit: 200 })).deliveries;
	}

	/** Has everything sent again that would come in minutes only. @returns whether nothing is left to be sent */
	async catchUp(admin: Admin): Promise<boolean> {
		const pending = await this.deliveries(admin, "pending");
		for (const { id: deliveryId, dueAt } of pending) {
			if (dueAt === null || Date.parse(dueAt) <= Date.now() + LONGEST_WAIT_MS) continue;
			unwrap(await admin.replayWebhookDelivery({ id: this.#endpoint, deliveryId }));
		}
		return pending.length === 0;
	}

	async #receive(request: IncomingMessage): Promise<number> {
		const chunks: Buffer[] = [];
		for await (const chunk of request) chunks.push(chunk as Buffer);
		const body = Buffer.concat(chunks).toString();
		const id = String(request.headers["webhook-id"]);
		try {
			const event = new Webhook(this.#secret).verify(body, request.headers as Record<string, string>) as Told;
			this.#requests += 1;
			// One in three fails, and is sent again.
			if (this.#requests % 3 === 0 && !this.failedOnce.has(id)) {
				this.failedOnce.add(id);
				return 500;
			}
			this.taken.set(id, event);
			return 204;
		} catch {
			this.forged += 1;
			return 401;
		}
	}

	/** The newest state of each subject that was told by these types. */
	newest(...types: readonly string[]): Map<string, Told["data"]> {
		const states = new Map<string, Told["data"]>();
		for (const { type, data } of this.taken.values()) {
			const key = data.id ?? String(data["sku"]);
			if (types.includes(type) && data.version > (states.get(key)?.version ?? -1)) states.set(key, data);
		}
		return states;
	}
}
