-- Copies of the endpoints of webhooks, as each endpoint's object has them: what is listed, and who listens to what. Secrets stay
-- in the object.
CREATE TABLE webhooks (
	id TEXT PRIMARY KEY,
	revision INTEGER NOT NULL,
	url TEXT NOT NULL,
	description TEXT,
	events TEXT NOT NULL, -- JSON: types of events, or "*"
	state TEXT NOT NULL,
	reason TEXT,
	state_since_ms INTEGER NOT NULL,
	created_at_ms INTEGER NOT NULL
) WITHOUT ROWID;
