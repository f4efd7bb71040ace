/**
 * What people do in a town: shoppers, their cards, the merchant, and those who pull plugs.
 *
 * Each deed is one or a few calls of the kind that the Worker makes for it, and tells what came of it. Whoever gets no answer may
 * ask again, as people do. Not here: what time does by itself (`town.ts`), what goes wrong within a call (`mischief.ts`).
 */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { saveProduct } from "../../src/catalog/store.ts";
import { statusOf } from "../../src/checkout/record.ts";
import type { Checkout } from "../../src/checkout/state.ts";
import { sweep } from "../../src/checkout/sweep.ts";
import { callCheckout, callSku, checkoutIdOf } from "../../src/objects.ts";
import type { Payment } from "../../src/payments/gateway.ts";
import type { SandboxObject } from "../../src/payments/sandbox-object.ts";
import { kill, stubOf } from "./mischief.ts";
import { type Asked, policyOf, type Town } from "./town.ts";

const CALLS = ["create", "read", "void", "capture", "refund"] as const;

/** How often each is done, in parts of about a hundred. */
const DEEDS = {
	reserve: 8,
	letGo: 2,
	extend: 1,
	open: 18,
	askAgain: 4,
	pay: 24,
	cancel: 3,
	look: 2,
	restock: 4,
	adjust: 2,
	refund: 5,
	cancelPreorder: 2,
	redefine: 1,
	turnOut: 1,
	breakProvider: 2,
	mendProvider: 2,
	oldNews: 4,
	pullPlug: 2,
	ringEarly: 3,
	carry: 6,
	sweepUp: 1,
	wait: 10,
};
type Deed = keyof typeof DEEDS;

export class Folk {
	readonly #town: Town;
	/** The checkouts as they were last seen, and what the provider has said of their payments. */
	readonly #seen = new Map<string, Checkout>();
	readonly #news: Payment[] = [];
	/** Units of each checkout and SKU whose refund was asked for, under keys of their own. */
	readonly refundsAsked = new Map<string, number>();
	/** Payments that were made, and that the provider knew of, before the window was over. */
	readonly paidInTime = new Set<string>();
	#keys = 0;

	constructor(town: Town) {
		this.#town = town;
	}

	async openShop(): Promise<void> {
		for (const sku of this.#town.skus) {
			await this.#define(sku);
			await this.#restock(sku, this.#town.dice.int(2, 24));
		}
	}

	/** Something happens; now and then several things at once. */
	async act(): Promise<void> {
		const { dice } = this.#town;
		const many = dice.chance(0.15) ? dice.int(2, 5) : 1;
		const deeds = Array.from({ length: many }, () => dice.weighted(DEEDS));
		const still = deeds.filter((deed) => deed !== "wait" || many === 1);
		await Promise.all(still.map((deed) => this.#town.attempt(deed, () => this.#do(deed))));
		await this.#town.webhooks();
	}

	#do(deed: Deed): Promise<void> {
		return this[deed]();
	}

	#tell(what: string): void {
		this.#town.tell(what);
	}

