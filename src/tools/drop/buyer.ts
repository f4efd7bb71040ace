/**
 * One buyer's story, from arriving to a fate.
 *
 * What it keeps true: every buyer ends with exactly one fate, whatever the server does. Not here: when they arrive
 * (`schedule.ts`), and whether what they were told is also what the server's books say (`settle.ts`).
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Answer } from "../http.ts";
import type { Plan } from "./schedule.ts";
import { problemName, type Shop, Unexpected } from "./shop.ts";

/**
 * - `bought`: paid, and the checkout is completed.
 * - `unpaid`: held, and let it expire. `settle.ts` sees to it that it did.
 * - `refused`: told at once that there is none.
 * - `lost`: held or paid, and yet not served.
 * - `hanging`: paid, and no end within the patience.
 * - `failed`: answered with something that no buyer can act upon.
 */
export type Fate = "bought" | "unpaid" | "refused" | "lost" | "hanging" | "failed";

export interface Outcome {
	readonly plan: Plan;
	readonly fate: Fate;
	/** By our clock; null when no unit was ever held. */
	readonly heldAtMs: number | null;
	/** By the server's clock. */
	readonly expiresAtMs: number | null;
	readonly paid: boolean;
	readonly checkoutId: string | null;
	/** What went wrong, in words. */
	readonly detail: string | null;
}

export interface Market {
	readonly shop: Shop;
	readonly sku: string;
	readonly runId: string;
	/** The server's clock less ours. */
	readonly clockAheadMs: number;
	/** How long anything may take that the server has promised. */
	readonly patienceMs: number;
	/** Told when it happens, for the progress line. */
	readonly onEvent: (event: "held" | "refused" | "paid" | "done") => void;
}

const POLL_FIRST_MS = 50;
const POLL_LONGEST_MS = 1000;

export async function buy(market: Market, plan: Plan, token: string): Promise<Outcome> {
	const story = new Story(market, plan, token);
	try {
		return await story.run();
	} catch (error) {
		return story.end("failed", (error as Error).message);
	} finally {
		market.onEvent("done");
	}
}

class Story {
	readonly #market: Market;
	readonly #plan: Plan;
	readonly #token: string;
	#heldAtMs: number | null = null;
	#expiresAtMs: number | null = null;
	#paid = false;
	#checkoutId: string | null = null;

	constructor(market: Market, plan: Plan, token: string) {
		this.#market = market;
		this.#plan = plan;
		this.#token = token;
	}

	async run(): Promise<Outcome> {
		const answer = await this.#reserve();
		if (answer.status === 409 && problemName(answer) === "sold-out") {
			this.#market.onEvent("refused");
			return this.end("refused");
		}
		const reservation = answer.body as { status?: unknown; expiresAt?: unknown } | undefined;
		if (answer.status > 201 || reservation?.status !== "held") throw new Unexpected("the reservation", answer);
		this.#heldAtMs = Date.now();
		this.#expiresAtMs = Date.parse(String(reservation.expiresAt));
		this.#market.onEvent("held");
		return this.#plan.pays ? await this.#pay() : this.end("unpaid");
	}

	end(fate: Fate, detail: string | null = null): Outcome {
		return {
			plan: this.#plan,
			fate,
			detail,
			heldAtMs: this.#heldAtMs,
			expiresAtMs: this.#expiresAtMs,
			paid: this.#paid,
			checkoutId: this.#checkoutId,
		};
	}

	/** After a lost reply a shopper asks by GET before asking again. */
	#reserve(): Promise<Answer> {
		const path = `/v1/reservations/${this.#market.sku}`;
		return this.#market.shop.ask(
			"reserve",
			{ method: "PUT", path, token: this.#token, json: { quantity: 1 } },
			async () => {
				const found = await this.#market.shop.ask("read reservation", { method: "GET", path, token: this.#token });
				return found.status === 200 && (found.body as { status?: unknown }).status === "held" ? found : null;
			},
		);
	}

	async #pay(): Promise<Outcome> {
		await sleep(this.#plan.thinksForMs);
		const { shop, sku, runId } = this.#market;
		// The same key for every attempt: a second checkout can never come of it.
		const created = await shop.ask("checkout", {
			method: "POST",
			path: "/v1/checkouts",
			token: this.#token,
			idempotencyKey: `${runId}-${this.#plan.index}`,
			json: { lines: [{ sku, quantity: 1 }], email: `buyer-${this.#plan.index}@example.com` },
		});
		if (created.status === 409 && problemName(created) === "lines-unavailable") {
			const lapsed = Date.now() + this.#market.clockAheadMs >= (this.#expiresAtMs ?? 0);
			return lapsed ? this.end("unpaid") : this.end("lost", "a held unit could not be checked out");
		}
		const checkout = created.body as { id?: string; payment?: { id?: string } } | undefined;
		const paymentId = checkout?.payment?.id;
		if (created.status > 201 || !checkout?.id || !paymentId) throw new Unexpected("the checkout", created);
		this.#checkoutId = checkout.id;
		return await this.#confirm(checkout.id, paymentId);
	}

	async #confirm(checkoutId: string, paymentId: string): Promise<Outcome> {
		const confirmed = await this.#market.shop.ask(
			"pay",
			{ method: "POST", path: `/sandbox/payments/${paymentId}/confirm`, json: { outcome: "approve" } },
			async () => {
				const found = await this.#read(checkoutId);
				return statusOf(found) === "awaiting_payment" ? null : found;
			},
		);
		if (confirmed.status >= 300) throw new Unexpected("the payment", confirmed);
		this.#paid = true;
		this.#market.onEvent("paid");
		return await this.#completion(checkoutId);
	}

	async #completion(checkoutId: string): Promise<Outcome> {
		const deadlineMs = performance.now() + this.#market.patienceMs;
		let pauseMs = POLL_FIRST_MS;
		for (;;) {
			const answer = await this.#read(checkoutId);
			const status = statusOf(answer);
			if (status === "completed") return this.end("bought");
			if (status !== "awaiting_payment" && status !== "committing") {
				if (answer.status >= 300) throw new Unexpected("reading a paid checkout", answer);
				return this.end("lost", `a paid checkout ended as ${status}`);
			}
			if (performance.now() > deadlineMs) return this.end("hanging", `a paid checkout is still ${status}`);
			await sleep(pauseMs);
			pauseMs = Math.min(pauseMs * 1.5, POLL_LONGEST_MS);
		}
	}

	#read(checkoutId: string): Promise<Answer> {
		const path = `/v1/checkouts/${checkoutId}`;
		return this.#market.shop.ask("read checkout", { method: "GET", path, token: this.#token });
	}
}

function statusOf(answer: Answer): string | undefined {
	return (answer.body as { status?: string } | undefined)?.status;
}
