/**
 * Whether the shop is so small that no shopper can have something of too many SKUs (`holding-limit.ts`): then nobody need
 * count them, which is a call of an object for each hold and for each checkout.
 *
 * It is asked of D1 beside a request, which does not wait for it. What is not known, or not known lately, is not small. A
 * shop counts as small up to half of the limit, so that holds are noted for a while before the limit can be reached.
 */
import { countProductsUpTo } from "../catalog/product-store.ts";
import { DATABASE_PATIENCE_MS, MAX_SKUS_HELD, SHOP_SIZE_MS } from "../limits.ts";
import { DatabaseUnavailable, messageOf } from "../platform/errors.ts";
import { log } from "../platform/log.ts";
import { withTimeout } from "../platform/timeout.ts";
import type { KeepAlive } from "./call-batcher.ts";

const SMALL = Math.floor(MAX_SKUS_HELD / 2);

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
			const products = await withTimeout(countProductsUpTo(db, SMALL + 1), DATABASE_PATIENCE_MS, late);
			this.#isSmall = products <= SMALL;
			this.#knownUntilMs = nowMs + SHOP_SIZE_MS;
		} catch (error) {
			log("catalogue-unreadable", { error: messageOf(error) });
		}
	}
}
