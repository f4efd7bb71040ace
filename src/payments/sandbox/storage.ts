/**
 * The sandbox's SQLite: its payments, the keys it has seen, the webhooks to send and the faults to inject.
 *
 * Amounts are whole minor units. SQLite itself refuses impossible payments (more refunded than captured, money in a
 * voided one). Every function is synchronous, so a caller's `transactionSync` is one step. Not here: what may happen to
 * a payment (`rules.ts`).
 */
import type { Payment } from "../provider.ts";

/** Append only: `platform/migrate.ts` refuses a migration that was edited. */
export const SANDBOX_MIGRATIONS: readonly string[] = [
	`CREATE TABLE payments (
		seq INTEGER PRIMARY KEY AUTOINCREMENT,
		id TEXT NOT NULL UNIQUE,
		checkoutId TEXT NOT NULL,
		email TEXT NOT NULL,
		currency TEXT NOT NULL,
		status TEXT NOT NULL CHECK (status IN ('open', 'authorised', 'captured', 'voided')),
		amountMinor INTEGER NOT NULL CHECK (amountMinor > 0),
		authorisedMinor INTEGER NOT NULL CHECK (authorisedMinor = iif(status = 'authorised', amountMinor, 0)),
		capturedMinor INTEGER NOT NULL CHECK (capturedMinor BETWEEN 0 AND amountMinor),
		refundedMinor INTEGER NOT NULL CHECK (refundedMinor BETWEEN 0 AND capturedMinor),
		paidAtMs INTEGER,
		declinedCode TEXT,
		declinedAtMs INTEGER,
		silent INTEGER NOT NULL DEFAULT 0,
		CHECK ((capturedMinor > 0) = (status = 'captured'))
	) STRICT;
	CREATE TABLE keys (
		key TEXT PRIMARY KEY,
		request TEXT NOT NULL,
		paymentId TEXT NOT NULL
	) STRICT, WITHOUT ROWID;
	CREATE TABLE webhooks (
		seq INTEGER PRIMARY KEY AUTOINCREMENT,
		eventId TEXT NOT NULL,
		paymentId TEXT NOT NULL,
		body TEXT NOT NULL,
		state TEXT NOT NULL DEFAULT 'owed' CHECK (state IN ('owed', 'delivered', 'abandoned')),
		attempts INTEGER NOT NULL DEFAULT 0,
		dueAtMs INTEGER NOT NULL,
		lastAnswer TEXT
	) STRICT;
	CREATE INDEX webhooks_due ON webhooks (dueAtMs) WHERE state = 'owed';
	CREATE INDEX webhooks_of_payment ON webhooks (paymentId, dueAtMs) WHERE state = 'owed';
	CREATE TABLE faults (
		seq INTEGER PRIMARY KEY AUTOINCREMENT,
		call TEXT NOT NULL,
		fail TEXT NOT NULL CHECK (fail IN ('before', 'after', 'no')),
		delayMs INTEGER NOT NULL,
		times INTEGER NOT NULL CHECK (times > 0)
	) STRICT;`,
];

/** The calls of the port that can be made to fail. */
export type Call = "create" | "read" | "void" | "capture" | "refund";

/** What happens to the next `times` calls of one kind: the answer is late, or lost, or both. */
export interface Fault {
	readonly call: Call;
	/**
	 * `before`: the call is lost. `after`: the call takes effect and its answer is lost. `no`: the answer is only late.
	 */
	readonly fail: "before" | "after" | "no";
	/** How long the answer takes, in milliseconds. */
	readonly delayMs: number;
	readonly times: number;
}

/** The totals of one currency over all payments, in minor units. Tests compare our own books with them. */
export interface Totals {
	readonly currency: string;
	readonly payments: number;
	readonly open: number;
	readonly authorised: number;
	readonly captured: number;
	readonly voided: number;
	/** Authorised, and neither captured nor released yet. */
	readonly authorisedMinor: number;
	readonly capturedMinor: number;
	readonly refundedMinor: number;
}

/** A payment, and whether no webhook is ever sent about it. */
export interface StoredPayment {
	readonly payment: Payment;
	readonly silent: boolean;
}

type PaymentRow = Omit<Payment, "declined" | "disputedMinor" | "attemptUnderWay"> & {
	seq: number;
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
		`UPDATE payments SET status = ?, authorisedMinor = ?, capturedMinor = ?, refundedMinor = ?, paidAtMs = ?,
			declinedCode = ?, declinedAtMs = ? WHERE id = ?`,
		payment.status,
		payment.authorisedMinor,
		payment.capturedMinor,
		payment.refundedMinor,
		payment.paidAtMs,
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
			`SELECT currency, count(*) AS payments, sum(status = 'open') AS open, sum(status = 'authorised') AS authorised,
				sum(status = 'captured') AS captured, sum(status = 'voided') AS voided, sum(authorisedMinor) AS authorisedMinor,
				sum(capturedMinor) AS capturedMinor, sum(refundedMinor) AS refundedMinor
			FROM payments GROUP BY currency ORDER BY currency`,
		)
		.toArray();
}

/** The first request with this key; null when the key is new. */
export function findKey(sql: SqlStorage, key: string): { request: string; paymentId: string } | null {
	const [row] = sql
		.exec<{ request: string; paymentId: string }>("SELECT request, paymentId FROM keys WHERE key = ?", key)
		.toArray();
	return row ?? null;
}

/** Stores what a key was used for. */
export function insertKey(sql: SqlStorage, key: string, request: string, paymentId: string): void {
	sql.exec("INSERT INTO keys (key, request, paymentId) VALUES (?, ?, ?)", key, request, paymentId);
}

/** Replaces the list of faults. */
export function replaceFaults(sql: SqlStorage, faults: readonly Fault[]): void {
	sql.exec("DELETE FROM faults");
	for (const { call, fail, delayMs, times } of faults) {
		sql.exec("INSERT INTO faults (call, fail, delayMs, times) VALUES (?, ?, ?, ?)", call, fail, delayMs, times);
	}
}

/** The faults that have not happened yet. */
export function listFaults(sql: SqlStorage): Fault[] {
	return sql
		.exec<Fault & Record<string, SqlStorageValue>>("SELECT call, fail, delayMs, times FROM faults ORDER BY seq")
		.toArray();
}

/** Takes the next fault for this call; null when the call is to succeed. */
export function takeFault(sql: SqlStorage, call: Call): Fault | null {
	const [row] = sql
		.exec<Fault & { seq: number } & Record<string, SqlStorageValue>>(
			"SELECT seq, call, fail, delayMs, times FROM faults WHERE call = ? ORDER BY seq LIMIT 1",
			call,
		)
		.toArray();
	if (row === undefined) return null;
	const { seq, ...fault } = row;
	if (fault.times > 1) sql.exec("UPDATE faults SET times = times - 1 WHERE seq = ?", seq);
	else sql.exec("DELETE FROM faults WHERE seq = ?", seq);
	return fault;
}

function toPayment(row: PaymentRow): Payment {
	const { seq: _seq, silent: _silent, declinedCode: code, declinedAtMs: atMs, email: _email, ...payment } = row;
	return {
		...payment,
		disputedMinor: 0,
		attemptUnderWay: false,
		declined: code === null || atMs === null ? null : { code, atMs },
	};
}
