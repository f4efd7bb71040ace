/** The call batcher: which requests share a call, which result each gets, and what a failed call does to the others. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CallBatcher, CallBatchers } from "../../src/edge/call-batcher.ts";
import { BATCH_GATHER_MS, BATCH_QUEUE, BATCH_SIZE, BATCH_WAIT_MS, CALL_TIMEOUT_MS } from "../../src/limits.ts";
import { ObjectUnavailable } from "../../src/platform/errors.ts";

/** Calls to an object that responds when the test lets it. */
class Calls {
	readonly sent: (readonly string[])[] = [];
	readonly #ends: { respond: () => void; fail: (error: unknown) => void }[] = [];

	readonly send = (requests: readonly string[]): Promise<readonly string[]> => {
		this.sent.push(requests);
		return new Promise((resolve, reject) => {
			this.#ends.push({ respond: () => resolve(requests.map((request) => `${request}!`)), fail: reject });
		});
	};

	/** The oldest call under way returns. */
	async respond(): Promise<void> {
		this.respondNow();
		await settled();
	}

	respondNow(): void {
		this.#ends.shift()?.respond();
	}

	async fail(error: unknown): Promise<void> {
		this.#ends.shift()?.fail(error);
		await settled();
	}
}

/** Lets every promise that can settle do so, and a busy batcher send its next call. */
const settled = () => vi.advanceTimersByTimeAsync(BATCH_GATHER_MS);

let calls: Calls;
let batcher: CallBatcher<string, string>;
/** How often the batcher became idle. */
let idle: number;
const kept: Promise<unknown>[] = [];
const ask = (what: string) => {
	const result = batcher.call(what, Date.now(), (work) => void kept.push(work));
	// The test may look at the result later, or never.
	result.catch(() => {});
	return result;
};
/** Requests whose results no test looks at. */
const askAll = (...whats: string[]): void => whats.forEach((what) => void ask(what));
const many = (howMany: number) => Array.from({ length: howMany }, (_, i) => `s${i}`);

beforeEach(() => {
	vi.useFakeTimers();
	calls = new Calls();
	idle = 0;
	batcher = new CallBatcher(calls.send, () => {
		idle += 1;
	});
	kept.length = 0;
});
afterEach(() => void vi.useRealTimers());

describe("a call batcher", () => {
	it("sends a request at once and alone when it is idle", async () => {
		const result = ask("ada");
		expect(calls.sent).toEqual([["ada"]]);
		await calls.respond();
		expect(await result).toBe("ada!");
		expect(idle).toBe(1);
	});

	it("sends the requests that came during a call together in the next one, each with its own result", async () => {
		const first = ask("ada");
		const others = ["bob", "cyd", "dan"].map(ask);
		expect(calls.sent).toHaveLength(1);
		await calls.respond();
		expect(await first).toBe("ada!");
		expect(calls.sent).toEqual([["ada"], ["bob", "cyd", "dan"]]);
		await calls.respond();
		expect(await Promise.all(others)).toEqual(["bob!", "cyd!", "dan!"]);
		expect(idle).toBe(1);
	});

	it("waits a moment before its next call when it is busy, to gather more requests", async () => {
		askAll("ada", "bob");
		calls.respondNow();
		await vi.advanceTimersByTimeAsync(0);
		expect(calls.sent).toEqual([["ada"]]);
		askAll("cyd");
		await settled();
		expect(calls.sent).toEqual([["ada"], ["bob", "cyd"]]);
	});

	it("has one call under way at a time, however many requests wait", async () => {
		askAll("ada", ...many(2 * BATCH_SIZE + 1));
		for (let call = 1; call <= 4; call++) {
			expect(calls.sent).toHaveLength(call);
			await calls.respond();
		}
		expect(calls.sent.map((requests) => requests.length)).toEqual([1, BATCH_SIZE, BATCH_SIZE, 1]);
		expect(idle).toBe(1);
	});

	it("refuses a request at once when too many wait, so that the others do not time out", async () => {
		askAll("ada", ...many(BATCH_QUEUE - 1));
		await expect(ask("late")).rejects.toThrow(ObjectUnavailable);
	});

	it("keeps the request that sends a call alive until it returns, by a promise that never rejects", async () => {
		const failing = ask("ada");
		askAll("bob", "cyd");
		expect(kept).toHaveLength(2);
		await calls.fail(new Error("broken"));
		await expect(failing).rejects.toThrow("broken");
		await expect(kept[0]).resolves.toBeDefined();
		expect(calls.sent).toEqual([["ada"], ["bob", "cyd"]]);
	});

	it("has the bounds that it was given: how many travel together, and how many wait", async () => {
		batcher = new CallBatcher(calls.send, () => {}, { size: 2, queue: 4 });
		askAll("ada", "bob", "cyd", "dan");
		await expect(ask("late")).rejects.toThrow(ObjectUnavailable);
		for (let call = 0; call < 3; call++) await calls.respond();
		expect(calls.sent).toEqual([["ada"], ["bob", "cyd"], ["dan"]]);
	});

	it("has room again for as many requests as have got their results", async () => {
		askAll("ada", ...many(BATCH_QUEUE - 1));
		await calls.respond();
		await calls.respond();
		const settledCount = 1 + BATCH_SIZE;
		const others = many(settledCount).map(ask);
		await expect(ask("late")).rejects.toThrow(ObjectUnavailable);
		for (let call = 2; call <= 1 + (BATCH_QUEUE + settledCount) / BATCH_SIZE; call++) await calls.respond();
		expect(await Promise.all(others)).toHaveLength(settledCount);
		expect(idle).toBe(1);
	});
});

