/** "Sold out" from the isolate's memory: what opens it for the next who asks, and what does not. */
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { useStoppedClock } from "../support/clock.ts";
import { callWith, expectProblem } from "../support/http.ts";
import { newProduct } from "../support/merchant.ts";
import { pay } from "../support/provider.ts";
import { newShopper, paymentIdOf, type Shopper } from "../support/shopper.ts";

useStoppedClock();

/** How often the SKU's object was asked for what this shopper is refused. */
async function asked(sku: string, shopper: Shopper): Promise<number> {
	let calls = 0;
	const SKU = {
		getByName: (name: string) => {
			calls += 1;
			return env.SKU.getByName(name);
		},
	};
	const options = { token: shopper.token, json: { quantity: 1 } };
	expectProblem(await callWith({ SKU }, "PUT", `/v1/reservations/${sku}`, options), 409, "sold-out");
	return calls;
}

it("stays when what is pinned is sold, and when a checkout that has ended is read", async () => {
	const sku = await newProduct({ units: 2, policy: { waitlistLimit: 0 } });
	const [ada, bob, eve, fay] = await Promise.all([newShopper(), newShopper(), newShopper(), newShopper()]);
	const sold = await ada.checkout([{ sku, quantity: 1 }]);
	const cancelled = await bob.checkout([{ sku, quantity: 1 }]);
	expect(await asked(sku, fay)).toBe(1);
	expect(await asked(sku, fay)).toBe(0);
	await pay(paymentIdOf(sold));
	expect((await ada.read(sold.id)).body.status).toBe("completed");
	expect(await asked(sku, fay)).toBe(0);

	await bob.cancel(cancelled.id);
	expect((await eve.reserve(sku, 1)).status).toBe(201);
	expect(await asked(sku, fay)).toBe(1);
	expect((await bob.read(cancelled.id)).body.status).toBe("cancelled");
	expect(await asked(sku, fay)).toBe(0);
});
