/**
 * The outbox of what is told to webhooks: how much there is of the SKU, and whose reservations were promoted or ran out.
 *
 * The stock needs no list of what is to be told. The stored version that was told is behind the present one, or it is
 * not; so a thousand sales in a second are one event. Reservations have a row each until they were told, written with
 * the change itself. Both are sent to the queue again and again until they are acknowledged.
 *
 * An object to which nobody listens stores and sends nothing. Beside its work it asks who listens, at most once in
 * `AUDIENCE_TTL_MS` and only while it changes; what it learns it keeps in its row, for its next life.
 */
import { NEWS_BATCH, RESEND_FIRST_MS, RESEND_MOST_MS, STOCK_NEWS_MS } from "../limits.ts";
import type { NewsReceipt, RecordMessage } from "../orders/messages.ts";
import { messageOf } from "../platform/errors.ts";
import { log } from "../platform/log.ts";
import { type Audience, askAudience, audience } from "../webhooks/audience.ts";
import type { EventType, WebhookEvent } from "../webhooks/event.ts";
import { countersView, reservationView } from "./api-views.ts";
import { snapshotAt } from "./commands/snapshot.ts";
import type { Stock } from "./rules/model.ts";
import type { Told, UntoldReservation } from "./storage/news.ts";
import type { SkuStorage } from "./storage/sku-storage.ts";
import type { UnitOfWork } from "./unit-of-work.ts";

const STOCK_TYPES: readonly EventType[] = ["stock.changed", "sale.sold_out", "sale.restocked"];
const RESERVATION_TYPES = { promoted: "reservation.promoted", expired: "reservation.expired" } as const;

const isSoldOut = (stock: Stock): boolean => stock.available + stock.held === 0;

type NewsEnv = { readonly DB: D1Database; readonly ORDERS: Queue<RecordMessage> };

export class NewsOutbox {
	readonly #storage: SkuStorage;
	readonly #env: NewsEnv;
	readonly #keepAlive: (work: Promise<unknown>) => void;
	/** What is stored; null while nobody has ever listened. */
	#told: Told | null = null;
	#audience: Audience = new Set();
	#isAsking = false;
	/** When what has changed is sent; null when nothing has. */
	#changeAtMs: number | null = null;
	/** When what was sent and not acknowledged is sent again; null when there is nothing of that kind. */
	#resendAtMs: number | null = null;
	#pauseMs = RESEND_FIRST_MS;
	/** What was sent last, of which some may not be acknowledged. */
	#sent = { version: 0, isSoldOut: false, seq: 0 };

	constructor(storage: SkuStorage, env: NewsEnv, keepAlive: (work: Promise<unknown>) => void) {
		this.#storage = storage;
		this.#env = env;
		this.#keepAlive = keepAlive;
	}

