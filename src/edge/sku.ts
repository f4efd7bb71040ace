/**
 * Every call that the routes of shoppers and merchants make to a SKU.
 *
 * A route says what it does to a SKU. Which memories that makes stale stands in `stale-after.ts` and nowhere else. Only
 * the SKU's object grants anything: what stands in front of it here refuses for a moment, or lets requests travel
 * together.
 */
import { fromStored, type Product, toStored } from "../catalog/product.ts";
import { changeProduct, type ProductChange } from "../catalog/product-change.ts";
import { saveProduct } from "../catalog/product-store.ts";
import { CALL_TIMEOUT_MS } from "../limits.ts";
import { DatabaseUnavailable } from "../platform/errors.ts";
import { newId } from "../platform/id.ts";
import { callSku } from "../stock/client.ts";
import type {
	AdjustRequest,
	ArchiveResult,
	Availability,
	Defined,
	DefineResult,
	Freed,
	Keyed,
	PinRequest,
	PinResult,
	ReservationResult,
	ReserveRequest,
	ReserveResult,
	RestockRequest,
	SkuRpc,
} from "../stock/rpc.ts";
import type { IfMatch, ReservationStatus } from "../stock/rules/model.ts";
import { askForAvailability, askForUnits, askToWatch, unanswered } from "./gates/ask.ts";
import type { Edge } from "./isolate-memory.ts";
import { ownReservations } from "./own-reservations.ts";
import { lookUpProduct } from "./product-lookup.ts";
import { reserveOn } from "./reserve-path.ts";
import { invalidateAfter, type SkuCall } from "./stale-after.ts";

export type { Place } from "../stock/rules/gates.ts";
export type { Edge } from "./isolate-memory.ts";

export type PinRefusal = Exclude<PinResult, { readonly kind: "pinned" | "preordered" | "attempt-over" }>;

/** One SKU, for one request. Its methods throw ObjectUnavailable when the object cannot serve just now. */
export class EdgeSku {
	readonly name: string;
	readonly #edge: Edge;

	constructor(edge: Edge, name: string) {
		this.#edge = edge;
		this.name = name;
	}

	// ---- What is shown

