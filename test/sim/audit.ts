/**
 * What must be true of a simulation that has settled: the provider, the checkouts, the SKUs and D1 agree with each
 * other, and with what people know. Pure: it compares `books.ts`.
 */
import type { Policy } from "../../src/catalog/policy.ts";
import { orderOf } from "../../src/checkout/order.ts";
import type { Checkout, Committed } from "../../src/checkout/rules/model.ts";
import { wakeAtMs } from "../../src/checkout/rules/next-effect.ts";
import { unsettledReason } from "../../src/checkout/rules/retries.ts";
import type { Payment } from "../../src/payments/provider.ts";
import { standsFree } from "../../src/stock/rules/allocate.ts";
import { saleNotOpen } from "../../src/stock/rules/availability.ts";
import type { Pin, Preorder, Reservation } from "../../src/stock/rules/model.ts";
import type { Books, Facts } from "./books.ts";
import { mailOf } from "./shoppers.ts";
import type { SkuRows } from "./stored.ts";
import { type Invariant, type Violation, Violations } from "./violations.ts";
import { auditWaitlist } from "./waitlist-audit.ts";

/** How many checkouts ended in which way, and how many had what happen to them. */
export type EndingCounts = Record<string, number>;

export interface AuditReport {
	readonly endings: EndingCounts;
	readonly violations: readonly Violation[];
}

export function audit(books: Books, facts: Facts): AuditReport {
	const run = new Audit(books, facts);
	run.run();
	return { endings: run.endings, violations: run.violations.all };
}

class Audit {
	readonly violations = new Violations();
	readonly endings: EndingCounts = {};
	readonly #books: Books;
	readonly #facts: Facts;

	constructor(books: Books, facts: Facts) {
		this.#books = books;
		this.#facts = facts;
	}

