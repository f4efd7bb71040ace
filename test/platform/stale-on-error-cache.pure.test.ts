/** The cache in front of a database: who asks, who waits, and what is shown when the database fails. */
import { describe, expect, it } from "vitest";
import { StaleOnErrorCache } from "../../src/platform/stale-on-error-cache.ts";

const NOW = 1_000_000;
const [TTL, AHEAD, STALE, RETRY, ASK] = [3_000, 250, 60_000, 5_000, 2_000];

/** A cache, and a database that answers when the test says so. */
function setUp(maxEntries = 3) {
	const cache = new StaleOnErrorCache<string>({
		...{ maxEntries, ttlMs: TTL, refreshAheadMs: AHEAD },
		...{ staleMs: STALE, retryMs: RETRY, askMs: ASK },
	});
	const asked: { answer: (value: string | null) => void; fail: () => void }[] = [];
	const kept: Promise<unknown>[] = [];
	const get = (atMs: number, key = "lamp") =>
		cache.get(
			key,
			NOW + atMs,
			() =>
				new Promise<string | null>((resolve, reject) =>
					asked.push({ answer: resolve, fail: () => reject(new Error("no database")) }),
				),
			(work) => void kept.push(work),
		);
	const learn = async (value: string, atMs = 0, key = "lamp") => {
		const result = get(atMs, key);
		asked.at(-1)?.answer(value);
		expect(await result).toBe(value);
	};
	return { cache, asked, get, learn, settled: () => Promise.all(kept) };
}

describe("a stale-on-error cache", () => {
	it("asks for what it does not have, and not again within its time", async () => {
		const { get, asked, learn } = setUp();
		await learn("three");
		expect(await get(TTL - AHEAD - 1)).toBe("three");
		expect(asked).toHaveLength(1);
	});

	it("sends one caller for a new answer shortly before the old one ends, and lets nobody wait for it", async () => {
		const { get, asked, learn, settled } = setUp();
		await learn("three");
		expect(await Promise.all([get(TTL - AHEAD), get(TTL - 1), get(TTL), get(TTL - AHEAD + ASK - 1)])).toEqual(
			Array(4).fill("three"),
		);
		expect(asked).toHaveLength(2);
		asked[1]?.answer("two");
		await settled();
		expect(await get(TTL)).toBe("two");
		// The age counts from the request.
		expect(await get(2 * TTL - 2 * AHEAD - 1)).toBe("two");
		expect(asked).toHaveLength(2);
	});

	it("lets the first caller after a long time wait for a new answer", async () => {
		const { get, asked, learn } = setUp();
		await learn("three");
		const later = get(STALE - 1);
		asked[1]?.answer("two");
		expect(await later).toBe("two");
	});

	it("gives the old answer while asking fails, asks once in a while, and never gives one that is too old", async () => {
		const { get, asked, learn } = setUp();
		await learn("three");
		const first = get(TTL);
		asked[1]?.fail();
		expect(await first).toBe("three");
		expect(await get(TTL + RETRY - AHEAD - 1)).toBe("three");
		expect(asked).toHaveLength(2);
		expect(await get(TTL + RETRY - AHEAD)).toBe("three");
		expect(asked).toHaveLength(3);
		const tooLate = get(STALE);
		asked[3]?.fail();
		await expect(tooLate).rejects.toThrow("no database");
	});

	it("fails who asks for what it does not have", async () => {
		const { get, asked } = setUp();
		const first = get(0);
		asked[0]?.fail();
		await expect(first).rejects.toThrow("no database");
	});

	it("does not keep what was on its way when its key was invalidated, nor that there is nothing", async () => {
		const { cache, get, asked } = setUp();
		const early = get(0);
		cache.invalidate("lamp");
		asked[0]?.answer("before the change");
		expect(await early).toBe("before the change");
		const later = get(1);
		asked[1]?.answer(null);
		expect(await later).toBeNull();
		void get(2);
		expect(asked).toHaveLength(3);
	});

	it("shows as fresh only what is younger than its time, whatever happened since", async () => {
		const { cache, get, asked, learn } = setUp();
		await learn("three");
		expect(cache.fresh("lamp", NOW + TTL - 1)).toBe("three");
		const stale = get(TTL);
		asked[1]?.fail();
		expect(await stale).toBe("three");
		expect(cache.fresh("lamp", NOW + TTL)).toBeNull();
	});

	it("asks again for what is expired, and has it still when that fails", async () => {
		const { cache, get, asked, learn } = setUp();
		await learn("three");
		cache.expire("lamp");
		const again = get(1);
		asked[1]?.fail();
		expect(await again).toBe("three");
	});

	it("keeps the newest entries", async () => {
		const { cache, learn } = setUp(2);
		for (const [i, key] of ["a", "b", "c"].entries()) await learn(key, i, key);
		expect(["a", "b", "c"].map((key) => cache.fresh(key, NOW + 2))).toEqual([null, "b", "c"]);
		cache.clear();
		expect(cache.fresh("c", NOW + 2)).toBeNull();
	});
});
