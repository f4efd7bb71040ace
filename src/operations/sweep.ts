/**
 * The sweep: looks for what should not exist, and heals it where that can be done.
 *
 * Each checkout's own alarm is what guarantees its end. The sweep checks that it did, a page at a time and with no page
 * left out (`sweep-cursor.ts`, `sweep-store.ts`):
 * - what checkouts said that they cannot settle is tried again (`unsettled.ts`);
 * - payments are compared with the provider (`payments.ts`);
 * - checkouts whose pins ran out at a SKU do what is due, and are named if they are late even then (`overdue.ts`);
 * - at a SKU whose units differ from D1's, and at each once a day, sales are compared with orders (`sales.ts`);
 * - checkouts that ended long ago are asked whether they have forgotten their shoppers (`ended.ts`).
 *
 * It leaves healthy data unchanged, so it may run at any time, by cron or by hand. What it finds and cannot heal now it
 * names; so it does with an object that does not answer, and with how much it has left for the next page.
 */
import { listOpen, markRested } from "../catalog/open-sku-store.ts";
import { listProducts } from "../catalog/product-store.ts";
import type { CheckoutEnv } from "../checkout/client.ts";
import type { Overdue } from "../checkout/status.ts";
import { SWEEP_CANDIDATES, SWEEP_COMPARE_EVERY_MS, SWEEP_PAGE_CALLS, SWEEP_WALKS } from "../limits.ts";
import { skusWithUnmatchedPreorders } from "../orders/order-store.ts";
import { assert } from "../platform/assert.ts";
import { messageOf } from "../platform/errors.ts";
import { log } from "../platform/log.ts";
import { pageOf } from "../platform/page.ts";
import type { StockEnv } from "../stock/client.ts";
import type { WebhookEnv } from "../webhooks/client.ts";
import type { WebhookEvent } from "../webhooks/event.ts";
import { announceFound } from "./announce.ts";
import { lookAtEnded, lookAtPast } from "./ended.ts";
import { FanOut } from "./fan-out.ts";
import { findOverdue } from "./overdue.ts";
import { comparePayments, type PaymentReport } from "./payments.ts";
import { reconcileAndRest, type SkuReconciliation } from "./reconcile.ts";
import { compareSales, type StrayUnits } from "./sales.ts";
import { markCompared, notComparedSince, saveSnapshots } from "./snapshot-store.ts";
import { cursorOf, parseCursor } from "./sweep-cursor.ts";
import { beginWalks, countWalks, moveWalk, type Walk, walksUnderWay } from "./sweep-store.ts";
import { retryUnsettled, type UnsettledReport } from "./unsettled.ts";
import { readWebhookHealth } from "./webhook-health-store.ts";

export type SweepEnv = StockEnv & CheckoutEnv & WebhookEnv & Pick<Env, "DB">;

export interface SweepReport {
	readonly skus: number;
	readonly unsettled: UnsettledReport;
	readonly overdue: readonly Overdue[];
	readonly payments: PaymentReport;
	/** Orders and pre-orders that D1 lacked, or had in an old version, and that were sent again. */
	readonly resent: number;
	readonly stray: readonly StrayUnits[];
	/** SKUs whose equation does not hold: nothing here can heal that. */
	readonly unbalanced: readonly string[];
	/** SKUs and checkouts whose objects did not answer: of them nothing is known. */
	readonly unreachable: readonly string[];
	/** Walks through the sales or the lapsed pins of a SKU that the next page goes on with. */
	readonly walksLeft: number;
	/** Where to go on; null when everything was looked at. */
	readonly nextCursor: string | null;
	/** What the page cost, in calls to objects and statements to D1. */
	readonly calls: number;
}

/** Statements to D1 of a page, and of one step of a walk, at most. */
const STATEMENTS_OF_PAGE = 18;
const STATEMENTS_OF_STEP = 5;

/**
 * Sweeps a page of each list.
 * @param cursor `nextCursor` of the page before, or ""
 * @param ofSkus those where something may be open, or every one
 */
export async function sweep(
	env: SweepEnv,
	cursor: string,
	skuLimit: number,
	nowMs: number,
	ofSkus: "open" | "all" = "all",
): Promise<SweepReport> {
	const from = parseCursor(cursor);
	assert(from !== null, "the caller has checked the cursor");
	const fanOut = new FanOut();
	fanOut.countStatements(STATEMENTS_OF_PAGE);
	const { next: nextUnsettled, ...unsettled } = await (from.unsettled === null
		? { found: [], left: 0, next: null }
		: retryUnsettled(env, fanOut, from.unsettled));
	const { next: nextPayments, ...payments } = await (from.payments === null
		? { compared: 0, unread: 0, differing: [], left: 0, next: null }
		: comparePayments(env, fanOut, from.payments, nowMs));
	const isBeginning = from.unsettled === "";
	if (isBeginning) await lookAtPast(env, fanOut, nowMs);
	const ended = isBeginning ? await lookAtEnded(env, fanOut, nowMs) : [];
	if (from.skus === "") await readWebhookHealth(env, fanOut);
	const { next: nextSku, ...skus } = await (from.skus === null
		? { skus: 0, overdue: [], unbalanced: [], next: null }
		: lookAtSkus(env, fanOut, await skusAfter(env.DB, ofSkus, from.skus, skuLimit + 1), skuLimit, nowMs));
	const walked = await walk(env, fanOut, nowMs);
	const places = { unsettled: nextUnsettled, payments: nextPayments, skus: nextSku };
	const isDone = Object.values(places).every((place) => place === null) && !walked.mayGoOn;
	return {
		...{ ...skus, unsettled, payments },
		overdue: [...ended, ...skus.overdue, ...walked.overdue],
		resent: walked.resent,
		stray: walked.stray,
		unreachable: fanOut.notAnswering,
		walksLeft: walked.left,
		nextCursor: isDone ? null : cursorOf(places),
		calls: fanOut.calls,
	};
}

