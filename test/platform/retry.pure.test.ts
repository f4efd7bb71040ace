/** Trying again: how often, after which pauses, and what is not tried again. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { backoffMs, retry } from "../../src/platform/retry.ts";

const pauses: number[] = [];

// The runtime's, which Node has not: here it takes no time, and remembers.
beforeEach(() => {
	pauses.length = 0;
	vi.stubGlobal("scheduler", { wait: async (ms: number) => void pauses.push(ms) });
});
afterEach(() => {
	vi.unstubAllGlobals();
	vi.restoreAllMocks();
});

/** Fails with these, one after the other, and then succeeds. */
const failing = (...faults: string[]) => {
	const left = [...faults];
	return vi.fn(async () => {
		const fault = left.shift();
		if (fault !== undefined) throw new Error(fault);
		return "done";
	});
};
const always = () => true;

describe("retry", () => {
	it("answers at once what succeeds at once", async () => {
		const work = failing();
		expect(await retry(work, { attempts: 3, backoffMs: 50, shouldRetry: always })).toBe("done");
		expect(work).toHaveBeenCalledTimes(1);
		expect(pauses).toEqual([]);
	});

	it("tries as often as it may, the first included", async () => {
		expect(await retry(failing("a", "b"), { attempts: 3, backoffMs: 50, shouldRetry: always })).toBe("done");
		const work = failing("a", "b", "c");
		await expect(retry(work, { attempts: 3, backoffMs: 50, shouldRetry: always })).rejects.toThrow("c");
		expect(work).toHaveBeenCalledTimes(3);
	});

	it("throws what may not be tried again, at once and as it was", async () => {
		const work = failing("busy", "final", "never seen");
		const shouldRetry = vi.fn((fault: unknown) => (fault as Error).message === "busy");
		await expect(retry(work, { attempts: 9, backoffMs: 50, shouldRetry })).rejects.toThrow("final");
		expect(work).toHaveBeenCalledTimes(2);
		expect(shouldRetry).toHaveBeenCalledTimes(2);
	});

	it("with one attempt never tries again", async () => {
		const work = failing("a");
		await expect(retry(work, { attempts: 1, backoffMs: 50, shouldRetry: always })).rejects.toThrow("a");
		expect(work).toHaveBeenCalledTimes(1);
	});

	it.each([
		{ chance: 0, bounds: [0, 0, 0] },
		{ chance: 0.5, bounds: [25, 50, 100] },
		{ chance: 1, bounds: [50, 100, 200] },
	])("pauses anywhere between nothing and a bound that doubles: at $chance $bounds", async ({ chance, bounds }) => {
		vi.spyOn(Math, "random").mockReturnValue(chance);
		await retry(failing("a", "b", "c"), { attempts: 4, backoffMs: 50, shouldRetry: always });
		expect(pauses).toEqual(bounds);
	});

	it("counts a fault that comes before there is a promise like any other", async () => {
		const synchronous = () => {
			throw new Error("early");
		};
		await expect(retry(synchronous, { attempts: 2, backoffMs: 1, shouldRetry: always })).rejects.toThrow("early");
		expect(pauses).toHaveLength(1);
	});
});

describe("the pause before the next try", () => {
	it.each([
		{ failures: 0, pause: 1_000 },
		{ failures: 1, pause: 2_000 },
		{ failures: 5, pause: 32_000 },
		{ failures: 6, pause: 60_000 },
		{ failures: 1_000_000, pause: 60_000 },
	])("after $failures failures is $pause ms", ({ failures, pause }) => {
		expect(backoffMs(failures, 1_000, 60_000)).toBe(pause);
	});
});
