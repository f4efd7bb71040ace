/** The same crowd at the naive shop: put it into the cart, go to the till, pay. */
import { setTimeout as sleep } from "node:timers/promises";
import type { NaiveShop } from "../../naive-shop/start.ts";
import { AdminReader } from "../admin-reader.ts";
import type { BuyerContext } from "../buyer-context.ts";
import type { BuyerPlan } from "../buyer-plans.ts";
import type { DropOptions } from "../options.ts";
import { buyerProgress, issueTokens, openMerchant } from "../play.ts";
import { isProblem, MeasuredShop, UnexpectedAnswer } from "../shop.ts";
import type { Recorder } from "./recorder.ts";

/**
 * - `bought`: paid, and was told that the order stands.
 * - `charged`: paid, and was told that there is nothing.
 * - `refused`: was told so before paying.
 * - `left`: stood at the till, and did not pay.
 * - `failed`: got an answer that no buyer can act upon.
 */
export type NaiveOutcome = "bought" | "charged" | "refused" | "left" | "failed";

export interface NaiveDrop {
	/** By the buyer's index. */
	readonly outcomes: ReadonlyMap<number, NaiveOutcome>;
	/** Orders that stand, by the shop's own list. */
	readonly orders: number;
	/** What the bank took and did not give back. */
	readonly takenMinor: number;
	/** What went wrong for those who failed, in words. */
	readonly failures: readonly string[];
}

type Context = Pick<BuyerContext, "shop" | "sku" | "onEvent">;

export async function playNaively(
	options: DropOptions,
	{ origin, adminToken, books }: NaiveShop,
	plans: readonly BuyerPlan[],
	recorder: Recorder,
): Promise<NaiveDrop> {
	const sku = `drop-${options.seed}`;
	const merchant = openMerchant(options, { url: origin, adminToken });
	await merchant.putOnSale(sku, options.stock, { ...options, graceSeconds: 0 });
	const tokens = await issueTokens(merchant, plans.length, sku);
	const shop = new MeasuredShop(origin, options.concurrency, options.patienceSeconds * 1000);
	const reader = new AdminReader(merchant, sku);
	const progress = buyerProgress(plans.length, false);
	const onEvent: Context["onEvent"] = (event, plan) => {
		progress.onEvent(event);
		recorder.onEvent(event, plan);
	};
	recorder.begin(() => reader.stock());
	const startMs = performance.now();
	const failures: string[] = [];
	const ends = plans.map(async (plan): Promise<[number, NaiveOutcome]> => {
		await sleep(Math.max(0, startMs + plan.arrivesAtMs - performance.now()));
		const outcome = await buy({ shop, sku, onEvent }, plan, tokens[plan.index] ?? "").catch((error: unknown) => {
			failures.push(String((error as Error).message));
			return "failed" as const;
		});
		if (outcome === "refused") onEvent("refused", plan);
		onEvent("done", plan);
		return [plan.index, outcome];
	});
	const outcomes = new Map(await Promise.all(ends));
	progress.stop();
	await recorder.end();
	const orders = (await reader.orders()).filter(({ status }) => status === "paid").length;
	const takenMinor = [...books.values()].reduce((sum, { captured, refunded }) => sum + captured - refunded, 0);
	shop.close();
	merchant.close();
	return { outcomes, orders, takenMinor, failures };
}

async function buy({ shop, sku, onEvent }: Context, plan: BuyerPlan, token: string): Promise<NaiveOutcome> {
	const cart = await shop.ask("cart", token, (client) => client.reserve({ sku, quantity: 1 }));
	if (isProblem(cart, "sold-out")) return "refused";
	if (!cart.ok) throw new UnexpectedAnswer("the cart", cart);

	const order = { lines: [{ sku, quantity: 1 }], email: `buyer-${plan.index}@example.com` };
	const till = await shop.ask("checkout", token, (client) => client.openCheckout(order, { idempotencyKey: "till" }));
	if (isProblem(till, "lines-unavailable")) return "refused";
	if (!till.ok) throw new UnexpectedAnswer("the checkout", till);
	const { id } = till.data;
	onEvent("held", plan);
	await sleep(plan.thinksForMs);
	if (!plan.pays) return "left";

	onEvent("paying", plan);
	const { delayMs } = plan.card;
	const paid = await shop.ask("pay", token, ({ service }) =>
		service.confirmSandboxPayment({ id, outcome: "approve", delayMs }, { afterLostAnswer: "repeat" }),
	);
	if (isProblem(paid, "payment-not-payable")) return "refused";
	if (!paid.ok) throw new UnexpectedAnswer("the payment", paid);
	onEvent("paid", plan);

	const end = await shop.ask("read checkout", token, (client) => client.getCheckout({ id }));
	if (!end.ok) throw new UnexpectedAnswer("the order", end);
	return end.data.status === "completed" ? "bought" : "charged";
}
