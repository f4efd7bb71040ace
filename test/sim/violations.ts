/**
 * What must hold in every simulation, by name. `audit.test.ts` breaks each of them once, and sees that its check and no
 * other says so.
 */
export const INVARIANTS = [
	// What people have
	"the money kept is the price of what was sold",
	"no payment is left open",
	"only a checkout that completed has units",
	"who pays in time has bought",
	"who pays too late has not bought",
	"no more is refunded than was asked for",
	"what is to return has returned",
	"nobody has more than the limit",
	"who is promoted was first on the waitlist",
	"nobody gets units before those who wait",
	"nobody waits for units that are there",
	"a promotion is told by one mail at most",
	"an address is kept for who waits, and until the mail",
	"the answers have an order in which they are all right",
	// What the parts say of each other
	"SKU and checkout agree on units",
	"SKU and checkout agree on a pre-order",
	"D1 has the orders",
	"D1 has the pre-orders",
	"D1 has the products",
	"D1 names what is unsettled",
	"what is erased stays erased",
	"the books balance",
	// That everything ends
	"every checkout ends",
	"only what a person must decide is unsettled",
	"nothing is left held or pending",
	"a checkout gives back its pins before they run out",
	"nothing is overdue",
	"every object answers",
	"everything comes to rest",
	// How
	"nobody is called too often",
	"D1 is asked once for a batch while it is away",
	"an error has an injected cause",
	"a late copy of a message changes nothing",
	"a checkout without a sale leaves no trace",
] as const;
export type Invariant = (typeof INVARIANTS)[number];

export interface Violation {
	readonly invariant: Invariant;
	readonly what: string;
}

export class Violations {
	readonly #all: Violation[] = [];

	expect(invariant: Invariant, isTrue: boolean, what: string): void {
		if (!isTrue) this.#all.push({ invariant, what });
	}

	add(invariant: Invariant, what: string): void {
		this.expect(invariant, false, what);
	}

	addAll(others: readonly Violation[]): void {
		this.#all.push(...others);
	}

	get all(): readonly Violation[] {
		return this.#all;
	}
}

export const toText = ({ invariant, what }: Violation): string => `${what} [${invariant}]`;
