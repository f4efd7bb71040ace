/**
 * The merchant's side of a drop: puts the product on sale, issues the buyers' tokens, and restocks. None of its calls
 * is measured: the latencies of a drop are the buyers' alone.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type Answer, type Call, HttpClient, NoAnswer } from "../http.ts";
import { UnexpectedAnswer } from "./shop.ts";

export interface SaleTerms {
	readonly holdSeconds: number;
	readonly paymentWindowSeconds: number;
	readonly graceSeconds: number;
	/** null leaves the server's own default. */
	readonly waitlistLimit: number | null;
	/** Pre-orders that there may be at once; 0 for none. */
	readonly preorder: number;
}

export const TERMS_VERSION = "drop-1";
/** Nothing waits for this date: pre-orders are filled when the drop restocks. */
const EXPECTED_IN_MS = 30 * 86_400_000;

/** How long a merchant's call is repeated while the server is away. */
const PATIENCE_MS = 60_000;
const PAUSE_MS = 250;
const CLOCK_READINGS = 5;

export class Merchant {
	readonly #client: HttpClient;
	readonly #token: string;
	readonly #concurrency: number;

	constructor(origin: string, token: string, concurrency: number) {
		this.#client = new HttpClient(origin, concurrency);
		this.#token = token;
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
		const json = { title: `Drop ${sku}`, price: { amount: 1999, currency: "USD" }, policy };
		await this.send({ method: "PUT", path: `/admin/v1/products/${sku}`, json });
		if (units > 0) await this.restock(sku, units, "first");
	}

	/** @param name the same for every attempt at one delivery, and for no other delivery */
	async restock(sku: string, units: number, name: string): Promise<void> {
		await this.send({
			method: "POST",
			path: `/admin/v1/products/${sku}/restock`,
			idempotencyKey: `restock-${sku}-${name}`,
			json: { quantity: units, reference: `drop, ${name}` },
		});
	}

	/** The server's clock minus ours, by the fastest of a few answers. */
	async clockAheadMs(sku: string): Promise<number> {
		let best = { tookMs: Number.POSITIVE_INFINITY, aheadMs: 0 };
		for (let reading = 0; reading < CLOCK_READINGS; reading++) {
			const askedAtMs = Date.now();
			const { body } = await this.send({ method: "GET", path: `/v1/products/${sku}` });
			const tookMs = Date.now() - askedAtMs;
			const asOfMs = Date.parse((body as { availability: { asOf: string } }).availability.asOf);
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
		];
		await this.#setFaults(Array.from({ length: 99 }, (_, index) => faults[index % faults.length]));
	}

	async clearFaults(): Promise<void> {
		await this.#setFaults([]);
	}

	async #setFaults(faults: readonly unknown[]): Promise<void> {
		await this.send({ method: "POST", path: "/sandbox/faults", json: { faults } });
	}

	/** Issued before the start: a drop measures reservations, not sign-ups. */
	async issueTokens(shopperIds: readonly string[], onToken: () => void): Promise<string[]> {
		const tokens: string[] = new Array(shopperIds.length);
		let next = 0;
		const worker = async () => {
			while (next < shopperIds.length) {
				const index = next++;
				const json = { shopperId: shopperIds[index] };
				const answer = await this.send({ method: "POST", path: "/admin/v1/shoppers", json });
				tokens[index] = (answer.body as { token: string }).token;
				onToken();
			}
		};
		await Promise.all(Array.from({ length: this.#concurrency }, worker));
		return tokens;
	}

	/**
	 * Repeats the call while the server is away or overloaded. Every merchant's call may be repeated: reads, a PUT, a
	 * restock with a key, and tokens that nobody else has.
	 * @throws UnexpectedAnswer
	 */
	async send(call: Call): Promise<Answer> {
		const deadlineMs = performance.now() + PATIENCE_MS;
		for (;;) {
			try {
				const answer = await this.#client.send({ ...call, token: this.#token });
				if (answer.status < 300) return answer;
				const isPassing = answer.status === 429 || answer.status === 503;
				if (!isPassing || answer.headers["retry-after"] === undefined || performance.now() > deadlineMs) {
					throw new UnexpectedAnswer(`${call.method} ${call.path}`, answer);
				}
			} catch (error) {
				if (!(error instanceof NoAnswer) || performance.now() > deadlineMs) throw error;
			}
			await sleep(PAUSE_MS);
		}
	}

	close(): void {
		this.#client.close();
	}
}
