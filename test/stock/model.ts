/**
 * What each command of a SKU should return and change, written a second time and without `src/stock/rules/`. What both
 * agree on after every step of a random history is hard to get wrong twice in the same way.
 *
 * Its state is in `reference-model.ts`; `history.ts` compares it with the real object.
 */
import { isLive, type ModelPreorder, type ModelReservation, ReferenceModel, sum } from "./reference-model.ts";

export interface Checkout {
	readonly id: string;
	readonly shopper: string;
	readonly units: number;
	readonly accept: boolean;
}

export interface ReserveInput {
	readonly shopper: string;
	readonly units: number;
	readonly wait: boolean;
	/** The `If-Match` header: none, the current tag, a former tag, or `*`. */
	readonly match: "none" | "current" | "old" | "any";
}

/** The result that the model expects. `commands.ts` brings the real result into the same form. */
export type Result = Readonly<Record<string, unknown>>;

export class Model extends ReferenceModel {
	/** Idempotency keys: the request, and its result. */
	readonly #keys = new Map<string, { readonly units: number; readonly result: Result }>();

	snapshot(reservation: ModelReservation): Result {
		const { state: status, units, until, version } = reservation;
		return {
			status,
			units,
			until,
			version,
			position: status === "waiting" ? this.waitlist.indexOf(reservation) + 1 : null,
			extensionsLeft: status === "held" ? Math.max(0, this.policy.maxExtensions - reservation.extensions) : 0,
		};
	}

