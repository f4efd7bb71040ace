/**
 * A short story of a shop in which everything happens once: every method of a SKU's object and of a checkout's is called,
 * and every way to end is taken. The same each time, so that one thing can be broken in it and the rest compared.
 *
 * Whoever gets no answer asks again with the same key, as the client does.
 */
import { env } from "cloudflare:workers";
import type { Policy } from "../../src/catalog/policy.ts";
import { saveProduct } from "../../src/catalog/product-store.ts";
import { callCheckout, checkoutIdOf } from "../../src/checkout/client.ts";
import type { CheckoutRpc } from "../../src/checkout/rpc.ts";
import { KEEP_ENDED_MS, LIVE_INTERVAL_MS } from "../../src/limits.ts";
import { callSku } from "../../src/stock/client.ts";
import { reserveMany } from "../../src/stock/reserve-columns.ts";
import type { SkuRpc } from "../../src/stock/rpc.ts";
import type { Actors } from "./actors.ts";
import { settleEverything } from "./merchant.ts";
import { quiet } from "./nemesis.ts";
import { mailOf } from "./shoppers.ts";
import type { Simulation } from "./simulation.ts";

export const STORY_SHOPPERS = 9;

const POLICY: Policy = {
	allowDelayedMethods: false,
	offerAbsentMs: 45_000,
	holdMs: 60_000,
	offerMs: 30_000,
	paymentWindowMs: 120_000,
	paymentGraceMs: 10_000,
	maxExtensions: 2,
	limitPerShopper: 4,
	waitlistLimit: 5,
	preorder: { capacity: 5, expectedAtMs: null, termsVersion: "v1" },
	saleStartsAtMs: null,
	saleEndsAtMs: null,
};
/** More than one call can lose its answers. */
const TRIES = 10;
const MANY = 50;

type Line = { readonly sku: string; readonly quantity: number };

export async function playStory(actors: Actors): Promise<void> {
	const story = new Story(actors);
	await story.openShop();
	await story.reserve();
	await story.buy();
	await story.sellOutside();
	await story.endWithoutSale();
	await story.preorder();
	await story.payBack();
	await story.control();
	await settleEverything(actors);
}

/** After the story: some shoppers are erased, and a month passes. Whoever did not buy has nothing left. */
export async function playForgetting(actors: Actors): Promise<void> {
	await new Story(actors).forget();
	await settleEverything(actors);
}

class Story {
	readonly #actors: Actors;
	readonly #sim: Simulation;
	/** The checkouts by what they buy. */
	readonly #bought = new Map<string, string>();

	constructor(actors: Actors) {
		this.#actors = actors;
		this.#sim = actors.sim;
	}

	// ---- Who asks, and asks again

