/**
 * The merchant's side of a drop: puts the product on sale, issues the buyers' tokens, and restocks. None of its calls
 * is measured: the latencies of a drop are the buyers' alone.
 */
import {
	type Admin,
	type AnyProblem,
	createAdmin,
	createShop,
	type Result,
	type SandboxFaultsRequest,
	type Shop,
} from "../../client/index.ts";
import { type PooledFetch, pooledFetch } from "../pooled-fetch.ts";
import { faultOf, UnexpectedAnswer } from "./shop.ts";

export interface SaleTerms {
	readonly holdSeconds: number;
	readonly paymentWindowSeconds: number;
	readonly graceSeconds: number;
	/** null leaves the server's own default. */
	readonly waitlistLimit: number | null;
	/** Pre-orders that there may be at once; 0 for none. */
	readonly preorder: number;
}

/** US cents. */
export const PRICE_MINOR = 1999;
export const TERMS_VERSION = "drop-1";
/** Nothing waits for this date: pre-orders are filled when the drop restocks. */
const EXPECTED_IN_MS = 30 * 86_400_000;

/** How long a merchant's call is repeated while the server is away. */
const PATIENCE_MS = 60_000;
/** The same id gets a token for the same shopper, and a list of faults replaces the one before. */
const REPEAT = { afterLostAnswer: "repeat" } as const;
const CLOCK_READINGS = 5;

export class Merchant {
	readonly #pool: PooledFetch;
	readonly #admin: Admin;
	readonly #shop: Shop;
	readonly #concurrency: number;

	constructor(origin: string, token: string, concurrency: number) {
		this.#pool = pooledFetch(concurrency);
		const shared = {
			...{ origin: new URL(origin).origin, fetch: this.#pool.fetch },
			...{ patienceMs: PATIENCE_MS, timeoutMs: Number.POSITIVE_INFINITY, repeatsFaults: false },
		};
		this.#admin = createAdmin({ ...shared, token });
		this.#shop = createShop({ ...shared, WebSocket: null });
		this.#concurrency = concurrency;
	}

	async putOnSale(sku: string, units: number, terms: SaleTerms): Promise<void> {
		const { holdSeconds, paymentWindowSeconds, graceSeconds, waitlistLimit } = terms;
		const expectedAt = new Date(Date.now() + EXPECTED_IN_MS).toISOString();
		const preorder = terms.preorder > 0 && { capacity: terms.preorder, termsVersion: TERMS_VERSION, expectedAt };
		const policy = {
			...{ holdSeconds, offerSeconds: holdSeconds, paymentWindowSeconds, paymentGraceSeconds: graceSeconds },
			...(waitlistLimit === null ? {} : { waitlistLimit }),
			...(preorder ? { preorder } : {}),
		};
		const product = { sku, title: `Drop ${sku}`, price: { amount: PRICE_MINOR, currency: "USD" }, policy };
		await this.ask("putting the product on sale", (admin) => admin.defineProduct(product));
		if (units > 0) await this.restock(sku, units, "first");
	}

	/** @param name the same for every attempt at one delivery, and for no other delivery */
	async restock(sku: string, units: number, name: string): Promise<void> {
		const delivery = { sku, quantity: units, reference: `drop, ${name}` };
		const idempotencyKey = `restock-${sku}-${name}`;
		await this.ask("the restock", (admin) => admin.restock(delivery, { idempotencyKey }));
	}

	/** The server's clock minus ours, by the fastest of a few answers. */
	async clockAheadMs(sku: string): Promise<number> {
		let best = { tookMs: Number.POSITIVE_INFINITY, aheadMs: 0 };
		for (let reading = 0; reading < CLOCK_READINGS; reading++) {
			const askedAtMs = Date.now();
			const { availability } = await this.ask("a look at the product", (_, shop) => shop.getProduct({ sku }));
			const tookMs = Date.now() - askedAtMs;
			const asOfMs = Date.parse(availability.asOf);
			if (tookMs < best.tookMs) best = { tookMs, aheadMs: asOfMs - (askedAtMs + tookMs / 2) };
		}
		return best.aheadMs;
	}

	/** From now on, of every three voids one fails slowly, one takes effect and loses its answer, and one succeeds. */
	async failVoids(delayMs: number): Promise<void> {
		const faults = [
			{ call: "void", fail: "before", delayMs },
			{ call: "void", fail: "after" },
			{ call: "void", fail: "no", delayMs: 1 },
		] as const;
		await this.#setFaults(Array.from({ length: 33 }, () => faults).flat());
	}

	async clearFaults(): Promise<void> {
		await this.#setFaults([]);
	}

	async #setFaults(faults: SandboxFaultsRequest["faults"]): Promise<void> {
		await this.ask("the list of faults", (_, { service }) => service.setSandboxFaults({ faults }, REPEAT));
	}

	/** Issued before the start: a drop measures reservations, not sign-ups. */
	async issueTokens(shopperIds: readonly string[], onToken: () => void): Promise<string[]> {
		const tokens: string[] = new Array(shopperIds.length);
		let next = 0;
		const worker = async () => {
			while (next < shopperIds.length) {
				const index = next++;
				const shopperId = shopperIds[index] ?? "";
				const issue = (admin: Admin) => admin.createShopperToken({ shopperId }, REPEAT);
				tokens[index] = (await this.ask("a shopper's token", issue)).token;
				onToken();
			}
		};
		await Promise.all(Array.from({ length: this.#concurrency }, worker));
		return tokens;
	}

	/**
	 * Makes a call, and repeats it while the server is away or overloaded. Every merchant's call may be repeated.
	 * @param what the call, for the person who reads that it failed
	 * @throws UnexpectedAnswer
	 */
	async ask<Data>(what: string, call: (admin: Admin, shop: Shop) => Promise<Result<Data, AnyProblem>>): Promise<Data> {
		const answer = await call(this.#admin, this.#shop).catch((error: unknown) => {
			const fault = faultOf(error);
			if (fault === null) throw error;
			return fault;
		});
		if (!answer.ok) throw new UnexpectedAnswer(what, answer);
		return answer.data;
	}

	close(): void {
		this.#pool.close();
	}
}
