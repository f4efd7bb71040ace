/** An object that only sends: what sockets cost by themselves, as `LiveFeed` uses them, beside what is sent to watchers. */
import { DurableObject } from "cloudflare:workers";

/** About as long as the availability. */
const PADDING = "x".repeat(250);

export class BareFeed extends DurableObject<Env> {
	#sent = 0;

	override async fetch(): Promise<Response> {
		const { 0: client, 1: server } = new WebSocketPair();
		this.ctx.acceptWebSocket(server);
		server.send(PADDING);
		return new Response(null, { status: 101, webSocket: client });
	}

	async send(): Promise<void> {
		this.#sent += 1;
		const message = `${PADDING}${this.#sent}`;
		for (const socket of this.ctx.getWebSockets()) socket.send(message);
	}
}
