/**
 * Every call that the routes of shoppers and merchants make to a SKU, and what each call makes stale in this isolate's
 * memory.
 *
 * A route says what it does to a SKU. Which memories that makes stale stands in `STALE_AFTER` and nowhere else. Only
 * the SKU's object grants anything: what stands in front of it here refuses for a moment, or lets requests travel
 * together.
 */
import { fromStored, type Product, toStored } from "../catalog/product.ts";
import { changeProduct, type ProductChange } from "../catalog/product-change.ts";
import { saveProduct } from "../catalog/product-store.ts";
import { newId } from "../platform/id.ts";
import { callSku, type StockEnv } from "../stock/client.ts";
import { reserveMany } from "../stock/reserve-columns.ts";
import type {
	AdjustRequest,
	Availability,
	DefineResult,
	Keyed,
	ReserveRequest,
	ReserveResult,
	RestockRequest,
	SkuRpc,
} from "../stock/rpc.ts";
import type { IfMatch, ReservationStatus } from "../stock/rules/model.ts";
import type { KeepAlive } from "./call-batcher.ts";
import type { IsolateMemory } from "./isolate-memory.ts";

/**
 * What may be stale after each call. A call that is not named here changes nothing that an isolate remembers.
 *
 * `soldOut` is invalidated only by what frees units for others. A purchase does not: if it did invalidate, every
 * purchase of a drop would send a crowd to the object that has to sell. Nor does reading: a shopper may read as often
 * as they like. Reserving or checking out fewer units than one holds frees some too; they are seen when the memory
 * expires.
 */
export const STALE_AFTER = {
	// Calls to the SKU
	define: ["product", "soldOut", "availability"],
	restock: ["soldOut", "availability"],
	adjust: ["soldOut", "availability"],
	release: ["soldOut", "availability"],
	releaseById: ["soldOut", "availability"],
	reserve: ["availability"],
	// Calls to a checkout, for each SKU of its lines
	openCheckout: ["availability"],
	readEndedCheckout: ["availability"],
	cancelCheckout: ["soldOut", "availability"],
	paymentOfOpenCheckout: ["availability"],
	paymentOfEndedCheckout: ["soldOut", "availability"],
	refund: ["soldOut", "availability"],
	cancelPreorder: ["soldOut", "availability"],
} as const satisfies Readonly<Record<string, readonly ("product" | "soldOut" | "availability")[]>>;

export type SkuCall = keyof typeof STALE_AFTER;

/** What a request brings along: its environment, what its isolate remembers, and a way to outlive its client. */
export interface Edge {
	readonly env: StockEnv & Pick<Env, "DB" | "HOLDINGS" | "RATE_LIMITS">;
	readonly memory: IsolateMemory;
	readonly keepAlive: KeepAlive;
}

/** Invalidates what `call` may have made stale of these SKUs. */
export function invalidateAfter(memory: IsolateMemory, call: SkuCall, skus: readonly string[]): void {
	const caches = { product: memory.products, soldOut: memory.soldOut, availability: memory.availability };
	for (const stale of STALE_AFTER[call]) for (const sku of skus) caches[stale].invalidate(sku);
}

/** One SKU, for one request. Its methods throw ObjectUnavailable when the object cannot serve just now. */
export class EdgeSku {
	readonly name: string;
	readonly #edge: Edge;

	constructor(edge: Edge, name: string) {
		this.#edge = edge;
		this.name = name;
	}

	// ---- What is shown

	/** The product, at most a few seconds old; null when no merchant has defined the SKU. @throws Error when D1 does */
	product(): Promise<Product | null> {
		const { env, memory } = this.#edge;
		return memory.products.get(env.DB, this.name, Date.now());
	}

