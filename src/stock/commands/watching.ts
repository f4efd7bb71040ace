/** The messages for the watchers of a SKU (`live-feed.ts`), as of one moment: what several watchers need is made once. */
import type { Product } from "../../catalog/product.ts";
import { PLACES_COUNTED } from "../../limits.ts";
import { availabilityView, reservationView, toAvailability } from "../api-views.ts";
import type { OwnMessages } from "../rpc.ts";
import { isLive, type Reservation } from "../rules/model.ts";
import type { UnitOfWork } from "../unit-of-work.ts";
import { type SnapshotSource, snapshotAt } from "./snapshot.ts";

/** What a view is made from: a unit of work, or what the last one left. */
export type ViewSource = Omit<SnapshotSource, "policy"> & { readonly product: Product };

export class Views {
	readonly #source: ViewSource;
	readonly #nowMs: number;
	/** Positions of those who are near either end of the waitlist, by place. */
	#positions: Map<number, number> | null = null;

	constructor(source: ViewSource, nowMs: number) {
		this.#source = source;
		this.#nowMs = nowMs;
	}

	/** The message, and its content without its time, by which two can be compared. */
	availability(): { readonly content: string; readonly message: string } {
		const { stock, product } = this.#source;
		const availability = availabilityView(toAvailability(stock, product.policy, this.#nowMs));
		const { asOf: _, ...content } = availability;
		return {
			content: JSON.stringify(content),
			message: JSON.stringify({ type: "availability", availability }),
		};
	}

	/**
	 * The message for each of these shoppers about their own reservation.
	 * @param few whoever waits in the middle of a long waitlist is counted too; else there is no message for them
	 */
	reservations(shopperIds: Iterable<string>, few: boolean): Map<string, string> {
		const ids = [...shopperIds];
		const rows = this.#source.storage.reservations.shownToMany(ids);
		const messages = new Map<string, string>();
		for (const id of ids) {
			const row = rows.get(id);
			const message = row === undefined ? { reservation: null } : this.#reservation(row, few);
			if (message !== null) messages.set(id, JSON.stringify({ type: "reservation", ...message }));
		}
		return messages;
	}

	/**
	 * Those of these shoppers who may watch: of an archived product only who holds, waits for or pays for units of it;
	 * null for everybody.
	 */
	mayWatch(shopperIds: readonly string[]): ReadonlySet<string> | null {
		const { product, storage } = this.#source;
		if (!product.isArchived) return null;
		return new Set([...storage.reservations.ofShoppers(shopperIds)].flatMap(([id, row]) => (isLive(row) ? [id] : [])));
	}

	/** Shoppers at the head of the waitlist, in order, as far as their places are counted. */
	firstWaiting(): string[] {
		return this.#source.storage.reservations.firstWaiting(PLACES_COUNTED);
	}

	#reservation(row: Reservation, few: boolean) {
		const { product, storage, stock } = this.#source;
		let position: number | null = null;
		if (row.place !== null) {
			this.#positions ??= storage.reservations.positionsAtEnds(PLACES_COUNTED);
			const near = this.#positions.get(row.place);
			if (near === undefined && !few) return null;
			position = near ?? storage.reservations.position(row.place, stock.place);
		}
		return { reservation: reservationView(product.sku, snapshotAt(product.policy, row, position)) };
	}
}

/** For the watchers at a gate. */
export function ownMessages(unit: UnitOfWork, shopperIds: readonly string[], few: boolean): OwnMessages {
	const views = new Views(unit, unit.nowMs);
	const messages = views.reservations(shopperIds, few);
	const mayWatch = views.mayWatch(shopperIds);
	return {
		kind: "own-messages",
		messages: shopperIds.map((id) => messages.get(id) ?? null),
		mayWatch: shopperIds.map((id) => mayWatch === null || mayWatch.has(id)),
	};
}
