/**
 * A SKU with a long past: what is asked of it, with a million reservations that ended long ago and with a thousand. The
 * rows are written by SQL (`worker/objects.ts`), one in ten of them sold.
 */
import type { Suite } from "./measurement.ts";
import { freshName, Shop } from "./shop.ts";

const FEW = 1_000;
const MANY = 1_000_000;
const ROWS_PER_CALL = 50_000;

const QUESTIONS = [
	{ what: "stock", title: "GET …/stock" },
	{ what: "reservation", title: "a shopper's reservation" },
	{ what: "buyers", title: "a page of buyers" },
	{ what: "suspects", title: "suspects" },
] as const;

export const oldRows: Suite = {
	name: "old-rows",
	about: "what is asked of a SKU with 1,000,000 old reservations, beside one with 1,000",
	group: "object",
	async prepare(context) {
		const served = await context.holdfast(true);
		const shop = new Shop(served);
		const skuWith = async (rows: number) => {
			const sku = freshName("old");
			await shop.sell(sku, 1);
			for (let from = 0; from < rows; from += ROWS_PER_CALL) {
				await shop.bench("age", { sku, from: String(from), rows: String(Math.min(ROWS_PER_CALL, rows - from)) });
			}
			return sku;
		};
		const skus = new Map([
			[FEW, await skuWith(FEW)],
			[MANY, await skuWith(MANY)],
		]);
		return QUESTIONS.flatMap(({ what, title }) =>
			[FEW, MANY].map((rows) => ({
				name: `${what}-${rows}`,
				title: `${title}, ${rows.toLocaleString("en-US")} old`,
				ratiosTo: rows === FEW ? {} : { "÷ 1,000 old": `${what}-${FEW}` },
				async measure() {
					const sku = skus.get(rows) ?? "";
					await shop.ask(what, sku, 1);
					// One at first, and then as many as take a good part of the time.
					let times = 1;
					for (;;) {
						const startMs = performance.now();
						await shop.ask(what, sku, times);
						const elapsedMs = performance.now() - startMs;
						if (elapsedMs * 4 >= context.measureMs) {
							return { perSecond: (times * 1000) / elapsedMs, msEach: elapsedMs / times };
						}
						times *= 4;
					}
				},
			})),
		);
	},
};
