/**
 * The WebSockets of one SKU's watchers. Each receives the availability when it changes, and its shopper's reservation.
 *
 * - A burst of changes is sent at most every `LIVE_INTERVAL_MS`, and its last state is always sent. What the clock alone
 *   changes, or the merchant's policy, is a change too.
 * - The availability is made once for all watchers. A reservation is read only for a watcher whose row changed, or whose
 *   place is among those that are counted.
 * - Sockets are bounded in all, for an address and for a shopper. One that speaks is closed, since nobody has anything
 *   to say here, and so is one whose token has run out.
 *
 * An object whose watchers are idle may hibernate, since the platform keeps the sockets
 * (https://developers.cloudflare.com/durable-objects/best-practices/websockets/). What each was sent is forgotten then,
 * and its reservation is sent again with the next change.
 *
 * Not here: the messages (`commands/watching.ts`), who may watch (`http/shopper/live.ts`).
 */

import type { Policy } from "../catalog/policy.ts";
import { LIVE_INTERVAL_MS, LIVE_SOCKETS, LIVE_SOCKETS_PER_ADDRESS, LIVE_SOCKETS_PER_SHOPPER } from "../limits.ts";
import type { Views } from "./commands/watching.ts";
import { WATCHER_ADDRESS_HEADER, WATCHER_HEADER, WATCHER_UNTIL_HEADER } from "./rpc.ts";

/** The attachment of a socket, which the platform keeps while the object hibernates. Version 0.1 wrote the first. */
interface Attachment {
	/** Null for a watcher who is no shopper, and receives the availability only. */
	readonly shopperId: string | null;
	readonly address?: string | null;
	/** When the token runs out. */
	readonly untilMs?: number | null;
}

interface Watcher extends Attachment {
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

export class LiveFeed {
	readonly #ctx: DurableObjectState;
	readonly #look: () => Promise<Views | null>;
	/** Oldest first. Null until the sockets that outlived the object's memory are known. */
	#watchers: Map<WebSocket, Watcher> | null = null;
	readonly #ofShopper = new Map<string, Set<Watcher>>();
	readonly #ofAddress = new Map<string, number>();
	/** Shoppers whose own reservation is to be sent; "all" for everybody's. */
	#changed: Set<string> | "all" = new Set();
	#hasWaitlistMoved = false;
	/** Where those who watch stood on the waitlist when they were last counted. */
	#positions = new Map<string, number>();
	#lastAvailability: string | null = null;
	/** When the first token runs out, or earlier. */
	#tokenEndsAtMs = Number.POSITIVE_INFINITY;
	#timer: ReturnType<typeof setTimeout> | null = null;

	/** @param look brings the stock up to the clock, and gives what there is to see then; null for no SKU */
	constructor(ctx: DurableObjectState, look: () => Promise<Views | null>) {
		this.#ctx = ctx;
		this.#look = look;
	}

