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
import { HELD_SKUS_CHECK_MS, MAX_SKUS_HELD } from "../limits.ts";
import { assert } from "../platform/assert.ts";
import { hasLiveReservation } from "../stock/client.ts";
import type { HeldSkusRpc, NoteResult } from "./rpc.ts";

/** Storage has one key: the SKUs, as an array of strings. */
const KEY = "skus";

/** The class is named by the platform's migrations, and so keeps its first name. */
export class HoldingsObject extends DurableObject<Env> implements HeldSkusRpc {
	#skus: ReadonlySet<string>;
	/** A full shopper who asks again and again must not make this ask the SKUs' objects each time. */
	#nextCheckAtMs = 0;

	constructor(ctx: DurableObjectState, env: Env) {
		super(ctx, env);
		this.#skus = new Set(ctx.storage.kv.get<string[]>(KEY));
	}

	async note(skus: readonly string[]): Promise<NoteResult> {
		if (this.#add(skus)) return { kind: "noted" };
		// Blocks other calls of `note`: a hold that began after its SKU was asked could otherwise be dropped.
		// https://developers.cloudflare.com/durable-objects/api/state/#blockconcurrencywhile
		return this.ctx.blockConcurrencyWhile(async (): Promise<NoteResult> => {
			if (Date.now() >= this.#nextCheckAtMs) await this.#dropEnded();
			return this.#add(skus) ? { kind: "noted" } : { kind: "full", retryAtMs: this.#nextCheckAtMs };
		});
	}

	#add(skus: readonly string[]): boolean {
		const all = new Set([...this.#skus, ...skus]);
		if (all.size > MAX_SKUS_HELD) return false;
		if (all.size > this.#skus.size) this.#store(all);
		return true;
	}

	#store(skus: ReadonlySet<string>): void {
		this.ctx.storage.kv.put(KEY, [...skus]);
		this.#skus = skus;
	}

	async #dropEnded(): Promise<void> {
		const shopperId = this.ctx.id.name;
		assert(shopperId !== undefined, "the object is named by its shopper");
		const skus = [...this.#skus];
		const areLive = await Promise.all(skus.map((sku) => this.#mayBeLive(sku, shopperId)));
		this.#store(new Set(skus.filter((_, index) => areLive[index])));
		this.#nextCheckAtMs = Date.now() + HELD_SKUS_CHECK_MS;
	}

	async #mayBeLive(sku: string, shopperId: string): Promise<boolean> {
		try {
			return await hasLiveReservation(this.env, sku, shopperId);
		} catch {
			// A SKU that does not answer may hold something. The next check asks it again.
			return true;
		}
	}
}
