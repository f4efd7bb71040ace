-- The units that the rows below have of each SKU, kept by what changes the rows. The reconciliation and each sweep read one row of
-- it, where they would read every line that was ever sold.
CREATE TABLE sku_units (
	sku TEXT PRIMARY KEY,
	sold INTEGER NOT NULL,
	owed INTEGER NOT NULL
) WITHOUT ROWID;

INSERT INTO sku_units (sku, sold, owed)
	SELECT sku, SUM(sold), SUM(owed) FROM (
		SELECT sku, quantity - returned AS sold, 0 AS owed FROM order_lines WHERE fulfilment = 'in_stock'
		UNION ALL SELECT sku, IIF(status = 'filled', quantity - returned, 0), IIF(status = 'owed', quantity - returned, 0)
			FROM preorders
	) GROUP BY sku;

CREATE TRIGGER order_lines_added AFTER INSERT ON order_lines WHEN NEW.fulfilment = 'in_stock' BEGIN
	INSERT INTO sku_units (sku, sold, owed) VALUES (NEW.sku, NEW.quantity - NEW.returned, 0)
		ON CONFLICT (sku) DO UPDATE SET sold = sold + excluded.sold;
END;

CREATE TRIGGER order_lines_removed AFTER DELETE ON order_lines WHEN OLD.fulfilment = 'in_stock' BEGIN
	UPDATE sku_units SET sold = sold - (OLD.quantity - OLD.returned) WHERE sku = OLD.sku;
END;

CREATE TRIGGER order_lines_changed AFTER UPDATE ON order_lines
	WHEN (OLD.sku, OLD.fulfilment, OLD.quantity, OLD.returned) IS NOT (NEW.sku, NEW.fulfilment, NEW.quantity, NEW.returned) BEGIN
	UPDATE sku_units SET sold = sold - IIF(OLD.fulfilment = 'in_stock', OLD.quantity - OLD.returned, 0) WHERE sku = OLD.sku;
	INSERT INTO sku_units (sku, sold, owed) VALUES (NEW.sku, IIF(NEW.fulfilment = 'in_stock', NEW.quantity - NEW.returned, 0), 0)
		ON CONFLICT (sku) DO UPDATE SET sold = sold + excluded.sold;
END;

CREATE TRIGGER preorders_added AFTER INSERT ON preorders BEGIN
	INSERT INTO sku_units (sku, sold, owed)
		VALUES (NEW.sku, IIF(NEW.status = 'filled', NEW.quantity - NEW.returned, 0), IIF(NEW.status = 'owed', NEW.quantity - NEW.returned, 0))
		ON CONFLICT (sku) DO UPDATE SET sold = sold + excluded.sold, owed = owed + excluded.owed;
END;

CREATE TRIGGER preorders_removed AFTER DELETE ON preorders BEGIN
	UPDATE sku_units SET sold = sold - IIF(OLD.status = 'filled', OLD.quantity - OLD.returned, 0),
		owed = owed - IIF(OLD.status = 'owed', OLD.quantity - OLD.returned, 0) WHERE sku = OLD.sku;
END;

CREATE TRIGGER preorders_changed AFTER UPDATE ON preorders BEGIN
	UPDATE sku_units SET sold = sold - IIF(OLD.status = 'filled', OLD.quantity - OLD.returned, 0),
		owed = owed - IIF(OLD.status = 'owed', OLD.quantity - OLD.returned, 0) WHERE sku = OLD.sku;
	INSERT INTO sku_units (sku, sold, owed)
		VALUES (NEW.sku, IIF(NEW.status = 'filled', NEW.quantity - NEW.returned, 0), IIF(NEW.status = 'owed', NEW.quantity - NEW.returned, 0))
		ON CONFLICT (sku) DO UPDATE SET sold = sold + excluded.sold, owed = owed + excluded.owed;
END;
