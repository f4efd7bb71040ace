/** Plays one drop at a Holdfast, from putting the product on sale to the verdict. It prints how far it is. */
import type { FreshServer } from "../fresh-server.ts";
import { judgeHistory } from "../race/judge.ts";
import { nowMs } from "../race/scribe.ts";
import { Progress, printStatus } from "../terminal.ts";
import { AdminReader } from "./admin-reader.ts";
import type { BuyerContext, BuyerEvent } from "./buyer-context.ts";
import { type BuyerPlan, planBuyers } from "./buyer-plans.ts";
import { collectEvidence } from "./collect-evidence.ts";
import { DropHistory } from "./history.ts";
import { Merchant } from "./merchant.ts";
import type { DropOptions } from "./options.ts";
import type { BuyerReport } from "./outcome.ts";
import type { Measurements } from "./report.ts";
import { runBuyers } from "./run.ts";
import { MeasuredShop } from "./shop.ts";
import { judge, type Verdict } from "./verdict.ts";

/** The grace is a quarter of the payment window, up to what shops commonly give. */
const LONGEST_GRACE_SECONDS = 120;
const MERCHANT_CONNECTIONS = 64;
const PLAIN_LINE_EVERY_MS = 2000;

export interface PlayedDrop {
	readonly verdict: Verdict;
	readonly measured: Measurements;
	readonly reports: readonly BuyerReport[];
	/** The server's clock minus ours. */
	readonly clockAheadMs: number;
}

/** Whoever wants to see more of a drop than its end. */
export interface Observer {
	/** The first buyers come now. */
	begin(readStock: () => Promise<{ readonly available: number }>): void;
	readonly onEvent: BuyerContext["onEvent"];
	/** The last buyer has gone. */
	end(): Promise<void>;
}

const NOBODY: Observer = { begin() {}, onEvent() {}, async end() {} };

/** @param plans those of the options, but for a comparison */
export async function playDrop(
	options: DropOptions,
	target: Omit<FreshServer, "close">,
	{ plans = planBuyers(options), observer = NOBODY }: { plans?: readonly BuyerPlan[]; observer?: Observer } = {},
): Promise<PlayedDrop> {
	const { stock, buyers, preorder } = options;
	const runId = `${options.seed}-${Date.now().toString(36)}`;
	const sku = `drop-${runId}`;
	const graceSeconds = Math.min(LONGEST_GRACE_SECONDS, Math.ceil(options.paymentWindowSeconds / 4));
	const merchant = openMerchant(options, target);
	const openedAtMs = nowMs();
	await merchant.putOnSale(sku, stock, { ...options, graceSeconds });
	const onSale = { calledAtMs: openedAtMs, endedAtMs: nowMs() };
	const clockAheadMs = await merchant.clockAheadMs(sku);
	const tokens = await issueTokens(merchant, buyers, sku);
	if (options.lateRate > 0) await merchant.failVoids((graceSeconds + 1) * 1000);

	const patienceMs = options.patienceSeconds * 1000;
	const graceMs = graceSeconds * 1000;
	const shop = new MeasuredShop(target.url, options.concurrency, patienceMs);
	const history = new DropHistory(tokens, clockAheadMs, graceMs);
	history.restocked(stock, onSale);
	shop.listener = history.listen;
	const reader = new AdminReader(merchant, sku);
	const progress = buyerProgress(plans.length, options.waitlist);
	const onEvent = (event: BuyerEvent, plan: BuyerPlan) => {
		progress.onEvent(event);
		observer.onEvent(event, plan);
	};
	const context = { shop, sku, runId, clockAheadMs, patienceMs, graceMs, acceptsPreorder: preorder > 0, onEvent };
	const startedAt = new Date();
	observer.begin(() => reader.stock());
	const { reports, deliveries, seconds } = await runBuyers(context, merchant, reader, plans, tokens, options.restock);
	const { requests } = shop; // before those that collect the evidence
	progress.stop();
	await observer.end();

	if (options.lateRate > 0) await merchant.clearFaults();
	const evidence = await collectEvidence(context, reader, reports, tokens, options.target === null, printStatus);
	for (const { units, atMs, arrivedAtMs } of deliveries)
		history.restocked(units, { calledAtMs: atMs, endedAtMs: arrivedAtMs });
	const readAtMs = nowMs();
	history.ended(await reader.stock(), { calledAtMs: readAtMs, endedAtMs: nowMs() });
	const { serverErrors, turnedAway, noAnswers, latencies } = shop;
	const verdict = judge({
		history: judgeHistory(history.history(options.seed)),
		...{
			buyers,
			stock,
			deliveries,
			returns: [],
			preorder,
			graceMs,
			clockAheadMs,
			serverErrors,
			reports,
			evidence,
			sku,
		},
	});
	const measured: Measurements = {
		...{ sku, origin: target.url, startedAt: startedAt.toISOString(), rushSeconds: seconds },
		...{ requests, turnedAway, serverErrors, noAnswers, latencies },
	};
	shop.close();
	merchant.close();
	return { verdict, measured, reports, clockAheadMs };
}

export function openMerchant({ concurrency }: DropOptions, { url, adminToken }: Omit<FreshServer, "close">): Merchant {
	return new Merchant(url, adminToken, Math.min(concurrency, MERCHANT_CONNECTIONS));
}

export async function issueTokens(merchant: Merchant, buyers: number, sku: string): Promise<string[]> {
	const progress = new Progress("tokens {bar} {value}/{total}", buyers, {}, PLAIN_LINE_EVERY_MS);
	const ids = Array.from({ length: buyers }, (_, index) => `${sku}-${index}`);
	const tokens = await merchant.issueTokens(ids, () => progress.step());
	progress.stop();
	return tokens;
}

export function buyerProgress(buyers: number, waitlist: boolean): { onEvent(event: BuyerEvent): void; stop(): void } {
	const counts = { held: 0, waiting: 0, refused: 0, paying: 0, paid: 0 };
	const waiting = waitlist ? " · waiting {waiting}" : "";
	const format = `buyers {bar} {value}/{total} · held {held}${waiting} · refused {refused} · paid {paid}`;
	const progress = new Progress(format, buyers, counts, PLAIN_LINE_EVERY_MS);
	return {
		onEvent(event) {
			if (event === "done") return progress.step();
			counts[event] += 1;
			progress.update(counts);
		},
		stop: () => progress.stop(),
	};
}
