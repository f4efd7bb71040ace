/**
 * A SKU with a long past: what is asked of it, with a million reservations that ended long ago and with a thousand. The
 * rows are written by SQL (`worker/objects.ts`), one in ten of them sold, and folded as time would have done it; or left
 * as earlier code left them, while the object's own alarm folds them.
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
		const skuWith = async (rows: number, isFolded: boolean) => {
			const sku = freshName("old");
			await shop.sell(sku, 1);
			for (let from = 0; from < rows; from += ROWS_PER_CALL) {
				await shop.bench("age", { sku, from: String(from), rows: String(Math.min(ROWS_PER_CALL, rows - from)) });
			}
			if (isFolded) await shop.bench("fold", { sku });
			return sku;
		};
		const pasts = [
			{ name: "few", title: FEW.toLocaleString("en-US"), sku: await skuWith(FEW, true) },
			{ name: "many", title: MANY.toLocaleString("en-US"), sku: await skuWith(MANY, true) },
			{ name: "not-folded", title: `${MANY.toLocaleString("en-US")} not yet folded`, sku: await skuWith(MANY, false) },
		];
		return QUESTIONS.flatMap(({ what, title }) =>
			pasts.map((past) => ({
				name: `${what}-${past.name}`,
				title: `${title}, ${past.title}`,
				ratiosTo: past.name === "few" ? {} : { "÷ 1,000": `${what}-few` },
				async measure() {
					await shop.ask(what, past.sku, 1);
					// One at first, and then as many as take a good part of the time.
					for (let times = 1; ; times *= 4) {
						const startMs = performance.now();
						await shop.ask(what, past.sku, times);
						const elapsedMs = performance.now() - startMs;
						if (elapsedMs * 4 >= context.measureMs) {
							return { perSecond: (times * 1000) / elapsedMs, msEach: elapsedMs / times };
						}
					}
				},
			})),
		);
	},
};
