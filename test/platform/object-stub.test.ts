/** Where an object is looked for: in the jurisdiction and near the place that the deployment names. */
import { describe, expect, it } from "vitest";
import { callCheckout } from "../../src/checkout/client.ts";
import { callHeldSkus } from "../../src/shoppers/client.ts";
import { callSku } from "../../src/stock/client.ts";
import { callEndpoint } from "../../src/webhooks/client.ts";

/** Bindings whose namespaces note what they are asked. */
function shop(vars: Partial<Env>) {
	const asked: unknown[] = [];
	const namespace = (where: string): object => ({
		jurisdiction: (name: string) => namespace(`${where} in ${name}`),
		getByName: (name: string, options?: object) => {
			asked.push([where, name, ...(options === undefined ? [] : [options])]);
			return {};
		},
	});
	const [SKU, CHECKOUT, HOLDINGS, WEBHOOKS] = ["SKU", "CHECKOUT", "HOLDINGS", "WEBHOOKS"].map(namespace);
	const settings = { ENVIRONMENT: "production", JURISDICTION: "", LOCATION_HINT: "", ...vars };
	return { asked, env: { ...settings, SKU, CHECKOUT, HOLDINGS, WEBHOOKS } as unknown as Env };
}

async function askedOf(vars: Partial<Env>): Promise<unknown[]> {
	const { asked, env } = shop(vars);
	await callSku(env, "tee", async () => null);
	await callCheckout(env, "co_1", async () => null);
	await callHeldSkus(env, "s_1", async () => null);
	await callEndpoint(env, "wh_1", async () => null);
	return asked;
}

describe("the objects of a deployment", () => {
	it("are anywhere where nothing is said, and on a laptop whatever is said", async () => {
		const anywhere = [
			["SKU", "tee"],
			["CHECKOUT", "co_1"],
			["HOLDINGS", "s_1"],
			["WEBHOOKS", "wh_1"],
		];
		expect(await askedOf({})).toEqual(anywhere);
		expect(await askedOf({ JURISDICTION: "eu", ENVIRONMENT: "local" })).toEqual(anywhere);
	});

	it("are all of them in its jurisdiction", async () => {
		expect(await askedOf({ JURISDICTION: "eu" })).toEqual([
			["SKU in eu", "tee"],
			["CHECKOUT in eu", "co_1"],
			["HOLDINGS in eu", "s_1"],
			["WEBHOOKS in eu", "wh_1"],
		]);
	});

	it("are, of a SKU, near the place that is hinted, in the jurisdiction too", async () => {
		const hinted = { locationHint: "weur" };
		expect((await askedOf({ LOCATION_HINT: "weur" }))[0]).toEqual(["SKU", "tee", hinted]);
		expect((await askedOf({ LOCATION_HINT: "weur", JURISDICTION: "eu" }))[0]).toEqual(["SKU in eu", "tee", hinted]);
	});
});
