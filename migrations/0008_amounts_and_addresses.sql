-- Of an order, as JSON: its amounts that are no lines', where it is sent, and what the merchant keeps with it. Null where earlier code
-- wrote the order.
ALTER TABLE orders ADD COLUMN adjustments TEXT;
ALTER TABLE orders ADD COLUMN ship_to TEXT;
ALTER TABLE orders ADD COLUMN metadata TEXT;
