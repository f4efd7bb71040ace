/**
 * Watches one SKU: by a socket, and by polling while there is none. A watcher is told the same by either: what is
 * available, and the shopper's own reservation.
 *
 * An answer that is older than what was told before is dropped: a poll may be overtaken by the socket.
 */
import type { Product, Reservation } from "./api.ts";
import { pause } from "./calls.ts";
import type { ServerClock } from "./clock.ts";
import type { AnyProblem, Result } from "./result.ts";

export type Availability = Product["availability"];

export interface WatchEvents {
	onAvailability?(availability: Availability): void;
	/** The shopper's reservation as it is now; null when there is none. */
	onReservation?(reservation: Reservation | null): void;
	/** `live`: a socket is open. `polling`: none is, and the SKU is asked now and then. `offline`: nobody answers. */
	onConnection?(connection: Connection): void;
}

export type Connection = "live" | "polling" | "offline";

export interface Watching {
	/** Asks now, as when a clock has run out: the server decides what became of the hold. */
	refresh(): Promise<unknown>;
	close(): void;
}

export interface WatchSource {
	readonly origin: string;
	readonly clock: ServerClock;
	token(): Promise<string | null>;
	getProduct(signal: AbortSignal): Promise<Result<Product, AnyProblem>>;
	getReservation(signal: AbortSignal): Promise<Result<Reservation, AnyProblem>>;
	readonly WebSocket: typeof WebSocket | null;
}

/** The pause between two polls, and between two attempts at a socket. Both are spread, since a crowd watches. */
const POLL_MS = 2_000;
const FIRST_RECONNECT_MS = 1_000;
const LONGEST_RECONNECT_MS = 30_000;
/** How long a socket may take to open before the SKU is asked without it. */
const SOCKET_PATIENCE_MS = 1_500;
/** A socket that has said nothing for so long may be dead without knowing: the SKU is asked. */
const QUIET_MS = 20_000;

type Message =
	| { readonly type: "availability"; readonly availability: Availability }
	| { readonly type: "reservation"; readonly reservation: Reservation | null };

export function watchSku(sku: string, events: WatchEvents, source: WatchSource): Watching {
	const watcher = new Watcher(sku, events, source);
	watcher.start();
	return { refresh: () => watcher.poll(), close: () => watcher.stop() };
}

class Watcher {
	readonly #sku: string;
	readonly #events: WatchEvents;
	readonly #source: WatchSource;
	readonly #end = new AbortController();
	#availability: Availability | null = null;
	#reservation: string | undefined;
	/** Counts what was said of the reservation: an answer that was asked for before the last of it is older. */
	#saidOfReservation = 0;
	#connection: Connection | null = null;
	/** The open socket; null while there is none. */
	#socket: WebSocket | null = null;
	/** The token that the socket was opened with: it is told of the reservation of that shopper alone. */
	#socketToken: string | null = null;
	#heardAtMs = 0;
	/** Ends the socket here and now: the other side may take long to agree. */
	#endSocket: () => void = () => {};

	constructor(sku: string, events: WatchEvents, source: WatchSource) {
		this.#sku = sku;
		this.#events = events;
		this.#source = source;
	}

