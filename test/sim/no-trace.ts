/**
 * "What ends without a sale leaves every reservation as it would have been": two shops with the same history, and in
 * one of them checkouts that end without a sale. Afterwards each shopper is shown the same in both.
 *
 * While a checkout is open, nobody else does anything. If time that passes meanwhile ends a hold of the other shop, only
 * the shopper of the checkout is compared: others wait for the units of a checkout as long as its window is open.
 */
import { env } from "cloudflare:workers";
import type { Policy } from "../../src/catalog/policy.ts";
import { callCheckout, checkoutIdOf } from "../../src/checkout/client.ts";
import type { Checkout } from "../../src/checkout/rules/model.ts";
import type { SandboxObject } from "../../src/payments/sandbox/sandbox.ts";
import { callSku } from "../../src/stock/client.ts";
import { reserveMany } from "../../src/stock/reserve-columns.ts";
import { activate, quiet, stubOf } from "./nemesis.ts";
import { Prng } from "./prng.ts";
import { policyOf, Simulation } from "./simulation.ts";
import { rowsOf } from "./stored.ts";
import type { Violation } from "./violations.ts";

const SHOPPERS = 9;
const STEPS = 14;
const CHECKOUTS = 5;
const SKUS = ["x", "y", "z"];
/** More than there ever is. */
const IMPOSSIBLE = 5_000;

/** What a shopper without a live reservation is shown, however the last one ended. */
const NONE = "no live one";

const ENDINGS = ["refused", "cancelled", "declined", "unpaid", "failed"] as const;
type Ending = (typeof ENDINGS)[number];

interface Pair {
	/** The SKU of the shop with checkouts, and of the one without. */
	readonly sku: string;
	readonly without: string;
	readonly policy: Policy;
}

export interface TraceReport {
	readonly violations: readonly Violation[];
	readonly history: readonly string[];
	/** How many checkouts ended without a sale, and after how many of them everybody was compared. */
	readonly ended: number;
	readonly comparedWhole: number;
}

/** @param meddle does something to a SKU of the shop with checkouts, and to none of the other shop */
export async function playWithoutSale(seed: number, meddle?: (sku: string) => Promise<unknown>): Promise<TraceReport> {
	const prng = new Prng(seed, "no trace");
	const pairs: Pair[] = SKUS.map((name) => {
		const policy = { ...policyOf(prng), saleEndsAtMs: null, saleStartsAtMs: null };
		return { sku: `${name}-${seed}`, without: `${name}-${seed}-without`, policy };
	});
	const sim = new Simulation(
		seed,
		SHOPPERS,
		pairs.flatMap(({ sku, without }) => [sku, without]),
		`sandbox-${seed}-no-trace`,
	);
	sim.faultRate = 0;
	activate(sim);
	try {
		return await new TwoShops(sim, prng, pairs, meddle).play();
	} finally {
		activate(null);
	}
}

class TwoShops {
	readonly #sim: Simulation;
	readonly #prng: Prng;
	readonly #pairs: readonly Pair[];
	/**
	 * Who has not opened a checkout yet. Units that a checkout kept count to the time for which its shopper may keep them
	 * from others, so those who have opened one do nothing more.
	 */
	readonly #free: string[];
	readonly #meddle: ((sku: string) => Promise<unknown>) | undefined;
	#keys = 0;
	#ended = 0;
	#comparedWhole = 0;

	constructor(sim: Simulation, prng: Prng, pairs: readonly Pair[], meddle?: (sku: string) => Promise<unknown>) {
		this.#meddle = meddle;
		this.#sim = sim;
		this.#prng = prng;
		this.#pairs = pairs;
		this.#free = [...sim.shoppers];
	}

