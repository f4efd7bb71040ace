/**
 * One buyer, from arrival to outcome. Every buyer ends with exactly one outcome, whatever the server does. The buyer's
 * plan comes from `buyer-plans.ts`, and paying is in `payment.ts`. Whether the server's records say the same is checked
 * later (`collect-evidence.ts`, `checks.ts`).
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Answer } from "../http.ts";
import type { Buyer, BuyerContext } from "./buyer-context.ts";
import type { BuyerPlan } from "./buyer-plans.ts";
import { type BuyerOutcome, type BuyerReport, type BuyerState, newBuyerState } from "./outcome.ts";
import { checkOut } from "./payment.ts";
import { problemName, statusOf, UnexpectedAnswer } from "./shop.ts";

const POLL_FIRST_MS = 200;
const POLL_LONGEST_MS = 500;

/** Never throws: an answer that no buyer could act upon is the outcome `failed`. */
export async function buy(context: BuyerContext, plan: BuyerPlan, token: string): Promise<BuyerReport> {
	const buyer = new BuyerSession(context, plan, token);
	try {
		return await buyer.run();
	} catch (error) {
		return buyer.end("failed", (error as Error).message);
	} finally {
		context.onEvent("done");
	}
}

class BuyerSession implements Buyer {
	readonly context: BuyerContext;
	readonly plan: BuyerPlan;
	readonly token: string;
	readonly state: BuyerState = newBuyerState();
	readonly #path: string;

	constructor(context: BuyerContext, plan: BuyerPlan, token: string) {
		this.context = context;
		this.plan = plan;
		this.token = token;
		this.#path = `/v1/reservations/${context.sku}`;
	}

	async run(): Promise<BuyerReport> {
		const answer = await this.#reserve(false);
		if (isSoldOut(answer)) {
			for (const choice of this.plan.onRefusal) {
				const report = choice === "waitlist" ? await this.#joinWaitlist() : await this.#preorder();
				if (report !== null) return report;
			}
			this.context.onEvent("refused");
			return this.end("refused");
		}
		if (answer.status > 201 || statusOf(answer) !== "held") throw new UnexpectedAnswer("the reservation", answer);
		return await this.#hold(answer);
	}

	end(outcome: BuyerOutcome, detail: string | null = null): BuyerReport {
		return { ...this.state, plan: this.plan, outcome, detail };
	}

	get serverNowMs(): number {
		return Date.now() + this.context.clockAheadMs;
	}

	/** After a lost reply the shopper reads the reservation before asking again, as the contract says. */
	#reserve(wait: boolean): Promise<Answer> {
		const call = { method: "PUT", path: this.#path, token: this.token, json: { quantity: 1, wait } } as const;
		return this.context.shop.request(wait ? "join waitlist" : "reserve", call, async () => {
			const found = await this.#readReservation();
			const status = statusOf(found);
			return found.status === 200 && (status === "held" || (wait && status === "waiting")) ? found : null;
		});
	}

	#readReservation(): Promise<Answer> {
		return this.context.shop.request("read reservation", { method: "GET", path: this.#path, token: this.token });
	}

	/** @param answer the reservation, held */
	async #hold(answer: Answer): Promise<BuyerReport> {
		this.state.heldAtMs = Date.now();
		this.state.expiresAtMs = Date.parse(String((answer.body as { expiresAt?: unknown }).expiresAt));
		this.context.onEvent("held");
		if (this.plan.abandons) return await this.#abandon();
		if (!this.plan.pays) return this.end("unpaid");
		await sleep(this.plan.thinksForMs);
		const report = await checkOut(this, "hold");
		if (report !== null) return report;
		const lapsed = this.serverNowMs >= this.state.expiresAtMs;
		return lapsed ? this.end("unpaid") : this.end("lost", "a held unit could not be checked out");
	}

	async #abandon(): Promise<BuyerReport> {
		await sleep(this.plan.thinksForMs);
		this.state.expiresAtMs = Math.min(this.state.expiresAtMs ?? Number.POSITIVE_INFINITY, this.serverNowMs);
		await this.#release();
		return this.end("abandoned");
	}

	/** Gives back the units or the place on the waitlist. A repeated call changes nothing. */
	async #release(): Promise<void> {
		const answer = await this.context.shop.request("release", {
			method: "DELETE",
			path: this.#path,
			token: this.token,
		});
		const status = statusOf(answer);
		if (answer.status !== 200 || (status !== "released" && status !== "expired")) {
			throw new UnexpectedAnswer("the release", answer);
		}
	}

	/** @returns null when the waitlist takes nobody any more */
	async #joinWaitlist(): Promise<BuyerReport | null> {
		const answer = await this.#reserve(true);
		if (isSoldOut(answer)) return null;
		const status = statusOf(answer);
		if (answer.status > 202 || (status !== "held" && status !== "waiting"))
			throw new UnexpectedAnswer("joining the waitlist", answer);
		if (status === "held") return await this.#hold(answer);
		this.context.onEvent("waiting");
		this.context.waitlist.countWaiting(1);
		const promoted = await this.#waitForPromotion(positionOf(answer)).finally(() =>
			this.context.waitlist.countWaiting(-1),
		);
		if (promoted === null) {
			await this.#release();
			return this.end("waited");
		}
		this.state.promoted = true;
		// The unit may have been offered and have expired before the buyer looked.
		return statusOf(promoted) === "held" ? await this.#hold(promoted) : this.end("unpaid");
	}

	/** @returns the reservation once it waits no longer; null when no unit can become free any more */
	async #waitForPromotion(first: number): Promise<Answer | null> {
		let position = first;
		for (let pauseMs = POLL_FIRST_MS; ; pauseMs = Math.min(pauseMs * 1.25, POLL_LONGEST_MS)) {
			if (this.context.waitlist.closed) return null;
			await sleep(pauseMs * (0.75 + Math.random() / 2));
			const answer = await this.#readReservation();
			const status = statusOf(answer);
			if (answer.status === 200 && (status === "held" || status === "expired")) return answer;
			if (answer.status !== 200 || status !== "waiting") throw new UnexpectedAnswer("waiting", answer);
			const now = positionOf(answer);
			if (now > position) this.state.movedBack = true;
			position = now;
		}
	}

	/** @returns null when no pre-order is to be had */
	async #preorder(): Promise<BuyerReport | null> {
		await sleep(this.plan.thinksForMs);
		return await checkOut(this, "preorder");
	}
}

const isSoldOut = (answer: Answer): boolean => answer.status === 409 && problemName(answer) === "sold-out";

function positionOf(answer: Answer): number {
	const { position } = answer.body as { position?: unknown };
	if (typeof position !== "number" || position < 1) throw new UnexpectedAnswer("the position on the waitlist", answer);
	return position;
}
