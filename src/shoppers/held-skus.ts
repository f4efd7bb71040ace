/**
 * In how many SKUs one shopper has something at once: one object a shopper, so that nobody can keep a whole shop from
 * others by holding a little of everything (hoarding, OWASP OAT-021). How much of one SKU a shopper may have is that SKU's
 * own rule, `limitPerShopper`.
 *
 * What it keeps true: at most `SKUS_AT_ONCE` SKUs are noted. Nobody tells it that a hold has ended; when there is no room left
 * it asks the SKUs' own objects, who know, and forgets those in which nothing is this shopper's any more. So a SKU that was
 * noted and still has something of theirs is never forgotten, and one that has not costs no more than that question.
 *
 * Not here: when it is asked, and what becomes of a hold for which there is no room (`http/hoarding.ts`).
 */
import { DurableObject } from "cloudflare:workers";
import { HELD_SKUS_CHECK_MS, MAX_SKUS_HELD } from "../limits.ts";
import { assert } from "../platform/assert.ts";
import { callSku } from "../stock/client.ts";
import { isLiveStatus } from "../stock/rules/model.ts";
import type { HeldSkusRpc, NoteResult } from "./rpc.ts";

const KEY = "skus";

export class HoldingsObject extends DurableObject<Env> implements HeldSkusRpc {
	#skus: ReadonlySet<string>;
	/** A full shopper who asks again and again makes the SKUs' objects be asked only now and then. */
	#nextCheckAtMs = 0;

	constructor(ctx: DurableObjectState, env: Env) {
		super(ctx, env);
		this.#skus = new Set(ctx.storage.kv.get<string[]>(KEY));
	}

	/** Notes all of these SKUs, of which the shopper has something or is about to; or none, if there is no room for all. */
	async note(skus: readonly string[]): Promise<NoteResult> {
		if (this.#add(skus)) return { kind: "noted" };
		// Whoever notes meanwhile waits, or a hold that began after its SKU was asked could be forgotten:
		// https://developers.cloudflare.com/durable-objects/api/state/#blockconcurrencywhile
		return this.ctx.blockConcurrencyWhile(async (): Promise<NoteResult> => {
			if (Date.now() >= this.#nextCheckAtMs) await this.#forgetWhatHasEnded();
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

	async #forgetWhatHasEnded(): Promise<void> {
		const shopperId = this.ctx.id.name;
		assert(shopperId !== undefined, "an object of holdings is named by its shopper");
		const skus = [...this.#skus];
		const areHeld = await Promise.all(skus.map((sku) => this.#isHeld(sku, shopperId)));
		this.#store(new Set(skus.filter((_, index) => areHeld[index])));
		this.#nextCheckAtMs = Date.now() + HELD_SKUS_CHECK_MS;
	}

	async #isHeld(sku: string, shopperId: string): Promise<boolean> {
		try {
			const answer = await callSku(this.env, sku, (object) => object.reservation(shopperId));
			return answer.kind === "found" && isLiveStatus(answer.reservation.status);
		} catch {
			// Who cannot be asked may hold something. The next check asks again.
			return true;
		}
	}
}
