/**
 * What Cloudflare bills of a drop, counted on the real objects of SKUs with the default policy: for each reservation,
 * place on the waitlist, refusal, expired hold, purchase and look at the product. Prices, and how many of each a drop
 * has, are in `cost.ts`.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import type { Shop as Client } from "../../src/client/index.ts";
import { PROJECT_DIR } from "./build.ts";
import { Buyers, pay, reserveOne } from "./buyer.ts";
import { signer } from "./load/tokens.ts";
import type { Suite } from "./measurement.ts";
import { freshName, Shop } from "./shop.ts";

/**
 * The names of figures begin with one of these. A `lapse` is a hold that runs out and becomes the next waiting
 * shopper's. `note` is the entry in a shopper's list of held SKUs.
 */
export const OPERATIONS = ["reservation", "join", "refusal", "lapse", "purchase", "look", "note"] as const;
type Operation = (typeof OPERATIONS)[number];

/** The batch of a busy isolate, neither full nor of one. */
const PER_CALL = 32;
const TIMES = 10;
const MANY = { reservations: PER_CALL * TIMES, perCall: PER_CALL, callsAtOnce: 1 };
/** An isolate that asks whether all is still gone sends one request, since the others are answered meanwhile. */
const ONE_BY_ONE = { reservations: TIMES, perCall: 1, callsAtOnce: 1 };
/** The time of a hold is the only thing of the policy that is changed, and makes it cost no more. */
const SHORT_HOLD = { holdSeconds: 2 };
const LAPSE_MS = 3_500;

interface Counted {
	readonly objectRequests: number;
	readonly rowsWritten: number;
	readonly rowsRead: number;
	readonly queueMessages: number;
}

export const cost: Suite = {
	name: "cost",
	about: "what a drop costs on Cloudflare, from operations counted here",
	group: "object",
	async prepare(context) {
		const served = await context.holdfast(true);
		const shop = new Shop(served);
		const sign = signer(served.secret);
		const buyers = new Buyers(served, 1);
		context.atEnd(async () => buyers.close());

		const counted = async (operation: Operation, times: number, work: () => Promise<unknown>) => {
			await shop.bench("operations", {});
			await work();
			const counts = await shop.bench<Counted>("operations", {});
			return Object.entries(counts).map(([name, count]) => [`${operation} ${name}`, count / times] as const);
		};
		const buy = async (buyer: Client, sku: string) => {
			const checkout = await pay(buyer, sku, freshName("key"));
			// As the queue's consumer does once the order is in D1.
			await shop.bench("recorded", { checkout, version: "1000" });
		};

		return [
			{
				name: "operations",
				title: "operations",
				async measure() {
					const plenty = freshName("counted");
					const gone = freshName("counted");
					const short = freshName("counted");
					await shop.sell(plenty, 1_000_000);
					await shop.sell(gone, 2 * MANY.reservations);
					await shop.fill({ sku: gone, ...MANY, reservations: 2 * MANY.reservations });
					await shop.sell(short, 2 * MANY.reservations, SHORT_HOLD);
					const buyer = buyers.buyer(sign(freshName("buyer")));
					await reserveOne(buyer, plenty);
					const times = MANY.reservations;
					const figures = [
						...(await counted("reservation", times, () => shop.fill({ sku: plenty, ...MANY }))),
						...(await counted("join", times, () => shop.fill({ sku: gone, ...MANY, wait: true }, "waiting"))),
						...(await counted("refusal", TIMES, () => shop.fill({ sku: gone, ...ONE_BY_ONE }, "sold-out"))),
						...(await counted("purchase", 1, () => buy(buyer, plenty))),
						...(await counted("note", 1, () => shop.bench("note", { shopper: freshName("buyer"), sku: plenty }))),
						...(await counted("look", 1, () => shop.bench("touch", { sku: plenty }))),
					];
					await shop.fill({ sku: short, ...MANY, reservations: 2 * MANY.reservations });
					await shop.fill({ sku: short, ...MANY, wait: true }, "waiting");
					figures.push(...(await counted("lapse", times, () => sleep(LAPSE_MS))), ["purchase d1Rows", rowsOfAnOrder()]);
					return Object.fromEntries(figures);
				},
			},
		];
	},
};

/** Rows that D1 writes for an order of one line: two, and one in each index of both tables. */
function rowsOfAnOrder(): number {
	const db = new DatabaseSync(":memory:");
	const folder = join(PROJECT_DIR, "migrations");
	for (const file of readdirSync(folder).sort()) db.exec(readFileSync(join(folder, file), "utf8"));
	const indexes = db
		.prepare("SELECT COUNT(*) AS n FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN (?, ?)")
		.get("orders", "order_lines") as { n: number };
	return 2 + indexes.n;
}
