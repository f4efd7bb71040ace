/** How the deliveries of each webhook go, as its object said at the last sweep, in D1. The metrics read it. */

import { callEndpoint, type WebhookEnv } from "../webhooks/client.ts";
import { listEndpoints } from "../webhooks/endpoint-store.ts";
import type { EndpointReport, EndpointState } from "../webhooks/rpc.ts";
import type { FanOut } from "./fan-out.ts";

export interface WebhookHealth {
	readonly id: string;
	readonly state: EndpointState;
	/** These are null until a sweep has asked. Failed ones are kept for a week. */
	readonly waiting: number | null;
	readonly failed: number | null;
	readonly dropped: number | null;
	/** Null while the last attempt succeeded, too. */
	readonly failingSinceMs: number | null;
}

const SAVE = `UPDATE webhooks SET health = (SELECT value FROM json_each(?1) WHERE value ->> 'id' = webhooks.id)
	WHERE id IN (SELECT value ->> 'id' FROM json_each(?1))`;

/** Asks the object of each endpoint: there are `MAX_WEBHOOKS` at most. */
export async function readWebhookHealth(env: WebhookEnv & Pick<Env, "DB">, fanOut: FanOut): Promise<void> {
	const ids = (await listEndpoints(env.DB)).map(({ id }) => id);
	const reports = await fanOut.call(ids, (id) => callEndpoint(env, id, (object) => object.read()));
	const rows = reports.filter((report) => report !== null).map(healthOf);
	if (rows.length > 0) await env.DB.prepare(SAVE).bind(JSON.stringify(rows)).run();
}

const healthOf = ({ id, waiting, failed, dropped, failingSinceMs }: EndpointReport) => ({
	...{ id, waiting, failed, failingSinceMs },
	dropped: dropped?.count ?? 0,
});

export async function listWebhookHealth(db: D1Database): Promise<WebhookHealth[]> {
	const { results } = await db
		.prepare(
			`SELECT id, state, health ->> 'waiting' AS waiting, health ->> 'failed' AS failed, health ->> 'dropped' AS dropped,
				health ->> 'failingSinceMs' AS failingSinceMs FROM webhooks ORDER BY id`,
		)
		.all<WebhookHealth>();
	return results;
}
