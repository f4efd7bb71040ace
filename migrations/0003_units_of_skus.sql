-- The units that the rows below have of each SKU, kept by what changes the rows. The reconciliation and each sweep read one row of
-- it, where they would read every line that was ever sold.
CREATE TABLE sku_units (
	sku TEXT PRIMARY KEY,
	-- Bought and not returned, from stock or by a pre-order that was filled.
	sold INTEGER NOT NULL,
	owed INTEGER NOT NULL,
	-- Owed or filled, by the pre-orders and by the lines of orders. They differ where the one has what the other lacks.
	preordered INTEGER NOT NULL,
	ordered INTEGER NOT NULL
) WITHOUT ROWID;

INSERT INTO sku_units (sku, sold, owed, preordered, ordered)
	SELECT sku, SUM(sold), SUM(owed), SUM(preordered), SUM(ordered) FROM (
		SELECT sku, IIF(fulfilment = 'in_stock', quantity - returned, 0) AS sold, 0 AS owed, 0 AS preordered,
			IIF(fulfilment = 'preorder' AND IFNULL(preorder_status, '') <> 'cancelled', quantity - returned, 0) AS ordered FROM order_lines
		UNION ALL SELECT sku, IIF(status = 'filled', quantity - returned, 0),
			IIF(status = 'owed', quantity - returned, 0),
			IIF(status <> 'cancelled', quantity - returned, 0), 0 FROM preorders
	) GROUP BY sku;

CREATE TRIGGER order_lines_added AFTER INSERT ON order_lines
BEGIN
	INSERT INTO sku_units (sku, sold, owed, preordered, ordered)
		VALUES (NEW.sku, IIF(NEW.fulfilment = 'in_stock', NEW.quantity - NEW.returned, 0), 0, 0,
			IIF(NEW.fulfilment = 'preorder' AND IFNULL(NEW.preorder_status, '') <> 'cancelled', NEW.quantity - NEW.returned, 0))
		ON CONFLICT (sku) DO UPDATE SET sold = sold + excluded.sold, ordered = ordered + excluded.ordered;
END;

CREATE TRIGGER order_lines_removed AFTER DELETE ON order_lines
BEGIN
	UPDATE sku_units SET sold = sold - IIF(OLD.fulfilment = 'in_stock', OLD.quantity - OLD.returned, 0),
		ordered = ordered - IIF(OLD.fulfilment = 'preorder' AND IFNULL(OLD.preorder_status, '') <> 'cancelled', OLD.quantity - OLD.returned, 0)
		WHERE sku = OLD.sku;
END;

CREATE TRIGGER order_lines_changed AFTER UPDATE ON order_lines
	WHEN (OLD.sku, OLD.fulfilment, OLD.quantity, OLD.returned, OLD.preorder_status)
		IS NOT (NEW.sku, NEW.fulfilment, NEW.quantity, NEW.returned, NEW.preorder_status)
BEGIN
	UPDATE sku_units SET sold = sold - IIF(OLD.fulfilment = 'in_stock', OLD.quantity - OLD.returned, 0),
		ordered = ordered - IIF(OLD.fulfilment = 'preorder' AND IFNULL(OLD.preorder_status, '') <> 'cancelled', OLD.quantity - OLD.returned, 0)
		WHERE sku = OLD.sku;
	INSERT INTO sku_units (sku, sold, owed, preordered, ordered)
		VALUES (NEW.sku, IIF(NEW.fulfilment = 'in_stock', NEW.quantity - NEW.returned, 0), 0, 0,
			IIF(NEW.fulfilment = 'preorder' AND IFNULL(NEW.preorder_status, '') <> 'cancelled', NEW.quantity - NEW.returned, 0))
		ON CONFLICT (sku) DO UPDATE SET sold = sold + excluded.sold, ordered = ordered + excluded.ordered;
END;

CREATE TRIGGER preorders_added AFTER INSERT ON preorders
BEGIN
	INSERT INTO sku_units (sku, sold, owed, preordered, ordered)
		VALUES (NEW.sku, IIF(NEW.status = 'filled', NEW.quantity - NEW.returned, 0),
			IIF(NEW.status = 'owed', NEW.quantity - NEW.returned, 0),
			IIF(NEW.status <> 'cancelled', NEW.quantity - NEW.returned, 0), 0)
		ON CONFLICT (sku) DO UPDATE SET sold = sold + excluded.sold, owed = owed + excluded.owed,
			preordered = preordered + excluded.preordered;
END;

CREATE TRIGGER preorders_removed AFTER DELETE ON preorders
BEGIN
	UPDATE sku_units SET sold = sold - IIF(OLD.status = 'filled', OLD.quantity - OLD.returned, 0),
		owed = owed - IIF(OLD.status = 'owed', OLD.quantity - OLD.returned, 0),
		preordered = preordered - IIF(OLD.status <> 'cancelled', OLD.quantity - OLD.returned, 0)
		WHERE sku = OLD.sku;
END;

CREATE TRIGGER preorders_changed AFTER UPDATE ON preorders
BEGIN
	UPDATE sku_units SET sold = sold - IIF(OLD.status = 'filled', OLD.quantity - OLD.returned, 0),
		owed = owed - IIF(OLD.status = 'owed', OLD.quantity - OLD.returned, 0),
		preordered = preordered - IIF(OLD.status <> 'cancelled', OLD.quantity - OLD.returned, 0)
		WHERE sku = OLD.sku;
	INSERT INTO sku_units (sku, sold, owed, preordered, ordered)
		VALUES (NEW.sku, IIF(NEW.status = 'filled', NEW.quantity - NEW.returned, 0),
			IIF(NEW.status = 'owed', NEW.quantity - NEW.returned, 0),
			IIF(NEW.status <> 'cancelled', NEW.quantity - NEW.returned, 0), 0)
		ON CONFLICT (sku) DO UPDATE SET sold = sold + excluded.sold, owed = owed + excluded.owed,
			preordered = preordered + excluded.preordered;
END;
