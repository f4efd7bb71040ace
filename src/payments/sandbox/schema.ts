/**
 * The tables of the sandbox's SQLite. Amounts are whole minor units. SQLite itself refuses impossible payments (more
 * refunded or disputed than captured, money in a voided one).
 */

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
	// The status "processing" and the new faults need other checks, and SQLite changes a check only with its table.
	`CREATE TABLE payments_2 (
		seq INTEGER PRIMARY KEY AUTOINCREMENT,
		id TEXT NOT NULL UNIQUE,
		checkoutId TEXT NOT NULL,
		email TEXT NOT NULL,
		currency TEXT NOT NULL,
		status TEXT NOT NULL CHECK (status IN ('open', 'processing', 'authorised', 'captured', 'voided')),
		amountMinor INTEGER NOT NULL CHECK (amountMinor > 0),
		authorisedMinor INTEGER NOT NULL CHECK (authorisedMinor = iif(status = 'authorised', amountMinor, 0)),
		capturedMinor INTEGER NOT NULL CHECK (capturedMinor BETWEEN 0 AND amountMinor),
		refundedMinor INTEGER NOT NULL CHECK (refundedMinor BETWEEN 0 AND capturedMinor),
		disputedMinor INTEGER NOT NULL DEFAULT 0 CHECK (disputedMinor BETWEEN 0 AND capturedMinor - refundedMinor),
		paidAtMs INTEGER,
		attemptUnderWay INTEGER NOT NULL DEFAULT 0,
		declinedCode TEXT,
		declinedAtMs INTEGER,
		silent INTEGER NOT NULL DEFAULT 0,
		CHECK ((capturedMinor > 0) = (status = 'captured'))
	) STRICT;
	INSERT INTO payments_2 (seq, id, checkoutId, email, currency, status, amountMinor, authorisedMinor, capturedMinor,
			refundedMinor, paidAtMs, declinedCode, declinedAtMs, silent)
		SELECT seq, id, checkoutId, email, currency, status, amountMinor, authorisedMinor, capturedMinor,
			refundedMinor, paidAtMs, declinedCode, declinedAtMs, silent FROM payments;
	DROP TABLE payments;
	ALTER TABLE payments_2 RENAME TO payments;
	CREATE TABLE refunds (
		seq INTEGER PRIMARY KEY AUTOINCREMENT,
		paymentId TEXT NOT NULL,
		key TEXT,
		amountMinor INTEGER NOT NULL CHECK (amountMinor > 0),
		returned INTEGER NOT NULL DEFAULT 0
	) STRICT;
	CREATE INDEX refunds_of_payment ON refunds (paymentId) WHERE returned = 0;
	ALTER TABLE keys ADD COLUMN spent INTEGER NOT NULL DEFAULT 0;
	DROP TABLE faults;
	CREATE TABLE faults (
		seq INTEGER PRIMARY KEY AUTOINCREMENT,
		call TEXT NOT NULL,
		fail TEXT NOT NULL CHECK (fail IN ('before', 'after', 'no', 'stored', 'refuse')),
		reason TEXT,
		delayMs INTEGER NOT NULL,
		times INTEGER NOT NULL CHECK (times > 0)
	) STRICT;`,
];
