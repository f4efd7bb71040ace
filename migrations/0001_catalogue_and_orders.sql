-- Copies of what the objects decided. Nothing here decides who gets a unit, and all of it can be written again.

-- The product as its SKU's object has it, as JSON: D1 finds and lists it, the Worker reads it whole.
CREATE TABLE products (
	sku TEXT PRIMARY KEY,
	revision INTEGER NOT NULL,
	json TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE orders (
	id TEXT PRIMARY KEY,
	version INTEGER NOT NULL,
	checkout_id TEXT NOT NULL,
	shopper_id TEXT NOT NULL,
	email TEXT NOT NULL,
	status TEXT NOT NULL,
	currency TEXT NOT NULL,
	total_minor INTEGER NOT NULL,
	refunded_minor INTEGER NOT NULL,
	refund_pending_minor INTEGER NOT NULL,
	payment_provider TEXT,
	payment_id TEXT,
	created_at_ms INTEGER NOT NULL,
	completed_at_ms INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX orders_newest ON orders (completed_at_ms DESC, id);
CREATE INDEX orders_by_status ON orders (status, completed_at_ms DESC, id);

CREATE TABLE order_lines (
	order_id TEXT NOT NULL,
	position INTEGER NOT NULL,
	version INTEGER NOT NULL,
	sku TEXT NOT NULL,
	title TEXT NOT NULL,
	quantity INTEGER NOT NULL,
	unit_price_minor INTEGER NOT NULL,
	fulfilment TEXT NOT NULL,
	subject_id TEXT NOT NULL,
	-- For a pre-order: what became of it, and the terms that were accepted.
	preorder_status TEXT,
	expected_at_ms INTEGER,
	terms_version TEXT,
	-- Units whose price was given back, and units that went back to the stock.
	refunded INTEGER NOT NULL,
	returned INTEGER NOT NULL,
	PRIMARY KEY (order_id, position)
) WITHOUT ROWID;

CREATE INDEX order_lines_by_sku ON order_lines (sku, fulfilment, quantity, returned);

-- Paid pre-orders, as their SKU's object tells of them.
CREATE TABLE preorders (
	id TEXT PRIMARY KEY,
	version INTEGER NOT NULL,
	sku TEXT NOT NULL,
	checkout_id TEXT NOT NULL,
	shopper_id TEXT NOT NULL,
	quantity INTEGER NOT NULL,
	returned INTEGER NOT NULL,
	status TEXT NOT NULL,
	expected_at_ms INTEGER,
	terms_version TEXT NOT NULL,
	created_at_ms INTEGER NOT NULL,
	ended_at_ms INTEGER
) WITHOUT ROWID;

CREATE INDEX preorders_by_sku ON preorders (sku, status, id);