	/** Opens a socket and sends it everything, or says why not. */
	watch(attachment: Attachment, views: Views): Watching {
		const watchers = this.#all();
		if (watchers.size >= LIVE_SOCKETS) return { kind: "too-many" };
		const { shopperId, address } = attachment;
		const few = views.mayWatch(shopperId === null ? [] : [shopperId]);
		if (few !== null && (shopperId === null || !few.has(shopperId))) return { kind: "unknown-sku" };
		if (address != null && (this.#ofAddress.get(address) ?? 0) >= LIVE_SOCKETS_PER_ADDRESS)
			return { kind: "too-many-from-address" };
		const [oldest, ...others] = (shopperId !== null && this.#ofShopper.get(shopperId)) || [];
		if (oldest !== undefined && others.length + 1 >= LIVE_SOCKETS_PER_SHOPPER)
			this.#close(oldest, "another socket of this shopper took its place");
		const { 0: client, 1: server } = new WebSocketPair();
		this.#ctx.acceptWebSocket(server);
		server.serializeAttachment(attachment);
		const watcher = this.#add(server, attachment);
		const { content, message } = views.availability();
		if (watchers.size === 1) this.#lastAvailability = content;
		this.#send(watcher, message);
		if (shopperId !== null) this.#sendOwn(watcher, views.reservations([shopperId], true).get(shopperId));
		return { kind: "watching", socket: client };
	}

	/**
	 * Something changed: sends it soon, together with what else changes until then.
	 * @param of the shoppers whose reservations changed
	 * @param hasWaitlistMoved others may have another place on the waitlist
	 */
	notifyChange(of: readonly string[] | "all", hasWaitlistMoved: boolean): void {
		if (this.#all().size === 0) return;
		if (of === "all") this.#changed = "all";
		else if (this.#changed !== "all") for (const id of of) if (this.#ofShopper.has(id)) this.#changed.add(id);
		this.#hasWaitlistMoved ||= hasWaitlistMoved;
		this.#timer ??= setTimeout(() => void this.#push(), LIVE_INTERVAL_MS);
	}

	/** When the clock alone gives watchers something to learn: for the alarm, which then calls `clockMoved`. */
	dueMs(nowMs: number, policy: Policy | null): number | null {
		if (this.#all().size === 0) return null;
		let dueMs = this.#tokenEndsAtMs;
		for (const atMs of [policy?.saleStartsAtMs ?? null, policy?.saleEndsAtMs ?? null])
			if (atMs !== null && atMs > nowMs) dueMs = Math.min(dueMs, atMs);
		return dueMs === Number.POSITIVE_INFINITY ? null : dueMs;
	}

	/** Sends what the clock has changed, if anything, and closes the sockets whose token has run out. */
	clockMoved(nowMs: number): void {
		this.#closeEnded(nowMs);
		this.notifyChange([], false);
	}

	/** A watcher has nothing to say: a client that does takes the object's time for nothing. */
	spoke(socket: WebSocket): void {
		const watcher = this.#all().get(socket);
		if (watcher === undefined) socket.close(POLICY_VIOLATION, "this socket takes no messages");
		else this.#close(watcher, "this socket takes no messages");
	}

	/** The platform reports that a socket is gone, or wants to go: without our word its client would wait for it for long. */
	closed(socket: WebSocket): void {
		const watcher = this.#all().get(socket);
		if (watcher !== undefined) this.#forget(watcher);
		socket.close(1000, "");
	}

	#all(): Map<WebSocket, Watcher> {
		if (this.#watchers === null) {
			this.#watchers = new Map();
			for (const socket of this.#ctx.getWebSockets()) this.#add(socket, socket.deserializeAttachment() as Attachment);
			if (this.#watchers.size > 0) this.#changed = "all";
		}
		return this.#watchers;
	}

	#add(socket: WebSocket, { shopperId, address = null, untilMs = null }: Attachment): Watcher {
		const watcher: Watcher = { socket, shopperId, address, untilMs, lastOwn: undefined };
		this.#watchers?.set(socket, watcher);
		if (shopperId !== null) {
			const others = this.#ofShopper.get(shopperId) ?? new Set();
			this.#ofShopper.set(shopperId, others.add(watcher));
		}
		if (address !== null) this.#ofAddress.set(address, (this.#ofAddress.get(address) ?? 0) + 1);
		if (untilMs !== null) this.#tokenEndsAtMs = Math.min(this.#tokenEndsAtMs, untilMs);
		return watcher;
	}

	#forget(watcher: Watcher): void {
		const { socket, shopperId, address = null } = watcher;
		if (!this.#watchers?.delete(socket)) return;
		const others = shopperId === null ? undefined : this.#ofShopper.get(shopperId);
		others?.delete(watcher);
		if (others?.size === 0) this.#ofShopper.delete(shopperId as string);
		if (address === null) return;
		const left = (this.#ofAddress.get(address) ?? 0) - 1;
		if (left > 0) this.#ofAddress.set(address, left);
		else this.#ofAddress.delete(address);
	}

	#close(watcher: Watcher, reason: string): void {
		this.#forget(watcher);
		try {
			watcher.socket.close(POLICY_VIOLATION, reason);
		} catch {
			// It was closed in this very moment.
		}
	}

	#closeEnded(nowMs: number): void {
		if (this.#all().size === 0 || this.#tokenEndsAtMs > nowMs) return;
		this.#tokenEndsAtMs = Number.POSITIVE_INFINITY;
		for (const watcher of [...this.#all().values()]) {
			const untilMs = watcher.untilMs ?? Number.POSITIVE_INFINITY;
			if (untilMs <= nowMs) this.#close(watcher, "the token has run out");
			else this.#tokenEndsAtMs = Math.min(this.#tokenEndsAtMs, untilMs);
		}
	}

	async #push(): Promise<void> {
		// An object that cannot look now is in trouble of its own: watchers are told with the next change.
		const views = await this.#look().catch(() => null);
		this.#timer = null;
		this.#closeEnded(Date.now());
		if (views === null || this.#all().size === 0) return;
		const { content, message } = views.availability();
		if (content !== this.#lastAvailability) for (const watcher of this.#all().values()) this.#send(watcher, message);
		this.#lastAvailability = content;
		const isAll = this.#changed === "all";
		const changed = this.#changed === "all" ? new Set(this.#ofShopper.keys()) : this.#changed;
		if (this.#hasWaitlistMoved) for (const shopperId of this.#whosePlaceMoved(views)) changed.add(shopperId);
		this.#changed = new Set();
		this.#hasWaitlistMoved = false;
		for (const [shopperId, own] of views.reservations(changed, !isAll))
			for (const watcher of this.#ofShopper.get(shopperId) ?? []) this.#sendOwn(watcher, own);
		this.#closeStrangers(views);
	}

	/** Of an archived product only those may learn who have something of it. */
	#closeStrangers(views: Views): void {
		const few = views.mayWatch([...this.#ofShopper.keys()]);
		if (few === null) return;
		for (const watcher of [...this.#all().values()])
			if (watcher.shopperId === null || !few.has(watcher.shopperId)) this.#close(watcher, "the product is archived");
	}

	#whosePlaceMoved(views: Views): string[] {
		const before = this.#positions;
		this.#positions = new Map();
		for (const [index, shopperId] of views.firstWaiting().entries())
			if (this.#ofShopper.has(shopperId)) this.#positions.set(shopperId, index);
		return [...this.#positions].flatMap(([shopperId, index]) => (before.get(shopperId) === index ? [] : [shopperId]));
	}

	#sendOwn(watcher: Watcher, message: string | undefined): void {
		if (message === undefined || message === watcher.lastOwn) return;
		watcher.lastOwn = message;
		this.#send(watcher, message);
	}

	#send({ socket }: Watcher, message: string): void {
		try {
			socket.send(message);
		} catch {
			// The socket was closed in this very moment, and the platform is about to report it.
		}
	}
}
