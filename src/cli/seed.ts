/**
 * A demo catalogue for a fresh server. It is added through the admin API, as a merchant would do it, and only to an
 * empty catalogue: a restart adds nothing.
 */
import { type Answer, type Call, describe, type HttpClient } from "./http.ts";

interface DemoProduct {
	readonly sku: string;
	readonly units: number;
	readonly product: {
		readonly title: string;
		readonly description: string;
		readonly price: { readonly amount: number; readonly currency: string };
		readonly policy?: { readonly limitPerShopper?: number; readonly holdSeconds?: number };
	};
}

/** The first purchase that `npm run dev` prints buys this one. */
export const FIRST_SKU = "enamel-mug";

const PRODUCTS: readonly DemoProduct[] = [
	{
		sku: FIRST_SKU,
		units: 200,
		product: {
			title: "Enamel mug",
			description: "Holds 350 ml and survives the campfire.",
			price: { amount: 1600, currency: "USD" },
		},
	},
	{
		sku: "canvas-tote",
		units: 80,
		product: {
			title: "Canvas tote",
			description: "Heavy cotton, long handles, one inner pocket.",
			price: { amount: 2400, currency: "USD" },
		},
	},
	{
		sku: "night-market-print",
		units: 40,
		product: {
			title: "Night market, A2 print",
			description: "Four colours on uncoated paper, signed. Two to a shopper.",
			price: { amount: 3800, currency: "USD" },
			policy: { limitPerShopper: 2 },
		},
	},
	{
		sku: "drop-12-12",
		units: 12,
		product: {
			title: "12.12 hoodie, numbered 1 to 12",
			description: "The whole edition is twelve. One to a shopper, held for two minutes.",
			price: { amount: 5900, currency: "USD" },
			policy: { limitPerShopper: 1, holdSeconds: 120 },
		},
	},
];

/** @returns how many products were added: 0 when any product exists */
export async function seedWhenEmpty(client: HttpClient, adminToken: string): Promise<number> {
	const shopper = await expectOk(client, { method: "POST", path: "/v1/shoppers" });
	const token = (shopper as { token: string }).token;
	const list = (await expectOk(client, { method: "GET", path: "/v1/products", token })) as { products: unknown[] };
	if (list.products.length > 0) return 0;
	for (const { sku, units, product } of PRODUCTS) {
		await expectOk(client, { method: "PUT", path: `/admin/v1/products/${sku}`, token: adminToken, json: product });
		await expectOk(client, {
			method: "POST",
			path: `/admin/v1/products/${sku}/restock`,
			token: adminToken,
			idempotencyKey: `demo-${sku}`,
			json: { quantity: units, reference: "demo catalogue" },
		});
	}
	return PRODUCTS.length;
}

async function expectOk(client: HttpClient, call: Call): Promise<unknown> {
	const answer: Answer = await client.send(call);
	if (answer.status >= 200 && answer.status < 300) return answer.body;
	throw new Error(`${call.method} ${call.path} was answered ${describe(answer)}`);
}
