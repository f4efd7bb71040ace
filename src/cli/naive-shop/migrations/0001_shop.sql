-- The naive shop, a museum piece: not Holdfast's own tables, which are in the migrations folder at the top.
CREATE TABLE products (
	sku TEXT PRIMARY KEY,
	title TEXT NOT NULL,
	amount INTEGER NOT NULL,
	currency TEXT NOT NULL,
	stock INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE orders (
	id TEXT PRIMARY KEY,
	shopper TEXT NOT NULL,
	key TEXT NOT NULL,
	email TEXT NOT NULL,
	sku TEXT NOT NULL,
	quantity INTEGER NOT NULL,
	amount INTEGER NOT NULL,
	currency TEXT NOT NULL,
	status TEXT NOT NULL,
	created_at TEXT NOT NULL,
	UNIQUE (shopper, key)
);

CREATE INDEX orders_by_sku ON orders (sku);
