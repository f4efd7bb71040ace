/**
 * What 2,000 watchers take of the SKU's object while its stock moves: processor time of the server with them, less that
 * without them. It counts all of the process, and so what the runtime and the kernel take to send, which at Cloudflare
 * is not the object's. An object that only sends the same to as many sockets shows how much that is.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { LIVE_INTERVAL_MS } from "../../src/limits.ts";
import { Buyers, reserveOne } from "./buyer.ts";
import { signer } from "./load/tokens.ts";
import type { Measurement, Suite } from "./measurement.ts";
import { freshName, Shop } from "./shop.ts";
import type { Served } from "./workerd.ts";

const WATCHERS = 2_000;
const WAITLIST = 10_000;
const BARE = "/bench/feed";
const AT_ONCE = 64;
/** The stock moves far more often than watchers are told. */
const MOVE_EVERY_MS = 20;
const SETTLE_MS = 2 * LIVE_INTERVAL_MS;
const POLICY = { waitlistLimit: 1_000_000, holdSeconds: 86_400, offerSeconds: 86_400 };

interface Kind {
	readonly name: string;
	readonly title: string;
	/** They have a token, and hold a unit or wait; otherwise they are nobody. */
	readonly areShoppers: boolean;
	readonly areWaiting: boolean;
}

const KINDS: readonly Kind[] = [
	{ name: "nobody", title: `${WATCHERS} watchers without a token`, areShoppers: false, areWaiting: false },
	{ name: "holding", title: `${WATCHERS} who hold a unit`, areShoppers: true, areWaiting: false },
	{ name: "waiting", title: `${WATCHERS} behind ${WAITLIST} others`, areShoppers: true, areWaiting: true },
];

export const watchers: Suite = {
	name: "watchers",
	about: "2,000 watchers: their share of the object while the stock moves",
	group: "object",
	async prepare(context) {
		const served = await context.holdfast(true);
		const shop = new Shop(served);
		const sign = signer(served.secret);
		const buyers = new Buyers(served, AT_ONCE);
		context.atEnd(async () => buyers.close());

		/** For each message of the bare object, measured first in each round. */
		let bareMicros = Number.NaN;
		/** @param tokens of the watchers, null for one without a token; the path of each socket */
		const share = async (
			path: string,
			tokens: readonly (string | null)[],
			move: () => Promise<unknown>,
			pauseMs: number,
		) => {
			const alone = await cpuShare(served, context.measureMs, move, pauseMs);
			const crowd = await Promise.all(tokens.map((token) => watch(served.port, path, token)));
			await sleep(SETTLE_MS);
			const before = received(crowd);
			const watched = await cpuShare(served, context.measureMs, move, pauseMs);
			const messagesPerSecond = ((received(crowd) - before) * 1000) / context.measureMs;
			await Promise.all(crowd.map((watcher) => watcher.close()));
			const taken = watched - alone;
			const cpuMicros = (taken * 1e6) / messagesPerSecond;
			if (path.startsWith(BARE)) bareMicros = cpuMicros;
			return {
				alonePercent: alone * 100,
				watchedPercent: watched * 100,
				watchersPercent: taken * 100,
				messagesPerSecond,
				ownPercent: ((cpuMicros - bareMicros) * messagesPerSecond) / 1e4,
				cpuMicros,
			};
		};
		const bare: Measurement = {
			name: "watchers-bare",
			title: `${WATCHERS} of an object that only sends`,
			async measure() {
				const sku = freshName("feed");
				const path = `${BARE}?sku=${sku}`;
				return share(path, Array(WATCHERS).fill(null), () => shop.bench("feed-send", { sku }), LIVE_INTERVAL_MS);
			},
		};
		const rows = KINDS.map(({ name, title, areShoppers, areWaiting }) => ({
			name: `watchers-${name}`,
			title,
			async measure() {
				const sku = freshName("watched");
				const wanted = { quantity: 1, wait: areWaiting };
				await shop.sell(sku, areWaiting ? 1 : 1_000_000, POLICY);
				if (areWaiting) {
					await shop.fill({ sku, reservations: 1, perCall: 1, callsAtOnce: 1 });
					await shop.fill({ sku, reservations: WAITLIST, perCall: 500, callsAtOnce: 1, wait: true }, "waiting");
				}
				const tokens = Array.from({ length: WATCHERS }, () => (areShoppers ? sign(freshName("watcher")) : null));
				await Promise.all(tokens.map((token) => token && reserveOne(buyers.buyer(token), sku, wanted)));
				const move = () => reserveOne(buyers.buyer(sign(freshName("mover"))), sku, wanted);
				return share(`/v1/products/${sku}/live`, tokens, move, MOVE_EVERY_MS);
			},
		}));
		return [bare, ...rows];
	},
};

/** Moves the stock for a while, with a pause after each. @returns the server's processor time in it, as a share of one core */
async function cpuShare(served: Served, forMs: number, move: () => Promise<unknown>, pauseMs: number): Promise<number> {
	const startMs = performance.now();
	const cpuBeforeMs = served.cpuMs();
	while (performance.now() - startMs < forMs) await Promise.all([move(), sleep(pauseMs)]);
	return (served.cpuMs() - cpuBeforeMs) / (performance.now() - startMs);
}

interface Watcher {
	received(): number;
	close(): Promise<void>;
}

const received = (crowd: readonly Watcher[]): number => crowd.reduce((sum, watcher) => sum + watcher.received(), 0);

/** Opens a socket and waits for its first message. */
async function watch(port: number, path: string, token: string | null): Promise<Watcher> {
	const protocols = token === null ? [] : ["holdfast", token];
	const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols);
	const closed = new Promise<void>((done) => socket.addEventListener("close", () => done()));
	let messages = 0;
	await new Promise<void>((done, fail) => {
		socket.addEventListener("message", () => {
			messages += 1;
			done();
		});
		socket.addEventListener("error", () => fail(new Error("a watcher's socket broke")));
	});
	return {
		received: () => messages,
		async close() {
			socket.close();
			await closed;
		},
	};
}
