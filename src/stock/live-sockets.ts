/**
 * The WebSockets of watchers at one object: of a SKU, or a gate of one.
 *
 * They are bounded in all, for an address and for a shopper. One that speaks is closed, since nobody has anything to say
 * here, and so is one whose token has run out.
 */
import { LIVE_SOCKETS_PER_ADDRESS, LIVE_SOCKETS_PER_SHOPPER } from "../limits.ts";
import { HOT_HEADER, WATCHER_ADDRESS_HEADER, WATCHER_HEADER, WATCHER_UNTIL_HEADER } from "./rpc.ts";
import type { HotWord } from "./rules/gates.ts";

/** Who watches. What the platform keeps of a socket while its object hibernates: version 0.1 wrote the first member. */
export interface Attachment {
	/** Null for a watcher who is no shopper, and receives the availability only. */
	readonly shopperId: string | null;
	readonly address?: string | null;
	/** When the token runs out. */
	readonly untilMs?: number | null;
}

export interface Watcher extends Attachment {
	readonly socket: WebSocket;
	/** The last message about the shopper's own reservation; undefined when it is not known. */
	lastOwn: string | undefined;
}

/** Close codes of RFC 6455, section 7.4.1. */
const POLICY_VIOLATION = 1008;

export type Watching =
	| { readonly kind: "watching"; readonly socket: WebSocket }
	| { readonly kind: "too-many" | "too-many-from-address" | "unknown-sku" };

/** Who watches, from the headers that the Worker has set. */
export function watcherOf(headers: Headers): Attachment {
	const until = headers.get(WATCHER_UNTIL_HEADER);
	const untilMs = until === null ? null : Number(until);
	return { shopperId: headers.get(WATCHER_HEADER), address: headers.get(WATCHER_ADDRESS_HEADER), untilMs };
}

/** Tells a watcher's caller what became of it. @param word of a SKU that is hot */
export function watchingResponse(watching: Watching, word: HotWord | undefined): Response {
	const headers: HeadersInit = word === undefined ? {} : { [HOT_HEADER]: `${word.forMs} ${word.gates}` };
	switch (watching.kind) {
		case "watching":
			return new Response(null, { status: 101, webSocket: watching.socket, headers });
		case "too-many":
			return new Response(null, { status: 503, headers });
		case "too-many-from-address":
			return new Response(null, { status: 429, headers });
		case "unknown-sku":
			return new Response(null, { status: 404, headers });
	}
}

/** The word in the answer to a watcher. */
export function wordIn(headers: Headers): HotWord | undefined {
	const [forMs = 0, gates = 1] = (headers.get(HOT_HEADER) ?? "").split(" ").map(Number);
	return forMs > 0 ? { forMs, gates } : undefined;
}

export class LiveSockets {
	readonly #atMost: number;
	readonly #accept: (socket: WebSocket, attachment: Attachment) => void;
	/** Oldest first. */
	readonly #watchers = new Map<WebSocket, Watcher>();
	readonly #ofShopper = new Map<string, Set<Watcher>>();
	readonly #ofAddress = new Map<string, number>();
	/** When the first token runs out, or earlier. */
	#tokenEndsAtMs = Number.POSITIVE_INFINITY;

	/** @param accept takes over the object's end of a new socket */
	constructor(atMost: number, accept: (socket: WebSocket, attachment: Attachment) => void) {
		this.#atMost = atMost;
		this.#accept = accept;
	}

	get size(): number {
		return this.#watchers.size;
	}

	get tokenEndsAtMs(): number {
		return this.#tokenEndsAtMs;
	}

	all(): IterableIterator<Watcher> {
		return this.#watchers.values();
	}

	shopperIds(): IterableIterator<string> {
		return this.#ofShopper.keys();
	}

	ofShopper(shopperId: string): ReadonlySet<Watcher> | undefined {
		return this.#ofShopper.get(shopperId);
	}

	of(socket: WebSocket): Watcher | undefined {
		return this.#watchers.get(socket);
	}

	get isFull(): boolean {
		return this.#watchers.size >= this.#atMost;
	}

