/** Watching a SKU: the socket and the polls tell the same, and nothing is missed between them. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createShop, memoryTokens, type WatchEvents } from "../../src/client/index.ts";
import { json, problem } from "./fake-server.ts";

const SHOPPER = { shopperId: "s_1", token: "first", expiresAt: "2027-01-01T00:00:00.000Z" };

const availability = (version: number, available: number, second = version) => ({
	...{ status: available > 0 ? "in_stock" : "sold_out", available, held: 0, waiting: 0, preorderRemaining: 0, version },
	asOf: new Date(Date.UTC(2026, 11, 12, 12, 0, second)).toISOString(),
});
const held = (version: number) => ({ sku: "mug", id: "r_1", quantity: 1, status: "held", version });

class FakeSocket extends EventTarget {
	static readonly opened: FakeSocket[] = [];
	readonly url: string;
	readonly protocols: readonly string[];

	constructor(url: string, protocols: string[]) {
		super();
		this.url = url;
		this.protocols = protocols;
		FakeSocket.opened.push(this);
	}

	open(): void {
		this.dispatchEvent(new Event("open"));
	}

	say(message: unknown): void {
		this.dispatchEvent(Object.assign(new Event("message"), { data: JSON.stringify(message) }));
	}

	/** Asked by its client. The server never answers: the worst that may happen. */
	close(): void {}

	/** The connection is gone. */
	drop(): void {
		this.dispatchEvent(new Event("close"));
	}
}

/** A shop whose state a test sets, and a log of what a watcher of it was told. */
function watched(options: { sockets?: boolean; tokens?: ReturnType<typeof memoryTokens> } = {}) {
	const state = {
		product: availability(1, 5),
		reservation: null as object | null,
		isAway: false,
		polls: 0,
		onTheWay: Promise.resolve(),
	};
	const fetch = async (input: RequestInfo | URL) => {
		state.polls += 1;
		if (state.isAway) throw new TypeError("fetch failed");
		if (String(input).includes("/v1/products/")) return json({ sku: "mug", availability: state.product });
		const { reservation } = state;
		await state.onTheWay;
		return reservation === null ? problem("no-reservation", 404) : json(reservation);
	};
	const tokens = options.tokens ?? memoryTokens(SHOPPER);
	const sockets = options.sockets === false ? null : (FakeSocket as unknown as typeof WebSocket);
	const shop = createShop({
		origin: "https://shop.example",
		tokens,
		fetch: fetch as typeof globalThis.fetch,
		WebSocket: sockets,
	});
	const log: unknown[] = [];
	const events: WatchEvents = {
		onAvailability: ({ version, available }) => log.push(["available", version, available]),
		onReservation: (reservation) => log.push(["reservation", reservation?.version ?? null]),
		onConnection: (connection) => log.push(connection),
	};
	return { state, log, tokens, watching: shop.watch("mug", events) };
}

const availabilitiesIn = (log: readonly unknown[]) =>
	log.filter((entry) => Array.isArray(entry) && entry[0] === "available");
const later = (ms: number) => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => {
	vi.useFakeTimers();
	FakeSocket.opened.length = 0;
});
afterEach(() => {
	vi.useRealTimers();
});

