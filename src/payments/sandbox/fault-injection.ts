/**
 * A call to the sandbox that fails as it was told to.
 *
 * A fault looks like a broken network, like a provider that breaks and remembers that for the call's key, or like one
 * that does not want to. What a key has done stays done. The result is a value and not an exception: the runtime logs
 * each exception that leaves an object, thousands of them in a fault run.
 */
import type { SandboxResult } from "./messages.ts";
import { type Call, findKey, spendKey, takeFault } from "./storage.ts";

export interface FaultyCall {
	readonly call: Call;
	/** Null for a payment that is to be created. */
	readonly paymentId: string | null;
	/** Null for a read. */
	readonly key: string | null;
}

/** What a call does when no fault keeps it from that, and how the payment is read. */
export interface Steps {
	work(): SandboxResult;
	now(paymentId: string): SandboxResult;
}

/** Executes one call with the fault that is due for it, if any. */
export async function runWithFaults(
	sql: SqlStorage,
	{ call, paymentId, key }: FaultyCall,
	steps: Steps,
): Promise<SandboxResult> {
	const before = key === null ? null : findKey(sql, key);
	if (before?.isSpent) return { kind: "unknown", detail: `nothing succeeds under the key ${key}`, isRemembered: true };
	const unknown = { kind: "unknown", detail: `the sandbox was told to fail this ${call}` } as const;
	const fault = takeFault(sql, call);
	switch (fault?.fail) {
		case undefined:
			return steps.work();
		case "no":
		case "after": {
			const answer = steps.work();
			await scheduler.wait(fault.delayMs);
			return fault.fail === "no" ? answer : unknown;
		}
		case "before":
			await scheduler.wait(fault.delayMs);
			return unknown;
		case "stored":
			if (key !== null && before === null) spendKey(sql, key);
			await scheduler.wait(fault.delayMs);
			return unknown;
		case "refuse": {
			await scheduler.wait(fault.delayMs);
			if (paymentId === null) return { kind: "not-created", reason: fault.reason ?? "other" };
			const now = steps.now(paymentId);
			return now.kind === "ok" ? { kind: "refused", reason: "other", payment: now.payment } : now;
		}
	}
}