	#key(): string {
		return `k${++this.#keys}`;
	}

	get #provider(): DurableObjectStub<SandboxObject> {
		return stubOf(this.#town.providerKey) as DurableObjectStub<SandboxObject>;
	}

	/** One of the checkouts in this phase, as far as anybody knows. */
	#one(phases: readonly Checkout["phase"][]): Checkout | null {
		const all = [...this.#seen.values()].filter((c) => phases.includes(c.phase));
		return all.length === 0 ? null : this.#town.dice.pick(all);
	}

	#note(c: Checkout | null): void {
		if (c !== null) this.#seen.set(c.id, c);
	}

	#name(id: string): string {
		return `c${[...this.#town.asked.keys()].indexOf(id) + 1}`;
	}

	// ---- Shoppers

	async reserve(): Promise<void> {
		const { dice, shoppers, skus } = this.#town;
		const sku = dice.pick(skus);
		const asks = dice.some(shoppers, dice.pick([1, 1, 1, 3])).map((shopperId) => {
			return { shopperId, quantity: dice.pick([1, 1, 2, 3]), wait: dice.chance(0.6), ifMatch: null };
		});
		const answers = await callSku(env, sku, (object) => object.reserveMany(asks));
		const kinds = Array.isArray(answers) ? answers.map(({ kind }) => kind) : [answers.kind];
		this.#tell(`${asks.map((ask) => `${ask.shopperId} reserves ${ask.quantity} ${sku}`).join(", ")}: ${kinds}`);
	}

	async letGo(): Promise<void> {
		const { dice, shoppers, skus } = this.#town;
		const [shopper, sku] = [dice.pick(shoppers), dice.pick(skus)];
		this.#tell(`${shopper} lets go of ${sku}: ${(await callSku(env, sku, (object) => object.release(shopper))).kind}`);
	}

	async extend(): Promise<void> {
		const { dice, shoppers, skus } = this.#town;
		const [shopper, sku] = [dice.pick(shoppers), dice.pick(skus)];
		this.#tell(`${shopper} extends ${sku}: ${(await callSku(env, sku, (object) => object.extend(shopper))).kind}`);
	}

	async open(): Promise<void> {
		const { dice, shoppers, skus, asked } = this.#town;
		const lines = dice.some(skus, dice.int(1, 3)).map((sku) => ({ sku, quantity: dice.pick([1, 1, 1, 1, 2, 3]) }));
		const ask: Asked = {
			key: this.#key(),
			shopperId: dice.pick(shoppers),
			lines,
			partial: dice.chance(0.3),
			acceptPreorder: dice.chance(0.5),
		};
		const id = await checkoutIdOf(ask.shopperId, ask.key);
		asked.set(id, ask);
		const what = ask.lines.map(({ sku, quantity }) => `${quantity} ${sku}`).join(", ");
		const how = `${ask.partial ? " partial" : ""}${ask.acceptPreorder ? " or pre-order" : ""}`;
		this.#tell(`${ask.shopperId} opens ${this.#name(id)} (${id}): ${what}${how}`);
		await this.#ask(id, ask);
	}

	/** With the key of a checkout that was asked for before. */
	async askAgain(): Promise<void> {
		const { dice, asked } = this.#town;
		const recent = [...asked].slice(-10);
		if (recent.length === 0) return;
		const [id, ask] = dice.pick(recent);
		this.#tell(`${ask.shopperId} asks for ${this.#name(id)} again`);
		await this.#ask(id, ask);
	}

	async #ask(id: string, { key, ...ask }: Asked): Promise<void> {
		const request = { id, email: "ada@example.com", ...ask };
		const answer = await callCheckout(env, id, (object) => object.open(request, key));
		if (answer.kind !== "opened") return this.#tell(`  ${answer.kind}`);
		this.#note(answer.checkout);
		this.#tell(`  ${this.#name(id)} is ${answer.checkout.phase}`);
	}

	/** The shopper's card does one of the things that cards do, and the news of it travels as news does. */
	async pay(): Promise<void> {
		const { dice } = this.#town;
		const c = this.#one(dice.chance(0.9) ? ["awaiting"] : ["closing", "closed"]);
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
		const answer = await this.#provider.confirm(id, { outcome, paidAtMs, delayMs, copies, silent });
		this.#tell(`${this.#name(c.id)} ${outcome}, ${how}: ${answer.kind}`);
		if (answer.kind === "ok") {
			const { payment } = answer;
			this.#news.push(payment);
			const inTime = now < window.payByMs && payment.paidAtMs !== null && payment.paidAtMs <= endsMs;
			if (inTime && c.phase === "awaiting" && payment.status !== "voided") this.paidInTime.add(id);
		}
		await this.#town.webhooks();
		this.#note(dice.chance(0.5) ? await callCheckout(env, c.id, (object) => object.read()) : null);
	}

	async cancel(): Promise<void> {
		const c = this.#one(["opening", "awaiting", "committing", "closing", "completed"]);
		if (c === null) return;
		this.#tell(`${this.#name(c.id)} is called off`);
		this.#note(await callCheckout(env, c.id, (object) => object.cancel()));
	}

	async look(): Promise<void> {
		const { dice, asked } = this.#town;
		const ids = [...asked.keys()];
		if (ids.length === 0) return;
		const id = dice.pick(ids);
		const c = await callCheckout(env, id, (object) => object.read());
		this.#note(c);
		this.#tell(`${this.#name(id)} is looked at: ${c && statusOf(c)}`);
	}

	// ---- The merchant

	async #define(sku: string): Promise<void> {
		const { dice } = this.#town;
		const draft = { sku, title: sku, description: null, imageUrl: null, policy: policyOf(dice) };
		const priceMinor = dice.pick([0, 1, 100, 1999, 1999]);
		const currency = dice.chance(0.03) ? "EUR" : "USD";
		const answer = await callSku(env, sku, (object) => object.define({ ...draft, priceMinor, currency }));
		await saveProduct(env.DB, answer.product);
		const { limits } = this.#town;
		const [before, now] = [limits.get(sku), draft.policy.limitPerShopper];
		limits.set(sku, before === null || now === null ? null : Math.max(before ?? 0, now));
		this.#tell(`${sku} costs ${priceMinor} ${currency} ${JSON.stringify(draft.policy)}`);
	}

	redefine(): Promise<void> {
		return this.#define(this.#town.dice.pick(this.#town.skus));
	}

	async #restock(sku: string, quantity: number): Promise<void> {
		const keyed = { key: this.#key(), fingerprint: "" };
		const request = { quantity, reference: null, ifOnHand: null };
		const answer = await callSku(env, sku, (object) => object.restock(request, keyed));
		this.#tell(`${quantity} ${sku} arrive: ${answer.kind}`);
	}

	restock(): Promise<void> {
		return this.#restock(this.#town.dice.pick(this.#town.skus), this.#town.dice.int(1, 8));
	}

	async adjust(): Promise<void> {
		const { dice, skus } = this.#town;
		const sku = dice.pick(skus);
		const request = { delta: dice.pick([-3, -2, -1, 1, 2]), reason: "counted", force: dice.chance(0.5) };
		const answer = await callSku(env, sku, (object) => object.adjust(request, null));
		this.#tell(`${sku} is adjusted by ${request.delta}${request.force ? " by force" : ""}: ${answer.kind}`);
	}

	async turnOut(): Promise<void> {
		const { dice, skus } = this.#town;
		const sku = dice.pick(skus);
		const list = await callSku(env, sku, (object) => object.listReservations(null, "", 200));
		if (list.kind !== "reservations" || list.reservations.length === 0) return;
		const { id, status } = dice.pick(list.reservations);
		const answer = await callSku(env, sku, (object) => object.releaseById(id));
		this.#tell(`the merchant releases a reservation of ${sku}, ${status}: ${answer.kind}`);
	}

	async refund(): Promise<void> {
		const { dice } = this.#town;
		const c = this.#one(["completed"]);
		if (c === null) return;
		const line = dice.pick(c.lines);
		const units = dice.chance(0.6) ? [{ sku: line.sku, quantity: dice.int(1, line.quantity) }] : null;
		const [key, restock] = [this.#key(), dice.chance(0.5)];
		for (const { sku, quantity } of units ?? c.lines) {
			const what = `${c.id} ${sku}`;
			this.refundsAsked.set(what, (this.refundsAsked.get(what) ?? 0) + quantity);
		}
		this.#tell(`refund of ${this.#name(c.id)}: ${JSON.stringify(units ?? "all")}${restock ? ", restocked" : ""}`);
		// Asked twice under one key now and then, as by a merchant who got no answer.
		for (let times = dice.pick([1, 1, 2]); times > 0; times--) {
			const answer = await this.#town.attempt("refund", () =>
				callCheckout(env, c.id, (object) => object.refund(units, restock, "asked for it", key)),
			);
			if (answer?.kind === "refunding") this.#note(answer.checkout);
			this.#tell(`  ${answer?.kind}`);
		}
	}

	async cancelPreorder(): Promise<void> {
		const { dice } = this.#town;
		const ordered = [...this.#seen.values()].flatMap((c) =>
			c.lines.flatMap((line) => (line.claim === "committed" && line.preorderStatus !== null ? [{ c, line }] : [])),
		);
		if (ordered.length === 0) return;
		const { c, line } = dice.pick(ordered);
		const what = `${c.id} ${line.sku}`;
		this.refundsAsked.set(what, (this.refundsAsked.get(what) ?? 0) + line.quantity);
		this.#tell(`the pre-order of ${line.sku} in ${this.#name(c.id)} is cancelled`);
		this.#note(await callCheckout(env, c.id, (object) => object.cancelPreorder(line.sku)));
	}

	// ---- Those who pull plugs

	async breakProvider(): Promise<void> {
		const { dice, malice } = this.#town;
		if (malice === 0) return;
		const faults = dice.some(CALLS, dice.int(1, 3)).map((call) => {
			return { call, fail: dice.pick(["before", "after"] as const), delayMs: 0, times: dice.pick([1, 2, 4, 12]) };
		});
		this.#tell(
			`! the provider fails: ${faults.map(({ call, fail, times }) => `${call} ${fail} ${times}x`).join(", ")}`,
		);
		await this.#provider.setFaults(faults);
	}

	async mendProvider(): Promise<void> {
		await this.#provider.setFaults([]);
	}

	/** A webhook that was sent long ago, or that says what another said already. */
	async oldNews(): Promise<void> {
		const { dice } = this.#town;
		if (this.#news.length === 0) return;
		const news = dice.pick(this.#news);
		this.#tell(`old news of ${this.#name(news.checkoutId)}: ${news.status}`);
		await callCheckout(env, news.checkoutId, (object) => object.paymentEvent(`evt-${this.#key()}`, news));
		const now = await this.#provider.peek(news.id);
		if (now.kind === "ok") this.#news.push(now.payment);
	}

	async pullPlug(): Promise<void> {
		const { dice, malice } = this.#town;
		if (malice === 0) return;
		const key = dice.pick(this.#town.keys());
		// Put to sleep: as the platform does with whom nobody needs. Not the provider, whose timers keep it awake.
		const gently = key !== this.#town.providerKey && dice.chance(0.5);
		this.#tell(`! ${key} ${gently ? "is put to sleep" : "is killed"}`);
		// Nobody may be up to be put to sleep.
		if (gently) await evictDurableObject(stubOf(key)).catch(() => null);
		else await kill(key);
	}

	async ringEarly(): Promise<void> {
		const key = this.#town.dice.pick(this.#town.keys());
		this.#tell(`${key} is rung early`);
		await this.#town.ring(key);
	}

	carry(): Promise<void> {
		return this.#town.post.deliver(false);
	}

	async sweepUp(): Promise<void> {
		const { skus } = this.#town;
		const report = await sweep(env, "", 200, Date.now());
		this.#tell(`the sweep of ${skus.length} SKUs: ${JSON.stringify(report)}`);
	}

	async wait(): Promise<void> {
		const { dice } = this.#town;
		const seconds = dice.pick([1, 3, 10, 30, 60, 120, 300, dice.int(1, 1_200)]);
		this.#tell(`${seconds} s pass`);
		await this.#town.pass(seconds);
		for (const id of dice.some([...this.#seen.keys()], 3)) {
			this.#note(await callCheckout(env, id, (object) => object.read()));
		}
	}
}
