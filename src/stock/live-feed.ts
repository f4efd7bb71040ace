/**
 * Who is watching one SKU: sockets that are told when its availability changes, and their own shopper's reservation.
 *
 * What it keeps true: a burst of changes is told at most every `LIVE_INTERVAL_MS`, and the last state is always told; the
 * number of sockets is bounded; an object whose watchers are idle may sleep, since the platform keeps the sockets
 * (https://developers.cloudflare.com/durable-objects/best-practices/websockets/). What a socket says is not listened to.
 *
 * Not here: what there is to tell (`sku.ts`), who may watch (`http/live.ts`).
 */
import { LIVE_INTERVAL_MS, LIVE_SOCKETS } from "../limits.ts";

/** What one socket was told last, kept by the platform while the object sleeps. */
interface Watcher {
	/** Null for somebody who only watches what is available. */
	readonly shopperId: string | null;
	/** Absent from an attachment of version 0.1: then everything is sent again. */
	readonly lastSent?: readonly string[];
}

/** The messages for a watcher as things are now; each is sent when it differs from the one sent last. */
type Messages = (shopperId: string | null) => readonly string[];

export class LiveFeed {
	readonly #ctx: DurableObjectState;
	readonly #messages: Messages;
	#timer: ReturnType<typeof setTimeout> | null = null;

	constructor(ctx: DurableObjectState, messages: Messages) {
		this.#ctx = ctx;
		this.#messages = messages;
	}

	get isFull(): boolean {
		return this.#ctx.getWebSockets().length >= LIVE_SOCKETS;
	}

	/** The client's end of a new socket, to which everything has been told that there is. */
	watch(shopperId: string | null): WebSocket {
		const { 0: client, 1: server } = new WebSocketPair();
		this.#ctx.acceptWebSocket(server);
		this.#push(server, { shopperId });
		return client;
	}

	/** Something changed. Told soon, together with what else changes until then. */
	notifyChange(): void {
		if (this.#timer !== null || this.#ctx.getWebSockets().length === 0) return;
		this.#timer = setTimeout(() => {
			this.#timer = null;
			for (const socket of this.#ctx.getWebSockets()) this.#push(socket, socket.deserializeAttachment() as Watcher);
		}, LIVE_INTERVAL_MS);
	}

	#push(socket: WebSocket, { shopperId, lastSent = [] }: Watcher): void {
		const messages = this.#messages(shopperId);
		try {
			for (const [index, message] of messages.entries()) if (message !== lastSent[index]) socket.send(message);
			socket.serializeAttachment({ shopperId, lastSent: messages } satisfies Watcher);
		} catch {
			// It was closed in this very moment: the platform is about to say so.
		}
	}
}