describe("a watcher", () => {
	it("is told of everything by polls while there is no socket", async () => {
		const { state, log, watching } = watched({ sockets: false });
		await later(10);
		state.product = availability(2, 0);
		state.reservation = held(1);
		await later(3_000);
		expect(log).toEqual([
			["available", 1, 5],
			["reservation", null],
			"polling",
			["available", 2, 0],
			["reservation", 1],
		]);
		watching.close();
	});

	it("is not asked for beside a socket that opens", async () => {
		const { state, watching } = watched();
		await later(100);
		FakeSocket.opened[0]?.open();
		await later(10_000);
		expect(state.polls).toBe(0);
		watching.close();
	});

	it("is told of everything by polls when no socket opens in time", async () => {
		const { log, watching } = watched();
		await later(2_000);
		expect(log).toContainEqual(["available", 1, 5]);
		watching.close();
	});

	it("is told of everything by the socket, which it opens with its token", async () => {
		const { log, watching } = watched();
		await later(1);
		const [socket] = FakeSocket.opened;
		expect([socket?.url, socket?.protocols]).toEqual([
			"wss://shop.example/v1/products/mug/live",
			["holdfast", "first"],
		]);
		socket?.open();
		socket?.say({ type: "availability", availability: availability(2, 4) });
		socket?.say({ type: "reservation", reservation: held(1) });
		expect(log.slice(-3)).toEqual(["live", ["available", 2, 4], ["reservation", 1]]);
		watching.close();
	});

	it("is not told what is older than what it knows, by whichever way it comes", async () => {
		const { state, log, watching } = watched();
		await later(1);
		const [socket] = FakeSocket.opened;
		socket?.open();
		socket?.say({ type: "availability", availability: availability(9, 1) });
		state.product = availability(3, 5);
		await watching.refresh();
		socket?.say({ type: "availability", availability: availability(4, 5) });
		expect(availabilitiesIn(log)).toEqual([["available", 9, 1]]);
		watching.close();
	});

	it.each([
		["counts fewer changes, though it is dated later", availability(8, 0, 30)],
		["is dated earlier, though it counts as many changes", { ...availability(9, 3, 1), status: "all_held" }],
	])("is not told by a poll what %s", async (_, older) => {
		const { state, log, watching } = watched();
		await later(1);
		FakeSocket.opened[0]?.open();
		FakeSocket.opened[0]?.say({ type: "availability", availability: availability(9, 1, 20) });
		state.product = older;
		await watching.refresh();
		expect(availabilitiesIn(log)).toEqual([["available", 9, 1]]);
		watching.close();
	});

	it.each([
		["an older state of its hold", held(1)],
		["that it has none", null],
	])("is not told %s by a poll that the socket has overtaken", async (_, older) => {
		const { state, log, watching } = watched();
		await later(1);
		const [socket] = FakeSocket.opened;
		socket?.open();
		state.reservation = older;
		let arrive = () => {};
		state.onTheWay = new Promise((done) => {
			arrive = done;
		});
		const polled = watching.refresh();
		await later(10);
		socket?.say({ type: "reservation", reservation: held(2) });
		arrive();
		await polled;
		expect(log.filter((entry) => Array.isArray(entry) && entry[0] === "reservation")).toEqual([["reservation", 2]]);
		watching.close();
	});

	it("leaves a quiet socket that has kept its reservation from it", async () => {
		const { state, log, watching } = watched();
		await later(1);
		FakeSocket.opened[0]?.open();
		FakeSocket.opened[0]?.say({ type: "availability", availability: availability(1, 5) });
		state.reservation = held(1);
		await later(30_000);
		expect(log).toContainEqual(["reservation", 1]);
		expect(FakeSocket.opened.length).toBeGreaterThan(1);
		watching.close();
	});

	it("tries for a socket ever more seldom while none opens, and polls meanwhile", async () => {
		const { state, watching } = watched();
		for (let second = 0; second < 300; second++) {
			await later(1_000);
			FakeSocket.opened.at(-1)?.drop();
		}
		expect(FakeSocket.opened.length).toBeGreaterThan(5);
		expect(FakeSocket.opened.length).toBeLessThan(30);
		expect(state.polls).toBeGreaterThan(200);
		watching.close();
	});

	it("is told the same thing once, however often it comes", async () => {
		const { state, log, watching } = watched();
		await later(1);
		const [socket] = FakeSocket.opened;
		socket?.open();
		for (let second = 2; second < 5; second++) {
			socket?.say({ type: "availability", availability: availability(2, 4, second) });
			socket?.say({ type: "reservation", reservation: held(1) });
		}
		state.product = availability(2, 4, 6);
		state.reservation = held(1);
		await watching.refresh();
		expect(log).toEqual(["live", ["available", 2, 4], ["reservation", 1]]);
		watching.close();
	});

	it("is told when the clock alone has opened the sale, which changes no unit", async () => {
		const { state, log, watching } = watched({ sockets: false });
		state.product = { ...availability(1, 5, 1), status: "not_started" };
		await later(10);
		state.product = availability(1, 5, 2);
		await later(3_000);
		expect(availabilitiesIn(log)).toEqual([
			["available", 1, 5],
			["available", 1, 5],
		]);
		watching.close();
	});

	it("misses nothing while its socket is gone, and opens another", async () => {
		const { state, log, watching } = watched();
		await later(1);
		FakeSocket.opened[0]?.open();
		state.product = availability(2, 0);
		FakeSocket.opened[0]?.drop();
		await later(1);
		expect(availabilitiesIn(log)).toEqual([["available", 2, 0]]);
		expect(log.at(-1)).toBe("polling");
		await later(2_000);
		FakeSocket.opened[1]?.open();
		expect(log.at(-1)).toBe("live");
		watching.close();
	});

	it("finds out by itself that a quiet socket is dead, and leaves it", async () => {
		const { state, log, watching } = watched();
		await later(1);
		FakeSocket.opened[0]?.open();
		state.product = availability(2, 0);
		await later(30_000);
		expect(log).toContainEqual(["available", 2, 0]);
		expect(FakeSocket.opened.length).toBeGreaterThan(1);
		watching.close();
	});

	it("opens the socket anew when the visitor has become a shopper, or it would hear of no hold", async () => {
		const { state, log, tokens, watching } = watched({ tokens: memoryTokens() });
		await later(1);
		FakeSocket.opened[0]?.open();
		void tokens.set(SHOPPER);
		state.reservation = held(1);
		await later(6_000);
		expect(log).toContainEqual(["reservation", 1]);
		expect(FakeSocket.opened[1]?.protocols).toEqual(["holdfast", "first"]);
		watching.close();
	});

	it("is told that nobody answers, and that somebody does again", async () => {
		const { state, log, watching } = watched({ sockets: false });
		state.isAway = true;
		await later(10);
		expect(log).toEqual(["offline"]);
		state.isAway = false;
		await later(3_000);
		expect(log).toContain("polling");
		watching.close();
	});

	it("asks and is told nothing after it has closed", async () => {
		const { state, log, watching } = watched();
		await later(1);
		const [socket] = FakeSocket.opened;
		socket?.open();
		watching.close();
		const before = { told: log.length, polls: state.polls };
		socket?.say({ type: "availability", availability: availability(7, 1) });
		await later(120_000);
		expect({ told: log.length, polls: state.polls }).toEqual(before);
		expect(FakeSocket.opened).toHaveLength(1);
	});
});
