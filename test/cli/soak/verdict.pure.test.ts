/** What a soak demands when all is settled: each demand is disappointed once. */
import { describe, expect, it } from "vitest";
import { readMetrics, type Sample, type ShopMetrics } from "../../../src/cli/soak/sample.ts";
import { type EndFacts, judgeSoak, problemsOfSweep } from "../../../src/cli/soak/verdict.ts";
import type { Sweep } from "../../../src/client/index.ts";

const healthy: ShopMetrics = {
	...{ outboxAgeSeconds: 0, unsettled: 0, unbalanced: 0 },
	...{ eventsWaiting: 0, eventsFailed: 0, eventsDropped: 0, webhooksDisabled: 0 },
};
const idle: Sample = {
	...{ atMs: 0, shoppers: 0, memoryBytes: 1, heapBytes: 1, sockets: 14, objectFiles: 0, otherHandles: 69 },
	...{ walBytes: 1, objects: 0, storedBytes: 1, alarms: 0, overdueMs: 0, told: healthy },
};
const swept: Sweep = {
	...{ skus: 3, unsettled: { found: [], left: 0 }, overdue: [], resent: 0, stray: [], walksLeft: 0 },
	payments: { compared: 9, unread: 0, left: 0, differing: [] },
	...{ unbalanced: [], unreachable: [], nextCursor: null },
};

/** One SKU with a unit that one shopper bought. */
const stall: EndFacts["stalls"][number] = {
	stall: {
		...{ sku: "x", delivery: 1, visits: [] },
		terms: { holdSeconds: 8, paymentWindowSeconds: 10, graceSeconds: 3, waitlistLimit: 0, preorder: 0 },
	},
	traded: { reports: [], deliveries: [], returns: [], refunds: 0 },
	evidence: {
		stock: {
			...{ received: 1, adjusted: 0, available: 1, held: 0, waiting: 0, sold: 0, balanced: true, version: 1 },
			preorders: { owed: 0, filled: 0, cancelled: 0 },
		},
		...{ orders: [], preorders: [], payments: [], preorderStatuses: new Map(), difference: 0, stillHolding: 0 },
		journal: [{ seq: 1, kind: "received", quantity: 1, subjectId: null, available: 1, held: 0, sold: 0 }],
	},
	clockAheadMs: 0,
};
const end: EndFacts = {
	...{ stalls: [stall], sweeps: [swept], told: healthy, pending: 0, requests: 9, serverErrors: 0, deliveries: 1 },
	receiver: { taken: {}, repeated: 0, refused: 0, forged: 0 },
	watchers: { looks: 3, live: 2, told: 9 },
};
const judge = (over: Partial<EndFacts>, rest: Partial<Sample> = {}) =>
	judgeSoak({ before: idle, during: [], rest: { ...idle, ...rest }, durationMs: 1_000 }, { ...end, ...over });

describe("a soak", () => {
	it("passes when the books agree and nothing is left", () => {
		expect(judge({})).toMatchObject({ ok: true, problems: [] });
	});

	const told = (over: Partial<ShopMetrics>): Partial<EndFacts> => ({ told: { ...healthy, ...over } });
	const receiver = (over: Partial<EndFacts["receiver"]>) => ({ receiver: { ...end.receiver, ...over } });
	const stock = { ...stall.evidence.stock, held: 1, available: 0 };
	it.each<[string, Partial<EndFacts>, RegExp]>([
		["an answer 500", { serverErrors: 1 }, /^1 answers were server errors$/],
		["an event that waits", { pending: 2 }, /^2 events are not delivered$/],
		["an order that nobody has", receiver({ taken: { "order.created": 1 } }), /told of 1 orders, and there are 0$/],
		["a completed checkout too many", receiver({ taken: { "checkout.completed": 1 } }), /told of 1 completed/],
		["a forged event", receiver({ forged: 1 }), /^1 events had a wrong signature$/],
		[
			"watchers who only ever poll",
			{ watchers: { looks: 3, live: 0, told: 9 } },
			/^no watcher ever had a live socket$/,
		],
		["a sweep that finds something", { sweeps: [{ ...swept, resent: 1 }] }, /^the sweep found orders that D1 lacks$/],
		["a SKU that does not balance", told({ unbalanced: 1 }), /^1 SKUs do not balance$/],
		["an outbox that is not empty", told({ outboxAgeSeconds: 7 }), /^objects and D1 have differed for 7 s$/],
		["money that is not settled", told({ unsettled: 1 }), /^1 checkouts are not settled$/],
		["an event that was given up", told({ eventsFailed: 1 }), /^1 events were given up$/],
		["an event without room", told({ eventsDropped: 1 }), /^for 1 events there was no room$/],
		["a webhook that was disabled", told({ webhooksDisabled: 1 }), /^the webhook was disabled$/],
		[
			"a hold past its end",
			{ stalls: [{ ...stall, evidence: { ...stall.evidence, stock } }] },
			/^x: 1 units are still held/,
		],
	])("fails with %s", (_, over, words) => {
		const { ok, problems } = judge(over);
		expect(ok).toBe(false);
		expect(
			problems.some((problem) => words.test(problem)),
			problems.join("\n"),
		).toBe(true);
	});

	it("fails with an alarm that should have rung", () => {
		expect(judge({}, { overdueMs: 4_000 }).problems).toEqual(["an alarm is 4 s late"]);
	});
});

describe("a sweep", () => {
	const late = { checkoutId: "co_1", phase: "closing", since: "2026-12-12T00:00:00.000Z", unsettled: true };
	it.each<[string, Partial<Sweep>, RegExp]>([
		[
			"a checkout past its deadline",
			{ overdue: [late] },
			/^checkout co_1 should have ended at 2026-12-12.*and is closing$/,
		],
		["what cannot settle", { unsettled: { found: [{}], left: 0 } as unknown as Sweep["unsettled"] }, /cannot settle/],
		["a payment that differs", { payments: { ...swept.payments, differing: [{}] as never } }, /payments that differ/],
		["stray units", { stray: [{}] as never }, /units without a checkout/],
		["an object that does not answer", { unreachable: ["x"] }, /do not answer/],
		["an order that D1 lacks", { resent: 1 }, /orders that D1 lacks/],
	])("is not clean with %s, on whichever page", (_, over, words) => {
		const problems = problemsOfSweep([swept, { ...swept, ...over }]);
		expect(problems).toHaveLength(1);
		expect(problems[0]).toMatch(words);
	});
});

describe("the metrics", () => {
	it("are summed over their labels", () => {
		const text = [
			"# HELP holdfast_balanced 1 when the equation of a SKU holds.",
			'holdfast_balanced{sku="a"} 1',
			'holdfast_balanced{sku="c"} 1',
			'holdfast_balanced{sku="b} 0"} 0',
			"holdfast_outbox_age_seconds 12",
			'holdfast_unsettled_checkouts{reason="units"} 1',
			'holdfast_unsettled_checkouts{reason="disputed"} 2',
			'holdfast_webhook_waiting{webhook="wh_1"} 3',
		].join("\n");
		expect(readMetrics(text)).toEqual({
			...healthy,
			...{ unbalanced: 1, outboxAgeSeconds: 12, unsettled: 3, eventsWaiting: 3 },
		});
	});
});