	#again<T>(call: () => Promise<T>, tries = TRIES): Promise<T> {
		return call().catch((error: unknown) => {
			if (tries <= 1) throw error;
			this.#sim.log(`    (${error instanceof Error ? error.message : error})`);
			return this.#again(call, tries - 1);
		});
	}

	#sku<T>(sku: string, call: (object: SkuRpc) => Promise<T>): Promise<T> {
		return this.#again(() => callSku(env, sku, call));
	}

	async #checkout<T>(id: string, call: (object: CheckoutRpc) => Promise<T>): Promise<T> {
		this.#sim.callLog.prodded(id, Date.now());
		const answer = await this.#again(() => callCheckout(env, id, call));
		await quiet();
		return answer;
	}

	#keyed() {
		return { key: this.#actors.key(), fingerprint: "" };
	}

	#shopper(index: number): string {
		return this.#sim.shoppers[index] as string;
	}

	async #take(shopper: number, sku: string, quantity: number, wait = false, isAway = false): Promise<void> {
		const shopperId = this.#shopper(shopper);
		const notify = isAway ? { email: mailOf(shopperId), origin: "https://shop.example" } : undefined;
		const request = { shopperId, quantity, wait, ifMatch: null, notify };
		await this.#sku(sku, (object) => reserveMany(object, [request]));
	}

	async #open(shopper: number, lines: readonly Line[], acceptPreorder = false, isExternal = false): Promise<string> {
		const [shopperId, key] = [this.#shopper(shopper), this.#actors.key()];
		const id = await checkoutIdOf(shopperId, key);
		const request = { shopperId, lines, partial: false, acceptPreorder, isExternal };
		this.#sim.requests.set(id, { key, ...request });
		const whole = { id, email: "ada@example.com", ...request };
		const opened = await this.#checkout(id, (object) =>
			isExternal ? object.openForMerchant(whole, key) : object.open(whole, key),
		);
		this.#sim.log(`${shopperId} opens ${id}: ${JSON.stringify(lines)}, ${opened.kind}`);
		return id;
	}

	/** The card pays, and the webhook comes twice. */
	async #pay(id: string): Promise<void> {
		const c = await this.#checkout(id, (object) => object.read());
		const paymentId = c?.payment?.seen.id ?? "";
		await this.#actors.provider.confirm(paymentId, { outcome: "approve", copies: 2 });
		this.#actors.paidInTime.add(paymentId);
		for (let times = 0; times < 2; times++) await this.#soon();
	}

	/** A few seconds, in which webhooks and messages arrive. */
	async #soon(): Promise<void> {
		await this.#sim.deliverWebhooks();
		await quiet();
		await this.#sim.advance(6);
		await this.#sim.queue.deliver(true);
		await quiet();
	}

	async #buyOne(what: string, shopper: number, lines: readonly Line[], acceptPreorder = false): Promise<void> {
		const id = await this.#open(shopper, lines, acceptPreorder);
		this.#bought.set(what, id);
		await this.#pay(id);
	}

	#idOf(what: string): string {
		return this.#bought.get(what) as string;
	}

	// ---- What happens

	async openShop(): Promise<void> {
		for (const sku of this.#sim.skus) {
			const price = { priceMinor: 1999, currency: "USD" };
			const change = { title: sku, description: null, imageUrl: null, policy: POLICY, price };
			const request = { change, ifMatch: null, key: this.#actors.key() };
			const draft = { sku, ...change, ...price };
			await this.#sku(sku, (object) => object.define(draft, request));
			this.#sim.limits.set(sku, POLICY.limitPerShopper);
		}
		const [, b = ""] = this.#sim.skus;
		for (const isArchived of [true, true, false]) {
			const request = { ifMatch: null, key: this.#actors.key() };
			const result = await this.#sku(b, (object) => object.archive(isArchived, request));
			if (result.kind === "defined") await saveProduct(env.DB, result.product);
		}
		const [a = ""] = this.#sim.skus;
		const product = await this.#sku(a, (object) => object.rebuild("none", 1));
		if (product.kind === "rebuild") await saveProduct(env.DB, product.product);
		await this.#restock(a, 3);
		await this.#restock(b, 5);
	}

	async #restock(sku: string, quantity: number): Promise<void> {
		const request = { quantity, reference: null, ifOnHand: null };
		const keyed = this.#keyed();
		await this.#sku(sku, (object) => object.restock(request, keyed));
		await quiet();
	}

	async reserve(): Promise<void> {
		const [a = ""] = this.#sim.skus;
		await this.#take(0, a, 1);
		await this.#sku(a, (object) => object.reservation(this.#shopper(0)));
		await this.#sku(a, (object) => object.reservationMany([this.#shopper(0)]));
		await this.#sku(a, (object) => object.hasOpenClaim(this.#shopper(0)));
		await this.#sku(a, (object) => object.ownMessages([this.#shopper(0)], true));
		await this.#sku(a, (object) => object.extend(this.#shopper(0)));
		await this.#sku(a, (object) => object.availability());
		await this.#take(1, a, 2);
		await this.#take(2, a, 1, true, true);
		await this.#take(3, a, 1, true);
		await this.#watch(a, () => this.#sku(a, (object) => object.release(this.#shopper(1))));
		const list = await this.#sku(a, (object) => object.listReservations("held", "", MANY));
		const newest =
			list.kind === "reservations" ? list.reservations.find((r) => r.shopperId === this.#shopper(3)) : null;
		await this.#sku(a, (object) => object.releaseById(newest?.id ?? ""));
	}

	/** Somebody watches over a socket while it happens. */
	async #watch(sku: string, happens: () => Promise<unknown>): Promise<void> {
		const url = "https://holdfast.example/live";
		const upgrade = () => env.SKU.getByName(sku).fetch(url, { headers: { upgrade: "websocket" } });
		const { webSocket } = await this.#again(upgrade);
		webSocket?.accept();
		await happens();
		// The object's own timer, which follows the clock on the wall.
		await scheduler.wait(LIVE_INTERVAL_MS + 20);
		try {
			webSocket?.close();
		} catch {
			// It died with its object.
		}
	}

	async buy(): Promise<void> {
		const [a = "", b = ""] = this.#sim.skus;
		const lines = [a, b].map((sku) => ({ sku, quantity: 1 }));
		await this.#buyOne("both", 0, lines);
		await this.#buyOne("given back", 2, [{ sku: a, quantity: 1 }]);
		await this.#buyOne("disputed", 4, [{ sku: b, quantity: 1 }]);
	}

	/** The shop takes the money itself, and says so twice, as after an answer that was lost. */
	async sellOutside(): Promise<void> {
		const [, b = ""] = this.#sim.skus;
		const id = await this.#open(3, [{ sku: b, quantity: 1 }], false, true);
		const c = await this.#checkout(id, (object) => object.read());
		const { amountMinor = 0, currency = "" } = c?.payment?.seen ?? {};
		const paid = { reference: "transfer-1", paidAtMs: Date.now(), amountMinor, currency };
		if (c?.payment) this.#actors.paidInTime.add(c.payment.seen.id);
		for (let times = 0; times < 2; times++) await this.#checkout(id, (object) => object.paidOutside(paid));
		await this.#checkout(id, (object) => object.setMetadata({ invoice: "7" }));
		await this.#checkout(id, (object) => object.comparePayment());
		await this.#soon();
	}

	async endWithoutSale(): Promise<void> {
		const [, b = ""] = this.#sim.skus;
		const tooMany = [{ sku: b, quantity: 99 }];
		await this.#open(5, tooMany);
		const cancelled = await this.#open(5, [{ sku: b, quantity: 1 }]);
		await this.#checkout(cancelled, (object) => object.cancel());
		await this.#open(6, [{ sku: b, quantity: 1 }]);
		await this.#sim.advance(300);
		await quiet();
	}

	async preorder(): Promise<void> {
		const [a = ""] = this.#sim.skus;
		await this.#take(5, a, 1);
		await this.#buyOne("to be cancelled", 7, [{ sku: a, quantity: 1 }], true);
		await this.#buyOne("to be filled", 8, [{ sku: a, quantity: 1 }], true);
		await this.#buyOne("to be owed", 6, [{ sku: a, quantity: 2 }], true);
		const cancelled = this.#idOf("to be cancelled");
		this.#actors.refundsRequested.set(`${cancelled} ${a}`, 1);
		await this.#checkout(cancelled, (object) => object.cancelPreorder(a));
		await this.#soon();
		await this.#restock(a, 1);
		await this.#soon();
	}

	async payBack(): Promise<void> {
		const [a = "", b = ""] = this.#sim.skus;
		await this.#refund("both", b, true);
		await this.#refund("given back", a, false);
		const c = await this.#checkout(this.#idOf("disputed"), (object) => object.read());
		const paymentId = c?.payment?.seen.id ?? "";
		for (const kind of ["dispute-opened", "dispute-lost"] as const) {
			await this.#actors.provider.incident(paymentId, { kind });
			for (let times = 0; times < 2; times++) await this.#soon();
		}
	}

	async #refund(what: string, sku: string, restock: boolean): Promise<void> {
		const id = this.#idOf(what);
		this.#actors.refundsRequested.set(`${id} ${sku}`, 1);
		const key = this.#actors.key();
		await this.#checkout(id, (object) => object.refund([{ sku, quantity: 1 }], restock, "asked for it", key));
		await this.#soon();
	}

	async forget(): Promise<void> {
		const [, b = ""] = this.#sim.skus;
		await this.#restock(b, 3);
		const lines = [{ sku: b, quantity: 1 }];
		const cancelled = await this.#open(5, lines);
		await this.#checkout(cancelled, (object) => object.cancel());
		// The shop says that it was paid when it had been given up: the money goes back, and what was paid stays known.
		const late = await this.#open(6, lines, false, true);
		const given = await this.#checkout(late, (object) => object.cancel());
		const { amountMinor = 0, currency = "" } = given?.payment?.seen ?? {};
		const paid = { reference: "transfer-2", paidAtMs: Date.now(), amountMinor, currency };
		await this.#checkout(late, (object) => object.paidOutside(paid));
		await this.#soon();
		await this.#soon();
		const bought = [...this.#sim.requests.keys()];
		for (const id of [cancelled, ...bought.slice(0, 2)]) {
			await this.#checkout(id, (object) => object.erase(null, "admin"));
		}
		await this.#soon();
		await this.#sim.advance(KEEP_ENDED_MS / 1000 + 1);
		await quiet();
	}

	/** What merchants and Holdfast's own controls look at. */
	async control(): Promise<void> {
		const [a = "", b = ""] = this.#sim.skus;
		const id = this.#idOf("both");
		// Watched both times: a socket dies with the object.
		for (const [delta, reason] of [
			[1, "found it"],
			[-1, "lost it again"],
		] as const) {
			const keyed = this.#keyed();
			await this.#watch(b, () => this.#sku(b, (object) => object.adjust({ delta, reason, force: false }, keyed)));
		}
		await this.#sku(a, (object) => object.stock(true));
		await this.#sku(a, (object) => object.journal(0, MANY));
		await this.#sku(a, (object) => object.buyers("", MANY));
		const sales = await this.#sku(a, (object) => object.sales("", MANY));
		const preorders = "kind" in sales ? [] : sales.flatMap(({ recordedPreorder }) => recordedPreorder?.id ?? []);
		await this.#sku(a, (object) => object.recordPreordersAgain(preorders));
		await this.#sku(a, (object) => object.suspects(MANY));
		await this.#sku(a, (object) => object.rebuild("", MANY));
		await this.#checkout(id, (object) => object.recordAgain());
		await this.#checkout(id, (object) => object.retrySettlement());
		await this.#checkout(id, (object) => object.comparePayment());
		await this.#checkout(id, (object) => object.events());
		// As the queue's consumer says it to an object that had nothing to tell.
		await this.#checkout(id, (object) => object.told(1));
		await this.#sku(a, (object) => object.newsTold({ stock: null, seq: 0 }));
		await this.#sku(a, (object) => object.takeMail("no promotion", "nobody"));
		await this.#sku(a, (object) => object.mailSettled("no promotion", "nobody", true));
		await this.#sku(a, (object) => object.forgetAddress("nobody"));
		await this.#sku(a, (object) => object.takeMail("no promotion", "nobody"));
		await this.#sku(a, (object) => object.mailSettled("no promotion", "nobody", true));
		await this.#soon();
		// Somebody waits for more than there is, until the end.
		await this.#sim.advance(120);
	}
}
