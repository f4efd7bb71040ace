/** Telling the absent: one mail a promotion, time to come back, and an address that is kept no longer than it is needed. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Product } from "../../../src/catalog/product.ts";
import { MAX_SHOPPERS_PER_ADDRESS, RESEND_FIRST_MS } from "../../../src/limits.ts";
import { forgetAddress } from "../../../src/stock/commands/shopper.ts";
import type { SkuObject } from "../../../src/stock/sku.ts";
import { SkuStorage } from "../../../src/stock/storage/sku-storage.ts";
import { UnitOfWork } from "../../../src/stock/unit-of-work.ts";
import { eventually, pass, ring, useStoppedClock } from "../../support/clock.ts";
import { call, callWith, expectProblem, ORIGIN } from "../../support/http.ts";
import { type MailMessage, useMailTrap } from "../../support/mails.ts";
import { asMerchant, journalOf, newProduct, reservationsOf, restock, stockOf } from "../../support/merchant.ts";
import { newShopper, newShoppers, type Reservation, type Shopper } from "../../support/shopper.ts";

useStoppedClock();
const mails = useMailTrap();
afterEach(() => void vi.restoreAllMocks());

const POLICY = { holdSeconds: 60, offerSeconds: 30, offerSecondsAbsent: 900, waitlistLimit: 9 };
const addressOf = (shopper: Shopper): string => `${shopper.id.slice(-12)}@example.com`;

const put = (shopper: Shopper, sku: string, json: Readonly<Record<string, unknown>>) =>
	call<Reservation>("PUT", `/v1/reservations/${sku}`, { token: shopper.token, json: { quantity: 1, ...json } });

/** Waits for a unit, and is to be told by mail. */
const waitAway = async (shopper: Shopper, sku: string, quantity = 1) => {
	const notify = { email: addressOf(shopper) };
	const { status, body } = await put(shopper, sku, { quantity, wait: true, notify });
	expect({ status, notify: body.notify }).toEqual({ status: 202, notify: true });
	return body;
};

/** One unit, held by the first shopper. The others wait, and are to be told by mail. */
async function someAway(howMany: number, policy: Readonly<Record<string, unknown>> = {}, title = "Lantern") {
	const sku = await newProduct({ units: 1, title, policy: { ...POLICY, ...policy } });
	const [holder, ...away] = (await newShoppers(1 + howMany)) as [Shopper, Shopper, Shopper, Shopper];
	await holder.reserve(sku, 1);
	for (const shopper of away) await waitAway(shopper, sku);
	return { sku, holder, away: away as unknown as [Shopper, Shopper, Shopper] };
}

const addressesIn = (sku: string) =>
	runInDurableObject(env.SKU.getByName(sku), (_object: SkuObject, { storage }) =>
		storage.sql.exec<{ shopperId: string; email: string }>("SELECT * FROM addresses").toArray(),
	);

/** Everything that the object has stored but its addresses, as one text. */
const storedText = (sku: string) =>
	runInDurableObject(env.SKU.getByName(sku), (_object: SkuObject, { storage: { sql } }) => {
		const tables = sql.exec<{ name: string }>(
			"SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'addresses' AND name NOT LIKE '\\_cf%' ESCAPE '\\'",
		);
		return [...tables].map(({ name }) => JSON.stringify(sql.exec(`SELECT * FROM ${name}`).toArray())).join("\n");
	});

const queued = async (howMany: number) => eventually(async () => expect(mails.queued).toHaveLength(howMany));

it("forgets the address of a shopper who is erased, and of nobody else", async () => {
	const { sku, away } = await someAway(2);
	for (let times = 0; times < 2; times++) {
		expect(await asMerchant("POST", `/shoppers/${away[0].id}/erase`, { json: {} })).toMatchObject({ status: 200 });
	}
	expect(await addressesIn(sku)).toMatchObject([{ shopperId: away[1].id }]);
	expect((await away[0].reservation(sku)).body).toMatchObject({ status: "waiting", position: 1 });
});

