/**
 * What a page knows of one SKU: the product, what is available, and what the visitor has of it, all live. Whatever shows a
 * SKU of a shop on one page shares its store, so that all of it shows the same, and one socket is open.
 */
import type { Availability, Connection, Product, Reservation, Shop, Watching } from "../../client/index.ts";
import { type Face, faceOf } from "./face.ts";
import { type Refusal, refusalText } from "./refusal-text.ts";
import { T } from "./strings.ts";

export interface SkuState {
	/** Null until it is known; "missing" when no such SKU is sold. */
	readonly product: Product | "missing" | null;
	readonly availability: Availability | null;
	readonly reservation: Reservation | null;
	/** Whether the shop has said what the visitor has: before that, `reservation` is null for want of an answer. */
	readonly isReservationKnown: boolean;
	readonly connection: Connection | null;
	/** Whether the visitor has been seen on the waitlist, and not served or gone since. */
	readonly wasWaiting: boolean;
	readonly isBusy: boolean;
	/** What the visitor has to be told of their last action; empty for nothing. */
	readonly message: string;
}

export type SkuEvent =
	| {
			readonly type: "held" | "waiting" | "promoted" | "released" | "expired";
			readonly reservation: Reservation | null;
	  }
	| { readonly type: "problem"; readonly problem: Refusal };

type Listener = (state: SkuState, event: SkuEvent | null) => void;

/** Longer than the client goes on asking by itself. */
const RETRY_MS = 20_000;

