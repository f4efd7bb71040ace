/**
 * The books of the model: lists of claims and promises, a line that is an array, and every count a sum over them. It knows
 * nothing of the counters, the places in line and the rows of the real ones.
 *
 * Not here: what is answered to whom (`model.ts`).
 */
import type { Policy } from "../../src/catalog/policy.ts";

/** A reservation. */
export interface Claim {
	readonly who: string;
	units: number;
	state: "waiting" | "held" | "paying" | "sold" | "released" | "expired" | "converted";
	until: number | null;
	/** Until when it was a hold, before a checkout pinned it. */
	before: number | null;
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

export const sum = <T>(things: readonly T[], units: (thing: T) => number): number =>
	things.reduce((total, thing) => total + units(thing), 0);
export const isLive = ({ state }: Claim): boolean => state === "waiting" || state === "held" || state === "paying";

export class Books {
	readonly policy: Policy;
	now: number;
	received = 0;
	adjusted = 0;
	/** In the order of their making. */
	readonly claims: Claim[] = [];
	readonly owings: Owing[] = [];
	/** Who waits, first come first. */
	line: Claim[] = [];

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

	get counts(): Readonly<Record<string, number>> {
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
		return live + this.had(who, null);
	}

	had(who: string, except: string | null): number {
		const mine = <T extends { who: string; checkout: string | null }>(thing: T) =>
			thing.who === who && (except === null || thing.checkout !== except);
		const bought = this.claims.filter((claim) => mine(claim) && claim.state === "sold");
		const promised = this.owings.filter((owing) => mine(owing) && owing.state !== "cancelled");
		return sum(bought, ({ units, back }) => units - back) + sum(promised, (o) => o.units - o.calledOff - o.back);
	}

	// ---- Time, and units that come free

	/** Everything that happens by itself up to now. */
	tick(): void {
		const due = this.claims.flatMap((claim) =>
			claim.until !== null && claim.until <= this.now ? { claim, at: claim.until } : [],
		);
		for (const { claim } of due.sort((a, b) => a.at - b.at)) {
			if (claim.state === "waiting") this.#runOutOfPatience(claim);
			else this.end(claim, "expired");
		}
		for (const owing of this.owings) {
			if (owing.until !== null && owing.until <= this.now) Object.assign(owing, { state: "cancelled", until: null });
		}
		this.serve();
	}

	serve(): void {
		for (;;) {
			const owing = this.owings.find(({ state }) => state === "owed");
			if (owing !== undefined) {
				if (this.free < owing.units - owing.calledOff) return;
				owing.state = "filled";
				continue;
			}
			const [head] = this.line;
			if (head === undefined) return;
			if (this.free < head.units) {
				if (this.#isStuck && head.until === null) this.change(head, { until: this.now + this.policy.offerMs });
				return;
			}
			this.#call(head);
		}
	}

	#call(head: Claim): void {
		this.line = this.line.slice(1);
		this.change(head, { state: "held", until: this.now + this.policy.offerMs, called: true });
	}

	/** Units lie there, and with nobody out who could bring more the first in line is waiting for a delivery. */
	get #isStuck(): boolean {
		return this.free > 0 && this.in("held", "paying") === 0 && this.due("owed") === 0;
	}

	#runOutOfPatience(claim: Claim): void {
		if (claim !== this.line[0] || !this.#isStuck) {
			this.change(claim, { until: null });
			return;
		}
		this.change(claim, { units: this.free });
		this.#call(claim);
	}

	change(claim: Claim, change: Partial<Claim>): void {
		Object.assign(claim, change);
		claim.version++;
	}

	end(claim: Claim, state: Claim["state"]): void {
		this.line = this.line.filter((other) => other !== claim);
		this.change(claim, { state, until: null });
	}

	// ---- What can be had

	canHave(units: number): boolean {
		return this.line.length === 0 && this.due("owed") === 0 && this.free >= units;
	}

	get places(): number {
		if (this.policy.waitlistLimit !== null) return this.policy.waitlistLimit;
		const held = this.in("held", "paying");
		return held === 0 ? 0 : Math.max(1, Math.floor((held + this.free) / 2));
	}

	get promisesLeft(): number {
		return Math.max(0, (this.policy.preorder?.capacity ?? 0) - this.due("pending", "owed"));
	}

	live(who: string): Claim | undefined {
		return this.claims.find((claim) => claim.who === who && isLive(claim));
	}

	/** The live one, or else the one that was made last of those that have ended. */
	last(who: string): Claim | undefined {
		return this.live(who) ?? this.claims.findLast((claim) => claim.who === who);
	}

	make(who: string, units: number, rest: Partial<Claim> & Pick<Claim, "state">): Claim {
		const claim: Claim = {
			who,
			units,
			until: null,
			before: null,
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
}