	start(): void {
		const { signal } = this.#end;
		const untilStopped = (work: Promise<void>) =>
			work.catch((error) => {
				if (!signal.aborted) throw error;
			});
		void untilStopped(this.#keepPolling(signal));
		void untilStopped(this.#keepConnecting(signal));
	}

	stop(): void {
		this.#end.abort();
	}

	/** Asks now. @returns whether the answer had something new */
	async poll(): Promise<boolean> {
		try {
			const isNews = await this.#ask();
			if (this.#socket === null) this.#setConnection("polling");
			return isNews;
		} catch {
			if (this.#socket === null) this.#setConnection("offline");
			return false;
		}
	}

	async #ask(): Promise<boolean> {
		const { signal } = this.#end;
		const askedAtMs = Date.now();
		const saidBefore = this.#saidOfReservation;
		const hasToken = (await this.#source.token()) !== null;
		const [product, reservation] = await Promise.all([
			this.#source.getProduct(signal),
			hasToken ? this.#source.getReservation(signal) : null,
		]);
		const isNews = product.ok && this.#takeAvailability(product.data.availability, askedAtMs);
		if (reservation === null || this.#saidOfReservation !== saidBefore) return isNews;
		if (reservation.ok) return this.#takeReservation(reservation.data) || isNews;
		const hasNone = reservation.problem.type === "/problems/no-reservation";
		return (hasNone && this.#takeReservation(null)) || isNews;
	}

	async #keepPolling(signal: AbortSignal): Promise<void> {
		// A socket tells everything at once. Asking beside it would be for nothing, and a visitor without a reservation
		// would see a 404 in the console.
		if (this.#source.WebSocket !== null) await pause(SOCKET_PATIENCE_MS, signal);
		while (!signal.aborted) {
			const hasOtherToken = this.#socket !== null && (await this.#source.token()) !== this.#socketToken;
			const isQuiet = Date.now() - this.#heardAtMs > QUIET_MS;
			if (this.#socket === null || hasOtherToken || isQuiet) {
				const isNews = await this.poll();
				this.#heardAtMs = Date.now();
				// A socket that kept this from us, or that does not know this shopper, is opened anew.
				if (isNews || hasOtherToken) this.#endSocket();
			}
			await pause(POLL_MS * (0.75 + Math.random() / 2), signal);
		}
	}

	async #keepConnecting(signal: AbortSignal): Promise<void> {
		const { WebSocket, origin } = this.#source;
		if (WebSocket === null) return;
		const url = `${origin.replace(/^http/, "ws")}/v1/products/${encodeURIComponent(this.#sku)}/live`;
		for (let pauseMs = FIRST_RECONNECT_MS; !signal.aborted; pauseMs = Math.min(pauseMs * 2, LONGEST_RECONNECT_MS)) {
			const token = await this.#source.token();
			const socket = new WebSocket(url, token === null ? ["holdfast"] : ["holdfast", token]);
			const ended = new AbortController();
			this.#endSocket = () => ended.abort();
			await listen(socket, AbortSignal.any([signal, ended.signal]), {
				onOpen: () => {
					pauseMs = FIRST_RECONNECT_MS;
					this.#socket = socket;
					this.#socketToken = token;
					this.#heardAtMs = Date.now();
					this.#setConnection("live");
				},
				onMessage: (message) => {
					this.#heardAtMs = Date.now();
					if (message.type === "availability") this.#takeAvailability(message.availability);
					else if (message.type === "reservation") this.#takeReservation(message.reservation);
				},
			});
			this.#socket = null;
			if (signal.aborted) return;
			// What happens between two sockets is not missed.
			await this.poll();
			await pause(pauseMs * (0.5 + Math.random()), signal);
		}
	}

	#setConnection(next: Connection): void {
		if (next === this.#connection || this.#end.signal.aborted) return;
		this.#connection = next;
		this.#events.onConnection?.(next);
	}

	/** @returns whether it says something else than the one before */
	#takeAvailability(next: Availability, askedAtMs?: number): boolean {
		if (this.#end.signal.aborted) return false;
		this.#source.clock.learn(Date.parse(next.asOf), askedAtMs);
		const before = this.#availability;
		if (before !== null && (next.version < before.version || next.asOf < before.asOf)) return false;
		this.#availability = next;
		const isNews = before === null || next.version > before.version || next.status !== before.status;
		if (isNews) this.#events.onAvailability?.(next);
		return isNews;
	}

	/** @returns whether it says something else than the one before */
	#takeReservation(reservation: Reservation | null): boolean {
		if (this.#end.signal.aborted) return false;
		this.#saidOfReservation += 1;
		const text = JSON.stringify(reservation);
		if (text === this.#reservation) return false;
		this.#reservation = text;
		this.#events.onReservation?.(reservation);
		return true;
	}
}

interface SocketEvents {
	onOpen(): void;
	onMessage(message: Message): void;
}

/** Resolves when the socket has ended, for whatever reason. */
function listen(socket: WebSocket, signal: AbortSignal, events: SocketEvents): Promise<void> {
	return new Promise((resolve) => {
		const end = () => {
			signal.removeEventListener("abort", close);
			resolve();
		};
		const close = () => {
			socket.close();
			end();
		};
		signal.addEventListener("abort", close, { once: true });
		socket.addEventListener("open", () => events.onOpen());
		socket.addEventListener("close", end);
		socket.addEventListener("error", end);
		socket.addEventListener("message", ({ data }) => {
			const message = parse(data);
			if (message !== null) events.onMessage(message);
		});
	});
}

function parse(data: unknown): Message | null {
	try {
		return JSON.parse(String(data)) as Message;
	} catch {
		return null;
	}
}
