/**
 * The clock of the tests in workerd, and the alarms.
 *
 * The alarms of workerd follow the real clock, not the test's. On a clock stopped at `DROP` no alarm rings until the
 * test rings it, so nothing happens between two requests but what the test does. Queues follow the real clock always.
 */
import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, vi } from "vitest";
import { sandboxObject } from "../../src/payments/sandbox/provider.ts";

/** Midnight of a sale so far ahead that none of its alarms rings by the real clock. */
export const DROP = Date.UTC(2099, 11, 12);

/** Every test after this call begins with the clock stopped at this time. The real clock is back after each. */
export function useStoppedClock(atMs = DROP): void {
	beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: atMs }));
	afterEach(() => void vi.useRealTimers());
}

/** Moves a stopped clock on. */
export const pass = (seconds: number): void => void vi.setSystemTime(Date.now() + seconds * 1000);

/** Runs an object's alarm now. False when no alarm is set. */
export const ring = {
	sku: (sku: string): Promise<boolean> => runDurableObjectAlarm(env.SKU.getByName(sku)),
	checkout: (id: string): Promise<boolean> => runDurableObjectAlarm(env.CHECKOUT.getByName(id)),
	sandbox: (): Promise<boolean> => runDurableObjectAlarm(sandboxObject(env)),
};

/** Repeats the check until it does not throw, for 15 seconds. Unlike `vi.waitFor`, it does not move a stopped clock. */
export async function eventually<T>(check: () => Promise<T>): Promise<T> {
	for (let tries = 0; ; tries++) {
		try {
			return await check();
		} catch (error) {
			if (tries >= 300) throw error;
			await scheduler.wait(50);
		}
	}
}
