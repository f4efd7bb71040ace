-- A shopper's own orders, and a merchant's search for the orders of somebody.
CREATE INDEX orders_by_shopper ON orders (shopper_id, completed_at_ms DESC, id);
CREATE INDEX orders_by_email ON orders (email, completed_at_ms DESC, id);
