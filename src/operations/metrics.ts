/**
 * The metrics: what the objects' books said at the last sweep, and what D1 knows is not settled. They are read from D1
 * alone, since a scrape that asked each SKU's object would cost more than a shop's traffic.
 */
import { MAX_METRIC_SKUS } from "../limits.ts";
import { countUnsettled, listUnsettled } from "../orders/unsettled-store.ts";
import type { Metric } from "./prometheus.ts";
import type { SkuReconciliation } from "./reconcile.ts";
import { countSnapshots, differsSinceMs, snapshots } from "./snapshot-store.ts";
import { countWalks, cronMovedAtMs } from "./sweep-store.ts";
import { listWebhookHealth, type WebhookHealth } from "./webhook-health-store.ts";

const STATES = ["available", "held", "paying", "waiting", "sold", "owed"] as const;

export async function collectMetrics(db: D1Database, nowMs: number): Promise<Metric[]> {
	const [rows, skus, unsettled, oldest, walks, sweptAtMs, differingSinceMs, webhooks] = await Promise.all([
		snapshots(db, MAX_METRIC_SKUS),
		countSnapshots(db),
		countUnsettled(db),
		listUnsettled(db, null, 1),
		countWalks(db),
		cronMovedAtMs(db),
		differsSinceMs(db),
		listWebhookHealth(db),
	]);
	const secondsSince = (atMs: number): number => Math.max(0, Math.round((nowMs - atMs) / 1000));
	const ofEach = (value: (row: SkuReconciliation) => number) =>
		rows.map((row) => ({ labels: { sku: row.sku }, value: value(row) }));
	const ofEachWebhook = (value: (webhook: WebhookHealth) => number | null) =>
		webhooks.flatMap((webhook) => {
			const sample = value(webhook);
			return sample === null ? [] : [{ labels: { webhook: webhook.id }, value: sample }];
		});
	return [
		{
			name: "holdfast_units",
			help: "Units of a SKU by state, as its object said at the last sweep. Held counts paying too.",
			samples: rows.flatMap((row) => STATES.map((state) => ({ labels: { sku: row.sku, state }, value: row[state] }))),
		},
		{
			name: "holdfast_units_received",
			help: "Units that arrived, and corrections of the count: available, held and sold add up to it.",
			samples: ofEach(({ received, adjusted }) => received + adjusted),
		},
		{
			name: "holdfast_balanced",
			help: "1 when the equation of a SKU holds, computed from its rows. 0 is never normal.",
			samples: ofEach(({ balanced }) => (balanced ? 1 : 0)),
		},
		{
			name: "holdfast_units_not_in_d1",
			help: "Units by which a SKU's object and the orders in D1 differ. Orders on their way to D1 count.",
			samples: ofEach(({ difference }) => difference),
		},
		{
			name: "holdfast_outbox_age_seconds",
			help: "For how long records of a SKU have been on their way to D1, of the SKU where it is longest; 0 when none are.",
			samples: [{ value: differingSinceMs === null ? 0 : secondsSince(differingSinceMs) }],
		},
		{
			name: "holdfast_skus",
			help: "SKUs that a sweep has seen. Those that changed last are shown above.",
			samples: [{ value: skus }],
		},
		{
			name: "holdfast_unsettled_checkouts",
			help: "Checkouts that cannot settle their money or units by themselves, by reason.",
			samples: Object.entries(unsettled).map(([reason, value]) => ({ labels: { reason }, value })),
		},
		{
			name: "holdfast_unsettled_oldest_age_seconds",
			help: "For how long the oldest of them could not be settled; 0 when there is none.",
			samples: [{ value: oldest[0] === undefined ? 0 : secondsSince(oldest[0].sinceMs) }],
		},
		{
			name: "holdfast_sweep_age_seconds",
			help: "Since the cron's last page of the sweep; absent until it has run.",
			samples: sweptAtMs === null ? [] : [{ value: secondsSince(sweptAtMs) }],
		},
		{
			name: "holdfast_sweep_walks",
			help: "SKUs whose sales or lapsed pins the sweep is still comparing.",
			samples: [{ value: walks }],
		},
		{
			name: "holdfast_webhook_disabled",
			help: "1 when a webhook was disabled, because its receiver is gone or failed for days: it is told nothing any more.",
			samples: ofEachWebhook(({ state }) => (state === "disabled" ? 1 : 0)),
		},
		{
			name: "holdfast_webhook_waiting",
			help: "Events that a webhook's receiver has not taken yet, as its object said at the last sweep.",
			samples: ofEachWebhook(({ waiting }) => waiting),
		},
		{
			name: "holdfast_webhook_failed",
			help: "Events that were given up, of the last week. Those can be sent again.",
			samples: ofEachWebhook(({ failed }) => failed),
		},
		{
			name: "holdfast_webhook_dropped",
			help: "Events that there was no room for, since the webhook was created.",
			samples: ofEachWebhook(({ dropped }) => dropped),
		},
		{
			name: "holdfast_webhook_failing_age_seconds",
			help: "For how long every attempt has failed; 0 when the last one succeeded. After three days it is disabled.",
			samples: ofEachWebhook(({ waiting, failingSinceMs: atMs }) =>
				waiting === null ? null : atMs === null ? 0 : secondsSince(atMs),
			),
		},
	];
}
