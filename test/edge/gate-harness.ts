/** A hot SKU, its gate, and isolates as the platform would make them: each with a memory of its own. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, vi } from "vitest";
import type { GateObject } from "../../src/edge/gates/gate.ts";
import type { GateRpc } from "../../src/edge/gates/rpc.ts";
import { IsolateMemory } from "../../src/edge/isolate-memory.ts";
import { type Edge, EdgeSku } from "../../src/edge/sku.ts";
import { HOT_CALLS } from "../../src/limits.ts";
import { SkuObject } from "../../src/stock/sku.ts";
import { SkuHarness } from "../stock/sku-harness.ts";

/** All isolates of these tests are in one region. */
const PLACE = { continent: "EU" };
const REGION = "weur";

export const gateNameOf = (sku: SkuHarness): string => `${sku.id} ${REGION} 0/1`;
/** A new stub each time: a stub whose object has died stays broken. */
export const gateStub = (sku: SkuHarness): DurableObjectStub<GateObject> => env.GATE.getByName(gateNameOf(sku));
export const gateOf = (sku: SkuHarness): GateRpc => gateStub(sku) as unknown as GateRpc;

/** As many calls in one moment as make a SKU hot, each of another isolate. */
export async function heat(sku: SkuHarness): Promise<void> {
	await Promise.all(Array.from({ length: HOT_CALLS }, (_, i) => sku.object.availability(undefined, i)));
}

export async function hotSku(...given: Parameters<typeof SkuHarness.with>): Promise<SkuHarness> {
	const sku = await SkuHarness.with(...given);
	await heat(sku);
	return sku;
}

export class Isolate {
	readonly memory = new IsolateMemory({ batching: true });
	readonly sku: EdgeSku;
	/** Calls of this isolate so far. A stub is taken for each. */
	readonly calls = { sku: 0, gate: 0 };
	readonly kept: Promise<unknown>[] = [];

	/** @param bindings in place of the real ones */
	constructor({ id }: SkuHarness, bindings: Partial<Pick<Env, "SKU" | "GATE">> = {}) {
		const { SKU, GATE } = { ...env, ...bindings };
		const count = (namespace: Env["SKU"] | Env["GATE"], which: "sku" | "gate") => ({
			getByName: (name: string) => {
				this.calls[which] += 1;
				return namespace.getByName(name);
			},
		});
		const edge = {
			env: { ...env, SKU: count(SKU, "sku"), GATE: count(GATE, "gate") },
			memory: this.memory,
			keepAlive: (work: Promise<unknown>) => void this.kept.push(work),
			place: () => PLACE,
		};
		this.sku = new EdgeSku(edge as unknown as Edge, id);
	}

	/** One that has heard whether the SKU is hot. */
	static async told(sku: SkuHarness, bindings: Partial<Pick<Env, "SKU" | "GATE">> = {}): Promise<Isolate> {
		const isolate = new Isolate(sku, bindings);
		await isolate.sku.availability();
		isolate.calls.sku = 0;
		isolate.calls.gate = 0;
		return isolate;
	}

	static many(howMany: number, sku: SkuHarness): Promise<Isolate[]> {
		return Promise.all(Array.from({ length: howMany }, () => Isolate.told(sku)));
	}

	reserve(shopperId: string, over: Partial<Parameters<EdgeSku["reserve"]>[0]> = {}) {
		return this.sku.reserve({ shopperId, quantity: 1, wait: false, ifMatch: null, ...over });
	}
}

type Reserve = SkuObject["reserveMany"];

/** Each call for units at SKUs' objects. @param around what happens to it, and to its object; `go` makes it */
export function watchCalls(
	around?: (go: () => ReturnType<Reserve>, object: Alive, nth: number) => ReturnType<Reserve>,
) {
	const real = SkuObject.prototype.reserveMany;
	const sent: string[][] = [];
	vi.spyOn(SkuObject.prototype, "reserveMany").mockImplementation(function (this: SkuObject, packed) {
		sent.push([...packed.shopperId]);
		const go = () => real.call(this, packed);
		return around === undefined ? go() : around(go, this as unknown as Alive, sent.length);
	});
	return sent;
}

afterEach(() => void vi.restoreAllMocks());

/** An object from inside. */
export interface Alive {
	readonly ctx: DurableObjectState;
	env: Env;
}

/**
 * Puts something between a gate and its SKU's object.
 * @param call gets the call of a method, and the gate itself
 */
export async function between(
	sku: SkuHarness,
	call: (method: string, go: () => Promise<unknown>, gate: DurableObjectState) => Promise<unknown>,
): Promise<void> {
	await runInDurableObject(gateStub(sku), (instance: GateObject) => {
		const alive = instance as unknown as Alive;
		const SKU = {
			getByName: (name: string) =>
				new Proxy(
					{},
					{
						get:
							(_, method: string) =>
							(...args: unknown[]) => {
								const stub = env.SKU.getByName(name) as unknown as Record<
									string,
									(...args: unknown[]) => Promise<unknown>
								>;
								return call(
									method,
									() => (stub[method] as (...args: unknown[]) => Promise<unknown>)(...args),
									alive.ctx,
								);
							},
					},
				),
		};
		alive.env = { ...env, SKU } as unknown as Env;
	});
}

/** A promise, and what lets those go on who wait for it. */
export const latch = () => Promise.withResolvers<void>();
