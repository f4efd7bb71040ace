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
	/** Which attempt its messages are of; undefined for code that names none. */
	readonly attempt: number | undefined;
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
		const { state: status, version, pin } = reservation;
		const { units, untilMs: until } = (status === "paying" && pin) || {
			units: reservation.units,
			untilMs: reservation.until,
		};
		return {
			status,
			units,
			until,
			version,
			position: status === "waiting" ? this.waitlist.indexOf(reservation) + 1 : null,
			extensionsLeft: status === "held" ? Math.max(0, this.policy.maxExtensions - reservation.extensions) : 0,
		};
	}

	/** Nobody keeps units from a shopper who asks for more than there are. */
	#soldOut(shopper: string, units: number): Result {
		const most = this.available + this.unitsIn("held", "paying");
		if (units <= most) this.refusals.push({ shopper, at: this.now });
		return { kind: "sold-out", preorderRemaining: this.preorderRemaining };
	}

	#saleNotOpen(): Result | null {
		return this.isOnSale ? null : { kind: "sale-not-open" };
	}

	/** Units that anybody may take. */
	get #public(): number {
		return this.canTakeNow(1) ? this.available : 0;
	}

	/** The result of the step, with the units that it freed for the public. */
	#freeing(step: () => Result): Result {
		const before = this.#public;
		return { ...step(), freed: Math.max(0, this.#public - before) };
	}

	/** There are units for everybody again: nobody is kept from them any more. */
	#forgetRefusals(): void {
		if (this.#public > 0) this.refusals = [];
	}

	/** When others were refused since the shopper began to keep units, the shopper's time is bounded. */
	#isContested(shopper: string, since: number): boolean {
		return this.refusals.some((refusal) => refusal.shopper !== shopper && refusal.at >= since);
	}

	/** Since when a shopper who takes units now keeps them, and until when they may; or when they may take some again. */
	#turn(shopper: string): { since: number; until: number } | { retryAtMs: number } {
		const { holdMs, maxExtensions, paymentWindowMs, paymentGraceMs } = this.policy;
		const coolDownMs = Math.max(holdMs, paymentWindowMs + paymentGraceMs);
		const last = this.last(shopper);
		const { heldSince = null, endedAt = null } = last ?? {};
		if (last?.state === "sold" || heldSince === null || endedAt === null || this.now - endedAt >= coolDownMs)
			return { since: this.now, until: Number.POSITIVE_INFINITY };
		const since = this.now - (endedAt - heldSince);
		if (!this.#isContested(shopper, heldSince)) return { since, until: Number.POSITIVE_INFINITY };
		const until = since + holdMs * (1 + maxExtensions);
		return this.now < until ? { since, until } : { retryAtMs: endedAt + coolDownMs };
	}

	#exceedsLimit(owned: number, units: number): Result | null {
		const { limitPerShopper: limit } = this.policy;
		return limit !== null && owned + units > limit ? { kind: "limit-exceeded", limit, owned } : null;
	}

	// ---- Commands. The caller calls `tick` before each.

	reserve({ shopper, units, wait, match }: ReserveInput): Result {
		const mine = this.live(shopper);
		if (mine === undefined && this.isArchived) return { kind: "unknown-sku" };
		if (match !== "none" && (mine === undefined || match === "old")) return { kind: "stale" };
		if (mine?.state === "paying") return { kind: "in-checkout", checkout: mine.checkout };
		const got = (reservation: ModelReservation, created = false): Result => ({
			kind: reservation.state,
			created,
			...this.snapshot(reservation),
		});
		if (mine?.units === units) return got(mine);
		if (mine !== undefined && units < mine.units) {
			return this.#freeing(() => {
				this.change(mine, { units });
				this.allocate();
				return got(mine);
			});
		}
		if (this.isArchived) return { kind: "unknown-sku" };
		const refusal = this.#saleNotOpen() ?? this.#exceedsLimit(this.owned(shopper, null), units);
		if (refusal !== null) return refusal;
		if (mine?.state === "held") {
			if (!this.canTakeNow(units - mine.units)) return this.#soldOut(shopper, units);
			this.change(mine, { units });
			return got(mine);
		}
		if (mine === undefined && this.canTakeNow(units)) {
			const turn = this.#turn(shopper);
			if ("retryAtMs" in turn)
				return { kind: "sold-out", preorderRemaining: this.preorderRemaining, ...turn, noneForPublic: false };
			const until = Math.min(this.now + this.policy.holdMs, turn.until);
			return got(this.make(shopper, units, { state: "held", until, heldSince: turn.since }), true);
		}
		const others = this.waitlist.filter((reservation) => reservation !== mine);
		if (!(wait || mine) || sum(others, (reservation) => reservation.units) + units > this.waitlistLimit)
			return { ...this.#soldOut(shopper, units), noneForPublic: this.#public === 0 };
		if (mine !== undefined) this.change(mine, { units });
		if (mine !== undefined) mine.until = null;
		const reservation = mine ?? this.make(shopper, units, { state: "waiting" });
		this.waitlist = [...others, reservation];
		this.standing.for = this.standing.for.filter((other) => other !== reservation);
		// If the head went to the end, the next shopper is the head now, and may want fewer units.
		this.allocate();
		return got(reservation, mine === undefined);
	}

	release(reservation: ModelReservation | undefined): Result {
		if (reservation === undefined) return { kind: "no-reservation", last: null };
		if (reservation.state === "sold") return { kind: "already-sold" };
		if (reservation.state === "paying") return { kind: "in-checkout", checkout: reservation.checkout };
		return this.#freeing(() => {
			if (isLive(reservation)) this.end(reservation, "released");
			this.allocate();
			return { kind: "released", ...this.snapshot(reservation), units: reservation.units };
		});
	}

	extend(shopper: string): Result {
		const mine = this.live(shopper);
		const last = this.last(shopper)?.state ?? null;
		if (mine === undefined) return this.unlessUnknown({ kind: "no-reservation", last });
		if (mine.state === "paying") return { kind: "in-checkout", checkout: mine.checkout };
		if (mine.state === "waiting") return { kind: "not-held" };
		if (mine.extensions >= this.policy.maxExtensions)
			return { kind: "extension-limit", limit: this.policy.maxExtensions };
		const { offerMs, holdMs, maxExtensions } = this.policy;
		const since = this.#isContested(shopper, mine.heldSince ?? 0) ? (mine.heldSince ?? 0) : Number.POSITIVE_INFINITY;
		const most = since + (mine.offered ? Math.max(offerMs, holdMs) : holdMs) * (1 + maxExtensions);
		if (most <= (mine.until ?? 0)) return { kind: "extension-limit", limit: maxExtensions };
		const until = Math.min(most, this.now + (mine.offered ? offerMs : holdMs));
		this.change(mine, { until: Math.max(until, mine.until ?? 0), extensions: mine.extensions + 1 });
		return { kind: "extended", ...this.snapshot(mine) };
	}

	#of(checkout: string): { reservation: ModelReservation | undefined; preorder: ModelPreorder | undefined } {
		const all = this.reservations.filter((reservation) => reservation.checkout === checkout);
		const promised = this.preorders.filter((preorder) => preorder.checkout === checkout);
		return {
			reservation: all.find(({ state }) => state === "sold") ?? all.find(isLive) ?? all.at(-1),
			preorder: promised.find(({ state }) => state !== "cancelled") ?? promised.at(-1),
		};
	}

	/** Whether a newer attempt of the checkout is known. */
	#isSuperseded({ id, attempt }: Checkout): boolean {
		const { reservation, preorder } = this.#of(id);
		const known = [reservation?.pin?.attempt, preorder?.attempt, this.endedAttempts.get(id)];
		return attempt !== undefined && known.some((other) => (other ?? 0) > attempt);
	}

	#isOver(checkout: Checkout): boolean {
		const { id, attempt } = checkout;
		return this.#isSuperseded(checkout) || (attempt !== undefined && this.endedAttempts.get(id) === attempt);
	}

	#endAttempt(checkout: Checkout): void {
		const { id, attempt } = checkout;
		if (attempt !== undefined && !this.#isOver(checkout)) this.endedAttempts.set(id, attempt);
	}

	#preorderInstead(checkout: Checkout, retryAtMs: number | null): Result {
		const { id, shopper, units, accept, attempt = null } = checkout;
		if (!accept || this.preorderRemaining < units) {
			if (retryAtMs === null) return this.#soldOut(shopper, units);
			return { kind: "sold-out", preorderRemaining: this.preorderRemaining, retryAtMs };
		}
		const until = this.now + this.policy.paymentWindowMs + this.policy.paymentGraceMs;
		const replaces = this.live(shopper) ?? null;
		const none = { cancelled: 0, returned: 0, refunded: 0 };
		this.preorders.push({ shopper, checkout: id, units, state: "pending", until, attempt, replaces, ...none });
		return { kind: "preordered", until };
	}

	pin(checkout: Checkout): Result {
		const { id, shopper, units, attempt = null } = checkout;
		if (this.#isOver(checkout)) return { kind: "attempt-over" };
		const { reservation, preorder } = this.#of(id);
		if (preorder !== undefined && preorder.state !== "cancelled") return { kind: "preordered", until: preorder.until };
		if (reservation?.state === "sold") return { kind: "pinned", until: null };
		const mine = this.live(shopper);
		if (mine?.state === "paying") {
			return mine.checkout === id
				? { kind: "pinned", until: mine.pin?.untilMs }
				: { kind: "in-checkout", checkout: mine.checkout };
		}
		const until = this.now + this.policy.paymentWindowMs + this.policy.paymentGraceMs;
		const has = mine?.state === "held" ? mine.units : 0;
		const owned = this.owned(shopper, id);
		if (units > has && this.isArchived) return { kind: "unknown-sku" };
		const refusal =
			(units > has ? this.#saleNotOpen() : null) ??
			(units > has || owned > 0 ? this.#exceedsLimit(owned, units) : null);
		if (refusal !== null) return refusal;
		if (units > has) {
			if (!this.canTakeNow(units - has)) return this.#preorderInstead(checkout, null);
		}
		const turn = mine === undefined ? this.#turn(shopper) : null;
		if (turn !== null && "retryAtMs" in turn) return this.#preorderInstead(checkout, turn.retryAtMs);
		const pin = { attempt, units, untilMs: until, heldBefore: mine?.units ?? null };
		if (mine === undefined) {
			this.make(shopper, units, { state: "paying", until, checkout: id, pin, heldSince: turn?.since ?? null });
		} else {
			// The rest of a larger hold stays for as long as the hold would have lasted.
			const first = units < has ? Math.min(until, mine.until ?? until) : until;
			const heldUntil = mine.until;
			this.change(mine, { state: "paying", units: Math.max(units, has), until: first, heldUntil, checkout: id, pin });
		}
		this.allocate();
		return { kind: "pinned", until };
	}

	#sell(reservation: ModelReservation, units: number): Result {
		return this.#freeing(() => {
			this.end(reservation, "sold");
			reservation.units = units;
			this.allocate();
			return { kind: "sold" };
		});
	}

	#sellHold(hold: ModelReservation, id: string, units: number, attempt: number | null): Result {
		const pin = { attempt, units, untilMs: this.now, heldBefore: hold.units };
		Object.assign(hold, { checkout: id, pin, heldUntil: hold.until });
		return this.#sell(hold, units);
	}

	/** Ends what the pre-order replaces, and sets aside what stands free for who came before it. */
	#owe(preorder: ModelPreorder, replaced: ModelReservation | null): Result {
		const { available } = this;
		const isHead = replaced !== null && this.waitlist[0] === replaced;
		if (replaced?.state === "waiting" || replaced?.state === "held") this.end(replaced, "converted");
		const isFirst = this.preordered("owed") === 0;
		const standsFree = !isHead && this.waitlist.length > 0;
		if (isFirst) this.standing = { units: standsFree ? available : 0, for: [...this.waitlist] };
		Object.assign(preorder, { state: "owed", until: null });
		this.allocate();
		return { kind: "owed" };
	}

	commit(checkout: Checkout): Result {
		const { id, shopper, units, accept, attempt = null } = checkout;
		const lost = (): Result => {
			this.#endAttempt(checkout);
			return { kind: "lost" };
		};
		const { reservation, preorder } = this.#of(id);
		if (this.#isSuperseded(checkout)) return { kind: "lost" };
		if (reservation?.state === "sold") return { kind: "sold" };
		if (preorder?.state === "owed" || preorder?.state === "filled") return { kind: "owed" };
		if (preorder?.state === "cancelled" && preorder.cancelled > 0) return { kind: "owed" };
		if (this.#isOver(checkout)) return { kind: "lost" };
		if (reservation?.state === "paying") return this.#sell(reservation, reservation.pin?.units ?? 0);
		const mine = this.live(shopper);
		const replaced = preorder?.replaces ?? null;
		const besides = mine !== undefined && (mine !== replaced || mine.state === "paying") ? mine.units : 0;
		const owned = this.owned(shopper, id);
		if (preorder?.state === "pending") {
			if (replaced !== null && this.#exceedsLimit(owned + besides, preorder.units) !== null) return lost();
			if (replaced?.state !== "held" || replaced.units < preorder.units) return this.#owe(preorder, replaced);
			Object.assign(preorder, { state: "cancelled", until: null });
			return this.#sellHold(replaced, id, preorder.units, preorder.attempt);
		}
		if (reservation?.state === "held" && reservation.units >= units)
			return this.#sellHold(reservation, id, units, attempt);
		const isWithin = this.#exceedsLimit(owned + besides, units) === null;
		if (isWithin && this.canTakeNow(units)) {
			const pin = { attempt, units, untilMs: this.now, heldBefore: null };
			this.make(shopper, units, { state: "sold", checkout: id, pin, endedAt: this.now });
			return { kind: "sold" };
		}
		if (mine?.state === "held" && mine.units >= units && this.#exceedsLimit(owned, units) === null)
			return this.#sellHold(mine, id, units, attempt);
		if (!isWithin || !accept || this.preorderRemaining < units) return lost();
		const none = { cancelled: 0, returned: 0, refunded: 0 };
		const fresh: ModelPreorder = {
			...{ shopper, checkout: id, units, attempt, ...none },
			...{ state: "cancelled", until: null, replaces: null },
		};
		this.preorders.push(fresh);
		return this.#owe(fresh, replaced);
	}

	unpin(checkout: Checkout): Result {
		const { reservation, preorder } = this.#of(checkout.id);
		if (this.#isSuperseded(checkout)) return { kind: "unpinned", freed: 0 };
		if (reservation?.state === "sold" || preorder?.state === "owed" || preorder?.state === "filled")
			return { kind: "already-sold" };
		return this.#freeing(() => {
			if (reservation?.state === "paying") this.endPin(reservation);
			else if (preorder?.state === "pending") Object.assign(preorder, { state: "cancelled", until: null });
			this.#endAttempt(checkout);
			this.allocate();
			return { kind: "unpinned" };
		});
	}

	givenBack(checkout: Checkout, total: number): Result {
		const { reservation, preorder } = this.#of(checkout.id);
		if (this.#isSuperseded(checkout)) return { kind: "given-back" };
		const bought = reservation?.state === "sold" ? reservation : preorder?.state === "pending" ? undefined : preorder;
		if (bought !== undefined) bought.refunded = Math.max(bought.refunded, Math.min(total, bought.units));
		return { kind: "given-back" };
	}

	takeBack(checkout: Checkout, total: number): Result {
		return this.#freeing(() => this.#takeBack(checkout, total));
	}

	#takeBack(checkout: Checkout, total: number): Result {
		const { reservation, preorder } = this.#of(checkout.id);
		if (this.#isSuperseded(checkout)) return { kind: "taken-back" };
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
		this.#forgetRefusals();
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
		const left = { until: null, heldUntil: null, checkout: null, heldSince: null };
		for (const reservation of bumped) this.change(reservation, { state: "waiting", ...left });
		this.waitlist = [...bumped, ...this.waitlist];
		this.standing.for.push(...bumped);
		this.adjusted += delta;
		this.allocate();
		if (delta > 0) this.#forgetRefusals();
		return { kind: "adjusted", bumped: units, ...this.counts };
	}

	/** @param result of a shopper's own reservation */
	unlessUnknown(result: Result): Result {
		return this.isArchived && result["last"] === null ? { kind: "unknown-sku" } : result;
	}

	availability(): Result {
		if (this.isArchived) return { kind: "unknown-sku" };
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
