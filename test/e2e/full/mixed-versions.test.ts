/**
 * The minutes after a deploy: the Worker of this version with objects of the one before, the other way round, and objects
 * of both that call each other. A shop goes on as if nothing were, with every kind of purchase, and its books balance.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Checkout, unwrap } from "../../../src/client/index.ts";
import { type Customer, TestShop } from "../shop-client.ts";
import { Bundles, commitBefore, type Mix, MixedServer } from "./mixed-server.ts";

const MIXES: readonly (Mix & { readonly what: string })[] = [
	{ what: "a new Worker with old objects", worker: "new", sku: "old", checkout: "old" },
	{ what: "an old Worker with new objects", worker: "old", sku: "new", checkout: "new" },
	{ what: "new checkouts with old SKUs", worker: "new", sku: "old", checkout: "new" },
	{ what: "old checkouts with new SKUs", worker: "new", sku: "new", checkout: "old" },
];
const BUILD_MS = 180_000;
const PATIENCE_MS = 30_000;
const UNITS = 8;

const before = commitBefore();
const reason = "reason" in before ? ` (skipped: ${before.reason})` : "";
if (reason !== "") console.warn(`two versions side by side are not tested${reason}`);

async function until<T>(what: string, check: () => Promise<T | null>): Promise<T> {
	for (const endMs = Date.now() + PATIENCE_MS; Date.now() < endMs; await sleep(50)) {
		const found = await check();
		if (found !== null) return found;
	}
	throw new Error(`it did not come to pass: ${what}`);
}

const cart = (sku: string, quantity = 1) => ({ lines: [{ sku, quantity }], email: "ada@example.com" });

async function pay(customer: Customer, { id, payment }: Checkout): Promise<Checkout> {
	unwrap(await customer.service.confirmSandboxPayment({ id: payment?.id ?? "", outcome: "approve" }));
	return until("a paid checkout completes", async () => {
		const checkout = unwrap(await customer.getCheckout({ id }));
		return checkout.status === "completed" ? checkout : null;
	});
}

describe.skipIf(reason !== "")(`two versions side by side${reason}`, () => {
	let bundles: Bundles;
	beforeAll(() => {
		bundles = new Bundles("commit" in before ? before.commit : "");
	}, BUILD_MS);
	afterAll(() => bundles?.remove());

	test("differ", () => {
		expect(bundles.modules("old").get("worker.js")).not.toBe(bundles.modules("new").get("worker.js"));
	});

	test.each(MIXES)("sell as one: $what", async (mix) => {
		const server = await MixedServer.start(bundles, mix);
		const shop = new TestShop(server);
		try {
			const preorder = { capacity: 5, termsVersion: "v1" };
			const sku = await shop.newProduct("lamp", UNITS, { preorder, waitlistLimit: 2 });
			const customers = await shop.newCustomers(UNITS + 3);
			const answers = await Promise.all(
				customers.map((customer) => customer.reserve({ sku, quantity: 1, wait: true })),
			);
			expect(answers.map(({ status }) => status).sort()).toEqual([...Array(UNITS).fill(201), 202, 202, 409]);
			const having = (status: number) => customers.filter((_, i) => answers[i]?.status === status);
			const [extending, releasing, cancelling, ...buying] = having(201) as [Customer, Customer, ...Customer[]];
			unwrap(await extending.extendReservation({ sku }));
			unwrap(await releasing.releaseReservation({ sku }));
			const cancelled = unwrap(await (cancelling as Customer).openCheckout(cart(sku)));
			unwrap(await (cancelling as Customer).cancelCheckout({ id: cancelled.id }));
			const sold = await Promise.all(
				[extending, ...buying].map(async (buyer) => pay(buyer, unwrap(await buyer.openCheckout(cart(sku))))),
			);

			const [late] = having(409) as [Customer];
			const opened = unwrap(await late.openCheckout({ ...cart(sku), acceptPreorder: true }));
			const { orderId } = await pay(late, opened);
			await until("the first on the waitlist is promoted", async () => {
				const [first] = having(202) as [Customer];
				return unwrap(await first.getReservation({ sku })).status === "held" ? first : null;
			});
			const filled = unwrap(await shop.admin.restock({ sku, quantity: 1 }));
			expect(filled.filledPreorders).toBe(1);
			await until("the pre-order is filled", async () => {
				const [line] = unwrap(await late.getOrder({ id: orderId ?? "" })).lines;
				return line && "preorder" in line && line.preorder === "filled" ? line : null;
			});

			const [refunded] = sold;
			unwrap(await shop.admin.refundOrder({ id: refunded?.orderId ?? "", restock: true, reason: "broken" }));
			await until("the money goes back", async () =>
				(await shop.kept(refunded?.payment?.id ?? "")) === 0 ? true : null,
			);
			await until("the books of both agree", async () => {
				const { difference, balanced } = await shop.reconcile();
				return difference === 0 && balanced ? true : null;
			});
			const stock = await shop.stock(sku);
			expect(stock.sold).toBe(sold.length);
			expect((await shop.orders(sku)).length).toBe(sold.length + 1);
			const swept = unwrap(await shop.admin.sweep({}));
			expect([swept.overdue, swept.unbalanced, swept.stray]).toEqual([[], [], []]);
		} finally {
			shop.close();
			await server.stop();
		}
	});
});
