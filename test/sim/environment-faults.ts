/**
 * Actions of the environment: a provider that is down, objects that are killed, alarms that ring early, stale webhooks,
 * and the passing of time. Not here: what goes wrong within a call (`nemesis.ts`).
 */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import { callCheckout } from "../../src/checkout/client.ts";
import { MAX_PIN_AGE_MS } from "../../src/limits.ts";
import { callSku } from "../../src/stock/client.ts";
import type { PinRequest } from "../../src/stock/rpc.ts";
import type { Actors } from "./actors.ts";
import { isAtRest } from "./audit.ts";
import { refund } from "./merchant.ts";
import { kill, quiet, stubOf } from "./nemesis.ts";
import { CHANGES } from "./provider-trouble.ts";
import { cancel, open, pay, payUnseen, reserve, reserveEverything } from "./shoppers.ts";
import { rowsOf, stateOf } from "./stored.ts";
import type { Twin } from "./twins.ts";

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
	const { prng, faultRate, trouble } = actors.sim;
	if (faultRate === 0) return;
	actors.sim.log("! the provider takes payments and does not answer");
	trouble.happened("provider outages");
	await breakDown(actors);
	for (let i = 0; i < 3; i++) await prng.pick([pay, payUnseen, payUnseen])(actors);
	await actors.sim.advance(prng.int(200, 1_500));
	// Meanwhile pins have run out, and others take the units that these shoppers have paid for.
	await actors.sim.tolerateFaults("meanwhile", () => reserveEverything(actors));
	actors.sim.log("the provider answers again");
	await repairProvider(actors);
}

/** From now on the provider answers nothing. */
export async function breakDown(actors: Actors): Promise<void> {
	await actors.provider.setFaults(CALLS.map((call) => ({ call, fail: "before", delayMs: 0, times: 1_000 })));
}

export async function repairProvider(actors: Actors): Promise<void> {
	actors.sim.providerTrouble.repair();
	await actors.provider.setFaults([]);
}

/**
 * For hours the provider answers reads, and does not do what it is asked to, or stores a failure for each new key.
 * Meanwhile shoppers pay and call off, and the merchant refunds.
 */
export async function providerRefuses(actors: Actors): Promise<void> {
	const { prng, faultRate, providerTrouble } = actors.sim;
	if (faultRate === 0) return;
	const refused = prng.chance(0.6) ? prng.some(CHANGES, prng.int(1, CHANGES.length)) : [];
	for (const change of refused) providerTrouble.refuses.add(change);
	providerTrouble.storesFailures = refused.length === 0;
	actors.sim.log(`! the provider is read, and ${refused.length > 0 ? `does no ${refused}` : "stores failures"}`);
	for (let i = prng.int(2, 6); i > 0; i--) {
		await actors.sim.tolerateFaults("meanwhile", () => prng.pick([pay, pay, cancel, refund])(actors));
		await actors.sim.advance(prng.pick([10, 120, 900, prng.int(60, 7_200)]));
	}
	actors.sim.log("the provider does everything again");
	await repairProvider(actors);
}

/** Until it is repaired, the provider fails at many a new key, and keeps to that. */
export async function storeFailures(actors: Actors): Promise<void> {
	if (actors.sim.faultRate === 0) return;
	actors.sim.log("! the provider stores failures");
	actors.sim.providerTrouble.storesFailures = true;
}

/** D1 is away for minutes. Nobody who reserves, checks out or pays may notice it. */
export async function d1Outage(actors: Actors): Promise<void> {
	const { prng, faultRate, d1, queue, trouble } = actors.sim;
	if (faultRate === 0) return;
	actors.sim.log("! D1 is away");
	trouble.happened("outages of D1");
	d1.isAway = true;
	for (let i = prng.int(3, 12); i > 0; i--) {
		await actors.sim.tolerateFaults("meanwhile", () => prng.pick([reserve, open, pay, pay, refund])(actors));
		await actors.sim.advance(prng.pick([1, 10, 60, 120]));
		await queue.deliver(false);
		await quiet();
	}
	d1.isAway = false;
	actors.sim.log("D1 is back");
}

/** The clock of the machines steps: no alarm rings at its time meanwhile, and what was to come may have been. */
export async function clockStep({ sim }: Actors): Promise<void> {
	if (sim.faultRate === 0) return;
	const isForward = sim.prng.chance(0.5);
	const seconds = isForward ? sim.prng.int(60, 900) : -sim.prng.int(1, 30);
	sim.log(`! the clock steps by ${seconds} s`);
	sim.trouble.happened(isForward ? "clock steps forward" : "clock steps back");
	vi.setSystemTime(Date.now() + seconds * 1_000);
}

