/**
 * What must be true of a simulation that has settled: the provider, the checkouts, the SKUs and D1 agree with each
 * other.
 *
 * Everything is read from storage and not from the objects: a call to an object would let it do what it had forgotten.
 */
import { env } from "cloudflare:workers";
import type { Policy } from "../../src/catalog/policy.ts";
import { orderOf } from "../../src/checkout/order.ts";
import type { Checkout, Committed } from "../../src/checkout/rules/model.ts";
import { wakeAtMs } from "../../src/checkout/rules/next-effect.ts";
import { unsettledReason } from "../../src/checkout/rules/retries.ts";
import { orderIdOf } from "../../src/ids.ts";
import { FanOut } from "../../src/operations/fan-out.ts";
import { findOverdue } from "../../src/operations/overdue.ts";
import { reconcileSkus } from "../../src/operations/reconcile.ts";
import { findOrder } from "../../src/orders/order-store.ts";
import { listPreorders } from "../../src/orders/preorder-store.ts";
import { listUnsettled } from "../../src/orders/unsettled-store.ts";
import type { Payment } from "../../src/payments/provider.ts";
import type { SandboxObject, SandboxReport } from "../../src/payments/sandbox/sandbox.ts";
import { standsFree } from "../../src/stock/rules/allocate.ts";
import { saleNotOpen } from "../../src/stock/rules/availability.ts";
import type { Pin, Preorder, Reservation } from "../../src/stock/rules/model.ts";
import type { Actors } from "./actors.ts";
import { stubOf } from "./nemesis.ts";
import type { Simulation } from "./simulation.ts";
import { rowsOf, type SkuRows, stateOf } from "./stored.ts";
import { auditWaitlist } from "./waitlist-audit.ts";

/** More rows than any simulation has. */
const MANY = 1_000;

/** How many checkouts ended in which way, and how many had what happen to them. */
export type EndingCounts = Record<string, number>;

export class Audit {
	readonly violations: string[] = [];
	readonly endings: EndingCounts = {};
	readonly #sim: Simulation;
	readonly #actors: Actors;
	#skus = new Map<string, SkuRows>();
	/** What D1 names as unsettled, by checkout. */
	readonly #unsettled = new Map<string, string>();

	constructor(sim: Simulation, actors: Actors) {
		this.#sim = sim;
		this.#actors = actors;
	}

