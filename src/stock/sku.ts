/**
 * The object of one SKU: the only writer of that SKU's stock.
 *
 * Each method (documented in `rpc.ts`) runs one command of `commands/` in one transaction (`command-runner.ts`). An
 * object that no merchant has defined answers `unknown-sku` and stores nothing.
 */
import { DurableObject } from "cloudflare:workers";
import type { Product, ProductDraft } from "../catalog/product.ts";
import { isMigrated, migrate } from "../platform/migrate.ts";
import { type Due, SkuAlarm } from "./alarm.ts";
import { CommandRunner } from "./command-runner.ts";
import * as checkout from "./commands/checkout.ts";
import { decideArchive, decideDefine } from "./commands/define.ts";
import * as merchant from "./commands/merchant.ts";
import * as queries from "./commands/queries.ts";
import * as shopper from "./commands/shopper.ts";
import { ownMessages, Views } from "./commands/watching.ts";
import { Folding } from "./folding.ts";
import { HeatMeter } from "./heat.ts";
import { LiveFeed } from "./live-feed.ts";
import { watcherOf, watchingResponse } from "./live-sockets.ts";
import { MailOutbox } from "./mail-outbox.ts";
import { NewsOutbox } from "./news-outbox.ts";
import { OpenMark } from "./open-mark.ts";
import { PreorderOutbox } from "./preorder-outbox.ts";
import { RefusedDemand } from "./refused-demand.ts";
import type { PackedRequests, PackedResults, UnknownSku } from "./rpc.ts";
import * as rpc from "./rpc.ts";
import type { IfMatch, ReservationStatus } from "./rules/model.ts";
import { SKU_MIGRATIONS } from "./storage/schema.ts";
import { SkuStorage } from "./storage/sku-storage.ts";

/** The receipt of the last request that changed the product. Other receipts have two words. */
const DEFINE = "define";

