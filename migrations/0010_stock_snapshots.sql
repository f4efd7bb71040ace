-- What each SKU's object said at the last sweep, for the metrics: they must not ask a thousand objects each time.
CREATE TABLE stock_snapshots (
	sku TEXT PRIMARY KEY,
	changed_at_ms INTEGER NOT NULL,
	json TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX stock_snapshots_changed ON stock_snapshots (changed_at_ms);
