-- A page of the orders of one SKU, newest first, without reading all of them.
ALTER TABLE order_lines ADD COLUMN completed_at_ms INTEGER;
UPDATE order_lines SET completed_at_ms = (SELECT completed_at_ms FROM orders WHERE orders.id = order_id);
CREATE INDEX order_lines_newest ON order_lines (sku, completed_at_ms DESC, order_id);

-- Code of the version before writes lines without it, after their order.
CREATE TRIGGER order_lines_dated AFTER INSERT ON order_lines WHEN NEW.completed_at_ms IS NULL
BEGIN
	UPDATE order_lines SET completed_at_ms = (SELECT completed_at_ms FROM orders WHERE orders.id = order_id)
		WHERE order_id = NEW.order_id AND position = NEW.position;
END;

-- The sums of sku_units took its place, and each index is one more row to write for a line.
DROP INDEX order_lines_by_sku;
