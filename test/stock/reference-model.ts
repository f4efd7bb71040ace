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
	checkout: string | null;
	extensions: number;
	/** Got its units from the waitlist. */
	offered: boolean;
	returned: number;
	version: number;
}

export interface ModelPreorder {
	readonly shopper: string;
	readonly checkout: string;
	readonly units: number;
	state: "pending" | "owed" | "filled" | "cancelled";
	until: number | null;
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
	received = 0;
	adjusted = 0;
	/** In the order in which they were made. */
	readonly reservations: ModelReservation[] = [];
	readonly preorders: ModelPreorder[] = [];
	/** The head first. */
	waitlist: ModelReservation[] = [];

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

	/** Units that the shopper has bought, holds, waits for or has pre-ordered. */
	allOf(shopper: string): number {
		const live = sum(this.reservations, (reservation) =>
			reservation.shopper === shopper && isLive(reservation) ? reservation.units : 0,
		);
		return live + this.owned(shopper, null);
	}

	owned(shopper: string, except: string | null): number {
		const mine = <T extends { shopper: string; checkout: string | null }>(thing: T) =>
			thing.shopper === shopper && (except === null || thing.checkout !== except);
		const bought = this.reservations.filter((reservation) => mine(reservation) && reservation.state === "sold");
		const preordered = this.preorders.filter((preorder) => mine(preorder) && preorder.state !== "cancelled");
		return (
			sum(bought, ({ units, returned }) => units - returned) +
			sum(preordered, (o) => o.units - o.cancelled - o.returned)
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
			else this.end(reservation, "expired");
		}
		for (const preorder of this.preorders) {
			if (preorder.until !== null && preorder.until <= this.now)
				Object.assign(preorder, { state: "cancelled", until: null });
		}
		this.allocate();
	}

	allocate(): void {
		for (;;) {
			const preorder = this.preorders.find(({ state }) => state === "owed");
			if (preorder !== undefined) {
				if (this.available < preorder.units - preorder.cancelled) return;
				preorder.state = "filled";
				continue;
			}
			const [head] = this.waitlist;
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
		this.change(head, { state: "held", until: this.now + this.policy.offerMs, offered: true });
	}

	/** Units are free, and too few for the head, and none are out that could come back. */
	get #isStalled(): boolean {
		return this.available > 0 && this.unitsIn("held", "paying") === 0 && this.preordered("owed") === 0;
	}

	#offerToStalledHead(reservation: ModelReservation): void {
		if (reservation !== this.waitlist[0] || !this.#isStalled) {
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

	end(reservation: ModelReservation, state: ModelReservation["state"]): void {
		this.waitlist = this.waitlist.filter((other) => other !== reservation);
		this.change(reservation, { state, until: null });
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
			checkout: null,
			extensions: 0,
			offered: false,
			returned: 0,
			version: 1,
			...rest,
		};
		this.reservations.push(reservation);
		return reservation;
	}
}
