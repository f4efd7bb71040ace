/** What the merchant of a town does: goods that come and go, prices, refunds, and the sweep. */
import { env } from "cloudflare:workers";
import { saveProduct } from "../../src/catalog/product-store.ts";
import { callCheckout } from "../../src/checkout/client.ts";
import { sweep } from "../../src/operations/sweep.ts";
import { callSku } from "../../src/stock/client.ts";
import type { Folk } from "./actors.ts";
import { policyOf } from "./simulation.ts";

export async function openShop(folk: Folk): Promise<void> {
	for (const sku of folk.town.skus) {
		await define(folk, sku);
		await arrive(folk, sku, folk.town.dice.int(1, 16));
	}
}

async function define(folk: Folk, sku: string): Promise<void> {
	const { dice } = folk.town;
	const draft = { sku, title: sku, description: null, imageUrl: null, policy: policyOf(dice) };
	const priceMinor = dice.pick([0, 1, 100, 1999, 1999]);
	const currency = dice.chance(0.03) ? "EUR" : "USD";
	const answer = await callSku(env, sku, (object) => object.define({ ...draft, priceMinor, currency }));
	await saveProduct(env.DB, answer.product);
	const { limits } = folk.town;
	const [before, now] = [limits.get(sku), draft.policy.limitPerShopper];
	limits.set(sku, before === null || now === null ? null : Math.max(before ?? 0, now));
	folk.town.tell(`${sku} costs ${priceMinor} ${currency} ${JSON.stringify(draft.policy)}`);
}

export function redefine(folk: Folk): Promise<void> {
	return define(folk, folk.town.dice.pick(folk.town.skus));
}

async function arrive(folk: Folk, sku: string, quantity: number): Promise<void> {
	const keyed = { key: folk.key(), fingerprint: "" };
	const request = { quantity, reference: null, ifOnHand: null };
	const answer = await callSku(env, sku, (object) => object.restock(request, keyed));
	folk.town.tell(`${quantity} ${sku} arrive: ${answer.kind}`);
}

export function restock(folk: Folk): Promise<void> {
	return arrive(folk, folk.town.dice.pick(folk.town.skus), folk.town.dice.int(1, 8));
}

export async function adjust(folk: Folk): Promise<void> {
	const { dice, skus } = folk.town;
	const sku = dice.pick(skus);
	const request = { delta: dice.pick([-3, -2, -1, 1, 2]), reason: "counted", force: dice.chance(0.5) };
	const answer = await callSku(env, sku, (object) => object.adjust(request, null));
	folk.town.tell(`${sku} is adjusted by ${request.delta}${request.force ? " by force" : ""}: ${answer.kind}`);
}

export async function turnOut(folk: Folk): Promise<void> {
	const { dice, skus } = folk.town;
	const sku = dice.pick(skus);
	const list = await callSku(env, sku, (object) => object.listReservations(null, "", 200));
	if (list.kind !== "reservations" || list.reservations.length === 0) return;
	const { id, status } = dice.pick(list.reservations);
	const answer = await callSku(env, sku, (object) => object.releaseById(id));
	folk.town.tell(`the merchant releases a reservation of ${sku}, ${status}: ${answer.kind}`);
}

export async function refund(folk: Folk): Promise<void> {
	const { dice } = folk.town;
	const c = folk.one(["completed"]);
	if (c === null) return;
	const line = dice.pick(c.lines);
	const units = dice.chance(0.6) ? [{ sku: line.sku, quantity: dice.pick([1, 1, line.quantity]) }] : null;
	const [key, restock] = [folk.key(), dice.chance(0.5)];
	for (const { sku, quantity } of units ?? c.lines) {
		const what = `${c.id} ${sku}`;
		folk.refundsAsked.set(what, (folk.refundsAsked.get(what) ?? 0) + quantity);
	}
	folk.town.tell(`refund of ${folk.name(c.id)}: ${JSON.stringify(units ?? "all")}${restock ? ", restocked" : ""}`);
	// Asked twice under one key now and then, as by a merchant who got no answer.
	for (let times = dice.pick([1, 2, 2]); times > 0; times--) {
		const answer = await folk.town.attempt("refund", () =>
			callCheckout(env, c.id, (object) => object.refund(units, restock, "asked for it", key)),
		);
		if (answer?.kind === "refunding") folk.note(answer.checkout);
		folk.town.tell(`  ${answer?.kind}`);
	}
}

export async function cancelPreorder(folk: Folk): Promise<void> {
	const { dice } = folk.town;
	const ordered = [...folk.seen.values()].flatMap((c) =>
		c.lines.flatMap((line) => (line.claim === "committed" && line.preorderStatus !== null ? [{ c, line }] : [])),
	);
	if (ordered.length === 0) return;
	const { c, line } = dice.pick(ordered);
	const what = `${c.id} ${line.sku}`;
	folk.refundsAsked.set(what, (folk.refundsAsked.get(what) ?? 0) + line.quantity);
	folk.town.tell(`the pre-order of ${line.sku} in ${folk.name(c.id)} is cancelled`);
	folk.note(await callCheckout(env, c.id, (object) => object.cancelPreorder(line.sku)));
}

export async function sweepUp(folk: Folk): Promise<void> {
	const { skus } = folk.town;
	const report = await sweep(env, "", 200, Date.now());
	folk.town.tell(`the sweep of ${skus.length} SKUs: ${JSON.stringify(report)}`);
}
