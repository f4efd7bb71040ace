/**
 * What the elements of one page know of a SKU. Elements with the same shop and SKU share one store, so that they show the
 * same and open one socket.
 */
import {
	type Availability,
	type Connection,
	createShop,
	type Product,
	type Reservation,
	type Shop,
	storedTokens,
	type Watching,
} from "../../client/index.ts";
import { type Face, faceOf } from "../shared/face.ts";

export interface SkuState {
	readonly product: Product | "missing" | null;
	readonly availability: Availability | null;
	readonly reservation: Reservation | null;
	readonly connection: Connection | null;
	readonly wasWaiting: boolean;
	readonly isBusy: boolean;
}

export type SkuEvent =
	| {
			readonly type: "held" | "waiting" | "promoted" | "released" | "expired";
			readonly reservation: Reservation | null;
	  }
	| {
			readonly type: "problem";
			readonly problem: { readonly type: string; readonly detail: string; readonly limit?: number };
	  };

type Listener = (state: SkuState, event: SkuEvent | null) => void;

const shops = new Map<string, Shop>();

/** One shopper for each shop and browser, kept at the origin of the page that shows the elements. */
export function shopAt(origin: string): Shop {
	const known = shops.get(origin);
	if (known !== undefined) return known;
	// On a page of the shop itself it is the shopper of its other pages.
	const tokens =
		origin === location.origin ? storedTokens(localStorage) : storedTokens(localStorage, `holdfast.${origin}`);
	const shop = createShop({ origin, tokens });
	shops.set(origin, shop);
	return shop;
}

export class SkuStore {
	static readonly #stores = new Map<string, SkuStore>();
	readonly shop: Shop;
	readonly sku: string;
	readonly #listeners = new Set<Listener>();
	#watching: Watching | null = null;
	#state: SkuState = {
		...{ product: null, availability: null, reservation: null, connection: null },
		...{ wasWaiting: false, isBusy: false },
	};

	static of(origin: string, sku: string): SkuStore {
		const key = `${origin} ${sku}`;
		const store = SkuStore.#stores.get(key) ?? new SkuStore(shopAt(origin), sku);
		SkuStore.#stores.set(key, store);
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
		listener(this.#state, null);
		return () => {
			this.#listeners.delete(listener);
			if (this.#listeners.size > 0) return;
			this.#watching?.close();
			this.#watching = null;
		};
	}

	async refresh(): Promise<void> {
		await Promise.all([this.#readProduct(), this.#watching?.refresh()]);
	}

	reserve(quantity: number, wait: boolean): Promise<void> {
		return this.#act(async () => {
			const result = await this.shop.reserve({ sku: this.sku, quantity, wait });
			if (result.ok) this.#takeReservation(result.data);
			else {
				this.#tell({ type: "problem", problem: result.problem });
				await this.refresh();
			}
		});
	}

	extend(): Promise<void> {
		return this.#act(async () => {
			const result = await this.shop.extendReservation({ sku: this.sku });
			if (result.ok) this.#takeReservation(result.data);
			else this.#tell({ type: "problem", problem: result.problem });
		});
	}

	release(): Promise<void> {
		return this.#act(async () => {
			const result = await this.shop.releaseReservation({ sku: this.sku });
			if (result.ok) this.#takeReservation(result.data);
			else this.#tell({ type: "problem", problem: result.problem });
		});
	}

	async #act(action: () => Promise<void>): Promise<void> {
		if (this.#state.isBusy) return;
		this.#set({ isBusy: true });
		try {
			await action();
		} catch {
			this.#tell({ type: "problem", problem: { type: "no-answer", detail: "" } });
			await this.refresh();
		} finally {
			this.#set({ isBusy: false });
		}
	}

	#watch(): Watching {
		void this.#readProduct();
		return this.shop.watch(this.sku, {
			onAvailability: (availability) => {
				const before = this.#state.availability;
				this.#set({ availability });
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
		this.#set({ reservation, wasWaiting });
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