describe("a shopper who was promoted in their absence", () => {
	it("is told once, with what is held, until when, and a link without a token", async () => {
		const { sku, holder, away } = await someAway(1);
		await holder.release(sku);
		await queued(1);
		const { body } = await away[0].reservation(sku);
		expect(body).toMatchObject({ status: "held" });
		expect(body).not.toHaveProperty("notify");
		expect(Date.parse(body.expiresAt ?? "") - Date.now()).toBe(900_000);
		await mails.deliver();
		expect(mails.sent).toHaveLength(1);
		const [mail] = mails.sent;
		expect(mail).toMatchObject({ to: addressOf(away[0]), from: { email: "shop@example.com", name: "Holdfast" } });
		expect(mail?.subject).toBe("Your turn: Lantern is held for you until 00:15 UTC on Saturday, 12 December 2099");
		expect(mail?.text).toContain("\n00:15 UTC on Saturday, 12 December 2099.\n");
		const links = mail?.text.match(/https?:\S+/g);
		expect(links).toEqual([`${ORIGIN}/products/${sku}`]);
		expect(mail?.text).not.toContain(away[0].token);
		expect(await addressesIn(sku)).toEqual([]);
	});

	it("is told once, however often the queue delivers it, and however late", async () => {
		const { sku, holder } = await someAway(1);
		await holder.release(sku);
		await queued(1);
		const [message] = mails.queued;
		if (message === undefined) throw new Error("nothing was queued");
		await Promise.all([mails.deliver([message, message]), mails.deliver([message])]);
		await mails.deliver([message]);
		pass(60);
		await ring.sku(sku);
		await mails.deliver();
		expect(mails.sent).toHaveLength(1);
	});

	it("is told when the alarm ends the hold before, though nobody asks", async () => {
		const { sku, away } = await someAway(2);
		pass(60);
		await ring.sku(sku);
		await queued(1);
		await mails.deliver();
		pass(900);
		await ring.sku(sku);
		await queued(1);
		await mails.deliver();
		expect(mails.sent.map(({ to }) => to)).toEqual(away.slice(0, 2).map(addressOf));
	});

	it("is told with all others whom a delivery serves, each once", async () => {
		const { sku, holder, away } = await someAway(3);
		const here = await newShopper();
		const waiting = await here.reserve(sku, 1, { wait: true });
		expect(waiting.status).toBe(202);
		expect(waiting.body).not.toHaveProperty("notify");
		await restock(sku, 4);
		await queued(3);
		expect(new Set(mails.queued.map(({ promotion }) => promotion)).size).toBe(3);
		await mails.deliver();
		expect(mails.sent.map(({ to }) => to).sort()).toEqual(away.map(addressOf).sort());
		// Who is there has as long as ever.
		const { body } = await here.reservation(sku);
		expect(Date.parse(body.expiresAt ?? "") - Date.now()).toBe(30_000);
		expect((await stockOf(sku)).held).toBe(5);
		await holder.release(sku);
	});

	it("is told by the real queue as well", async () => {
		vi.restoreAllMocks();
		const said = vi.spyOn(console, "log").mockImplementation(() => {});
		const { sku, holder, away } = await someAway(1);
		await holder.release(sku);
		await eventually(async () => expect(said).toHaveBeenCalledTimes(1));
		const line = JSON.parse(String(said.mock.calls[0]?.[0])) as { mail: { to: string } };
		expect(line.mail.to).toBe(addressOf(away[0]));
		await eventually(async () => expect(await addressesIn(sku)).toEqual([]));
	});

	it("is told again after a bump only if they asked again", async () => {
		const { sku, holder, away } = await someAway(1);
		await holder.release(sku);
		await queued(1);
		const options = { key: crypto.randomUUID(), json: { delta: -1, reason: "broken", force: true } };
		expect(await asMerchant("POST", `/products/${sku}/adjust`, options)).toMatchObject({ status: 200 });
		const { body } = await away[0].reservation(sku);
		expect(body).toMatchObject({ status: "waiting" });
		expect(body).not.toHaveProperty("notify");
		await mails.deliver();
		expect(mails.sent).toEqual([]);
		await waitAway(away[0], sku);
		await restock(sku, 1);
		await queued(1);
		await mails.deliver();
		expect(mails.sent).toHaveLength(1);
	});
});