	async run(): Promise<void> {
		for (const sku of this.#sim.skus) this.#skus.set(sku, await rowsOf(sku));
		for (const { checkoutId, reason } of await listUnsettled(env.DB, null, MANY))
			this.#unsettled.set(checkoutId, reason);
		const payments = Map.groupBy(await this.#payments(), (payment) => payment.checkoutId);
		for (const id of this.#sim.requests.keys()) {
			const c = await stateOf(id);
			// Of a payment of the merchant's own there is nobody's book but the checkout's.
			const own = c?.isExternal && c.payment !== null ? [c.payment.seen] : [];
			this.#auditCheckout(id, c, [...own, ...(payments.get(id) ?? [])]);
			if (c !== null) await this.#auditOrder(c);
		}
		for (const sku of this.#sim.skus) await this.#auditSku(sku);
		await this.#auditTotals();
		// Nobody is called more often than the pauses between tries allow.
		this.violations.push(...this.#sim.callLog.violations());
	}

	#expect(isTrue: boolean, what: string): void {
		if (!isTrue) this.violations.push(what);
	}

	#count(ending: string): void {
		this.endings[ending] = (this.endings[ending] ?? 0) + 1;
	}

	async #payments(): Promise<Payment[]> {
		const provider = stubOf(this.#sim.providerKey) as DurableObjectStub<SandboxObject>;
		const all: Payment[] = [];
		for (let cursor: string | null = "0"; cursor !== null; ) {
			const report: SandboxReport = (await provider.books(cursor, 500)) as unknown as SandboxReport;
			all.push(...report.payments);
			cursor = report.nextCursor;
		}
		return all;
	}

	// ---- One checkout

	#auditCheckout(id: string, c: Checkout | null, payments: readonly Payment[]): void {
		const short = `${id} (${c === null ? "never stored" : c.phase === "closed" ? `closed: ${c.ending}` : c.phase})`;
		this.#count(c === null ? "never stored" : c.phase === "closed" ? c.ending : c.phase);
		this.#expect(
			c === null || isAtRest(c) || unsettledReason(c) === "refund-returned",
			`${short} has not ended: ${JSON.stringify(c)}`,
		);
		const reason = c === null ? null : unsettledReason(c);
		if (reason !== null) this.#count(`unsettled: ${reason}`);
		// What is left is a dispute that was lost, and what cannot be refunded because of it; and money that the bank of a
		// shopper without an order sends back each time.
		const isLeft = reason === "disputed" || (reason === "refund-returned" && c?.phase !== "completed");
		this.#expect(reason === null || isLeft, `${short} is unsettled: ${reason} ${JSON.stringify(c)}`);
		const named = this.#unsettled.get(id) ?? null;
		this.#expect(named === reason, `${short} is unsettled: ${reason}, and by D1: ${named}`);

		// Money: what the provider has kept is the price of what was bought, less what was refunded.
		const kept = payments.reduce((sum, payment) => sum + payment.capturedMinor - payment.refundedMinor, 0);
		const bought = (c?.lines ?? []).filter((line): line is Committed => line.claim === "committed");
		const worth = worthOf(bought, c?.adjustments ?? []);
		const disputed = payments.reduce((sum, { disputedMinor }) => sum + disputedMinor, 0);
		if (disputed > 0) this.#count("with a dispute that was lost");
		this.#expect(
			disputed > 0 || reason === "refund-returned" ? kept >= worth : kept === worth,
			`${short}: the provider has ${kept}, ${disputed} of it lost, and what was bought is worth ${worth}`,
		);
		for (const { status } of payments) {
			this.#expect(status === "captured" || status === "voided", `${short}: a payment is left ${status}`);
		}
		if (payments.some(({ refundedMinor }) => refundedMinor > 0)) this.#count("with a refund");
		if (payments.some(({ capturedMinor, amountMinor }) => capturedMinor > 0 && capturedMinor < amountMinor)) {
			this.#count("captured in part");
		}
		this.#expect(
			c === null || c.phase === "completed" || bought.length === 0,
			`${short} has units and did not complete`,
		);
		for (const line of bought) {
			const requested = this.#actors.refundsRequested.get(`${id} ${line.sku}`) ?? 0;
			const refunds = `${line.refunded} ${line.sku} refunded, ${requested} requested`;
			this.#expect(line.refunded <= requested, `${short}: ${refunds}`);
			this.#expect(line.returned === line.toReturn, `${short}: ${line.sku} was not returned`);
		}
		if (c?.payment) this.#auditPaymentTime(short, c, c.payment.seen);
		for (const sku of this.#sim.skus) this.#auditUnits(short, id, sku, bought.find((line) => line.sku === sku) ?? null);
	}

	/**
	 * A shopper who paid in time has bought, unless they cancelled or the units were gone. One who paid too late has
	 * not.
	 */
	#auditPaymentTime(short: string, c: Checkout, { id, paidAtMs }: Payment): void {
		const expired = c.phase === "closed" && c.ending === "expired";
		this.#expect(!expired || !this.#actors.paidInTime.has(id), `${short}: it was paid in time`);
		const endsMs = c.phase === "completed" ? c.payByMs + c.graceMs : Number.POSITIVE_INFINITY;
		this.#expect(paidAtMs === null || paidAtMs <= endsMs, `${short}: it was paid too late`);
	}

	/** The SKU and the checkout agree on what the checkout has. */
	#auditUnits(short: string, id: string, sku: string, line: Committed | null): void {
		const { reservations, preorders } = this.#skus.get(sku) as SkuRows;
		const sold = reservations.filter((r) => r.checkoutId === id && r.status === "sold");
		const preordered = preorders.filter((p) => p.checkoutId === id && (p.status === "owed" || p.status === "filled"));
		const units = [...sold, ...preordered].reduce((sum, { quantity, returned }) => sum + quantity - returned, 0);
		const has = line === null || line.preorderStatus === "cancelled" ? 0 : line.quantity - line.returned;
		this.#expect(units === has, `${short}: ${units} by ${sku}, ${has} by the checkout`);
		if (preordered.length > 0) this.#count("pre-orders");
		const [only] = preordered;
		const statuses = `${only?.status} at ${sku}, ${line?.preorderStatus} at the checkout`;
		this.#expect(only === undefined || only.status === line?.preorderStatus, `${short}: ${statuses}`);
	}

	async #auditOrder(c: Checkout): Promise<void> {
		const inD1 = await findOrder(env.DB, orderIdOf(c.id));
		const order = orderOf(c);
		this.#expect(
			JSON.stringify(canonical(inD1)) === JSON.stringify(canonical(order)),
			`the order of ${c.id}: ${JSON.stringify(inD1)} in D1, ${JSON.stringify(order)} by the checkout`,
		);
	}

	// ---- One SKU

	async #auditSku(sku: string): Promise<void> {
		const { stock, policy, reservations, preorders } = this.#skus.get(sku) as SkuRows;
		this.#expect(
			stock.held === 0 && stock.pending === 0,
			`${sku}: ${stock.held} held and ${stock.pending} pending are left`,
		);
		// A hold that would have run out meanwhile ends when its checkout gives it back, and its pin has not run out.
		const pinEndsMs = ({ pin }: Reservation) => (JSON.parse(String(pin)) as Pin | null)?.untilMs ?? 0;
		const expiredPins = reservations.filter((r) => {
			return r.status === "expired" && r.checkoutId !== null && pinEndsMs(r) <= (r.endedAtMs ?? 0);
		});
		if (expiredPins.length > 0) this.#count("with pins that expired");
		// Without faults, a checkout releases its pins before they expire.
		if (this.#sim.isCalm) {
			this.#expect(expiredPins.length === 0, `${sku}: pins expired: ${JSON.stringify(expiredPins)}`);
		}
		const first = <T extends { quantity: number; returned: number }>(rows: readonly T[]) =>
			rows[0] === undefined ? null : rows[0].quantity - rows[0].returned;
		const owed = first(preorders.filter((p) => p.status === "owed"));
		const waitlist = reservations.filter((r) => r.place !== null).sort((a, b) => (a.place ?? 0) - (b.place ?? 0));
		// Outside the sale window nobody is promoted.
		const next = owed ?? (saleNotOpen(policy, Date.now()) === null ? first(waitlist) : null);
		this.#expect(
			next === null || next > stock.available - (owed === null ? 0 : standsFree(stock, waitlist[0] ?? null)),
			`${sku}: ${stock.available} are available, and somebody waits for ${next}`,
		);

		const inD1 = await listPreorders(env.DB, { sku, status: null, afterId: "", limit: 1_000 });
		const ours = preorders.filter((p) => p.version > 0).map((p) => `${p.id} ${p.status} ${p.returned} ${p.version}`);
		const theirs = inD1.map((p) => `${p.id} ${p.status} ${p.returned} ${p.version}`);
		this.#expect(String(ours) === String(theirs), `${sku}: pre-orders ${ours}; in D1 ${theirs}`);

		this.#auditLimit(sku, policy, reservations, preorders);
		const { journal } = this.#skus.get(sku) as SkuRows;
		this.violations.push(...auditWaitlist(journal).map((violation) => `${sku}: ${violation}`));
	}

	#auditLimit(sku: string, policy: Policy, reservations: readonly Reservation[], preorders: readonly Preorder[]): void {
		// The highest limit there was: the merchant may have lowered it since.
		const most = this.#sim.limits.get(sku);
		if (policy.limitPerShopper === null || most === undefined || most === null) return;
		for (const shopper of this.#sim.shoppers) {
			const rows = [
				...reservations.filter((r) => ["sold", "waiting"].includes(r.status)),
				...preorders.filter((p) => p.status !== "cancelled"),
			];
			const owned = rows
				.filter(({ shopperId }) => shopperId === shopper)
				// What was given back in any way does not count.
				.reduce((sum, { quantity, returned, refunded }) => sum + quantity - Math.max(returned, refunded), 0);
			this.#expect(owned <= most, `${shopper} has ${owned} of ${sku}, above the limit of ${most}`);
		}
	}

	// ---- Everything together

	async #auditTotals(): Promise<void> {
		const fanOut = new FanOut();
		for (const row of await reconcileSkus(env, fanOut, this.#sim.skus)) {
			this.#expect(row.balanced && row.difference === 0, `not reconciled: ${JSON.stringify(row)}`);
		}
		const { overdue } = await findOverdue(env, fanOut, this.#sim.skus, Date.now());
		this.#expect(fanOut.notAnswering.length === 0, `not answering: ${fanOut.notAnswering}`);
		// What is named as unsettled is judged with its checkout.
		const unexplained = overdue.filter(({ checkoutId }) => !this.#unsettled.has(checkoutId));
		this.#expect(unexplained.length === 0, `overdue: ${JSON.stringify(unexplained)}`);
	}
}

/** The price of what was bought and not refunded, and the amounts beside it: discounts come off the lines first. */
function worthOf(bought: readonly Committed[], adjustments: Checkout["adjustments"]): number {
	if (bought.every((line) => line.preorderStatus === "cancelled")) return 0;
	const amounts = adjustments.map(({ amountMinor, refundedMinor }) => amountMinor - refundedMinor);
	const sum = (minor: readonly number[]) => minor.reduce((a, b) => a + b, 0);
	const offMinor = -sum(amounts.filter((minor) => minor < 0));
	const boughtMinor = sum(bought.map((line) => line.quantity * line.unitPriceMinor));
	const leftMinor = sum(bought.map((line) => (line.quantity - line.refunded) * line.unitPriceMinor));
	const restMinor = sum(amounts.filter((minor) => minor > 0)) - Math.max(0, offMinor - boughtMinor);
	return Math.max(0, leftMinor - Math.min(offMinor, boughtMinor)) + Math.max(0, restMinor);
}

/** Nothing is left for it to do by itself. */
export function isAtRest(c: Checkout): boolean {
	return (c.phase === "closed" || c.phase === "completed") && !Number.isFinite(wakeAtMs(c) ?? Number.POSITIVE_INFINITY);
}

/** Members in one order, so that equal values have equal text. */
function canonical(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(canonical);
	if (value === null || typeof value !== "object") return value;
	const entries = Object.entries(value)
		// When the terms were accepted stands with the pre-order itself, and not in D1's copy of the order.
		.filter(([key]) => key !== "acceptedAtMs")
		.sort(([a], [b]) => (a < b ? -1 : 1));
	return Object.fromEntries(entries.map(([key, member]) => [key, canonical(member)]));
}
