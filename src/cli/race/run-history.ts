/**
 * Runs the plan of one history against a shop, from the first unit to the last read, and writes it down. It takes as long
 * as it needs to be certain of the end: no request is under way, every hold that was promised has run out, and what the
 * shop says then it has to stand by.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Buyer, type Scene } from "./buyer.ts";
import { deliver } from "./deliver.ts";
import type { Answer, History } from "./history.ts";
import type { HistoryPlan } from "./plan.ts";
import { nowMs, Recorder } from "./recorder.ts";
import type { Target } from "./target.ts";

export interface RunHistory {
	readonly history: History;
	/** Requests without an answer that no plan wanted, and why the first of them got none. */
	readonly unanswered: number;
	readonly firstError: unknown;
}

const MERCHANT = "merchant";
const VISITOR = "visitor";
/** After everything else is over: a request that was cut may still take effect, and alarms may be a little late. */
const QUIET_MS = 400;
/** An order that is not decided at the end is read so often, once a second, before that is what the history says. */
const LAST_LOOKS = 10;
const LAST_LOOKS_EVERY_MS = 1000;

/**
 * @param sku no other history's
 * @param holdMs how long the shop holds units, if it does
 */
export async function runHistory(
	target: Target,
	sku: string,
	plan: HistoryPlan,
	holdMs: number,
	stop: AbortSignal,
): Promise<RunHistory> {
	const recorder = new Recorder(stop);
	const pause = (ms: number) => sleep(Math.max(0, ms), undefined, { signal: stop }).catch(() => {});
	const first = { actor: MERCHANT, request: { kind: "restock", units: plan.units } } as const;
	const opened = await recorder.ask(first, async () => {
		await target.putStock(sku, plan.units);
		return { answer: { kind: "restocked" } };
	});
	if (opened.reply === null && !stop.aborted)
		throw new Error("the product could not be made", { cause: recorder.firstError });
	const sessions = await Promise.all(plan.buyers.map(({ name }) => target.openSession(`${sku} ${name}`)));

	const scene: Scene = { target, sku, recorder, startMs: nowMs(), stop };
	const buyers = plan.buyers.map((buyer, index) => new Buyer(scene, buyer, sessions[index]));
	const look = async (actor: string) => {
		const asked = { actor, request: { kind: "read-stock" } } as const;
		await recorder.ask(asked, async () => ({ answer: await target.readStock(sku) }));
	};
	const restocks = plan.restocks.map(async ({ atMs, units, delivery }, index) => {
		if (target.restock === undefined) return;
		await pause(atMs);
		const key = `${sku}-restock-${index + 1}`;
		const asked = { actor: MERCHANT, request: { kind: "restock", units } } as const;
		await deliver(recorder, asked, delivery, async (signal) => ({
			answer: (await target.restock?.(sku, units, { signal, key })) as Answer,
		}));
	});
	let isOver = false;
	const visitor = (async () => {
		while (!isOver && !stop.aborted) {
			await look(VISITOR);
			await pause(plan.looksEveryMs);
		}
	})();
	await Promise.all([...buyers.map((buyer) => buyer.run()), ...restocks]);
	await pause(endOfHolds(recorder.history(plan.seed, target.promises), holdMs) - nowMs() + QUIET_MS);
	isOver = true;
	await visitor;

	for (const buyer of buyers) {
		let answer = await buyer.readOrder();
		for (let looks = 1; answer?.kind === "pending" && looks < LAST_LOOKS && !stop.aborted; looks++) {
			await pause(LAST_LOOKS_EVERY_MS);
			answer = await buyer.readOrder();
		}
	}
	// A look at the stock may be as old as the shop says.
	await pause(target.promises.staleMs);
	await look(MERCHANT);
	const { unanswered, firstError } = recorder;
	return { history: recorder.history(plan.seed, target.promises), unanswered, firstError };
}

/** When the last unit that was promised to somebody, or may have been, is certainly sold or back. */
function endOfHolds({ operations, promises }: History, holdMs: number): number {
	const ends = operations.map(({ request, answer, endedAtMs }) => {
		if (answer?.kind === "held") return answer.untilMs;
		const isTaking = request.kind === "reserve" || request.kind === "check-out";
		return isTaking && (answer === null || answer.kind === "failed") ? endedAtMs + holdMs : 0;
	});
	return Math.max(0, ...ends) + promises.graceMs + promises.clockMs;
}