	run(): void {
		const payments = Map.groupBy(this.#books.payments, (payment) => payment.checkoutId);
		for (const [id, c] of this.#books.checkouts) {
			// Of a payment of the merchant's own there is nobody's book but the checkout's.
			const own = c?.isExternal && c.payment !== null ? [c.payment.seen] : [];
			this.#auditCheckout(id, c, [...own, ...(payments.get(id) ?? [])]);
			if (c !== null) this.#auditOrder(c);
		}
		for (const sku of this.#books.skus.keys()) this.#auditSku(sku);
		this.#auditTotals();
		for (const what of this.#facts.callLog.violations()) this.violations.add("nobody is called too often", what);
	}

	#expect(invariant: Invariant, isTrue: boolean, what: string): void {
		this.violations.expect(invariant, isTrue, what);
	}

	#count(ending: string): void {
		this.endings[ending] = (this.endings[ending] ?? 0) + 1;
	}

	// ---- One checkout

	#auditCheckout(id: string, c: Checkout | null, payments: readonly Payment[]): void {
		const short = `${id} (${c === null ? "never stored" : c.phase === "closed" ? `closed: ${c.ending}` : c.phase})`;
		this.#count(c === null ? "never stored" : c.phase === "closed" ? c.ending : c.phase);
		const reason = c === null ? null : unsettledReason(c);
		const isForAPerson = reason === "refund-returned" || reason === "disputed";
		// Without its alarm, one that ends without a sale goes on when its shopper looks at it. That it has neither units nor
		// money by then, the checks of payments and of SKUs see to.
		const isAsleep =
			this.#facts.isMute(id) && (c?.phase === "opening" || c?.phase === "closing" || c?.phase === "closed");
		this.#expect(
			"every checkout ends",
			c === null || isAtRest(c) || isForAPerson || isAsleep,
			`${short} has not ended: ${JSON.stringify(c)}`,
		);
		if (reason !== null) this.#count(`unsettled: ${reason}`);
		// What is left is a dispute that was lost, and what cannot be refunded because of it; and money that the bank of a
		// shopper without an order sends back each time.
		const isLeft = reason === "disputed" || (reason === "refund-returned" && c?.phase !== "completed");
		this.#expect(
			"only what a person must decide is unsettled",
			reason === null || isLeft,
			`${short} is unsettled: ${reason} ${JSON.stringify(c)}`,
		);
		const named = this.#books.unsettled.get(id) ?? null;
		this.#expect(
			"D1 names what is unsettled",
			named === reason,
			`${short} is unsettled: ${reason}, and by D1: ${named}`,
		);

		// Money: what the provider has kept is the price of what was bought, less what was refunded.
		const kept = payments.reduce((sum, payment) => sum + payment.capturedMinor - payment.refundedMinor, 0);
		const bought = (c?.lines ?? []).filter((line): line is Committed => line.claim === "committed");
		const worth = worthOf(bought, c?.adjustments ?? []);
		const disputed = payments.reduce((sum, { disputedMinor }) => sum + disputedMinor, 0);
		if (disputed > 0) this.#count("with a dispute that was lost");
		this.#expect(
			"the money kept is the price of what was sold",
			disputed > 0 || reason === "refund-returned" ? kept >= worth : kept === worth,
			`${short}: the provider has ${kept}, ${disputed} of it lost, and what was bought is worth ${worth}`,
		);
		for (const { status } of payments) {
			const hasEnded = status === "captured" || status === "voided";
			this.#expect("no payment is left open", hasEnded, `${short}: a payment is left ${status}`);
		}
		if (payments.some(({ refundedMinor }) => refundedMinor > 0)) this.#count("with a refund");
		if (payments.some(({ capturedMinor, amountMinor }) => capturedMinor > 0 && capturedMinor < amountMinor)) {
			this.#count("captured in part");
		}
		this.#expect(
			"only a checkout that completed has units",
			c === null || c.phase === "completed" || bought.length === 0,
			`${short} has units and did not complete`,
		);
		for (const line of bought) {
			const requested = this.#facts.refundsRequested.get(`${id} ${line.sku}`) ?? 0;
			const refunds = `${line.refunded} ${line.sku} refunded, ${requested} requested`;
			this.#expect("no more is refunded than was asked for", line.refunded <= requested, `${short}: ${refunds}`);
			const hasReturned = line.returned === line.toReturn;
			this.#expect("what is to return has returned", hasReturned, `${short}: ${line.sku} was not returned`);
		}
		if (c?.payment) this.#auditPaymentTime(short, c, c.payment.seen);
		for (const sku of this.#books.skus.keys()) {
			this.#auditUnits(short, id, sku, bought.find((line) => line.sku === sku) ?? null);
		}
	}

	/**
	 * A shopper who paid in time has bought, unless they cancelled or the units were gone. One who paid too late has
	 * not.
	 */
	#auditPaymentTime(short: string, c: Checkout, { id, paidAtMs }: Payment): void {
		const isExpired = c.phase === "closed" && c.ending === "expired";
		const isLost = isExpired && this.#facts.paidInTime.has(id);
		this.#expect("who pays in time has bought", !isLost, `${short}: it was paid in time`);
		const endsMs = c.phase === "completed" ? c.payByMs + c.graceMs : Number.POSITIVE_INFINITY;
		const isInTime = paidAtMs === null || paidAtMs <= endsMs;
		this.#expect("who pays too late has not bought", isInTime, `${short}: it was paid too late`);
	}

	/** The SKU and the checkout agree on what the checkout has. */
	#auditUnits(short: string, id: string, sku: string, line: Committed | null): void {
		const { reservations, preorders } = this.#books.skus.get(sku) as SkuRows;
		const sold = reservations.filter((r) => r.checkoutId === id && r.status === "sold");
		const preordered = preorders.filter((p) => p.checkoutId === id && (p.status === "owed" || p.status === "filled"));
		const units = [...sold, ...preordered].reduce((sum, { quantity, returned }) => sum + quantity - returned, 0);
		const has = line === null || line.preorderStatus === "cancelled" ? 0 : line.quantity - line.returned;
		this.#expect(
			"SKU and checkout agree on units",
			units === has,
			`${short}: ${units} by ${sku}, ${has} by the checkout`,
		);
		if (preordered.length > 0) this.#count("pre-orders");
		const [only] = preordered;
		const statuses = `${only?.status} at ${sku}, ${line?.preorderStatus} at the checkout`;
		const isSame = only === undefined || only.status === line?.preorderStatus;
		this.#expect("SKU and checkout agree on a pre-order", isSame, `${short}: ${statuses}`);
	}

	#auditOrder(c: Checkout): void {
		const inD1 = this.#books.orders.get(c.id) ?? null;
		const isForgotten = ({ email, shipTo }: Pick<Checkout, "email"> & { readonly shipTo?: unknown }) =>
			email === "" && shipTo == null;
		this.#expect(
			"what is erased stays erased",
			!this.#facts.erased.has(c.id) || (isForgotten(c) && (inD1 === null || isForgotten(inD1))),
			`${c.id} was erased, and has an address`,
		);
		const order = orderOf(c);
		this.#expect(
			"D1 has the orders",
			textOf(inD1) === textOf(order),
			`the order of ${c.id}: ${JSON.stringify(inD1)} in D1, ${JSON.stringify(order)} by the checkout`,
		);
	}

	// ---- One SKU

	#auditSku(sku: string): void {
		const { stock, product, reservations, preorders, journal } = this.#books.skus.get(sku) as SkuRows;
		const { policy } = product;
		this.#expect(
			"nothing is left held or pending",
			stock.held === 0 && stock.pending === 0,
			`${sku}: ${stock.held} held and ${stock.pending} pending are left`,
		);
		// A hold that would have run out meanwhile ends when its checkout gives it back, and its pin has not run out.
		const pinEndsMs = ({ pin }: Reservation) => (JSON.parse(String(pin)) as Pin | null)?.untilMs ?? 0;
		const expiredPins = reservations.filter((r) => {
			return r.status === "expired" && r.checkoutId !== null && pinEndsMs(r) <= (r.endedAtMs ?? 0);
		});
		if (expiredPins.length > 0) this.#count("with pins that expired");
		// With faults, a checkout may come too late to do so.
		this.#expect(
			"a checkout gives back its pins before they run out",
			!this.#facts.isCalm || expiredPins.length === 0,
			`${sku}: pins expired: ${JSON.stringify(expiredPins)}`,
		);
		this.#auditWaiting(sku, policy);

		const ours = preorders.filter((p) => p.version > 0).map((p) => `${p.id} ${p.status} ${p.returned} ${p.version}`);
		const inD1 = this.#books.preorders.get(sku) ?? [];
		const theirs = inD1.map((p) => `${p.id} ${p.status} ${p.returned} ${p.version}`);
		this.#expect("D1 has the pre-orders", String(ours) === String(theirs), `${sku}: ${ours}; in D1 ${theirs}`);
		const listed = this.#books.products.get(sku) ?? null;
		this.#expect(
			"D1 has the products",
			textOf(listed) === textOf(product),
			`${sku}: ${JSON.stringify(product)}; in D1 ${JSON.stringify(listed)}`,
		);

		this.#auditLimit(sku, policy, reservations, preorders);
		this.#auditMails(sku);
		for (const { invariant, what } of auditWaitlist(journal)) this.violations.add(invariant, `${sku}: ${what}`);
	}

	#auditWaiting(sku: string, policy: Policy): void {
		const { stock, reservations, preorders } = this.#books.skus.get(sku) as SkuRows;
		const first = <T extends { quantity: number; returned: number }>(rows: readonly T[]) =>
			rows[0] === undefined ? null : rows[0].quantity - rows[0].returned;
		const owed = first(preorders.filter((p) => p.status === "owed"));
		const waitlist = reservations.filter((r) => r.place !== null).sort((a, b) => (a.place ?? 0) - (b.place ?? 0));
		// Outside the sale window nobody is promoted.
		const next = owed ?? (saleNotOpen(policy, this.#facts.nowMs) === null ? first(waitlist) : null);
		this.#expect(
			"nobody waits for units that are there",
			next === null || next > stock.available - (owed === null ? 0 : standsFree(stock, waitlist[0] ?? null)),
			`${sku}: ${stock.available} are available, and somebody waits for ${next}`,
		);
	}

	#auditMails(sku: string): void {
		const { reservations, journal, addresses } = this.#books.skus.get(sku) as SkuRows;
		const owners = new Map(reservations.map(({ id, shopperId }) => [id, shopperId]));
		const promoted = journal.flatMap(({ kind, subjectId }) =>
			kind === "promoted" && subjectId !== null ? [mailOf(owners.get(subjectId) ?? "")] : [],
		);
		const sent = this.#facts.mails.filter((mail) => mail.sku === sku);
		for (const [to, mails] of Map.groupBy(sent, (mail) => mail.to)) {
			const times = promoted.filter((each) => each === to).length;
			const what = `${to} was promoted ${times} times for ${sku}, and got ${mails.length} mails`;
			this.#expect("a promotion is told by one mail at most", mails.length <= times, what);
		}
		for (const id of addresses) {
			const status = reservations.find((r) => r.id === id)?.status ?? "gone";
			const isKept = status === "waiting" || status === "held";
			this.#expect("an address is kept for who waits, and until the mail", isKept, `${sku}: ${id} is ${status}`);
		}
	}

	#auditLimit(sku: string, policy: Policy, reservations: readonly Reservation[], preorders: readonly Preorder[]): void {
		// The highest limit there was: the merchant may have lowered it since.
		const most = this.#facts.limits.get(sku);
		if (policy.limitPerShopper === null || most === undefined || most === null) return;
		for (const shopper of this.#facts.shoppers) {
			const rows = [
				...reservations.filter((r) => ["sold", "waiting"].includes(r.status)),
				...preorders.filter((p) => p.status !== "cancelled"),
			];
			const owned = rows
				.filter(({ shopperId }) => shopperId === shopper)
				// What was given back in any way does not count.
				.reduce((sum, { quantity, returned, refunded }) => sum + quantity - Math.max(returned, refunded), 0);
			const has = `${shopper} has ${owned} of ${sku}, above the limit of ${most}`;
			this.#expect("nobody has more than the limit", owned <= most, has);
		}
	}

	// ---- Everything together

	#auditTotals(): void {
		const { reconciliation, notAnswering, overdue, unsettled } = this.#books;
		for (const row of reconciliation) {
			const isRight = row.balanced && row.difference === 0;
			this.#expect("the books balance", isRight, `not reconciled: ${JSON.stringify(row)}`);
		}
		this.#expect("every object answers", notAnswering.length === 0, `not answering: ${notAnswering}`);
		// What is named as unsettled is judged with its checkout.
		const unexplained = overdue.filter(({ checkoutId }) => !unsettled.has(checkoutId));
		this.#expect("nothing is overdue", unexplained.length === 0, `overdue: ${JSON.stringify(unexplained)}`);
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

/** Equal for equal values. */
const textOf = (value: unknown): string => JSON.stringify(canonical(value));

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
