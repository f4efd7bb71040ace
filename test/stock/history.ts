/**
 * One random history of a SKU. Each step is done to the real object and to the model. Then both are compared, and the
 * invariants of the object are checked.
 *
 * What should come of a step is in `model.ts`; which steps there are is in `commands.ts`.
 */
import { runInDurableObject } from "cloudflare:test";
import { expect, vi } from "vitest";
import type { Policy } from "../../src/catalog/policy.ts";
import { EMPTY_STOCK, type Stock } from "../../src/stock/rules/model.ts";
import type { SkuObject } from "../../src/stock/sku.ts";
import { JOURNAL_COLUMNS, type JournalRow } from "../../src/stock/storage/journal.ts";
import { type Checkout, Model, type Result } from "./model.ts";
import type { ModelReservation } from "./reference-model.ts";
import { Replay } from "./replay.ts";
import { SkuHarness, START, type Stored } from "./sku-harness.ts";

export interface Drawn {
	readonly policy: Policy;
	readonly units: number;
}

export class History {
	readonly model: Model;
	readonly sku: SkuHarness;
	readonly checkouts: Checkout[] = [];
	readonly #replay = new Replay();
	#seq = 0;
	/** The rows after the last step, for ids and tags, in the order of the model's. */
	#reservations: Stored["reservations"] = [];

	private constructor(sku: SkuHarness, model: Model) {
		this.sku = sku;
		this.model = model;
	}

	static async begin({ policy, units }: Drawn): Promise<History> {
		vi.setSystemTime(START);
		const history = new History(await SkuHarness.with(0, policy), new Model(policy, START));
		if (units > 0) {
			await history.sku.restock(units, "first");
			history.model.restock("first", units);
		}
		await history.check();
		return history;
	}

	/** @param real does the step, and returns its result @param ideal returns the expected result */
	async step(
		real: (sku: SkuHarness) => Promise<object>,
		ideal: (model: Model) => Result | readonly Result[],
	): Promise<void> {
		this.model.tick();
		const result = await real(this.sku);
		expect(result).toMatchObject(ideal(this.model));
		const left = await this.check();
		expect(left, "the step itself left something for the next one to do").toMatchObject(this.model.counts);
	}

	pass(ms: number): void {
		this.model.now += ms;
		vi.setSystemTime(this.model.now);
	}

	idOf(index: number): string {
		return this.#reservations[index]?.id ?? "nobody's";
	}

	/** The ETag of the shopper's live reservation, or one that it had before. */
	tagOf(shopper: string, age: "current" | "old"): string {
		const live = this.model.live(shopper);
		const row = live && this.#reservations[this.model.reservations.indexOf(live)];
		// The model may be newer than the row, since time may have passed in it.
		return live === undefined || row === undefined ? "none.1" : `${row.id}.${live.version - (age === "old" ? 1 : 0)}`;
	}

	/** Compares both as of now. @returns the stored counters as the last step left them */
	async check(): Promise<Stock> {
		this.model.tick();
		const seq = this.#seq;
		const seen = await runInDurableObject(this.sku.stub, async (object: SkuObject, { storage }) => {
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

	/** The stored rows and counters are those of the model. */
	#agrees({ report, reservations, preorders }: Seen): void {
		expect(report.stock).toMatchObject(this.model.counts);
		expect(report.paying).toBe(this.model.unitsIn("paying"));
		const waiting = [...reservations].filter((r) => r.place !== null).sort((a, b) => (a.place ?? 0) - (b.place ?? 0));
		expect(waiting.map((r) => r.shopperId)).toEqual(this.model.waitlist.map(({ shopper }) => shopper));
		const stored = reservations.map((r) => ({
			shopper: r.shopperId,
			units: r.quantity,
			state: r.status,
			until: r.expiresAtMs,
			heldUntil: r.heldUntilMs,
			pin: r.pin === null ? null : JSON.parse(r.pin),
			heldSince: r.heldSinceMs,
			endedAt: r.endedAtMs,
			checkout: r.checkoutId,
			extensions: r.extensions,
			offered: r.offered === 1,
			returned: r.returned,
			refunded: r.refunded,
			version: r.version,
		}));
		expect(stored).toEqual(this.model.reservations);
		const storedPreorders = preorders.map((p) => ({
			shopper: p.shopperId,
			checkout: p.checkoutId,
			units: p.quantity,
			state: p.status,
			until: p.expiresAtMs,
			attempt: p.attempt,
			replaces: p.replaces,
			refunded: p.refunded,
			gone: p.returned,
		}));
		const idOf = (r: ModelReservation | null) => r && this.idOf(this.model.reservations.indexOf(r));
		const expectedPreorders = this.model.preorders.map(({ cancelled, returned, replaces, ...preorder }) => ({
			...preorder,
			replaces: idOf(replaces),
			gone: cancelled + returned,
		}));
		expect(storedPreorders).toEqual(expectedPreorders);
	}

	/** The invariants, which do not depend on the model. */
	#isSound({ report, reservations, preorders, alarmAtMs }: Seen): void {
		const { stock, balanced } = report;
		const { policy } = this.model;
		expect(balanced).toBe(true);
		expect(stock.received + stock.adjusted).toBe(stock.available + stock.held + stock.sold);
		const { adjusted: _, ...counters } = stock;
		expect(Math.min(...Object.values(counters))).toBeGreaterThanOrEqual(0);
		expect(stock.seq).toBe(this.#seq);

		// No unit is free while the next one in order could have it.
		const owed = preorders.find(({ status }) => status === "owed");
		const head = reservations.filter((r) => r.place !== null).sort((a, b) => (a.place ?? 0) - (b.place ?? 0))[0];
		const wanted = owed ? owed.quantity - owed.returned : this.model.isOnSale ? head?.quantity : undefined;
		// A pre-order does not get what stands free for who was on the waitlist before it.
		const standing =
			owed && head && this.model.isOnSale && (head.place ?? 0) <= stock.setAsideUpTo ? stock.setAside : 0;
		if (wanted !== undefined) expect(stock.available - standing).toBeLessThan(wanted);
		if (head !== undefined && standing > 0) expect(Math.min(standing, stock.available)).toBeLessThan(head.quantity);

		const unfilled = preorders.filter(({ status }) => status === "pending" || status === "owed");
		const open = unfilled.reduce((units, p) => units + p.quantity - p.returned, 0);
		expect(open).toBeLessThanOrEqual(policy.preorder?.capacity ?? 0);

		for (const shopper of new Set(reservations.map(({ shopperId }) => shopperId))) {
			const live = reservations.filter((r) => r.shopperId === shopper && r.endedAtMs === null);
			expect(live.length).toBeLessThanOrEqual(1);
			expect(this.model.allOf(shopper)).toBeLessThanOrEqual(policy.limitPerShopper ?? Number.POSITIVE_INFINITY);
		}

		// Nothing that is due is left, and the alarm rings in time for what will be.
		const ends = [...reservations, ...preorders].flatMap(({ expiresAtMs }) => expiresAtMs ?? []);
		for (const end of ends) expect(end).toBeGreaterThan(this.model.now);
		if (ends.length > 0) expect(alarmAtMs ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(Math.min(...ends));
	}
}

interface Seen extends Omit<Stored, "stock"> {
	readonly report: Awaited<ReturnType<SkuHarness["report"]>>;
}
