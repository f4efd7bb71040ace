-- When the sales of a SKU were last compared with the orders here, to their end: sums do not show the loss of what has no units any more.
ALTER TABLE stock_snapshots ADD COLUMN compared_at_ms INTEGER NOT NULL DEFAULT 0;

-- Checkouts that ended without a sale by earlier code have no alarm that empties them, and are not listed here. The journals of
-- the SKUs that there are now name them: the sweep goes through those once, and this is where it begins.
INSERT INTO sweep_places (kind, sku, place, moved_at_ms) SELECT 'cron', 'past', '', 0 WHERE EXISTS (SELECT 1 FROM products);
