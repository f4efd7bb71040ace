/**
 * The watchers at a gate. They see what they would see at the SKU's object, which has one socket to the gate in place of
 * all of theirs.
 *
 * - The object says what changed (`GateNews`). The availability is in it; of the reservations the gate asks for those
 *   that its watchers have.
 * - A gate that lost its socket opens it anew and asks for everything. If that fails, it lets its watchers go: they
 *   come again, and find another way.
 * - When the SKU is cold it lets them go too. Nothing keeps the gate then.
 *
 * The sockets end with the gate: nothing of them is stored.
 */
import {
	CALL_TIMEOUT_MS,
	GATE_FOLLOW_TRIES,
	GATE_OWN_MESSAGES,
	GATE_SOCKETS,
	GATE_TICK_MS,
	HOT_FOR_MS,
} from "../../limits.ts";
import { lateObject, messageOf, ObjectUnavailable } from "../../platform/errors.ts";
import { log } from "../../platform/log.ts";
import { withTimeout } from "../../platform/timeout.ts";
import { callSku, type StockEnv } from "../../stock/client.ts";
import { type Attachment, LiveSockets, type Watcher, type Watching } from "../../stock/live-sockets.ts";
import { Places } from "../../stock/places.ts";
import { GATE_HEADER, type GateNews } from "../../stock/rpc.ts";
import { CallBatcher, type KeepAlive } from "../call-batcher.ts";
import type { GateTraffic } from "./traffic.ts";

/** What a watcher is sent about the own reservation, and whether it may watch. */
interface Own {
	readonly message: string | null;
	readonly mayWatch: boolean;
}

type News = Omit<GateNews, "changed" | "hot">;

/** "Service restart" of the registry of close codes: the client comes again. */
const COME_AGAIN = 1012;

export class GateFeed {
	readonly #gate: { readonly env: StockEnv; readonly name: string; readonly sku: string };
	readonly #traffic: GateTraffic;
	readonly #keepAlive: KeepAlive;
	readonly #sockets = new LiveSockets(GATE_SOCKETS, (socket) => this.#accept(socket));
	readonly #places = new Places();
	readonly #newcomers = new CallBatcher<string, Own>((ids) => this.#askOwn(ids, true));
	/** The socket to the SKU's object; null while there is none. */
	#line: WebSocket | null = null;
	#following: Promise<"following" | "unknown-sku"> | null = null;
	#heardAtMs = 0;
	#latest: News | null = null;
	/** Counts the news, to see whether there were any meanwhile. */
	#count = 0;
	#lastAvailability: string | null = null;
	#changed: Set<string> | "all" = new Set();
	#waiting: readonly string[] | null = null;
	#isPushing = false;
	#ticking: ReturnType<typeof setInterval> | null = null;

	constructor(gate: { env: StockEnv; name: string; sku: string }, traffic: GateTraffic, keepAlive: KeepAlive) {
		this.#gate = gate;
		this.#traffic = traffic;
		this.#keepAlive = keepAlive;
	}

	get watchers(): number {
		return this.#sockets.size;
	}

