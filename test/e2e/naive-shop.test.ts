/**
 * The naive shop serves one buyer at a time rightly, and each variant goes wrong with two in the way that it is kept for.
 * Who comes when is decided by the order of the calls and by a bank that waits, and by nothing else.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Variant } from "../../src/cli/naive-shop/purchase.ts";
import { type NaiveShop, startNaiveShop } from "../../src/cli/naive-shop/start.ts";
import {
	type Admin,
	type AnyProblem,
	createAdmin,
	createShop,
	type Result,
	type SandboxConfirmedPayment,
	type Shop,
	unwrap,
} from "../../src/client/index.ts";

const PRICE = { amount: 1999, currency: "USD" };

/** A bank at which each payment waits until this many are under way; then all are charged. */
function meeting(count: number): () => Promise<void> {
	let arrived = 0;
	let open = () => {};
	const allThere = new Promise<void>((resolve) => {
		open = resolve;
	});
	return async () => {
		arrived += 1;
		if (arrived === count) open();
		await allThere;
	};
}

const atOnce = async () => {};

class Visit {
	readonly #of: Variant;
	#shop: NaiveShop | null = null;
	#bank = atOnce;

	constructor(variant: Variant) {
		this.#of = variant;
	}

	async open(): Promise<void> {
		this.#shop = await startNaiveShop({ variant: this.#of, whileCharging: () => this.#bank() });
	}

