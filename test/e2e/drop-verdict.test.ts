/**
 * What the verdict of a drop rests on: the plans of a seed, the replay of a journal, and the count of the money. Each
 * is given one thing that is wrong, and has to name it.
 */
import { describe, expect, test } from "vitest";
import { type PlanOptions, planBuyers } from "../../src/cli/drop/buyer-plans.ts";
import { type Evidence, unitsKept, unitsWithStatus } from "../../src/cli/drop/collect-evidence.ts";
import { countConcurrentHolds } from "../../src/cli/drop/concurrent-holds.ts";
import { replayJournal } from "../../src/cli/drop/journal.ts";
import { countMoney } from "../../src/cli/drop/money.ts";
import { type BuyerOutcome, type BuyerReport, newBuyerState } from "../../src/cli/drop/outcome.ts";
import type { JournalEntry, OrderRecord, PaymentRecord } from "../../src/cli/drop/records.ts";
import type { DropFacts } from "../../src/cli/drop/tally.ts";
import { judge } from "../../src/cli/drop/verdict.ts";

const WISHES: PlanOptions = {
	...{ buyers: 500, seed: 12, payRate: 0.8, spreadSeconds: 2, abandonRate: 0, waitlist: false, preorder: 0 },
	...{ lateRate: 0, declineRate: 0, webhookChaos: false, rateLimits: false },
};

describe("the plan of a drop", () => {
	test("is the same for the same seed, and another for another seed", () => {
		expect(planBuyers(WISHES)).toEqual(planBuyers(WISHES));
		expect(planBuyers({ ...WISHES, seed: 13 })).not.toEqual(planBuyers(WISHES));
	});

	test("changes no other decision when one option changes", () => {
		const all = { abandonRate: 0.3, waitlist: true, preorder: 9, lateRate: 0.2, declineRate: 0.2, webhookChaos: true };
		const old = ({ index, arrivesAtMs, pays, thinksForMs }: ReturnType<typeof planBuyers>[number]) => ({
			...{ index, arrivesAtMs, pays, thinksForMs },
		});
		expect(planBuyers({ ...WISHES, ...all }).map(old)).toEqual(planBuyers(WISHES).map(old));
	});

	test("keeps its rates, and has every kind of lateness", () => {
		const plans = planBuyers({
			...WISHES,
			lateRate: 0.4,
			declineRate: 0.2,
			abandonRate: 0.1,
			callOffRate: 0.3,
			waitlist: true,
			preorder: 5,
		});
		const share = (list: readonly unknown[]) => list.length / plans.length;
		expect(share(plans.filter(({ late }) => late !== null))).toBeCloseTo(0.4, 1);
		expect(share(plans.filter(({ declinedFirst }) => declinedFirst))).toBeCloseTo(0.2, 1);
		expect(share(plans.filter(({ abandons }) => abandons))).toBeCloseTo(0.1, 1);
		expect(share(plans.filter(({ callsOff }) => callsOff))).toBeCloseTo(0.3, 1);
		expect(share(plans.filter(({ onRefusal }) => onRefusal[0] === "waitlist"))).toBeCloseTo(0.5, 1);
		expect(new Set(plans.map(({ late }) => late)).size).toBe(5);
	});
});

/** `kind subject quantity → available held sold` for each entry, as a journal. */
function journal(...lines: string[]): JournalEntry[] {
	return lines.map((line, index) => {
		const [kind = "", subject = "", quantity, , available, held, sold] = line.split(" ");
		const counters = { available: Number(available), held: Number(held), sold: Number(sold) };
		return {
			seq: index + 1,
			kind,
			subjectId: subject === "-" ? null : subject,
			quantity: Number(quantity),
			...counters,
		};
	});
}

/** One unit: a buys, b waits and then pre-orders are filled before c, who came later, is served. */
const HONEST = [
	"received - 1 → 1 0 0",
	"held a 1 → 0 1 0",
	"waiting b 1 → 0 1 0",
	"preorder-pending p 1 → 0 1 0",
	"preorder-owed p 1 → 0 1 0",
	"waiting c 1 → 0 1 0",
	"paying a 1 → 0 1 0",
	"sold a 1 → 0 0 1",
	"received - 2 → 2 0 1",
	"preorder-filled p 1 → 1 0 2",
	"promoted b 1 → 0 1 2",
	"expired b 1 → 1 0 2",
	"promoted c 1 → 0 1 2",
	"released c 1 → 1 0 2",
];

