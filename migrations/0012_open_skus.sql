-- SKUs where something may be open, as their objects said when they changed: the sweep looks at these, and takes one off the list
-- when its object says that nothing is open any more. Of what is here already nothing is known, so each is looked at once.
CREATE TABLE open_skus (
	sku TEXT PRIMARY KEY,
	opened_at_ms INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO open_skus SELECT sku, 0 FROM products;
-- A new product is on the list from the beginning, so that its SKU is seen once.
CREATE TRIGGER products_open AFTER INSERT ON products
BEGIN
	INSERT INTO open_skus VALUES (new.sku, 0) ON CONFLICT DO NOTHING;
END;
