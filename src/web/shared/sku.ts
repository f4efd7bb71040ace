/** One SKU as this page sees it: the product, what is available, and what the shopper has of it, all live. */
import { batch, type Signal, signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import type { Availability, Connection, Product, Reservation, Watching } from "../../client/index.ts";
import { bagItem, putInBag, takeFromBag } from "./bag.ts";
import { shop } from "./shop.ts";
import { T } from "./strings.ts";
import { syncClock } from "./ticker.ts";

export interface SkuView {
	readonly sku: string;
	/** Null until it is known; "missing" when no such SKU is sold. */
	readonly product: Signal<Product | "missing" | null>;
	readonly availability: Signal<Availability | null>;
	readonly reservation: Signal<Reservation | null>;
	readonly connection: Signal<Connection | null>;
	/** What the shopper has to be told of their last action; empty for nothing. */
	readonly message: Signal<string>;
	readonly isBusy: Signal<boolean>;
	/** Reads everything again. */
	refresh(): Promise<void>;
}

/** Longer than the client goes on asking by itself. */
const RETRY_MS = 20_000;

/** Watches the SKU for as long as the component is shown. */
export function useSku(sku: string): SkuView {
	const [view] = useState(() => newView(sku));
	useEffect(() => {
		const watching = start(view);
		// A shop that was away when the page was opened is back some time.
		const again = setInterval(() => {
			if (view.product.value === null) void readProduct(view);
		}, RETRY_MS);
		const wake = () => {
			if (document.visibilityState === "visible") void view.refresh();
		};
		addEventListener("online", wake);
		document.addEventListener("visibilitychange", wake);
		return () => {
			removeEventListener("online", wake);
			document.removeEventListener("visibilitychange", wake);
			clearInterval(again);
			watching.close();
		};
	}, [view]);
	return view;
}

const watchers = new WeakMap<SkuView, Watching>();

function newView(sku: string): SkuView {
	const view: SkuView = {
		sku,
		product: signal<Product | "missing" | null>(null),
		availability: signal<Availability | null>(null),
		reservation: signal<Reservation | null>(null),
		connection: signal<Connection | null>(null),
		message: signal(""),
		isBusy: signal(false),
		refresh: async () => {
			await Promise.all([readProduct(view), watchers.get(view)?.refresh()]);
		},
	};
	return view;
}

async function readProduct(view: SkuView): Promise<void> {
	const askedAtMs = Date.now();
	const result = await shop.getProduct({ sku: view.sku }).catch(() => null);
	if (result?.ok) {
		// Before anything with a clock is shown: until an answer has told the shop's time, there is only the laptop's.
		shop.clock.learn(Date.parse(result.data.availability.asOf), askedAtMs);
		syncClock();
		view.product.value = result.data;
	} else if (result?.problem.type === "/problems/unknown-sku") view.product.value = "missing";
}

function start(view: SkuView): Watching {
	void readProduct(view);
	const watching = shop.watch(view.sku, {
		onAvailability: (availability) => {
			const before = view.availability.value;
			view.availability.value = availability;
			// The policy may have changed with the status: the sale's start, the terms of a pre-order.
			if (before !== null && before.status !== availability.status) void readProduct(view);
		},
		onReservation: (reservation) => takeReservation(view, reservation),
		onConnection: (connection) => {
			view.connection.value = connection;
		},
	});
	watchers.set(view, watching);
	return watching;
}

/** Shows a reservation, and keeps the bag's list of names in step with it. */
export function takeReservation(view: SkuView, reservation: Reservation | null): void {
	batch(() => {
		view.reservation.value = reservation;
		const isLive = ["held", "waiting", "paying"].includes(reservation?.status ?? "");
		if (reservation !== null && isLive) {
			const wasWaiting = reservation.status === "waiting" || (bagItem(view.sku)?.wasWaiting ?? false);
			putInBag({ sku: view.sku, quantity: reservation.quantity, wasWaiting, acceptedTerms: null });
		} else if (bagItem(view.sku)?.acceptedTerms === null) takeFromBag(view.sku);
	});
}

/** Runs one action of the shopper at a time, and says what became of it. */
async function act(view: SkuView, action: () => Promise<string>): Promise<void> {
	if (view.isBusy.value) return;
	view.isBusy.value = true;
	view.message.value = "";
	try {
		view.message.value = await action();
	} catch {
		view.message.value = T.failed;
		// Nobody knows whether it took effect: the shop does.
		await view.refresh();
	} finally {
		view.isBusy.value = false;
	}
}

interface SomeProblem {
	readonly type: string;
	readonly detail: string;
	readonly limit?: number;
}

/** A refusal in the shopper's words. */
export function explain(problem: SomeProblem): string {
	switch (problem.type) {
		case "/problems/sold-out":
			return T.soldOutNow;
		case "/problems/limit-exceeded":
			return T.limitExceeded(problem.limit ?? 1);
		case "/problems/too-many-held":
			return T.tooManyHeld;
		case "/problems/sale-not-open":
			return T.saleNotOpen;
		case "/problems/in-checkout":
			return T.inCheckout;
		case "/problems/extension-limit":
			return T.extensionLimit;
		case "/problems/too-many-requests":
			return T.tooManyRequests;
		case "/problems/temporarily-unavailable":
			return T.failed;
		default:
			return problem.detail;
	}
}

export const reserve = (view: SkuView, quantity: number, wait: boolean): Promise<void> =>
	act(view, async () => {
		const result = await shop.reserve({ sku: view.sku, quantity, wait });
		if (result.ok) {
			takeReservation(view, result.data);
			return "";
		}
		await view.refresh();
		return explain(result.problem);
	});

export const release = (view: SkuView): Promise<void> =>
	act(view, async () => {
		const wasWaiting = view.reservation.value?.status === "waiting";
		const result = await shop.releaseReservation({ sku: view.sku });
		if (!result.ok && result.problem.type !== "/problems/no-reservation") {
			await view.refresh();
			return explain(result.problem);
		}
		takeReservation(view, result.ok ? result.data : null);
		return wasWaiting ? T.leftLine : T.gaveBack;
	});

export const extend = (view: SkuView): Promise<void> =>
	act(view, async () => {
		const result = await shop.extendReservation({ sku: view.sku });
		if (result.ok) {
			takeReservation(view, result.data);
			return "";
		}
		await view.refresh();
		return explain(result.problem);
	});
