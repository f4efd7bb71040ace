/**
 * The merchant's own server, which is told by webhooks. It takes an event when it is signed, and fails for a while now
 * and then. It believes what the library of Standard Webhooks believes, which is not ours.
 */
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import type { Merchant } from "../drop/merchant.ts";

/** What is to be tried later than this is sent at once, as a merchant asks for after a failure: the schedule has hours. */
const LONGEST_WAIT_MS = 20_000;
const PAGE = 200;

export class Receiver {
	/** While it is, every event is answered 500. */
	failing = false;
	/** Events that were taken, by type: each one once, however often it came. */
	readonly taken = new Map<string, number>();
	/** Events that came again. */
	repeated = 0;
	refused = 0;
	/** Requests that it did not believe. */
	forged = 0;
	readonly #ids = new Set<string>();
	readonly #server: Server;
	#webhook: Webhook | null = null;
	#endpoint = "";

	constructor() {
		this.#server = createServer((request, response) => {
			this.#receive(request).then(
				(status) => response.writeHead(status).end(),
				() => response.destroy(),
			);
		});
	}

	/** Begins to listen, and has itself told of everything. */
	async open(merchant: Merchant): Promise<void> {
		await new Promise<void>((done, fail) => {
			this.#server.once("error", fail).listen(0, "127.0.0.1", done);
		});
		const url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
		const { id, secret } = await merchant.ask("the webhook", (admin) =>
			admin.createWebhook({ url, events: ["*"], description: "soak" }),
		);
		this.#endpoint = id;
		this.#webhook = new Webhook(secret);
	}

	/** Has sent again at once what would come later. @returns how many events have not come */
	async catchUp(merchant: Merchant): Promise<number> {
		const of = { id: this.#endpoint, status: "pending", limit: PAGE } as const;
		const { deliveries } = await merchant.ask("what was not delivered", (admin) => admin.listWebhookDeliveries(of));
		for (const { id: deliveryId, dueAt } of deliveries) {
			if (dueAt === null || Date.parse(dueAt) <= Date.now() + LONGEST_WAIT_MS) continue;
			await merchant.ask("a delivery once more", (admin) =>
				admin.replayWebhookDelivery({ id: this.#endpoint, deliveryId }, { afterLostAnswer: "repeat" }),
			);
		}
		return deliveries.length;
	}

	close(): void {
		this.#server.closeAllConnections();
		this.#server.close();
	}

	async #receive(request: IncomingMessage): Promise<number> {
		const chunks: Buffer[] = [];
		for await (const chunk of request) chunks.push(chunk as Buffer);
		const body = Buffer.concat(chunks).toString();
		let type: string;
		try {
			if (this.#webhook === null) return 503;
			({ type } = this.#webhook.verify(body, request.headers as Record<string, string>) as { type: string });
		} catch {
			this.forged += 1;
			return 401;
		}
		if (this.failing) {
			this.refused += 1;
			return 500;
		}
		const id = String(request.headers["webhook-id"]);
		if (this.#ids.has(id)) this.repeated += 1;
		else this.taken.set(type, (this.taken.get(type) ?? 0) + 1);
		this.#ids.add(id);
		return 204;
	}
}