	/**
	 * Opens a socket and sends it everything, or says why not.
	 * @throws ObjectUnavailable when the SKU's object cannot serve just now
	 */
	async watch(attachment: Attachment): Promise<Watching> {
		if (this.#sockets.isFull) return { kind: "too-many" };
		if ((await this.#follow()) === "unknown-sku") return { kind: "unknown-sku" };
		const { shopperId } = attachment;
		const before = this.#count;
		const own = shopperId === null ? null : await this.#newcomers.call(shopperId, Date.now(), this.#keepAlive);
		const { isArchived, message } = this.#latest as News;
		if (isArchived && own?.mayWatch !== true) return { kind: "unknown-sku" };
		if (this.#sockets.isFull) return { kind: "too-many" };
		const opened = this.#sockets.open(attachment);
		if (opened === "too-many-from-address") return { kind: opened };
		if (this.#sockets.size === 1) this.#beginWith(this.#latest as News);
		this.#sockets.send(opened.watcher, message);
		if (shopperId !== null) {
			this.#sockets.sendOwn(shopperId, own?.message ?? undefined);
			// What changed while it was asked for was not yet known to be watched.
			if (this.#count !== before) this.#note([shopperId]);
		}
		if (this.#line === null) this.#keepAlive(this.#followAgain());
		if (this.#ticking === null) {
			this.#tell();
			this.#ticking = setInterval(() => this.#tick(), GATE_TICK_MS);
		}
		return { kind: "watching", socket: opened.client };
	}

	/** The first watcher is sent all that there is: what came before concerns nobody. */
	#beginWith({ content }: News): void {
		this.#lastAvailability = content;
		this.#changed = new Set();
		this.#waiting = null;
	}

	#accept(socket: WebSocket): void {
		socket.accept();
		socket.addEventListener("message", () => this.#sockets.spoke(socket));
		socket.addEventListener("close", () => this.#sockets.closed(socket));
		socket.addEventListener("error", () => this.#sockets.closed(socket));
	}

	// ---- The socket to the SKU's object

	#follow(): Promise<"following" | "unknown-sku"> {
		if (this.#line !== null) return Promise.resolve("following");
		this.#following ??= this.#openLine().finally(() => {
			this.#following = null;
		});
		return this.#following;
	}

	async #openLine(): Promise<"following" | "unknown-sku"> {
		const { env, name, sku } = this.#gate;
		const headers = { upgrade: "websocket", [GATE_HEADER]: name };
		const { status, webSocket } = await callSku(env, sku, (object) =>
			object.fetch(new Request("https://sku/live", { headers })),
		);
		if (status === 404) return "unknown-sku";
		if (webSocket === null) throw new ObjectUnavailable("a SKU's object did not let its gate follow");
		const greeted = Promise.withResolvers<void>();
		webSocket.accept();
		webSocket.addEventListener("message", ({ data }) => {
			this.#heard(JSON.parse(data as string));
			greeted.resolve();
		});
		const gone = () => {
			greeted.reject(new ObjectUnavailable("a SKU's object closed the socket of its gate"));
			if (this.#line === webSocket) this.#lost();
		};
		webSocket.addEventListener("close", gone);
		webSocket.addEventListener("error", gone);
		try {
			await withTimeout(greeted.promise, CALL_TIMEOUT_MS, lateObject);
		} catch (error) {
			webSocket.close(1000, "no greeting");
			throw error;
		}
		this.#line = webSocket;
		return "following";
	}

	/** The first news is of everything. An answer to how many watch here says only whether the SKU is hot. */
	#heard(news: GateNews | Pick<GateNews, "hot">): void {
		const nowMs = Date.now();
		this.#heardAtMs = nowMs;
		this.#traffic.hear(news.hot, nowMs);
		if (!("content" in news)) return;
		this.#count += 1;
		this.#latest = news;
		this.#waiting = news.waiting ?? this.#waiting;
		this.#note(news.changed);
	}

	#lost(): void {
		this.#line = null;
		if (this.#sockets.size > 0) this.#keepAlive(this.#followAgain());
	}

	async #followAgain(): Promise<void> {
		for (let tries = 0; tries < GATE_FOLLOW_TRIES && this.#sockets.size > 0; tries++) {
			await scheduler.wait(Math.random() * 1_000);
			const result = await this.#follow().catch(() => null);
			if (result === "following") return;
		}
		this.#letGo("the stock cannot be followed just now");
	}

	#letGo(reason: string): void {
		for (const watcher of [...this.#sockets.all()] as Watcher[]) this.#sockets.close(watcher, reason, COME_AGAIN);
		this.#rest();
	}

	/** Nobody watches here. */
	#rest(): void {
		if (this.#ticking !== null) clearInterval(this.#ticking);
		this.#ticking = null;
		const line = this.#line;
		this.#line = null;
		line?.close(1000, "nobody watches at this gate");
	}

	/** The socket is silent, and may be dead without knowing. */
	#hangUp(): void {
		const line = this.#line;
		this.#lost();
		line?.close(1000, "no answer");
	}

	#tell(): void {
		try {
			this.#line?.send(String(this.#sockets.size));
		} catch {
			// It was closed in this very moment, and the platform is about to report it.
		}
	}

	#tick(): void {
		const nowMs = Date.now();
		this.#sockets.closeEnded(nowMs);
		if (this.#sockets.size === 0) this.#rest();
		else if (this.#traffic.word(nowMs) === undefined) this.#letGo("this SKU needs no gate any more");
		else if (nowMs - this.#heardAtMs > HOT_FOR_MS) this.#hangUp();
		else {
			this.#tell();
			// What could not be asked for is asked for again.
			this.#note([]);
		}
	}

	// ---- What watchers are sent

	#note(changed: readonly string[] | "all"): void {
		if (changed === "all") this.#changed = "all";
		else if (this.#changed !== "all") for (const id of changed) if (this.#sockets.ofShopper(id)) this.#changed.add(id);
		if (!this.#isPushing) this.#keepAlive(this.#push());
	}

	async #push(): Promise<void> {
		this.#isPushing = true;
		try {
			while (this.#hasNews()) await this.#pushOnce();
		} catch (error) {
			// The next tick tries again.
			if (!(error instanceof ObjectUnavailable)) log("gate-failed", { gate: this.#gate.name, error: messageOf(error) });
		} finally {
			this.#isPushing = false;
		}
	}

	#hasNews(): boolean {
		return (
			this.#sockets.size > 0 &&
			(this.#changed === "all" ||
				this.#changed.size > 0 ||
				this.#waiting !== null ||
				this.#latest?.content !== this.#lastAvailability)
		);
	}

	async #pushOnce(): Promise<void> {
		const sockets = this.#sockets;
		const { content, message, isArchived } = this.#latest as News;
		if (content !== this.#lastAvailability) sockets.sendAll(message);
		this.#lastAvailability = content;
		const isAll = this.#changed === "all";
		const changed = this.#changed === "all" || isArchived ? new Set(sockets.shopperIds()) : this.#changed;
		const isWatched = (shopperId: string) => sockets.ofShopper(shopperId) !== undefined;
		if (this.#waiting !== null) for (const id of this.#places.moved(this.#waiting, isWatched)) changed.add(id);
		this.#waiting = null;
		this.#changed = new Set();
		const ids = [...changed];
		const strangers = new Set<string>();
		for (let from = 0; from < ids.length; from += GATE_OWN_MESSAGES) {
			const asked = ids.slice(from, from + GATE_OWN_MESSAGES);
			const own = await this.#askOwn(asked, !isAll).catch((error) => {
				this.#note(ids.slice(from));
				throw error;
			});
			for (const [index, { message, mayWatch }] of own.entries()) {
				sockets.sendOwn(asked[index] as string, message ?? undefined);
				if (!mayWatch) strangers.add(asked[index] as string);
			}
		}
		// Who came meanwhile was asked for when they came.
		if (isArchived) sockets.closeStrangers(new Set([...sockets.shopperIds()].filter((id) => !strangers.has(id))));
	}

	async #askOwn(shopperIds: readonly string[], few: boolean): Promise<readonly Own[]> {
		const { env, sku } = this.#gate;
		const own = await callSku(env, sku, (object) => object.ownMessages(shopperIds, few));
		if (own.kind === "unknown-sku") return shopperIds.map(() => ({ message: null, mayWatch: false }));
		return own.messages.map((message, index) => ({ message, mayWatch: own.mayWatch[index] === true }));
	}
}
