-- Since when a SKU's object and D1 differ, as sweeps saw it; null where they do not.
ALTER TABLE stock_snapshots ADD COLUMN differs_since_ms INTEGER;
UPDATE stock_snapshots SET differs_since_ms = changed_at_ms WHERE json ->> 'difference' > 0;
CREATE INDEX stock_snapshots_differing ON stock_snapshots (differs_since_ms) WHERE differs_since_ms IS NOT NULL;

-- How a webhook's deliveries go, as its object said at the last sweep, as JSON; null until there was one.
ALTER TABLE webhooks ADD COLUMN health TEXT;
