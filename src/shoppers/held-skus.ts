/**
 * Counts in how many SKUs one shopper has something at once: one object a shopper. Nobody can then keep a whole shop
 * from others by holding a little of everything (hoarding, OWASP OAT-021). How much of one SKU a shopper may have is
 * that SKU's own rule, `limitPerShopper`.
 *
 * It notes at most `MAX_SKUS_HELD` SKUs. Forgetting is lazy: nobody tells it that a hold has ended. Only when the list
 * is full does it ask the SKUs' own objects which entries are still live, and drops the others. So a live entry is
 * never dropped, and one that has ended costs no more than that question.
 *
 * `edge/holding-limit.ts` decides when it is asked, and what becomes of a hold for which there is no room.
 */
import { DurableObject } from "cloudflare:workers";
import { HELD_SKUS_CHECK_MS, HELD_SKUS_TIMEOUT_MS, MAX_SKUS_HELD } from "../limits.ts";
import { assert } from "../platform/assert.ts";
import { lateObject } from "../platform/errors.ts";
import { withTimeout } from "../platform/timeout.ts";
import { hasOpenClaim } from "../stock/client.ts";
import type { HeldSkusRpc, NoteResult } from "./rpc.ts";

/** Storage has one key: the SKUs, as an array of strings. */
const KEY = "skus";

/** The class is named by the platform's migrations, and so keeps its first name. */
export class HoldingsObject extends DurableObject<Env> implements HeldSkusRpc {
	#skus: ReadonlySet<string>;
	/** A full shopper who asks again and again must not make this ask the SKUs' objects each time. */
	#nextCheckAtMs = 0;
	/** The round of questions that is under way. Whoever finds the list full meanwhile waits for the same one. */
	#check: Promise<void> | null = null;
	/** Noted since that round began. A SKU may have been asked before the shopper got something of it again. */
	readonly #notedMeanwhile = new Set<string>();

	constructor(ctx: DurableObjectState, env: Env) {
		super(ctx, env);
		this.#skus = new Set(ctx.storage.kv.get<string[]>(KEY));
	}

	async note(skus: readonly string[]): Promise<NoteResult> {
		if (this.#add(skus)) return { kind: "noted" };
		// Not while concurrency is blocked: one SKU that hangs would keep every request of the shopper waiting.
		if (this.#check !== null || Date.now() >= this.#nextCheckAtMs) await this.#dropEnded();
		return this.#add(skus) ? { kind: "noted" } : { kind: "full", retryAtMs: this.#nextCheckAtMs };
	}

	async skus(): Promise<readonly string[]> {
		return [...this.#skus];
	}

	#add(skus: readonly string[]): boolean {
		const all = new Set([...this.#skus, ...skus]);
		if (all.size > MAX_SKUS_HELD) return false;
		if (this.#check !== null) for (const sku of skus) this.#notedMeanwhile.add(sku);
		if (all.size > this.#skus.size) this.#store(all);
		return true;
	}

	#store(skus: ReadonlySet<string>): void {
		this.ctx.storage.kv.put(KEY, [...skus]);
		this.#skus = skus;
	}

	#dropEnded(): Promise<void> {
		this.#check ??= this.#askAll().finally(() => {
			this.#check = null;
		});
		return this.#check;
	}

	async #askAll(): Promise<void> {
		const shopperId = this.ctx.id.name;
		assert(shopperId !== undefined, "the object is named by its shopper");
		this.#notedMeanwhile.clear();
		const asked = [...this.#skus];
		const areLive = await Promise.all(asked.map((sku) => this.#mayBeLive(sku, shopperId)));
		const ended = new Set(asked.filter((sku, index) => !areLive[index] && !this.#notedMeanwhile.has(sku)));
		if (ended.size > 0) this.#store(new Set([...this.#skus].filter((sku) => !ended.has(sku))));
		this.#nextCheckAtMs = Date.now() + HELD_SKUS_CHECK_MS;
	}

	async #mayBeLive(sku: string, shopperId: string): Promise<boolean> {
		try {
			return await withTimeout(hasOpenClaim(this.env, sku, shopperId), HELD_SKUS_TIMEOUT_MS, lateObject);
		} catch {
			// A SKU that does not answer may hold something. The next check asks it again.
			return true;
		}
	}
}