export class SkuStore {
	static readonly #stores = new WeakMap<Shop, Map<string, SkuStore>>();
	readonly shop: Shop;
	readonly sku: string;
	readonly #listeners = new Set<Listener>();
	#watching: Watching | null = null;
	#stopRetrying: (() => void) | null = null;
	#state: SkuState = {
		...{ product: null, availability: null, reservation: null, isReservationKnown: false, connection: null },
		...{ wasWaiting: false, isBusy: false, message: "" },
	};

	static of(shop: Shop, sku: string): SkuStore {
		const ofShop = SkuStore.#stores.get(shop) ?? new Map<string, SkuStore>();
		SkuStore.#stores.set(shop, ofShop);
		const store = ofShop.get(sku) ?? new SkuStore(shop, sku);
		ofShop.set(sku, store);
		return store;
	}

	private constructor(shop: Shop, sku: string) {
		this.shop = shop;
		this.sku = sku;
	}

	get state(): SkuState {
		return this.#state;
	}

	/** Null until the product is known. */
	get face(): Face | null {
		const { product, availability, reservation, wasWaiting } = this.#state;
		if (product === null || product === "missing") return null;
		return faceOf(product, availability ?? product.availability, reservation, wasWaiting);
	}

	/** @returns stops listening; the last one to go closes the socket */
	listen(listener: Listener): () => void {
		this.#listeners.add(listener);
		this.#watching ??= this.#watch();
		this.#stopRetrying ??= this.#retry();
		listener(this.#state, null);
		return () => {
			this.#listeners.delete(listener);
			if (this.#listeners.size > 0) return;
			this.#watching?.close();
			this.#watching = null;
			this.#stopRetrying?.();
			this.#stopRetrying = null;
			// Who comes back later is shown what was last known, and waits for what is true then.
			this.#state = { ...this.#state, isReservationKnown: false, message: "" };
		};
	}

	/** Reads everything again. */
	async refresh(): Promise<void> {
		await Promise.all([this.#readProduct(), this.#watching?.refresh()]);
	}

	/** @param notify whom to tell by mail; null for nobody any more, and left out it stays as it is */
	reserve(quantity: number, wait: boolean, notify?: { readonly email: string } | null): Promise<void> {
		return this.#act(async () => {
			const request = { sku: this.sku, quantity, wait, ...(notify === undefined ? {} : { notify }) };
			const result = await this.shop.reserve(request);
			return result.ok ? this.#done(result.data, "") : this.#refused(result.problem);
		});
	}

	extend(): Promise<void> {
		return this.#act(async () => {
			const before = this.#state.reservation;
			const result = await this.shop.extendReservation({ sku: this.sku });
			if (!result.ok) return this.#refused(result.problem);
			return this.#done(result.data, result.data.version === before?.version ? T.extendedByNothing : "");
		});
	}

	release(): Promise<void> {
		return this.#act(async () => {
			const done = this.#state.reservation?.status === "waiting" ? T.leftLine : T.gaveBack;
			const result = await this.shop.releaseReservation({ sku: this.sku });
			if (result.ok) return this.#done(result.data, done);
			// It has ended meanwhile, which is what was wanted.
			if (result.problem.type === "/problems/no-reservation") return this.#done(null, done);
			return this.#refused(result.problem);
		});
	}

	#done(reservation: Reservation | null, message: string): string {
		this.#takeReservation(reservation);
		return message;
	}

	/** What is shown was not true any more, or there would have been no refusal. */
	async #refused(problem: Refusal): Promise<string> {
		this.#tell({ type: "problem", problem });
		await this.refresh();
		return refusalText(problem);
	}

	/** Runs one action of the visitor at a time. @param action returns what the visitor has to be told */
	async #act(action: () => Promise<string>): Promise<void> {
		if (this.#state.isBusy) return;
		this.#set({ isBusy: true, message: "" });
		let message = T.failed;
		try {
			message = await action();
		} catch {
			this.#tell({ type: "problem", problem: { type: "no-answer", detail: T.failed } });
			// Nobody knows whether it took effect: the shop does.
			await this.refresh();
		} finally {
			this.#set({ isBusy: false, message });
		}
	}

	/** A shop that was away when the page was opened is back some time, and what a page missed in the background is read. */
	#retry(): () => void {
		const timer = setInterval(() => {
			if (this.#state.product === null) void this.#readProduct();
		}, RETRY_MS);
		const wake = () => {
			if (document.visibilityState === "visible") void this.refresh();
		};
		addEventListener("online", wake);
		document.addEventListener("visibilitychange", wake);
		return () => {
			clearInterval(timer);
			removeEventListener("online", wake);
			document.removeEventListener("visibilitychange", wake);
		};
	}

	#watch(): Watching {
		void this.#readProduct();
		return this.shop.watch(this.sku, {
			onAvailability: (availability) => {
				const before = this.#state.availability;
				this.#set({ availability });
				// The policy may have changed with the status: the sale's start, the terms of a pre-order.
				if (before !== null && before.status !== availability.status) void this.#readProduct();
			},
			onReservation: (reservation) => this.#takeReservation(reservation),
			onConnection: (connection) => this.#set({ connection }),
		});
	}

	async #readProduct(): Promise<void> {
		const askedAtMs = Date.now();
		const result = await this.shop.getProduct({ sku: this.sku }).catch(() => null);
		if (result?.ok) {
			// Before anything with a clock is shown: until an answer has told the shop's time, there is only the laptop's.
			this.shop.clock.learn(Date.parse(result.data.availability.asOf), askedAtMs);
			this.#set({ product: result.data });
		}
		if (result?.ok === false && result.problem.type === "/problems/unknown-sku") this.#set({ product: "missing" });
	}

	#takeReservation(reservation: Reservation | null): void {
		const before = this.#state.reservation;
		const isWaiting = reservation?.status === "waiting";
		const isHeld = reservation?.status === "held";
		const wasWaiting = isWaiting || (this.#state.wasWaiting && isHeld);
		this.#set({ reservation, isReservationKnown: true, wasWaiting });
		if (reservation === null || reservation.status === before?.status) return;
		if (isWaiting) this.#tell({ type: "waiting", reservation });
		else if (isHeld) this.#tell({ type: before?.status === "waiting" ? "promoted" : "held", reservation });
		else if (before !== null && (reservation.status === "released" || reservation.status === "expired")) {
			this.#tell({ type: reservation.status, reservation });
		}
	}

	#set(change: Partial<SkuState>): void {
		this.#state = { ...this.#state, ...change };
		for (const listener of this.#listeners) listener(this.#state, null);
	}

	#tell(event: SkuEvent): void {
		for (const listener of this.#listeners) listener(this.#state, event);
	}
}
