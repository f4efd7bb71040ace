/**
 * What must be so in a town that has come to rest: the books of the provider, the checkouts, the SKUs and D1 held against each
 * other. Everything is read past the objects: asking one would let it do what it forgot to do.
 */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { Policy } from "../../src/catalog/policy.ts";
import { orderOf } from "../../src/checkout/order.ts";
import type { Checkout, Committed } from "../../src/checkout/rules/model.ts";
import { nextEffect } from "../../src/checkout/rules/next-effect.ts";
import { orderIdOf } from "../../src/ids.ts";
import { FanOut } from "../../src/operations/fan-out.ts";
import { reconcileSkus } from "../../src/operations/reconcile.ts";
import { findOverdue } from "../../src/operations/sweep.ts";
import { findOrder } from "../../src/orders/order-store.ts";
import { listPreorders } from "../../src/orders/preorder-store.ts";
import type { Payment } from "../../src/payments/provider.ts";
import type { SandboxObject, SandboxReport } from "../../src/payments/sandbox/sandbox.ts";
import type { Preorder, Reservation, Stock } from "../../src/stock/rules/model.ts";
import type { Folk } from "./actors.ts";
import { stubOf } from "./nemesis.ts";
import type { Town } from "./simulation.ts";

interface Shelf {
	readonly stock: Stock;
	readonly policy: Policy;
	readonly reservations: readonly Reservation[];
	readonly preorders: readonly Preorder[];
}

/** How many checkouts ended how. */
export type Fates = Record<string, number>;

export class Audit {
	readonly complaints: string[] = [];
	readonly fates: Fates = {};
	readonly #town: Town;
	readonly #folk: Folk;
	#shelves = new Map<string, Shelf>();

	constructor(town: Town, folk: Folk) {
		this.#town = town;
		this.#folk = folk;
	}

	async run(): Promise<void> {
		for (const sku of this.#town.skus) this.#shelves.set(sku, await shelfOf(sku));
		const payments = Map.groupBy(await this.#payments(), (payment) => payment.checkoutId);
		for (const id of this.#town.asked.keys()) {
			const c = await stateOf(id);
			this.#checkout(id, c, payments.get(id) ?? []);
			if (c !== null) await this.#order(c);
		}
		for (const sku of this.#town.skus) await this.#sku(sku);
		await this.#sums();
	}

	#must(holds: boolean, what: string): void {
		if (!holds) this.complaints.push(what);
	}

	#count(fate: string): void {
		this.fates[fate] = (this.fates[fate] ?? 0) + 1;
	}

	async #payments(): Promise<Payment[]> {
		const provider = stubOf(this.#town.providerKey) as DurableObjectStub<SandboxObject>;
		const all: Payment[] = [];
		for (let cursor: string | null = "0"; cursor !== null; ) {
			const books: SandboxReport = (await provider.books(cursor, 500)) as unknown as SandboxReport;
			all.push(...books.payments);
			cursor = books.nextCursor;
		}
		return all;
	}

	// ---- One checkout

	#checkout(id: string, c: Checkout | null, payments: readonly Payment[]): void {
		const short = `${id} (${c === null ? "never stored" : c.phase === "closed" ? `closed: ${c.ending}` : c.phase})`;
		this.#count(c === null ? "never stored" : c.phase === "closed" ? c.ending : c.phase);
		const isFinal = c === null || c.phase === "closed" || (c.phase === "completed" && nextEffect(c) === null);
		this.#must(isFinal, `${short} has not ended: ${JSON.stringify(c)}`);

		// Money: what the provider has of it is the price of the units that its SKUs say it bought, less what was refunded.
		const kept = payments.reduce((sum, payment) => sum + payment.capturedMinor - payment.refundedMinor, 0);
		const bought = (c?.lines ?? []).filter((line): line is Committed => line.claim === "committed");
		const worth = bought.reduce((sum, line) => sum + (line.quantity - line.refunded) * line.unitPriceMinor, 0);
		this.#must(kept === worth, `${short}: the provider has ${kept}, and what was bought is worth ${worth}`);
		for (const { status } of payments) {
			this.#must(status === "captured" || status === "voided", `${short}: a payment is left ${status}`);
		}
		if (payments.some(({ refundedMinor }) => refundedMinor > 0)) this.#count("with a refund");
		if (payments.some(({ capturedMinor, amountMinor }) => capturedMinor > 0 && capturedMinor < amountMinor)) {
			this.#count("captured in part");
		}
		this.#must(c === null || c.phase === "completed" || bought.length === 0, `${short} has units and did not complete`);
		for (const line of bought) {
			const asked = this.#folk.refundsAsked.get(`${id} ${line.sku}`) ?? 0;
			this.#must(line.refunded <= asked, `${short}: ${line.refunded} ${line.sku} refunded, ${asked} asked for`);
			this.#must(line.returned === line.toReturn, `${short}: ${line.sku} was not returned`);
		}
		if (c?.payment) this.#time(short, c, c.payment.seen);
		for (const sku of this.#town.skus) this.#claim(short, id, sku, bought.find((line) => line.sku === sku) ?? null);
	}

	/** Whoever paid in time has bought, unless they called it off or the units were gone; whoever paid too late has not. */
	#time(short: string, c: Checkout, { id, paidAtMs }: Payment): void {
		const expired = c.phase === "closed" && c.ending === "expired";
		this.#must(!expired || !this.#folk.paidInTime.has(id), `${short}: it was paid in time`);
		const endsMs = c.phase === "completed" ? c.payByMs + c.graceMs : Number.POSITIVE_INFINITY;
		this.#must(paidAtMs === null || paidAtMs <= endsMs, `${short}: it was paid too late`);
	}