	get shop(): NaiveShop {
		if (this.#shop === null) throw new Error("the shop is not open");
		return this.#shop;
	}

	get admin(): Admin {
		return createAdmin({ origin: this.shop.origin, token: this.shop.adminToken, patienceMs: 0 });
	}

	buyer(): Shop {
		return createShop({ origin: this.shop.origin, patienceMs: 0, WebSocket: null });
	}

	async putOnSale(sku: string, units: number, bank = atOnce): Promise<void> {
		this.#bank = bank;
		unwrap(await this.admin.defineProduct({ sku, title: sku, price: PRICE }));
		unwrap(await this.admin.restock({ sku, quantity: units, reference: "test" }));
	}

	/** A buyer who has put one unit into the cart and stands at the till. */
	async atTheTill(sku: string): Promise<Till> {
		const buyer = this.buyer();
		unwrap(await buyer.reserve({ sku, quantity: 1 }));
		const { id, payment } = unwrap(await buyer.openCheckout({ lines: [{ sku, quantity: 1 }], email: "a@b.example" }));
		return {
			buyer,
			pay: () => buyer.service.confirmSandboxPayment({ id: payment?.id ?? "", outcome: "approve" }),
			decline: () => buyer.service.confirmSandboxPayment({ id: payment?.id ?? "", outcome: "decline" }),
			status: async () => unwrap(await buyer.getCheckout({ id })).status,
		};
	}

	/** What each side says that was sold and taken for one SKU. */
	async books(sku: string) {
		const stock = unwrap(await this.admin.getStock({ sku }));
		const { orders } = unwrap(await this.admin.listOrders({ sku }));
		const ids = new Set(orders.map(({ id }) => id));
		const charges = [...this.shop.books].filter(([id]) => ids.has(id)).map(([, record]) => record);
		return {
			available: stock.available,
			sold: stock.sold,
			captured: charges.reduce((sum, { captured, refunded }) => sum + captured - refunded, 0),
		};
	}
}

interface Till {
	readonly buyer: Shop;
	pay(): Promise<Result<SandboxConfirmedPayment, AnyProblem>>;
	decline(): Promise<Result<SandboxConfirmedPayment, AnyProblem>>;
	status(): Promise<string>;
}

const visitors = (["check-then-pay", "check-again", "atomic"] as const).map((variant) => [
	variant,
	new Visit(variant),
]) as [Variant, Visit][];
const visitorOf = (variant: Variant): Visit => new Map(visitors).get(variant) as Visit;

beforeAll(() => Promise.all(visitors.map(([, visit]) => visit.open())));
afterAll(() => Promise.all(visitors.map(([, visit]) => visit.shop.close())));

describe.each(visitors)("the naive shop, %s", (_, visit) => {
	test("sells its last unit to a buyer who is alone, and refuses the next before any money", async () => {
		await visit.putOnSale("alone", 1);
		const till = await visit.atTheTill("alone");
		unwrap(await till.pay());
		expect(await till.status()).toBe("completed");
		expect(await visit.books("alone")).toEqual({ available: 0, sold: 1, captured: 1999 });
		expect(await visit.buyer().reserve({ sku: "alone", quantity: 1 })).toMatchObject({ ok: false, status: 409 });
		const order = { lines: [{ sku: "alone", quantity: 1 }], email: "b@b.example" };
		expect(await visit.buyer().openCheckout(order)).toMatchObject({ problem: { type: "/problems/lines-unavailable" } });
	});

	test("sells nothing for a card that is declined, and takes another try", async () => {
		await visit.putOnSale("declined", 1);
		const till = await visit.atTheTill("declined");
		unwrap(await till.decline());
		expect(await till.status()).toBe("payment_failed");
		expect(await visit.books("declined")).toEqual({ available: 1, sold: 0, captured: 0 });
		unwrap(await till.pay());
		expect(await visit.books("declined")).toEqual({ available: 0, sold: 1, captured: 1999 });
	});

	test("refunds an order, and puts its unit back", async () => {
		await visit.putOnSale("refunded", 1);
		const till = await visit.atTheTill("refunded");
		const { id } = unwrap(await till.pay());
		unwrap(await visit.admin.refundOrder({ id, restock: true, reason: "test" }));
		expect(await till.status()).toBe("refunded");
		expect(await visit.books("refunded")).toEqual({ available: 1, sold: 0, captured: 0 });
	});
});

describe("two buyers for one unit", () => {
	test("both have it where the stock was checked before they paid, though they pay one after the other", async () => {
		const visit = visitorOf("check-then-pay");
		await visit.putOnSale("two", 1);
		const [one, other] = [await visit.atTheTill("two"), await visit.atTheTill("two")];
		unwrap(await one.pay());
		unwrap(await other.pay());
		expect([await one.status(), await other.status()]).toEqual(["completed", "completed"]);
		expect(await visit.books("two")).toEqual({ available: 0, sold: 2, captured: 3998 });
	});

	test("are told apart by a second check, if the first has paid when the second begins", async () => {
		const visit = visitorOf("check-again");
		await visit.putOnSale("narrow", 1);
		const [one, other] = [await visit.atTheTill("narrow"), await visit.atTheTill("narrow")];
		unwrap(await one.pay());
		expect(await other.pay()).toMatchObject({ problem: { type: "/problems/payment-not-payable" } });
		expect(await other.status()).toBe("cancelled");
		expect(await visit.books("narrow")).toEqual({ available: 0, sold: 1, captured: 1999 });
	});

	test("both have it in spite of a second check, if they pay at the same time", async () => {
		const visit = visitorOf("check-again");
		await visit.putOnSale("race", 1, meeting(2));
		const [one, other] = [await visit.atTheTill("race"), await visit.atTheTill("race")];
		for (const paid of await Promise.all([one.pay(), other.pay()])) unwrap(paid);
		expect([await one.status(), await other.status()]).toEqual(["completed", "completed"]);
		expect(await visit.books("race")).toMatchObject({ available: 0, sold: 2, captured: 3998 });
	});

	test("both pay where the stock is taken in one statement afterwards, and one for nothing", async () => {
		const visit = visitorOf("atomic");
		await visit.putOnSale("late", 1, meeting(2));
		const [one, other] = [await visit.atTheTill("late"), await visit.atTheTill("late")];
		for (const paid of await Promise.all([one.pay(), other.pay()])) unwrap(paid);
		expect([await one.status(), await other.status()].sort()).toEqual(["cancelled", "completed"]);
		expect(await visit.books("late")).toEqual({ available: 0, sold: 1, captured: 3998 });

		const { orders } = unwrap(await visit.admin.listOrders({ sku: "late" }));
		const unserved = orders.find(({ status }) => (status as string) === "to_refund");
		unwrap(await visit.admin.refundOrder({ id: unserved?.id ?? "", restock: false, reason: "oversold" }));
		expect(await visit.books("late")).toEqual({ available: 0, sold: 1, captured: 1999 });
	});
});
