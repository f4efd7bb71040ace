/**
 * The object of one SKU: the only writer of that SKU's stock.
 *
 * What it keeps true: one command is one `transactionSync`, and nothing is awaited inside it, so commands are decided
 * one after the other whatever arrives together. Every command first brings the books up to the clock (`turn.ts`); the
 * alarm only does that when nobody asks.
 *
 * An object that was never defined by a merchant answers `unknown-sku` and stores nothing.
 *
 * Not here: who gets what (`ledger.ts`), the statements (`tables.ts`), its questions and answers (`answers.ts`), HTTP.
 */
import { DurableObject } from "cloudflare:workers";
import { fromStored, type Product, type ProductDraft } from "../catalog/product.ts";
import type { PreorderRecord } from "../orders/preorder.ts";
import { newId } from "../platform/id.ts";
import { isMigrated, migrate } from "../platform/migrate.ts";
import * as wire from "./api-views.ts";
import * as merchant from "./commands/merchant.ts";
import { LiveFeed } from "./live-feed.ts";
import { PreorderOutbox, toRecord } from "./preorder-outbox.ts";
import { type PackedRequests, type PackedResults, packResults, unpackRequests } from "./reserve-columns.ts";
import {
	type AdjustRequest,
	type AdjustResult,
	type AdminReservation,
	type AvailabilityResult,
	type CommitRequest,
	type CommitResult,
	type ExtendResult,
	type Keyed,
	type KeyReused,
	type PinnedPrice,
	type PinRequest,
	type PinResult,
	type ReleaseResult,
	type ReservationSnapshot,
	type ReserveRequest,
	type ReserveResult,
	type RestockRequest,
	type RestockResult,
	type SkuRpc,
	type StockReport,
	type UnknownSku,
	type UnpinResult,
	WATCHER_HEADER,
} from "./rpc.ts";
import * as allocation from "./rules/allocate.ts";
import * as publicRules from "./rules/availability.ts";
import type { NoReservation, Reservation, ReservationStatus, Stock } from "./rules/model.ts";
import * as purchase from "./rules/purchase.ts";
import * as endings from "./rules/release.ts";
import * as reserving from "./rules/reserve.ts";
import type { JournalRow } from "./storage/journal.ts";
import { SKU_MIGRATIONS } from "./storage/schema.ts";
import { SkuStorage } from "./storage/sku-storage.ts";
import { UnitOfWork } from "./unit-of-work.ts";

export class SkuObject extends DurableObject<Env> implements SkuRpc {
	readonly #storage: SkuStorage;
	readonly #live = new LiveFeed(this.ctx, (shopperId) => this.#messages(shopperId));
	/** Null until a merchant defines the SKU. */
	#product: Product | null = null;
	/** Units refused as sold out. Kept in memory only: a loser must not cost a write. */
	#refused = 0;
	/** When the alarm is set for; null when it is not, or not known to be. */
	#alarmAtMs: number | null = null;
	readonly #outbox: PreorderOutbox;

	constructor(ctx: DurableObjectState, env: Env) {
		super(ctx, env);
		this.#storage = new SkuStorage(ctx.storage.sql);
		this.#outbox = new PreorderOutbox(this.#storage, () => this.env.ORDERS);
		if (isMigrated(ctx.storage)) {
			migrate(ctx.storage, SKU_MIGRATIONS);
			this.#product = this.#storage.product();
			this.#outbox.restore(Date.now());
		}
	}

	// ---- The merchant's word

