/**
 * The WebSockets of one SKU's watchers. Each receives the availability when it changes, and its shopper's reservation.
 *
 * A burst of changes is sent at most every `LIVE_INTERVAL_MS`, and its last state is always sent. The number of sockets
 * is bounded. An object whose watchers are idle may hibernate, since the platform keeps the sockets
 * (https://developers.cloudflare.com/durable-objects/best-practices/websockets/). What a socket sends to us is ignored.
 *
 * Not here: the messages (`watcherMessages` in `commands/queries.ts`), who may watch (`http/shopper/live.ts`).
 */
import { LIVE_INTERVAL_MS, LIVE_SOCKETS } from "../limits.ts";

/** The attachment of a socket: what it was sent last. The platform keeps it while the object hibernates. */
interface Watcher {
	/** Null for a watcher who is no shopper, and receives the availability only. */
	readonly shopperId: string | null;
	/** Absent from an attachment of version 0.1: then everything is sent again. */
	readonly lastSent?: readonly string[];
}

/** The messages for a watcher as of now. One is sent only if it differs from the last one sent at its index. */
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

	/** Opens a socket and sends it everything. @returns the client's end of it */
	watch(shopperId: string | null): WebSocket {
		const { 0: client, 1: server } = new WebSocketPair();
		this.#ctx.acceptWebSocket(server);
		this.#push(server, { shopperId });
		return client;
	}

	/** Something changed: sends it soon, together with what else changes until then. */
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
			// The socket was closed in this very moment, and the platform is about to report it.
		}
	}
}
