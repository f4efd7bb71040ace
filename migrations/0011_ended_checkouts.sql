-- Which checkouts of a shopper ended without a sale, for as long as their objects have anything: erasing a shopper has to find them.
CREATE TABLE ended_checkouts (
	checkout_id TEXT PRIMARY KEY,
	version INTEGER NOT NULL,
	shopper_id TEXT NOT NULL,
	ended_at_ms INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX ended_checkouts_by_shopper ON ended_checkouts (shopper_id, checkout_id);
CREATE INDEX ended_checkouts_oldest ON ended_checkouts (ended_at_ms);
