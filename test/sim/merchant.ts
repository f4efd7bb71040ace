/** Actions of the merchant: stock, policies and prices, refunds, and the sweep. */
import { env } from "cloudflare:workers";
import type { Policy } from "../../src/catalog/policy.ts";
import type { Product } from "../../src/catalog/product.ts";
import { saveProduct } from "../../src/catalog/product-store.ts";
import { unsettledReason } from "../../src/checkout/rules/retries.ts";
import { sweep } from "../../src/operations/sweep.ts";
import { messageOf } from "../../src/platform/errors.ts";
import { callSku } from "../../src/stock/client.ts";
import { sweepEverything } from "../support/sweep.ts";
import type { Actors } from "./actors.ts";
import { D1_FAILS } from "./faulty-d1.ts";
import { quiet } from "./nemesis.ts";
import { policyOf } from "./simulation.ts";
import { stateOf } from "./stored.ts";

export async function openShop(actors: Actors): Promise<void> {
	for (const sku of actors.sim.skus) {
		await define(actors, sku);
		await receive(actors, sku, actors.sim.prng.int(1, 16));
	}
}

/** @param fixed what is not left to chance */
export async function define(actors: Actors, sku: string, fixed: Partial<Policy> = {}): Promise<void> {
	const { prng } = actors.sim;
	const policy = { ...policyOf(prng), ...fixed };
	const draft = { sku, title: sku, description: null, imageUrl: null, policy };
	const priceMinor = prng.pick(Object.keys(fixed).length > 0 ? [1999] : [0, 1, 100, 1999, 1999]);
	const currency = prng.chance(0.03) ? "EUR" : "USD";
	const result = await callSku(env, sku, (object) => object.define({ ...draft, priceMinor, currency }));
	const { limits } = actors.sim;
	const [before, now] = [limits.get(sku), draft.policy.limitPerShopper];
	limits.set(sku, before === null || now === null ? null : Math.max(before ?? 0, now));
	// A merchant who was told that it failed sends the request again.
	await actors.sim.usingD1(`${sku} is listed`, ({ DB }) => untilSaved(DB, result.product));
	actors.sim.log(`${sku} costs ${priceMinor} ${currency} ${JSON.stringify(draft.policy)}`);
}

async function untilSaved(db: D1Database, product: Product): Promise<void> {
	for (;;) {
		try {
			return await saveProduct(db, product);
		} catch (error) {
			if (!messageOf(error).includes(D1_FAILS)) throw error;
		}
	}
}

export function redefine(actors: Actors): Promise<void> {
	return define(actors, actors.sim.prng.pick(actors.sim.skus));
}

export async function receive(actors: Actors, sku: string, quantity: number): Promise<void> {
	const keyed = { key: actors.key(), fingerprint: "" };
	const request = { quantity, reference: null, ifOnHand: null };
	const result = await callSku(env, sku, (object) => object.restock(request, keyed));
	actors.sim.log(`${quantity} ${sku} arrive: ${result.kind}`);
}

export function restock(actors: Actors): Promise<void> {
	return receive(actors, actors.sim.prng.pick(actors.sim.skus), actors.sim.prng.int(1, 8));
}

export async function adjust(actors: Actors): Promise<void> {
	const { prng, skus } = actors.sim;
	const sku = prng.pick(skus);
	const request = { delta: prng.pick([-3, -2, -1, 1, 2]), reason: "counted", force: prng.chance(0.5) };
	const result = await callSku(env, sku, (object) => object.adjust(request, null));
	actors.sim.log(`${sku} is adjusted by ${request.delta}${request.force ? " by force" : ""}: ${result.kind}`);
}

export async function releaseByMerchant(actors: Actors): Promise<void> {
	const { prng, skus } = actors.sim;
	const sku = prng.pick(skus);
	const list = await callSku(env, sku, (object) => object.listReservations(null, "", 200));
	if (list.kind !== "reservations" || list.reservations.length === 0) return;
	const { id, status } = prng.pick(list.reservations);
	const result = await callSku(env, sku, (object) => object.releaseById(id));
	actors.sim.log(`the merchant releases a reservation of ${sku}, ${status}: ${result.kind}`);
}