	/** Sets what the SKU is and by which policy it is sold. Reservations that exist keep the times they were given. */
	async define(
		draft: ProductDraft,
	): Promise<{ readonly kind: "defined"; readonly created: boolean; readonly product: Product }> {
		const before = this.#product;
		if (before === null) migrate(this.ctx.storage, SKU_MIGRATIONS);
		const product = { ...fromStored(draft), revision: (before?.revision ?? 0) + 1, updatedAtMs: Date.now() };
		this.ctx.storage.transactionSync(() => this.#storage.saveProduct(product));
		this.#product = product;
		await this.#run(() => null);
		return { kind: "defined", created: before === null, product };
	}

	// ---- Shoppers

	/** Decides each request on its own, in order, all in one transaction. */
	async reserveMany(packed: PackedRequests): Promise<PackedResults | UnknownSku> {
		const requests = unpackRequests(packed);
		return this.#run((turn) => {
			turn.prefetch(packed.shopperId);
			return packResults(requests.map((request) => this.#reserve(turn, request)));
		});
	}

	#reserve(turn: UnitOfWork, request: ReserveRequest): ReserveResult {
		const answer = reserving.reserve(turn.contextOf(request.shopperId), { ...request, id: newId() }, turn.nowMs);
		switch (answer.kind) {
			case "held":
			case "waiting": {
				turn.apply(answer.change);
				// Giving units back frees them for the line before the next request of the same batch is looked at.
				const before = turn.stock;
				turn.allocate();
				// That may have served this very shopper, who waited for more and now takes what there is.
				const { reservation } = answer;
				const now =
					turn.stock === before ? reservation : (this.#storage.reservations.byId(reservation.id) ?? reservation);
				const kind = now.status === "held" ? "held" : answer.kind;
				return { kind, created: answer.created, reservation: this.#snapshot(turn, now) };
			}
			case "sold-out":
				this.#refused += request.quantity;
				return {
					...answer,
					retryAtMs: turn.stock.held > 0 || allocation.isStalled(turn.stock) ? this.#storage.nextDueMs() : null,
					closed: publicRules.isExhausted(turn.stock, turn.policy),
				};
			default:
				return answer;
		}
	}

	/** The shopper's live reservation, or else the one that ended last, as it ended. */
	async reservation(
		shopperId: string,
	): Promise<{ readonly kind: "found"; readonly reservation: ReservationSnapshot } | NoReservation | UnknownSku> {
		return this.#run((turn) => {
			const mine = this.#storage.reservations.ofShopper(shopperId);
			return mine === null
				? { kind: "no-reservation" as const, lastStatus: null }
				: { kind: "found" as const, reservation: this.#snapshot(turn, mine) };
		});
	}

	async release(shopperId: string): Promise<ReleaseResult> {
		return this.#run((turn) => this.#release(turn, this.#storage.reservations.ofShopper(shopperId)));
	}

	/** The merchant lets go of a shopper's hold or place in line. */
	async releaseById(id: string): Promise<ReleaseResult> {
		return this.#run((turn) => this.#release(turn, this.#storage.reservations.byId(id)));
	}

	#release(turn: UnitOfWork, reservation: Reservation | null): ReleaseResult {
		const answer = endings.release(turn.stock, reservation, turn.nowMs);
		if (answer.kind !== "released") return answer;
		turn.apply(answer.change);
		return { kind: "released", reservation: this.#adminSnapshot(turn, answer.reservation) };
	}

	async extend(shopperId: string): Promise<ExtendResult> {
		return this.#run((turn) => {
			const answer = endings.extend(turn.policy, this.#storage.reservations.ofShopper(shopperId), turn.nowMs);
			if (answer.kind !== "extended") return answer;
			turn.apply({ stock: turn.stock, reservations: [answer.reservation], preorders: [], entries: [] });
			return { kind: "extended" as const, reservation: this.#snapshot(turn, answer.reservation) };
		});
	}

	async availability(): Promise<AvailabilityResult> {
		return this.#run(({ stock, policy, nowMs }) => {
			const clock = [this.#storage.nextDueMs(), policy.saleStartsAtMs, policy.saleEndsAtMs];
			const ahead = clock.filter((atMs) => atMs !== null && atMs > nowMs) as number[];
			const changesAtMs = ahead.length > 0 ? Math.min(...ahead) : null;
			return { kind: "availability" as const, availability: wire.toAvailability(stock, policy, nowMs), changesAtMs };
		});
	}

