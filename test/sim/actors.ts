/**
 * The people of a town, as far as they remember: checkouts as they were last seen, what the provider has said, what was asked to be
 * given back. What they do is in `shoppers.ts`, `merchant.ts` and `plugs.ts`; which of it they do next is here.
 */
import type { Checkout } from "../../src/checkout/rules/model.ts";
import type { Payment } from "../../src/payments/provider.ts";
import type { SandboxObject } from "../../src/payments/sandbox/sandbox.ts";
import * as plugs from "./environment-faults.ts";
import * as merchant from "./merchant.ts";
import { stubOf } from "./nemesis.ts";
import * as shoppers from "./shoppers.ts";
import type { Town } from "./simulation.ts";

/** How often each is done, in parts of about a hundred. */
const DEEDS = {
	reserve: 8,
	letGo: 2,
	extend: 1,
	open: 18,
	askAgain: 4,
	pay: 24,
	cancel: 3,
	look: 2,
	restock: 4,
	adjust: 2,
	refund: 5,
	cancelPreorder: 3,
	redefine: 1,
	turnOut: 1,
	breakProvider: 2,
	nightfall: 1,
	mendProvider: 2,
	oldNews: 4,
	pullPlug: 2,
	ringEarly: 3,
	carry: 6,
	sweepUp: 1,
	wait: 10,
};
type Deed = keyof typeof DEEDS;
/** They let time pass, and nothing else happens at the same time. */
const SLOW: readonly Deed[] = ["wait", "nightfall"];
const HOW: Readonly<Record<Deed, (folk: Folk) => Promise<void>>> = { ...shoppers, ...merchant, ...plugs };

export class Folk {
	readonly town: Town;
	/** The checkouts as they were last seen, and what the provider has said of their payments. */
	readonly seen = new Map<string, Checkout>();
	readonly news: Payment[] = [];
	/** Units of each checkout and SKU whose refund was asked for, under keys of their own. */
	readonly refundsAsked = new Map<string, number>();
	/** Payments that were made, and that the provider knew of, before the window was over. */
	readonly paidInTime = new Set<string>();
	#keys = 0;

	constructor(town: Town) {
		this.town = town;
	}

	/** Something happens; now and then several things at once. */
	async act(): Promise<void> {
		const { dice } = this.town;
		const many = dice.chance(0.15) ? dice.int(2, 5) : 1;
		const deeds = Array.from({ length: many }, () => dice.weighted(DEEDS));
		const now = deeds.filter((deed) => many === 1 || !SLOW.includes(deed));
		await Promise.all(now.map((deed) => this.town.attempt(deed, () => HOW[deed](this))));
		await this.town.webhooks();
	}

	key(): string {
		return `k${++this.#keys}`;
	}

	get provider(): DurableObjectStub<SandboxObject> {
		return stubOf(this.town.providerKey) as DurableObjectStub<SandboxObject>;
	}

	/** One of the checkouts in these phases, as far as anybody knows. */
	one(phases: readonly Checkout["phase"][]): Checkout | null {
		const all = [...this.seen.values()].filter((c) => phases.includes(c.phase));
		return all.length === 0 ? null : this.town.dice.pick(all);
	}

	note(c: Checkout | null): void {
		if (c !== null) this.seen.set(c.id, c);
	}

	name(id: string): string {
		return `c${[...this.town.asked.keys()].indexOf(id) + 1}`;
	}
}
