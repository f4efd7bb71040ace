/** Plays a soak at a server of its own, from opening the shop to the last look at it. It prints how far it is. */
import { setTimeout as sleep } from "node:timers/promises";
import { pagesOf, type Sweep } from "../../client/index.ts";
import { AdminReader } from "../drop/admin-reader.ts";
import { collectEvidence } from "../drop/collect-evidence.ts";
import { Merchant } from "../drop/merchant.ts";
import { issueTokens } from "../drop/play.ts";
import { MeasuredShop } from "../drop/shop.ts";
import type { OwnServer } from "../fresh-server.ts";
import { Progress, printStatus } from "../terminal.ts";
import type { SoakOptions } from "./options.ts";
import { DELIVERIES, GRACE_SECONDS, planStalls, SHELF_SKUS, type Stall, SWEEPS, WATCHERS } from "./plan.ts";
import { Receiver } from "./receiver.ts";
import type { Sample } from "./sample.ts";
import { Sampler } from "./sampler.ts";
import { type StallContext, type Trade, trade } from "./trade.ts";
import { type EndFacts, judgeSoak, problemsOfSweep, type SoakVerdict } from "./verdict.ts";
import { Watchers } from "./watchers.ts";

/** Enough for two thirds of them to be a trend, and few enough to cost nothing beside the shop. */
const SAMPLES = 120;
const SHORTEST_SAMPLE_MS = 1_000;
const CONNECTIONS = 64;
/** How late the server may keep a promise before it counts as broken. */
const PATIENCE_MS = 60_000;
const POLL_MS = 500;
/** How long what rests may take to close: the local runtime puts an object away some ten seconds after its last call. */
const REST_MS = 90_000;
const PLAIN_LINE_EVERY_MS = 15_000;
/** The receiver fails for a twentieth of each third, in its middle. */
const OUTAGE_SHARE = 1 / 20;
const THIRDS = 3;

/** Whoever wants to meddle with a soak: a test that plants a leak. */
export interface Meddler {
	/** The first shoppers come now. */
	begin(server: OwnServer, durationMs: number): void;
}

export interface PlayedSoak {
	readonly verdict: SoakVerdict;
	readonly samples: readonly Sample[];
	readonly startedAt: string;
}

export async function playSoak(options: SoakOptions, server: OwnServer, meddler?: Meddler): Promise<PlayedSoak> {
	const startedAt = new Date().toISOString();
	const sampler = await Sampler.open(server);
	// Taken before anything is done: what is open now is what an idle server has open.
	const before = await sampler.take(-1, 0);
	const merchant = new Merchant(server.url, server.adminToken, CONNECTIONS);
	const shop = new MeasuredShop(server.url, CONNECTIONS, PATIENCE_MS);
	const receiver = new Receiver();
	try {
		return await new Soak(options, server, { sampler, merchant, shop, receiver, before, startedAt }).play(meddler);
	} finally {
		sampler.close();
		receiver.close();
		shop.close();
		merchant.close();
	}
}

interface Parts {
	readonly sampler: Sampler;
	readonly merchant: Merchant;
	readonly shop: MeasuredShop;
	readonly receiver: Receiver;
	readonly before: Sample;
	readonly startedAt: string;
}

class Soak {
	readonly #seed: number;
	readonly #server: OwnServer;
	readonly #parts: Parts;
	readonly #durationMs: number;
	readonly #stalls: readonly Stall[];
	/** Shoppers who have come and gone. */
	#gone = 0;
	#paid = 0;
	/** Aborted when the last shopper has gone. */
	readonly #closing = new AbortController();

	constructor(options: SoakOptions, server: OwnServer, parts: Parts) {
		this.#seed = options.seed;
		this.#server = server;
		this.#parts = parts;
		this.#durationMs = options.minutes * 60_000;
		this.#stalls = planStalls(options.minutes, options.shoppers, options.seed);
	}