	async play(): Promise<TraceReport> {
		for (const pair of this.#pairs) {
			await this.#both(pair, (name) =>
				callSku(env, name, (object) =>
					object.define({
						...{ sku: name, title: "", description: null, imageUrl: null, policy: pair.policy },
						...{ priceMinor: 100, currency: "USD" },
					}),
				),
			);
			await this.#restock(pair);
		}
		for (let i = 0; i < CHECKOUTS && this.#sim.violations.all.length === 0; i++) {
			for (let step = 0; step < STEPS; step++) await this.#step();
			if (!(await this.#checkoutWithoutSale())) break;
		}
		const { violations, history } = this.#sim;
		return { violations: violations.all, history, ended: this.#ended, comparedWhole: this.#comparedWhole };
	}

	async #both(pair: Pair, work: (name: string) => Promise<unknown>): Promise<void> {
		const answers: string[] = [];
		for (const name of [pair.sku, pair.without]) answers.push(answerOf(await work(name)));
		if (answers[0] !== answers[1]) this.#sim.log(`  ${answers[0]} here, and ${answers[1]} without checkouts`);
	}

	/** One step of the history that both shops have. */
	async #step(): Promise<void> {
		const prng = this.#prng;
		const pair = prng.pick(this.#pairs);
		const shopperId = prng.pick(this.#free);
		const step = prng.weighted({ reserve: 12, release: 2, extend: 1, restock: 1, wait: 3 });
		const quantity = prng.pick([1, 1, 2, 3]);
		const wait = prng.chance(0.7);
		this.#sim.log(`${step} ${pair.sku} ${shopperId} ${quantity}${wait ? " or wait" : ""}`);
		switch (step) {
			case "reserve":
				return this.#both(pair, (name) =>
					callSku(env, name, (object) => reserveMany(object, [{ shopperId, quantity, wait, ifMatch: null }])),
				);
			case "release":
				return this.#both(pair, (name) => callSku(env, name, (object) => object.release(shopperId)));
			case "extend":
				return this.#both(pair, (name) => callSku(env, name, (object) => object.extend(shopperId)));
			case "restock":
				return this.#restock(pair);
			case "wait":
				return this.#sim.advance(prng.int(1, 40));
		}
	}

	async #restock(pair: Pair): Promise<void> {
		const request = { quantity: this.#prng.int(1, 6), reference: null, ifOnHand: null };
		const keyed = { key: `k${++this.#keys}`, fingerprint: "" };
		await this.#both(pair, (name) => callSku(env, name, (object) => object.restock(request, keyed)));
	}

	/** @returns whether both shops are still alike, so that there can be another one */
	async #checkoutWithoutSale(): Promise<boolean> {
		const prng = this.#prng;
		const sim = this.#sim;
		const ending = prng.pick(ENDINGS);
		const chosen = prng.some(this.#pairs, prng.int(ending === "refused" ? 2 : 1, this.#pairs.length));
		const lines = chosen.map(({ sku }, index) => {
			return { sku, quantity: ending === "refused" && index === 0 ? IMPOSSIBLE : prng.pick([1, 1, 2, 3]) };
		});
		const shopperId = prng.pick(this.#free);
		this.#free.splice(this.#free.indexOf(shopperId), 1);
		const key = `checkout-${++this.#keys}`;
		const rest = { shopperId, lines, partial: false, acceptPreorder: prng.chance(0.6) };
		const id = await checkoutIdOf(shopperId, key);
		sim.requests.set(id, { key, ...rest });
		const provider = stubOf(sim.providerKey) as DurableObjectStub<SandboxObject>;
		if (ending === "failed") {
			await provider.setFaults([{ call: "create", fail: "before", delayMs: 0, times: 1_000 }]);
		}
		sim.log(`${shopperId} opens a checkout to be ${ending}: ${JSON.stringify(rest)}`);
		const fromMs = Date.now();
		const dueMs = await this.#nextDueMs();
		const opened = await callCheckout(env, id, (object) => object.open({ id, email: "a@example.com", ...rest }, key));
		if (opened.kind !== "opened") throw new Error(opened.kind);
		const { checkout } = opened;
		await quiet();
		const isMirrored = await this.#mirrorRefusals(checkout);
		if (checkout.phase === "awaiting") await this.#endWithoutSale(ending, id, checkout.payment?.seen.id ?? null, dueMs);
		else if (ending === "failed") await sim.advance(70);
		await provider.setFaults([]);
		await sim.advance(1);
		await quiet();
		const ended = await callCheckout(env, id, (object) => object.read());
		await quiet();
		const phase = ended === null ? "nothing" : ended.phase === "closed" ? ended.ending : ended.phase;
		sim.log(`it is ${phase}`);
		// A cart that costs nothing is sold at once, and one that is late is still being called off.
		if (phase === "completed" || phase === "closing" || phase === "opening") return false;
		this.#ended++;
		const isWhole = dueMs > Date.now();
		if (isWhole) this.#comparedWhole++;
		for (const { sku } of this.#pairs) await this.#meddle?.(sku);
		await this.#compare(isWhole, shopperId, `${ending} (${phase}) after ${(Date.now() - fromMs) / 1_000} s`);
		return isWhole && isMirrored;
	}

	/**
	 * Who is refused is demand, and shortens the time for which others may keep units: so the same shopper is refused the
	 * same in the other shop, by a request that is no checkout.
	 * @returns false when that was not possible, and the shops may differ from then on
	 */
	async #mirrorRefusals({ shopperId, lines }: Checkout): Promise<boolean> {
		let isMirrored = true;
		for (const { claim, sku, quantity } of lines) {
			if (claim !== "refused") continue;
			const without = this.#pairs.find((pair) => pair.sku === sku)?.without ?? "";
			// Of a shopper who has something here it would be another wish.
			const hasNone = (await shown(without, shopperId)) === NONE;
			isMirrored &&= hasNone;
			const request = { shopperId, quantity, wait: false, ifMatch: null };
			if (hasNone) await callSku(env, without, (object) => reserveMany(object, [request]));
		}
		return isMirrored;
	}

	async #endWithoutSale(ending: Ending, id: string, paymentId: string | null, dueMs: number): Promise<void> {
		const sim = this.#sim;
		const provider = stubOf(sim.providerKey) as DurableObjectStub<SandboxObject>;
		const leftSeconds = Math.floor((dueMs - Date.now()) / 1_000) - 3;
		// Mostly before anything of the other shop ends, so that everybody can be compared.
		const seconds = this.#prng.chance(0.8) ? Math.max(0, Math.min(leftSeconds, 30)) : this.#prng.int(1, 200);
		if (ending === "declined" && paymentId !== null) await provider.confirm(paymentId, { outcome: "decline" });
		await sim.deliverWebhooks();
		if (ending === "unpaid") return sim.advance(1_000);
		await sim.advance(this.#prng.int(0, seconds));
		await callCheckout(env, id, (object) => object.cancel());
	}

	/** When the first hold of the shop without checkouts runs out. */
	async #nextDueMs(): Promise<number> {
		const rows = await Promise.all(this.#pairs.map(({ without }) => rowsOf(without)));
		const due = rows.flatMap(({ reservations }) => reservations.map(({ expiresAtMs }) => expiresAtMs ?? Infinity));
		return Math.min(Number.POSITIVE_INFINITY, ...due);
	}

	async #compare(everybody: boolean, own: string, what: string): Promise<void> {
		for (const { sku, without } of this.#pairs) {
			for (const shopperId of everybody ? this.#sim.shoppers : [own]) {
				const [is, would] = [await shown(sku, shopperId), await shown(without, shopperId)];
				const whose = shopperId === own ? "the shopper's own" : "another's";
				this.#expectNoTrace(is === would, `${what} leaves a trace at ${sku}: ${whose} is ${is}, and would be ${would}`);
			}
			if (!everybody) continue;
			const [is, would] = [await counters(sku), await counters(without)];
			this.#expectNoTrace(is === would, `${what} leaves a trace at ${sku}: ${is}, and would be ${would}`);
		}
	}

	#expectNoTrace(isTrue: boolean, what: string): void {
		this.#sim.violations.expect("a checkout without a sale leaves no trace", isTrue, what);
	}
}

/** What `GET /v1/reservations/{sku}` shows, but for what counts changes. */
async function shown(sku: string, shopperId: string): Promise<string> {
	const result = await callSku(env, sku, (object) => object.reservation(shopperId));
	if (result.kind !== "found") return NONE;
	const { status, quantity, expiresAtMs, position, extensionsLeft } = result.reservation;
	const isLive = status === "held" || status === "waiting" || status === "paying";
	return isLive ? JSON.stringify({ status, quantity, expiresAtMs, position, extensionsLeft }) : NONE;
}

/** An answer without what is different in any two shops. */
const answerOf = (answer: unknown): string =>
	JSON.stringify(answer, (key, value) =>
		["id", "sku", "version", "revision", "seq", "name"].includes(key) ? undefined : value,
	);

async function counters(sku: string): Promise<string> {
	const { available, held, sold, waiting, pending, owed } = (await rowsOf(sku)).stock;
	return JSON.stringify({ available, held, sold, waiting, pending, owed });
}
