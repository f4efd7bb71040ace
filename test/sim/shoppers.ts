/**
 * Actions of the shoppers and of their cards. Each is one call or a few calls, as the Worker makes them for such a
 * request. A shopper who got no answer may repeat the request.
 */
import { env } from "cloudflare:workers";
import { checkoutIdOf } from "../../src/checkout/client.ts";
import type { Checkout } from "../../src/checkout/rpc.ts";
import { statusOf } from "../../src/checkout/status.ts";
import type { Payment } from "../../src/payments/provider.ts";
import { callSku } from "../../src/stock/client.ts";
import { reserveMany } from "../../src/stock/reserve-columns.ts";
import type { Actors } from "./actors.ts";
import type { CheckoutRequest } from "./simulation.ts";

/** Where a shopper gets mail. */
export const mailOf = (shopperId: string): string => `${shopperId}@example.com`;

/** Every third shopper is told by mail. Not drawn from the seed, so that a seed stays what it was. */
function notifyOf({ sim }: Actors, shopperId: string) {
	const isAway = sim.shoppers.indexOf(shopperId) % 3 === 1;
	return isAway ? { email: mailOf(shopperId), origin: "https://shop.example" } : undefined;
}

export async function reserve(actors: Actors): Promise<void> {
	const { prng, shoppers, skus } = actors.sim;
	const sku = prng.pick(skus);
	const batch = prng.some(shoppers, prng.pick([1, 1, 1, 3])).map((shopperId) => {
		const notify = notifyOf(actors, shopperId);
		return { shopperId, quantity: prng.pick([1, 1, 2, 3]), wait: prng.chance(0.6), ifMatch: null, notify };
	});
	const results = await callSku(env, sku, (object) => reserveMany(object, batch));
	const kinds = Array.isArray(results) ? results.map(({ kind }) => kind) : [results.kind];
	const what = batch.map(({ shopperId, quantity }) => `${shopperId} reserves ${quantity} ${sku}`).join(", ");
	actors.sim.log(`${what}: ${kinds}`);
}

/** Shoppers take all that is free. */
export async function reserveEverything(actors: Actors): Promise<void> {
	const { shoppers, skus } = actors.sim;
	for (const sku of skus) {
		const batch = shoppers.map((shopperId) => ({ shopperId, quantity: 3, wait: false, ifMatch: null }));
		await callSku(env, sku, (object) => reserveMany(object, batch));
	}
	actors.sim.log("shoppers reserve all that is free");
}

export async function release(actors: Actors): Promise<void> {
	const { prng, shoppers, skus } = actors.sim;
	const [shopper, sku] = [prng.pick(shoppers), prng.pick(skus)];
	const result = await callSku(env, sku, (object) => object.release(shopper));
	actors.sim.log(`${shopper} releases ${sku}: ${result.kind}`);
}

export async function extend(actors: Actors): Promise<void> {
	const { prng, shoppers, skus } = actors.sim;
	const [shopper, sku] = [prng.pick(shoppers), prng.pick(skus)];
	const result = await callSku(env, sku, (object) => object.extend(shopper));
	actors.sim.log(`${shopper} extends ${sku}: ${result.kind}`);
}

type Adjustments = NonNullable<CheckoutRequest["adjustments"]>;

/** Of so many keys, one opens a checkout whose payment is the merchant's own. */
const EXTERNAL_EACH = 7;

/** What a merchant's server adds to the lines, by the number of the key; none of it takes a total below zero. */
const ADJUSTMENTS: readonly Adjustments[] = [
	[],
	[amount("shipping", 490)],
	[amount("tax", 33), amount("fee", 1)],
	[amount("shipping", 50), amount("discount", -20)],
];

function amount(kind: Adjustments[number]["kind"], amountMinor: number) {
	return { kind, label: kind, amountMinor, currency: "USD" };
}

export async function open(actors: Actors): Promise<void> {
	const { prng, shoppers, skus, requests } = actors.sim;
	const lines = prng.some(skus, prng.int(1, 3)).map((sku) => ({ sku, quantity: prng.pick([1, 1, 1, 2, 3]) }));
	const key = actors.key();
	const request: CheckoutRequest = {
		key,
		shopperId: prng.pick(shoppers),
		lines,
		partial: prng.chance(0.3),
		acceptPreorder: prng.chance(0.7),
		adjustments: ADJUSTMENTS[Number(key.slice(1)) % ADJUSTMENTS.length] ?? [],
		// Its pins last until the SKU ends them, so there is none where every pin is to be given back.
		isExternal: !actors.sim.isCalm && Number(key.slice(1)) % EXTERNAL_EACH === 0,
	};
	const id = await checkoutIdOf(request.shopperId, request.key);
	requests.set(id, request);
	const what = lines.map(({ sku, quantity }) => `${quantity} ${sku}`).join(", ");
	const how = `${request.partial ? " partial" : ""}${request.acceptPreorder ? " or pre-order" : ""}`;
	actors.sim.log(`${request.shopperId} opens ${actors.name(id)} (${id}): ${what}${how}`);
	await send(actors, id, request);
}

/** Opens a checkout again, with the same key. */
export async function repeatOpen(actors: Actors): Promise<void> {
	const { prng, requests } = actors.sim;
	const recent = [...requests].slice(-10);
	if (recent.length === 0) return;
	const [id, request] = prng.pick(recent);
	actors.sim.log(`${request.shopperId} opens ${actors.name(id)} again`);
	await send(actors, id, request);
}

