/**
 * How each invariant of `violations.ts` is broken once: by a wrong entry in the books that the audit reads, or by
 * somebody who meddles with a shop that is running. `audit.test.ts` sees that exactly this invariant's check says so.
 */
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import type { Checkout, Committed } from "../../src/checkout/rules/model.ts";
import type { History } from "../../src/cli/race/history.ts";
import type { RecordMessage } from "../../src/orders/messages.ts";
import { callSku } from "../../src/stock/client.ts";
import { reserveMany } from "../../src/stock/reserve-columns.ts";
import type { Actors } from "./actors.ts";
import type { Books, Facts } from "./books.ts";
import { CallLog } from "./call-log.ts";
import { deliverTwin } from "./environment-faults.ts";
import { FakeQueue } from "./fake-queue.ts";
import { playWithoutSale } from "./no-trace.ts";
import { playHistory } from "./played-history.ts";
import type { SkuRows } from "./stored.ts";
import type { Invariant, Violation } from "./violations.ts";

/** May be written to. */
type Open<T> = T extends object ? { -readonly [Member in keyof T]: Open<T[Member]> } : T;

export type OpenFacts = { -readonly [Name in keyof Facts]: Facts[Name] };

type InTheBooks = {
	readonly books: (books: Books, facts: OpenFacts) => void;
	/** What cannot but be broken with it. */
	readonly also?: Invariant;
};
type InTheShop = { readonly shop: (actors: Actors, books: Books) => Promise<readonly Violation[]> };

const open = <T>(value: T): Open<T> => value as Open<T>;

function some<T>(list: Iterable<T>, isRight: (each: T) => boolean, what: string): Open<T> {
	for (const each of list) if (isRight(each)) return open(each);
	throw new Error(`the story has no ${what}`);
}

const committed = (c: Checkout | null): Committed[] =>
	(c?.lines ?? []).filter((line): line is Committed => line.claim === "committed");
const completed = ({ checkouts }: Books) =>
	some(checkouts.values(), (c) => c?.phase === "completed" && c.payment?.seen.disputedMinor === 0, "sale") as Open<
		Extract<Checkout, { phase: "completed" }>
	>;
const ended = ({ checkouts }: Books, ending: string) =>
	some(checkouts.values(), (c) => c?.phase === "closed" && c.ending === ending, `checkout that ${ending}`) as Open<
		Extract<Checkout, { phase: "closed" | "closing" }>
	>;
const refundedLine = ({ checkouts }: Books, isReturned: boolean) => {
	for (const c of checkouts.values()) {
		const line = committed(c).find(({ refunded, returned }) => refunded > 0 && returned > 0 === isReturned);
		if (c !== null && line !== undefined) return { id: c.id, line: open(line) };
	}
	throw new Error("the story has no such refund");
};
const rowsWith = ({ skus }: Books, isRight: (rows: SkuRows) => boolean) => some(skus.values(), isRight, "such SKU");
const anyRows = (books: Books) => rowsWith(books, () => true);
const entry = (seq: number, kind: "waiting" | "promoted" | "held", subjectId: string) => ({ seq, kind, subjectId });

/** The violations that are new after this. */
async function since(actors: Actors, work: () => Promise<unknown>): Promise<readonly Violation[]> {
	const before = actors.sim.violations.all.length;
	await work();
	return actors.sim.violations.all.slice(before);
}

