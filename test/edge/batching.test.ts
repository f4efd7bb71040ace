/** Reservations that travel together, through the app that serves production: batching on, against the real object. */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { createApp } from "../../src/http/app.ts";
import { ORIGIN } from "../support/http.ts";
import { newProduct, stockOf } from "../support/merchant.ts";
import { newShopper, type Shopper } from "../support/shopper.ts";

/** An app of its own, and how often it has called the SKU's object to reserve. All requests come from one context. */
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

it("answers each of a crowd by its own decision, in far fewer calls than requests", async () => {
	const sku = await newProduct({ units: 7, policy: { waitlistLimit: 0 } });
	const shoppers = await Promise.all(Array.from({ length: 60 }, newShopper));
	const app = batchingApp();
	const statuses = await Promise.all(shoppers.map((shopper) => app.reserve(sku, shopper)));
	await app.ended();
	expect(statuses.filter((status) => status === 201)).toHaveLength(7);
	expect(statuses.filter((status) => status === 409)).toHaveLength(53);
	expect(await stockOf(sku)).toMatchObject({ available: 0, held: 7 });
	// The first goes at once, those who came meanwhile together, and whoever comes after the last unit asks nobody.
	expect(app.calls()).toBeLessThanOrEqual(3);
});

it("sends a request that finds nobody under way at once, each time", async () => {
	const sku = await newProduct({ units: 2 });
	const app = batchingApp();
	const ada = await newShopper();
	expect(await app.reserve(sku, ada)).toBe(201);
	expect(await app.reserve(sku, ada, 2)).toBe(200);
	await app.ended();
	expect(app.calls()).toBe(2);
});
