/**
 * What a SKU's stock should be and should answer, thought out a second time: lists of claims and promises, a line that is
 * an array, and every count a sum over them. It knows nothing of `ledger.ts`, its counters, its places or its versions of
 * them; what both agree on after every command of a random history is hard to get wrong twice in the same way.
 *
 * Not here: how it is held against the real object (`commands.ts`).
 */
import type { Policy } from "../../src/stock/books.ts";

/** A reservation. */
export interface Claim {
	readonly who: string;
	units: number;
	state: "waiting" | "held" | "paying" | "sold" | "released" | "expired" | "converted";
	until: number | null;
	checkout: string | null;
	stretched: number;
	/** Came out of the line. */
	called: boolean;
	back: number;
	version: number;
}

/** A pre-order. */
export interface Owing {
	readonly who: string;
	readonly checkout: string;
	readonly units: number;
	state: "pending" | "owed" | "filled" | "cancelled";
	until: number | null;
	/** Units called off while they were owed, and units that came back after they had been had. */
	calledOff: number;
	back: number;
}

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

const sum = <T>(things: readonly T[], units: (thing: T) => number): number =>
	things.reduce((total, thing) => total + units(thing), 0);
const isLive = ({ state }: Claim): boolean => state === "waiting" || state === "held" || state === "paying";

export class Model {
	readonly policy: Policy;
	now: number;
	received = 0;
	adjusted = 0;
	/** In the order of their making. */
	readonly claims: Claim[] = [];
	readonly owings: Owing[] = [];
	/** Who waits, first come first. */
	line: Claim[] = [];
	/** Merchants' keys: what was asked, and what was answered. */
	readonly #keys = new Map<string, { readonly units: number; readonly told: Told }>();

	constructor(policy: Policy, now: number) {
		this.policy = policy;
		this.now = now;
	}

	// ---- Sums

	in(...states: Claim["state"][]): number {
		return sum(this.claims, (claim) => (states.includes(claim.state) ? claim.units : 0));
	}

	get sold(): number {
		return (
			sum(this.claims, (claim) => (claim.state === "sold" ? claim.units - claim.back : 0)) +
			sum(this.owings, (owing) => (owing.state === "filled" ? owing.units - owing.calledOff - owing.back : 0))
		);
	}

	get free(): number {
		return this.received + this.adjusted - this.in("held", "paying") - this.sold;
	}

	due(...states: Owing["state"][]): number {
		return sum(this.owings, (owing) => (states.includes(owing.state) ? owing.units - owing.calledOff : 0));
	}

	get counts(): Told {
		return {
			received: this.received,
			adjusted: this.adjusted,
			available: this.free,
			held: this.in("held", "paying"),
			sold: this.sold,
			returned: sum(this.claims, ({ back }) => back) + sum(this.owings, ({ back }) => back),
			waiting: this.in("waiting"),
			pending: this.due("pending"),
			owed: this.due("owed"),
			filled: this.due("filled"),
			cancelled: sum(this.owings, ({ calledOff }) => calledOff),
		};
	}

	/** When the next claim or promise runs out. */
	get nextEnd(): number | null {
		const ends = [...this.claims, ...this.owings].flatMap(({ until }) => until ?? []);
		return ends.length === 0 ? null : Math.min(...ends);
	}

	/** Units that this shopper has or may come to have. */
	allOf(who: string): number {
		const live = sum(this.claims, (claim) => (claim.who === who && isLive(claim) ? claim.units : 0));
		return live + this.#had(who, null);
	}

