/** Batched reservations: the app as it serves production, with batching on, and the real object. */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { createApp } from "../../src/http/app.ts";
import { ORIGIN } from "../support/http.ts";
import { newProduct, stockOf } from "../support/merchant.ts";
import { newShopper, type Shopper } from "../support/shopper.ts";

/** An app that counts its calls of `reserveMany`. All its requests share one context, as the test pool demands. */
function batchingApp() {
	const app = createApp({ batching: true });
	const ctx = createExecutionContext();
	let calls = 0;
	const counted = (stub: DurableObjectStub) =>
		new Proxy(stub, {
			get(target, name) {
				if (name === "reserveMany") calls += 1;
				return Reflect.get(target, name);
			},
		});
	const bindings = { ...env, SKU: { getByName: (name: string) => counted(env.SKU.getByName(name)) } };
	return {
		calls: () => calls,
		ended: () => waitOnExecutionContext(ctx),
		async reserve(sku: string, { token }: Shopper, quantity = 1): Promise<number> {
			const request = new Request(`${ORIGIN}/v1/reservations/${sku}`, {
				method: "PUT",
				headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
				body: JSON.stringify({ quantity }),
			});
			const response = await app.fetch(request, bindings as unknown as Env, ctx);
			await response.body?.cancel();
			return response.status;
		},
	};
}

it("gives each of many concurrent reservations its own decision, in far fewer calls than requests", async () => {
	const sku = await newProduct({ units: 7, policy: { waitlistLimit: 0 } });
	const shoppers = await Promise.all(Array.from({ length: 60 }, newShopper));
	const app = batchingApp();
	const statuses = await Promise.all(shoppers.map((shopper) => app.reserve(sku, shopper)));
	await app.ended();
	expect(statuses.filter((status) => status === 201)).toHaveLength(7);
	expect(statuses.filter((status) => status === 409)).toHaveLength(53);
	expect(await stockOf(sku)).toMatchObject({ available: 0, held: 7 });
	// The first goes alone, those that come meanwhile go together, and those after the last unit need no call.
	expect(app.calls()).toBeLessThanOrEqual(3);
});

it("sends a reservation at once when no call is under way", async () => {
	const sku = await newProduct({ units: 2 });
	const app = batchingApp();
	const ada = await newShopper();
	expect(await app.reserve(sku, ada)).toBe(201);
	expect(await app.reserve(sku, ada, 2)).toBe(200);
	await app.ended();
	expect(app.calls()).toBe(2);
});
