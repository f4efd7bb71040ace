/**
 * The ledger of one purchase: what each step of it costs, from the reservation until its order is in D1 and nothing is left
 * to do. Counted on the real objects with D1 and queues, by one buyer after the other and then by 64 at once.
 *
 * Every entry is a figure, so that the file has them in order: `step|number|kind|object|what`, with the rows of a commit.
 */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { unwrap } from "../../src/client/index.ts";
import { RESEND_FIRST_MS } from "../../src/limits.ts";
import { build, LEDGER_ENTRY } from "./build.ts";
import { Buyers, pay, reserveOne } from "./buyer.ts";
import type { Entry } from "./ledger-entry.ts";
import { signer } from "./load/tokens.ts";
import type { Suite } from "./measurement.ts";
import { serveWithD1 } from "./miniflare.ts";
import { freshName, Shop } from "./shop.ts";
import { SyncCounter } from "./syncs.ts";

export const STEPS = ["reserve", "open", "pay", "look", "record", "later"] as const;
export type Step = (typeof STEPS)[number];

const CROWD = 64;
const QUIET_MS = 150;
const PATIENCE_MS = 30_000;
/** By then the alarm has rung that would send the order again. */
const LATER_MS = RESEND_FIRST_MS + 2_000;

export const ledger: Suite = {
	name: "ledger",
	about: "each request, call, commit, row, alarm, message and sync of one purchase",
	group: "ledger",
	async prepare(context) {
		const bundle = await build(join(context.dir, "ledger"), true, LEDGER_ENTRY);
		const served = await serveWithD1(bundle, join(context.dir, "ledger-state"));
		context.atEnd(() => served.stop());
		const syncs = await SyncCounter.attach(served.pid, join(context.dir, "syncs.txt"));
		if (syncs !== null) context.atEnd(() => syncs.stop());
		const shop = new Shop(served);
		const sign = signer(served.secret);
		const buyers = new Buyers(served, CROWD);
		context.atEnd(async () => buyers.close());
		const newBuyer = () => buyers.buyer(sign(freshName("buyer")));

		/** What was entered since, once nothing more is. */
		const settled = async (isDone = (_: readonly Entry[]) => true): Promise<readonly Entry[]> => {
			const all: Entry[] = [];
			for (const untilMs = performance.now() + PATIENCE_MS; performance.now() < untilMs; ) {
				const more = await shop.bench<Entry[]>("ledger", {});
				all.push(...more);
				if (more.length === 0 && isDone(all)) return all;
				await sleep(QUIET_MS);
			}
			throw new Error("a purchase does not come to rest");
		};
		const areRecorded = (times: number) => (entries: readonly Entry[]) =>
			entries.filter(({ kind, what }) => kind === "call" && what === "recorded").length >= times;

		return [
			{
				name: "ledger",
				title: "one purchase",
				async measure() {
					const sku = freshName("entered");
					await shop.sell(sku, 10 * CROWD);
					// What happens once in an isolate's life is not of one purchase.
					const first = newBuyer();
					await reserveOne(first, sku);
					await pay(first, sku, freshName("key"));
					await settled(areRecorded(1));
					await sleep(LATER_MS);
					await settled();
					syncs?.take();

					const figures: Record<string, number> = {};
					const step = async (name: Step | "crowd", work: () => Promise<unknown>, isDone?: typeof areRecorded) => {
						await work();
						const entries = await settled(isDone?.(name === "crowd" ? CROWD : 1));
						for (const [i, { kind, of, what, rows }] of entries.entries()) {
							figures[`${name}|${String(i).padStart(4, "0")}|${kind}|${of}|${what}`] = rows;
						}
						for (const [i, file] of (syncs?.take() ?? []).entries()) figures[`${name}|${i}|sync|${ownerOf(file)}|`] = 0;
					};
					const buyer = newBuyer();
					const cart = { lines: [{ sku, quantity: 1 }], email: "shopper@example.com" };
					const idempotencyKey = freshName("key");
					let id = "";
					let paymentId = "";
					await step("reserve", () => reserveOne(buyer, sku));
					await step("open", async () => {
						const checkout = unwrap(await buyer.openCheckout(cart, { idempotencyKey }));
						id = checkout.id;
						paymentId = checkout.payment?.id ?? "";
					});
					await step("pay", async () => {
						unwrap(await buyer.service.confirmSandboxPayment({ id: paymentId, outcome: "approve" }));
					});
					await step("look", async () => {
						unwrap(await buyer.getCheckout({ id }));
					});
					await step("record", async () => {}, figuresHave(figures, "recorded") ? undefined : areRecorded);
					await step("later", () => sleep(LATER_MS));
					await step(
						"crowd",
						() =>
							Promise.all(
								Array.from({ length: CROWD }, async () => {
									const one = newBuyer();
									await reserveOne(one, sku);
									await pay(one, sku, freshName("key"));
								}),
							),
						areRecorded,
					);
					return { ...figures, "crowd of": CROWD };
				},
			},
		];
	},
};

/** Whether the queue was so fast that an earlier step has it. */
const figuresHave = (figures: Readonly<Record<string, number>>, what: string): boolean =>
	Object.keys(figures).some((name) => name.endsWith(`|${what}`));

/** Whose file it is: the runtime names the folder by the class. */
function ownerOf(file: string): string {
	if (/D1Database/i.test(file)) return "D1";
	const [, name = "other"] = /(Sku|Checkout|Holdings|Sandbox)Object/.exec(file) ?? [];
	return { Sku: "SKU", Checkout: "checkout", Holdings: "shopper", Sandbox: "sandbox" }[name] ?? "other";
}