export class SkuObject extends DurableObject<Env> implements rpc.SkuRpc {
	/** Null until a merchant defines the SKU. */
	#product: Product | null = null;
	readonly #refused = new RefusedDemand();
	readonly #storage = new SkuStorage(this.ctx.storage.sql);
	readonly #outbox = new PreorderOutbox(this.#storage, () => this.env.ORDERS);
	readonly #news = new NewsOutbox(this.#storage, this.env, (work) => this.ctx.waitUntil(work));
	readonly #open = new OpenMark(
		() => this.env.DB,
		(work) => this.ctx.waitUntil(work),
	);
	readonly #mails = new MailOutbox(this.#storage, () => this.env.ORDERS);
	readonly #folding = new Folding(this.ctx, this.#storage);
	readonly #live = new LiveFeed(this.ctx, { look: () => this.#look(), word: () => this.#heat.word() });
	/** While one of these is due or to come, something of the SKU is open. */
	readonly #openDues: readonly Due[] = [
		() => this.#storage.nextDueMs(),
		() => this.#outbox.resendAtMs,
		() => this.#news.dueAtMs,
		() => this.#mails.resendAtMs,
	];
	readonly #alarm = new SkuAlarm(this.ctx.storage, [
		...this.#openDues,
		(nowMs) => this.#saleStartMs(nowMs),
		(nowMs) => this.#folding.dueMs(nowMs),
		(nowMs) => this.#live.dueMs(nowMs, this.#product?.policy ?? null),
	]);
	readonly #heat = new HeatMeter(() => this.#live.watchers);
	readonly #runner = new CommandRunner({
		...{ ctx: this.ctx, storage: this.#storage, alarm: this.#alarm },
		...{ outbox: this.#outbox, news: this.#news, mails: this.#mails },
		product: () => this.#product,
		onRun: () => this.#heat.count(1),
		onChange: (unit) => {
			this.#live.notifyChange(unit.changedShoppers, unit.hasWaitlistMoved);
			this.#open.changed(unit.product.sku, unit.nowMs);
			this.#news.learnWhoListens(unit.nowMs, () => this.#alarm.schedule(Date.now(), false));
		},
	});

	constructor(ctx: DurableObjectState, env: Env) {
		super(ctx, env);
		if (isMigrated(ctx.storage)) {
			migrate(ctx.storage, SKU_MIGRATIONS);
			this.#product = this.#storage.product();
			this.#outbox.restore(Date.now());
			this.#news.restore(Date.now());
			this.#mails.restore(Date.now());
		}
	}

	define(draft: ProductDraft): Promise<rpc.Defined>;
	define(draft: ProductDraft, request: rpc.DefineRequest): Promise<rpc.DefineResult>;
	async define(draft: ProductDraft, request?: rpc.DefineRequest): Promise<rpc.DefineResult> {
		const before = this.#product;
		const done = this.#definedBy(request?.key);
		if (done !== null) return done;
		const decision = decideDefine(before, draft, request, Date.now());
		if (decision.kind !== "changed") return decision;
		if (before === null) migrate(this.ctx.storage, SKU_MIGRATIONS);
		return this.#become({ isArchived: before?.isArchived ?? false, ...decision.draft }, request?.key);
	}

	async archive(isArchived: boolean, request: rpc.ArchiveRequest): Promise<rpc.ArchiveResult> {
		const before = this.#product;
		if (before === null) return { kind: "unknown-sku" };
		const done = this.#definedBy(request.key);
		if (done !== null) return done;
		const decision = decideArchive(before, isArchived, request);
		if (decision.kind === "changed") return this.#become({ ...before, isArchived }, request.key);
		// Whoever touches the object finds it up to the clock, also where there is nothing to change.
		await this.#runner.run(() => null);
		return decision.kind === "stale" ? decision : { kind: "defined", created: false, product: before };
	}

	/** What the last request that changed the product was answered, if this is that request again. */
	#definedBy(key: string | undefined): rpc.Defined | null {
		const receipt = this.#product === null ? null : this.#storage.receipt(DEFINE);
		return receipt !== null && receipt.fingerprint === key ? (JSON.parse(receipt.answer) as rpc.Defined) : null;
	}

	/** Stores what the product is from now on, its receipt with it. Nothing may be awaited since it was decided. */
	async #become(after: Omit<Product, "revision" | "updatedAtMs">, key: string | undefined): Promise<rpc.Defined> {
		const before = this.#product;
		const product = { ...after, revision: (before?.revision ?? 0) + 1, updatedAtMs: Date.now() };
		const result: rpc.Defined = { kind: "defined", created: before === null, product };
		this.ctx.storage.transactionSync(() => {
			this.#storage.saveProduct(product);
			if (key !== undefined) this.#storage.replaceReceipt(DEFINE, key, JSON.stringify(result));
		});
		this.#product = product;
		this.#live.notifyChange("all", false);
		await this.#runner.run(() => null);
		return result;
	}

	/** When the sale begins, if anybody is on the waitlist then: they are served. */
	#saleStartMs(nowMs: number): number | null {
		const startsAtMs = this.#product?.policy.saleStartsAtMs ?? null;
		return startsAtMs !== null && startsAtMs > nowMs && this.#storage.stock().waiting > 0 ? startsAtMs : null;
	}

	// ---- Shoppers

	async reserveMany(packed: PackedRequests): Promise<PackedResults | rpc.TooLate | UnknownSku> {
		this.#heat.knowCaller(packed.calls, packed.from);
		const results = await this.#runner.run((unit) => shopper.reserveMany(unit, packed, this.#refused));
		return "kind" in results ? results : { ...results, hot: this.#heat.word() };
	}

	async reservation(shopperId: string): Promise<rpc.ReservationResult> {
		return this.#runner.run((unit) => queries.reservation(unit, shopperId));
	}

	async reservationMany(shopperIds: readonly string[]): Promise<readonly rpc.ReservationResult[] | UnknownSku> {
		return this.#runner.run((unit) => queries.reservationMany(unit, shopperIds));
	}

	async hasOpenClaim(shopperId: string): Promise<boolean | UnknownSku> {
		return this.#runner.run((unit) => queries.hasOpenClaim(unit, shopperId));
	}

	async release(shopperId: string, ifMatch: IfMatch = null): Promise<rpc.ReleaseResult> {
		return this.#runner.run((unit) => shopper.release(unit, shopperId, ifMatch));
	}

	async extend(shopperId: string, ifMatch: IfMatch = null, key: string | null = null): Promise<rpc.ExtendResult> {
		return this.#runner.run((unit) => shopper.extend(unit, shopperId, this.#refused, ifMatch, key));
	}

	async availability(calls?: number, from?: number): Promise<rpc.AvailabilityResult> {
		this.#heat.knowCaller(calls, from);
		const result = await this.#runner.run(queries.availability);
		return result.kind === "unknown-sku" ? result : { ...result, hot: this.#heat.word() };
	}

	override async fetch({ headers }: Request): Promise<Response> {
		const gate = headers.get(rpc.GATE_HEADER);
		const watching = await this.#runner.run((unit) => {
			const views = new Views(unit, unit.nowMs);
			return gate === null ? this.#live.watch(watcherOf(headers), views) : this.#live.follow({ gate }, views);
		});
		return watchingResponse(watching, this.#heat.word());
	}

	async ownMessages(shopperIds: readonly string[], few: boolean): Promise<rpc.OwnMessages | UnknownSku> {
		return this.#runner.run((unit) => ownMessages(unit, shopperIds, few));
	}

	override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
		this.#live.spoke(socket, message);
	}

	override async webSocketClose(socket: WebSocket): Promise<void> {
		this.#live.closed(socket);
	}

	override async webSocketError(socket: WebSocket): Promise<void> {
		this.#live.closed(socket);
	}

	/** What watchers see now. */
	async #look(): Promise<Views | null> {
		await this.#runner.run(() => null);
		const product = this.#product;
		return product && new Views({ product, storage: this.#storage, stock: this.#storage.stock() }, Date.now());
	}

	// ---- Checkouts

	async pin(request: rpc.PinRequest): Promise<rpc.PinResult> {
		return this.#runner.run((unit) => checkout.pin(unit, request, this.#refused));
	}

	async commit(request: rpc.CommitRequest): Promise<rpc.CommitResult> {
		return this.#runner.run((unit) => checkout.commit(unit, request));
	}

	async unpin(shopperId: string, checkoutId: string, _keepHold?: boolean, attempt?: number): Promise<rpc.UnpinResult> {
		return this.#runner.run((unit) => checkout.unpin(unit, { shopperId, checkoutId, attempt }));
	}

	async takeBack(shopperId: string, checkoutId: string, total: number, attempt?: number): Promise<rpc.TakeBackResult> {
		return this.#runner.run((unit) => checkout.takeBack(unit, { shopperId, checkoutId, attempt }, total));
	}

	async givenBack(
		shopperId: string,
		checkoutId: string,
		total: number,
		attempt?: number,
	): Promise<rpc.GivenBackResult> {
		return this.#runner.run((unit) => checkout.givenBack(unit, { shopperId, checkoutId, attempt }, total));
	}

	async cancelPreorder(shopperId: string, checkoutId: string, attempt?: number): Promise<rpc.CancelPreorderResult> {
		return this.#runner.run((unit) => checkout.cancelPreorder(unit, { shopperId, checkoutId, attempt }));
	}

	async preordersRecorded(recorded: readonly rpc.PreorderVersion[]): Promise<void> {
		if (this.#product === null) return;
		await this.#outbox.acknowledge(this.#product.sku, recorded);
		await this.#alarm.schedule(Date.now(), false);
	}

	async newsTold(receipt: rpc.NewsReceipt): Promise<void> {
		if (this.#product === null) return;
		this.#news.acknowledge(receipt);
		await this.#alarm.schedule(Date.now(), false);
	}

	async takeMail(promotion: string, key: string): Promise<rpc.TakeMailResult> {
		return this.#runner.run((unit) => this.#mails.take(unit, promotion, key));
	}

	async forgetAddress(shopperId: string): Promise<void> {
		await this.#runner.run((unit) => shopper.forgetAddress(unit, shopperId));
	}

	async mailSettled(promotion: string, key: string, isOver: boolean): Promise<void> {
		await this.#runner.run((unit) => this.#mails.settle(unit, promotion, key, isOver));
	}

	// ---- The merchant

	async restock(request: rpc.RestockRequest, keyed: rpc.Keyed): Promise<rpc.RestockResult> {
		return this.#runner.runIdempotent(keyed, (unit) => merchant.restock(unit, request, this.#refused));
	}

	async adjust(request: rpc.AdjustRequest, keyed: rpc.Keyed | null): Promise<rpc.AdjustResult> {
		return this.#runner.runIdempotent(keyed, (unit) => merchant.adjust(unit, request, this.#refused));
	}

	async releaseById(id: string, ifMatch: IfMatch = null, actor?: string): Promise<rpc.ReleaseResult> {
		return this.#runner.run((unit) => merchant.releaseById(unit, id, ifMatch, actor));
	}

	async stock(isFull = false): Promise<rpc.StockReport | UnknownSku> {
		return this.#runner.look((unit) => {
			const report = queries.stock(unit, this.#refused.units, isFull);
			return isFull ? this.#open.withRest(report, this.#openDues, unit.nowMs) : report;
		});
	}

	async listReservations(status: ReservationStatus | null, afterId: string, limit: number) {
		return this.#runner.look((unit) => queries.listReservations(unit, status, afterId, limit));
	}

	async journal(afterSeq: number, limit: number) {
		return this.#runner.look(({ storage }) => ({
			kind: "journal" as const,
			entries: storage.journal(afterSeq, limit),
		}));
	}

	// ---- Operations

	async rebuild(afterCheckoutId: string, limit: number): Promise<rpc.RebuildResult> {
		if (this.#product === null) return { kind: "unknown-sku" };
		if (afterCheckoutId === "") await this.#sendPreordersAgain(this.#product.sku, null);
		const checkoutIds = this.#storage.buyersAfter(afterCheckoutId, limit);
		return { kind: "rebuild", product: this.#product, checkoutIds };
	}

	async recordPreordersAgain(ids: readonly string[]): Promise<void> {
		if (this.#product !== null) await this.#sendPreordersAgain(this.#product.sku, ids);
	}

	/** @param ids null for all of them */
	async #sendPreordersAgain(sku: string, ids: readonly string[] | null): Promise<void> {
		this.ctx.storage.transactionSync(() => this.#storage.preorders.forgetRecorded(ids));
		await this.#outbox.flush(sku);
		// Sets the alarm that sends them once more.
		await this.#runner.run(() => null);
	}

	async buyers(afterCheckoutId: string, limit: number): Promise<readonly string[] | UnknownSku> {
		return this.#runner.run(({ storage }) => storage.buyersAfter(afterCheckoutId, limit));
	}

	async sales(afterCheckoutId: string, limit: number): Promise<readonly rpc.Sale[] | UnknownSku> {
		return this.#runner.run(({ storage }) => storage.salesAfter(afterCheckoutId, limit));
	}

	async suspects(limit: number, skip = 0): Promise<readonly string[] | UnknownSku> {
		return this.#runner.look(({ storage, nowMs }) => storage.checkoutsOfLapsedPins(nowMs, limit, skip));
	}

	/** Wakes the object when nobody calls: `alarm.ts`. */
	override async alarm(): Promise<void> {
		await this.#alarm.ring(this.#product?.sku, async () => {
			await this.#runner.run(() => null);
			if (this.#product !== null) this.ctx.waitUntil(this.#news.sendDue(this.#product.sku, Date.now()));
			this.#live.clockMoved(Date.now());
			await this.#folding.run();
		});
	}
}