	#had(who: string, except: string | null): number {
		const mine = <T extends { who: string; checkout: string | null }>(thing: T) =>
			thing.who === who && (except === null || thing.checkout !== except);
		const bought = this.claims.filter((claim) => mine(claim) && claim.state === "sold");
		const promised = this.owings.filter((owing) => mine(owing) && owing.state !== "cancelled");
		return sum(bought, ({ units, back }) => units - back) + sum(promised, (o) => o.units - o.calledOff - o.back);
	}

	// ---- Time, and units that come free

	/** Everything that happens by itself up to now. */
	tick(): void {
		for (const claim of this.claims) if (claim.until !== null && claim.until <= this.now) this.#end(claim, "expired");
		for (const owing of this.owings) {
			if (owing.until !== null && owing.until <= this.now) Object.assign(owing, { state: "cancelled", until: null });
		}
		this.#serve();
	}

	#serve(): void {
		for (;;) {
			const owing = this.owings.find(({ state }) => state === "owed");
			if (owing !== undefined) {
				if (this.free < owing.units - owing.calledOff) return;
				owing.state = "filled";
				continue;
			}
			const [head] = this.line;
			if (head === undefined || this.free < head.units) return;
			this.line = this.line.slice(1);
			this.#change(head, { state: "held", until: this.now + this.policy.offerMs, called: true });
		}
	}

	#change(claim: Claim, change: Partial<Claim>): void {
		Object.assign(claim, change);
		claim.version++;
	}

	#end(claim: Claim, state: Claim["state"]): void {
		this.line = this.line.filter((other) => other !== claim);
		this.#change(claim, { state, until: null });
	}

	// ---- What can be had

	#canHave(units: number): boolean {
		return this.line.length === 0 && this.due("owed") === 0 && this.free >= units;
	}

	get #places(): number {
		if (this.policy.lineLimit !== null) return this.policy.lineLimit;
		const held = this.in("held", "paying");
		return held === 0 ? 0 : Math.max(1, Math.floor((held + this.free) / 2));
	}

	get #promisesLeft(): number {
		return Math.max(0, (this.policy.preorder?.capacity ?? 0) - this.due("pending", "owed"));
	}

	#soldOut(): Told {
		return { kind: "sold-out", promisesLeft: this.#promisesLeft };
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

	live(who: string): Claim | undefined {
		return this.claims.find((claim) => claim.who === who && isLive(claim));
	}

	/** The live one, or else the one that was made last of those that have ended. */
	last(who: string): Claim | undefined {
		return this.live(who) ?? this.claims.findLast((claim) => claim.who === who);
	}

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

	#make(who: string, units: number, rest: Partial<Claim> & Pick<Claim, "state">): Claim {
		const claim: Claim = {
			who,
			units,
			until: null,
			checkout: null,
			stretched: 0,
			called: false,
			back: 0,
			version: 1,
			...rest,
		};
		this.claims.push(claim);
		return claim;
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
			this.#change(mine, { units });
			this.#serve();
			return got(mine);
		}
		const refusal = this.#closed() ?? this.#over(this.#had(who, null), units);
		if (refusal !== null) return refusal;
		if (mine?.state === "held") {
			if (!this.#canHave(units - mine.units)) return this.#soldOut();
			this.#change(mine, { units });
			return got(mine);
		}
		if (mine === undefined && this.#canHave(units)) {
			return got(this.#make(who, units, { state: "held", until: this.now + this.policy.holdMs }), true);
		}
		const others = this.line.filter((claim) => claim !== mine);
		if (!(wait || mine) || sum(others, (claim) => claim.units) + units > this.#places) return this.#soldOut();
		if (mine !== undefined) this.#change(mine, { units });
		const claim = mine ?? this.#make(who, units, { state: "waiting" });
		this.line = [...others, claim];
		// Whoever stood behind one that went to the end may be the first now, and content with less.
		this.#serve();
		return got(claim, mine === undefined);
	}

	release(claim: Claim | undefined): Told {
		if (claim === undefined) return { kind: "no-reservation", last: null };
		if (claim.state === "sold") return { kind: "already-sold" };
		if (claim.state === "paying") return { kind: "in-checkout", checkout: claim.checkout };
		if (isLive(claim)) this.#end(claim, "released");
		this.#serve();
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
		this.#change(mine, { until: Math.max(until, mine.until ?? 0), stretched: mine.stretched + 1 });
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
			const refusal = this.#closed() ?? this.#over(this.#had(who, id), units);
			if (refusal !== null) return refusal;
			if (!this.#canHave(units - has)) {
				if (has > 0 || !accept || this.#promisesLeft < units) return this.#soldOut();
				if (mine !== undefined) this.#end(mine, "converted");
				this.owings.push({ who, checkout: id, units, state: "pending", until, calledOff: 0, back: 0 });
				this.#serve();
				return { kind: "preordered", until };
			}
		}
		if (mine === undefined) this.#make(who, units, { state: "paying", until, checkout: id });
		else this.#change(mine, { state: "paying", units, until, checkout: id });
		this.#serve();
		return { kind: "pinned", until };
	}

	commit({ id, who, units, accept }: Checkout): Told {
		const { claim, owing } = this.#of(id);
		if (claim?.state === "sold") return { kind: "sold" };
		if (owing?.state === "owed" || owing?.state === "filled") return { kind: "owed" };
		if (claim?.state === "paying") {
			this.#end(claim, "sold");
			return { kind: "sold" };
		}
		if (owing?.state === "pending") {
			Object.assign(owing, { state: "owed", until: null });
			this.#serve();
			return { kind: "owed" };
		}
		if (this.#over(this.#had(who, id) + (this.live(who)?.units ?? 0), units) !== null) return { kind: "lost" };
		if (this.#canHave(units)) {
			this.#make(who, units, { state: "sold", checkout: id });
			return { kind: "sold" };
		}
		if (!accept || this.#promisesLeft < units) return { kind: "lost" };
		this.owings.push({ who, checkout: id, units, state: "owed", until: null, calledOff: 0, back: 0 });
		this.#serve();
		return { kind: "owed" };
	}

	unpin({ id }: Checkout): Told {
		const { claim, owing } = this.#of(id);
		if (claim?.state === "sold" || owing?.state === "owed" || owing?.state === "filled")
			return { kind: "already-sold" };
		if (claim?.state === "paying") this.#end(claim, "released");
		else if (owing?.state === "pending") Object.assign(owing, { state: "cancelled", until: null });
		this.#serve();
		return { kind: "unpinned" };
	}

	takeBack({ id }: Checkout, total: number): Told {
		const { claim, owing } = this.#of(id);
		if (claim?.state === "sold") {
			const units = Math.min(total, claim.units) - claim.back;
			if (units > 0) this.#change(claim, { back: claim.back + units });
		} else if (owing?.state === "owed" || owing?.state === "filled") {
			const units = Math.max(0, Math.min(total, owing.units) - owing.calledOff - owing.back);
			if (owing.state === "filled") owing.back += units;
			else owing.calledOff += units;
			if (owing.calledOff === owing.units) owing.state = "cancelled";
		}
		this.#serve();
		return { kind: "taken-back" };
	}

	restock(key: string, units: number): Told {
		const known = this.#keys.get(key);
		if (known !== undefined) return known.units === units ? known.told : { kind: "key-reused" };
		const [filled, waiting] = [this.due("filled"), this.in("waiting")];
		this.received += units;
		this.#serve();
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
		for (const claim of bumped) this.#change(claim, { state: "waiting", until: null });
		this.line = [...bumped, ...this.line];
		this.adjusted += delta;
		this.#serve();
		return { kind: "adjusted", bumped: units, ...this.counts };
	}

	availability(): Told {
		const status = (): string => {
			const { saleStartsAtMs, saleEndsAtMs } = this.policy;
			if (saleStartsAtMs !== null && this.now < saleStartsAtMs) return "not_started";
			if (saleEndsAtMs !== null && this.now >= saleEndsAtMs) return "ended";
			if (this.#canHave(1)) return "in_stock";
			if (this.in("held", "paying") > 0) return "all_held";
			return this.#promisesLeft > 0 ? "preorder" : "sold_out";
		};
		return {
			kind: "availability",
			status: status(),
			available: this.free,
			held: this.in("held", "paying"),
			waiting: this.in("waiting"),
			promisesLeft: this.#promisesLeft,
		};
	}
}
