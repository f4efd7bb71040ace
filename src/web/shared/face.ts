/**
 * Which face a SKU shows to one visitor: what they have of it, and else what they can do about it. Pure, and the same for
 * the product page and the elements.
 */
import type { Availability, Product, Reservation } from "../../client/index.ts";

export type Face =
	/** The sale begins at `startsAt`. */
	| { readonly kind: "before-sale"; readonly startsAt: string }
	| { readonly kind: "in-stock"; readonly available: number }
	/** Nothing is free, and units may come back: one can wait. `held` units are held or being paid for. */
	| { readonly kind: "all-held"; readonly held: number; readonly waiting: number }
	/** The visitor's units, until `expiresAt`. `isOffer`: they came off the waitlist. */
	| {
			readonly kind: "held";
			readonly quantity: number;
			readonly expiresAt: string;
			readonly extensionsLeft: number;
			readonly isOffer: boolean;
	  }
	/** On the waitlist, with `ahead` people before them. */
	| { readonly kind: "waiting"; readonly quantity: number; readonly ahead: number; readonly held: number }
	/** In a checkout that is being paid. */
	| { readonly kind: "paying"; readonly quantity: number; readonly expiresAt: string | null }
	| { readonly kind: "preorder"; readonly offer: NonNullable<Product["preorder"]> }
	| { readonly kind: "sold-out" }
	| { readonly kind: "ended" };

/**
 * @param wasWaiting whether this browser last saw its shopper on the waitlist of this SKU
 */
export function faceOf(
	product: Pick<Product, "saleStartsAt" | "preorder">,
	availability: Availability,
	reservation: Reservation | null,
	wasWaiting: boolean,
): Face {
	// What the visitor has comes first: it stays theirs whatever the sale does.
	if (reservation?.status === "held" && reservation.expiresAt !== null) {
		const { quantity, expiresAt, extensionsLeft } = reservation;
		return { kind: "held", quantity, expiresAt, extensionsLeft, isOffer: wasWaiting };
	}
	if (reservation?.status === "paying") {
		return { kind: "paying", quantity: reservation.quantity, expiresAt: reservation.expiresAt };
	}
	if (reservation?.status === "waiting") {
		const ahead = Math.max(0, (reservation.position ?? 1) - 1);
		return { kind: "waiting", quantity: reservation.quantity, ahead, held: availability.held };
	}
	switch (availability.status) {
		case "not_started":
			return product.saleStartsAt === null
				? { kind: "sold-out" }
				: { kind: "before-sale", startsAt: product.saleStartsAt };
		case "in_stock":
			return { kind: "in-stock", available: availability.available };
		case "all_held":
			return { kind: "all-held", held: availability.held, waiting: availability.waiting };
		case "preorder":
			return product.preorder === null ? { kind: "sold-out" } : { kind: "preorder", offer: product.preorder };
		case "sold_out":
			return { kind: "sold-out" };
		case "ended":
			return { kind: "ended" };
	}
}

/** How a reservation that is no more ended, as far as the visitor has to be told; null when there is nothing to tell. */
export function endOf(reservation: Reservation | null): "expired" | "sold" | "preordered" | null {
	switch (reservation?.status) {
		case "expired":
			return "expired";
		case "sold":
			return "sold";
		case "converted":
			return "preordered";
		default:
			return null;
	}
}
