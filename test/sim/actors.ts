/**
 * The shoppers, the merchant and the environment of a simulation: what they remember, and which action comes next. The
 * actions are in `shoppers.ts`, `merchant.ts` and `environment-faults.ts`.
 */
import { env } from "cloudflare:workers";
import { callCheckout } from "../../src/checkout/client.ts";
import type { CheckoutRpc } from "../../src/checkout/rpc.ts";
import type { Checkout } from "../../src/checkout/rules/model.ts";
import type { Payment } from "../../src/payments/provider.ts";
import type { SandboxObject } from "../../src/payments/sandbox/sandbox.ts";
import * as environment from "./environment-faults.ts";
import * as merchant from "./merchant.ts";
import { quiet, stubOf } from "./nemesis.ts";
import * as provider from "./provider-actions.ts";
import * as shoppers from "./shoppers.ts";
import type { Simulation } from "./simulation.ts";

/** How often each action is chosen, in parts of about a hundred. */
const ACTION_WEIGHTS = {
	reserve: 8,
	release: 2,
	extend: 1,
	open: 18,
	repeatOpen: 4,
	pay: 24,
	cancel: 3,
	read: 2,
	restock: 4,
	adjust: 2,
	refund: 5,
	cancelPreorder: 3,
	redefine: 1,
	releaseByMerchant: 1,
	breakProvider: 2,
	providerOutage: 1,
	repairProvider: 2,
	staleWebhook: 4,
	killObject: 2,
	ringAlarmEarly: 3,
	deliverQueue: 6,
	providerRefuses: 1,
	storeFailures: 2,
	d1Outage: 1,
	clockStep: 4,
	muteAlarm: 2,
	lateTwin: 5,
	debit: 2,
	answerDebit: 1,
	returnRefund: 4,
	openDispute: 3,
	closeDispute: 2,
	misreport: 2,
	runSweep: 1,
	wait: 10,
};
type Action = keyof typeof ACTION_WEIGHTS;
/** These move the clock or compare before and after, so they never run beside others. */
const RUNS_ALONE: readonly Action[] = [
	"wait",
	"providerOutage",
	"providerRefuses",
	"d1Outage",
	"clockStep",
	"lateTwin",
];
const ACTIONS: Readonly<Record<Action, (actors: Actors) => Promise<void>>> = {
	...shoppers,
	...merchant,
	...environment,
	...provider,
};

/** Messages to a checkout that may come late once more. */
const TWINNED: readonly (keyof CheckoutRpc)[] = ["cancel", "refund", "paymentEvent", "paidOutside"];

export class Actors {
	readonly sim: Simulation;
	/** The checkouts as they were last seen. */
	readonly seen = new Map<string, Checkout>();
	/** Every snapshot of a payment that the provider has given. */
	readonly snapshots: Payment[] = [];
	/** Units of each checkout and SKU whose refund was requested, each request under a key of its own. */
	readonly refundsRequested = new Map<string, number>();
	/** Payments that were made before the window ended, while the provider already knew of them. */
	readonly paidInTime = new Set<string>();
	/** Payments of which a bank has not answered yet, and those that are disputed. */
	readonly debits: string[] = [];
	readonly disputes: string[] = [];
	/** Payments of which no webhook tells. */
	readonly silent = new Set<string>();
	/** Checkouts whose shopper was forgotten. */
	readonly erased = new Set<string>();
	/** How many refunds of each payment came back. */
	readonly returns = new Map<string, number>();
	#keys = 0;

	constructor(sim: Simulation) {
		this.sim = sim;
	}

	/** Does one action, and now and then several at once. */
	async act(): Promise<void> {
		const { prng } = this.sim;
		const count = prng.chance(0.15) ? prng.int(2, 5) : 1;
		const chosen = Array.from({ length: count }, () => prng.weighted(ACTION_WEIGHTS));
		const actions = chosen.filter((action) => count === 1 || !RUNS_ALONE.includes(action));
		await Promise.all(actions.map((action) => this.sim.tolerateFaults(action, () => ACTIONS[action](this))));
		await quiet();
		await this.sim.deliverWebhooks();
		await quiet();
	}

	/**
	 * Calls a checkout. A copy of the message may arrive later once more, and the checkout may begin a try at once.
	 */
	async checkout<M extends keyof CheckoutRpc>(
		id: string,
		method: M,
		...args: Parameters<CheckoutRpc[M]>
	): Promise<Awaited<ReturnType<CheckoutRpc[M]>>> {
		this.sim.callLog.prodded(id, Date.now());
		if (TWINNED.includes(method)) this.sim.twins.observe({ checkoutId: id, sku: null, call: method, args });
		type Call = (...args: Parameters<CheckoutRpc[M]>) => ReturnType<CheckoutRpc[M]>;
		const result = await callCheckout(
			env,
			id,
			(object) => (object[method] as unknown as Call)(...args) as Promise<unknown>,
		);
		return result as Awaited<ReturnType<CheckoutRpc[M]>>;
	}

	/** A new idempotency key. */
	key(): string {
		return `k${++this.#keys}`;
	}

	get provider(): DurableObjectStub<SandboxObject> {
		return stubOf(this.sim.providerKey) as DurableObjectStub<SandboxObject>;
	}

	/** One of the checkouts that were in one of these phases when last seen; null when there is none. */
	pickCheckout(phases: readonly Checkout["phase"][]): Checkout | null {
		const all = [...this.seen.values()].filter((c) => phases.includes(c.phase));
		return all.length === 0 ? null : this.sim.prng.pick(all);
	}

	/** The payments as the checkouts knew them when they were last seen. */
	knownPayments(): Payment[] {
		const ofProvider = [...this.seen.values()].filter(({ isExternal }) => !isExternal);
		return ofProvider.flatMap(({ payment }) => (payment === null ? [] : [payment.seen]));
	}

	remember(c: Checkout | null): void {
		if (c !== null) this.seen.set(c.id, c);
	}

	/** A short name for the log. */
	name(id: string): string {
		return `c${[...this.sim.requests.keys()].indexOf(id) + 1}`;
	}
}
