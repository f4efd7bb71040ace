/**
 * One buyer, from arrival to outcome. Every buyer ends with exactly one outcome, whatever the server does. The buyer's
 * plan comes from `buyer-plans.ts`, and paying is in `payment.ts`. Whether the server's records say the same is checked
 * later (`collect-evidence.ts`, `checks.ts`).
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Reservation, Success } from "../../client/index.ts";
import type { Buyer, BuyerContext } from "./buyer-context.ts";
import type { BuyerPlan } from "./buyer-plans.ts";
import { type BuyerOutcome, type BuyerReport, type BuyerState, newBuyerState } from "./outcome.ts";
import { callOff, checkOut } from "./payment.ts";
import { isProblem, UnexpectedAnswer } from "./shop.ts";

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
		context.onEvent("done", plan);
	}
}

class BuyerSession implements Buyer {
	readonly context: BuyerContext;
	readonly plan: BuyerPlan;
	readonly token: string;
	readonly state: BuyerState = newBuyerState();

	constructor(context: BuyerContext, plan: BuyerPlan, token: string) {
		this.context = context;
		this.plan = plan;
		this.token = token;
	}

	async run(): Promise<BuyerReport> {
		const answer = await this.#reserve(false);
		if (isProblem(answer, "sold-out")) {
			for (const choice of this.plan.onRefusal) {
				const report = choice === "waitlist" ? await this.#joinWaitlist() : await this.#preorder();
				if (report !== null) return report;
			}
			this.context.onEvent("refused", this.plan);
			return this.end("refused");
		}
		if (!answer.ok || answer.status > 201 || answer.data.status !== "held") {
			throw new UnexpectedAnswer("the reservation", answer);
		}
		return await this.#hold(answer.data);
	}

	end(outcome: BuyerOutcome, detail: string | null = null): BuyerReport {
		return { ...this.state, plan: this.plan, outcome, detail };
	}

	get serverNowMs(): number {
		return Date.now() + this.context.clockAheadMs;
	}

	/** After a lost reply the shopper reads the reservation before asking again, as the contract says. */
	#reserve(wait: boolean) {
		const { sku, shop } = this.context;
		const afterLostAnswer = async (): Promise<Success<Reservation> | null> => {
			const found = await this.#readReservation();
			if (!found.ok) return null;
			const { status } = found.data;
			return status === "held" || (wait && status === "waiting") ? found : null;
		};
		return shop.ask(wait ? "join waitlist" : "reserve", this.token, (client) =>
			client.reserve({ sku, quantity: 1, wait }, { afterLostAnswer }),
		);
	}

	#readReservation() {
		const { sku, shop } = this.context;
		return shop.ask("read reservation", this.token, (client) => client.getReservation({ sku }));
	}

	/** @param reservation held */
	async #hold({ expiresAt }: Reservation): Promise<BuyerReport> {
		this.state.heldAtMs = Date.now();
		this.state.expiresAtMs = Date.parse(String(expiresAt));
		this.context.onEvent("held", this.plan);
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
		if (this.plan.callsOff) await callOff(this);
		this.state.expiresAtMs = Math.min(this.state.expiresAtMs ?? Number.POSITIVE_INFINITY, this.serverNowMs);
		await this.#release();
		return this.end("abandoned");
	}

	/** Gives back the units or the place on the waitlist. A repeated call changes nothing. */
	async #release(): Promise<void> {
		const { sku, shop } = this.context;
		const answer = await shop.ask("release", this.token, (client) => client.releaseReservation({ sku }));
		if (!answer.ok || (answer.data.status !== "released" && answer.data.status !== "expired")) {
			throw new UnexpectedAnswer("the release", answer);
		}
	}

	/** @returns null when the waitlist takes nobody any more */
	async #joinWaitlist(): Promise<BuyerReport | null> {
		const answer = await this.#reserve(true);
		if (isProblem(answer, "sold-out")) return null;
		if (!answer.ok || answer.status > 202) throw new UnexpectedAnswer("joining the waitlist", answer);
		if (answer.data.status === "held") return await this.#hold(answer.data);
		if (answer.data.status !== "waiting") throw new UnexpectedAnswer("joining the waitlist", answer);
		this.context.onEvent("waiting", this.plan);
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
		return promoted.status === "held" ? await this.#hold(promoted) : this.end("unpaid");
	}

	/** @returns the reservation once it waits no longer; null when no unit can become free any more */
	async #waitForPromotion(first: number): Promise<Reservation | null> {
		let position = first;
		for (let pauseMs = POLL_FIRST_MS; ; pauseMs = Math.min(pauseMs * 1.25, POLL_LONGEST_MS)) {
			if (this.context.waitlist.closed) return null;
			await sleep(pauseMs * (0.75 + Math.random() / 2));
			const answer = await this.#readReservation();
			if (!answer.ok) throw new UnexpectedAnswer("waiting", answer);
			const { status } = answer.data;
			if (status === "held" || status === "expired") return answer.data;
			if (status !== "waiting") throw new UnexpectedAnswer("waiting", answer);
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

function positionOf(answer: Success<Reservation>): number {
	const { position } = answer.data;
	if (typeof position !== "number" || position < 1) throw new UnexpectedAnswer("the position on the waitlist", answer);
	return position;
}
