/** What a soak looks at, again and again. Pure. */

export interface Sample {
	/** Since the first shopper came; negative before. */
	readonly atMs: number;
	/** Shoppers who have come and gone by then. */
	readonly shoppers: number;
	/** Of the process that runs the shop, as the system counts it. */
	readonly memoryBytes: number;
	/** What the JavaScript of the Worker and its objects takes, with rubbish that is not collected yet. */
	readonly heapBytes: number;
	readonly sockets: number;
	/** Open handles on files of objects, D1's too: an object that rests closes its own. */
	readonly objectFiles: number;
	readonly otherHandles: number;
	/** What SQLite has written and not yet moved into its databases. */
	readonly walBytes: number;
	/** Objects of the shop that have a file. */
	readonly objects: number;
	/** Size of all databases. */
	readonly storedBytes: number;
	/** Alarms of the shop's objects that ring within an hour, or should have rung. */
	readonly alarms: number;
	/** By how much the alarm that is most overdue is late. */
	readonly overdueMs: number;
	/** What the shop says of itself, by `GET /admin/v1/metrics`. */
	readonly told: ShopMetrics;
}

/** As old as the last sweep. */
export interface ShopMetrics {
	readonly outboxAgeSeconds: number;
	readonly unsettled: number;
	readonly unbalanced: number;
	readonly eventsWaiting: number;
	readonly eventsFailed: number;
	readonly eventsDropped: number;
	readonly webhooksDisabled: number;
}

/** Reads Prometheus' text, as far as a soak needs it: the sum over the labels of each metric. */
export function readMetrics(text: string): ShopMetrics {
	const rows = text.split("\n").flatMap((line) => {
		const [, name, value] = /^(\w+)(?:\{.*\})? (\S+)$/.exec(line) ?? [];
		return name === undefined ? [] : [{ name: name.replace("holdfast_", ""), value: Number(value) }];
	});
	const valuesOf = (wanted: string) => rows.filter(({ name }) => name === wanted).map(({ value }) => value);
	const sum = (wanted: string) => valuesOf(wanted).reduce((total, value) => total + value, 0);
	return {
		outboxAgeSeconds: sum("outbox_age_seconds"),
		unsettled: sum("unsettled_checkouts"),
		unbalanced: valuesOf("balanced").filter((value) => value === 0).length,
		eventsWaiting: sum("webhook_waiting"),
		eventsFailed: sum("webhook_failed"),
		eventsDropped: sum("webhook_dropped"),
		webhooksDisabled: sum("webhook_disabled"),
	};
}
