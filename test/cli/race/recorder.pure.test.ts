import { describe, expect, it } from "vitest";
import { deliver } from "../../../src/cli/race/deliver.ts";
import type { Answer } from "../../../src/cli/race/history.ts";
import type { Sending } from "../../../src/cli/race/plan.ts";
import { Recorder, type Reply } from "../../../src/cli/race/recorder.ts";

const PROMISES = { staleMs: 0, clockMs: 0, graceMs: 0 };
const ASKED = { actor: "buyer 1", request: { kind: "reserve", units: 1 } } as const;
const HELD: Answer = { kind: "held", units: 1, untilMs: 5 };

/** Delivers one request in this way. @param answers what the shop does at each call, in order */
async function delivered(sending: Sending, answers: readonly ((signal: AbortSignal) => Promise<Reply>)[]) {
	const recorder = new Recorder(new AbortController().signal);
	let calls = 0;
	const reply = await deliver(recorder, ASKED, { sending, afterMs: 1 }, (signal) => {
		const answer = answers[calls++];
		return answer === undefined ? Promise.reject(new Error("one call too many")) : answer(signal);
	});
	const { operations } = recorder.history(1, PROMISES);
	return { reply, operations, unanswered: recorder.unanswered, error: recorder.firstError };
}

const answers = async (): Promise<Reply> => ({ answer: HELD });
const fails = () => Promise.reject(new TypeError("fetch failed"));
/** Answers nothing until the caller hangs up. */
const hangs = (signal: AbortSignal) =>
	new Promise<Reply>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

describe("a request that is delivered", () => {
	it("once is one operation, from its call to its answer", async () => {
		const { reply, operations } = await delivered("once", [answers]);
		expect(reply).toEqual({ answer: HELD });
		expect(operations).toMatchObject([{ id: 0, ...ASKED, answer: HELD, repeats: null }]);
		expect(operations[0]?.endedAtMs).toBeGreaterThanOrEqual(operations[0]?.calledAtMs ?? 0);
	});

	it("by a double click is two operations at the same time, the second a repetition of the first", async () => {
		let answerFirst = (_: Reply) => {};
		const waits = () => new Promise<Reply>((resolve) => (answerFirst = resolve));
		const second = async () => {
			answerFirst({ answer: HELD });
			return { answer: HELD };
		};
		const { operations } = await delivered("double-click", [waits, second]);
		expect(operations).toMatchObject([{ repeats: null }, { repeats: 0 }]);
		expect(operations[1]?.calledAtMs).toBeLessThanOrEqual(operations[0]?.endedAtMs ?? 0);
	});

	it("and whose reply gets lost is written down without an answer, and sent again", async () => {
		const { reply, operations, unanswered } = await delivered("lost-reply", [answers, answers]);
		expect(reply).toEqual({ answer: HELD });
		expect(operations).toMatchObject([{ answer: null }, { answer: HELD, repeats: 0 }]);
		expect(unanswered).toBe(0);
	});

	it("over a connection that is cut is sent again, or not if the buyer is gone", async () => {
		const again = await delivered("cut-and-again", [hangs, answers]);
		expect(again.operations).toMatchObject([{ answer: null }, { answer: HELD, repeats: 0 }]);
		const gone = await delivered("cut-and-gone", [hangs]);
		expect(gone.operations).toMatchObject([{ answer: null }]);
		expect([gone.reply, gone.unanswered]).toEqual([null, 0]);
	});

	it("and gets no answer that nobody meant to lose is counted, with the reason", async () => {
		const { reply, operations, unanswered, error } = await delivered("once", [fails]);
		expect([reply, unanswered, String(error)]).toEqual([null, 1, "TypeError: fetch failed"]);
		expect(operations).toMatchObject([{ answer: null }]);
	});
});
