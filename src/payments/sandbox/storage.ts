/**
 * Reads and writes the sandbox's SQLite: its payments and refunds, the keys it has seen, and the faults to inject.
 *
 * Every function is synchronous, so a caller's `transactionSync` is one step. Not here: the tables (`schema.ts`), what
 * may happen to a payment (`rules.ts`).
 */
import type { CreateRefusal, Payment } from "../provider.ts";

/** The calls of the port that can be made to fail. */
export type Call = "create" | "read" | "void" | "capture" | "refund";

export const FAULT_KINDS = ["before", "after", "no", "stored", "refuse"] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** What happens to the next `times` calls of one kind. */
export interface Fault {
	readonly call: Call;
	/**
	 * - `before`: the call is lost. `after`: the call takes effect and its answer is lost. `no`: the answer is only late.
	 * - `stored`: the provider breaks without an effect, and remembers that for the call's key: the same key is answered
	 *   so for ever.
	 * - `refuse`: the provider says no, for no reason that the payment's state would show. Reads go on.
	 */
	readonly fail: FaultKind;
	/** What the provider objects to, for a `create` that is refused; `other` when not given. */
	readonly reason?: CreateRefusal | undefined;
	/** How long the answer takes, in milliseconds. */
	readonly delayMs: number;
	readonly times: number;
}

/** The totals of one currency over all payments, in minor units. Tests compare our own books with them. */
export interface Totals {
	readonly currency: string;
	readonly payments: number;
	readonly open: number;
	readonly processing: number;
	readonly authorised: number;
	readonly captured: number;
	readonly voided: number;
	/** Authorised, and neither captured nor released yet. */
	readonly authorisedMinor: number;
	readonly capturedMinor: number;
	readonly refundedMinor: number;
	readonly disputedMinor: number;
}

/** A payment, and whether no webhook is ever sent about it. */
export interface StoredPayment {
	readonly payment: Payment;
	readonly silent: boolean;
}

type PaymentRow = Omit<Payment, "declined" | "attemptUnderWay"> & {
	seq: number;
	attemptUnderWay: number;
	declinedCode: string | null;
	declinedAtMs: number | null;
	email: string;
	silent: number;
};

/** Adds a new payment. */
export function insertPayment(sql: SqlStorage, payment: Payment, email: string): void {
	sql.exec(
		`INSERT INTO payments
			(id, checkoutId, email, currency, status, amountMinor, authorisedMinor, capturedMinor, refundedMinor)
			VALUES (?, ?, ?, ?, ?, ?, 0, 0, 0)`,
		payment.id,
		payment.checkoutId,
		email,
		payment.currency,
		payment.status,
		payment.amountMinor,
	);
}

/** Stores a payment after a change. */
export function updatePayment(sql: SqlStorage, payment: Payment): void {
	sql.exec(
		`UPDATE payments SET status = ?, authorisedMinor = ?, capturedMinor = ?, refundedMinor = ?, disputedMinor = ?,
			paidAtMs = ?, attemptUnderWay = ?, declinedCode = ?, declinedAtMs = ? WHERE id = ?`,
		payment.status,
		payment.authorisedMinor,
		payment.capturedMinor,
		payment.refundedMinor,
		payment.disputedMinor,
		payment.paidAtMs,
		payment.attemptUnderWay ? 1 : 0,
		payment.declined?.code ?? null,
		payment.declined?.atMs ?? null,
		payment.id,
	);
}

/** From now on, no webhook is sent about this payment. */
export function silence(sql: SqlStorage, paymentId: string): void {
	sql.exec("UPDATE payments SET silent = 1 WHERE id = ?", paymentId);
}

/** The payment with this id; null when there is none. */
export function findPayment(sql: SqlStorage, id: string): StoredPayment | null {
	const [row] = sql.exec<PaymentRow>("SELECT * FROM payments WHERE id = ?", id).toArray();
	return row === undefined ? null : { payment: toPayment(row), silent: row.silent === 1 };
}

/** Payments in the order of their creation, after the one numbered `after`. */
export function listPayments(sql: SqlStorage, after: number, limit: number): { seq: number; payment: Payment }[] {
	return sql
		.exec<PaymentRow>("SELECT * FROM payments WHERE seq > ? ORDER BY seq LIMIT ?", after, limit)
		.toArray()
		.map((row) => ({ seq: row.seq, payment: toPayment(row) }));
}