describe("no mail is sent", () => {
	it.each<[string, (shopper: Shopper, sku: string) => Promise<unknown>]>([
		["has given the units back", (shopper, sku) => shopper.release(sku)],
		["is in a checkout", (shopper, sku) => shopper.checkout([{ sku, quantity: 1 }])],
		["has bought", (shopper, sku) => shopper.buy([{ sku, quantity: 1 }])],
		["has let the offer run out", async () => pass(900)],
	])("to who %s before it could be", async (_, act) => {
		const { sku, holder, away } = await someAway(1);
		await holder.release(sku);
		await queued(1);
		await act(away[0], sku);
		await mails.deliver();
		expect(mails.sent).toEqual([]);
		await stockOf(sku);
		expect(await addressesIn(sku)).toEqual([]);
	});

	it("to who left the waitlist, or said that they want none", async () => {
		const { sku, holder, away } = await someAway(2);
		await away[0].release(sku);
		const none = await put(away[1], sku, { wait: true, notify: null });
		expect(none.status).toBe(202);
		expect(none.body).not.toHaveProperty("notify");
		expect(await addressesIn(sku)).toEqual([]);
		await holder.release(sku);
		const { body } = await away[1].reservation(sku);
		expect(Date.parse(body.expiresAt ?? "") - Date.now()).toBe(30_000);
		expect(mails.queued).toEqual([]);
	});

	it("by a deployment that cannot, which takes no address and makes no longer offer", async () => {
		const sku = await newProduct({ units: 1, policy: POLICY });
		const [holder, shopper] = (await newShoppers(2)) as [Shopper, Shopper];
		await holder.reserve(sku, 1);
		const json = { quantity: 1, wait: true, notify: { email: "ada@example.com" } };
		const bindings = { ENVIRONMENT: "production" };
		const options = { token: shopper.token, json };
		const { status, body } = await callWith<Reservation>(bindings, "PUT", `/v1/reservations/${sku}`, options);
		expect({ status, notify: body.notify }).toEqual({ status: 202, notify: undefined });
		expect(await addressesIn(sku)).toEqual([]);
	});
});

describe("a mail that something goes wrong with", () => {
	it("is told to the queue again when the object dies between the promotion and the queue", async () => {
		vi.spyOn(console, "error").mockImplementation(() => {});
		const { sku, holder } = await someAway(1);
		mails.isQueueDown = true;
		await holder.release(sku);
		await evictDurableObject(env.SKU.getByName(sku));
		mails.isQueueDown = false;
		await ring.sku(sku);
		await queued(1);
		await mails.deliver();
		expect(mails.sent).toHaveLength(1);
	});

	it("is told to the queue again, with pauses that double, until somebody takes it", async () => {
		const { sku, holder } = await someAway(1);
		await holder.release(sku);
		await queued(1);
		for (const [seconds, times] of [
			[RESEND_FIRST_MS / 1000, 2],
			[RESEND_FIRST_MS / 1000, 2],
			[RESEND_FIRST_MS / 1000, 3],
		] as const) {
			pass(seconds);
			await ring.sku(sku);
			await queued(times);
		}
		await mails.deliver();
		expect(mails.sent).toHaveLength(1);
	});

	it.each(["E_RATE_LIMIT_EXCEEDED", "E_DAILY_LIMIT_EXCEEDED"])("is sent later after %s", async (code) => {
		vi.spyOn(console, "error").mockImplementation(() => {});
		const { sku, holder } = await someAway(1);
		await holder.release(sku);
		await queued(1);
		mails.answer = async () => Promise.reject(Object.assign(new Error("slow down"), { code }));
		await mails.deliver();
		mails.answer = async () => ({ messageId: "m-2" });
		pass(60);
		await ring.sku(sku);
		await queued(1);
		await mails.deliver();
		expect(mails.sent).toHaveLength(2);
		expect(await addressesIn(sku)).toEqual([]);
	});

	it.each([
		["whose address the service does not take", { code: "E_RECIPIENT_SUPPRESSED" }],
		["whose sender it does not know", { code: "E_SENDER_NOT_VERIFIED" }],
		["that it may have taken", { code: "E_INTERNAL_SERVER_ERROR" }],
		["whose answer was lost", {}],
	])("is not tried again %s, and its address is forgotten", async (_, members) => {
		const logged = vi.spyOn(console, "error").mockImplementation(() => {});
		const { sku, holder, away } = await someAway(1);
		await holder.release(sku);
		await queued(1);
		mails.answer = async (mail) => Promise.reject(Object.assign(new Error(`not to ${mail.to}`), members));
		await mails.deliver();
		pass(60);
		await ring.sku(sku);
		await mails.deliver();
		expect(mails.sent).toHaveLength(1);
		expect(await addressesIn(sku)).toEqual([]);
		expect(await away[0].reservation(sku)).toMatchObject({ body: { status: "held" } });
		const lines = logged.mock.calls.map(String);
		expect(lines).toEqual([expect.stringContaining('"event":"mail-not-sent"')]);
		expect(lines.join()).not.toContain("@");
	});

	it("is not sent again when its taker died, and its address goes with the offer", async () => {
		const { sku, holder } = await someAway(1);
		await holder.release(sku);
		await queued(1);
		const { promotion } = mails.queued[0] as MailMessage;
		const object = env.SKU.getByName(sku);
		expect(await object.takeMail(promotion, "taker-1")).toMatchObject({ kind: "mail" });
		await evictDurableObject(object);
		pass(60);
		await ring.sku(sku);
		await mails.deliver();
		expect(mails.sent).toEqual([]);
		pass(900);
		await ring.sku(sku);
		expect(await addressesIn(sku)).toEqual([]);
	});
});

