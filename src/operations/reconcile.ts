/**
 * Compares what the SKUs' objects have with what D1 has. It changes nothing but what is due anyway, and may run at any
 * time.
 */
import type { Resting } from "../catalog/open-sku-store.ts";
import { recordedUnits } from "../orders/order-store.ts";
import { callSku, type StockEnv } from "../stock/client.ts";
import type { FanOut } from "./fan-out.ts";

export interface SkuReconciliation {
	readonly sku: string;
	readonly received: number;
	readonly adjusted: number;
	readonly available: number;
	readonly held: number;
	readonly sold: number;
	readonly soldInD1: number;
	readonly owed: number;
	readonly waiting: number;
	/** Those of `held` that are in checkouts. */
	readonly paying: number;
	/** Counts changes of the stock. */
	readonly version: number;
	readonly owedInD1: number;
	/** Units by which the object and D1 differ. An order on its way to D1 counts as a difference. */
	readonly difference: number;
	/** Whether the equation holds, computed from the rows. */
	readonly balanced: boolean;
}

/** One row for each of these SKUs whose object answers. */
export async function reconcileSkus(
	env: StockEnv & Pick<Env, "DB">,
	fanOut: FanOut,
	skus: readonly string[],
): Promise<SkuReconciliation[]> {
	return (await reconcileAndRest(env, fanOut, skus)).rows;
}

/** The same, and those of them whose objects and books say that there is nothing to come back for. */
export async function reconcileAndRest(
	env: StockEnv & Pick<Env, "DB">,
	fanOut: FanOut,
	skus: readonly string[],
): Promise<{ readonly rows: SkuReconciliation[]; readonly resting: readonly Resting[] }> {
	const [reports, inD1] = await Promise.all([
		fanOut.call(skus, (sku) => callSku(env, sku, (object) => object.stock(true))),
		recordedUnits(env.DB, skus),
	]);
	const resting: Resting[] = [];
	const rows = reports.flatMap((report) => {
		if (report.kind === "unknown-sku") return [];
		const { sku } = report.product;
		const { received, adjusted, available, held, sold, owed, waiting, version } = report.stock;
		const { sold: soldInD1, owed: owedInD1 } = inD1.get(sku) ?? { sold: 0, owed: 0 };
		const difference = Math.abs(sold - soldInD1) + Math.abs(owed - owedInD1);
		const counts = { received, adjusted, available, held, sold, soldInD1, owed, owedInD1, difference };
		const { balanced, restsSinceMs } = report;
		if (restsSinceMs !== undefined && balanced && difference === 0) resting.push({ sku, sinceMs: restsSinceMs });
		return [{ sku, ...counts, waiting, paying: report.paying, version, balanced }];
	});
	return { rows, resting };
}
