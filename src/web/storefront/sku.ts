/** A SKU in a component of the storefront: live, and in step with the bag and the page's clocks. */
import { useEffect, useMemo, useState } from "preact/hooks";
import type { Reservation } from "../../client/index.ts";
import { bagItem, putInBag, takeFromBag } from "../shared/bag.ts";
import { shop } from "../shared/shop.ts";
import { type SkuState, SkuStore } from "../shared/sku-store.ts";
import { syncClock } from "../shared/ticker.ts";

export interface SkuView extends SkuState {
	readonly store: SkuStore;
}

/** Watches the SKU for as long as the component is shown. */
export function useSku(sku: string): SkuView {
	const store = useMemo(() => SkuStore.of(shop, sku), [sku]);
	const [state, setState] = useState(store.state);
	useEffect(() => {
		let seen: SkuState | null = null;
		return store.listen((next) => {
			if (next.product !== seen?.product) syncClock();
			// Only news: another tab may have put into the bag what this one is told of in a moment.
			if (next.isReservationKnown && !(seen?.isReservationKnown && seen.reservation === next.reservation))
				keepInBag(sku, next.reservation);
			seen = next;
			setState(next);
		});
	}, [store, sku]);
	return { ...state, store };
}

/** Keeps the bag's list of names in step with what the shop says that the shopper has. */
function keepInBag(sku: string, reservation: Reservation | null): void {
	const item = bagItem(sku);
	if (reservation !== null && ["held", "waiting", "paying"].includes(reservation.status)) {
		const wasWaiting = reservation.status === "waiting" || (item?.wasWaiting ?? false);
		putInBag({ sku, quantity: reservation.quantity, wasWaiting, acceptedTerms: null });
	} else if (item?.acceptedTerms === null) takeFromBag(sku);
}