	/** What the SKU says the checkout has is what the checkout says it has. */
	#claim(short: string, id: string, sku: string, line: Committed | null): void {
		const { reservations, preorders } = this.#shelves.get(sku) as Shelf;
		const sold = reservations.filter((r) => r.checkoutId === id && r.status === "sold");
		const promised = preorders.filter((p) => p.checkoutId === id && (p.status === "owed" || p.status === "filled"));
		const units = [...sold, ...promised].reduce((sum, { quantity, returned }) => sum + quantity - returned, 0);
		const has = line === null || line.preorderStatus === "cancelled" ? 0 : line.quantity - line.returned;
		this.#must(units === has, `${short}: ${sku} says that it has ${units}, and it says ${has}`);
		if (promised.length > 0) this.#count("pre-orders");
		const [only] = promised;
		const statuses = `${only?.status} at ${sku}, ${line?.preorderStatus} at the checkout`;
		this.#must(only === undefined || only.status === line?.preorderStatus, `${short}: ${statuses}`);
	}

	async #order(c: Checkout): Promise<void> {
		const inD1 = await findOrder(env.DB, orderIdOf(c.id));
		const order = orderOf(c);
		this.#must(
			JSON.stringify(canonical(inD1)) === JSON.stringify(canonical(order)),
			`the order of ${c.id}: D1 has ${JSON.stringify(inD1)}, and it is ${JSON.stringify(order)}`,
		);
	}

	// ---- One SKU

	async #sku(sku: string): Promise<void> {
		const { stock, policy, reservations, preorders } = this.#shelves.get(sku) as Shelf;
		this.#must(
			stock.held === 0 && stock.pending === 0,
			`${sku}: ${stock.held} held and ${stock.pending} pending are left`,
		);
		const lapsed = reservations.filter((r) => r.status === "expired" && r.checkoutId !== null);
		if (lapsed.length > 0) this.#count("with pins that ran out");
		// Where nothing went wrong, a checkout lets go of its pins before they run out by themselves.
		if (this.#town.isCalm) this.#must(lapsed.length === 0, `${sku}: pins ran out: ${JSON.stringify(lapsed)}`);
		const first = <T extends { quantity: number; returned: number }>(rows: readonly T[]) =>
			rows[0] === undefined ? null : rows[0].quantity - rows[0].returned;
		const owed = first(preorders.filter((p) => p.status === "owed"));
		const line = reservations.filter((r) => r.place !== null).sort((a, b) => (a.place ?? 0) - (b.place ?? 0));
		const next = owed ?? first(line);
		this.#must(
			next === null || next > stock.available,
			`${sku}: ${stock.available} lie there, and somebody waits for ${next}`,
		);

		const inD1 = await listPreorders(env.DB, { sku, status: null, afterId: "", limit: 1_000 });
		const ours = preorders.filter((p) => p.version > 0).map((p) => `${p.id} ${p.status} ${p.returned} ${p.version}`);
		const theirs = inD1.map((p) => `${p.id} ${p.status} ${p.returned} ${p.version}`);
		this.#must(String(ours) === String(theirs), `${sku}: pre-orders ${ours}; in D1 ${theirs}`);

		this.#limit(sku, policy, reservations, preorders);
	}

	#limit(sku: string, policy: Policy, reservations: readonly Reservation[], preorders: readonly Preorder[]): void {
		// The merchant may have lowered it since.
		const most = this.#town.limits.get(sku);
		if (policy.limitPerShopper === null || most === undefined || most === null) return;
		for (const shopper of this.#town.shoppers) {
			const rows = [
				...reservations.filter((r) => ["sold", "waiting"].includes(r.status)),
				...preorders.filter((p) => p.status !== "cancelled"),
			];
			const owned = rows
				.filter(({ shopperId }) => shopperId === shopper)
				.reduce((sum, { quantity, returned }) => sum + quantity - returned, 0);
			this.#must(owned <= most, `${shopper} has ${owned} of ${sku}, of which nobody may have more than ${most}`);
		}
	}

	// ---- All of it

	async #sums(): Promise<void> {
		const survey = new FanOut();
		for (const row of await reconcileSkus(env, survey, this.#town.skus)) {
			this.#must(row.balanced && row.difference === 0, `out of step: ${JSON.stringify(row)}`);
		}
		const overdue = await findOverdue(env, survey, this.#town.skus, Date.now());
		this.#must(survey.notAnswering.length === 0, `unreachable: ${survey.notAnswering}`);
		this.#must(overdue.length === 0, `overdue: ${JSON.stringify(overdue)}`);
	}
}

