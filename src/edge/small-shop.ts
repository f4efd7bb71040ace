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

export class ShopSize {
	#isSmall = false;
	#knownUntilMs = 0;
	/** Until when nobody need ask. */
	#askAgainMs = 0;

	/** Whether no shopper can have too many SKUs; false as well while that is not known. */
	isSmall(db: D1Database, nowMs: number, keepAlive: KeepAlive): boolean {
		if (nowMs >= this.#askAgainMs) {
			this.#askAgainMs = nowMs + SHOP_SIZE_MS / 2;
			keepAlive(this.#ask(db, nowMs));
		}
		return this.#isSmall && nowMs < this.#knownUntilMs;
	}

	async #ask(db: D1Database, nowMs: number): Promise<void> {
		try {
			const late = () => new DatabaseUnavailable("no answer in time");
			const products = await withTimeout(countProductsUpTo(db, SMALL_SHOP_SKUS + 1), DATABASE_PATIENCE_MS, late);
			this.#isSmall = products <= SMALL_SHOP_SKUS;
			this.#knownUntilMs = nowMs + SHOP_SIZE_MS;
		} catch (error) {
			log("catalogue-unreadable", { error: messageOf(error) });
		}
	}
}
