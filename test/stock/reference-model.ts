/**
 * The state of the reference model: lists of reservations and pre-orders, a waitlist that is an array, and every count
 * a sum over them. Unlike the real stock it has no counters and no places. The commands are in `model.ts`.
 */
import type { Policy } from "../../src/catalog/policy.ts";

export interface ModelReservation {
	readonly shopper: string;
	units: number;
	state: "waiting" | "held" | "paying" | "sold" | "released" | "expired" | "converted";
	until: number | null;
	/** When the hold that a checkout has pinned would have run out. */
	heldUntil: number | null;
	/** What a checkout pins of it. Kept when it ends. */
	pin: { attempt: number | null; units: number; untilMs: number; heldBefore: number | null } | null;
	/** When its shopper began to keep units, as far as that counts against them. */
	heldSince: number | null;
	endedAt: number | null;
	checkout: string | null;
	extensions: number;
	/** Got its units from the waitlist. */
	offered: boolean;
	returned: number;
	refunded: number;
	version: number;
}

export interface ModelPreorder {
	readonly shopper: string;
	readonly checkout: string;
	readonly units: number;
	state: "pending" | "owed" | "filled" | "cancelled";
	until: number | null;
	attempt: number | null;
	/** What it takes the place of when it is paid. */
	replaces: ModelReservation | null;
	refunded: number;
	/** Units that were cancelled while owed. Those of `returned` came back after they had been filled. */
	cancelled: number;
	returned: number;
}

export const sum = <T>(things: readonly T[], units: (thing: T) => number): number =>
	things.reduce((total, thing) => total + units(thing), 0);
export const isLive = ({ state }: ModelReservation): boolean =>
	state === "waiting" || state === "held" || state === "paying";

export class ReferenceModel {
	readonly policy: Policy;
	now: number;
	/** Nobody gets more of it than they have. */
	isArchived = false;
	received = 0;
	adjusted = 0;
	/** In the order in which they were made. */
	readonly reservations: ModelReservation[] = [];
	readonly preorders: ModelPreorder[] = [];
	/** The head first. */
	waitlist: ModelReservation[] = [];
	/** Units that stood free for these when the first of the owed pre-orders came to be owed. */
	standing: { units: number; for: ModelReservation[] } = { units: 0, for: [] };
	/** By checkout, the newest attempt that ended without a sale. */
	readonly endedAttempts = new Map<string, number>();
	/** Who was refused as sold out, which an evicted object forgets. */
	refusals: { readonly shopper: string; readonly at: number }[] = [];

	constructor(policy: Policy, now: number) {
		this.policy = policy;
		this.now = now;
	}

	// ---- Sums

	unitsIn(...states: ModelReservation["state"][]): number {
		return sum(this.reservations, (reservation) => (states.includes(reservation.state) ? reservation.units : 0));
	}

	get sold(): number {
		return (
			sum(this.reservations, (reservation) =>
				reservation.state === "sold" ? reservation.units - reservation.returned : 0,
			) +
			sum(this.preorders, (preorder) =>
				preorder.state === "filled" ? preorder.units - preorder.cancelled - preorder.returned : 0,
			)
		);
	}

	get available(): number {
		return this.received + this.adjusted - this.unitsIn("held", "paying") - this.sold;
	}

	preordered(...states: ModelPreorder["state"][]): number {
		return sum(this.preorders, (preorder) =>
			states.includes(preorder.state) ? preorder.units - preorder.cancelled : 0,
		);
	}

	get counts(): Readonly<Record<string, number>> {
		return {
			received: this.received,
			adjusted: this.adjusted,
			available: this.available,
			held: this.unitsIn("held", "paying"),
			sold: this.sold,
			returned: sum(this.reservations, ({ returned }) => returned) + sum(this.preorders, ({ returned }) => returned),
			waiting: this.unitsIn("waiting"),
			pending: this.preordered("pending"),
			owed: this.preordered("owed"),
			filled: this.preordered("filled"),
			cancelled: sum(this.preorders, ({ cancelled }) => cancelled),
		};
	}

	/**
	 * Units that the shopper has bought, holds, waits for or has pre-ordered. A reservation and the pre-order that is to
	 * replace it count once.
	 */
	allOf(shopper: string): number {
		const live = this.live(shopper);
		const instead = this.preorders.filter(({ state, replaces }) => state === "pending" && replaces === live);
		return (live?.units ?? 0) + this.owned(shopper, null) - (live ? sum(instead, ({ units }) => units) : 0);
	}

	owned(shopper: string, except: string | null): number {
		const mine = <T extends { shopper: string; checkout: string | null }>(thing: T) =>
			thing.shopper === shopper && (except === null || thing.checkout !== except);
		const bought = this.reservations.filter((reservation) => mine(reservation) && reservation.state === "sold");
		const preordered = this.preorders.filter((preorder) => mine(preorder) && preorder.state !== "cancelled");
		return (
			sum(bought, ({ units, returned, refunded }) => units - Math.max(returned, refunded)) +
			sum(preordered, (o) => o.units - Math.max(o.cancelled + o.returned, o.refunded))
		);
	}

	// ---- Time, and units that come free

	/** Ends everything that is due, and hands out what came free. */
	tick(): void {
		const due = this.reservations.flatMap((reservation) =>
			reservation.until !== null && reservation.until <= this.now ? { reservation, at: reservation.until } : [],
		);
		for (const { reservation } of due.sort((a, b) => a.at - b.at)) {
			if (reservation.state === "waiting") this.#offerToStalledHead(reservation);
			else this.#runOut(reservation);
		}
		for (const preorder of this.preorders) {
			if (preorder.until !== null && preorder.until <= this.now)
				Object.assign(preorder, { state: "cancelled", until: null });
		}
		this.allocate();
	}

