/**
 * One simulation: some SKUs, some shoppers, one provider, one clock, and the log of what happened.
 *
 * Nothing happens but by an action or by the clock. Alarms ring when the clock reaches them, some of them late; an
 * alarm whose handler failed rings again, as on the platform. The same seed makes the same simulation.
 */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import type { Policy } from "../../src/catalog/policy.ts";
import type { OpenRequest } from "../../src/checkout/rules/model.ts";
import { KEEP_ENDED_MS } from "../../src/limits.ts";
import { sandboxObject } from "../../src/payments/sandbox/provider.ts";
import type { CheckoutObject } from "../../src/worker.ts";
import type { DeathInAwait } from "./awaits.ts";
import { CallLog } from "./call-log.ts";
import { FakeQueue, MAIL_TROUBLE } from "./fake-queue.ts";
import { D1_AWAY, D1_FAILS, type D1Session, FaultyD1 } from "./faulty-d1.ts";
import { BROKEN_CONNECTION, DEATH, type Message, type NemesisHost, type ObjectKey, quiet, stubOf } from "./nemesis.ts";
import { Prng, randomFor } from "./prng.ts";
import { ProviderTrouble } from "./provider-trouble.ts";
import { TroubleCounts } from "./trouble.ts";
import { Twins } from "./twins.ts";
import { Violations } from "./violations.ts";

/** So far ahead that the runtime rings none of its alarms by itself. */
const START = Date.UTC(2099, 11, 12);
/** More alarms than any simulation needs: one that needs more goes round in circles. */
const MAX_ALARMS = 20_000;
/** A message that comes back so often is one that D1 will never take. */
const MAX_DELIVERY_ROUNDS = 50;
/**
 * Errors that injected faults cause, and one that heals: a SKU reports on a pre-order before the checkout has the SKU's
 * answer to the purchase.
 */
const EXPECTED_ERRORS = [
	DEATH,
	BROKEN_CONNECTION,
	"could not serve the call",
	"does not yet know that it bought",
	D1_AWAY,
	D1_FAILS,
	...MAIL_TROUBLE,
];
/** Copies of messages are kept so much more often than calls fail. */
const TWINS_PER_FAULT = 2;
/** Beside the probability that a call fails. Checkouts wait so much more often than SKUs that each await is rarely the last. */
const DEATHS_PER_AWAIT = { SKU: 0.25, CHECKOUT: 0.04 };
const D1_FAULTS_PER_FAULT = 2;
/** With nobody doing anything, a simulation that has not settled by then is stuck. */
const STUCK_AFTER_MS = 6 * 3_600_000;

export interface CheckoutRequest {
	readonly key: string;
	readonly shopperId: string;
	readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
	readonly partial: boolean;
	readonly acceptPreorder: boolean;
	/** Not drawn from the seed, so that a seed stays what it was. */
	readonly adjustments?: NonNullable<OpenRequest["adjustments"]>;
	readonly isExternal?: boolean;
}

export class Simulation implements NemesisHost {
	readonly seed: string;
	readonly provider: string;
	readonly prng: Prng;
	readonly queue: FakeQueue;
	readonly trouble = new TroubleCounts();
	readonly providerTrouble: ProviderTrouble;
	readonly d1: FaultyD1;
	readonly twins: Twins;
	readonly callLog = new CallLog();
	readonly skus: readonly string[];
	readonly shoppers: readonly string[];
	/** Every checkout that was ever requested, by its id. */
	readonly requests = new Map<string, CheckoutRequest>();
	/** The highest limit per shopper that each SKU ever had; null when it once had none. */
	readonly limits = new Map<string, number | null>();
	readonly violations = new Violations();
	readonly history: string[] = [];
	/** The probability that a call fails, drawn for each simulation. */
	faultRate: number;
	/** No faults are injected: only people do unexpected things. */
	readonly isCalm: boolean;
	faultCount = 0;
	#alarmsRung = 0;
	readonly #alarms = new Map<ObjectKey, number>();
	/** Objects whose alarm may differ from the one last reported: they have died since. */
	readonly #uncertainAlarms = new Set<ObjectKey>();
	/** Objects whose alarm rang and whose handler failed: it rings again. */
	readonly #failedAlarms = new Set<ObjectKey>();
	/** Objects whose alarm does not ring any more, whatever they do. */
	readonly #mute = new Set<ObjectKey>();
	/** Work that waits for a slow D1. */
	readonly #usingD1 = new Map<D1Session, Promise<unknown>>();
	readonly #awaits = new Map<string, number>();

