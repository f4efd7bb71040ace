/**
 * One buyer's story, from arriving to a fate.
 *
 * What it keeps true: every buyer ends with exactly one fate, whatever the server does. Not here: when they arrive and what they
 * have in mind (`schedule.ts`), paying (`payment.ts`), and whether what they were told is also what the server's books say
 * (`settle.ts`).
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Answer } from "../http.ts";
import type { Buyer, Market } from "./buyer-context.ts";
import type { Plan } from "./buyer-plans.ts";
import { type Fate, type Known, nothingKnown, type Outcome } from "./outcome.ts";
import { checkOut } from "./payment.ts";
import { problemName, statusOf, Unexpected } from "./shop.ts";

const POLL_FIRST_MS = 200;
const POLL_LONGEST_MS = 500;

export async function buy(market: Market, plan: Plan, token: string): Promise<Outcome> {
	const buyer = new BuyerSession(market, plan, token);
	try {
		return await buyer.run();
	} catch (error) {
		return buyer.end("failed", (error as Error).message);
	} finally {
		market.onEvent("done");
	}
}

class BuyerSession implements Buyer {
	readonly market: Market;
	readonly plan: Plan;
	readonly token: string;
	readonly known: Known = nothingKnown();
	readonly #path: string;

	constructor(market: Market, plan: Plan, token: string) {
		this.market = market;
		this.plan = plan;
		this.token = token;
		this.#path = `/v1/reservations/${market.sku}`;
	}

	async run(): Promise<Outcome> {
		const answer = await this.#reserve(false);
		if (isSoldOut(answer)) {
			for (const way of this.plan.onRefusal) {
				const outcome = way === "line" ? await this.#standInLine() : await this.#preorder();
				if (outcome !== null) return outcome;
			}
			this.market.onEvent("refused");
			return this.end("refused");
		}
		if (answer.status > 201 || statusOf(answer) !== "held") throw new Unexpected("the reservation", answer);
		return await this.#hold(answer);
	}

	end(fate: Fate, detail: string | null = null): Outcome {
		return { ...this.known, plan: this.plan, fate, detail };
	}

	get serverNowMs(): number {
		return Date.now() + this.market.clockAheadMs;
	}

	/** After a lost reply a shopper asks by GET before asking again. */
	#reserve(wait: boolean): Promise<Answer> {
		const call = { method: "PUT", path: this.#path, token: this.token, json: { quantity: 1, wait } } as const;
		return this.market.shop.ask(wait ? "stand in line" : "reserve", call, async () => {
			const found = await this.#look();
			const status = statusOf(found);
			return found.status === 200 && (status === "held" || (wait && status === "waiting")) ? found : null;
		});
	}

	#look(): Promise<Answer> {
		return this.market.shop.ask("read reservation", { method: "GET", path: this.#path, token: this.token });
	}

	/** A unit is theirs for a while. */
	async #hold(answer: Answer): Promise<Outcome> {
		this.known.heldAtMs = Date.now();
		this.known.expiresAtMs = Date.parse(String((answer.body as { expiresAt?: unknown }).expiresAt));
		this.market.onEvent("held");
		if (this.plan.abandons) return await this.#letGo();
		if (!this.plan.pays) return this.end("unpaid");
		await sleep(this.plan.thinksForMs);
		const outcome = await checkOut(this, "hold");
		if (outcome !== null) return outcome;
		const lapsed = this.serverNowMs >= this.known.expiresAtMs;
		return lapsed ? this.end("unpaid") : this.end("lost", "a held unit could not be checked out");
	}

	async #letGo(): Promise<Outcome> {
		await sleep(this.plan.thinksForMs);
		this.known.expiresAtMs = Math.min(this.known.expiresAtMs ?? Number.POSITIVE_INFINITY, this.serverNowMs);
		await this.#release();
		return this.end("abandoned");
	}

	/** Units or a place in line go back. Saying so twice does no harm. */
	async #release(): Promise<void> {
		const answer = await this.market.shop.ask("let go", { method: "DELETE", path: this.#path, token: this.token });
		const status = statusOf(answer);
		if (answer.status !== 200 || (status !== "released" && status !== "expired")) {
			throw new Unexpected("letting go", answer);
		}
	}

	/** null: the line is full, or closed. */
	async #standInLine(): Promise<Outcome | null> {
		const answer = await this.#reserve(true);
		if (isSoldOut(answer)) return null;
		const status = statusOf(answer);
		if (answer.status > 202 || (status !== "held" && status !== "waiting")) throw new Unexpected("the line", answer);
		if (status === "held") return await this.#hold(answer);
		this.market.onEvent("waiting");
		this.market.doors.waiting(1);
		const promoted = await this.#wait(positionOf(answer)).finally(() => this.market.doors.waiting(-1));
		if (promoted === null) {
			await this.#release();
			return this.end("waited");
		}
		this.known.promoted = true;
		// Offered, and gone again before they looked.
		return statusOf(promoted) === "held" ? await this.#hold(promoted) : this.end("unpaid");
	}

	/** The answer that says that they wait no longer; null: nothing can come any more. */
	async #wait(first: number): Promise<Answer | null> {
		let position = first;
		for (let pauseMs = POLL_FIRST_MS; ; pauseMs = Math.min(pauseMs * 1.25, POLL_LONGEST_MS)) {
			if (this.market.doors.closed) return null;
			await sleep(pauseMs * (0.75 + Math.random() / 2));
			const answer = await this.#look();
			const status = statusOf(answer);
			if (answer.status === 200 && (status === "held" || status === "expired")) return answer;
			if (answer.status !== 200 || status !== "waiting") throw new Unexpected("waiting in line", answer);
			const now = positionOf(answer);
			if (now > position) this.known.movedBack = true;
			position = now;
		}
	}

	/** null: none is to be had. */
	async #preorder(): Promise<Outcome | null> {
		await sleep(this.plan.thinksForMs);
		return await checkOut(this, "preorder");
	}
}

const isSoldOut = (answer: Answer): boolean => answer.status === 409 && problemName(answer) === "sold-out";

function positionOf(answer: Answer): number {
	const { position } = answer.body as { position?: unknown };
	if (typeof position !== "number" || position < 1) throw new Unexpected("the position in line", answer);
	return position;
}
