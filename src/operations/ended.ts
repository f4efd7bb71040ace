/**
 * Checkouts that ended without a sale: whether they forget their shoppers in time, and whether anything turned up since.
 *
 * The alarm of each is what empties it (`checkout/rules/retention.ts`). The sweep checks that it did, and finds the few
 * that no SKU names any more, such as one to which money came after its end and whose alarm was lost:
 * - A day after its time, each that D1 lists is asked, which does what is due. One that has nothing left leaves the list.
 * - Those that ended under code that set no such alarm are on no list. The journals of the SKUs name each that pinned
 *   anything, so those are gone through once. To ask one is enough: it is listed then, and has its alarm.
 *
 * One that pinned nothing is named nowhere. It owes nobody anything: without a pin there are no units, and before the pins
 * no payment. So what may stay is an e-mail address, of one that was refused by earlier code, or whose first alarm was lost.
 */
import { listProducts } from "../catalog/product-store.ts";
import { type CheckoutEnv, callCheckout } from "../checkout/client.ts";
import type { Checkout } from "../checkout/rpc.ts";
import { isForgotten, type Overdue, overdueOf } from "../checkout/status.ts";
import {
	KEEP_ENDED_MS,
	SWEEP_ENDED,
	SWEEP_ENDED_LATE_MS,
	SWEEP_PAST_ENTRIES,
	SWEEP_PAST_PAGES,
	SWEEP_PAYMENTS_AT_ONCE,
} from "../limits.ts";
import { endedBefore, removeEndedCheckouts, unlistedCheckouts } from "../orders/ended-checkout-store.ts";
import { pageOf } from "../platform/page.ts";
import { callSku, type StockEnv } from "../stock/client.ts";
import type { FanOut } from "./fan-out.ts";
import { timeAndId } from "./sweep-cursor.ts";
import { moveRound, roundPlace } from "./sweep-store.ts";

type EndedEnv = StockEnv & CheckoutEnv & Pick<Env, "DB">;

const STATEMENTS_OF_LIST = 4;
const STATEMENTS_OF_JOURNAL = 3;

/** Goes on through the list of D1. @returns those that are beyond their deadlines even after they were asked */
export async function lookAtEnded(env: EndedEnv, fanOut: FanOut, nowMs: number): Promise<Overdue[]> {
	fanOut.countStatements(STATEMENTS_OF_LIST);
	const beforeMs = nowMs - KEEP_ENDED_MS - SWEEP_ENDED_LATE_MS;
	const place = (await roundPlace(env.DB, "ended")) ?? "";
	const at = timeAndId(place);
	const rows = await endedBefore(env.DB, beforeMs, at && { endedAtMs: at.atMs, checkoutId: at.id }, SWEEP_ENDED + 1);
	const page = pageOf(rows, SWEEP_ENDED, ({ endedAtMs, checkoutId }) => `${endedAtMs}.${checkoutId}`);
	const answers = await fanOut.call(
		page.shown.map(({ checkoutId }) => checkoutId),
		async (id) => ({ id, checkout: await callCheckout(env, id, (object) => object.retrySettlement()) }),
		SWEEP_PAYMENTS_AT_ONCE,
	);
	const done = answers.filter(({ checkout }) => hasNothingToForget(checkout)).map(({ id }) => id);
	await removeEndedCheckouts(env.DB, done, beforeMs);
	const next = page.nextCursor ?? "";
	if (next !== place) await moveRound(env.DB, "ended", next, nowMs);
	return answers.flatMap(({ checkout }) => (checkout && overdueOf(checkout, nowMs)) ?? []);
}

/** A sale keeps what it has: the key came again, and that time it was paid. */
const hasNothingToForget = (c: Checkout | null): boolean => c === null || isForgotten(c) || c.phase === "completed";

/** Goes on through the journals that may name checkouts of earlier code, until it has asked some, or looked at enough. */
export async function lookAtPast(env: EndedEnv, fanOut: FanOut, nowMs: number): Promise<void> {
	fanOut.countStatements(1);
	let place = await roundPlace(env.DB, "past");
	for (let pages = 0, asked = 0; place !== null && pages < SWEEP_PAST_PAGES && asked < SWEEP_ENDED; pages++) {
		fanOut.countStatements(STATEMENTS_OF_JOURNAL);
		const page = await pastPage(env, fanOut, place);
		// The SKU does not answer, and is asked again with the next run.
		if (page === null) return;
		const unlisted = await unlistedCheckouts(env.DB, page.checkoutIds);
		const ask = (id: string) => callCheckout(env, id, (object) => object.read());
		const answers = await fanOut.call(unlisted, ask, SWEEP_PAYMENTS_AT_ONCE);
		// As with a SKU: this is gone through once, and who was not asked would be found by nobody.
		if (answers.length < unlisted.length) return;
		asked += unlisted.length;
		place = page.next;
		await moveRound(env.DB, "past", place, nowMs);
	}
}

/**
 * The checkouts that some entries of a journal name.
 * @param place a SKU, a "~" and an entry after which it goes on; or the SKU alone when the next one is to come
 */
async function pastPage(env: EndedEnv, fanOut: FanOut, place: string) {
	const [before = "", entry] = place.split("~");
	const sku = entry === undefined ? (await listProducts(env.DB, before, 1))[0]?.sku : before;
	if (sku === undefined) return { checkoutIds: [], next: null };
	const [journal] = await fanOut.call([sku], () =>
		callSku(env, sku, (object) => object.journal(Number(entry ?? 0), SWEEP_PAST_ENTRIES)),
	);
	if (journal === undefined) return null;
	const entries = journal.kind === "journal" ? journal.entries : [];
	const checkoutIds = [...new Set(entries.flatMap(({ checkoutId }) => checkoutId ?? []))];
	return { checkoutIds, next: entries.length < SWEEP_PAST_ENTRIES ? sku : `${sku}~${entries.at(-1)?.seq}` };
}
