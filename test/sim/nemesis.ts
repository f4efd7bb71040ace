/**
 * Injects faults into the calls that objects make.
 *
 * Every call that the object of a checkout or a SKU makes (to a SKU, to the provider, to the queue) passes through
 * here, whichever incarnation of the object makes it. Whether it fails depends on the seed, the caller, the call and
 * how often the caller has made it: the same actions fail in the same places. It also reports for when each object sets
 * its alarm, which only the object knows. Not here: faults outside of a call (a provider that is down, stale webhooks:
 * `environment-faults.ts`).
 */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { CheckoutObject, SandboxObject, SkuObject } from "../../src/worker.ts";
import { type DeathInAwait, type Waiting, watchAwaits } from "./awaits.ts";
import { randomFor } from "./prng.ts";

export type ObjectKind = "SKU" | "CHECKOUT" | "SANDBOX";
/** An object as `kind name`. */
export type ObjectKey = `${ObjectKind} ${string}`;

/** What happens to one call. */
type CallFault =
	| "none"
	/** The caller dies before it makes the call, or after the call and before its answer arrives. */
	| "dies before"
	| "dies after"
	/** The connection breaks before the call arrives, or on the way back. */
	| "breaks before"
	| "breaks after"
	/** The callee dies once it has done what was asked, and its answer is lost. */
	| "callee dies";

/** A call of one object to another. */
export interface Message {
	readonly caller: ObjectKey;
	readonly callee: ObjectKey;
	readonly call: string;
	readonly args: readonly unknown[];
}

/** The simulation, as faults need it. */
export interface NemesisHost {
	readonly seed: string;
	/** The probability that a call fails. */
	readonly faultRate: number;
	/** The name of the provider's object in this simulation. */
	readonly provider: string;
	knows(key: ObjectKey): boolean;
	/** Takes messages for the queue. @throws Error when the queue is down */
	accept(bodies: readonly unknown[]): void;
	/** A call is about to be made, whatever becomes of it. */
	calls(caller: ObjectKey, callee: ObjectKey): void;
	/** A fault was drawn for a call. */
	callFails(): void;
	/** Lets a call through that no fault stops, or answers it in place of the callee. */
	pass(message: Message, real: () => Promise<unknown>): Promise<unknown>;
	/** @returns how the object dies in this await of its own; null when it lives on */
	diesInAwait(key: ObjectKey, point: string): DeathInAwait | null;
	alarmSet(key: ObjectKey, atMs: number | null): void;
	/** The object died: the alarm that it set last may not have been stored. */
	died(key: ObjectKey): void;
	log(what: string): void;
}

let host: NemesisHost | null = null;
let calls = new Map<string, number>();
/** Calls that were made, and those that have not been answered yet. */
let callsMade = 0;
let underWay = 0;

export const DEATH = "the power is cut";
export const BROKEN_CONNECTION = "the connection broke";

/** From now on objects belong to this simulation. With null, no call fails and nothing is sent to a queue. */
export function activate(sim: NemesisHost | null): void {
	host = sim;
	calls = new Map();
	underWay = 0;
}

function drawFault(sim: NemesisHost, caller: ObjectKey, call: string): CallFault {
	const what = `${caller} ${call}`;
	const nth = calls.get(what) ?? 0;
	calls.set(what, nth + 1);
	if (randomFor(sim.seed, what, nth) >= sim.faultRate) return "none";
	const faults: readonly CallFault[] = ["dies before", "dies after", "breaks before", "breaks after", "callee dies"];
	const fault = faults[Math.floor(randomFor(sim.seed, what, nth, "which") * faults.length)] as CallFault;
	sim.callFails();
	sim.log(`    ! ${caller} at ${call} ${nth + 1}: ${fault}`);
	return fault;
}

type Method = (...args: unknown[]) => Promise<unknown>;
interface ObjectInternals {
	readonly ctx: DurableObjectState;
}

/** Makes one call of an object, with the fault that is drawn for it. */
async function callWithFaults(
	caller: ObjectInternals,
	key: ObjectKey,
	callee: ObjectKey | null,
	call: string,
	real: () => Promise<unknown>,
) {
	const sim = host;
	if (sim === null || !sim.knows(key)) return real();
	if (callee !== null) sim.calls(key, callee);
	callsMade++;
	underWay++;
	try {
		return await withFault(sim, caller, key, callee, call, real);
	} finally {
		underWay = Math.max(0, underWay - 1);
	}
}

async function withFault(
	sim: NemesisHost,
	caller: ObjectInternals,
	key: ObjectKey,
	callee: ObjectKey | null,
	call: string,
	real: () => Promise<unknown>,
): Promise<unknown> {
	const die = (): Promise<never> => {
		sim.died(key);
		underWay--;
		caller.ctx.abort(DEATH);
		return new Promise<never>(() => {});
	};
	switch (drawFault(sim, key, call)) {
		case "none":
			return real();
		case "dies before":
			return die();
		case "dies after":
			await real();
			return die();
		case "breaks before":
			throw new Error(BROKEN_CONNECTION);
		case "callee dies":
			await real();
			if (callee !== null) await kill(callee);
			throw new Error(BROKEN_CONNECTION);
		case "breaks after":
			await real();
			throw new Error(BROKEN_CONNECTION);
	}
}