	/** Opens a socket, and closes the oldest of a shopper who has as many as a shopper may have. */
	open(attachment: Attachment): { readonly watcher: Watcher; readonly client: WebSocket } | "too-many-from-address" {
		const { shopperId, address } = attachment;
		if (address != null && (this.#ofAddress.get(address) ?? 0) >= LIVE_SOCKETS_PER_ADDRESS)
			return "too-many-from-address";
		const [oldest, ...others] = (shopperId !== null && this.#ofShopper.get(shopperId)) || [];
		if (oldest !== undefined && others.length + 1 >= LIVE_SOCKETS_PER_SHOPPER)
			this.close(oldest, "another socket of this shopper took its place");
		const { 0: client, 1: server } = new WebSocketPair();
		this.#accept(server, attachment);
		return { watcher: this.add(server, attachment), client };
	}

	/** A socket that is open already. */
	add(socket: WebSocket, { shopperId, address = null, untilMs = null }: Attachment): Watcher {
		const watcher: Watcher = { socket, shopperId, address, untilMs, lastOwn: undefined };
		this.#watchers.set(socket, watcher);
		if (shopperId !== null) {
			const others = this.#ofShopper.get(shopperId) ?? new Set();
			this.#ofShopper.set(shopperId, others.add(watcher));
		}
		if (address !== null) this.#ofAddress.set(address, (this.#ofAddress.get(address) ?? 0) + 1);
		if (untilMs !== null) this.#tokenEndsAtMs = Math.min(this.#tokenEndsAtMs, untilMs);
		return watcher;
	}

	/** A watcher has nothing to say: a client that does takes the object's time for nothing. */
	spoke(socket: WebSocket): void {
		const watcher = this.#watchers.get(socket);
		if (watcher === undefined) socket.close(POLICY_VIOLATION, "this socket takes no messages");
		else this.close(watcher, "this socket takes no messages");
	}

	/** The platform reports that a socket is gone, or wants to go: without our word its client would wait for it for long. */
	closed(socket: WebSocket): void {
		const watcher = this.#watchers.get(socket);
		if (watcher !== undefined) this.#forget(watcher);
		socket.close(1000, "");
	}

	closeEnded(nowMs: number): void {
		if (this.#watchers.size === 0 || this.#tokenEndsAtMs > nowMs) return;
		this.#tokenEndsAtMs = Number.POSITIVE_INFINITY;
		for (const watcher of [...this.#watchers.values()]) {
			const untilMs = watcher.untilMs ?? Number.POSITIVE_INFINITY;
			if (untilMs <= nowMs) this.close(watcher, "the token has run out");
			else this.#tokenEndsAtMs = Math.min(this.#tokenEndsAtMs, untilMs);
		}
	}

	/** Closes those who may not watch. @param few the shoppers who may; null for everybody */
	closeStrangers(few: ReadonlySet<string> | null): void {
		if (few === null) return;
		for (const watcher of [...this.#watchers.values()])
			if (watcher.shopperId === null || !few.has(watcher.shopperId)) this.close(watcher, "the product is archived");
	}

	close(watcher: Watcher, reason: string, code = POLICY_VIOLATION): void {
		this.#forget(watcher);
		try {
			watcher.socket.close(code, reason);
		} catch {
			// It was closed in this very moment.
		}
	}

	sendAll(message: string): void {
		for (const watcher of this.#watchers.values()) this.send(watcher, message);
	}

	/** To all sockets of this shopper, unless it is what they know. */
	sendOwn(shopperId: string, message: string | undefined): void {
		for (const watcher of this.#ofShopper.get(shopperId) ?? []) {
			if (message === undefined || message === watcher.lastOwn) continue;
			watcher.lastOwn = message;
			this.send(watcher, message);
		}
	}

	send({ socket }: Watcher, message: string): void {
		try {
			socket.send(message);
		} catch {
			// The socket was closed in this very moment, and the platform is about to report it.
		}
	}

	#forget(watcher: Watcher): void {
		const { socket, shopperId, address = null } = watcher;
		if (!this.#watchers.delete(socket)) return;
		const others = shopperId === null ? undefined : this.#ofShopper.get(shopperId);
		others?.delete(watcher);
		if (others?.size === 0) this.#ofShopper.delete(shopperId as string);
		if (address === null) return;
		const left = (this.#ofAddress.get(address) ?? 0) - 1;
		if (left > 0) this.#ofAddress.set(address, left);
		else this.#ofAddress.delete(address);
	}
}
