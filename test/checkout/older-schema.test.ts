/** A checkout that was stored by earlier code, as a deploy in the middle of a sale finds it. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { CHECKOUT_MIGRATIONS_BEFORE } from "../../src/checkout/storage.ts";
import type { Payment } from "../../src/payments/provider.ts";
import { migrate } from "../../src/platform/migrate.ts";
import { eventually, pass, ring, useStoppedClock } from "../support/clock.ts";
import { newProduct } from "../support/merchant.ts";
import { expectSquare } from "../support/money.ts";
import { clearFaultsAfterEach, pay, providerDown, providerUp } from "../support/provider.ts";
import { newShopper, paymentIdOf } from "../support/shopper.ts";

useStoppedClock();
clearFaultsAfterEach();

describe("a checkout that was stored by earlier code", () => {
	it("is read, deferred again and completed when its pauses were stored as two numbers", async () => {
		const sku = await newProduct({ units: 1 });
		const ada = await newShopper();
		const opened = await ada.checkout([{ sku, quantity: 1 }]);
		await providerDown("capture", "read");
		await pay(paymentIdOf(opened));
		const stub = env.CHECKOUT.getByName(opened.id);
		await runInDurableObject(stub, (_, { storage: { sql } }) => {
			sql.exec("UPDATE checkout SET json = json_set(json_remove(json, '$.pauses'), '$.failures', 2, '$.retryAtMs', 7)");
		});
		await evictDurableObject(stub);
		expect((await ada.read(opened.id)).body.status).toBe("committing");
		await providerUp();
		pass(61);
		await ring.checkout(opened.id);
		expect((await ada.read(opened.id)).body.status).toBe("completed");
		expect(await expectSquare(ada, opened.id)).toBe(1999);
	});

	it("goes on in the middle of everything, without what later code added to its state", async () => {
		const sku = await newProduct({ units: 3 });
		const ada = await newShopper();
		const { id, payment } = await ada.checkout([{ sku, quantity: 3 }]);
		const stub = env.CHECKOUT.getByName(id);
		/** The state as the code before would have stored it, and its payment as the code before knows payments. */
		const forget = async () => {
			await runInDurableObject(stub, (_, { storage: { sql } }) => {
				const added = ["terms", "keyNumber", "refundsReturned", "unsettled", "payment.revision", "payment.unclear"];
				const beside = ["adjustments", "shipTo", "metadata", "isExternal"];
				const ofSnapshot = ["payment.seen.disputedMinor", "payment.seen.attemptUnderWay", "graceOver"];
				const paths = [...added, ...beside, ...ofSnapshot].map((path) => `'$.${path}'`).join(", ");
				sql.exec(`UPDATE checkout SET json = json_remove(json, ${paths}, '$.lines[0].accepted')`);
			});
			await evictDurableObject(stub);
		};
		await forget();
		expect((await ada.read(id)).body.status).toBe("awaiting_payment");
		await providerDown("capture", "read");
		await pay(paymentIdOf({ id, payment } as never));
		await forget();
		expect((await ada.read(id)).body).toMatchObject({ status: "committing", unsettled: null });
		await providerUp();
		pass(61);
		await ring.checkout(id);
		await forget();
		expect((await ada.read(id)).body.status).toBe("completed");
		expect(await stub.refund([{ sku, quantity: 1 }], false, "damaged", "key")).toMatchObject({ kind: "refunding" });
		await forget();
		expect(await stub.comparePayment()).toMatchObject({ kind: "read", isNews: false, keptMinor: 2 * 1999 });
		expect(await expectSquare(ada, id)).toBe(2 * 1999);
	});

	it("takes the calls of code that knows nothing of attempts, terms and disputes", async () => {
		const sku = await newProduct({ units: 1 });
		const stub = env.CHECKOUT.getByName(`co_${crypto.randomUUID()}`);
		const id = stub.id.name as string;
		const request = { id, shopperId: "s_1", email: "ada@example.com", acceptPreorder: false, partial: false };
		const opened = await stub.open({ ...request, lines: [{ sku, quantity: 1 }] }, "f");
		if (opened.kind !== "opened" || opened.checkout.payment === null) throw new Error("it was not opened");
		expect(opened.checkout).toMatchObject({ phase: "awaiting", terms: null, adjustments: [], isExternal: false });
		const { disputedMinor, attemptUnderWay, ...seen } = opened.checkout.payment.seen;
		const paid = { ...seen, status: "authorised", authorisedMinor: 1999, paidAtMs: Date.now() } as unknown as Payment;
		expect(await stub.paymentEvent("evt_1", paid)).toMatchObject({
			phase: "committing",
			payment: { seen: { disputedMinor: 0, attemptUnderWay: false } },
		});
	});

	it.each([
		["each event was a row", 0],
		["all of them were in one index", 1],
	] as const)("keeps its events when %s, and goes on with them", async (_, history) => {
		const sku = await newProduct({ units: 1 });
		const ada = await newShopper();
		const opened = await ada.checkout([{ sku, quantity: 1 }]);
		const stub = env.CHECKOUT.getByName(opened.id);
		await pay(paymentIdOf(opened));
		await eventually(async () => expect((await stub.events()).at(-1)?.kind).toBe("recorded"));
		const events = await stub.events();
		await runInDurableObject(stub, (_, { storage }) => {
			const { sql } = storage;
			const { fingerprint, json } = sql
				.exec<{ fingerprint: string; json: string }>("SELECT fingerprint, json FROM checkout")
				.one();
			sql.exec("DROP TABLE checkout; DROP TABLE migrations");
			migrate(storage, CHECKOUT_MIGRATIONS_BEFORE[history]?.slice(0, 1) ?? []);
			sql.exec("INSERT INTO checkout VALUES (1, ?, ?)", fingerprint, json);
			for (const { seq, atMs, kind, eventId, detail } of events)
				sql.exec("INSERT INTO events VALUES (?, ?, ?, ?, ?)", seq, atMs, kind, eventId, detail);
		});
		await evictDurableObject(stub);

		expect((await ada.read(opened.id)).body.status).toBe("completed");
		expect(await stub.events()).toEqual(events);
		const webhook = events.find(({ eventId }) => eventId !== null);
		const { payment } = JSON.parse(webhook?.detail ?? "") as { payment: Payment };
		await stub.paymentEvent(webhook?.eventId ?? "", { ...payment, disputedMinor: 1 });
		await stub.setMetadata({ invoice: "7" });
		await eventually(async () => expect((await stub.events()).at(-1)?.kind).toBe("recorded"));
		const now = await stub.events();
		expect(now.slice(0, events.length)).toEqual(events);
		expect(now.map(({ seq }) => seq)).toEqual(now.map((_, i) => i + 1));
		expect(now.filter(({ kind }) => kind === "payment-seen")).toEqual(
			events.filter(({ kind }) => kind === "payment-seen"),
		);
	});
});
