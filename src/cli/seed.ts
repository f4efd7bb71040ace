/**
 * A demo catalogue for a fresh server. It is added through the admin API, as a merchant would do it, and only to an
 * empty catalogue: a restart adds nothing.
 */
import { createAdmin, type ProductDefinition, unwrap } from "../client/index.ts";

interface DemoProduct {
	readonly sku: string;
	/** 0 for what is not there yet. */
	readonly units: number;
	readonly title: string;
	readonly description: string;
	/** US cents. */
	readonly price: number;
	readonly policy?: ProductDefinition["policy"];
}

/** The first purchase that `npm run dev` prints buys this one. */
export const FIRST_SKU = "enamel-mug";

const DAY_MS = 86_400_000;

/** A shop in which each state that a product can be in is to be seen. */
const catalogue = (nowMs: number): readonly DemoProduct[] => [
	{
		sku: FIRST_SKU,
		units: 200,
		title: "Enamel mug",
		description: "Holds 350 ml and survives the campfire. Speckled by hand, so no two are the same.",
		price: 1_600,
	},
	{
		sku: "canvas-tote",
		units: 80,
		title: "Canvas tote",
		description: "Heavy cotton, long handles, one inner pocket. It carries a week of groceries.",
		price: 2_400,
	},
	{
		sku: "night-market-print",
		units: 40,
		title: "Night market, A2 print",
		description: "Four colours on uncoated paper, signed and framed. Two to a shopper.",
		price: 3_800,
		policy: { limitPerShopper: 2 },
	},
	{
		sku: "drop-12-12",
		units: 12,
		title: "12.12 hoodie, numbered 1 to 12",
		description: "The whole edition is twelve. One to a shopper, held for two minutes.",
		price: 5_900,
		policy: { limitPerShopper: 1, holdSeconds: 120, waitlistLimit: 50 },
	},
	{
		sku: "cedar-candle",
		units: 1,
		title: "Cedar candle, the last one",
		description:
			"Open this page in two browsers and take it in one of them: the other may wait in line, and gets it if you give it back.",
		price: 2_900,
		policy: { holdSeconds: 90, offerSeconds: 90, waitlistLimit: 20 },
	},
	{
		sku: "walnut-lamp",
		units: 0,
		title: "Walnut lamp",
		description:
			"Turned from one piece, with a linen shade. The next batch is in the workshop, and can be ordered in advance.",
		price: 14_900,
		policy: {
			preorder: { capacity: 50, expectedAt: new Date(nowMs + 30 * DAY_MS).toISOString(), termsVersion: "2026-12" },
		},
	},
	{
		sku: "runner-one",
		units: 60,
		title: "Runner One",
		description: "The first shoe of the house. The sale opens by the clock, for everybody at the same moment.",
		price: 11_900,
		policy: { limitPerShopper: 1, saleStartsAt: new Date(nowMs + 3 * DAY_MS).toISOString() },
	},
];

/**
 * @param origin where the server listens
 * @param shownAt where a browser finds it, for the addresses of the pictures
 * @returns how many products were added: 0 when any product exists
 */
export async function seedWhenEmpty(origin: string, adminToken: string, shownAt = origin): Promise<number> {
	const admin = createAdmin({ origin, token: adminToken });
	if (unwrap(await admin.listDefinedProducts({ limit: 1 })).products.length > 0) return 0;
	const products = catalogue(Date.now());
	for (const { sku, units, title, description, price, policy = {} } of products) {
		const imageUrl = `${shownAt}/app/demo/${sku}.svg`;
		const product = { sku, title, description, imageUrl, price: { amount: price, currency: "USD" }, policy };
		unwrap(await admin.defineProduct(product));
		if (units === 0) continue;
		const delivery = { sku, quantity: units, reference: "demo catalogue" };
		unwrap(await admin.restock(delivery, { idempotencyKey: `demo-${sku}` }));
	}
	return products.length;
}
