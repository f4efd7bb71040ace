/**
 * Mutants that no test of the rules can notice, or need not: each with its reason. `npm run mutation` fails for a mutant
 * that survives and is not here, and for an entry here whose mutant is not there any more or is noticed by now.
 */
export interface Explained {
	/** Below `src/`. */
	readonly file: string;
	/** The lines of the mutant without their indentation, as they are and as the mutant has them. */
	readonly code: string;
	readonly becomes: string;
	/** Why it does the same, or is out of reach. */
	readonly why: string;
}

const NEWEST_ATTEMPT =
	"return Math.max(reservation?.pin?.attempt ?? 0, preorder?.attempt ?? 0, ended?.attempt ?? 0) > attempt;";
const BELOW_ANY = "Attempts count from 1, so neither 0 nor 1 is above any.";

const NEAREST = "return entries.reduce((best, other) => (nearness(other[1]) > nearness(best[1]) ? other : best))[0];";

const STOCK: readonly Explained[] = [
	{
		file: "stock/rules/allocate.ts",
		code: "if (head === null || (head.place ?? 0) > free.setAsideUpTo) return 0;",
		becomes: "if (head === null || (head.place ?? 1) > free.setAsideUpTo) return 0;",
		why: "Who waits has a place.",
	},
	{
		file: "stock/rules/allocate.ts",
		code: "while (free.available > 0) {",
		becomes: "while (free.available >= 0) {",
		why: "With nothing free nobody is served, and the loop ends by its `break`.",
	},
	{
		file: "stock/rules/bookkeeping.ts",
		code: "for (const counter in deltas) next[counter as Counter] += deltas[counter as Counter] ?? 0;",
		becomes: "for (const counter in deltas) next[counter as Counter] += deltas[counter as Counter] ?? 1;",
		why: "A counter that is named has a number: `?? 0` is for the compiler.",
	},
	{
		file: "stock/rules/claim-fence.ts",
		code: NEWEST_ATTEMPT,
		becomes: NEWEST_ATTEMPT.replace("pin?.attempt ?? 0", "pin?.attempt ?? 1"),
		why: BELOW_ANY,
	},
	{
		file: "stock/rules/claim-fence.ts",
		code: NEWEST_ATTEMPT,
		becomes: NEWEST_ATTEMPT.replace("preorder?.attempt ?? 0", "preorder?.attempt ?? 1"),
		why: BELOW_ANY,
	},
	{
		file: "stock/rules/claim-fence.ts",
		code: NEWEST_ATTEMPT,
		becomes: NEWEST_ATTEMPT.replace("ended?.attempt ?? 0", "ended?.attempt ?? 1"),
		why: BELOW_ANY,
	},
	{
		file: "stock/rules/gates.ts",
		code: "calls: 0,",
		becomes: "calls: 1,",
		why: "The second of a cold SKU is none, so no call is added to those in it.",
	},
	{
		file: "stock/rules/gates.ts",
		code: NEAREST,
		becomes: NEAREST.replace("> nearness", ">= nearness"),
		why: "Of two regions that are as near, either serves.",
	},
	{
		file: "stock/rules/release.ts",
		code: "const endsAtMs = mine.expiresAtMs ?? 0;",
		becomes: "const endsAtMs = mine.expiresAtMs ?? 1;",
		why: "A hold has an end.",
	},
	{
		file: "stock/rules/release.ts",
		code: 'if (r.status === "paying" && isAhead(r.heldUntilMs, nowMs)) {',
		becomes: "if (true && isAhead(r.heldUntilMs, nowMs)) {",
		why: "A hold that was restored ends at its `heldUntilMs` or, if it was extended, later.",
	},
	{
		file: "stock/rules/release.ts",
		code: 'return returnUnits(stock, r, "expired", Math.max(pinnedUntilMs(r) ?? r.expiresAtMs, r.heldUntilMs ?? 0));',
		becomes:
			'return returnUnits(stock, r, "expired", Math.max(pinnedUntilMs(r) ?? r.expiresAtMs, r.heldUntilMs ?? 1));',
		why: "No reservation ended in the first millisecond of 1970.",
	},
	{
		file: "stock/rules/reserve.ts",
		code: "if (live !== null && command.quantity < live.quantity) return resize(stock, live, command);",
		becomes: "if (live !== null && command.quantity <= live.quantity) return resize(stock, live, command);",
		why: "A command for the same quantity has returned above.",
	},
];

const BY_SKU = ".sort(([a], [b]) => (a < b ? -1 : 1))";

const FIRST_VERSION = "version: Math.max((past?.version ?? 0) + 1, Math.floor(nowMs / 1000)),";

const CHECKOUT: readonly Explained[] = [
	...[BY_SKU.replace("-1", "-2"), BY_SKU.replace(": 1", ": 2"), BY_SKU.replace(": 1", ": 0")].map((becomes) => ({
		file: "checkout/rules/lifecycle.ts",
		code: BY_SKU,
		becomes,
		why: "A sort looks only at whether the first of two comes before the second.",
	})),
	{
		file: "checkout/rules/lifecycle.ts",
		code: BY_SKU,
		becomes: BY_SKU.replace("<", "<="),
		why: "No two lines have the same SKU by then.",
	},
	{
		file: "checkout/rules/lifecycle.ts",
		code: FIRST_VERSION,
		becomes: FIRST_VERSION.replace("?? 0", "?? 1"),
		why: "No checkout was opened in the first two seconds of 1970.",
	},
	{
		file: "checkout/rules/payment-snapshot.ts",
		code: "const isNewerDecline = (snapshot.declined?.atMs ?? 0) > (seen.declined?.atMs ?? 0);",
		becomes: "const isNewerDecline = (snapshot.declined?.atMs ?? 0) > (seen.declined?.atMs ?? 1);",
		why: "No payment was declined in the first millisecond of 1970.",
	},
];

const OCTETS = String.raw`const octets = /^(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(hostname)?.slice(1).map(Number);`;

const WEBHOOKS: readonly Explained[] = [
	{
		file: "webhooks/rules/address.ts",
		code: OCTETS,
		becomes: OCTETS.replace("^", ""),
		why: "A URL's parser takes no name whose last part is a number.",
	},
	{
		file: "webhooks/rules/address.ts",
		code: "[[224, 0, 0, 0], 3],",
		becomes: "[[224, 0, 0, 0], 2],",
		why: "There is no address above this block.",
	},
];

export const EXPLAINED: readonly Explained[] = [...STOCK, ...CHECKOUT, ...WEBHOOKS];