function intercepted(target: object, wrap: (name: string, real: Method) => Method): object {
	return new Proxy(target, {
		get(real, name) {
			if (typeof name !== "string") return Reflect.get(real, name);
			// Called by its name on its stub: a method taken off a stub is itself a remote property.
			const methods = real as unknown as Record<string, (...args: unknown[]) => unknown>;
			return wrap(name, (...args) => methods[name]?.(...args) as Promise<unknown>);
		},
	});
}

/** The environment as an object of the simulation sees it. */
function interceptedEnv(real: Env, self: ObjectInternals, key: ObjectKey): Env {
	const namespace = (kind: "SKU" | "SANDBOX") =>
		intercepted(real[kind], (property, method) => {
			if (property !== "getByName") return method;
			const getByName = (name: string, ...rest: unknown[]) => {
				const callee = kind === "SANDBOX" && host !== null ? host.provider : name;
				const stub = method(callee, ...rest) as unknown as object;
				return intercepted(stub, (call, makes) => (...args) => {
					const what = `${call} ${args.length > 0 ? name : ""}`;
					const message: Message = { caller: key, callee: `${kind} ${callee}`, call, args };
					return callWithFaults(self, key, message.callee, what, () => {
						return host === null ? makes(...args) : host.pass(message, () => makes(...args));
					});
				});
			};
			return getByName as unknown as Method;
		});
	const send = (bodies: readonly unknown[]) =>
		callWithFaults(self, key, null, "send", async () => {
			// As the platform does with whatever leaves an object: only once the writes before it are stored.
			await self.ctx.storage.sync();
			if (host?.knows(key)) host.accept(bodies);
		});
	const ORDERS = {
		send: (body: unknown) => send([body]),
		sendBatch: (messages: readonly { readonly body: unknown }[]) => send(messages.map(({ body }) => body)),
	};
	return { ...real, SKU: namespace("SKU"), SANDBOX: namespace("SANDBOX"), ORDERS } as unknown as Env;
}

const CLASSES = { SKU: SkuObject, CHECKOUT: CheckoutObject, SANDBOX: SandboxObject };
const ENV = Symbol("env");
const CTX = Symbol("ctx");
type InterceptedObject = ObjectInternals & { [ENV]: Env; [CTX]: DurableObjectState };

/**
 * Every object that is made from now on belongs to the active simulation. The runtime sets `ctx` and `env` on each new
 * object, so its class gets accessors of these names.
 */
export function interceptObjects(): void {
	// A point is named after the kind of the object.
	const keyAt = (point: string, { ctx }: Waiting): ObjectKey => `${point.split(" ")[0] as ObjectKind} ${ctx.id.name}`;
	watchAwaits(
		(point, object) => host?.diesInAwait(keyAt(point, object), point) ?? null,
		(point, { ctx }) => {
			host?.died(keyAt(point, { ctx }));
			ctx.abort(DEATH);
		},
	);
	for (const kind of Object.keys(CLASSES) as ObjectKind[]) {
		const keyOf = (self: InterceptedObject): ObjectKey => `${kind} ${self[CTX].id.name}`;
		Object.defineProperties(CLASSES[kind].prototype, {
			ctx: {
				get(this: InterceptedObject) {
					return this[CTX];
				},
				set(this: InterceptedObject, ctx: DurableObjectState) {
					this[CTX] = ctx;
					const { storage } = ctx;
					const { setAlarm, deleteAlarm } = storage;
					storage.setAlarm = (atMs, ...rest) => {
						host?.alarmSet(keyOf(this), Number(atMs));
						return setAlarm.call(storage, atMs, ...rest);
					};
					storage.deleteAlarm = (...rest) => {
						host?.alarmSet(keyOf(this), null);
						return deleteAlarm.call(storage, ...rest);
					};
				},
			},
			env: {
				get(this: InterceptedObject) {
					return this[ENV];
				},
				set(this: InterceptedObject, real: Env) {
					// The provider is not ours: its own calls never fail here.
					this[ENV] = kind === "SANDBOX" ? real : interceptedEnv(real, this, keyOf(this));
				},
			},
		});
	}
}

// ---- Objects by their names ----------------------------------------------------------------------------------------

export function stubOf(key: ObjectKey): DurableObjectStub<SkuObject | CheckoutObject | SandboxObject> {
	const [kind, name] = [key.slice(0, key.indexOf(" ")) as ObjectKind, key.slice(key.indexOf(" ") + 1)];
	return env[kind].getByName(name) as DurableObjectStub<SkuObject | CheckoutObject | SandboxObject>;
}

/** Turns of the event loop without a call, after which nobody is doing anything. */
const QUIET_TURNS = 4;
/** A call of an object that died is never answered: it is not waited for any longer than this, on the real clock. */
const UNANSWERED_MS = 300;

/**
 * Waits until no object is doing anything: some of them answer before they have done what they were called for.
 */
export async function quiet(): Promise<void> {
	let [made, untilMs] = [callsMade, performance.now() + UNANSWERED_MS];
	for (let turns = 0; turns < QUIET_TURNS; ) {
		await new Promise((resolve) => setTimeout(resolve, 0));
		if (callsMade !== made) [made, untilMs, turns] = [callsMade, performance.now() + UNANSWERED_MS, 0];
		if (underWay === 0) turns++;
		else if (performance.now() > untilMs) underWay = 0;
	}
}

/** Cuts the power: writes of which nobody has been answered may be lost. */
export async function kill(key: ObjectKey): Promise<void> {
	host?.died(key);
	await runInDurableObject(stubOf(key), (_, state) => state.abort(DEATH)).catch(() => null);
}
