/**
 * Telling the absent: who is told of their promotion by mail, and how long the address for it is kept.
 *
 * The rules know whether there is an address, and never the address itself. It is kept apart from reservation and journal
 * (`storage/addresses.ts`) while the reservation waits. A promotion makes a mail of it, which is owed while the offer
 * lasts: whoever buys, leaves or lets the offer lapse gets no mail any more. Every other way to stop waiting forgets it.
 */
import type { Change, EntryKind, Reservation, Stock } from "./model.ts";
import { tagOf } from "./model.ts";

/** Whom to tell, and of which shop: the origin of its pages. */
export interface Notify {
	readonly email: string;
	readonly origin: string;
}

type Notification = Notify | null | undefined;

/** Whether the shopper is to be told by mail after a request. A hold is not waited for, so nothing changes for it. */
export function isAbsentAfter(live: Reservation | null, notify: Notification): boolean {
	const before = live?.absent ?? false;
	return notify === undefined || live?.status === "held" ? before : notify !== null;
}

/** A request changes nothing of the reservation but whether its shopper is absent. Null when not even that. */
export function withAbsence(stock: Stock, live: Reservation, notify: Notification): Change | null {
	const absent = isAbsentAfter(live, notify);
	if (absent === live.absent) return null;
	return { stock, reservations: [{ ...live, absent, version: live.version + 1 }], preorders: [], entries: [] };
}

/** What becomes of an address. A promotion is named by the tag that it gave the reservation, which never comes again. */
export type AddressFate =
	| { readonly kind: "mail"; readonly reservationId: string; readonly promotion: string }
	| { readonly kind: "forget"; readonly reservationId: string };

/** What a change does to the addresses of its reservations. Those that are kept as they are, are left out. */
export function addressFates({ reservations, entries }: Pick<Change, "reservations" | "entries">): AddressFate[] {
	return reservations.flatMap((reservation): AddressFate[] => {
		const { id: reservationId, absent, status } = reservation;
		const happened = (kind: EntryKind) =>
			entries.some((entry) => entry.kind === kind && entry.subjectId === reservationId);
		if (!absent) return happened("bumped") ? [{ kind: "forget", reservationId }] : [];
		if (status === "waiting") return [];
		if (status !== "held") return [{ kind: "forget", reservationId }];
		return happened("promoted") ? [{ kind: "mail", reservationId, promotion: tagOf(reservation) }] : [];
	});
}
