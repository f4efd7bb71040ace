/** Endpoints in D1: copies of what their objects say, for the list, and for whoever asks who listens to what. */

import { EVENT_TYPES, type EventType, type Subscription } from "./event.ts";
import type { Endpoint, EndpointState } from "./rpc.ts";

interface Row {
	readonly id: string;
	readonly revision: number;
	readonly url: string;
	readonly description: string | null;
	readonly events: string;
	readonly state: EndpointState;
	readonly reason: Endpoint["reason"];
	readonly state_since_ms: number;
	readonly created_at_ms: number;
}

const toEndpoint = (row: Row): Endpoint => ({
	id: row.id,
	revision: row.revision,
	url: row.url,
	description: row.description,
	events: JSON.parse(row.events) as Subscription,
	state: row.state,
	reason: row.reason,
	stateSinceMs: row.state_since_ms,
	createdAtMs: row.created_at_ms,
});

const SAVE = `INSERT INTO webhooks (id, revision, url, description, events, state, reason, state_since_ms, created_at_ms)
	VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
	ON CONFLICT (id) DO UPDATE SET revision = ?2, url = ?3, description = ?4, events = ?5, state = ?6, reason = ?7,
		state_since_ms = ?8 WHERE excluded.revision > webhooks.revision`;

/** Writing it twice, or an older revision after a newer one, leaves the newer one. */
export async function saveEndpoint(db: D1Database, e: Endpoint): Promise<void> {
	const { id, revision, url, description, events, state, reason, stateSinceMs, createdAtMs } = e;
	const values = [id, revision, url, description, JSON.stringify(events), state, reason, stateSinceMs, createdAtMs];
	await db
		.prepare(SAVE)
		.bind(...values)
		.run();
}

/** Every endpoint, oldest first. There are few (`MAX_WEBHOOKS`). */
export async function listEndpoints(db: D1Database): Promise<Endpoint[]> {
	const { results } = await db.prepare("SELECT * FROM webhooks ORDER BY created_at_ms, id").all<Row>();
	return results.map(toEndpoint);
}

export async function deleteEndpoint(db: D1Database, id: string): Promise<void> {
	await db.prepare("DELETE FROM webhooks WHERE id = ?").bind(id).run();
}

/** Endpoints that take events: a paused one keeps them for later, a disabled one has none. */
export async function listeningEndpoints(db: D1Database): Promise<Endpoint[]> {
	return (await listEndpoints(db)).filter(({ state }) => state !== "disabled");
}

/** Every type of event that anybody listens to. */
export const typesOf = (endpoints: readonly Endpoint[]): ReadonlySet<EventType> =>
	new Set(endpoints.flatMap(({ events }) => (events === "*" ? EVENT_TYPES : events)));
