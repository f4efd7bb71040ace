/**
 * What the watchers of one SKU are sent: the availability when it changes, and each shopper's own reservation.
 *
 * - A burst of changes is sent at most every `LIVE_INTERVAL_MS`, and its last state is always sent. What the clock alone
 *   changes, or the merchant's policy, is a change too.
 * - The availability is made once for all watchers. A reservation is read only for a watcher whose row changed, or whose
 *   place is among those that are counted.
 * - Watchers of a hot SKU are at its gates, which are told the same with one message each (`gate-lines.ts`).
 *
 * An object whose watchers are idle may hibernate, since the platform keeps the sockets
 * (https://developers.cloudflare.com/durable-objects/best-practices/websockets/). What each was sent is forgotten then,
 * and its reservation is sent again with the next change.
 *
 * Not here: the sockets (`live-sockets.ts`), the messages (`commands/watching.ts`), who may watch
 * (`http/shopper/live.ts`).
 */

import type { Policy } from "../catalog/policy.ts";
import { LIVE_INTERVAL_MS, LIVE_SOCKETS } from "../limits.ts";
import type { Views } from "./commands/watching.ts";
import { type GateAttachment, GateLines } from "./gate-lines.ts";
import { type Attachment, LiveSockets, type Watching } from "./live-sockets.ts";
import { Places } from "./places.ts";
import type { HotWord } from "./rules/gates.ts";

interface Surroundings {
	/** Brings the stock up to the clock, and gives what there is to see then; null for no SKU. */
	look(): Promise<Views | null>;
	/** Whether the SKU is hot. */
	word(): HotWord | undefined;
}

export class LiveFeed {
	readonly #ctx: DurableObjectState;
	readonly #object: Surroundings;
	readonly #sockets: LiveSockets;
	readonly #gates = new GateLines();
	readonly #places = new Places();
	/** The sockets that outlived the object's memory are known. */
	#isRestored = false;
	/** Shoppers whose own reservation is to be sent; "all" for everybody's. */
	#changed: Set<string> | "all" = new Set();
	#hasWaitlistMoved = false;
	#lastAvailability: string | null = null;
	#timer: ReturnType<typeof setTimeout> | null = null;

	constructor(ctx: DurableObjectState, object: Surroundings) {
		this.#ctx = ctx;
		this.#object = object;
		this.#sockets = new LiveSockets(LIVE_SOCKETS, (socket, attachment) => this.#accept(socket, attachment));
	}

	/** All who watch, here and at gates. */
	get watchers(): number {
		return this.#known().size + this.#gates.watchers;
	}

	/** Opens a socket and sends it everything, or says why not. */
	watch(attachment: Attachment, views: Views): Watching {
		const sockets = this.#known();
		if (sockets.isFull) return { kind: "too-many" };
		const { shopperId } = attachment;
		const few = views.mayWatch(shopperId === null ? [] : [shopperId]);
		if (few !== null && (shopperId === null || !few.has(shopperId))) return { kind: "unknown-sku" };
		const opened = sockets.open(attachment);
		if (opened === "too-many-from-address") return { kind: opened };
		const { content, message } = views.availability();
		if (sockets.size === 1) this.#lastAvailability = content;
		sockets.send(opened.watcher, message);
		if (shopperId !== null) sockets.sendOwn(shopperId, views.reservations([shopperId], true).get(shopperId));
		return { kind: "watching", socket: opened.client };
	}

	/** Opens the socket of a gate. */
	follow(attachment: GateAttachment, views: Views): Watching {
		this.#known();
		const { 0: client, 1: server } = new WebSocketPair();
		this.#accept(server, attachment);
		this.#gates.add(server, attachment, true);
		this.#gates.greet(server, this.#news(views, true));
		return { kind: "watching", socket: client };
	}

