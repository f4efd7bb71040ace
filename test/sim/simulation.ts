/**
 * A town: some SKUs, some shoppers, one provider, one clock, and the story of what happened there.
 *
 * What it keeps true: nothing happens but by the story or by the clock. Alarms ring when the clock comes to them, some of them
 * late; one whose handler failed is rung again, as the platform does. The same seed makes the same town.
 */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { vi } from "vitest";
import type { Policy } from "../../src/catalog/policy.ts";
import type { CheckoutObject } from "../../src/worker.ts";
import { Post } from "./fake-queue.ts";
import { BREAK, DEATH, type Key, type Surroundings, stubOf } from "./nemesis.ts";
import { Dice, roll } from "./prng.ts";

/** So far ahead that no alarm of it rings by itself. */
const START = Date.UTC(2099, 11, 12);
/** More rings than any town needs; one that needs more goes round in circles. */
const MOST_RINGS = 20_000;
/** A message that was refused so often is one that D1 will not take. */
const MOST_ROUNDS = 50;
/** What is said of faults that are made here, and of one that heals: a SKU's word that comes before its answer did. */
const EXCUSES = [DEATH, BREAK, "could not serve the call", "does not yet know that it bought", "D1 is down"];

/** A town that is not at rest by then, with nobody doing anything, is stuck. */
const RESTLESS_MS = 6 * 3_600_000;

export interface Asked {
	readonly key: string;
	readonly shopperId: string;
	readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
	readonly partial: boolean;
	readonly acceptPreorder: boolean;
}

export class Town implements Surroundings {
	readonly seed: string;
	readonly provider: string;
	readonly dice: Dice;
	readonly post: Post;
	readonly skus: readonly string[];
	readonly shoppers: readonly string[];
	/** Every checkout that was ever asked for, by its id. */
	readonly asked = new Map<string, Asked>();
	/** The highest limit per shopper that each SKU ever had; null when it once had none. */
	readonly limits = new Map<string, number | null>();
	/** What no fault explains. */
	readonly complaints: string[] = [];
	readonly story: string[] = [];
	/** How likely a call is to go wrong; the mood that the town was made in. */
	malice: number;
	/** Nothing goes wrong here but what people do. */
	readonly isCalm: boolean;
	faults = 0;
	#rings = 0;
	readonly #alarms = new Map<Key, number>();
	/** Their alarms may be other than what we heard. */
	readonly #doubtful = new Set<Key>();
	/** Their alarms rang, and the handler failed: they ring again. */
	readonly #unanswered = new Set<Key>();

	constructor(seed: number, shoppers: number) {
		this.seed = String(seed);
		this.dice = new Dice(seed);
		this.provider = `sandbox-${seed}`;
		// A calm town now and then, or a fault that hides every sale would hide what a sale does.
		this.malice = this.dice.pick([0, 0.03, 0.05, 0.08, 0.12]);
		this.isCalm = this.malice === 0;
		this.post = new Post(
			new Dice(seed, "post"),
			() => this.malice * 2,
			(what) => this.tell(what),
		);
		this.skus = ["a", "b", "c", "d"].slice(0, this.dice.int(2, 4)).map((name) => `${name}-${seed}`);
		this.shoppers = Array.from({ length: shoppers }, (_, i) => `s${i + 1}-${seed}`);
		vi.setSystemTime(START);
	}

	tell(what: string): void {
		if (what.includes("!")) this.faults++;
		this.story.push(`${String((Date.now() - START) / 1000).padStart(8)}  ${what}`);
	}

	/** Does something that may fail only as faults make it fail. Null when it did. */
	async attempt<T>(what: string, work: () => Promise<T>): Promise<T | null> {
		try {
			return await work();
		} catch (fault) {
			this.#excuse(what, fault);
			return null;
		}
	}

