/** A checkout that was stored by earlier code, as a deploy in the middle of a sale finds it. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { expectSquare, pass, providerDown, providerUp, ring, stopTheClock } from "../support/backstage.ts";
import { newProduct, newShopper, pay, paymentIdOf } from "../support/shop.ts";

beforeEach(stopTheClock);
afterEach(async () => {
	await providerUp();
	vi.useRealTimers();
});

it("a checkout whose pauses were kept as two numbers is read, put off again and completed", async () => {
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