	/**
	 * Something changed: sends it soon, together with what else changes until then.
	 * @param of the shoppers whose reservations changed
	 * @param hasWaitlistMoved others may have another place on the waitlist
	 */
	notifyChange(of: readonly string[] | "all", hasWaitlistMoved: boolean): void {
		const sockets = this.#known();
		if (sockets.size + this.#gates.size === 0) return;
		this.#gates.note(of);
		if (of === "all") this.#changed = "all";
		else if (this.#changed !== "all") for (const id of of) if (sockets.ofShopper(id)) this.#changed.add(id);
		this.#hasWaitlistMoved ||= hasWaitlistMoved;
		this.#timer ??= setTimeout(() => void this.#push(), LIVE_INTERVAL_MS);
	}

	/** When the clock alone gives watchers something to learn: for the alarm, which then calls `clockMoved`. */
	dueMs(nowMs: number, policy: Policy | null): number | null {
		const { size, tokenEndsAtMs } = this.#known();
		if (size + this.#gates.size === 0) return null;
		let dueMs = tokenEndsAtMs;
		for (const atMs of [policy?.saleStartsAtMs ?? null, policy?.saleEndsAtMs ?? null])
			if (atMs !== null && atMs > nowMs) dueMs = Math.min(dueMs, atMs);
		return dueMs === Number.POSITIVE_INFINITY ? null : dueMs;
	}

	/** Sends what the clock has changed, if anything, and closes the sockets whose token has run out. */
	clockMoved(nowMs: number): void {
		this.#known().closeEnded(nowMs);
		this.notifyChange([], false);
	}

	spoke(socket: WebSocket, message: string | ArrayBuffer): void {
		const sockets = this.#known();
		if (this.#gates.has(socket)) this.#gates.spoke(socket, message, () => this.#object.word());
		else sockets.spoke(socket);
	}

	closed(socket: WebSocket): void {
		const sockets = this.#known();
		this.#gates.closed(socket);
		sockets.closed(socket);
	}

	#accept(socket: WebSocket, attachment: Attachment | GateAttachment): void {
		this.#ctx.acceptWebSocket(socket);
		socket.serializeAttachment(attachment);
	}

	#known(): LiveSockets {
		if (this.#isRestored) return this.#sockets;
		this.#isRestored = true;
		for (const socket of this.#ctx.getWebSockets()) {
			const attachment = socket.deserializeAttachment() as Attachment | GateAttachment;
			if ("gate" in attachment) this.#gates.add(socket, attachment, false);
			else this.#sockets.add(socket, attachment);
		}
		if (this.#sockets.size > 0) this.#changed = "all";
		return this.#sockets;
	}

	async #push(): Promise<void> {
		// An object that cannot look now is in trouble of its own: watchers are told with the next change.
		const views = await this.#object.look().catch(() => null);
		this.#timer = null;
		const sockets = this.#known();
		sockets.closeEnded(Date.now());
		if (views === null || sockets.size + this.#gates.size === 0) return;
		this.#gates.tell(this.#news(views, this.#hasWaitlistMoved));
		const { content, message } = views.availability();
		if (content !== this.#lastAvailability) sockets.sendAll(message);
		this.#lastAvailability = content;
		const isAll = this.#changed === "all";
		const changed = this.#changed === "all" ? new Set(sockets.shopperIds()) : this.#changed;
		const isWatched = (shopperId: string) => sockets.ofShopper(shopperId) !== undefined;
		if (this.#hasWaitlistMoved && sockets.size > 0)
			for (const shopperId of this.#places.moved(views.firstWaiting(), isWatched)) changed.add(shopperId);
		this.#changed = new Set();
		this.#hasWaitlistMoved = false;
		for (const [shopperId, own] of views.reservations(changed, !isAll)) sockets.sendOwn(shopperId, own);
		sockets.closeStrangers(views.mayWatch([...sockets.shopperIds()]));
	}

	/** For gates. */
	#news(views: Views, hasWaitlistMoved: boolean) {
		if (this.#gates.size === 0) return NOTHING;
		return {
			...views.availability(),
			waiting: hasWaitlistMoved ? views.firstWaiting() : null,
			isArchived: views.mayWatch([]) !== null,
			hot: this.#object.word(),
		};
	}
}

const NOTHING = { content: "", message: "", waiting: null, isArchived: false } as const;
