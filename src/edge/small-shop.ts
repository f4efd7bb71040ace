/**
 * Whether the shop is so small that no shopper can have something of too many SKUs (`holding-limit.ts`): then nobody need
 * count them, which is a call of an object for each hold and for each checkout.
 *
 * It is asked of D1 beside a request, which does not wait for it. What is not known, or not known lately, is not small.
 */
import { countProductsUpTo } from "../catalog/product-store.ts";
import { DATABASE_PATIENCE_MS, SHOP_SIZE_MS, SMALL_SHOP_SKUS } from "../limits.ts";
import { DatabaseUnavailable, messageOf } from "../platform/errors.ts";
import { log } from "../platform/log.ts";
import { withTimeout } from "../platform/timeout.ts";
import type { KeepAlive } from "./call-batcher.ts";

const isWithin = (spanMs: number, sinceMs: number, nowMs: number): boolean => {
	return nowMs >= sinceMs && nowMs < sinceMs + spanMs;
};

export class ShopSize {
	#isSmall = false;
	/** When what is known was asked, and when it was asked last. A clock that was set back makes both unknown. */
	#knownAtMs = Number.POSITIVE_INFINITY;
	#askedAtMs = Number.POSITIVE_INFINITY;

	/** Whether no shopper can have too many SKUs; false as well while that is not known. */
	isSmall(db: D1Database, nowMs: number, keepAlive: KeepAlive): boolean {
		if (!isWithin(SHOP_SIZE_MS / 2, this.#askedAtMs, nowMs)) {
			this.#askedAtMs = nowMs;
			keepAlive(this.#ask(db, nowMs));
		}
		return this.#isSmall && isWithin(SHOP_SIZE_MS, this.#knownAtMs, nowMs);
	}

	async #ask(db: D1Database, nowMs: number): Promise<void> {
		try {
			const late = () => new DatabaseUnavailable("no answer in time");
			const products = await withTimeout(countProductsUpTo(db, SMALL_SHOP_SKUS + 1), DATABASE_PATIENCE_MS, late);
			this.#isSmall = products <= SMALL_SHOP_SKUS;
			this.#knownAtMs = nowMs;
		} catch (error) {
			log("catalogue-unreadable", { error: messageOf(error) });
		}
	}
}
