/** Many isolates in one: each has a memory and batchers of its own, and asks the SKU's object or its gate. */
import { IsolateMemory } from "../../../src/edge/isolate-memory.ts";
import { EdgeSku } from "../../../src/edge/sku.ts";
import { HOT_FOR_MS } from "../../../src/limits.ts";
import { newId } from "../../../src/platform/id.ts";

export interface Isolates {
	readonly sku: string;
	readonly isolates: number;
	/** Shoppers at once in each isolate, and how many come one after the other. */
	readonly atOnce: number;
	readonly each: number;
	readonly isGated: boolean;
}

/** Each shopper reserves one unit. @returns how often each result came */
export async function reserveFromIsolates(env: Env, order: Isolates): Promise<Record<string, number>> {
	const { sku: name, isolates, atOnce, each, isGated } = order;
	const answers: Record<string, number> = {};
	const shopper = async (sku: EdgeSku) => {
		for (let i = 0; i < each; i++) {
			const request = { shopperId: `s_${newId()}`, quantity: 1, wait: false, ifMatch: null };
			const { kind } = await sku.reserve(request);
			answers[kind] = (answers[kind] ?? 0) + 1;
		}
	};
	const isolate = () => {
		const memory = new IsolateMemory({ batching: true });
		const hot = { hotUntilMs: Date.now() + HOT_FOR_MS, gates: 1 };
		// It hears nothing of what the SKU says: each row has its own way from beginning to end.
		Object.defineProperty(memory, "heard", { value: { get: () => (isGated ? hot : undefined), set() {} } });
		const sku = new EdgeSku({ env, memory, keepAlive: () => {} }, name);
		return Promise.all(Array.from({ length: atOnce }, () => shopper(sku)));
	};
	await Promise.all(Array.from({ length: isolates }, isolate));
	return answers;
}
