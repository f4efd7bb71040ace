/** Retries: how many, after which pauses, and what is not retried. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { backoffMs, retry } from "../../src/platform/retry.ts";

const pauses: number[] = [];

// Node does not have the `scheduler` of the runtime. This one records each pause and takes no time.
beforeEach(() => {
	pauses.length = 0;
	vi.stubGlobal("scheduler", { wait: async (ms: number) => void pauses.push(ms) });
});
afterEach(() => {
	vi.unstubAllGlobals();
	vi.restoreAllMocks();
});

/** Fails with these errors, one after the other, and then succeeds. */
const failing = (...errors: string[]) => {
	const left = [...errors];
	return vi.fn(async () => {
		const error = left.shift();
		if (error !== undefined) throw new Error(error);
		return "done";
	});
};
const always = () => true;

describe("retry", () => {
	it("returns the result of the first attempt when it succeeds", async () => {
		const work = failing();
		expect(await retry(work, { attempts: 3, backoffMs: 50, shouldRetry: always })).toBe("done");
		expect(work).toHaveBeenCalledTimes(1);
		expect(pauses).toEqual([]);
	});

	it("makes at most the given number of attempts, the first included", async () => {
		expect(await retry(failing("a", "b"), { attempts: 3, backoffMs: 50, shouldRetry: always })).toBe("done");
		const work = failing("a", "b", "c");
		await expect(retry(work, { attempts: 3, backoffMs: 50, shouldRetry: always })).rejects.toThrow("c");
		expect(work).toHaveBeenCalledTimes(3);
	});

	it("throws an error that must not be retried at once, unchanged", async () => {
		const work = failing("busy", "final", "never seen");
		const shouldRetry = vi.fn((error: unknown) => (error as Error).message === "busy");
		await expect(retry(work, { attempts: 9, backoffMs: 50, shouldRetry })).rejects.toThrow("final");
		expect(work).toHaveBeenCalledTimes(2);
		expect(shouldRetry).toHaveBeenCalledTimes(2);
	});

	it("does not retry when there is one attempt", async () => {
		const work = failing("a");
		await expect(retry(work, { attempts: 1, backoffMs: 50, shouldRetry: always })).rejects.toThrow("a");
		expect(work).toHaveBeenCalledTimes(1);
	});

	it.each([
		{ chance: 0, waitsMs: [0, 0, 0] },
		{ chance: 0.5, waitsMs: [25, 50, 100] },
		{ chance: 1, waitsMs: [50, 100, 200] },
	])(
		"pauses for a random share of a bound that doubles: $waitsMs ms with a share of $chance",
		async ({ chance, waitsMs }) => {
			vi.spyOn(Math, "random").mockReturnValue(chance);
			await retry(failing("a", "b", "c"), { attempts: 4, backoffMs: 50, shouldRetry: always });
			expect(pauses).toEqual(waitsMs);
		},
	);

	it("retries an error that is thrown before there is a promise", async () => {
		const synchronous = () => {
			throw new Error("early");
		};
		await expect(retry(synchronous, { attempts: 2, backoffMs: 1, shouldRetry: always })).rejects.toThrow("early");
		expect(pauses).toHaveLength(1);
	});
});

describe("backoffMs", () => {
	it.each([
		{ failures: 0, pause: 1_000 },
		{ failures: 1, pause: 2_000 },
		{ failures: 5, pause: 32_000 },
		{ failures: 6, pause: 60_000 },
		{ failures: 1_000_000, pause: 60_000 },
	])("pauses $pause ms after $failures failures", ({ failures, pause }) => {
		expect(backoffMs(failures, 1_000, 60_000)).toBe(pause);
	});
});
