/**
 * What a SKU should answer and become, thought out a second time: it knows nothing of `ledger.ts`, and what both agree on
 * after every step of a random history is hard to get wrong twice in the same way.
 *
 * Not here: the lists it is reckoned from (`model-books.ts`), how it is held against the real object (`history.ts`).
 */
import { Books, type Claim, isLive, type Owing, sum } from "./reference-model.ts";

export interface Checkout {
	readonly id: string;
	readonly who: string;
	readonly units: number;
	readonly accept: boolean;
}

export interface Ask {
	readonly who: string;
	readonly units: number;
	readonly wait: boolean;
	/** What `If-Match` says: nothing, the reservation as it is, one that it no longer is, or any. */
	readonly match: "none" | "current" | "old" | "any";
}

/** What the model expects to be told; the real answer is brought into the same form. */
export type Told = Readonly<Record<string, unknown>>;

export class Model extends Books {
	/** Merchants' keys: what was asked, and what was answered. */
	readonly #keys = new Map<string, { readonly units: number; readonly told: Told }>();

	tell(claim: Claim): Told {
		const { state: status, units, until, version } = claim;
		return {
			status,
			units,
			until,
			version,
			position: status === "waiting" ? this.line.indexOf(claim) + 1 : null,
			extensionsLeft: status === "held" ? Math.max(0, this.policy.maxExtensions - claim.stretched) : 0,
		};
	}