export const BREAKAGES: Readonly<Record<Invariant, InTheBooks | InTheShop>> = {
	"the money kept is the price of what was sold": {
		books: (books) => {
			const { id } = completed(books);
			some(books.payments, ({ checkoutId }) => checkoutId === id, "payment").capturedMinor++;
		},
	},
	"what is erased stays erased": {
		books: ({ checkouts }, facts) => {
			const kept = some(checkouts.values(), (c) => c?.phase === "completed" && c.email !== "", "sale with an address");
			facts.erased = new Set([...facts.erased, kept?.id ?? ""]);
		},
	},
	"no payment is left open": {
		books: ({ payments }) => {
			some(payments, ({ status }) => status === "voided", "voided payment").status = "authorised";
		},
	},
	"only a checkout that completed has units": {
		books: (books, facts) => {
			const c = ended(books, "cancelled");
			const sold = committed(completed(books) as Checkout)[0] as Committed;
			const all = { refunded: sold.quantity, toReturn: sold.quantity, returned: sold.quantity };
			facts.refundsRequested.set(`${c.id} ${sold.sku}`, sold.quantity);
			c.lines = [{ ...sold, ...all }];
		},
	},
	"who pays in time has bought": {
		books: (books, { paidInTime }) => void paidInTime.add(ended(books, "expired").payment?.seen.id ?? ""),
	},
	"who pays too late has not bought": {
		books: (books) => {
			const c = completed(books);
			if (c.payment !== null) c.payment.seen.paidAtMs = c.payByMs + c.graceMs + 1;
		},
	},
	"no more is refunded than was asked for": {
		books: (books, { refundsRequested }) => {
			const { id, line } = refundedLine(books, true);
			refundsRequested.delete(`${id} ${line.sku}`);
		},
	},
	"what is to return has returned": {
		books: (books) => {
			refundedLine(books, false).line.toReturn = 1;
		},
		also: "every checkout ends",
	},
	"nobody has more than the limit": {
		books: ({ skus }, { limits }) => {
			for (const sku of skus.keys()) limits.set(sku, 0);
		},
	},
	"who is promoted was first on the waitlist": {
		books: (books, facts) => {
			anyRows(books).journal = [
				entry(1, "waiting", "first"),
				entry(2, "waiting", "next"),
				entry(3, "promoted", "next"),
			];
			facts.mails = [];
		},
	},
	"nobody gets units before those who wait": {
		books: (books, facts) => {
			anyRows(books).journal = [entry(1, "waiting", "first"), entry(2, "held", "other")];
			facts.mails = [];
		},
	},
	"nobody waits for units that are there": {
		books: (books) => {
			rowsWith(books, ({ preorders }) => preorders.some(({ status }) => status === "owed")).stock.available += 9;
		},
	},
	"a promotion is told by one mail at most": {
		books: (books, facts) => {
			const sku = some(books.skus.keys(), () => true, "SKU");
			facts.mails = [{ to: "nobody@example.com", sku: String(sku) }];
		},
	},
	"an address is kept for who waits, and until the mail": {
		books: (books) => {
			const rows = rowsWith(books, ({ reservations }) => reservations.some(({ status }) => status === "sold"));
			rows.addresses = [some(rows.reservations, ({ status }) => status === "sold", "sale").id];
		},
	},
	"the answers have an order in which they are all right": {
		// One unit less than were sold.
		shop: async () => {
			const lie = ({ operations, ...rest }: History): History => {
				const sale = operations.find(
					({ request, answer }) => request.kind === "read-stock" && answer?.kind === "stock",
				);
				const answer = { kind: "stock", available: 0, sold: -1 } as const;
				return { ...rest, operations: operations.map((each) => (each === sale ? { ...each, answer } : each)) };
			};
			return (await playHistory(1, lie)).violations;
		},
	},
	"SKU and checkout agree on units": {
		books: (books) => {
			const { reservations } = rowsWith(books, (rows) => rows.reservations.some(({ status }) => status === "sold"));
			some(reservations, ({ status }) => status === "sold", "sold reservation").returned++;
		},
	},
	"SKU and checkout agree on a pre-order": {
		books: (books) => {
			for (const { preorders } of books.skus.values()) {
				for (const preorder of preorders) if (preorder.status === "owed") open(preorder).status = "filled";
			}
			for (const preorder of [...books.preorders.values()].flat()) {
				if (preorder.status === "owed") open(preorder).status = "filled";
			}
		},
	},
	"D1 has the orders": { books: (books) => void books.orders.set(completed(books).id, null) },
	"D1 has the pre-orders": {
		books: ({ preorders }) => void some(preorders.values(), (list) => list.length > 0, "pre-order in D1").pop(),
	},
	"D1 has the products": {
		books: ({ products }) => void products.set([...products.keys()][0] ?? "", null),
	},
	"D1 names what is unsettled": { books: ({ unsettled }) => unsettled.clear() },
	"the books balance": {
		books: ({ reconciliation }) => {
			some(reconciliation, () => true, "reconciliation").balanced = false;
		},
	},
	"every checkout ends": {
		books: (books) => {
			ended(books, "cancelled").phase = "closing";
		},
	},
	"only what a person must decide is unsettled": {
		books: (books) => {
			const c = completed(books);
			c.pauses = { ...c.pauses, units: { failures: 30, untilMs: 0, gaveUpAtMs: 1, reason: "units" } };
			books.unsettled.set(c.id, "units");
		},
	},
	"nothing is left held or pending": {
		books: (books) => {
			anyRows(books).stock.held = 1;
		},
	},
	"a checkout gives back its pins before they run out": {
		books: (books, facts) => {
			facts.isCalm = true;
			const { reservations } = rowsWith(books, (rows) => rows.reservations.some((r) => r.status === "expired"));
			const lapsed = some(reservations, ({ status }) => status === "expired", "expired reservation");
			lapsed.checkoutId = "co_another";
			lapsed.endedAtMs = Number.MAX_SAFE_INTEGER;
		},
	},
	"nothing is overdue": {
		books: ({ overdue }) => void overdue.push({ checkoutId: "co_another" } as (typeof overdue)[number]),
	},
	"every object answers": { books: ({ notAnswering }) => void notAnswering.push("a") },
	"nobody is called too often": {
		books: (_, facts) => {
			const callLog = new CallLog();
			for (let calls = 0; calls < 100; calls++) callLog.called("co_another", "the provider", calls);
			facts.callLog = callLog;
		},
	},
	"everything comes to rest": {
		shop: (actors) =>
			since(actors, async () => {
				const { sim } = actors;
				// An alarm that is set again each time that it rings.
				const [key] = sim.keys() as [ReturnType<typeof sim.keys>[number]];
				const again = async () => sim.alarmSet(key, Date.now() + 3_600_000);
				const ring = vi.spyOn(sim, "ring").mockImplementation(again);
				await again();
				await sim.untilRest(() => sim.settle());
				ring.mockRestore();
				sim.alarmSet(key, null);
			}),
	},
	"D1 is asked once for a batch while it is away": {
		shop: (actors, { orders }) =>
			since(actors, async () => {
				const { sim } = actors;
				const queue = new FakeQueue({
					...{ seed: sim.seed, faultRate: 0, trouble: sim.trouble, d1: sim.d1, violations: sim.violations },
					log: (what) => sim.log(what),
					usingD1: (what, work) =>
						sim.usingD1(what, (env, session) => {
							session.callsWhileAway += 9;
							return work(env, session);
						}),
				});
				const order = some(orders.values(), (each) => each !== null, "order");
				queue.accept([{ kind: "order", order } as RecordMessage]);
				sim.d1.isAway = true;
				await queue.deliver(true);
				sim.d1.isAway = false;
			}),
	},
	"an error has an injected cause": {
		shop: (actors) => since(actors, async () => actors.sim.reportError("something that nobody injected")),
	},
	"a late copy of a message changes nothing": {
		// No copy: units that nobody has given back.
		shop: (actors, books) =>
			since(actors, () => {
				const c = completed(books) as Checkout;
				const { sku } = committed(c)[0] as Committed;
				const args = [c.shopperId, c.id, 1, c.attempt];
				return deliverTwin(actors, { checkoutId: c.id, sku, call: "takeBack", args });
			}),
	},
	"a checkout without a sale leaves no trace": {
		shop: async () => {
			const request = { shopperId: "a passer-by", quantity: 1, wait: true, ifMatch: null };
			const meddle = (sku: string) => callSku(env, sku, (object) => reserveMany(object, [request]));
			const found: Violation[] = [];
			// Not in each of them everybody is compared.
			for (let seed = 1; found.length === 0 && seed < 20; seed++) {
				found.push(...(await playWithoutSale(seed, meddle)).violations);
			}
			return found;
		},
	},
};
