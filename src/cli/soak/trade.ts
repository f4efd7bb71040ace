/** What goes on at one SKU while a soak lasts: its shoppers come, units are delivered, and some sales are paid back. */
import { setTimeout as sleep } from "node:timers/promises";
import { buy } from "../drop/buyer.ts";
import type { BuyerContext, WaitlistClosing } from "../drop/buyer-context.ts";
import type { Delivery } from "../drop/concurrent-holds.ts";
import type { Merchant } from "../drop/merchant.ts";
import type { BuyerReport } from "../drop/outcome.ts";
import { nowMs } from "../race/scribe.ts";
import { DELIVERIES, type Stall, type Visit } from "./plan.ts";

export interface Trade {
	readonly reports: readonly BuyerReport[];
	/** Without the first. */
	readonly deliveries: readonly Delivery[];
	/** Units that were sent back and are on sale again. */
	readonly returns: readonly Delivery[];
	/** Sales that were paid back, those of the returns too. */
	readonly refunds: number;
}

export type StallContext = Omit<BuyerContext, "waitlist">;

/** @param durationMs for how long shoppers come; deliveries are spread over it */
export async function trade(
	{ sku, delivery, visits }: Stall,
	context: StallContext,
	merchant: Merchant,
	tokens: readonly string[],
	durationMs: number,
): Promise<Trade> {
	const startedAtMs = performance.now();
	const until = (afterMs: number) => sleep(Math.max(0, startedAtMs + afterMs - performance.now()));
	const deliveries: Delivery[] = [];
	const returns: Delivery[] = [];
	let refunds = 0;

	const deliver = async () => {
		for (let count = 1; count < DELIVERIES; count++) {
			await until((durationMs * count) / DELIVERIES);
			deliveries.push({ atMs: nowMs(), units: delivery });
			await merchant.restock(sku, delivery, `${count}`);
		}
	};
	const payBack = async (id: string, isSentBack: boolean) => {
		if (isSentBack) returns.push({ atMs: nowMs(), units: 1 });
		refunds += 1;
		const refund = { id, lines: [{ sku, quantity: 1 }], restock: isSentBack, reason: "changed their mind" };
		await merchant.ask("a refund", (admin) => admin.refundOrder(refund, { idempotencyKey: `refund-${id}` }));
	};
	const visit = async ({ plan, waitsMs, refund }: Visit): Promise<BuyerReport> => {
		await until(plan.arrivesAtMs);
		const waitlist = leavingAfter(waitsMs);
		const report = await buy({ ...context, waitlist }, plan, tokens[plan.index] ?? "");
		if (report.outcome === "bought" && report.orderId !== null && refund !== null) {
			await payBack(report.orderId, refund === "sends-it-back");
		}
		return report;
	};
	const [reports] = await Promise.all([Promise.all(visits.map(visit)), deliver()]);
	return { reports, deliveries, returns, refunds };
}

/** A shopper's own patience: the waitlist is closed for them when it ends. It begins when they wait. */
function leavingAfter(waitsMs: number): WaitlistClosing {
	let leavesAtMs = Number.POSITIVE_INFINITY;
	return {
		get closed() {
			return performance.now() > leavesAtMs;
		},
		countWaiting(by) {
			if (by === 1) leavesAtMs = performance.now() + waitsMs;
		},
	};
}