	/** @param skus their names; some of each simulation's own when not given */
	constructor(seed: number, shoppers: number, skus: readonly string[] | null = null, provider = `sandbox-${seed}`) {
		this.seed = String(seed);
		this.prng = new Prng(seed);
		this.provider = provider;
		// Some without faults: otherwise a fault that prevents every sale would hide what a sale does.
		this.faultRate = this.prng.pick([0, 0.03, 0.05, 0.08, 0.12]);
		this.isCalm = this.faultRate === 0;
		this.providerTrouble = new ProviderTrouble(this.seed, this.trouble);
		this.d1 = new FaultyD1(env.DB, this.trouble, new Prng(seed, "D1"), () => this.faultRate * D1_FAULTS_PER_FAULT);
		this.twins = new Twins(this.seed, () => this.faultRate * TWINS_PER_FAULT);
		this.queue = new FakeQueue(this);
		this.skus = skus ?? ["a", "b", "c", "d"].slice(0, this.prng.int(2, 4)).map((name) => `${name}-${seed}`);
		this.shoppers = Array.from({ length: shoppers }, (_, i) => `s${i + 1}-${seed}`);
		vi.setSystemTime(START);
	}

	log(what: string): void {
		if (what.includes("!")) this.faultCount++;
		this.history.push(`${String((Date.now() - START) / 1000).padStart(8)}  ${what}`);
	}

	/** Does `work`, which may fail only because of an injected fault. @returns null when it failed */
	async tolerateFaults<T>(what: string, work: () => Promise<T>): Promise<T | null> {
		try {
			return await work();
		} catch (error) {
			this.#reportFailure(what, error);
			return null;
		}
	}

	/** Does work that ends, unless something goes round in circles. */
	async untilRest(work: () => Promise<void>): Promise<void> {
		try {
			await work();
		} catch (error) {
			const failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
			this.violations.add("everything comes to rest", failure);
		}
	}

	/** Does work during which nothing fails. */
	async withoutFaults(work: () => Promise<void>): Promise<void> {
		const { faultRate } = this;
		this.faultRate = 0;
		await work();
		this.faultRate = faultRate;
	}

