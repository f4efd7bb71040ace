/**
 * What else happens in a town: a provider that is down, plugs that are pulled, alarms that ring early, old news, and time.
 * Not here: what goes wrong within a call (`mischief.ts`).
 */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { callCheckout } from "../../src/checkout/client.ts";
import type { Folk } from "./actors.ts";
import { kill, stubOf } from "./nemesis.ts";
import { pay } from "./shoppers.ts";

const CALLS = ["create", "read", "void", "capture", "refund"] as const;

export async function breakProvider(folk: Folk): Promise<void> {
	const { dice, malice } = folk.town;
	if (malice === 0) return;
	const faults = dice.some(CALLS, dice.int(1, 3)).map((call) => {
		return { call, fail: dice.pick(["before", "after"] as const), delayMs: 0, times: dice.pick([1, 2, 4, 12]) };
	});
	folk.town.tell(
		`! the provider fails: ${faults.map(({ call, fail, times }) => `${call} ${fail} ${times}x`).join(", ")}`,
	);
	await folk.provider.setFaults(faults);
}

/** The provider cannot be asked for longer than any grace, and meanwhile somebody has paid it. */
export async function nightfall(folk: Folk): Promise<void> {
	const { dice, malice } = folk.town;
	if (malice === 0) return;
	folk.town.tell("! the provider can be paid, and not asked");
	await folk.provider.setFaults(CALLS.map((call) => ({ call, fail: "before", delayMs: 0, times: 1_000 })));
	for (let i = 0; i < 3; i++) await pay(folk);
	await folk.town.pass(dice.int(200, 1_500));
	folk.town.tell("the provider can be asked again");
	await mendProvider(folk);
}

export async function mendProvider(folk: Folk): Promise<void> {
	await folk.provider.setFaults([]);
}

/** A webhook that was sent long ago, or that says what another said already. */
export async function oldNews(folk: Folk): Promise<void> {
	const { dice } = folk.town;
	if (folk.news.length === 0) return;
	const news = dice.pick(folk.news);
	folk.town.tell(`old news of ${folk.name(news.checkoutId)}: ${news.status}`);
	await callCheckout(env, news.checkoutId, (object) => object.paymentEvent(`evt-${folk.key()}`, news));
	const now = await folk.provider.peek(news.id);
	if (now.kind === "ok") folk.news.push(now.payment);
}

export async function pullPlug(folk: Folk): Promise<void> {
	const { dice, malice } = folk.town;
	if (malice === 0) return;
	const key = dice.pick(folk.town.keys());
	// Put to sleep: as the platform does with whom nobody needs. Not the provider, whose timers keep it awake.
	const gently = key !== folk.town.providerKey && dice.chance(0.5);
	folk.town.tell(`! ${key} ${gently ? "is put to sleep" : "is killed"}`);
	// Nobody may be up to be put to sleep.
	if (gently) await evictDurableObject(stubOf(key)).catch(() => null);
	else await kill(key);
}

export async function ringEarly(folk: Folk): Promise<void> {
	const key = folk.town.dice.pick(folk.town.keys());
	folk.town.tell(`${key} is rung early`);
	await folk.town.ring(key);
}

export function carry(folk: Folk): Promise<void> {
	return folk.town.post.deliver(false);
}

export async function wait(folk: Folk): Promise<void> {
	const { dice } = folk.town;
	const seconds = dice.pick([1, 3, 10, 30, 60, 120, 300, dice.int(1, 1_200)]);
	folk.town.tell(`${seconds} s pass`);
	await folk.town.pass(seconds);
	for (const id of dice.some([...folk.seen.keys()], 3)) {
		folk.note(await callCheckout(env, id, (object) => object.read()));
	}
}