describe("the check of a journal", () => {
	const problems = (lines: string[], capacity = 1) => replayJournal(journal(...lines), capacity).problems;
	const changed = (index: number, ...lines: string[]) => HONEST.toSpliced(index, lines.length, ...lines);

	test("accepts a journal that is in order, and counts its entries", () => {
		expect(replayJournal(journal(...HONEST), 1)).toEqual({
			...{ problems: [], available: 1, held: 0, sold: 2, waiting: 0, owed: 0, filled: 1, promoted: 2 },
		});
	});

	test.each<[string, string[], RegExp]>([
		["the line before a pre-order", changed(9, "promoted b 1 → 1 1 1"), /#10 promoted: a pre-order was owed/],
		[
			"the second on the waitlist first",
			changed(10, "promoted c 1 → 0 1 2"),
			/#11 promoted: it was not first on the waitlist/,
		],
		["a newcomer first", changed(12, "held d 1 → 0 1 2"), /#13 held: took units while somebody waited/],
		[
			"a newcomer before a pre-order",
			changed(9, "held d 1 → 1 1 1"),
			/#10 held: took units while a pre-order was owed/,
		],
		["a pre-order twice", changed(10, "preorder-filled p 1 → 0 0 3"), /#11 preorder-filled: it was not owed/],
		["nobody, though somebody waits", HONEST.slice(0, 12), /at the end units lay idle while somebody waited/],
		["other counters", changed(13, "released c 1 → 2 0 2"), /#14 released: says 2, 0, 2 .* it is 1, 0, 2/],
		["a unit that is not there", changed(2, "held b 1 → -1 2 0"), /#3 held: takes more than there is/],
		["a hold that has ended", changed(13, "released b 1 → 1 0 2"), /#14 released: it neither held nor waited/],
		["a kind nobody knows", changed(13, "stolen c 1 → 0 1 2"), /#14 stolen: is of an unknown kind/],
	])("finds a journal that serves %s", (_, lines, complaint) => {
		expect(problems(lines).join("\n")).toMatch(complaint);
	});

	test("wants the oldest pre-order filled first, by when it was placed", () => {
		const lines = ["preorder-pending p 1 → 0 0 0", "preorder-pending q 1 → 0 0 0", "preorder-owed q 1 → 0 0 0"];
		lines.push("preorder-owed p 1 → 0 0 0", "received - 1 → 1 0 0", "preorder-filled q 1 → 0 0 1");
		expect(problems(lines, 2).join("\n")).toMatch(/an older pre-order was owed/);
		expect(problems(lines.with(5, "preorder-filled p 1 → 0 0 1"), 2)).toEqual([]);
		expect(problems(lines.slice(0, 2), 1)).toEqual(["#2 preorder-pending: 2 units are pre-ordered, of 1"]);
	});

	test("finds a missing entry", () => {
		const entries = journal(...HONEST).toSpliced(3, 1);
		expect(replayJournal(entries, 1).problems[0]).toMatch(/#5 preorder-owed: comes after #3/);
	});
});

const usd = (amount: number) => ({ amount, currency: "USD" });

function payment(checkoutId: string, over: Partial<PaymentRecord> = {}): PaymentRecord {
	const amounts = { amount: usd(1999), captured: usd(1999), refunded: usd(0) };
	return {
		id: `pay-${checkoutId}`,
		checkoutId,
		status: "captured",
		paidAt: "2026-12-12T00:00:05Z",
		...amounts,
		...over,
	};
}

function order(checkoutId: string, over: Partial<OrderRecord["lines"][number]> = {}): OrderRecord {
	const line = { sku: "x", quantity: 1, refunded: 0, unitPrice: usd(1999), fulfilment: "in_stock", ...over };
	return { id: `o-${checkoutId}`, checkoutId, status: "paid", lines: [line] };
}

describe("the check of the money", () => {
	const noDeadlines = new Map<string, number>();

	test("accepts money that was kept for something", () => {
		const payments = [
			payment("a"),
			payment("b", { status: "voided", captured: usd(0) }),
			payment("c", { refunded: usd(1999) }),
			payment("d", { refunded: usd(1999), captured: usd(3998) }),
		];
		const orders = [order("a"), order("d", { quantity: 2, refunded: 1 })];
		expect(countMoney(payments, orders, noDeadlines)).toEqual({
			...{ captured: 7996, refunded: 3998, voided: 1999, worth: 3998, difference: 0, problems: [] },
		});
	});

	test.each<[string, PaymentRecord[], OrderRecord[], RegExp]>([
		["kept for nothing", [payment("a")], [], /1999 was kept for checkout a, whose order is worth 0/],
		["not taken at all", [], [order("a")], /0 was kept for checkout a, whose order is worth 1999/],
		["taken from one for another", [payment("a")], [order("b")], /whose order is worth 0/],
		["left authorised", [payment("a", { status: "authorised", captured: usd(0) })], [], /pay-a is left authorised/],
	])("names money %s", (_, payments, orders, complaint) => {
		expect(countMoney(payments, orders, noDeadlines).problems.join("\n")).toMatch(complaint);
	});

	test("refuses to keep money that came after the grace", () => {
		const until = new Map([["a", Date.parse("2026-12-12T00:00:04Z")]]);
		expect(countMoney([payment("a")], [order("a")], until).problems).toEqual([
			"payment pay-a was paid after its grace, and kept",
		]);
	});
});

describe("the verdict", () => {
	const [plan] = planBuyers({ ...WISHES, buyers: 1 });
	const buyer = (index: number, fate: BuyerOutcome, over: Partial<BuyerReport> = {}): BuyerReport => ({
		...newBuyerState(),
		...{ plan: { ...plan, index } as BuyerReport["plan"], outcome: fate, detail: null, ...over },
	});
	const had = (heldAtMs: number, expiresAtMs: number) => ({ heldAtMs, expiresAtMs });

	/** Two units come late: a bought, b was promoted and bought, c is owed a unit, d got none. */
	const outcomes = [
		buyer(0, "bought", { ...had(1000, 9000), checkoutId: "a", paid: true }),
		buyer(1, "bought", { ...had(5000, 9000), checkoutId: "b", paid: true, promoted: true }),
		buyer(2, "preordered", { checkoutId: "c", paid: true }),
		buyer(3, "refused"),
	];
	const entries = journal(
		...["received - 1 → 1 0 0", "held ra 1 → 0 1 0", "waiting rb 1 → 0 1 0", "paying ra 1 → 0 1 0"],
		...["sold ra 1 → 0 0 1", "received - 1 → 1 0 1", "promoted rb 1 → 0 1 1", "preorder-pending p 1 → 0 1 1"],
		...["preorder-owed p 1 → 0 1 1", "sold rb 1 → 0 0 2"],
	);
	const evidence: Evidence = {
		stock: {
			...{ received: 2, adjusted: 0, available: 0, held: 0, waiting: 0, sold: 2, balanced: true, version: 10 },
			preorders: { owed: 1, filled: 0, cancelled: 0 },
		},
		orders: [order("a"), order("b"), order("c", { fulfilment: "preorder", preorder: "owed" })],
		preorders: [{ id: "p", orderId: "o-c", quantity: 1, returned: 0, status: "owed", termsVersion: "drop-1" }],
		journal: entries,
		payments: [payment("a"), payment("b"), payment("c")],
		preorderStatuses: new Map([[2, "owed"]]),
		...{ difference: 0, stillHolding: 0 },
	};
	const facts: DropFacts = {
		...{
			buyers: 4,
			stock: 1,
			deliveries: [{ atMs: 4000, units: 1 }],
			returns: [],
			preorder: 1,
			graceMs: 1000,
			sku: "x",
		},
		...{ clockAheadMs: 0, serverErrors: 0, reports: outcomes, evidence },
		history: { kind: "possible", requests: 9, text: "the history has an order", evidence: [] },
	};

	test("passes a fair drop, and accounts for everybody", () => {
		const verdict = judge(facts);
		expect(verdict).toMatchObject({ ok: true, problems: [], unaccounted: 0, promoted: 1, owed: 1, peakClaims: 2 });
		expect(verdict.became).toEqual({
			...{ bought: 1, "promoted, then bought": 1, "pre-ordered, owed": 1, refused: 1 },
		});
	});

	const withStock = (over: Partial<Evidence["stock"]>) => ({
		evidence: { ...evidence, stock: { ...evidence.stock, ...over } },
	});
	test.each<[string, Partial<DropFacts>, RegExp]>([
		["a buyer without an end", { reports: outcomes.slice(0, 3) }, /1 buyers are unaccounted for/],
		["a unit before it came", { deliveries: [{ atMs: 6000, units: 1 }] }, /1 units were sold or held beyond the 2/],
		["a pre-order nobody knows of", { evidence: { ...evidence, preorderStatuses: new Map() } }, /1 buyers lost/],
		["a copy in D1 that lags", { evidence: { ...evidence, preorders: [] } }, /D1 has 0 owed and 0 filled/],
		["one who moved back", { reports: outcomes.with(3, buyer(3, "refused", { movedBack: true })) }, /moved back/],
		["counters beside the journal", withStock({ waiting: 1 }), /the journal comes to other counters/],
		[
			"a history without an order",
			{ history: { kind: "race", requests: 9, text: "it has no order", evidence: ["buyer 3: pay 1 → refused"] } },
			/it has no order:\n +buyer 3: pay 1 → refused/,
		],
		["one left holding", { evidence: { ...evidence, stillHolding: 1 } }, /1 buyers were left hanging/],
		["a payment kept", { evidence: { ...evidence, payments: [...evidence.payments, payment("d")] } }, /kept 1999 more/],
	])("fails a drop with %s", (_, over, complaint) => {
		const verdict = judge({ ...facts, ...over });
		expect(verdict.ok).toBe(false);
		expect(verdict.problems.join("\n")).toMatch(complaint);
	});

	test("counts a unit that was sent back, and went to a pre-order, as sold once more", () => {
		const back = journal(...["returned ra 1 → 1 0 1", "preorder-filled p 1 → 0 0 2"]);
		const filled = { ...evidence.preorders[0], status: "filled" } as Evidence["preorders"][number];
		const orders = [
			order("a", { refunded: 1 }),
			order("b"),
			order("c", { fulfilment: "preorder", preorder: "filled" }),
		];
		const sentBack: DropFacts = {
			...{ ...facts, returns: [{ atMs: 20_000, units: 1 }] },
			evidence: {
				...{ ...evidence, orders, preorders: [filled], preorderStatuses: new Map([[2, "filled"]]) },
				stock: { ...evidence.stock, preorders: { owed: 0, filled: 1, cancelled: 0 } },
				journal: [...entries, ...back.map((entry) => ({ ...entry, seq: entry.seq + 10 }))],
				payments: [payment("a", { refunded: usd(1999) }), payment("b"), payment("c")],
			},
		};
		expect(judge(sentBack)).toMatchObject({ problems: [], sold: 2, filled: 1, oversold: 0 });
		expect(judge({ ...sentBack, returns: [] })).toMatchObject({ ok: false, oversold: 1 });
		const holder = buyer(3, "bought", { ...had(21_000, 29_000), checkoutId: "c", paid: true });
		expect(judge({ ...sentBack, reports: outcomes.with(3, holder) }).oversold).toBe(0);
	});

	test("lets a unit be held again only after it was given back", () => {
		const first = buyer(0, "abandoned", had(10_000, 20_000));
		const second = (heldAtMs: number) => buyer(1, "bought", had(heldAtMs, 99_000));
		expect(countConcurrentHolds([first, second(20_000)], 1, [], 0)).toEqual({ peak: 1, over: 0 });
		expect(countConcurrentHolds([first, second(15_000)], 1, [], 0)).toEqual({ peak: 2, over: 1 });
	});

	test("counts a pre-order that was filled and then returned as nobody's", () => {
		const gone = { id: "q", orderId: "o-d", quantity: 1, returned: 1, status: "filled", termsVersion: "drop-1" };
		const preorders = [...evidence.preorders, gone];
		expect([unitsWithStatus(preorders, "filled"), unitsKept(preorders, "filled")]).toEqual([1, 0]);
		const counted = { owed: 1, filled: 1, cancelled: 0 };
		const more = journal(
			...["preorder-pending q 1 → 0 0 2", "preorder-cancelled p 1 → 0 0 2", "preorder-owed q 1 → 0 0 2"],
			...["received - 1 → 1 0 2", "preorder-filled q 1 → 0 0 3", "returned q 1 → 1 0 2"],
		);
		expect(
			replayJournal([...entries, ...more.map((entry) => ({ ...entry, seq: entry.seq + 10 }))], 2).problems,
		).toEqual([]);
		const stock = { ...evidence.stock, preorders: counted };
		const verdict = judge({ ...facts, evidence: { ...evidence, preorders, stock } });
		expect(verdict.problems).toEqual(["the journal comes to other counters than the shop has"]);
	});
});
