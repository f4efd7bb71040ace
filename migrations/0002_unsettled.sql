-- What checkouts cannot settle by themselves, as they tell it: a merchant reads it, and the sweep goes through it. A row stays
-- when it is settled, so that an older message cannot bring it back.
CREATE TABLE unsettled (
	checkout_id TEXT PRIMARY KEY,
	version INTEGER NOT NULL,
	shopper_id TEXT NOT NULL,
	phase TEXT NOT NULL,
	reason TEXT NOT NULL,
	since_ms INTEGER NOT NULL,
	settled_at_ms INTEGER
) WITHOUT ROWID;

CREATE INDEX unsettled_oldest ON unsettled (since_ms, checkout_id) WHERE settled_at_ms IS NULL;

ALTER TABLE orders ADD COLUMN unsettled TEXT;
-- When D1 took this version. Null where earlier code wrote it: then the order's end counts, and no row has to be written again.
ALTER TABLE orders ADD COLUMN changed_at_ms INTEGER;
CREATE INDEX orders_changed ON orders (IFNULL(changed_at_ms, completed_at_ms), id) WHERE payment_id IS NOT NULL;

-- Lists without a SKU, by their status.
CREATE INDEX preorders_by_status ON preorders (status, id);
-- Lists of one SKU in every status.
CREATE INDEX preorders_of_sku ON preorders (sku, id);

-- How far the sweep has come, so that the next one goes on from there: the cron's own place, and one row for each SKU that
-- has more to look at than one sweep can.
CREATE TABLE sweep_places (
	kind TEXT NOT NULL,
	sku TEXT NOT NULL,
	place TEXT NOT NULL,
	moved_at_ms INTEGER NOT NULL,
	PRIMARY KEY (kind, sku)
) WITHOUT ROWID;
