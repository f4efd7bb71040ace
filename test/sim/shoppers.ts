/**
 * What shoppers do in a town, and their cards: each deed is one or a few calls of the kind that the Worker makes for it. Whoever
 * gets no answer may ask again, as people do.
 */
import { env } from "cloudflare:workers";
import { callCheckout, checkoutIdOf } from "../../src/checkout/client.ts";
import { statusOf } from "../../src/checkout/status.ts";
import { callSku } from "../../src/stock/client.ts";
import { reserveMany } from "../../src/stock/reserve-columns.ts";
import type { Folk } from "./actors.ts";
import type { Asked } from "./simulation.ts";

export async function reserve(folk: Folk): Promise<void> {
	const { dice, shoppers, skus } = folk.town;
	const sku = dice.pick(skus);
	const asks = dice.some(shoppers, dice.pick([1, 1, 1, 3])).map((shopperId) => {
		return { shopperId, quantity: dice.pick([1, 1, 2, 3]), wait: dice.chance(0.6), ifMatch: null };
	});
	const answers = await callSku(env, sku, (object) => reserveMany(object, asks));
	const kinds = Array.isArray(answers) ? answers.map(({ kind }) => kind) : [answers.kind];
	folk.town.tell(`${asks.map((ask) => `${ask.shopperId} reserves ${ask.quantity} ${sku}`).join(", ")}: ${kinds}`);
}

export async function letGo(folk: Folk): Promise<void> {
	const { dice, shoppers, skus } = folk.town;
	const [shopper, sku] = [dice.pick(shoppers), dice.pick(skus)];
	folk.town.tell(
		`${shopper} lets go of ${sku}: ${(await callSku(env, sku, (object) => object.release(shopper))).kind}`,
	);
}

export async function extend(folk: Folk): Promise<void> {
	const { dice, shoppers, skus } = folk.town;
	const [shopper, sku] = [dice.pick(shoppers), dice.pick(skus)];
	folk.town.tell(`${shopper} extends ${sku}: ${(await callSku(env, sku, (object) => object.extend(shopper))).kind}`);
}

export async function open(folk: Folk): Promise<void> {
	const { dice, shoppers, skus, asked } = folk.town;
	const lines = dice.some(skus, dice.int(1, 3)).map((sku) => ({ sku, quantity: dice.pick([1, 1, 1, 2, 3]) }));
	const ask: Asked = {
		key: folk.key(),
		shopperId: dice.pick(shoppers),
		lines,
		partial: dice.chance(0.3),
		acceptPreorder: dice.chance(0.7),
	};
	const id = await checkoutIdOf(ask.shopperId, ask.key);
	asked.set(id, ask);
	const what = ask.lines.map(({ sku, quantity }) => `${quantity} ${sku}`).join(", ");
	const how = `${ask.partial ? " partial" : ""}${ask.acceptPreorder ? " or pre-order" : ""}`;
	folk.town.tell(`${ask.shopperId} opens ${folk.name(id)} (${id}): ${what}${how}`);
	await send(folk, id, ask);
}

/** With the key of a checkout that was asked for before. */
export async function askAgain(folk: Folk): Promise<void> {
	const { dice, asked } = folk.town;
	const recent = [...asked].slice(-10);
	if (recent.length === 0) return;
	const [id, ask] = dice.pick(recent);
	folk.town.tell(`${ask.shopperId} asks for ${folk.name(id)} again`);
	await send(folk, id, ask);
}

async function send(folk: Folk, id: string, { key, ...ask }: Asked): Promise<void> {
	const request = { id, email: "ada@example.com", ...ask };
	const answer = await callCheckout(env, id, (object) => object.open(request, key));
	if (answer.kind !== "opened") return folk.town.tell(`  ${answer.kind}`);
	folk.note(answer.checkout);
	folk.town.tell(`  ${folk.name(id)} is ${answer.checkout.phase}`);
}

/** The shopper's card does one of the things that cards do, and the news of it travels as news does. */
export async function pay(folk: Folk): Promise<void> {
	const { dice } = folk.town;
	const c = folk.one(dice.chance(0.9) ? ["awaiting"] : ["closing", "closed"]);
	if (c?.payment == null) return;
	const window = "payByMs" in c ? c : { payByMs: Date.now(), graceMs: 60_000 };
	const endsMs = window.payByMs + window.graceMs;
	const outcome = dice.weighted({ approve: 6, decline: 2, capture: 2 });
	const now = Date.now();
	const paidAtMs = dice.chance(0.6)
		? now
		: dice.pick([now - 20_000, window.payByMs, endsMs, endsMs + 1, endsMs + 60_000]);
	const delayMs = dice.chance(0.6)
		? 0
		: dice.pick([1_000, 20_000, endsMs - now, endsMs - now + 60_000].map((ms) => Math.max(0, ms)));
	const [copies, silent] = [dice.pick([1, 1, 2, 3]), dice.chance(0.1)];
	const { id } = c.payment.seen;
	const how = `paid at ${(paidAtMs - now) / 1_000} s, told ${silent ? "never" : `${copies}x after ${delayMs / 1_000} s`}`;
	const answer = await folk.provider.confirm(id, { outcome, paidAtMs, delayMs, copies, silent });
	folk.town.tell(`${folk.name(c.id)} ${outcome}, ${how}: ${answer.kind}`);
	if (answer.kind === "ok") {
		const { payment } = answer;
		folk.news.push(payment);
		const inTime = now < window.payByMs && payment.paidAtMs !== null && payment.paidAtMs <= endsMs;
		if (inTime && c.phase === "awaiting" && payment.status !== "voided") folk.paidInTime.add(id);
	}
	await folk.town.webhooks();
	folk.note(dice.chance(0.5) ? await callCheckout(env, c.id, (object) => object.read()) : null);
}

export async function cancel(folk: Folk): Promise<void> {
	const c = folk.one(["opening", "awaiting", "committing", "closing", "completed"]);
	if (c === null) return;
	folk.town.tell(`${folk.name(c.id)} is called off`);
	folk.note(await callCheckout(env, c.id, (object) => object.cancel()));
}

export async function look(folk: Folk): Promise<void> {
	const { dice, asked } = folk.town;
	const ids = [...asked.keys()];
	if (ids.length === 0) return;
	const id = dice.pick(ids);
	const c = await callCheckout(env, id, (object) => object.read());
	folk.note(c);
	folk.town.tell(`${folk.name(id)} is looked at: ${c && statusOf(c)}`);
}
