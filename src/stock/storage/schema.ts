/**
 * The tables of one SKU's object, as a history of migrations. The statements that use them are in the files beside this
 * one.
 *
 * Columns have the names of the fields in `rules/model.ts`, so a row is the record.
 *
 * The comments inside a migration are part of its text, so they keep older names: a "turn" is a unit of work, and
 * `reservations_line` is the index of the waitlist.
 */

/** Append only: `platform/migrate.ts` refuses to run when the text of an applied migration was edited. */
export const SKU_MIGRATIONS: readonly string[] = [
	`
	-- What the merchant said last, as JSON: read whole, once a turn.
	CREATE TABLE product (id INTEGER PRIMARY KEY CHECK (id = 1), json TEXT NOT NULL);

	CREATE TABLE stock (
		id INTEGER PRIMARY KEY CHECK (id = 1),
		received INTEGER NOT NULL, adjusted INTEGER NOT NULL, returned INTEGER NOT NULL,
		available INTEGER NOT NULL, held INTEGER NOT NULL, sold INTEGER NOT NULL, waiting INTEGER NOT NULL,
		pending INTEGER NOT NULL, owed INTEGER NOT NULL, filled INTEGER NOT NULL, cancelled INTEGER NOT NULL,
		version INTEGER NOT NULL, seq INTEGER NOT NULL, place INTEGER NOT NULL
	);

	CREATE TABLE reservations (
		id TEXT PRIMARY KEY, shopperId TEXT NOT NULL, quantity INTEGER NOT NULL CHECK (quantity > 0), status TEXT NOT NULL,
		expiresAtMs INTEGER, place INTEGER, extensions INTEGER NOT NULL, offered INTEGER NOT NULL, checkoutId TEXT,
		returned INTEGER NOT NULL, version INTEGER NOT NULL, createdAtMs INTEGER NOT NULL, endedAtMs INTEGER
	) WITHOUT ROWID;
	-- At most one live reservation a shopper: the ledger's rule, and here it cannot be broken.
	CREATE UNIQUE INDEX reservations_live ON reservations (shopperId) WHERE endedAtMs IS NULL;
	CREATE INDEX reservations_ended ON reservations (shopperId, id) WHERE endedAtMs IS NOT NULL;
	CREATE INDEX reservations_due ON reservations (expiresAtMs, id) WHERE expiresAtMs IS NOT NULL;
	CREATE INDEX reservations_line ON reservations (place) WHERE place IS NOT NULL;

	CREATE TABLE preorders (
		id TEXT PRIMARY KEY, shopperId TEXT NOT NULL, checkoutId TEXT NOT NULL, quantity INTEGER NOT NULL CHECK (quantity > 0),
		status TEXT NOT NULL, expiresAtMs INTEGER, expectedAtMs INTEGER, termsVersion TEXT NOT NULL,
		returned INTEGER NOT NULL, version INTEGER NOT NULL, createdAtMs INTEGER NOT NULL, endedAtMs INTEGER,
		-- The version that D1 is known to have. Where it lags behind, the row is still to be sent.
		recordedVersion INTEGER NOT NULL DEFAULT 0
	) WITHOUT ROWID;
	CREATE INDEX preorders_unrecorded ON preorders (id) WHERE recordedVersion < version;
	CREATE INDEX preorders_shopper ON preorders (shopperId, id);
	CREATE INDEX preorders_due ON preorders (expiresAtMs, id) WHERE expiresAtMs IS NOT NULL;
	CREATE INDEX preorders_owed ON preorders (id) WHERE status = 'owed';

	CREATE TABLE journal (
		seq INTEGER PRIMARY KEY, atMs INTEGER NOT NULL, kind TEXT NOT NULL, quantity INTEGER NOT NULL,
		shopperId TEXT, subjectId TEXT, checkoutId TEXT, note TEXT,
		available INTEGER NOT NULL, held INTEGER NOT NULL, sold INTEGER NOT NULL
	);
	-- The audit sums these two kinds; every other entry stays out of the index.
	CREATE INDEX journal_units ON journal (kind, quantity) WHERE kind IN ('received', 'adjusted');

	-- Answers already given to a merchant's Idempotency-Key.
	CREATE TABLE receipts (key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, answer TEXT NOT NULL) WITHOUT ROWID;
	`,
	"ALTER TABLE reservations ADD COLUMN heldUntilMs INTEGER",
	// A row for each page of the journal: a row for each entry was a third of what a reservation cost.
	`
	CREATE TABLE journal_pages (
		lastSeq INTEGER PRIMARY KEY, atMs INTEGER NOT NULL,
		-- Units that its entries of these two kinds add up to, for the audit.
		received INTEGER NOT NULL, adjusted INTEGER NOT NULL,
		-- The entries in order, as arrays of what the view below names.
		entries TEXT NOT NULL
	);
	CREATE INDEX journal_pages_units ON journal_pages (received, adjusted) WHERE received <> 0 OR adjusted <> 0;
	INSERT INTO journal_pages SELECT seq, atMs, IIF(kind = 'received', quantity, 0), IIF(kind = 'adjusted', quantity, 0),
		json_array(json_array(seq, kind, quantity, shopperId, subjectId, checkoutId, note, available, held, sold))
		FROM journal;
	DROP TABLE journal;
	-- A row for each entry, for reading.
	CREATE VIEW journal AS SELECT lastSeq AS page, entry.value ->> 0 AS seq, atMs, entry.value ->> 1 AS kind, entry.value ->> 2 AS quantity,
		entry.value ->> 3 AS shopperId, entry.value ->> 4 AS subjectId, entry.value ->> 5 AS checkoutId,
		entry.value ->> 6 AS note, entry.value ->> 7 AS available, entry.value ->> 8 AS held, entry.value ->> 9 AS sold
		FROM journal_pages, json_each(entries) AS entry;
	`,
	// What is old is carried forward as sums, so that no audit reads the whole past: \`carried.ts\`.
	`
	CREATE TABLE carried (
		kind TEXT PRIMARY KEY, rows INTEGER NOT NULL, quantity INTEGER NOT NULL, returned INTEGER NOT NULL
	) WITHOUT ROWID;
	-- 1: the units of the row are in the sums above.
	ALTER TABLE reservations ADD COLUMN carried INTEGER NOT NULL DEFAULT 0;
	ALTER TABLE preorders ADD COLUMN carried INTEGER NOT NULL DEFAULT 0;
	ALTER TABLE journal_pages ADD COLUMN carried INTEGER NOT NULL DEFAULT 0;
	-- By checkout, and with what the audit sums, so that neither reads the rows.
	CREATE INDEX reservations_sold ON reservations (carried, checkoutId, quantity, returned) WHERE status = 'sold';
	CREATE INDEX reservations_unsold ON reservations (endedAtMs) WHERE endedAtMs IS NOT NULL AND status <> 'sold';
	CREATE INDEX reservations_lapsed_pins ON reservations (endedAtMs, id, checkoutId)
		WHERE status = 'expired' AND checkoutId IS NOT NULL;
	CREATE INDEX preorders_open ON preorders (status, quantity, returned) WHERE carried = 0;
	CREATE INDEX preorders_paid ON preorders (checkoutId) WHERE version > 0;
	CREATE INDEX preorders_unpaid ON preorders (endedAtMs) WHERE status = 'cancelled' AND version = 0;
	CREATE INDEX journal_pages_open ON journal_pages (received, adjusted)
		WHERE carried = 0 AND (received <> 0 OR adjusted <> 0);
	`,
	// What a checkout that ends without a sale has to restore, and what tells its late messages.
	`
	ALTER TABLE reservations ADD COLUMN pin TEXT; -- JSON
	ALTER TABLE reservations ADD COLUMN heldSinceMs INTEGER;
	ALTER TABLE reservations ADD COLUMN refunded INTEGER NOT NULL DEFAULT 0;
	ALTER TABLE preorders ADD COLUMN refunded INTEGER NOT NULL DEFAULT 0;
	ALTER TABLE preorders ADD COLUMN attempt INTEGER;
	ALTER TABLE preorders ADD COLUMN replaces TEXT;
	ALTER TABLE stock ADD COLUMN setAside INTEGER NOT NULL DEFAULT 0;
	ALTER TABLE stock ADD COLUMN setAsideUpTo INTEGER NOT NULL DEFAULT 0;
	CREATE TABLE ended_attempts (
		checkoutId TEXT PRIMARY KEY, attempt INTEGER NOT NULL, ending TEXT NOT NULL, endedAtMs INTEGER NOT NULL
	) WITHOUT ROWID;
	CREATE INDEX ended_attempts_old ON ended_attempts (endedAtMs);
	`,
	// Who of the merchant's people did it is the last member of an entry, where somebody did.
	`
	DROP VIEW journal;
	CREATE VIEW journal AS SELECT lastSeq AS page, entry.value ->> 0 AS seq, atMs, entry.value ->> 1 AS kind, entry.value ->> 2 AS quantity,
		entry.value ->> 3 AS shopperId, entry.value ->> 4 AS subjectId, entry.value ->> 5 AS checkoutId,
		entry.value ->> 6 AS note, entry.value ->> 7 AS available, entry.value ->> 8 AS held, entry.value ->> 9 AS sold,
		entry.value ->> 10 AS actor
		FROM journal_pages, json_each(entries) AS entry;
	`,
	// What is told to webhooks, where somebody listens: \`news-outbox.ts\`.
	`
	CREATE TABLE news (
		id INTEGER PRIMARY KEY CHECK (id = 1), audience TEXT NOT NULL, toldVersion INTEGER NOT NULL, toldSoldOut INTEGER NOT NULL
	);
	-- By their entry in the journal, so that no number comes again.
	CREATE TABLE news_reservations (
		seq INTEGER PRIMARY KEY, type TEXT NOT NULL, atMs INTEGER NOT NULL, data TEXT NOT NULL
	);
	`,
	// Who waits and asked to be told by mail: \`addresses.ts\`.
	`
	ALTER TABLE reservations ADD COLUMN absent INTEGER NOT NULL DEFAULT 0;
	CREATE TABLE addresses (
		reservationId TEXT PRIMARY KEY, shopperId TEXT NOT NULL, email TEXT NOT NULL, origin TEXT NOT NULL,
		-- The promotion that is to be told, and who is telling it.
		promotion TEXT, claim TEXT
	) WITHOUT ROWID;
	CREATE INDEX addresses_owed ON addresses (promotion, claim) WHERE promotion IS NOT NULL;
	CREATE INDEX addresses_shopper ON addresses (shopperId);
	`,
	// At an address only so many are told.
	"CREATE INDEX addresses_email ON addresses (email COLLATE NOCASE)",
	// Whose it was, so that whoever erases them finds the checkout; null in rows of before.
	"ALTER TABLE ended_attempts ADD COLUMN shopperId TEXT",
];
