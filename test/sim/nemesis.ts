/**
 * Stands between the objects and the world, and makes the calls they make go wrong.
 *
 * Every call that the object of a checkout or a SKU makes (to a SKU, to the provider, to the queue) passes through here,
 * whichever incarnation of the object makes it. Whether it goes wrong depends on the seed, who calls, what and how often:
 * the same story goes wrong in the same places. Also here: when each object's alarm is set for, since only the object
 * knows, and who is up. Not here: what goes wrong by itself (a provider that is down, late webhooks: `plugs.ts`).
 */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { CheckoutObject, SandboxObject, SkuObject } from "../../src/worker.ts";
import { roll } from "./prng.ts";

export type Kind = "SKU" | "CHECKOUT" | "SANDBOX";
/** An object as `kind name`. */
export type Key = `${Kind} ${string}`;

/** What comes of one call. */
type Fate =
	| "goes well"
	/** The caller dies, and the call is never made; or it is made, and the caller dies before it hears the answer. */
	| "dies before"
	| "dies after"
	/** The connection breaks before the call arrives, or on the way back. */
	| "breaks before"
	| "breaks after"
	/** The callee dies once it has done what was asked, and the caller hears of no answer. */
	| "callee dies";

/** What the objects of one town are surrounded by. */
export interface Surroundings {
	readonly seed: string;
	/** How likely it is for a call to go wrong. */
	readonly malice: number;
	/** The name of the provider's object in this town. */
	readonly provider: string;
	knows(key: Key): boolean;
	/** Takes what was sent to the queue. @throws Error when the queue is down */
	accept(bodies: readonly unknown[]): void;
	alarmSet(key: Key, atMs: number | null): void;
	/** It died: what was known of its alarm may not have been stored. */
	died(key: Key): void;
	tell(what: string): void;
}

let here: Surroundings | null = null;
let calls = new Map<string, number>();

export const DEATH = "the power is cut";
export const BREAK = "the connection broke";

/** From now on objects are in this town; in none, nothing goes wrong and nothing is sent. */
export function enter(town: Surroundings | null): void {
	here = town;
	calls = new Map();
}

/** Only checkouts die of their calls: the other two make none that matter but to the queue. */
function fateOf(town: Surroundings, caller: Key, call: string): Fate {
	const what = `${caller} ${call}`;
	const nth = calls.get(what) ?? 0;
	calls.set(what, nth + 1);
	if (roll(town.seed, what, nth) >= town.malice) return "goes well";
	const fates: readonly Fate[] = ["dies before", "dies after", "breaks before", "breaks after", "callee dies"];
	const fate = fates[Math.floor(roll(town.seed, what, nth, "which") * fates.length)] as Fate;
	town.tell(`    ! ${caller} at ${call} ${nth + 1}: ${fate}`);
	return fate;
}

type Method = (...args: unknown[]) => Promise<unknown>;
interface Insides {
	readonly ctx: DurableObjectState;
}

async function happen(caller: Insides, key: Key, callee: Key | null, call: string, real: () => Promise<unknown>) {
	const town = here;
	if (town === null || !town.knows(key)) return real();
	const die = (): Promise<never> => {
		town.died(key);
		caller.ctx.abort(DEATH);
		return new Promise<never>(() => {});
	};
	switch (fateOf(town, key, call)) {
		case "goes well":
			return real();
		case "dies before":
			return die();
		case "dies after":
			await real();
			return die();
		case "breaks before":
			throw new Error(BREAK);
		case "callee dies":
			await real();
			if (callee !== null) await kill(callee);
			throw new Error(BREAK);
		case "breaks after":
			await real();
			throw new Error(BREAK);
	}
}