	#soldOut(): Result {
		return { kind: "sold-out", preorderRemaining: this.preorderRemaining };
	}

	#saleNotOpen(): Result | null {
		const { saleStartsAtMs, saleEndsAtMs } = this.policy;
		const isOpen = this.now >= (saleStartsAtMs ?? this.now) && this.now < (saleEndsAtMs ?? this.now + 1);
		return isOpen ? null : { kind: "sale-not-open" };
	}

	#exceedsLimit(owned: number, units: number): Result | null {
		const { limitPerShopper: limit } = this.policy;
		return limit !== null && owned + units > limit ? { kind: "limit-exceeded", limit, owned } : null;
	}

	// ---- Commands. The caller calls `tick` before each.

	reserve({ shopper, units, wait, match }: ReserveInput): Result {
		const mine = this.live(shopper);
		if (match !== "none" && (mine === undefined || match === "old")) return { kind: "stale" };
		if (mine?.state === "paying") return { kind: "in-checkout", checkout: mine.checkout };
		const got = (reservation: ModelReservation, created = false): Result => ({
			kind: reservation.state,
			created,
			...this.snapshot(reservation),
		});
		if (mine?.units === units) return got(mine);
		if (mine !== undefined && units < mine.units) {
			this.change(mine, { units });
			this.allocate();
			return got(mine);
		}
		const refusal = this.#saleNotOpen() ?? this.#exceedsLimit(this.owned(shopper, null), units);
		if (refusal !== null) return refusal;
		if (mine?.state === "held") {
			if (!this.canTakeNow(units - mine.units)) return this.#soldOut();
			this.change(mine, { units });
			return got(mine);
		}
		if (mine === undefined && this.canTakeNow(units)) {
			return got(this.make(shopper, units, { state: "held", until: this.now + this.policy.holdMs }), true);
		}
		const others = this.waitlist.filter((reservation) => reservation !== mine);
		if (!(wait || mine) || sum(others, (reservation) => reservation.units) + units > this.waitlistLimit)
			return this.#soldOut();
		if (mine !== undefined) this.change(mine, { units });
		if (mine !== undefined) mine.until = null;
		const reservation = mine ?? this.make(shopper, units, { state: "waiting" });
		this.waitlist = [...others, reservation];
		// If the head went to the end, the next shopper is the head now, and may want fewer units.
		this.allocate();
		return got(reservation, mine === undefined);
	}

	release(reservation: ModelReservation | undefined): Result {
		if (reservation === undefined) return { kind: "no-reservation", last: null };
		if (reservation.state === "sold") return { kind: "already-sold" };
		if (reservation.state === "paying") return { kind: "in-checkout", checkout: reservation.checkout };
		if (isLive(reservation)) this.end(reservation, "released");
		this.allocate();
		return { kind: "released", ...this.snapshot(reservation) };
	}

	extend(shopper: string): Result {
		const mine = this.live(shopper);
		if (mine === undefined) return { kind: "no-reservation", last: this.last(shopper)?.state ?? null };
		if (mine.state === "paying") return { kind: "in-checkout", checkout: mine.checkout };
		if (mine.state === "waiting") return { kind: "not-held" };
		if (mine.extensions >= this.policy.maxExtensions)
			return { kind: "extension-limit", limit: this.policy.maxExtensions };
		const until = this.now + (mine.offered ? this.policy.offerMs : this.policy.holdMs);
		this.change(mine, { until: Math.max(until, mine.until ?? 0), extensions: mine.extensions + 1 });
		return { kind: "extended", ...this.snapshot(mine) };
	}

	#of(checkout: string): { reservation: ModelReservation | undefined; preorder: ModelPreorder | undefined } {
		return {
			reservation: this.reservations.findLast((reservation) => reservation.checkout === checkout),
			preorder: this.preorders.findLast((preorder) => preorder.checkout === checkout),
		};
	}

	pin({ id, shopper, units, accept }: Checkout): Result {
		const { reservation, preorder } = this.#of(id);
		if (preorder !== undefined && preorder.state !== "cancelled") return { kind: "preordered", until: preorder.until };
		if (reservation?.state === "sold") return { kind: "pinned", until: null };
		const mine = this.live(shopper);
		if (mine?.state === "paying") {
			return mine.checkout === id
				? { kind: "pinned", until: mine.until }
				: { kind: "in-checkout", checkout: mine.checkout };
		}
		const until = this.now + this.policy.paymentWindowMs + this.policy.paymentGraceMs;
		const has = mine?.state === "held" ? mine.units : 0;
		if (units > has) {
			const refusal = this.#saleNotOpen() ?? this.#exceedsLimit(this.owned(shopper, id), units);
			if (refusal !== null) return refusal;
			if (!this.canTakeNow(units - has)) {
				if (has > 0 || !accept || this.preorderRemaining < units) return this.#soldOut();
				if (mine !== undefined) this.end(mine, "converted");
				this.preorders.push({ shopper, checkout: id, units, state: "pending", until, cancelled: 0, returned: 0 });
				this.allocate();
				return { kind: "preordered", until };
			}
		}
		if (mine === undefined) this.make(shopper, units, { state: "paying", until, checkout: id });
		else this.change(mine, { state: "paying", units, until, heldUntil: mine.until, checkout: id });
		this.allocate();
		return { kind: "pinned", until };
	}

	commit({ id, shopper, units, accept }: Checkout): Result {
		const { reservation, preorder } = this.#of(id);
		if (reservation?.state === "sold") return { kind: "sold" };
		if (preorder?.state === "owed" || preorder?.state === "filled") return { kind: "owed" };
		if (reservation?.state === "paying") {
			this.end(reservation, "sold");
			return { kind: "sold" };
		}
		if (preorder?.state === "pending") {
			Object.assign(preorder, { state: "owed", until: null });
			this.allocate();
			return { kind: "owed" };
		}
		if (this.#exceedsLimit(this.owned(shopper, id) + (this.live(shopper)?.units ?? 0), units) !== null)
			return { kind: "lost" };
		if (this.canTakeNow(units)) {
			this.make(shopper, units, { state: "sold", checkout: id });
			return { kind: "sold" };
		}
		if (!accept || this.preorderRemaining < units) return { kind: "lost" };
		this.preorders.push({ shopper, checkout: id, units, state: "owed", until: null, cancelled: 0, returned: 0 });
		this.allocate();
		return { kind: "owed" };
	}

	unpin({ id }: Checkout, keepHold: boolean): Result {
		const { reservation, preorder } = this.#of(id);
		if (reservation?.state === "sold" || preorder?.state === "owed" || preorder?.state === "filled")
			return { kind: "already-sold" };
		const heldUntil = reservation?.heldUntil ?? 0;
		if (reservation?.state === "paying" && keepHold && heldUntil > this.now) {
			this.change(reservation, { state: "held", until: heldUntil, heldUntil: null, checkout: null });
		} else if (reservation?.state === "paying") this.end(reservation, "released");
		else if (preorder?.state === "pending") Object.assign(preorder, { state: "cancelled", until: null });
		this.allocate();
		return { kind: "unpinned" };
	}

	takeBack({ id }: Checkout, total: number): Result {
		const { reservation, preorder } = this.#of(id);
		if (reservation?.state === "sold") {
			const units = Math.min(total, reservation.units) - reservation.returned;
			if (units > 0) this.change(reservation, { returned: reservation.returned + units });
		} else if (preorder?.state === "owed" || preorder?.state === "filled") {
			const units = Math.max(0, Math.min(total, preorder.units) - preorder.cancelled - preorder.returned);
			if (preorder.state === "filled") preorder.returned += units;
			else preorder.cancelled += units;
			if (preorder.cancelled === preorder.units) preorder.state = "cancelled";
		}
		this.allocate();
		return { kind: "taken-back" };
	}

	restock(key: string, units: number): Result {
		const known = this.#keys.get(key);
		if (known !== undefined) return known.units === units ? known.result : { kind: "key-reused" };
		const [filled, waiting] = [this.preordered("filled"), this.unitsIn("waiting")];
		this.received += units;
		this.allocate();
		const result = {
			kind: "restocked",
			received: units,
			filledPreorders: this.preordered("filled") - filled,
			promoted: waiting - this.unitsIn("waiting"),
			...this.counts,
		};
		this.#keys.set(key, { units, result });
		return result;
	}

	adjust(delta: number, force: boolean): Result {
		const short = -(this.available + delta);
		const bumped: ModelReservation[] = [];
		const held = this.reservations.filter(({ state }) => state === "held");
		while (force && sum(bumped, ({ units }) => units) < short) {
			const newest = held.pop();
			if (newest === undefined) break;
			bumped.unshift(newest);
		}
		const units = sum(bumped, (reservation) => reservation.units);
		if (units < short) return { kind: "below-held", shortBy: short };
		for (const reservation of bumped) this.change(reservation, { state: "waiting", until: null });
		this.waitlist = [...bumped, ...this.waitlist];
		this.adjusted += delta;
		this.allocate();
		return { kind: "adjusted", bumped: units, ...this.counts };
	}

	availability(): Result {
		const status = (): string => {
			const { saleStartsAtMs, saleEndsAtMs } = this.policy;
			if (saleStartsAtMs !== null && this.now < saleStartsAtMs) return "not_started";
			if (saleEndsAtMs !== null && this.now >= saleEndsAtMs) return "ended";
			if (this.canTakeNow(1)) return "in_stock";
			if (this.unitsIn("held", "paying") > 0) return "all_held";
			return this.preorderRemaining > 0 ? "preorder" : "sold_out";
		};
		return {
			kind: "availability",
			status: status(),
			available: this.available,
			held: this.unitsIn("held", "paying"),
			waiting: this.unitsIn("waiting"),
			preorderRemaining: this.preorderRemaining,
		};
	}
}
