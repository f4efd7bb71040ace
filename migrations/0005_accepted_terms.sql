-- When the shopper accepted the terms of a pre-order. Null where earlier code wrote the line.
ALTER TABLE order_lines ADD COLUMN accepted_at_ms INTEGER;
