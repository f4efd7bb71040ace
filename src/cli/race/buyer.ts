/** One buyer of a history, from arrival to the end of their plan. What they do at each answer is what people do. */
import { setTimeout as sleep } from "node:timers/promises";
import { deliver } from "./deliver.ts";
import type { Answer, Request } from "./history.ts";
import type { BuyerPlan, Delivery } from "./plan.ts";
import { nowMs, type Recorder, type Reply } from "./recorder.ts";
import type { Handle, Sent, Target } from "./target.ts";

export interface Scene {
	readonly target: Target;
	readonly sku: string;
	readonly recorder: Recorder;
	readonly startMs: number;
	readonly stop: AbortSignal;
}

const ASKS_AGAIN_MS = 300;
/** A payment that is not decided is looked at so often before the buyer gives up. */
const LOOKS_AFTER_PAYING = 3;
/** Who means to pay around the end of a hold does not wait for one that is further away than this. */
const LONGEST_WAIT_FOR_THE_END_MS = 30_000;
const PLAINLY: Delivery = { sending: "once", afterMs: 0 };

export class Buyer {
	/** What the shop gave to pay and to read an order with; null while there is no order. */
	order: Handle | null = null;
	readonly #scene: Scene;
	readonly #plan: BuyerPlan;
	readonly #session: Handle;
	/** When the shop takes the units back, as it last said. */
	#untilMs: number | null = null;
	#intents = 0;

	constructor(scene: Scene, plan: BuyerPlan, session: Handle) {
		this.#scene = scene;
		this.#plan = plan;
		this.#session = session;
	}

	/** Ends early when the history is stopped. */
	async run(): Promise<void> {
		const { looksFirst, goesStraight, triesAgainMs } = this.#plan;
		await this.#until(this.#scene.startMs + this.#plan.arrivesAtMs);
		if (looksFirst) await this.#look();
		if (goesStraight) return this.#buy(this.#plan.units);
		let answer = await this.#reserve(this.#plan.reserve);
		if (answer?.kind === "refused" && triesAgainMs !== null) {
			await this.#pause(triesAgainMs);
			answer = await this.#reserve(PLAINLY);
		}
		if (answer?.kind === "waiting") answer = await this.#wait(this.#plan.waitsMs ?? 0);
		if (answer?.kind !== "held" && answer?.kind !== "carted") return;
		await this.#pause(this.#plan.thinksMs);
		if (this.#plan.next === "give-back") await this.#giveBack();
		if (this.#plan.next === "check-out") await this.#buy(answer.units);
	}

	/** Reads what became of the order, if there is one. */
	async readOrder(): Promise<Answer | null> {
		const { target, recorder } = this.#scene;
		const { order } = this;
		if (order === null) return null;
		const asked = { actor: this.#plan.name, request: { kind: "read-order" } } as const;
		const { reply } = await recorder.ask(asked, async () => ({ answer: await target.readOrder(this.#session, order) }));
		return reply?.answer ?? null;
	}

	async #reserve(delivery: Delivery): Promise<Answer | null> {
		const { target, sku } = this.#scene;
		const { units, waitsMs } = this.#plan;
		const waits = waitsMs !== null && target.joinWaitlist !== undefined;
		const reply = await this.#ask({ kind: "reserve", units, ...(waits ? { waits } : {}) }, delivery, async (sent) => {
			const answer = waits
				? await target.joinWaitlist?.(this.#session, sku, units, sent)
				: await target.reserve(this.#session, sku, units, sent);
			return { answer: answer as Answer };
		});
		return this.#hear(reply);
	}

	/** Asks again and again until the units come, or patience ends and the place is given up. */
	async #wait(patienceMs: number): Promise<Answer | null> {
		const endsAtMs = nowMs() + patienceMs;
		while (nowMs() < endsAtMs && !this.#scene.stop.aborted) {
			await this.#pause(ASKS_AGAIN_MS);
			const answer = await this.#reserve(PLAINLY);
			if (answer !== null && answer.kind !== "waiting") return answer;
		}
		await this.#giveBack();
		return null;
	}

	async #buy(units: number): Promise<void> {
		const { target, sku } = this.#scene;
		const { checkOut, pays, isDeclinedFirst, pay } = this.#plan;
		const reply = await this.#ask({ kind: "check-out", units }, checkOut, (sent) =>
			target.checkOut(this.#session, sku, units, sent),
		);
		const answer = this.#hear(reply);
		this.order = reply?.order ?? null;
		if (this.order === null || (answer?.kind !== "held" && answer?.kind !== "carted")) return;
		if (pays.kind === "never") {
			if (pays.givesBack) await this.#giveBack();
			return;
		}
		if (pays.kind === "after-thinking") await this.#pause(pays.thinksMs);
		else if (this.#untilMs !== null) await this.#until(this.#untilMs + pays.afterEndMs);
		if (isDeclinedFirst) await this.#pay(units, false, PLAINLY);
		let paid = await this.#pay(units, true, pay);
		for (let looks = 0; paid?.kind === "pending" && looks < LOOKS_AFTER_PAYING; looks++) {
			await this.#pause(ASKS_AGAIN_MS);
			paid = await this.readOrder();
		}
		if (looksAtTheEnd(paid)) await this.readOrder();
	}

	async #pay(units: number, approves: boolean, delivery: Delivery): Promise<Answer | null> {
		const reply = await this.#ask({ kind: "pay", units, approves }, delivery, async (sent) => ({
			answer: await this.#scene.target.pay(this.#session, this.order, approves, sent),
		}));
		return reply?.answer ?? null;
	}

	async #giveBack(): Promise<void> {
		const { target, sku } = this.#scene;
		if (target.release === undefined) return;
		await this.#ask({ kind: "release" }, PLAINLY, async (sent) => ({
			answer: (await target.release?.(this.#session, sku, sent)) as Answer,
		}));
	}

	async #look(): Promise<void> {
		const { target, sku, recorder } = this.#scene;
		const asked = { actor: this.#plan.name, request: { kind: "read-stock" } } as const;
		await recorder.ask(asked, async () => ({ answer: await target.readStock(sku) }));
	}

	#ask<R extends Reply>(request: Request, delivery: Delivery, call: (sent: Sent) => Promise<R>): Promise<R | null> {
		const { recorder, sku } = this.#scene;
		const actor = this.#plan.name;
		const key = `${sku}-${actor.replaceAll(" ", "-")}-${++this.#intents}`;
		return deliver(recorder, { actor, request }, delivery, (signal) => call({ signal, key }));
	}

	#hear(reply: Reply | null): Answer | null {
		if (reply?.answer.kind === "held") this.#untilMs = reply.answer.untilMs;
		return reply?.answer ?? null;
	}

	async #until(atMs: number): Promise<void> {
		await this.#pause(Math.min(atMs - nowMs(), LONGEST_WAIT_FOR_THE_END_MS));
	}

	async #pause(ms: number): Promise<void> {
		if (ms > 0) await sleep(ms, undefined, { signal: this.#scene.stop }).catch(() => {});
	}
}

/** A buyer who has got something looks at it once more. */
const looksAtTheEnd = (paid: Answer | null): boolean => paid?.kind === "sold" || paid?.kind === "owed";