	async play(meddler: Meddler | undefined): Promise<PlayedSoak> {
		const { merchant, before, startedAt } = this.#parts;
		await this.#openShop();
		const tokens: string[][] = [];
		for (const { sku, visits } of this.#stalls) tokens.push(await issueTokens(merchant, visits.length, sku));
		const skus = this.#stalls.map(({ sku }) => sku);
		const watcherTokens = await merchant.issueTokens(
			Array.from({ length: WATCHERS }, (_, index) => `watcher-${index}`),
			() => {},
		);
		const clockAheadMs = await merchant.clockAheadMs(skus[0] ?? "");
		const contexts = skus.map((sku) => this.#contextOf(sku, clockAheadMs));

		meddler?.begin(this.#server, this.#durationMs);
		const startedAtMs = performance.now();
		const watchers = new Watchers(this.#server.url, skus, watcherTokens, this.#seed);
		const watched = watchers.come(WATCHERS);
		const samples: Sample[] = [];
		const trading = Promise.all(
			this.#stalls.map((stall, index) =>
				trade(stall, contexts[index] as StallContext, merchant, tokens[index] ?? [], this.#durationMs),
			),
		).finally(() => {
			this.#closing.abort();
			watchers.leave();
		});
		// All at once: what fails in one of them is the end of all.
		const beside = [this.#sweepNowAndThen(startedAtMs), this.#failForAWhile(startedAtMs), watched];
		const [trades] = await Promise.all([trading, this.#sample(startedAtMs, samples), ...beside]);
		const { looks, live, told } = watchers;
		const end = { ...(await this.#settle(trades, contexts, tokens)), watchers: { looks, live, told } };
		const rest = await this.#rest(startedAtMs);
		const verdict = judgeSoak({ before, during: samples, rest, durationMs: this.#durationMs }, end);
		return { verdict, samples: [before, ...samples, rest], startedAt };
	}

	async #openShop(): Promise<void> {
		const { merchant, receiver } = this.#parts;
		for (const { sku, delivery, terms } of this.#stalls) await merchant.putOnSale(sku, delivery, terms);
		const terms = this.#stalls[0]?.terms;
		for (let index = 0; terms !== undefined && index < SHELF_SKUS; index++) {
			await merchant.putOnSale(`soak-shelf-${index}`, 0, { ...terms, preorder: 0 });
		}
		await receiver.open(merchant);
		await merchant.failVoids((GRACE_SECONDS + 1) * 1000);
	}

	#contextOf(sku: string, clockAheadMs: number): StallContext {
		return {
			...{ shop: this.#parts.shop, sku, runId: sku, clockAheadMs, patienceMs: PATIENCE_MS },
			...{ graceMs: GRACE_SECONDS * 1000, acceptsPreorder: true },
			onEvent: (event) => {
				if (event === "paid") this.#paid += 1;
				if (event === "done") this.#gone += 1;
			},
		};
	}

	async #sample(startedAtMs: number, samples: Sample[]): Promise<void> {
		const everyMs = Math.max(SHORTEST_SAMPLE_MS, this.#durationMs / SAMPLES);
		const seconds = Math.ceil(this.#durationMs / 1000);
		const progress = new Progress(
			"soak {bar} {value}/{total} s · shoppers {gone} · paid {paid} · heap {heap} MB · open files {files}",
			seconds,
			{ gone: 0, paid: 0, heap: 0, files: 0 },
			PLAIN_LINE_EVERY_MS,
		);
		for (let shown = 0, count = 1; ; count++) {
			await this.#until(startedAtMs + count * everyMs);
			const atMs = performance.now() - startedAtMs;
			if (atMs > this.#durationMs || this.#closing.signal.aborted) break;
			const sample = await this.#parts.sampler.take(atMs, this.#gone);
			samples.push(sample);
			const heap = Math.round(sample.heapBytes / 2 ** 20);
			progress.update({ gone: this.#gone, paid: this.#paid, heap, files: sample.objectFiles });
			for (; shown < Math.min(seconds, Math.floor(atMs / 1000)); shown++) progress.step();
		}
		progress.stop();
		printStatus("nobody comes any more: waiting until all is settled");
	}

	/**
	 * As the cron does, which does not run here; but for its first page alone. A whole one compares the payments of a day,
	 * which here are all, so each would be more work than the one before.
	 */
	async #sweepNowAndThen(startedAtMs: number): Promise<void> {
		const { merchant, receiver } = this.#parts;
		for (let count = 1; count <= SWEEPS; count++) {
			await this.#until(startedAtMs + (this.#durationMs * count) / SWEEPS);
			await merchant.ask("the sweep", (admin) => admin.sweep({}, { afterLostAnswer: "repeat" }));
			await receiver.catchUp(merchant);
			// The provider's own trouble goes on: of every three voids two do not work at once.
			if (!this.#closing.signal.aborted) await merchant.failVoids((GRACE_SECONDS + 1) * 1000);
		}
	}

	async #failForAWhile(startedAtMs: number): Promise<void> {
		const { receiver } = this.#parts;
		const thirdMs = this.#durationMs / THIRDS;
		for (let third = 0; third < THIRDS; third++) {
			await this.#until(startedAtMs + thirdMs * (third + 0.5));
			receiver.failing = true;
			await this.#until(startedAtMs + thirdMs * (third + 0.5 + OUTAGE_SHARE));
			receiver.failing = false;
		}
	}

	/** Sooner when the last shopper has gone. */
	async #until(atMs: number): Promise<void> {
		const { signal } = this.#closing;
		await sleep(Math.max(0, atMs - performance.now()), undefined, { signal }).catch(() => {});
	}

	/** All pages of a sweep. */
	async #sweep(): Promise<Sweep[]> {
		const pages: Sweep[] = [];
		const read = (at: { readonly cursor?: string }) =>
			this.#parts.merchant.ask("the sweep", (admin) => admin.sweep(at, { afterLostAnswer: "repeat" }));
		for await (const page of pagesOf(read)) pages.push(page);
		return pages;
	}

	/** Waits until everything has ended that should, then reads all records. */
	async #settle(
		trades: readonly Trade[],
		contexts: readonly StallContext[],
		tokens: readonly string[][],
	): Promise<Omit<EndFacts, "watchers">> {
		const { merchant, receiver, shop, sampler } = this.#parts;
		await merchant.clearFaults();
		const { requests } = shop;
		const stalls = [];
		for (const [index, stall] of this.#stalls.entries()) {
			const [context, traded] = [contexts[index], trades[index]];
			if (context === undefined || traded === undefined) continue;
			const reader = new AdminReader(merchant, stall.sku);
			const evidence = await collectEvidence(context, reader, traded.reports, tokens[index] ?? [], false, () => {});
			stalls.push({ stall, traded, evidence, clockAheadMs: context.clockAheadMs });
		}
		const orders = stalls.reduce((sum, { evidence }) => sum + evidence.orders.length, 0);
		printStatus("waiting for the webhook's receiver to be told everything");
		const deadlineMs = performance.now() + PATIENCE_MS;
		let pending = await receiver.catchUp(merchant);
		const isTold = () => pending === 0 && (receiver.taken.get("order.created") ?? 0) >= orders;
		while (!isTold() && performance.now() < deadlineMs) {
			await sleep(POLL_MS);
			pending = await receiver.catchUp(merchant);
		}
		// What the provider failed at is tried again after pauses that double, so the last of it takes a while.
		let sweeps = await this.#sweep();
		while (problemsOfSweep(sweeps).length > 0 && performance.now() < deadlineMs) {
			await sleep(POLL_MS);
			sweeps = await this.#sweep();
		}
		const told = await sampler.metrics();
		return {
			...{ stalls, sweeps, told, pending, requests, serverErrors: shop.serverErrors, deliveries: DELIVERIES },
			receiver: {
				taken: Object.fromEntries(receiver.taken),
				...{ repeated: receiver.repeated, refused: receiver.refused, forged: receiver.forged },
			},
		};
	}

	/** Nobody asks anything any more, and the objects are put away. */
	async #rest(startedAtMs: number): Promise<Sample> {
		const { merchant, shop, receiver, sampler, before } = this.#parts;
		printStatus("waiting for the objects to be put away");
		receiver.close();
		shop.close();
		merchant.close();
		const deadlineMs = performance.now() + REST_MS;
		for (;;) {
			const rest = await sampler.take(performance.now() - startedAtMs, this.#gone, before.told);
			if (rest.objectFiles === 0 && rest.alarms === 0) return rest;
			if (performance.now() > deadlineMs) return rest;
			await sleep(POLL_MS);
		}
	}
}