function tapped(target: object, wrap: (name: string, real: Method) => Method): object {
	return new Proxy(target, {
		get(real, name) {
			if (typeof name !== "string") return Reflect.get(real, name);
			// Called by its name on its stub: a method of a stub taken by itself would be one more remote thing.
			const methods = real as unknown as Record<string, (...args: unknown[]) => unknown>;
			return wrap(name, (...args) => methods[name]?.(...args) as Promise<unknown>);
		},
	});
}

/** The environment as an object of this town sees it. */
function surrounded(real: Env, self: Insides, key: Key): Env {
	const namespace = (kind: "SKU" | "SANDBOX") =>
		tapped(real[kind], (name, method) => {
			if (name !== "getByName") return method;
			const getByName = (asked: string, ...rest: unknown[]) => {
				const called = kind === "SANDBOX" && here !== null ? here.provider : asked;
				const stub = method(called, ...rest) as unknown as object;
				return tapped(stub, (call, makes) => (...args) => {
					return happen(self, key, `${kind} ${called}`, `${call} ${args.length > 0 ? asked : ""}`, () =>
						makes(...args),
					);
				});
			};
			return getByName as unknown as Method;
		});
	const post = (bodies: readonly unknown[]) =>
		happen(self, key, null, "send", async () => {
			// As the platform does with whatever leaves an object: not before what it follows from is stored.
			await self.ctx.storage.sync();
			if (here?.knows(key)) here.accept(bodies);
		});
	const ORDERS = {
		send: (body: unknown) => post([body]),
		sendBatch: (messages: readonly { readonly body: unknown }[]) => post(messages.map(({ body }) => body)),
	};
	return { ...real, SKU: namespace("SKU"), SANDBOX: namespace("SANDBOX"), ORDERS } as unknown as Env;
}

const CLASSES = { SKU: SkuObject, CHECKOUT: CheckoutObject, SANDBOX: SandboxObject };
const ENV = Symbol("env");
const CTX = Symbol("ctx");
type Inside = Insides & { [ENV]: Env; [CTX]: DurableObjectState };

/**
 * Every object that is made from now on lives in the current town. The runtime sets `ctx` and `env` on each new object, so
 * here they are properties that its class gets.
 */
export function surroundObjects(): void {
	for (const kind of Object.keys(CLASSES) as Kind[]) {
		const keyOf = (self: Inside): Key => `${kind} ${self[CTX].id.name}`;
		Object.defineProperties(CLASSES[kind].prototype, {
			ctx: {
				get(this: Inside) {
					return this[CTX];
				},
				set(this: Inside, ctx: DurableObjectState) {
					this[CTX] = ctx;
					const { storage } = ctx;
					const { setAlarm, deleteAlarm } = storage;
					storage.setAlarm = (atMs, ...rest) => {
						here?.alarmSet(keyOf(this), Number(atMs));
						return setAlarm.call(storage, atMs, ...rest);
					};
					storage.deleteAlarm = (...rest) => {
						here?.alarmSet(keyOf(this), null);
						return deleteAlarm.call(storage, ...rest);
					};
				},
			},
			env: {
				get(this: Inside) {
					return this[ENV];
				},
				set(this: Inside, real: Env) {
					// The provider is a stranger: what surrounds us does not surround it.
					this[ENV] = kind === "SANDBOX" ? real : surrounded(real, this, keyOf(this));
				},
			},
		});
	}
}

// ---- Objects by their names ----------------------------------------------------------------------------------------

export function stubOf(key: Key): DurableObjectStub<SkuObject | CheckoutObject | SandboxObject> {
	const [kind, name] = [key.slice(0, key.indexOf(" ")) as Kind, key.slice(key.indexOf(" ") + 1)];
	return env[kind].getByName(name) as DurableObjectStub<SkuObject | CheckoutObject | SandboxObject>;
}

/** The power is cut: what was written and nobody has heard of is lost with it. */
export async function kill(key: Key): Promise<void> {
	here?.died(key);
	await runInDurableObject(stubOf(key), (_, state) => state.abort(DEATH)).catch(() => null);
}