	/** What can be had, at most a second old; null when no merchant has defined the SKU. */
	availability(): Promise<Availability | null> {
		return this.#edge.memory.availability.get(this.name, Date.now(), () =>
			this.#call((object) => object.availability()),
		);
	}

	/** @param headers say who watches: `WATCHER_HEADER` */
	watch(url: string, headers: Headers): Promise<Response> {
		return this.#call((object) => object.fetch(new Request(url, { headers })));
	}

	// ---- A shopper's reservation

	/** Sets how many units the shopper holds, or joins the waitlist: the hot path. */
	async reserve(request: ReserveRequest): Promise<ReserveResult> {
		const { memory, keepAlive } = this.#edge;
		const nowMs = Date.now();
		const refusal = this.#rememberedRefusal(request, nowMs);
		if (refusal !== null && !memory.soldOut.claimRefresh(this.name, nowMs)) return refusal;
		if (refusal !== null || memory.batchers === null) {
			return (await this.#reserveMany([request]))[0] as ReserveResult;
		}
		return memory.batchers.call(this.name, request, nowMs, keepAlive, (requests) =>
			this.#reserveUnlessSoldOut(requests),
		);
	}

	/** Requests that queued before the SKU sold out are answered from memory; the rest travel in one call. */
	async #reserveUnlessSoldOut(requests: readonly ReserveRequest[]): Promise<readonly ReserveResult[]> {
		const refusals = requests.map((request) => this.#rememberedRefusal(request, Date.now()));
		const rest = requests.filter((_, index) => refusals[index] === null);
		const results = (rest.length > 0 ? await this.#reserveMany(rest) : []).values();
		return refusals.map((refusal) => refusal ?? (results.next().value as ReserveResult));
	}

	async #reserveMany(requests: readonly ReserveRequest[]): Promise<readonly ReserveResult[]> {
		const results = await this.#call((object) => reserveMany(object, requests));
		if ("kind" in results) return requests.map(() => results);
		for (const [index, result] of results.entries()) this.#remember(requests[index] as ReserveRequest, result);
		return results;
	}

	#rememberedRefusal({ ifMatch, shopperId }: ReserveRequest, nowMs: number): ReserveResult | null {
		return ifMatch === null ? this.#edge.memory.soldOut.get(this.name, shopperId, nowMs) : null;
	}

	#remember({ shopperId }: ReserveRequest, result: ReserveResult): void {
		const { soldOut } = this.#edge.memory;
		if (result.kind === "sold-out" && result.closed) soldOut.set(this.name, result, Date.now(), result.retryAtMs);
		if (result.kind !== "held" && result.kind !== "waiting") return;
		soldOut.exempt(this.name, shopperId);
		this.#invalidateAfter("reserve");
	}

	reservation(shopperId: string) {
		return this.#call((object) => object.reservation(shopperId));
	}

	release(shopperId: string, ifMatch: IfMatch = null) {
		return this.#change("release", (object) => object.release(shopperId, ifMatch));
	}

	extend(shopperId: string, ifMatch: IfMatch = null) {
		const key = newId();
		return this.#call((object) => object.extend(shopperId, ifMatch, key));
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
		if (result.kind !== "defined") return result;
		const product = fromStored(result.product);
		try {
			await saveProduct(this.#edge.env.DB, product);
		} finally {
			this.#invalidateAfter("define");
		}
		return { ...result, product };
	}

	restock(request: RestockRequest, keyed: Keyed) {
		return this.#change("restock", (object) => object.restock(request, keyed));
	}

	adjust(request: AdjustRequest, keyed: Keyed) {
		return this.#change("adjust", (object) => object.adjust(request, keyed));
	}

	releaseById(id: string, ifMatch: IfMatch = null) {
		return this.#change("releaseById", (object) => object.releaseById(id, ifMatch));
	}

	/** Asks whether the pre-order of this checkout is cancelled; one that is still owed is cancelled by it. */
	cancelPreorder(shopperId: string, checkoutId: string) {
		return this.#change("cancelPreorder", (object) => object.cancelPreorder(shopperId, checkoutId));
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

	async #change<R>(name: SkuCall, call: (object: SkuRpc) => Promise<R>): Promise<R> {
		const result = await this.#call(call);
		this.#invalidateAfter(name);
		return result;
	}

	#invalidateAfter(call: SkuCall): void {
		invalidateAfter(this.#edge.memory, call, [this.name]);
	}
}
