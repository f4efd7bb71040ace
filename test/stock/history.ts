/**
 * One random history of a SKU: each step is done to the real object and to the model, then both are held against each
 * other, and the object against what must be true whatever anybody did.
 *
 * Not here: what should come of a step (`model.ts`), which steps there are (`commands.ts`).
 */
import { runInDurableObject } from "cloudflare:test";
import { expect, vi } from "vitest";
import type { Policy } from "../../src/catalog/policy.ts";
import { EMPTY_STOCK, type Stock } from "../../src/stock/rules/model.ts";
import type { SkuObject } from "../../src/stock/sku.ts";
import { JOURNAL_COLUMNS, type JournalRow } from "../../src/stock/storage/journal.ts";
import { type Checkout, Model, type Told } from "./model.ts";
import { Replay } from "./replay.ts";
import { Shelf, START, type Stored } from "./sku-harness.ts";

export interface Drawn {
	readonly policy: Policy;
	readonly units: number;
}

export class History {
	readonly model: Model;
	readonly shelf: Shelf;
	readonly checkouts: Checkout[] = [];
	readonly #replay = new Replay();
	#seq = 0;
	/** The rows after the last step, for ids and tags; in the order of their making, as the model's. */
	#reservations: Stored["reservations"] = [];

	private constructor(shelf: Shelf, model: Model) {
		this.shelf = shelf;
		this.model = model;
	}

	static async begin({ policy, units }: Drawn): Promise<History> {
		vi.setSystemTime(START);
		const history = new History(await Shelf.with(0, policy), new Model(policy, START));
		if (units > 0) {
			await history.shelf.restock(units, "first");
			history.model.restock("first", units);
		}
		await history.check();
		return history;
	}

	/** @param real does the step and tells what came of it @param ideal what should have come of it */
	async step(real: (shelf: Shelf) => Promise<object>, ideal: (model: Model) => Told | readonly Told[]): Promise<void> {
		this.model.tick();
		const told = await real(this.shelf);
		expect(told).toMatchObject(ideal(this.model));
		const left = await this.check();
		expect(left, "the step itself left something to be done").toMatchObject(this.model.counts);
	}

	pass(ms: number): void {
		this.model.now += ms;
		vi.setSystemTime(this.model.now);
	}

	idOf(index: number): string {
		return this.#reservations[index]?.id ?? "nobody's";
	}

	/** The ETag of the shopper's live reservation; of a former state of it, if so asked. */
	tagOf(who: string, age: "current" | "old"): string {
		const live = this.model.live(who);
		const row = live && this.#reservations[this.model.claims.indexOf(live)];
		// The row may be older than the model, which has been told of the time that passed since.
		return live === undefined || row === undefined ? "none.1" : `${row.id}.${live.version - (age === "old" ? 1 : 0)}`;
	}

	/** Holds both against each other, as of now. Returns the counters as they stood before anybody asked for them. */
	async check(): Promise<Stock> {
		this.model.tick();
		const seq = this.#seq;
		const seen = await runInDurableObject(this.shelf.stub, async (object: SkuObject, { storage }) => {
			const rows = <T>(query: string, ...args: unknown[]): T[] => storage.sql.exec(query, ...args).toArray() as T[];
			const left = rows<Stock>("SELECT * FROM stock")[0] ?? EMPTY_STOCK;
			const report = await object.stock();
			if (report.kind !== "stock") throw new Error(report.kind);
			return {
				left,
				report,
				reservations: rows<Stored["reservations"][number]>("SELECT * FROM reservations ORDER BY id"),
				preorders: rows<Stored["preorders"][number]>("SELECT * FROM preorders ORDER BY id"),
				journal: rows<JournalRow>(`SELECT ${JOURNAL_COLUMNS} FROM journal WHERE seq > ? ORDER BY seq`, seq),
				alarmAtMs: await storage.getAlarm(),
			};
		});
		this.#reservations = seen.reservations;
		this.#replay.add(seen.journal);
		this.#seq += seen.journal.length;
		this.#agrees(seen);
		this.#isSound(seen);
		return seen.left;
	}

	/** What is stored is what the model has. */
	#agrees({ report, reservations, preorders }: Seen): void {
		expect(report.stock).toMatchObject(this.model.counts);
		expect(report.paying).toBe(this.model.in("paying"));
		const inLine = [...reservations].filter((r) => r.place !== null).sort((a, b) => (a.place ?? 0) - (b.place ?? 0));
		expect(inLine.map((r) => r.shopperId)).toEqual(this.model.line.map(({ who }) => who));
		const stored = reservations.map((r) => ({
			who: r.shopperId,
			units: r.quantity,
			state: r.status,
			until: r.expiresAtMs,
			before: r.heldUntilMs,
			checkout: r.checkoutId,
			stretched: r.extensions,
			called: r.offered === 1,
			back: r.returned,
			version: r.version,
		}));
		expect(stored).toEqual(this.model.claims);
		const promised = preorders.map((p) => ({
			who: p.shopperId,
			checkout: p.checkoutId,
			units: p.quantity,
			state: p.status,
			until: p.expiresAtMs,
			given: p.returned,
		}));
		const owings = this.model.owings.map(({ calledOff, back, ...owing }) => ({ ...owing, given: calledOff + back }));
		expect(promised).toEqual(owings);
	}

	/** What must be true whatever the model says. */
	#isSound({ report, reservations, preorders, alarmAtMs }: Seen): void {
		const { stock, balanced } = report;
		const { policy } = this.model;
		expect(balanced).toBe(true);
		expect(stock.received + stock.adjusted).toBe(stock.available + stock.held + stock.sold);
		const { adjusted: _, ...counters } = stock;
		expect(Math.min(...Object.values(counters))).toBeGreaterThanOrEqual(0);
		expect(stock.seq).toBe(this.#seq);

		// No unit is idle while the one who is next could have it.
		const owed = preorders.find(({ status }) => status === "owed");
		const head = reservations.filter((r) => r.place !== null).sort((a, b) => (a.place ?? 0) - (b.place ?? 0))[0];
		const wanted = owed ? owed.quantity - owed.returned : head?.quantity;
		if (wanted !== undefined) expect(stock.available).toBeLessThan(wanted);

		const promised = preorders.filter(({ status }) => status === "pending" || status === "owed");
		const open = promised.reduce((units, p) => units + p.quantity - p.returned, 0);
		expect(open).toBeLessThanOrEqual(policy.preorder?.capacity ?? 0);

		for (const who of new Set(reservations.map(({ shopperId }) => shopperId))) {
			const live = reservations.filter((r) => r.shopperId === who && r.endedAtMs === null);
			expect(live.length).toBeLessThanOrEqual(1);
			expect(this.model.allOf(who)).toBeLessThanOrEqual(policy.limitPerShopper ?? Number.POSITIVE_INFINITY);
		}

		// Nothing has run out, and for whatever will, the object wakes in time.
		const ends = [...reservations, ...preorders].flatMap(({ expiresAtMs }) => expiresAtMs ?? []);
		for (const end of ends) expect(end).toBeGreaterThan(this.model.now);
		if (ends.length > 0) expect(alarmAtMs ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(Math.min(...ends));
	}
}

interface Seen extends Omit<Stored, "stock"> {
	readonly report: Awaited<ReturnType<Shelf["report"]>>;
}