	/** A WebSocket to watch the SKU by: `live.ts`. The Worker has checked who watches, and names them in a header. */
	override async fetch(request: Request): Promise<Response> {
		if (this.#live.isFull) return new Response(null, { status: 503 });
		const shopperId = request.headers.get(WATCHER_HEADER);
		const socket = await this.#run(() => this.#live.watch(shopperId));
		if ("kind" in socket) return new Response(null, { status: 404 });
		return new Response(null, { status: 101, webSocket: socket });
	}

	/** What a watcher is told. Read from the tables as the last turn left them. */
	#messages(shopperId: string | null): string[] {
		const product = this.#product;
		if (product === null) return [];
		const stock = this.#storage.stock();
		const availability = wire.toAvailability(stock, product.policy, Date.now());
		const messages = [JSON.stringify({ type: "availability", availability: wire.availabilityView(availability) })];
		if (shopperId === null) return messages;
		const mine = this.#storage.reservations.ofShopper(shopperId);
		const reservation =
			mine && wire.reservationView(product.sku, this.#snapshot({ policy: product.policy, stock }, mine));
		return [...messages, JSON.stringify({ type: "reservation", reservation })];
	}

	// ---- Checkouts

	async pin(request: PinRequest): Promise<PinResult> {
		return this.#run((turn): PinResult => {
			const claim = this.#storage.rowsOfCheckout(request.shopperId, request.checkoutId);
			const books = turn.contextOf(request.shopperId, request.checkoutId);
			const answer = purchase.pin(books, claim, { ...request, id: newId() }, turn.nowMs);
			if (answer.kind !== "pinned" && answer.kind !== "preordered") return answer;
			if (!request.probe) turn.apply(answer.change);
			const { title, priceMinor, currency, policy } = turn.product;
			const pinned = answer.kind === "pinned" ? answer.reservation : answer.preorder;
			const graceMs = policy.paymentGraceMs;
			const payByMs = (pinned.expiresAtMs ?? turn.nowMs) - graceMs;
			const priced: PinnedPrice = { title, unitPriceMinor: priceMinor, currency, payByMs, graceMs };
			if (answer.kind === "pinned") return { kind: "pinned", reservationId: answer.reservation.id, ...priced };
			const { id, expectedAtMs, termsVersion } = answer.preorder;
			return { kind: "preordered", preorderId: id, expectedAtMs, termsVersion, ...priced };
		});
	}

	async commit(request: CommitRequest): Promise<CommitResult> {
		return this.#run((turn): CommitResult => {
			const claim = this.#storage.rowsOfCheckout(request.shopperId, request.checkoutId);
			const books = turn.contextOf(request.shopperId, request.checkoutId);
			const answer = purchase.commit(books, claim, { ...request, id: newId() }, turn.nowMs);
			if (answer.kind === "lost") return answer;
			turn.apply(answer.change);
			if (answer.kind === "sold") return { kind: "sold", reservationId: answer.reservation.id };
			const { id, expectedAtMs, termsVersion } = answer.preorder;
			return { kind: "owed", preorderId: id, expectedAtMs, termsVersion };
		});
	}

	/** @param keepHold the shopper could not have paid: what was held before the checkout is held again */
	async unpin(shopperId: string, checkoutId: string, keepHold = false): Promise<UnpinResult> {
		return this.#run((turn): UnpinResult => {
			const answer = purchase.unpin(
				turn.stock,
				this.#storage.rowsOfCheckout(shopperId, checkoutId),
				keepHold,
				turn.nowMs,
			);
			if (answer.kind === "unpinned") turn.apply(answer.change);
			return answer.kind === "unpinned" ? { kind: "unpinned" } : answer;
		});
	}

	/**
	 * Units that a checkout had bought come back to the stock, or a pre-order of it is no longer owed, until `total` have.
	 */
	async takeBack(
		shopperId: string,
		checkoutId: string,
		total: number,
	): Promise<{ readonly kind: "taken-back" } | UnknownSku> {
		return this.#run((turn) => {
			turn.apply(
				purchase.returnSold(turn.stock, this.#storage.rowsOfCheckout(shopperId, checkoutId), total, turn.nowMs),
			);
			return { kind: "taken-back" as const };
		});
	}

	/** D1 has these pre-orders, in these versions or later ones. */
	async preordersRecorded(recorded: readonly { readonly id: string; readonly version: number }[]): Promise<void> {
		if (this.#product !== null) await this.#outbox.acknowledge(this.#product.sku, recorded);
	}

	/**
	 * Sends every pre-order to D1 again, and names checkouts that bought here, whose orders D1 should have: a page of them,
	 * in order of id. What it deletes nothing of, a rebuild cannot lose.
	 */
	async rebuild(
		afterCheckoutId: string,
		limit: number,
	): Promise<{ readonly kind: "rebuild"; readonly product: Product; readonly checkoutIds: string[] } | UnknownSku> {
		if (this.#product === null) return { kind: "unknown-sku" };
		if (afterCheckoutId === "") {
			this.ctx.storage.transactionSync(() => this.#storage.preorders.forgetRecorded());
			await this.#outbox.flush(this.#product.sku);
			await this.#run(() => null);
		}
		return {
			kind: "rebuild",
			product: this.#product,
			checkoutIds: this.#storage.buyersAfter(afterCheckoutId, limit),
		};
	}

	/** Checkouts that bought units here or were promised some, in order of id. */
	async buyers(afterCheckoutId: string, limit: number): Promise<readonly string[] | UnknownSku> {
		return this.#run(() => this.#storage.buyersAfter(afterCheckoutId, limit));
	}

	/** Checkouts that may have been left half done: whose pins ran out here, the newest first. */
	async suspects(limit: number): Promise<readonly string[] | UnknownSku> {
		return this.#run(() => this.#storage.reservations.checkoutsOfLapsedPins(limit));
	}

	/** A pre-order that is still owed is owed no longer; one that was filled stays so. */
	async cancelPreorder(
		shopperId: string,
		checkoutId: string,
	): Promise<{ readonly kind: "cancelled" | "filled"; readonly preorder: PreorderRecord | null } | UnknownSku> {
		return this.#run((turn) => {
			const { preorder } = this.#storage.rowsOfCheckout(shopperId, checkoutId);
			const change =
				preorder?.status === "owed"
					? purchase.returnSold(turn.stock, { reservation: null, preorder }, preorder.quantity, turn.nowMs)
					: null;
			turn.apply(change);
			const now = change?.preorders[0] ?? preorder;
			const kind = now?.status === "filled" ? ("filled" as const) : ("cancelled" as const);
			return { kind, preorder: now && now.status !== "pending" ? toRecord(turn.product.sku, now) : null };
		});
	}

	// ---- The merchant's stock

	async restock(request: RestockRequest, keyed: Keyed): Promise<RestockResult> {
		return this.#runIdempotent(keyed, (turn) => merchant.restock(turn, request));
	}

	async adjust(request: AdjustRequest, keyed: Keyed | null): Promise<AdjustResult> {
		return this.#runIdempotent(keyed, (turn) => merchant.adjust(turn, this.#storage, request));
	}

	async stock(): Promise<StockReport | UnknownSku> {
		return this.#run((turn): StockReport => {
			// The rows are read after the settling, with what it changed stored, so they and the counters speak of the same moment.
			turn.close();
			const { stock, product } = turn;
			const rows = this.#storage.audit();
			const balanced = merchant.isBalanced(stock, rows);
			return { kind: "stock", product, stock, paying: rows.paying, refused: this.#refused, balanced };
		});
	}

	async listReservations(
		status: ReservationStatus | null,
		afterId: string,
		limit: number,
	): Promise<{ readonly kind: "reservations"; readonly reservations: AdminReservation[] } | UnknownSku> {
		return this.#run((turn) => ({
			kind: "reservations" as const,
			reservations: this.#storage.reservations.list(status, afterId, limit).map((r) => this.#adminSnapshot(turn, r)),
		}));
	}

	async journal(
		afterSeq: number,
		limit: number,
	): Promise<{ readonly kind: "journal"; readonly entries: JournalRow[] } | UnknownSku> {
		return this.#run(() => ({ kind: "journal" as const, entries: this.#storage.journal(afterSeq, limit) }));
	}

	/**
	 * Nobody asked, and something has run out. The alarm may be late or early, and comes at least once, so it does no more
	 * than any other turn: https://developers.cloudflare.com/durable-objects/api/alarms/
	 */
	override async alarm(): Promise<void> {
		this.#alarmAtMs = null;
		const { resendAtMs } = this.#outbox;
		if (this.#product !== null && resendAtMs !== null && resendAtMs <= Date.now()) {
			this.ctx.waitUntil(this.#outbox.flush(this.#product.sku));
		}
		await this.#run(() => null);
	}

	// ---- The shell

	/**
	 * One command, whole or not at all; the alarm is armed in the same transaction, and undone with it. When more has run
	 * out than one turn may settle, further turns do that first, and others are served between them.
	 */
	async #run<T>(work: (turn: UnitOfWork) => T): Promise<T | UnknownSku> {
		if (this.#product === null) return { kind: "unknown-sku" };
		for (;;) {
			const done = this.#commit(this.#product, work);
			await done.armed;
			if (done.news.length > 0) this.ctx.waitUntil(this.#outbox.send(this.#product.sku, done.news));
			if (done.hasChanged) this.#live.notifyChange();
			if (done.answered) return done.answer;
			await scheduler.wait(0);
		}
	}

	#commit<T>(product: Product, work: (turn: UnitOfWork) => T) {
		try {
			return this.ctx.storage.transactionSync(() => {
				const turn = new UnitOfWork(this.#storage, product, Date.now());
				const done = turn.expireDue() ? { answered: true as const, answer: work(turn) } : { answered: false as const };
				turn.close();
				const news = [...turn.preorderChanges.values()];
				if (news.length > 0) this.#outbox.scheduleResend(turn.nowMs);
				return {
					...done,
					news,
					hasChanged: turn.hasChanged,
					armed: this.#scheduleAlarm(turn.isOverBudget ? turn.nowMs : null),
				};
			});
		} catch (fault) {
			// The alarm was undone with the rest.
			this.#alarmAtMs = null;
			this.#storage.discardBuffer();
			throw fault;
		}
	}

	/** A turn whose answer is kept under the merchant's key, in the same transaction. A refusal is not kept. */
	#runIdempotent<T extends { readonly kind: string }>(
		keyed: Keyed | null,
		work: (turn: UnitOfWork) => T,
	): Promise<T | KeyReused | UnknownSku> {
		return this.#run((turn): T | KeyReused => {
			const known = keyed && this.#storage.receipt(keyed.key);
			if (known)
				return known.fingerprint === keyed.fingerprint ? (JSON.parse(known.answer) as T) : { kind: "key-reused" };
			const answer = work(turn);
			if (keyed && (answer.kind === "restocked" || answer.kind === "adjusted")) {
				this.#storage.saveReceipt(keyed.key, keyed.fingerprint, JSON.stringify(answer));
			}
			return answer;
		});
	}

	/**
	 * Sets the alarm when something runs out, or has to be sent again, before it would ring. Setting it costs a write, so
	 * never without need. @param atOnceMs a turn was cut short, and has to go on
	 */
	#scheduleAlarm(atOnceMs: number | null): Promise<void> | null {
		const dueMs = Math.min(
			atOnceMs ?? Number.POSITIVE_INFINITY,
			this.#storage.nextDueMs() ?? Number.POSITIVE_INFINITY,
			this.#outbox.resendAtMs ?? Number.POSITIVE_INFINITY,
		);
		if (dueMs === Number.POSITIVE_INFINITY || (this.#alarmAtMs !== null && this.#alarmAtMs <= dueMs)) return null;
		this.#alarmAtMs = dueMs;
		return this.ctx.storage.setAlarm(dueMs);
	}

	#snapshot({ policy, stock }: Pick<UnitOfWork, "policy" | "stock">, r: Reservation): ReservationSnapshot {
		const { id, quantity, status, expiresAtMs, version } = r;
		return {
			...{ id, quantity, status, expiresAtMs, version },
			position: r.place === null ? null : this.#position(r.place, stock),
			extensionsLeft: r.status === "held" ? Math.max(0, policy.maxExtensions - r.extensions) : 0,
		};
	}

	#adminSnapshot(turn: Pick<UnitOfWork, "policy" | "stock">, r: Reservation): AdminReservation {
		return { ...r, ...this.#snapshot(turn, r) };
	}

	/** Whoever joined last is behind everybody, which need not be counted for each who joins. */
	#position(place: number, stock: Stock): number {
		return place === stock.place
			? this.#storage.reservations.waitlistLength()
			: this.#storage.reservations.position(place);
	}
}
