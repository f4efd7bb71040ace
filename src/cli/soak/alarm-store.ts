/** The alarms of a running server: the local runtime has a list for each class of objects, in the server's state directory. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Alarms for later than this are of retention, which is a matter of weeks. */
const SOON_MS = 3_600_000;

/** A webhook's object has one alarm, and does not move it when the merchant has sent at once what it was for. */
const RINGS_FOR_NOTHING = "WebhookObject";

/** @returns alarms of the shop's objects that ring within an hour, and by how much the most overdue one is late */
export function readAlarms(stateDir: string, nowMs: number): { readonly alarms: number; readonly overdueMs: number } {
	const root = join(stateDir, "v3/do");
	let alarms = 0;
	let overdueMs = 0;
	for (const kind of readdirSync(root)) {
		const path = join(root, kind, "metadata.sqlite");
		if (!existsSync(path)) continue;
		const database = new DatabaseSync(path, { readOnly: true, timeout: 1_000 });
		try {
			// The runtime counts in nanoseconds.
			const row = database
				.prepare(
					"SELECT COUNT(*) AS soon, MIN(scheduled_time) / 1000000 AS first FROM _cf_ALARM WHERE scheduled_time < ?",
				)
				.get(BigInt(nowMs + SOON_MS) * 1_000_000n);
			if (!kind.endsWith(RINGS_FOR_NOTHING)) alarms += Number(row?.["soon"]);
			if (row?.["first"] != null) overdueMs = Math.max(overdueMs, nowMs - Number(row["first"]));
		} finally {
			database.close();
		}
	}
	return { alarms, overdueMs };
}