	/** A pin and the hold that it was made of end each in its own time. */
	#runOut(reservation: ModelReservation): void {
		const { pin, heldUntil, until } = reservation;
		const pinEnd = reservation.state === "paying" ? (pin?.untilMs ?? 0) : 0;
		if (pin && pinEnd > this.now) this.change(reservation, { units: pin.units, until: pinEnd });
		else if (pinEnd > 0 && heldUntil !== null && heldUntil > this.now) this.restoreHold(reservation);
		else {
			this.end(reservation, "expired", Math.max(until ?? 0, pinEnd, heldUntil ?? 0));
			if (heldUntil !== null) reservation.units = pin?.heldBefore ?? reservation.units;
		}
	}

	restoreHold(reservation: ModelReservation): void {
		const { pin, units, heldUntil } = reservation;
		this.change(reservation, { state: "held", units: pin?.heldBefore ?? units, until: heldUntil, pin: null });
	}

	/** Ends a pin without a sale: the shopper has what they had. */
	endPin(reservation: ModelReservation): void {
		const { heldUntil, pin, units } = reservation;
		if (heldUntil !== null && heldUntil > this.now) {
			this.restoreHold(reservation);
			Object.assign(reservation, { heldUntil: null, checkout: null });
			return;
		}
		this.end(reservation, heldUntil === null ? "released" : "expired");
		if (heldUntil !== null) reservation.units = pin?.heldBefore ?? units;
	}

	get isOnSale(): boolean {
		const { saleStartsAtMs, saleEndsAtMs } = this.policy;
		return this.now >= (saleStartsAtMs ?? this.now) && this.now < (saleEndsAtMs ?? this.now + 1);
	}

	allocate(): void {
		for (;;) {
			const head = this.isOnSale ? this.waitlist[0] : undefined;
			const preorder = this.preorders.find(({ state }) => state === "owed");
			if (preorder !== undefined) {
				const isCovered = head !== undefined && this.standing.for.includes(head);
				const standing = isCovered ? Math.min(this.standing.units, this.available) : 0;
				if (this.available - standing >= preorder.units - preorder.cancelled) {
					preorder.state = "filled";
					this.standing.units = standing;
				} else if (head !== undefined && standing >= head.units) {
					this.standing.units -= head.units;
					this.#promote(head);
				} else return;
				continue;
			}
			if (head === undefined) return;
			if (this.available < head.units) {
				if (this.#isStalled && head.until === null) this.change(head, { until: this.now + this.policy.offerMs });
				return;
			}
			this.#promote(head);
		}
	}

	#promote(head: ModelReservation): void {
		this.waitlist = this.waitlist.slice(1);
		this.change(head, {
			state: "held",
			until: this.now + this.policy.offerMs,
			offered: true,
			heldSince: this.now,
		});
	}

	/** Units are free, and too few for the head, and none are out that could come back. */
	get #isStalled(): boolean {
		return this.available > 0 && this.unitsIn("held", "paying") === 0 && this.preordered("owed") === 0;
	}

	#offerToStalledHead(reservation: ModelReservation): void {
		if (reservation !== this.waitlist[0] || !this.#isStalled || !this.isOnSale) {
			this.change(reservation, { until: null });
			return;
		}
		this.change(reservation, { units: this.available });
		this.#promote(reservation);
	}

	change(reservation: ModelReservation, change: Partial<ModelReservation>): void {
		Object.assign(reservation, change);
		reservation.version++;
	}

	end(reservation: ModelReservation, state: ModelReservation["state"], endedAt = this.now): void {
		this.waitlist = this.waitlist.filter((other) => other !== reservation);
		this.change(reservation, { state, until: null, endedAt });
	}

	// ---- What the public can take

	canTakeNow(units: number): boolean {
		return this.waitlist.length === 0 && this.preordered("owed") === 0 && this.available >= units;
	}

	get waitlistLimit(): number {
		if (this.policy.waitlistLimit !== null) return this.policy.waitlistLimit;
		const held = this.unitsIn("held", "paying");
		return held === 0 ? 0 : Math.max(1, Math.floor((held + this.available) / 2));
	}

	get preorderRemaining(): number {
		return Math.max(0, (this.policy.preorder?.capacity ?? 0) - this.preordered("pending", "owed"));
	}

	live(shopper: string): ModelReservation | undefined {
		return this.reservations.find((reservation) => reservation.shopper === shopper && isLive(reservation));
	}

	/** What a shopper is shown: not what a checkout took and gave back. */
	shown(shopper: string): ModelReservation | undefined {
		const isOnlyPin = ({ state, checkout, heldUntil }: ModelReservation) =>
			(state === "released" || state === "expired") && checkout !== null && heldUntil === null;
		const seen = this.reservations.filter((reservation) => !isOnlyPin(reservation));
		return this.live(shopper) ?? seen.findLast((reservation) => reservation.shopper === shopper);
	}

	/** The live reservation, or else the newest one that ended. */
	last(shopper: string): ModelReservation | undefined {
		return this.live(shopper) ?? this.reservations.findLast((reservation) => reservation.shopper === shopper);
	}

	make(
		shopper: string,
		units: number,
		rest: Partial<ModelReservation> & Pick<ModelReservation, "state">,
	): ModelReservation {
		const reservation: ModelReservation = {
			shopper,
			units,
			until: null,
			heldUntil: null,
			pin: null,
			heldSince: null,
			endedAt: null,
			checkout: null,
			extensions: 0,
			offered: false,
			returned: 0,
			refunded: 0,
			version: 1,
			...rest,
		};
		this.reservations.push(reservation);
		return reservation;
	}
}