	/** When there is something to send; null for never. */
	get dueAtMs(): number | null {
		if (this.#changeAtMs === null || this.#resendAtMs === null) return this.#changeAtMs ?? this.#resendAtMs;
		return Math.min(this.#changeAtMs, this.#resendAtMs);
	}

	/** The object was loaded again: what was not told before is still to be told. */
	restore(nowMs: number): void {
		this.#told = this.#storage.news.told();
		if (this.#told === null) return;
		this.#audience = new Set(this.#told.audience);
		this.#forgetSent();
		if (this.#isStockUntold() || this.#storage.news.reservations(0, 1).length > 0) this.#changeAtMs = nowMs;
	}

	/** A unit of work changed something. Called inside its transaction, in which the alarm is then set. */
	note(unit: UnitOfWork): void {
		if (this.#told === null || this.#audience.size === 0) return;
		const reservations = unit.reservationNews.flatMap(({ kind, seq, reservation }): UntoldReservation[] => {
			const type = RESERVATION_TYPES[kind];
			if (!this.#audience.has(type)) return [];
			const view = reservationView(unit.product.sku, snapshotAt(unit.policy, reservation, null));
			return [{ seq, type, atMs: unit.nowMs, data: { ...view, shopperId: reservation.shopperId } }];
		});
		if (reservations.length > 0) this.#storage.news.add(reservations);
		if (reservations.length > 0 || this.#hearsStock()) this.#changeAtMs ??= unit.nowMs + STOCK_NEWS_MS;
	}

	/**
	 * Something has changed and is stored: finds out who listens, if that was not known lately. Nobody waits for it.
	 * @param onDue there is something to send that was not known to be heard before
	 */
	learnWhoListens(nowMs: number, onDue: () => unknown): void {
		const known = audience(nowMs);
		if (known === this.#audience || this.#isAsking) return;
		if (known !== null) {
			this.#become(known, nowMs, onDue);
			return;
		}
		this.#isAsking = true;
		this.#keepAlive(
			askAudience(this.#env.DB, nowMs).then((asked) => {
				this.#isAsking = false;
				if (asked !== null) this.#become(asked, Date.now(), onDue);
			}),
		);
	}

	#become(audience: Audience, nowMs: number, onDue: () => unknown): void {
		const before = this.#audience;
		this.#audience = audience;
		if (before.size === audience.size && [...before].every((type) => audience.has(type))) return;
		const stock = this.#storage.stock();
		// Whoever is the first to listen learns how the stock is, and not that it was sold out long ago.
		const told = this.#told ?? { version: 0, isSoldOut: isSoldOut(stock) };
		if (this.#told === null) this.#sent = { ...this.#sent, isSoldOut: told.isSoldOut };
		this.#saveTold({ ...told, audience: [...audience] });
		if (!this.#isStockUntold() || this.#changeAtMs !== null) return;
		this.#changeAtMs = nowMs;
		onDue();
	}

	/** Sends what is due. An error of the queue is only logged, since the alarm sends it again. */
	async sendDue(sku: string, nowMs: number): Promise<void> {
		if (this.#told === null || this.dueAtMs === null || this.dueAtMs > nowMs) return;
		if (this.#resendAtMs !== null && this.#resendAtMs <= nowMs) this.#forgetSent();
		const stock = this.#storage.stock();
		const isStockSent = this.#hearsStock() && stock.version > this.#sent.version;
		const rows = this.#storage.news.reservations(this.#sent.seq, NEWS_BATCH);
		const events = [...rows.map(toEvent), ...(isStockSent ? this.#stockEvents(sku, stock, nowMs) : [])];
		this.#changeAtMs = rows.length === NEWS_BATCH ? nowMs : null;
		if (events.length === 0) {
			if (!this.#isUnacknowledged()) this.#resendAtMs = null;
			return;
		}
		if (isStockSent) this.#sent = { ...this.#sent, version: stock.version, isSoldOut: isSoldOut(stock) };
		this.#sent = { ...this.#sent, seq: rows.at(-1)?.seq ?? this.#sent.seq };
		this.#resendAtMs = nowMs + this.#pauseMs;
		this.#pauseMs = Math.min(2 * this.#pauseMs, RESEND_MOST_MS);
		const receipt: NewsReceipt = {
			stock: isStockSent ? { version: stock.version, isSoldOut: isSoldOut(stock) } : null,
			seq: rows.at(-1)?.seq ?? 0,
		};
		try {
			await this.#env.ORDERS.send({ kind: "news", sku, receipt, events });
		} catch (error) {
			log("news-not-sent", { sku, events: events.length, error: messageOf(error) });
		}
	}

	#stockEvents(sku: string, stock: Stock, nowMs: number): WebhookEvent[] {
		const isNowSoldOut = isSoldOut(stock);
		const turned = isNowSoldOut ? ("sale.sold_out" as const) : ("sale.restocked" as const);
		const types = isNowSoldOut === this.#sent.isSoldOut ? [] : [turned];
		const data = { sku, ...countersView(stock) };
		return (["stock.changed", ...types] as const)
			.filter((type) => this.#audience.has(type))
			.map((type) => ({ type, subject: sku, version: stock.version, atMs: nowMs, data }));
	}

	/** Every endpoint that listens has taken it. */
	acknowledge({ stock, seq }: NewsReceipt): void {
		const told = this.#told;
		if (told === null) return;
		if (seq > 0) this.#storage.news.removeReservations(seq);
		if (stock !== null && stock.version > told.version) this.#saveTold({ ...told, ...stock });
		if (this.#isUnacknowledged()) return;
		this.#resendAtMs = null;
		this.#pauseMs = RESEND_FIRST_MS;
	}

	/** Something was sent that nobody has acknowledged. */
	#isUnacknowledged(): boolean {
		if (this.#hearsStock() && this.#sent.version > (this.#told?.version ?? 0)) return true;
		const [first] = this.#storage.news.reservations(0, 1);
		return first !== undefined && first.seq <= this.#sent.seq;
	}

	#forgetSent(): void {
		this.#sent = { version: this.#told?.version ?? 0, isSoldOut: this.#told?.isSoldOut ?? false, seq: 0 };
	}

	#saveTold(told: Told): void {
		this.#storage.news.saveTold(told);
		this.#told = told;
	}

	#hearsStock(): boolean {
		return STOCK_TYPES.some((type) => this.#audience.has(type));
	}

	#isStockUntold(): boolean {
		return this.#hearsStock() && this.#storage.stock().version > (this.#told?.version ?? 0);
	}
}

const toEvent = ({ type, atMs, data }: UntoldReservation): WebhookEvent => ({
	...{ type, atMs, data },
	subject: data.id,
	version: data.version,
});
