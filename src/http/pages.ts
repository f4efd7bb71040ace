/**
 * The pages: `/`, `/products/{sku}`, `/orders`, `/orders/{id}`, `/checkout/{id}`, `/admin` and `/elements`.
 *
 * A page is a file of `.assets/pages/` and gets three things here: its content security policy, what the deployment is
 * (`web/shared/page-config.ts`), and, for a product, what a search engine or a messenger reads of it. Everything else a
 * page asks of the API, like any other client.
 */
import { type Context, Hono } from "hono";
import type { Product } from "../catalog/product.ts";
import { time } from "../platform/rfc3339.ts";
import type { Availability } from "../stock/rpc.ts";
import { type AppEnv, edgeSku } from "./context.ts";
import { accessIsConfigured } from "./middleware/cloudflare-access.ts";
import { SkuPath } from "./shapes/common.ts";

type PageName = "storefront" | "pay" | "admin" | "elements";

/** This origin alone, and no inline script or style. Pictures may be the merchant's, from anywhere. */
const POLICY = {
	"default-src": "'none'",
	"script-src": "'self'",
	"style-src": "'self'",
	"img-src": "'self' https: data:",
	"connect-src": "'self'",
	"manifest-src": "'self'",
	"form-action": "'self'",
	"base-uri": "'none'",
	"frame-ancestors": "'self'",
} as const;

/** What Stripe's form needs beside that, on the page that shows it. https://docs.stripe.com/security/guide */
const STRIPE_POLICY = {
	"script-src": "'self' https://js.stripe.com https://*.js.stripe.com",
	"frame-src": "https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com",
	"connect-src": "'self' https://api.stripe.com",
} as const;

const policyText = (policy: Readonly<Record<string, string>>): string =>
	Object.entries(policy)
		.map(([name, value]) => `${name} ${value}`)
		.join("; ");

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
/** JSON inside a script element: nothing in it may end the element. */
const jsonInHtml = (value: unknown): string => JSON.stringify(value).replace(/</g, "\\u003c");

const isStripe = (env: Env): boolean => env.PAYMENT_PROVIDER === "stripe";

async function page(c: Context<AppEnv>, name: PageName, head: string, status: 200 | 404 = 200): Promise<Response> {
	const { env } = c;
	const file = await env.ASSETS.fetch(new URL(`/pages/${name}.html`, c.req.url));
	const config = {
		paymentProvider: isStripe(env) ? "stripe" : env.PAYMENT_PROVIDER,
		stripePublishableKey: env.STRIPE_PUBLISHABLE_KEY,
		isLocal: env.ENVIRONMENT === "local",
		shopName: env.SHOP_NAME,
		hasAccess: accessIsConfigured(env),
	};
	const meta = `<meta name="holdfast-config" content="${escapeHtml(JSON.stringify(config))}">`;
	const policy = name === "pay" && isStripe(env) ? { ...POLICY, ...STRIPE_POLICY } : POLICY;
	const html = new HTMLRewriter()
		.on("head", {
			element: (element) => {
				element.append(`${meta}${head}`, { html: true });
			},
		})
		.on("title", {
			element: (element) => {
				if (head.includes("<title>")) element.remove();
			},
		})
		.transform(file);
	return new Response(html.body, {
		status: file.ok ? status : file.status,
		headers: {
			"content-type": "text/html; charset=utf-8",
			"cache-control": "no-cache",
			"content-security-policy": policyText(policy),
		},
	});
}

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
	const digits =
		new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
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

const titleOf = (text: string, shopName: string): string => `<title>${escapeHtml(`${text} · ${shopName}`)}</title>`;

export const pages = new Hono<AppEnv>()
	.get("/", (c) => page(c, "storefront", `<title>${escapeHtml(c.env.SHOP_NAME)}</title>`))
	.get("/products/:sku", async (c) => {
		const parsed = SkuPath.safeParse({ sku: c.req.param("sku") });
		const sku = parsed.success ? edgeSku(c, parsed.data.sku) : null;
		const product = sku && (await sku.product());
		const availability = product && !product.isArchived ? await sku.availability() : null;
		if (product === null || availability === null) {
			return page(c, "storefront", titleOf("Not found", c.env.SHOP_NAME), 404);
		}
		const url = new URL(`/products/${product.sku}`, c.req.url).href;
		return page(c, "storefront", productHead(product, availability, c.env.SHOP_NAME, url));
	})
	.get("/orders", (c) => page(c, "storefront", titleOf("Your orders", c.env.SHOP_NAME)))
	.get("/orders/:id", (c) => page(c, "storefront", titleOf("Your order", c.env.SHOP_NAME)))
	.get("/checkout/:id", (c) => page(c, "pay", titleOf("Pay", c.env.SHOP_NAME)))
	.get("/admin", (c) => page(c, "admin", titleOf("Admin", c.env.SHOP_NAME)))
	.get("/admin/", (c) => c.redirect("/admin", 301))
	.get("/elements", (c) => page(c, "elements", titleOf("Elements", c.env.SHOP_NAME)));
