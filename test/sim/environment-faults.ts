/**
 * Actions of the environment: a provider that is down, objects that are killed, alarms that ring early, stale webhooks,
 * and the passing of time. Not here: what goes wrong within a call (`nemesis.ts`).
 */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { callCheckout } from "../../src/checkout/client.ts";
import type { Actors } from "./actors.ts";
import { kill, stubOf } from "./nemesis.ts";
import { pay } from "./shoppers.ts";

const CALLS = ["create", "read", "void", "capture", "refund"] as const;

export async function breakProvider(actors: Actors): Promise<void> {
	const { prng, faultRate } = actors.sim;
	if (faultRate === 0) return;
	const faults = prng.some(CALLS, prng.int(1, 3)).map((call) => {
		return { call, fail: prng.pick(["before", "after"] as const), delayMs: 0, times: prng.pick([1, 2, 4, 12]) };
	});
	const list = faults.map(({ call, fail, times }) => `${call} ${fail} ${times}x`).join(", ");
	actors.sim.log(`! the provider fails: ${list}`);
	await actors.provider.setFaults(faults);
}

/** The provider does not answer for longer than any grace, and shoppers pay meanwhile. */
export async function providerOutage(actors: Actors): Promise<void> {
	const { prng, faultRate } = actors.sim;
	if (faultRate === 0) return;
	actors.sim.log("! the provider takes payments and does not answer");
	await actors.provider.setFaults(CALLS.map((call) => ({ call, fail: "before", delayMs: 0, times: 1_000 })));
	for (let i = 0; i < 3; i++) await pay(actors);
	await actors.sim.advance(prng.int(200, 1_500));
	actors.sim.log("the provider answers again");
	await repairProvider(actors);
}

export async function repairProvider(actors: Actors): Promise<void> {
	await actors.provider.setFaults([]);
}

/** A webhook that was sent long ago, or that repeats another under a new id. */
export async function staleWebhook(actors: Actors): Promise<void> {
	const { prng } = actors.sim;
	if (actors.snapshots.length === 0) return;
	const snapshot = prng.pick(actors.snapshots);
	actors.sim.log(`stale webhook about ${actors.name(snapshot.checkoutId)}: ${snapshot.status}`);
	await callCheckout(env, snapshot.checkoutId, (object) => object.paymentEvent(`evt-${actors.key()}`, snapshot));
	const now = await actors.provider.peek(snapshot.id);
	if (now.kind === "ok") actors.snapshots.push(now.payment);
}

export async function killObject(actors: Actors): Promise<void> {
	const { prng, faultRate } = actors.sim;
	if (faultRate === 0) return;
	const key = prng.pick(actors.sim.keys());
	// The platform evicts objects that nobody needs. Not the provider's, whose timers keep it awake.
	const evict = key !== actors.sim.providerKey && prng.chance(0.5);
	actors.sim.log(`! ${key} is ${evict ? "evicted" : "killed"}`);
	// An object that is not in memory cannot be evicted.
	if (evict) await evictDurableObject(stubOf(key)).catch(() => null);
	else await kill(key);
}

export async function ringAlarmEarly(actors: Actors): Promise<void> {
	const key = actors.sim.prng.pick(actors.sim.keys());
	actors.sim.log(`the alarm of ${key} rings early`);
	await actors.sim.ring(key);
}

export function deliverQueue(actors: Actors): Promise<void> {
	return actors.sim.queue.deliver(false);
}

export async function wait(actors: Actors): Promise<void> {
	const { prng } = actors.sim;
	const seconds = prng.pick([1, 3, 10, 30, 60, 120, 300, prng.int(1, 1_200)]);
	actors.sim.log(`${seconds} s pass`);
	await actors.sim.advance(seconds);
	for (const id of prng.some([...actors.seen.keys()], 3)) {
		actors.remember(await callCheckout(env, id, (object) => object.read()));
	}
}