	#reportFailure(what: string, error: unknown): void {
		this.reportError(`${what}: ${error instanceof Error ? error.message : String(error)}`);
	}

	/** An error was thrown or logged: a violation unless an injected fault explains it. */
	reportError(message: string): void {
		const isExpected = EXPECTED_ERRORS.some((expected) => message.includes(expected));
		this.violations.expect("an error has an injected cause", isExpected, message);
		this.log(`    (${message})`);
	}

	// ---- For the nemesis

	knows(key: ObjectKey): boolean {
		const name = nameOf(key);
		return this.requests.has(name) || this.skus.includes(name) || name === this.provider;
	}

	accept(bodies: readonly unknown[]): void {
		this.queue.accept(bodies);
	}

	calls(caller: ObjectKey, callee: ObjectKey): void {
		if (caller.startsWith("CHECKOUT ")) this.callLog.called(nameOf(caller), calleeOf(callee), Date.now());
	}

	callFails(): void {
		this.trouble.happened("calls that failed");
	}

	async pass({ caller, callee, call, args }: Message, real: () => Promise<unknown>): Promise<unknown> {
		if (!caller.startsWith("CHECKOUT ")) return real();
		if (callee === this.providerKey) return this.providerTrouble.call(call, args, real);
		this.twins.observe({ checkoutId: nameOf(caller), sku: nameOf(callee), call, args });
		return real();
	}

	/** Whether the object dies in this await, which depends on the seed and on how often it was there. */
	diesInAwait(key: ObjectKey, point: string): DeathInAwait | null {
		if (key === this.providerKey || !this.knows(key)) return null;
		const what = `${key} ${point}`;
		const nth = this.#awaits.get(what) ?? 0;
		this.#awaits.set(what, nth + 1);
		const drawn = randomFor(this.seed, "await", what, nth);
		const isSku = key.startsWith("SKU ");
		const rate = this.faultRate * DEATHS_PER_AWAIT[isSku ? "SKU" : "CHECKOUT"];
		if (drawn >= rate) return null;
		const death = drawn < rate / 2 ? "during" : "after";
		this.log(`    ! ${key} dies ${death} ${point}`);
		this.trouble.happened(`deaths in an await of a ${isSku ? "SKU" : "checkout"}`);
		return death;
	}

	alarmSet(key: ObjectKey, atMs: number | null): void {
		if (!this.knows(key)) return;
		if (atMs === null) this.#alarms.delete(key);
		else if (this.#mute.has(key)) this.trouble.happened("alarms that never rang");
		else this.#alarms.set(key, atMs);
	}

	died(key: ObjectKey): void {
		this.#uncertainAlarms.add(key);
		this.trouble.happened("objects killed");
		if (key.startsWith("CHECKOUT ")) this.callLog.prodded(nameOf(key), Date.now());
	}

	/**
	 * Gives this simulation's provider the webhook secret by which the Worker verifies. Each sandbox makes a secret of
	 * its own where none is configured, and the Worker asks the one that it knows.
	 */
	async shareWebhookSecret(): Promise<void> {
		const secret = await sandboxObject(env).webhookSecret();
		await runInDurableObject(stubOf(this.providerKey), (_, { storage }) => storage.kv.put("webhookSecret", secret));
	}

	// ---- Objects

	keys(): ObjectKey[] {
		return [
			...this.skus.map((sku): ObjectKey => `SKU ${sku}`),
			...[...this.requests.keys()].map((id): ObjectKey => `CHECKOUT ${id}`),
			`SANDBOX ${this.provider}`,
		];
	}

	get providerKey(): ObjectKey {
		return `SANDBOX ${this.provider}`;
	}

	/** From now on the object's alarm never rings: neither one that is set, nor any that it will set. */
	mute(key: ObjectKey): void {
		this.#mute.add(key);
		if (this.#alarms.delete(key) || this.#failedAlarms.delete(key)) this.trouble.happened("alarms that never rang");
	}

	isMute(key: ObjectKey): boolean {
		return this.#mute.has(key);
	}

	/**
	 * Does what runs beside the objects, with the environment of the Worker in this simulation. It may fail because of an
	 * injected fault. Work that waits for a slow D1 is left to go on by itself while the clock moves.
	 */
	async usingD1(what: string, work: (env: Env, session: D1Session) => Promise<unknown>): Promise<void> {
		const session = this.d1.session();
		const done = this.tolerateFaults(what, () => work({ ...env, DB: session.db }, session));
		this.#usingD1.set(session, done);
		void done.then(() => this.#usingD1.delete(session));
		await session.untilAsleep(done);
	}

	/** The clock has moved: a slow D1 answers what it was asked so long ago. */
	async #wakeD1(nowMs: number): Promise<void> {
		if (this.#usingD1.size === 0) return;
		this.d1.wake(nowMs);
		for (const [session, work] of [...this.#usingD1]) await session.untilAsleep(work);
		await quiet();
	}

	/** Rings the object's alarm if it has one, whatever it is set for. */
	async ring(key: ObjectKey): Promise<void> {
		if (this.#mute.has(key)) return;
		if (++this.#alarmsRung > MAX_ALARMS) throw new Error("the alarms never stop");
		this.#alarms.delete(key);
		try {
			const isRetry = this.#failedAlarms.delete(key);
			const stub = stubOf(key);
			const rang = await runDurableObjectAlarm(stub);
			if (isRetry && !rang) await runInDurableObject(stub, (object) => (object as CheckoutObject).alarm());
			await quiet();
		} catch (error) {
			this.#reportFailure(`the alarm of ${key}`, error);
			if (!this.#mute.has(key)) this.#failedAlarms.add(key);
			this.#uncertainAlarms.add(key);
		}
	}

	/** When each alarm rings. Some are late. */
	async #due(): Promise<{ key: ObjectKey; atMs: number }[]> {
		for (const key of [...this.#uncertainAlarms]) {
			this.#uncertainAlarms.delete(key);
			const atMs = await runInDurableObject(stubOf(key), (_, state) => state.storage.getAlarm());
			if (!this.#mute.has(key)) this.alarmSet(key, atMs);
		}
		const due = [...this.#alarms].map(([key, atMs]) => ({ key, atMs: atMs + this.#alarmDelayMs(key, atMs) }));
		for (const key of this.#failedAlarms) due.push({ key, atMs: Date.now() + 2_000 });
		return due;
	}

	#alarmDelayMs(key: ObjectKey, atMs: number): number {
		const drawn = randomFor(this.seed, "late", key, atMs - START);
		return drawn < this.faultRate * 2 ? Math.floor((drawn / this.faultRate) * 150_000) : 0;
	}

	/** Delivers the webhooks that are due, and those that they lead to. */
	async deliverWebhooks(): Promise<void> {
		for (let round = 0; round < 4; round++) {
			// A webhook on its way is due again some seconds later, should it not arrive.
			const atMs = this.#alarms.get(this.providerKey);
			if (atMs === undefined || atMs > Date.now() + 15_000) return;
			await this.ring(this.providerKey);
		}
	}

	// ---- Time

	/** Lets time pass: every alarm that is due meanwhile rings at its time. */
	async advance(seconds: number): Promise<void> {
		const untilMs = Date.now() + seconds * 1_000;
		for (;;) {
			const next = (await this.#due()).filter(({ atMs }) => atMs <= untilMs);
			if (next.length === 0) break;
			await this.#advanceTo(next);
		}
		vi.setSystemTime(Math.max(untilMs, Date.now()));
		await this.#wakeD1(Date.now());
	}

	/** Injects no more faults, and lets time pass until nobody has anything left to do. */
	async settle(): Promise<void> {
		this.faultRate = 0;
		this.d1.isAway = false;
		const fromMs = Date.now();
		for (;;) {
			while (this.#usingD1.size > 0) await this.#wakeD1(Number.POSITIVE_INFINITY);
			for (let rounds = 0; !this.queue.isEmpty; rounds++) {
				if (rounds > MAX_DELIVERY_ROUNDS) throw new Error("the queue never empties");
				await this.queue.deliver(true);
				await quiet();
			}
			// What is only to be forgotten weeks later is not waited for.
			const next = (await this.#due()).filter(({ atMs }) => atMs < Date.now() + KEEP_ENDED_MS / 2);
			if (next.length === 0 && this.queue.isEmpty && this.#usingD1.size === 0) return;
			if (Date.now() - fromMs > STUCK_AFTER_MS) throw new Error(`never settles: ${next.map(({ key }) => key)}`);
			if (next.length > 0) await this.#advanceTo(next);
		}
	}

	/** Moves the clock to the first of these alarms, and rings all that are due by then, in any order. */
	async #advanceTo(due: readonly { readonly key: ObjectKey; readonly atMs: number }[]): Promise<void> {
		const firstMs = Math.max(Date.now(), Math.min(...due.map(({ atMs }) => atMs)));
		vi.setSystemTime(firstMs);
		await this.#wakeD1(firstMs);
		const now = [...new Set(due.filter(({ atMs }) => atMs <= firstMs).map(({ key }) => key))].sort();
		for (const key of this.prng.shuffled(now)) await this.ring(key);
		if (this.prng.chance(0.3)) await this.queue.deliver(false);
	}
}

const nameOf = (key: ObjectKey): string => key.slice(key.indexOf(" ") + 1);
const calleeOf = (key: ObjectKey): string => (key.startsWith("SANDBOX ") ? "the provider" : nameOf(key));

/** A policy with short windows, a short waitlist and few pre-orders, so that every limit is reached. */
export function policyOf(prng: Prng): Policy {
	const ms = (least: number, most: number) => prng.int(least, most) * 1_000;
	const maybe = <T>(probability: number, value: T): T | null => (prng.chance(probability) ? value : null);
	return {
		allowDelayedMethods: false,
		offerAbsentMs: 45_000,
		holdMs: ms(20, 300),
		offerMs: ms(10, 120),
		paymentWindowMs: ms(30, 600),
		paymentGraceMs: ms(1, 120),
		maxExtensions: prng.int(0, 2),
		limitPerShopper: maybe(0.35, prng.int(1, 5)),
		waitlistLimit: maybe(0.6, prng.int(0, 8)),
		preorder: maybe(0.65, { capacity: prng.int(1, 6), expectedAtMs: null, termsVersion: "v1" }),
		saleStartsAtMs: null,
		saleEndsAtMs: maybe(0.05, START + ms(300, 2_000)),
	};
}
