/** The times at which something begins or has to be over, in their order. */
import type { Duties } from "./duties.ts";

export type Moment = { readonly atMs: number; readonly index: number } & (
	| { readonly kind: "act-opens" | "fact-opens" | "hold-loosens" }
	| { readonly kind: "act-closes" | "fact-closes" | "hold-closes" }
);
/** What has to be reached before its time is over. */
export type Goal = Pick<Moment, "kind" | "index">;

export function momentsOf({ acts, facts }: Duties): Moment[] {
	const moments: Moment[] = [];
	const add = (kind: Moment["kind"], atMs: number, index: number) => {
		if (Number.isFinite(atMs)) moments.push({ kind, atMs, index });
	};
	acts.forEach(({ what, fromMs, byMs }, index) => {
		add("act-opens", fromMs, index);
		add("act-closes", byMs, index);
		if (what.kind !== "hold") return;
		add("hold-loosens", what.fromMs, index);
		add("hold-closes", what.byMs, index);
	});
	facts.forEach(({ fromMs, byMs }, index) => {
		add("fact-opens", fromMs, index);
		add("fact-closes", byMs, index);
	});
	// What begins at the instant at which another ends may be either's first.
	return moments.sort((one, other) => one.atMs - other.atMs || RANK[one.kind] - RANK[other.kind]);
}

const RANK: Readonly<Record<Moment["kind"], number>> = {
	"act-opens": 0,
	"fact-opens": 0,
	"hold-loosens": 0,
	"act-closes": 1,
	"fact-closes": 1,
	"hold-closes": 2,
};
