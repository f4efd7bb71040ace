-- The shop's list passes over archived products without reading them.
CREATE INDEX products_archived ON products (coalesce(json ->> 'isArchived', 0), sku);
