/** The lane: who travels with whom, who is answered what, and what a call that fails does to its neighbours. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CallBatcher, CallBatchers } from "../../src/edge/call-batcher.ts";
import { BATCH_GATHER_MS, BATCH_QUEUE, BATCH_SIZE, BATCH_WAIT_MS, CALL_TIMEOUT_MS } from "../../src/limits.ts";
import { ObjectUnavailable } from "../../src/platform/errors.ts";

/** Calls to an object that answers when the test says so. */
class Calls {
	readonly sent: (readonly string[])[] = [];
	readonly #ends: { answer: () => void; fail: (fault: unknown) => void }[] = [];

	readonly send = (asks: readonly string[]): Promise<readonly string[]> => {
		this.sent.push(asks);
		return new Promise((resolve, reject) => {
			this.#ends.push({ answer: () => resolve(asks.map((ask) => `${ask}!`)), fail: reject });
		});
	};

	/** The oldest call that is under way comes back. */
	async answer(): Promise<void> {
		this.answerNow();
		await settled();
	}

	answerNow(): void {
		this.#ends.shift()?.answer();
	}

	async fail(fault: unknown): Promise<void> {
		this.#ends.shift()?.fail(fault);
		await settled();
	}
}

/** Lets every promise that can go on do so, the next call of a busy lane included. */
const settled = () => vi.advanceTimersByTimeAsync(BATCH_GATHER_MS);

let calls: Calls;
let lane: CallBatcher<string, string>;
/** How often the lane fell idle. */
let idle: number;
const kept: Promise<unknown>[] = [];
const ask = (what: string) => {
	const answer = lane.call(what, Date.now(), (work) => void kept.push(work));
	// Looked at by the test later, if at all.
	answer.catch(() => {});
	return answer;
};
/** Ask, and are not looked at. */
const come = (...whats: string[]): void => whats.forEach((what) => void ask(what));
const many = (howMany: number) => Array.from({ length: howMany }, (_, i) => `s${i}`);

beforeEach(() => {
	vi.useFakeTimers();
	calls = new Calls();
	idle = 0;
	lane = new CallBatcher(calls.send, () => {
		idle += 1;
	});
	kept.length = 0;
});
afterEach(() => void vi.useRealTimers());

describe("a lane", () => {
	it("that is idle sends an ask at once and alone", async () => {
		const answer = ask("ada");
		expect(calls.sent).toEqual([["ada"]]);
		await calls.answer();
		expect(await answer).toBe("ada!");
		expect(idle).toBe(1);
	});

	it("takes those who came meanwhile along in the next call, each with an answer of their own", async () => {
		const first = ask("ada");
		const others = ["bob", "cyd", "dan"].map(ask);
		expect(calls.sent).toHaveLength(1);
		await calls.answer();
		expect(await first).toBe("ada!");
		expect(calls.sent).toEqual([["ada"], ["bob", "cyd", "dan"]]);
		await calls.answer();
		expect(await Promise.all(others)).toEqual(["bob!", "cyd!", "dan!"]);
		expect(idle).toBe(1);
	});

	it("that is busy waits a moment before its next call for those who come just then", async () => {
		come("ada", "bob");
		calls.answerNow();
		await vi.advanceTimersByTimeAsync(0);
		expect(calls.sent).toEqual([["ada"]]);
		come("cyd");
		await settled();
		expect(calls.sent).toEqual([["ada"], ["bob", "cyd"]]);
	});

	it("has one call under way at a time, however long the line", async () => {
		come("ada", ...many(2 * BATCH_SIZE + 1));
		for (let call = 1; call <= 4; call++) {
			expect(calls.sent).toHaveLength(call);
			await calls.answer();
		}
		expect(calls.sent.map((asks) => asks.length)).toEqual([1, BATCH_SIZE, BATCH_SIZE, 1]);
		expect(idle).toBe(1);
	});

	it("refuses at once when too many wait, rather than let all of them time out", async () => {
		come("ada", ...many(BATCH_QUEUE - 1));
		await expect(ask("late")).rejects.toThrow(ObjectUnavailable);
	});

	it("keeps who leads alive until the call is back, and never by a promise that fails; who rides along needs it not", async () => {
		const failing = ask("ada");
		come("bob", "cyd");
		expect(kept).toHaveLength(2);
		await calls.fail(new Error("broken"));
		await expect(failing).rejects.toThrow("broken");
		await expect(kept[0]).resolves.toBeDefined();
		expect(calls.sent).toEqual([["ada"], ["bob", "cyd"]]);
	});

	it("has room again for as many as have been answered", async () => {
		come("ada", ...many(BATCH_QUEUE - 1));
		await calls.answer();
		await calls.answer();
		const answered = 1 + BATCH_SIZE;
		const others = many(answered).map(ask);
		await expect(ask("late")).rejects.toThrow(ObjectUnavailable);
		for (let call = 2; call <= 1 + (BATCH_QUEUE + answered) / BATCH_SIZE; call++) await calls.answer();
		expect(await Promise.all(others)).toHaveLength(answered);
		expect(idle).toBe(1);
	});
});