describe("an address", () => {
	it("is bounded and looked at like the address of a checkout", async () => {
		const sku = await newProduct({ units: 1, policy: POLICY });
		const shopper = await newShopper();
		for (const notify of [{ email: "nobody" }, { email: `${"a".repeat(250)}@example.com` }, {}, "ada@example.com"]) {
			expectProblem(await put(shopper, sku, { wait: true, notify }), 400, "invalid-request");
		}
	});

	it("is taken for a family of shoppers and no more, whatever its case, so that nobody has a stranger mailed", async () => {
		const { sku } = await someAway(0);
		const crowd = await newShoppers(MAX_SHOPPERS_PER_ADDRESS + 2);
		const told: boolean[] = [];
		for (const [i, shopper] of crowd.entries()) {
			const email = i % 2 === 0 ? "ada@example.com" : "Ada@Example.com";
			const { status, body } = await put(shopper, sku, { wait: true, notify: { email } });
			expect(status).toBe(202);
			told.push(body.notify === true);
		}
		expect(told).toEqual(crowd.map((_, i) => i < MAX_SHOPPERS_PER_ADDRESS));
		const again = { wait: true, notify: { email: "ada@example.com" } };
		expect(await put(crowd[0] as Shopper, sku, again)).toMatchObject({ body: { notify: true } });
		await crowd[0]?.release(sku);
		expect(await put(crowd.at(-1) as Shopper, sku, again)).toMatchObject({ body: { notify: true } });
	});

	it("is kept when a request says nothing of it, and replaced by another one", async () => {
		const { sku, away } = await someAway(1);
		const [first] = await addressesIn(sku);
		expect(await put(away[0], sku, { quantity: 1, wait: true })).toMatchObject({ body: { notify: true } });
		expect(await addressesIn(sku)).toEqual([first]);
		await put(away[0], sku, { wait: true, notify: { email: "other@example.com" } });
		expect(await addressesIn(sku)).toMatchObject([{ shopperId: away[0].id, email: "other@example.com" }]);
	});

	it("is forgotten by name of its shopper, who keeps the place and is promoted like one who is there", async () => {
		const { sku, holder, away } = await someAway(2);
		const place = (await away[0].reservation(sku)).body.position;
		await runInDurableObject(env.SKU.getByName(sku), (_object: SkuObject, { storage }) => {
			storage.transactionSync(() => {
				const stored = new SkuStorage(storage.sql);
				const unit = new UnitOfWork(stored, stored.product() as Product, Date.now());
				for (let times = 0; times < 2; times++) forgetAddress(unit, away[0].id);
				unit.close();
			});
		});
		await evictDurableObject(env.SKU.getByName(sku));
		expect(await addressesIn(sku)).toMatchObject([{ shopperId: away[1].id }]);
		const forgotten = await away[0].reservation(sku);
		expect(forgotten.body).toMatchObject({ position: place });
		expect(forgotten.body).not.toHaveProperty("notify");
		await holder.release(sku);
		const { body } = await away[0].reservation(sku);
		expect(Date.parse(body.expiresAt ?? "") - Date.now()).toBe(30_000);
		expect(mails.queued).toEqual([]);
	});

	it("is in no answer, list, journal, log or other table, from the wait to the end", async () => {
		const lines: string[] = [];
		for (const level of ["log", "warn", "error"] as const)
			vi.spyOn(console, level).mockImplementation((...words) => void lines.push(words.map(String).join(" ")));
		const { sku, holder, away } = await someAway(1);
		const look = async () =>
			JSON.stringify([
				(await away[0].reservation(sku)).body,
				await reservationsOf(sku),
				await journalOf(sku),
				await stockOf(sku),
				await storedText(sku),
				mails.queued,
				lines,
			]);
		expect(await look()).not.toContain(addressOf(away[0]));
		await holder.release(sku);
		await queued(1);
		expect(await look()).not.toContain(addressOf(away[0]));
		await mails.deliver();
		expect(mails.sent).toHaveLength(1);
		await away[0].buy([{ sku, quantity: 1 }]);
		expect(await look()).not.toContain(addressOf(away[0]));
	});
});