	#soldOut(): Told {
		return { kind: "sold-out", promisesLeft: this.promisesLeft };
	}

	#closed(): Told | null {
		const { saleStartsAtMs, saleEndsAtMs } = this.policy;
		const isOpen = this.now >= (saleStartsAtMs ?? this.now) && this.now < (saleEndsAtMs ?? this.now + 1);
		return isOpen ? null : { kind: "sale-not-open" };
	}

	#over(owned: number, units: number): Told | null {
		const { limitPerShopper: limit } = this.policy;
		return limit !== null && owned + units > limit ? { kind: "limit-exceeded", limit, owned } : null;
	}

	// ---- Commands. Each is preceded by `tick`, which the callers see to.

	reserve({ who, units, wait, match }: Ask): Told {
		const mine = this.live(who);
		if (match !== "none" && (mine === undefined || match === "old")) return { kind: "stale" };
		if (mine?.state === "paying") return { kind: "in-checkout", checkout: mine.checkout };
		const got = (claim: Claim, created = false): Told => ({
			kind: claim.state,
			created,
			...this.tell(claim),
		});
		if (mine?.units === units) return got(mine);
		if (mine !== undefined && units < mine.units) {
			this.change(mine, { units });
			this.serve();
			return got(mine);
		}
		const refusal = this.#closed() ?? this.#over(this.had(who, null), units);
		if (refusal !== null) return refusal;
		if (mine?.state === "held") {
			if (!this.canHave(units - mine.units)) return this.#soldOut();
			this.change(mine, { units });
			return got(mine);
		}
		if (mine === undefined && this.canHave(units)) {
			return got(this.make(who, units, { state: "held", until: this.now + this.policy.holdMs }), true);
		}
		const others = this.line.filter((claim) => claim !== mine);
		if (!(wait || mine) || sum(others, (claim) => claim.units) + units > this.places) return this.#soldOut();
		if (mine !== undefined) this.change(mine, { units });
		if (mine !== undefined) mine.until = null;
		const claim = mine ?? this.make(who, units, { state: "waiting" });
		this.line = [...others, claim];
		// Whoever stood behind one that went to the end may be the first now, and content with less.
		this.serve();
		return got(claim, mine === undefined);
	}

	release(claim: Claim | undefined): Told {
		if (claim === undefined) return { kind: "no-reservation", last: null };
		if (claim.state === "sold") return { kind: "already-sold" };
		if (claim.state === "paying") return { kind: "in-checkout", checkout: claim.checkout };
		if (isLive(claim)) this.end(claim, "released");
		this.serve();
		return { kind: "released", ...this.tell(claim) };
	}

	extend(who: string): Told {
		const mine = this.live(who);
		if (mine === undefined) return { kind: "no-reservation", last: this.last(who)?.state ?? null };
		if (mine.state === "paying") return { kind: "in-checkout", checkout: mine.checkout };
		if (mine.state === "waiting") return { kind: "not-held" };
		if (mine.stretched >= this.policy.maxExtensions)
			return { kind: "extension-limit", limit: this.policy.maxExtensions };
		const until = this.now + (mine.called ? this.policy.offerMs : this.policy.holdMs);
		this.change(mine, { until: Math.max(until, mine.until ?? 0), stretched: mine.stretched + 1 });
		return { kind: "extended", ...this.tell(mine) };
	}

	#of(checkout: string): { claim: Claim | undefined; owing: Owing | undefined } {
		return {
			claim: this.claims.findLast((claim) => claim.checkout === checkout),
			owing: this.owings.findLast((owing) => owing.checkout === checkout),
		};
	}

	pin({ id, who, units, accept }: Checkout): Told {
		const { claim, owing } = this.#of(id);
		if (owing !== undefined && owing.state !== "cancelled") return { kind: "preordered", until: owing.until };
		if (claim?.state === "sold") return { kind: "pinned", until: null };
		const mine = this.live(who);
		if (mine?.state === "paying") {
			return mine.checkout === id
				? { kind: "pinned", until: mine.until }
				: { kind: "in-checkout", checkout: mine.checkout };
		}
		const until = this.now + this.policy.paymentWindowMs + this.policy.paymentGraceMs;
		const has = mine?.state === "held" ? mine.units : 0;
		if (units > has) {
			const refusal = this.#closed() ?? this.#over(this.had(who, id), units);
			if (refusal !== null) return refusal;
			if (!this.canHave(units - has)) {
				if (has > 0 || !accept || this.promisesLeft < units) return this.#soldOut();
				if (mine !== undefined) this.end(mine, "converted");
				this.owings.push({ who, checkout: id, units, state: "pending", until, calledOff: 0, back: 0 });
				this.serve();
				return { kind: "preordered", until };
			}
		}
		if (mine === undefined) this.make(who, units, { state: "paying", until, checkout: id });
		else this.change(mine, { state: "paying", units, until, before: mine.until, checkout: id });
		this.serve();
		return { kind: "pinned", until };
	}

	commit({ id, who, units, accept }: Checkout): Told {
		const { claim, owing } = this.#of(id);
		if (claim?.state === "sold") return { kind: "sold" };
		if (owing?.state === "owed" || owing?.state === "filled") return { kind: "owed" };
		if (claim?.state === "paying") {
			this.end(claim, "sold");
			return { kind: "sold" };
		}
		if (owing?.state === "pending") {
			Object.assign(owing, { state: "owed", until: null });
			this.serve();
			return { kind: "owed" };
		}
		if (this.#over(this.had(who, id) + (this.live(who)?.units ?? 0), units) !== null) return { kind: "lost" };
		if (this.canHave(units)) {
			this.make(who, units, { state: "sold", checkout: id });
			return { kind: "sold" };
		}
		if (!accept || this.promisesLeft < units) return { kind: "lost" };
		this.owings.push({ who, checkout: id, units, state: "owed", until: null, calledOff: 0, back: 0 });
		this.serve();
		return { kind: "owed" };
	}

	unpin({ id }: Checkout, keepHold: boolean): Told {
		const { claim, owing } = this.#of(id);
		if (claim?.state === "sold" || owing?.state === "owed" || owing?.state === "filled")
			return { kind: "already-sold" };
		const before = claim?.before ?? 0;
		if (claim?.state === "paying" && keepHold && before > this.now) {
			this.change(claim, { state: "held", until: before, before: null, checkout: null });
		} else if (claim?.state === "paying") this.end(claim, "released");
		else if (owing?.state === "pending") Object.assign(owing, { state: "cancelled", until: null });
		this.serve();
		return { kind: "unpinned" };
	}

	takeBack({ id }: Checkout, total: number): Told {
		const { claim, owing } = this.#of(id);
		if (claim?.state === "sold") {
			const units = Math.min(total, claim.units) - claim.back;
			if (units > 0) this.change(claim, { back: claim.back + units });
		} else if (owing?.state === "owed" || owing?.state === "filled") {
			const units = Math.max(0, Math.min(total, owing.units) - owing.calledOff - owing.back);
			if (owing.state === "filled") owing.back += units;
			else owing.calledOff += units;
			if (owing.calledOff === owing.units) owing.state = "cancelled";
		}
		this.serve();
		return { kind: "taken-back" };
	}

	restock(key: string, units: number): Told {
		const known = this.#keys.get(key);
		if (known !== undefined) return known.units === units ? known.told : { kind: "key-reused" };
		const [filled, waiting] = [this.due("filled"), this.in("waiting")];
		this.received += units;
		this.serve();
		const told = {
			kind: "restocked",
			received: units,
			filledPreorders: this.due("filled") - filled,
			promoted: waiting - this.in("waiting"),
			...this.counts,
		};
		this.#keys.set(key, { units, told });
		return told;
	}

	adjust(delta: number, force: boolean): Told {
		const short = -(this.free + delta);
		const bumped: Claim[] = [];
		const held = this.claims.filter(({ state }) => state === "held");
		while (force && sum(bumped, ({ units }) => units) < short) {
			const newest = held.pop();
			if (newest === undefined) break;
			bumped.unshift(newest);
		}
		const units = sum(bumped, (claim) => claim.units);
		if (units < short) return { kind: "below-held", shortBy: short };
		for (const claim of bumped) this.change(claim, { state: "waiting", until: null });
		this.line = [...bumped, ...this.line];
		this.adjusted += delta;
		this.serve();
		return { kind: "adjusted", bumped: units, ...this.counts };
	}

	availability(): Told {
		const status = (): string => {
			const { saleStartsAtMs, saleEndsAtMs } = this.policy;
			if (saleStartsAtMs !== null && this.now < saleStartsAtMs) return "not_started";
			if (saleEndsAtMs !== null && this.now >= saleEndsAtMs) return "ended";
			if (this.canHave(1)) return "in_stock";
			if (this.in("held", "paying") > 0) return "all_held";
			return this.promisesLeft > 0 ? "preorder" : "sold_out";
		};
		return {
			kind: "availability",
			status: status(),
			available: this.free,
			held: this.in("held", "paying"),
			waiting: this.in("waiting"),
			promisesLeft: this.promisesLeft,
		};
	}
}