/** The alarm of an object never rings again. Not the provider's, which is not ours. */
export async function muteAlarm({ sim }: Actors): Promise<void> {
	if (sim.faultRate === 0) return;
	const key = sim.prng.pick(sim.keys().filter((key) => key !== sim.providerKey));
	sim.log(`! the alarm of ${key} rings no more`);
	sim.trouble.happened("objects whose alarm rings no more");
	sim.mute(key);
}

/** A message that was sent long ago arrives once more. */
export async function lateTwin(actors: Actors): Promise<void> {
	const twin = actors.sim.twins.take(actors.sim.prng);
	if (twin !== null) await deliverTwin(actors, twin);
}

/** All that have not arrived yet, when everything else has ended. */
export async function deliverAllTwins(actors: Actors): Promise<void> {
	for (const twin of actors.sim.twins.takeAll(actors.sim.prng)) await deliverTwin(actors, twin);
}

export async function deliverTwin(actors: Actors, twin: Twin): Promise<void> {
	const { sim } = actors;
	const { checkoutId, sku, call, args } = twin;
	sim.trouble.happened(sku === null ? "late twins to a checkout" : "late twins to a SKU");
	sim.log(`late twin: ${call} of ${actors.name(checkoutId)}${sku === null ? "" : ` to ${sku}`}`);
	// Up to the clock first: what is due by now is not the twin's doing.
	if (sku !== null) await callSku(env, sku, (object) => object.availability());
	await quiet();
	const before = await settledFacts(checkoutId, sku);
	await sim.tolerateFaults("a late twin", () => deliver(twin));
	await quiet();
	const after = await settledFacts(checkoutId, sku);
	// What was refused leaves nothing at the SKU: until its attempt is too old a pin may still take effect, and lapses.
	const isFreshPin = call === "pin" && Date.now() - ((args[0] as PinRequest).attempt ?? 0) <= MAX_PIN_AGE_MS;
	// A webhook that contradicts may put the payment in doubt, until it has been read.
	sim.violations.expect(
		"a late copy of a message changes nothing",
		before === null || after === null || before === after || isFreshPin,
		`a late ${call} of ${checkoutId} (${JSON.stringify(args)}) changed ${before} to ${after}`,
	);
	sim.callLog.prodded(checkoutId, Date.now());
}

function deliver({ checkoutId, sku, call, args }: Twin): Promise<unknown> {
	type Methods = Record<string, (...args: readonly unknown[]) => Promise<unknown>>;
	return sku === null
		? callCheckout(env, checkoutId, (object) => (object as unknown as Methods)[call]?.(...args) as Promise<unknown>)
		: callSku(env, sku, (object) => (object as unknown as Methods)[call]?.(...args) as Promise<unknown>);
}

/** What a checkout that has ended has, and the counters of the SKU; null while it has not ended. */
async function settledFacts(checkoutId: string, sku: string | null): Promise<string | null> {
	const c = await stateOf(checkoutId);
	if (c !== null && !isAtRest(c)) return null;
	const { capturedMinor, refundedMinor, status } = c?.payment?.seen ?? {};
	const facts = c && { phase: c.phase, lines: c.lines, capturedMinor, refundedMinor, status };
	if (sku === null) return JSON.stringify(facts);
	const { version: _version, seq: _seq, ...stock } = (await rowsOf(sku)).stock;
	return JSON.stringify([facts, stock]);
}

/** A webhook that was sent long ago, or that repeats another under a new id. */
export async function staleWebhook(actors: Actors): Promise<void> {
	const { prng } = actors.sim;
	if (actors.snapshots.length === 0) return;
	const snapshot = prng.pick(actors.snapshots);
	actors.sim.log(`stale webhook about ${actors.name(snapshot.checkoutId)}: ${snapshot.status}`);
	actors.sim.trouble.happened("stale webhooks");
	await actors.checkout(snapshot.checkoutId, "paymentEvent", `evt-${actors.key()}`, snapshot);
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
	if (key.startsWith("CHECKOUT ")) actors.sim.callLog.prodded(key.slice("CHECKOUT ".length), Date.now());
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
		actors.remember(await actors.checkout(id, "read"));
	}
}