/** The totals of every currency. Reads all rows. */
export function totals(sql: SqlStorage): Totals[] {
	return sql
		.exec<Totals & Record<string, SqlStorageValue>>(
			`SELECT currency, count(*) AS payments, sum(status = 'open') AS open,
				sum(status = 'processing') AS processing, sum(status = 'authorised') AS authorised,
				sum(status = 'captured') AS captured, sum(status = 'voided') AS voided, sum(authorisedMinor) AS authorisedMinor,
				sum(capturedMinor) AS capturedMinor, sum(refundedMinor) AS refundedMinor,
				sum(disputedMinor) AS disputedMinor
			FROM payments GROUP BY currency ORDER BY currency`,
		)
		.toArray();
}

/** The first request with this key, and whether the key is used up; null when the key is new. */
export function findKey(
	sql: SqlStorage,
	key: string,
): { readonly request: string; readonly paymentId: string; readonly isSpent: boolean } | null {
	type Row = { request: string; paymentId: string; spent: number };
	const [row] = sql.exec<Row>("SELECT request, paymentId, spent FROM keys WHERE key = ?", key).toArray();
	return row === undefined ? null : { request: row.request, paymentId: row.paymentId, isSpent: row.spent === 1 };
}

/** Stores what a key was used for. */
export function insertKey(sql: SqlStorage, key: string, request: string, paymentId: string): void {
	sql.exec("INSERT INTO keys (key, request, paymentId) VALUES (?, ?, ?)", key, request, paymentId);
}

/** From now on, nothing can succeed under this key. */
export function spendKey(sql: SqlStorage, key: string): void {
	sql.exec(
		"INSERT INTO keys (key, request, paymentId, spent) VALUES (?, '', '', 1) ON CONFLICT (key) DO UPDATE SET spent = 1",
		key,
	);
}

/** Adds a refund. @param key which asked for it; null for one made by hand */
export function insertRefund(sql: SqlStorage, paymentId: string, key: string | null, amountMinor: number): void {
	sql.exec("INSERT INTO refunds (paymentId, key, amountMinor) VALUES (?, ?, ?)", paymentId, key, amountMinor);
}

/** The latest refund of a payment that did not come back; null when there is none. */
export function latestRefund(sql: SqlStorage, paymentId: string): RefundRow | null {
	const [row] = sql
		.exec<RefundRow>(
			"SELECT seq, key, amountMinor FROM refunds WHERE paymentId = ? AND returned = 0 ORDER BY seq DESC LIMIT 1",
			paymentId,
		)
		.toArray();
	return row ?? null;
}

type RefundRow = { seq: number; key: string | null; amountMinor: number };

/** A refund came back, so its key is used up. */
export function returnRefund(sql: SqlStorage, { seq, key }: RefundRow): void {
	sql.exec("UPDATE refunds SET returned = 1 WHERE seq = ?", seq);
	if (key !== null) spendKey(sql, key);
}

/** Replaces the list of faults. */
export function replaceFaults(sql: SqlStorage, faults: readonly Fault[]): void {
	sql.exec("DELETE FROM faults");
	const insert = "INSERT INTO faults (call, fail, reason, delayMs, times) VALUES (?, ?, ?, ?, ?)";
	for (const { call, fail, reason = null, delayMs, times } of faults) {
		sql.exec(insert, call, fail, reason, delayMs, times);
	}
}

/** The faults that have not happened yet. */
export function listFaults(sql: SqlStorage): Fault[] {
	return sql.exec<FaultRow>("SELECT * FROM faults ORDER BY seq").toArray().map(toFault);
}

/** Takes the next fault for this call; null when the call is to succeed. */
export function takeFault(sql: SqlStorage, call: Call): Fault | null {
	const [row] = sql.exec<FaultRow>("SELECT * FROM faults WHERE call = ? ORDER BY seq LIMIT 1", call).toArray();
	if (row === undefined) return null;
	if (row.times > 1) sql.exec("UPDATE faults SET times = times - 1 WHERE seq = ?", row.seq);
	else sql.exec("DELETE FROM faults WHERE seq = ?", row.seq);
	return toFault(row);
}

type FaultRow = Omit<Fault, "reason"> & { seq: number; reason: CreateRefusal | null } & Record<string, SqlStorageValue>;

function toFault({ call, fail, reason, delayMs, times }: FaultRow): Fault {
	return { call, fail, ...(reason === null ? {} : { reason }), delayMs, times };
}

function toPayment(row: PaymentRow): Payment {
	const { seq: _seq, silent: _silent, declinedCode: code, declinedAtMs: atMs, email: _email, ...payment } = row;
	const declined = code === null || atMs === null ? null : { code, atMs };
	return { ...payment, attemptUnderWay: payment.attemptUnderWay === 1, declined };
}
