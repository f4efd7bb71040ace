/** What stands below the counters of a SKU: its equation as it is (what came in is what is there), and what is asked for. */
import type { Stock } from "../../client/index.ts";
import { A } from "./strings.ts";

export interface Counters {
	readonly received: number;
	readonly adjusted: number;
	readonly available: number;
	readonly held: number;
	readonly sold: number;
	readonly balanced: boolean;
}

const Term = ({ name, value }: { readonly name: string; readonly value: number }) => (
	<span class="term">
		<strong class="numbers">{value}</strong> <span class="soft">{name.toLowerCase()}</span>
	</span>
);

export function Equation({ counters }: { readonly counters: Counters }) {
	const { received, adjusted, available, held, sold, balanced } = counters;
	return (
		<p class={`equation${balanced ? "" : " bad"}`}>
			<Term name={A.counters.received} value={received} /> {adjusted < 0 ? "−" : "+"}{" "}
			<Term name={A.counters.adjusted} value={Math.abs(adjusted)} /> <b>{balanced ? "=" : "≠"}</b>{" "}
			<Term name={A.counters.available} value={available} /> + <Term name={A.counters.held} value={held} /> +{" "}
			<Term name={A.counters.sold} value={sold} />{" "}
			<span class={`badge ${balanced ? "good" : "bad"}`}>{balanced ? A.balanced : A.unbalanced}</span>
		</p>
	);
}

export const Demand = ({ demand }: { readonly demand: Stock["demand"] }) => (
	<p class="soft">
		{A.demandText(demand.refused, demand.waiting, demand.owed)}{" "}
		{demand.wouldSellAtOnce > 0 && A.wouldSell(demand.wouldSellAtOnce)}
	</p>
);
