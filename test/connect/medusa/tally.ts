/** What became of the buyers of a run, counted from what each was told, and whether the books of those concerned agree. */
import type { History, Operation } from "../../../src/cli/race/history.ts";
import { unwrap } from "../../../src/client/index.ts";
import { CENTS, type Shop } from "./start.ts";

/** How many buyers. Who went to the till twice counts by what came of it in the end. */
export interface Tally {
	wentToTheTill: number;
	refusedBeforePaying: number;
	/** Let through, and the bank was asked for their money. */
	paid: number;
	sold: number;
	/** The bank said yes, and there was no unit. */
	paidForNothing: number;
	/** Neither the one nor the other at the end: their shop failed them, or had not decided. */
	undecided: number;
	/** Requests, and those of them that the shop failed at. */
	requests: number;
	failed: number;
}

export const NOBODY: Tally = {
	...{ wentToTheTill: 0, refusedBeforePaying: 0, paid: 0, sold: 0, paidForNothing: 0, undecided: 0 },
	...{ requests: 0, failed: 0 },
};

export function count(tally: Tally, { operations }: History): Tally {
	const counted = { ...tally, requests: tally.requests + operations.length };
	counted.failed += operations.filter(({ answer }) => answer?.kind === "failed").length;
	for (const own of Object.values(Object.groupBy(operations, ({ actor }) => actor)) as Operation[][]) {
		const answers = (kind: string) =>
			own.filter(({ request }) => request.kind === kind).map(({ answer }) => answer?.kind);
		const till = answers("check-out");
		if (till.length === 0) continue;
		counted.wentToTheTill += 1;
		const isLetThrough = till.some((kind) => kind === "held" || kind === "carted");
		if (!isLetThrough && till.includes("refused")) counted.refusedBeforePaying += 1;
		if (!own.some(({ request }) => request.kind === "pay" && request.approves)) continue;
		counted.paid += 1;
		const end = answers("read-order").at(-1);
		if (end === "sold") counted.sold += 1;
		else if (end === "charged-for-nothing") counted.paidForNothing += 1;
		else counted.undecided += 1;
	}
	return counted;
}

export interface Books {
	readonly unitsOrdered: number;
	/** Of buyers without an order for it. */
	readonly setAsideForNothing: number;
	/** Where two records differ that should not. */
	readonly differences: readonly string[];
}

/** Reads Medusa's orders, the bank and Holdfast, each by itself. @param skus all that were sold at this shop */
export async function readBooks({ storefront, bank, holdfast }: Shop, skus: readonly string[]): Promise<Books> {
	const differences: string[] = [];
	let [unitsOrdered, ordered] = [0, 0];
	for (const sku of skus) {
		const orders = await storefront.standingOrders(sku);
		const units = orders.flatMap(({ items }) => items).reduce((sum, { quantity }) => sum + quantity, 0);
		const total = orders.reduce((sum, order) => sum + Math.round(order.total * CENTS), 0);
		unitsOrdered += units;
		ordered += total;
		if (holdfast === null) continue;
		const { sold, held, balanced } = unwrap(await holdfast.getStock({ sku }));
		if (sold !== units) differences.push(`${sku}: Medusa has orders for ${units}, Holdfast has sold ${sold}`);
		if (held !== 0 || !balanced) differences.push(`${sku}: Holdfast still holds ${held}, balanced: ${balanced}`);
		const recorded = unwrap(await holdfast.listOrders({ sku, limit: 200 })).orders;
		const standing = recorded.filter(({ status }) => status !== "refunded");
		const inHoldfast = standing.reduce((sum, order) => sum + order.total.amount, 0);
		if (inHoldfast !== total) differences.push(`${sku}: Medusa's orders are ${total}, Holdfast's ${inHoldfast} cents`);
	}
	const setAside = bank.setAside();
	if (setAside < ordered)
		differences.push(`Medusa's orders are ${ordered} cents, and the bank has set aside ${setAside}`);
	return { unitsOrdered, setAsideForNothing: setAside - ordered, differences };
}
