/** The sold-out cache over HTTP: which requests invalidate it, and which do not. */
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { useStoppedClock } from "../support/clock.ts";
import { callWith, expectProblem } from "../support/http.ts";
import { newProduct } from "../support/merchant.ts";
import { pay } from "../support/provider.ts";
import { newShopper, paymentIdOf, type Shopper } from "../support/shopper.ts";

useStoppedClock();

/** How many calls to the SKU's object it takes to refuse this shopper. */
async function callsToRefuse(sku: string, shopper: Shopper): Promise<number> {
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

it("refuses from the sold-out cache after a pinned unit is sold, and after an ended checkout is read", async () => {
	const sku = await newProduct({ units: 2, policy: { waitlistLimit: 0 } });
	const [ada, bob, eve, fay] = await Promise.all([newShopper(), newShopper(), newShopper(), newShopper()]);
	const sold = await ada.checkout([{ sku, quantity: 1 }]);
	const cancelled = await bob.checkout([{ sku, quantity: 1 }]);
	expect(await callsToRefuse(sku, fay)).toBe(1);
	expect(await callsToRefuse(sku, fay)).toBe(0);
	await pay(paymentIdOf(sold));
	expect((await ada.read(sold.id)).body.status).toBe("completed");
	expect(await callsToRefuse(sku, fay)).toBe(0);

	await bob.cancel(cancelled.id);
	expect((await eve.reserve(sku, 1)).status).toBe(201);
	expect(await callsToRefuse(sku, fay)).toBe(1);
	expect((await bob.read(cancelled.id)).body.status).toBe("cancelled");
	expect(await callsToRefuse(sku, fay)).toBe(0);
});