describe("a call that fails", () => {
	it("is made again one by one, so that the ask at fault fails alone", async () => {
		come("ada");
		const [bob, cyd] = ["bob", "cyd"].map(ask);
		await calls.answer();
		await calls.fail(new Error("one of you"));
		expect(calls.sent).toEqual([["ada"], ["bob", "cyd"], ["bob"], ["cyd"]]);
		await calls.fail(new Error("it was bob"));
		await calls.answer();
		await expect(bob).rejects.toThrow("it was bob");
		expect(await cyd).toBe("cyd!");
	});

	it("because the object cannot serve is not made again: that would make it busier", async () => {
		come("ada");
		const others = ["bob", "cyd"].map(ask);
		await calls.answer();
		await calls.fail(new ObjectUnavailable("overloaded"));
		expect(calls.sent).toHaveLength(2);
		for (const other of others) await expect(other).rejects.toThrow("overloaded");
	});

	it("is handed over from all the same", async () => {
		const ada = ask("ada");
		const bob = ask("bob");
		await calls.fail(new ObjectUnavailable("overloaded"));
		await expect(ada).rejects.toThrow("overloaded");
		await calls.answer();
		expect(await bob).toBe("bob!");
	});

	it("by never coming back is given up, and the next one goes", async () => {
		const ada = ask("ada");
		const bob = ask("bob");
		await vi.advanceTimersByTimeAsync(CALL_TIMEOUT_MS);
		await settled();
		await expect(ada).rejects.toThrow("did not answer in time");
		expect(calls.sent).toEqual([["ada"], ["bob"]]);
		await calls.answer();
		await calls.answer();
		expect(await bob).toBe("bob!");
	});
});

describe("a leader that the platform has killed", () => {
	/** As if the contexts of those who come now were gone: their calls neither end nor time out. */
	const dying = (...whats: string[]): void => {
		vi.spyOn(globalThis, "setTimeout").mockReturnValue(0 as never);
		come(...whats);
		vi.restoreAllMocks();
	};
	beforeEach(() => {
		lane = new CallBatcher<string, string>((asks) => {
			calls.sent.push(asks);
			return new Promise(() => {});
		});
	});

	it("holds nobody up for longer than the lane's patience", async () => {
		dying("ada");
		const bob = ask("bob");
		await vi.advanceTimersByTimeAsync(BATCH_WAIT_MS + BATCH_GATHER_MS);
		expect(calls.sent).toEqual([["ada"], ["bob"]]);
		await vi.advanceTimersByTimeAsync(CALL_TIMEOUT_MS);
		await expect(bob).rejects.toThrow("did not answer in time");
	});

	it("before its batch has left is not waited for by who comes long after, and those in it are told", async () => {
		dying("ada", "bob");
		const cyd = ask("cyd");
		await vi.advanceTimersByTimeAsync(BATCH_WAIT_MS);
		await expect(cyd).rejects.toThrow(ObjectUnavailable);
		vi.setSystemTime(Date.now() + 1);
		come("dan");
		expect(calls.sent).toEqual([["ada"], ["dan"]]);
	});
});

describe("lanes", () => {
	it("stay one for each name when a leader was lost", async () => {
		const lanes = new CallBatchers<string, string>();
		const come = (what: string) => void lanes.call("lamp", what, Date.now(), () => {}, calls.send).catch(() => {});
		vi.spyOn(globalThis, "setTimeout").mockReturnValue(0 as never);
		come("ada");
		vi.restoreAllMocks();
		vi.setSystemTime(Date.now() + BATCH_WAIT_MS + 1);
		come("bob");
		come("cyd");
		expect(calls.sent).toEqual([["ada"], ["bob"]]);
	});

	it("are one for each name, and forgotten when idle", async () => {
		const lanes = new CallBatchers<string, string>();
		const lamps = new Calls();
		const chairs = new Calls();
		const go = (name: string, what: string, to: Calls) => lanes.call(name, what, Date.now(), () => {}, to.send);
		const answers = [go("lamp", "ada", lamps), go("lamp", "bob", lamps), go("chair", "cyd", chairs)];
		expect([lamps.sent, chairs.sent]).toEqual([[["ada"]], [["cyd"]]]);
		await lamps.answer();
		await lamps.answer();
		await chairs.answer();
		expect(await Promise.all(answers)).toEqual(["ada!", "bob!", "cyd!"]);
		// A lane of its own again, which goes by the call it is given now.
		const again = new Calls();
		void go("lamp", "dan", again);
		expect(again.sent).toEqual([["dan"]]);
	});
});
