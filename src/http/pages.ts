/**
 * The pages: `/`, `/products/{sku}`, `/orders`, `/orders/{id}`, `/checkout/{id}`, `/admin` and `/elements`.
 *
 * `page.ts` serves each. For a product it gets here what a search engine or a messenger reads of it. Everything else a
 * page asks of the API, like any other client. A deployment that is not set up shows what to run instead (`set-up.ts`).
 */
import { Hono, type MiddlewareHandler } from "hono";
import type { Product } from "../catalog/product.ts";
import { minorUnitOf } from "../payments/currencies.ts";
import { time } from "../platform/rfc3339.ts";
import type { Availability } from "../stock/rpc.ts";
import { type AppEnv, edgeSku } from "./context.ts";
import { escapeHtml, jsonInHtml, page, titleOf } from "./page.ts";
import { requireSetUp } from "./set-up.ts";
import { SkuPath } from "./shapes/common.ts";

/** https://schema.org/ItemAvailability */
const SCHEMA_AVAILABILITY: Readonly<Record<Availability["status"], string>> = {
	in_stock: "InStock",
	all_held: "OutOfStock",
	preorder: "PreOrder",
	sold_out: "SoldOut",
	not_started: "PreSale",
	ended: "SoldOut",
};

function productHead(product: Product, availability: Availability, shopName: string, url: string): string {
	const { title, description, imageUrl, priceMinor, currency, policy } = product;
	const image = imageUrl === null ? null : new URL(imageUrl, url).href;
	const digits = minorUnitOf(currency) ?? 2;
	const price = (priceMinor / 10 ** digits).toFixed(digits);
	const offer = {
		"@type": "Offer",
		url,
		price,
		priceCurrency: currency,
		availability: `https://schema.org/${SCHEMA_AVAILABILITY[availability.status]}`,
		...(policy.saleStartsAtMs === null ? {} : { validFrom: time(policy.saleStartsAtMs) }),
		...(policy.saleEndsAtMs === null ? {} : { priceValidUntil: time(policy.saleEndsAtMs) }),
		...(policy.preorder?.expectedAtMs ? { availabilityStarts: time(policy.preorder.expectedAtMs) } : {}),
	};
	const product_ = {
		"@context": "https://schema.org",
		"@type": "Product",
		name: title,
		sku: product.sku,
		...(description === null ? {} : { description }),
		...(image === null ? {} : { image }),
		offers: offer,
	};
	const metas: readonly (readonly [string, string | null])[] = [
		["og:type", "product"],
		["og:title", title],
		["og:description", description],
		["og:image", image],
		["og:url", url],
		["og:site_name", shopName],
		["product:price:amount", price],
		["product:price:currency", currency],
	];
	const tags = metas.map(([property, content]) =>
		content === null ? "" : `<meta property="${property}" content="${escapeHtml(content)}">`,
	);
	const summary = description === null ? "" : `<meta name="description" content="${escapeHtml(description)}">`;
	return [
		`<title>${escapeHtml(title)} · ${escapeHtml(shopName)}</title>`,
		summary,
		`<link rel="canonical" href="${escapeHtml(url)}">`,
		...tags,
		`<script type="application/ld+json">${jsonInHtml(product_)}</script>`,
	].join("");
}

const forShoppers: MiddlewareHandler<AppEnv> = async (c, next) => {
	await requireSetUp(c, "shopper");
	return next();
};
const forMerchants: MiddlewareHandler<AppEnv> = async (c, next) => {
	await requireSetUp(c, "merchant");
	return next();
};

export const pages = new Hono<AppEnv>()
	.get("/", forShoppers, (c) => page(c, "storefront", { head: `<title>${escapeHtml(c.env.SHOP_NAME)}</title>` }))
	.get("/products/:sku", forShoppers, async (c) => {
		const parsed = SkuPath.safeParse({ sku: c.req.param("sku") });
		const sku = parsed.success ? edgeSku(c, parsed.data.sku) : null;
		const product = sku && (await sku.product());
		const availability = product && !product.isArchived ? await sku.availability() : null;
		if (product === null || availability === null) {
			return page(c, "storefront", { head: titleOf("Not found", c.env.SHOP_NAME), status: 404 });
		}
		const url = new URL(`/products/${product.sku}`, c.req.url).href;
		return page(c, "storefront", { head: productHead(product, availability, c.env.SHOP_NAME, url) });
	})
	.get("/orders", forShoppers, (c) => page(c, "storefront", { head: titleOf("Your orders", c.env.SHOP_NAME) }))
	.get("/orders/:id", forShoppers, (c) => page(c, "storefront", { head: titleOf("Your order", c.env.SHOP_NAME) }))
	.get("/checkout/:id", forShoppers, (c) => page(c, "pay", { head: titleOf("Pay", c.env.SHOP_NAME) }))
	.get("/admin", forMerchants, (c) => page(c, "admin", { head: titleOf("Admin", c.env.SHOP_NAME) }))
	.get("/admin/", (c) => c.redirect("/admin", 301))
	.get("/elements", (c) => page(c, "elements", { head: titleOf("Elements", c.env.SHOP_NAME) }));