/** In order of SKU. */
async function skusAfter(db: D1Database, which: "open" | "all", sku: string, limit: number): Promise<string[]> {
	if (which === "open") return listOpen(db, sku, limit);
	return (await listProducts(db, sku, limit)).map((product) => product.sku);
}

/** Looks at a page of SKUs, and begins walks where a SKU has more to be looked at. */
async function lookAtSkus(env: SweepEnv, fanOut: FanOut, page: readonly string[], limit: number, nowMs: number) {
	const { shown: skus, nextCursor: next } = pageOf(page, limit, (sku) => sku);
	const { overdue, unfinished, late } = await findOverdue(env, fanOut, skus, nowMs, "retry");
	const { rows, resting } = await reconcileAndRest(env, fanOut, skus);
	await saveSnapshots(env.DB, rows, nowMs);
	await beginWalks(env.DB, "suspects", unfinished);
	const differing = rows.filter(({ difference }) => difference > 0).map(({ sku }) => sku);
	// D1 has pre-orders from the SKU, so they differ from nothing but the orders.
	const unmatched = await skusWithUnmatchedPreorders(env.DB, skus);
	const unseen = await notComparedSince(env.DB, skus, nowMs - SWEEP_COMPARE_EVERY_MS);
	await beginWalks(env.DB, "sales", [...differing, ...unmatched, ...unseen]);
	const isOpen = new Set([...unfinished, ...late, ...unmatched]);
	await markRested(
		env.DB,
		resting.filter(({ sku }) => !isOpen.has(sku)),
	);
	const unbalancedRows = rows.filter((row) => !row.balanced);
	await announceUnbalanced(env, unbalancedRows, nowMs);
	const unbalanced = unbalancedRows.map((row) => row.sku);
	return { skus: skus.length, overdue, unbalanced, next };
}

/** Tells webhooks, once an hour while it lasts. The next sweep tells what this one could not. */
async function announceUnbalanced(env: SweepEnv, rows: readonly SkuReconciliation[], nowMs: number): Promise<void> {
	const version = Math.floor(nowMs / 3_600_000);
	const events = rows.map(({ sku, received, adjusted, available, held, sold }): WebhookEvent => {
		const data = { sku, received, adjusted, available, held, sold, version };
		return { type: "books.unbalanced", subject: sku, version, atMs: nowMs, data };
	});
	await announceFound(env, events).catch((error: unknown) =>
		log("records-not-announced", { kind: "unbalanced", error: messageOf(error) }),
	);
}

/** Goes on with the walks that are under way, a page of each in turn, until this page of the sweep has made its calls. */
async function walk(env: SweepEnv, fanOut: FanOut, nowMs: number) {
	const found = { overdue: [] as Overdue[], stray: [] as StrayUnits[], resent: 0 };
	const stuck = new Set<string>();
	const nameOf = ({ kind, sku }: Walk) => `${kind} ${sku}`;
	const underWay = async () =>
		(await walksUnderWay(env.DB, SWEEP_WALKS + stuck.size)).filter((each) => !stuck.has(nameOf(each)));
	let walks = await underWay();
	while (walks.length > 0 && fanOut.calls < SWEEP_PAGE_CALLS) {
		for (const each of walks) {
			if (fanOut.calls >= SWEEP_PAGE_CALLS) break;
			fanOut.countStatements(STATEMENTS_OF_STEP);
			const next = await step(env, fanOut, each, nowMs, found);
			if (next === undefined) stuck.add(nameOf(each));
			await moveWalk(env.DB, each, next === undefined ? each.place : next, nowMs);
			if (next === null && each.kind === "sales") await markCompared(env.DB, each.sku, nowMs);
		}
		walks = await underWay();
	}
	const left = await countWalks(env.DB);
	return { ...found, left, mayGoOn: walks.length > 0 };
}

/** One page of a walk. @returns its next place, null at its end, and undefined when the SKU does not answer */
async function step(
	env: SweepEnv,
	fanOut: FanOut,
	{ kind, sku, place }: Walk,
	nowMs: number,
	found: { readonly overdue: Overdue[]; readonly stray: StrayUnits[]; resent: number },
): Promise<string | null | undefined> {
	if (kind === "sales") {
		const page = await compareSales(env, fanOut, sku, place);
		if (page === null) return undefined;
		found.resent += page.resent;
		found.stray.push(...page.stray);
		return page.next;
	}
	const skip = Number(place);
	const { overdue, unfinished } = await findOverdue(env, fanOut, [sku], nowMs, "retry", skip);
	found.overdue.push(...overdue);
	return unfinished.length > 0 ? String(skip + SWEEP_CANDIDATES) : null;
}

/** Whether a person should look at the report. */
export function isWorthAWarning(report: SweepReport): boolean {
	const { unsettled, overdue, payments, resent, stray, unbalanced, unreachable } = report;
	const lists = [unsettled.found, overdue, payments.differing, stray, unbalanced, unreachable];
	return resent > 0 || lists.some((list) => list.length > 0);
}