	/**
	 * The product, at most a few seconds old, or older while D1 fails; null when no merchant has defined the SKU.
	 * @throws DatabaseUnavailable when D1 cannot be read and nothing is remembered
	 */
	product(): Promise<Product | null> {
		return lookUpProduct(this.#edge, this.name);
	}

	/** False when no merchant has defined the SKU. When D1 cannot say, the SKU's object will. */
	async mayExist(): Promise<boolean> {
		try {
			return (await this.product()) !== null;
		} catch (error) {
			if (error instanceof DatabaseUnavailable) return true;
			throw error;
		}
	}

	/** What can be had as of now, past every memory. */
	lookAtStock() {
		return this.#call((object) => object.availability());
	}

	/** What can be had, at most a second old, or older while the object cannot answer; null for an unknown SKU. */
	availability(): Promise<Availability | null> {
		const { memory, keepAlive } = this.#edge;
		const look = (maxAgeMs: number) => askForAvailability(this.#edge, this.name, maxAgeMs);
		return memory.availability.get(this.name, Date.now(), look, keepAlive);
	}

	/** @param headers say who watches: `WATCHER_HEADER` */
	watch(url: string, headers: Headers): Promise<Response> {
		return askToWatch(this.#edge, this.name, url, headers);
	}

	// ---- A shopper's reservation

	/** Sets how many units the shopper holds, or joins the waitlist: the hot path. */
	async reserve(request: ReserveRequest): Promise<ReserveResult> {
		const { memory, keepAlive } = this.#edge;
		const { soldOut } = memory;
		const result = await reserveOn(
			{
				sku: this.name,
				soldOut,
				batchers: memory.batchers?.reservations ?? null,
				keepAlive,
				refusalOf: ({ shopperId, wait }, nowMs) => this.refusalFor(shopperId, wait, nowMs),
				ask: (requests, nowMs) => {
					const freedAgoMs = soldOut.freedAgoMs(this.name, nowMs);
					return askForUnits(this.#edge, this.name, requests, nowMs + CALL_TIMEOUT_MS, freedAgoMs);
				},
				onGranted: ({ freed = 0 }) => this.#invalidateAfter("reserve", freed > 0),
			},
			request,
		);
		if (result.kind === "no-answer") throw unanswered();
		return result;
	}

	/**
	 * The refusal that everybody gets who has nothing of this SKU, as far as this isolate knows; null when it does not, and
	 * for a shopper who is known to have something. It never grants, and is at most as old as its memory may be: a
	 * second for "sold out", `PRODUCT_TTL_MS` for the start of the sale, which a product that is older does not answer.
	 * @param wait whether it must hold for who would wait too
	 */
	refusalFor(shopperId: string, wait: boolean, nowMs: number): KnownRefusal | null {
		const { soldOut, products } = this.#edge.memory;
		const product = products.fresh(this.name, nowMs);
		// Of an archived product there is nothing to say before its object was asked: whoever has something of it keeps it.
		if (product?.isArchived) return null;
		const startsAtMs = product?.policy.saleStartsAtMs ?? null;
		const refusal =
			startsAtMs !== null && nowMs < startsAtMs ? notBegun(product as Product) : soldOut.get(this.name, wait, nowMs);
		return refusal === null || soldOut.isExempt(this.name, shopperId) ? null : refusal;
	}

	/** The shopper's own reservation. Those who look at the same time travel together. */
	async reservation(shopperId: string): Promise<ReservationResult> {
		const { memory, keepAlive } = this.#edge;
		const result = await (memory.batchers === null
			? this.#call((object) => object.reservation(shopperId))
			: memory.batchers.ownReservations.call(this.name, shopperId, Date.now(), keepAlive, (shopperIds) =>
					this.#call((object) => ownReservations(object, shopperIds)),
				));
		if (result.kind === "found" && isLive(result.reservation.status)) {
			memory.soldOut.exempt(this.name, shopperId);
		}
		return result;
	}

	/** Why a checkout could not have these units; null when it could. Nothing is pinned by asking. */
	async refusalOf(claim: Pick<PinRequest, "shopperId" | "checkoutId" | "quantity">): Promise<PinRefusal | null> {
		const result = await this.#call((object) => object.pin({ ...claim, acceptPreorder: false, probe: true }));
		switch (result.kind) {
			case "pinned":
			case "preordered":
			case "attempt-over":
				return null;
			default:
				return result;
		}
	}

	release(shopperId: string, ifMatch: IfMatch = null) {
		return this.#change("release", (object) => object.release(shopperId, ifMatch), hasFreed);
	}

	async extend(shopperId: string, ifMatch: IfMatch = null) {
		const key = newId();
		const result = await this.#call((object) => object.extend(shopperId, ifMatch, key));
		if (result.kind === "extended") this.#edge.memory.soldOut.exempt(this.name, shopperId);
		return result;
	}

	// ---- The merchant

	/**
	 * Changes the product, or makes a new one: first at the object, which decides by its own copy from then on, then in
	 * D1.
	 * @throws Error when D1 does: the merchant repeats the request
	 */
	async define(change: ProductChange, ifMatch: IfMatch): Promise<DefineResult> {
		// Only for an object whose code, minutes after a deploy, is older than changes: it takes the product whole.
		const known = await this.stock();
		const whole = changeProduct(this.name, known.kind === "stock" ? known.product : null, change, Date.now());
		if (whole.kind === "invalid") return whole;
		const request = { change, ifMatch, key: newId() };
		const result = await this.#call((object) => object.define(toStored(whole.draft), request));
		return result.kind === "defined" ? this.#publish("define", result) : result;
	}

	/**
	 * Archives the product, or takes it back into the shop. Repeated, it stores the product in D1 again.
	 * @throws Error when D1 fails: the merchant repeats the request
	 */
	async archive(isArchived: boolean, ifMatch: IfMatch): Promise<ArchiveResult> {
		const request = { ifMatch, key: newId() };
		const result = await this.#call((object) => object.archive(isArchived, request));
		return result.kind === "defined" ? this.#publish("archive", result) : result;
	}

	/** The object goes by its new product already. */
	async #publish(call: "define" | "archive", result: Defined): Promise<Defined> {
		const product = fromStored(result.product);
		try {
			await saveProduct(this.#edge.env.DB, product);
		} finally {
			this.#invalidateAfter(call);
		}
		return { ...result, product };
	}

	restock(request: RestockRequest, keyed: Keyed) {
		return this.#change("restock", (object) => object.restock(request, keyed));
	}

	adjust(request: AdjustRequest, keyed: Keyed) {
		return this.#change(
			"adjust",
			(object) => object.adjust(request, keyed),
			({ kind }) => kind === "adjusted" && request.delta > 0,
		);
	}

	releaseById(id: string, ifMatch: IfMatch, actor: string) {
		return this.#change("releaseById", (object) => object.releaseById(id, ifMatch, actor), hasFreed);
	}

	/** Asks whether the pre-order of this checkout is cancelled; one that is still owed is cancelled by it. */
	cancelPreorder(shopperId: string, checkoutId: string) {
		return this.#change("cancelPreorder", (object) => object.cancelPreorder(shopperId, checkoutId), hasFreed);
	}

	async stock() {
		const report = await this.#call((object) => object.stock());
		return report.kind === "stock" ? { ...report, product: fromStored(report.product) } : report;
	}

	reservations(status: ReservationStatus | null, afterId: string, limit: number) {
		return this.#call((object) => object.listReservations(status, afterId, limit));
	}

	journal(afterSeq: number, limit: number) {
		return this.#call((object) => object.journal(afterSeq, limit));
	}

	// ---- The two ways in which every method above calls

	/** A call that changes nothing an isolate remembers. */
	#call<R>(call: (object: SkuRpc) => Promise<R>): Promise<R> {
		return callSku(this.#edge.env, this.name, call);
	}

	/** @param hasFreed whether this result freed units for the public; undefined when it does not say */
	async #change<R>(
		name: SkuCall,
		call: (object: SkuRpc) => Promise<R>,
		hasFreed?: (result: R) => boolean | undefined,
	): Promise<R> {
		const result = await this.#call(call);
		this.#invalidateAfter(name, hasFreed?.(result));
		return result;
	}

	#invalidateAfter(call: SkuCall, hasFreed?: boolean): void {
		const freed = hasFreed === undefined ? undefined : hasFreed ? [this.name] : [];
		invalidateAfter(this.#edge.memory, call, [this.name], freed);
	}
}

type KnownRefusal = Extract<ReserveResult, { readonly kind: "sold-out" | "sale-not-open" }>;

const isLive = (status: ReservationStatus): boolean => status === "held" || status === "waiting" || status === "paying";

const notBegun = ({ policy }: Product): KnownRefusal => ({
	kind: "sale-not-open",
	startsAtMs: policy.saleStartsAtMs,
	endsAtMs: policy.saleEndsAtMs,
});

/** An object of the version before does not say how many units it freed; one that refused freed none. */
function hasFreed(result: Freed & { readonly kind: string }): boolean | undefined {
	if (result.kind !== "released" && result.kind !== "cancelled") return false;
	return result.freed === undefined ? undefined : result.freed > 0;
}