async function shelfOf(sku: string): Promise<Shelf> {
	return runInDurableObject(stubOf(`SKU ${sku}`), (_, { storage: { sql } }) => {
		const rows = (query: string) => sql.exec(query).toArray() as unknown;
		const [product] = rows("SELECT json FROM product") as { json: string }[];
		const [stock] = rows("SELECT * FROM stock") as Stock[];
		return {
			stock: stock as Stock,
			policy: (JSON.parse(product?.json ?? "{}") as { policy: Policy }).policy,
			reservations: rows("SELECT * FROM reservations ORDER BY id") as Reservation[],
			preorders: rows("SELECT * FROM preorders ORDER BY id") as Preorder[],
		};
	});
}

async function stateOf(id: string): Promise<Checkout | null> {
	return runInDurableObject(stubOf(`CHECKOUT ${id}`), (_, { storage: { sql } }) => {
		const tables = sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'checkout'").toArray();
		if (tables.length === 0) return null;
		const [row] = sql.exec<{ json: string }>("SELECT json FROM checkout").toArray();
		return row === undefined ? null : (JSON.parse(row.json) as Checkout);
	});
}

/** Members in one order, so that equal values have equal text. */
function canonical(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(canonical);
	if (value === null || typeof value !== "object") return value;
	const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
	return Object.fromEntries(entries.map(([key, member]) => [key, canonical(member)]));
}