	#excuse(what: string, fault: unknown): void {
		this.hear(`${what}: ${fault instanceof Error ? fault.message : String(fault)}`);
	}

	/** Somebody complains of a fault: of one that was made here, or of another. */
	hear(complaint: string): void {
		if (!EXCUSES.some((excuse) => complaint.includes(excuse))) this.complaints.push(complaint);
		this.tell(`    (${complaint})`);
	}

	// ---- Surroundings

	knows(key: Key): boolean {
		const name = key.slice(key.indexOf(" ") + 1);
		return this.asked.has(name) || this.skus.includes(name) || name === this.provider;
	}

	accept(bodies: readonly unknown[]): void {
		this.post.accept(bodies);
	}

	alarmSet(key: Key, atMs: number | null): void {
		if (!this.knows(key)) return;
		if (atMs === null) this.#alarms.delete(key);
		else this.#alarms.set(key, atMs);
	}

	died(key: Key): void {
		this.#doubtful.add(key);
	}

	// ---- Objects

	keys(): Key[] {
		return [
			...this.skus.map((sku): Key => `SKU ${sku}`),
			...[...this.asked.keys()].map((id): Key => `CHECKOUT ${id}`),
			`SANDBOX ${this.provider}`,
		];
	}

	get providerKey(): Key {
		return `SANDBOX ${this.provider}`;
	}

	/** Rings the object's alarm if it has one, whatever it is set for. */
	async ring(key: Key): Promise<void> {
		if (++this.#rings > MOST_RINGS) throw new Error("the alarms never fall silent");
		this.#alarms.delete(key);
		try {
			const again = this.#unanswered.delete(key);
			const stub = stubOf(key);
			const rang = await runDurableObjectAlarm(stub);
			if (again && !rang) await runInDurableObject(stub, (object) => (object as CheckoutObject).alarm());
		} catch (fault) {
			this.#excuse(`the alarm of ${key}`, fault);
			this.#unanswered.add(key);
			this.#doubtful.add(key);
		}
	}

	/** When each alarm rings: now and then one is late. */
	async #due(): Promise<{ key: Key; atMs: number }[]> {
		for (const key of [...this.#doubtful]) {
			this.#doubtful.delete(key);
			const atMs = await runInDurableObject(stubOf(key), (_, state) => state.storage.getAlarm());
			this.alarmSet(key, atMs);
		}
		const due = [...this.#alarms].map(([key, atMs]) => ({ key, atMs: atMs + this.#lateness(key, atMs) }));
		for (const key of this.#unanswered) due.push({ key, atMs: Date.now() + 2_000 });
		return due;
	}

	#lateness(key: Key, atMs: number): number {
		const late = roll(this.seed, "late", key, atMs - START);
		return late < this.malice * 2 ? Math.floor((late / this.malice) * 150_000) : 0;
	}

	/** Webhooks that are on their way arrive, and those that they lead to. */
	async webhooks(): Promise<void> {
		for (let round = 0; round < 4; round++) {
			// What is on its way is due again in some seconds, should it not arrive.
			const atMs = this.#alarms.get(this.providerKey);
			if (atMs === undefined || atMs > Date.now() + 15_000) return;
			await this.ring(this.providerKey);
		}
	}

	// ---- Time

	/** Time passes, and whatever is due in it happens when it is due. */
	async pass(seconds: number): Promise<void> {
		const untilMs = Date.now() + seconds * 1_000;
		for (;;) {
			const next = (await this.#due()).filter(({ atMs }) => atMs <= untilMs);
			if (next.length === 0) break;
			await this.#hop(next);
		}
		vi.setSystemTime(untilMs);
	}

	/** Everything goes well from here on; time passes until nobody has anything left to do. */
	async comeToRest(): Promise<void> {
		this.malice = 0;
		const fromMs = Date.now();
		for (;;) {
			for (let rounds = 0; !this.post.isEmpty; rounds++) {
				if (rounds > MOST_ROUNDS) throw new Error("the queue never empties");
				await this.post.deliver(true);
			}
			const next = await this.#due();
			if (next.length === 0 && this.post.isEmpty) return;
			if (Date.now() - fromMs > RESTLESS_MS) throw new Error(`no rest: ${next.map(({ key }) => key)}`);
			if (next.length > 0) await this.#hop(next);
		}
	}

	/** To the first of them; it rings, and with it all that are due by then, in any order. */
	async #hop(due: readonly { readonly key: Key; readonly atMs: number }[]): Promise<void> {
		const firstMs = Math.max(Date.now(), Math.min(...due.map(({ atMs }) => atMs)));
		vi.setSystemTime(firstMs);
		const now = [...new Set(due.filter(({ atMs }) => atMs <= firstMs).map(({ key }) => key))].sort();
		for (const key of this.dice.shuffled(now)) await this.ring(key);
		if (this.dice.chance(0.3)) await this.post.deliver(false);
	}
}

/** A policy with short windows, small lines and few pre-orders, so that all of them matter. */
export function policyOf(dice: Dice): Policy {
	const ms = (least: number, most: number) => dice.int(least, most) * 1_000;
	const maybe = <T>(probability: number, value: T): T | null => (dice.chance(probability) ? value : null);
	return {
		holdMs: ms(20, 300),
		offerMs: ms(10, 120),
		paymentWindowMs: ms(30, 600),
		paymentGraceMs: ms(1, 120),
		maxExtensions: dice.int(0, 2),
		limitPerShopper: maybe(0.35, dice.int(1, 5)),
		waitlistLimit: maybe(0.6, dice.int(0, 8)),
		preorder: maybe(0.65, { capacity: dice.int(1, 6), expectedAtMs: null, termsVersion: "v1" }),
		saleStartsAtMs: null,
		saleEndsAtMs: maybe(0.05, START + ms(300, 2_000)),
	};
}