export async function refund(actors: Actors): Promise<void> {
	const { prng } = actors.sim;
	const c = actors.pickCheckout(["completed"]);
	if (c === null) return;
	const line = prng.pick(c.lines);
	const units = prng.chance(0.6) ? [{ sku: line.sku, quantity: prng.pick([1, 1, line.quantity]) }] : null;
	const [key, restock] = [actors.key(), prng.chance(0.5)];
	for (const { sku, quantity } of units ?? c.lines) {
		const what = `${c.id} ${sku}`;
		actors.refundsRequested.set(what, (actors.refundsRequested.get(what) ?? 0) + quantity);
	}
	actors.sim.log(`refund of ${actors.name(c.id)}: ${JSON.stringify(units ?? "all")}${restock ? ", restocked" : ""}`);
	// Sometimes twice under one key, as by a merchant who got no answer.
	for (let times = prng.pick([1, 2, 2]); times > 0; times--) {
		const result = await actors.sim.tolerateFaults("refund", () =>
			actors.checkout(c.id, "refund", units, restock, "asked for it", key),
		);
		if (result?.kind === "refunding") actors.remember(result.checkout);
		actors.sim.log(`  ${result?.kind}`);
	}
}

export async function cancelPreorder(actors: Actors): Promise<void> {
	const { prng } = actors.sim;
	const ordered = [...actors.seen.values()].flatMap((c) =>
		c.lines.flatMap((line) => (line.claim === "committed" && line.preorderStatus !== null ? [{ c, line }] : [])),
	);
	if (ordered.length === 0) return;
	const { c, line } = prng.pick(ordered);
	const what = `${c.id} ${line.sku}`;
	actors.refundsRequested.set(what, (actors.refundsRequested.get(what) ?? 0) + line.quantity);
	actors.sim.log(`the pre-order of ${line.sku} in ${actors.name(c.id)} is cancelled`);
	actors.remember(await actors.checkout(c.id, "cancelPreorder", line.sku));
}

/** How often the cron has to come by until nothing is left to do. */
const CRON_RUNS = 4;
const CRON_SECONDS = 300;

/**
 * Nobody does anything more: what is due is done, the cron sweeps what was given up, and the merchant decides on what is
 * left to a person.
 */
export async function settleEverything(actors: Actors): Promise<void> {
	const { sim } = actors;
	await sim.settle();
	await eraseSome(actors);
	for (let runs = 0; runs < CRON_RUNS; runs++) {
		for (const id of sim.requests.keys()) {
			const c = await stateOf(id);
			if (c === null || unsettledReason(c) === null) continue;
			sim.log(`${actors.name(id)} is unsettled: ${unsettledReason(c)}`);
			// The merchant asks for the refund that is due once more.
			if (unsettledReason(c) === "refund-returned")
				await actors.checkout(id, "refund", [], false, "once more", actors.key());
		}
		await sim.advance(CRON_SECONDS);
		await runCron(actors);
		await sim.settle();
	}
}

/** The shoppers of every third checkout ask to be forgotten. Not drawn from the seed, so that a seed stays what it was. */
async function eraseSome(actors: Actors): Promise<void> {
	const ids = [...actors.sim.requests.keys()].filter((_, index) => index % 3 === 0);
	for (const id of ids) {
		if ((await stateOf(id))?.phase !== "completed") continue;
		const result = await actors.sim.tolerateFaults("erase", () => actors.checkout(id, "erase", null, "admin"));
		if (result?.kind === "erased") actors.erased.add(id);
		actors.sim.log(`the shopper of ${actors.name(id)} is erased: ${result?.kind}`);
	}
}

export async function runCron({ sim }: Actors): Promise<void> {
	for (const id of sim.requests.keys()) sim.callLog.prodded(id, Date.now());
	await sim.usingD1("the cron", (env) => sweepEverything(env));
	await quiet();
}

export async function runSweep(actors: Actors): Promise<void> {
	const { skus, requests, callLog } = actors.sim;
	for (const id of requests.keys()) callLog.prodded(id, Date.now());
	await actors.sim.usingD1("the sweep", async (env) => {
		const report = await sweep(env, "", 200, Date.now());
		actors.sim.log(`the sweep of ${skus.length} SKUs: ${JSON.stringify(report)}`);
	});
}