describe("a batched call that fails", () => {
	it("repeats a failed call request by request, so that only the bad request fails", async () => {
		askAll("ada");
		const [bob, cyd] = ["bob", "cyd"].map(ask);
		await calls.respond();
		await calls.fail(new Error("one of you"));
		expect(calls.sent).toEqual([["ada"], ["bob", "cyd"], ["bob"], ["cyd"]]);
		await calls.fail(new Error("it was bob"));
		await calls.respond();
		await expect(bob).rejects.toThrow("it was bob");
		expect(await cyd).toBe("cyd!");
	});

	it("does not repeat a call when the object cannot serve, because that would make it busier", async () => {
		askAll("ada");
		const others = ["bob", "cyd"].map(ask);
		await calls.respond();
		await calls.fail(new ObjectUnavailable("overloaded"));
		expect(calls.sent).toHaveLength(2);
		for (const other of others) await expect(other).rejects.toThrow("overloaded");
	});

	it("sends the next call after one that failed", async () => {
		const ada = ask("ada");
		const bob = ask("bob");
		await calls.fail(new ObjectUnavailable("overloaded"));
		await expect(ada).rejects.toThrow("overloaded");
		await calls.respond();
		expect(await bob).toBe("bob!");
	});

	it("gives up a call that never returns, and sends the next one", async () => {
		const ada = ask("ada");
		const bob = ask("bob");
		await vi.advanceTimersByTimeAsync(CALL_TIMEOUT_MS);
		await settled();
		await expect(ada).rejects.toThrow("did not answer in time");
		expect(calls.sent).toEqual([["ada"], ["bob"]]);
		await calls.respond();
		await calls.respond();
		expect(await bob).toBe("bob!");
	});
});

describe("a request that the platform kills while it sends a call", () => {
	/** Requests whose contexts are gone: their calls neither return nor time out. */
	const dying = (...whats: string[]): void => {
		vi.spyOn(globalThis, "setTimeout").mockReturnValue(0 as never);
		askAll(...whats);
		vi.restoreAllMocks();
	};
	beforeEach(() => {
		batcher = new CallBatcher<string, string>((requests) => {
			calls.sent.push(requests);
			return new Promise(() => {});
		});
	});

	it("delays later requests for no longer than BATCH_WAIT_MS", async () => {
		dying("ada");
		const bob = ask("bob");
		await vi.advanceTimersByTimeAsync(BATCH_WAIT_MS + BATCH_GATHER_MS);
		expect(calls.sent).toEqual([["ada"], ["bob"]]);
		await vi.advanceTimersByTimeAsync(CALL_TIMEOUT_MS);
		await expect(bob).rejects.toThrow("did not answer in time");
	});

	it("fails the requests of a batch that was never sent, and does not make later ones wait", async () => {
		dying("ada", "bob");
		const cyd = ask("cyd");
		await vi.advanceTimersByTimeAsync(BATCH_WAIT_MS);
		await expect(cyd).rejects.toThrow(ObjectUnavailable);
		vi.setSystemTime(Date.now() + 1);
		askAll("dan");
		expect(calls.sent).toEqual([["ada"], ["dan"]]);
	});
});

describe("CallBatchers", () => {
	it("keeps one batcher per name when the request that sends a call was killed", async () => {
		const batchers = new CallBatchers<string, string>();
		const send = (what: string) => void batchers.call("lamp", what, Date.now(), () => {}, calls.send).catch(() => {});
		vi.spyOn(globalThis, "setTimeout").mockReturnValue(0 as never);
		send("ada");
		vi.restoreAllMocks();
		vi.setSystemTime(Date.now() + BATCH_WAIT_MS + 1);
		send("bob");
		send("cyd");
		expect(calls.sent).toEqual([["ada"], ["bob"]]);
	});

	it("has one batcher per name, and drops it when idle", async () => {
		const batchers = new CallBatchers<string, string>();
		const lamps = new Calls();
		const chairs = new Calls();
		const go = (name: string, what: string, to: Calls) => batchers.call(name, what, Date.now(), () => {}, to.send);
		const results = [go("lamp", "ada", lamps), go("lamp", "bob", lamps), go("chair", "cyd", chairs)];
		expect([lamps.sent, chairs.sent]).toEqual([[["ada"]], [["cyd"]]]);
		await lamps.respond();
		await lamps.respond();
		await chairs.respond();
		expect(await Promise.all(results)).toEqual(["ada!", "bob!", "cyd!"]);
		// A new batcher, which uses the call that it is given now.
		const again = new Calls();
		void go("lamp", "dan", again);
		expect(again.sent).toEqual([["dan"]]);
	});
});