async function send(actors: Actors, id: string, { key, ...rest }: CheckoutRequest): Promise<void> {
	const request = { id, email: "ada@example.com", ...rest };
	const method = (request.adjustments ?? []).length > 0 || request.isExternal ? "openForMerchant" : "open";
	const result = await actors.checkout(id, method, request, key);
	if (result.kind !== "opened") return actors.sim.log(`  ${result.kind}`);
	actors.remember(result.checkout);
	actors.sim.log(`  ${actors.name(id)} is ${result.checkout.phase}`);
}

/** The shopper's card approves, declines or pays at once. Its webhooks are late, several, or never sent. */
export async function pay(actors: Actors): Promise<void> {
	const { prng } = actors.sim;
	const c = actors.pickCheckout(prng.chance(0.9) ? ["awaiting"] : ["closing", "closed"]);
	if (c?.payment == null) return;
	const window = "payByMs" in c ? c : { payByMs: Date.now(), graceMs: 60_000 };
	const endsMs = window.payByMs + window.graceMs;
	const outcome = prng.weighted({ approve: 6, decline: 2, capture: 2 });
	const now = Date.now();
	const paidAtMs = prng.chance(0.6)
		? now
		: prng.pick([now - 20_000, window.payByMs, endsMs, endsMs + 1, endsMs + 60_000]);
	const delayMs = prng.chance(0.6)
		? 0
		: prng.pick([1_000, 20_000, endsMs - now, endsMs - now + 60_000].map((ms) => Math.max(0, ms)));
	const [copies, silent] = [prng.pick([1, 1, 2, 3]), prng.chance(0.1)];
	if (c.isExternal) return sayPaid(actors, c, c.payment.seen, { paidAtMs, endsMs });
	const { id } = c.payment.seen;
	const webhooks = silent ? "no webhook" : `${copies} webhooks after ${delayMs / 1_000} s`;
	const how = `paid at ${(paidAtMs - now) / 1_000} s, ${webhooks}`;
	const result = await actors.provider.confirm(id, { outcome, paidAtMs, delayMs, copies, silent });
	actors.sim.log(`${actors.name(c.id)} ${outcome}, ${how}: ${result.kind}`);
	if (silent) actors.silent.add(id);
	if (result.kind === "ok") {
		const { payment } = result;
		actors.snapshots.push(payment);
		const inTime = now < window.payByMs && payment.paidAtMs !== null && payment.paidAtMs <= endsMs;
		if (inTime && c.phase === "awaiting" && payment.status !== "voided") actors.paidInTime.add(id);
	}
	await actors.sim.deliverWebhooks();
	actors.remember(prng.chance(0.5) ? await actors.checkout(c.id, "read") : null);
}

/** The merchant's server says that its own payment was made. */
async function sayPaid(
	actors: Actors,
	c: Checkout,
	{ id, amountMinor, currency }: Payment,
	{ paidAtMs, endsMs }: { readonly paidAtMs: number; readonly endsMs: number },
): Promise<void> {
	const now = Date.now();
	const result = await actors.checkout(c.id, "paidOutside", { reference: id, paidAtMs, amountMinor, currency });
	actors.sim.log(`${actors.name(c.id)} is paid at its own shop, at ${(paidAtMs - now) / 1_000} s: ${result.kind}`);
	if (result.kind !== "paid") return;
	if (c.phase === "awaiting" && Math.min(paidAtMs, now) <= endsMs) actors.paidInTime.add(id);
	actors.remember(result.checkout);
}

/** The card pays in time, and no webhook ever says so: only a read can show it. */
export async function payUnseen(actors: Actors): Promise<void> {
	const c = actors.pickCheckout(["awaiting"]);
	if (c?.phase !== "awaiting" || c.payment === null || c.isExternal || Date.now() >= c.payByMs) return;
	const { id } = c.payment.seen;
	const outcome = actors.sim.prng.pick(["approve", "capture"] as const);
	const result = await actors.provider.confirm(id, { outcome, silent: true });
	actors.sim.log(`${actors.name(c.id)} ${outcome}, and nobody says so: ${result.kind}`);
	actors.silent.add(id);
	// It may have been paid before, and too late.
	const paidAtMs = result.kind === "ok" && result.payment.status !== "voided" ? result.payment.paidAtMs : null;
	if (paidAtMs !== null && paidAtMs <= c.payByMs + c.graceMs) actors.paidInTime.add(id);
}

export async function cancel(actors: Actors): Promise<void> {
	const c = actors.pickCheckout(["opening", "awaiting", "committing", "closing", "completed"]);
	if (c === null) return;
	actors.sim.log(`${actors.name(c.id)} is cancelled`);
	actors.remember(await actors.checkout(c.id, "cancel"));
}

export async function read(actors: Actors): Promise<void> {
	const { prng, requests } = actors.sim;
	const ids = [...requests.keys()];
	if (ids.length === 0) return;
	const id = prng.pick(ids);
	const c = await actors.checkout(id, "read");
	actors.remember(c);
	actors.sim.log(`${actors.name(id)} is read: ${c && statusOf(c)}`);
}
