/**
 * Serves a page: a file of `.assets/pages/` with its content security policy, and what the deployment is
 * (`web/shared/page-config.ts`). Which pages there are stands in `pages.ts` and `problem-pages.ts`.
 */
import type { Context } from "hono";
import { configuredMailer } from "../mail/configured.ts";
import type { AppEnv } from "./context.ts";
import { accessIsConfigured } from "./middleware/cloudflare-access.ts";
import { asksTurnstile } from "./middleware/turnstile.ts";

type PageName = "storefront" | "pay" | "admin" | "elements" | "plain";

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

const FOR_SHOPPERS: readonly PageName[] = ["storefront", "pay"];

/** https://developers.cloudflare.com/turnstile/reference/content-security-policy/ */
const withTurnstile = (isStripesToo: boolean): Readonly<Record<string, string>> => {
	const { "script-src": scripts, "frame-src": frames = "" } = isStripesToo
		? STRIPE_POLICY
		: { ...POLICY, "frame-src": undefined };
	return { "script-src": `${scripts} ${TURNSTILE}`, "frame-src": `${frames} ${TURNSTILE}`.trim() };
};

const policyText = (policy: Readonly<Record<string, string>>): string =>
	Object.entries(policy)
		.map(([name, value]) => `${name} ${value}`)
		.join("; ");

export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
/** What Turnstile's widget needs, on the pages where somebody may become a shopper. */
const TURNSTILE = "https://challenges.cloudflare.com";
/** JSON inside a script element: nothing in it may end the element. */
export const jsonInHtml = (value: unknown): string => JSON.stringify(value).replace(/</g, "\\u003c");

const isStripe = (env: Env): boolean => env.PAYMENT_PROVIDER === "stripe";

export const titleOf = (text: string, shopName: string): string =>
	`<title>${escapeHtml(`${text} · ${shopName}`)}</title>`;

/** A page of text, where its file was not built: it has to say what is wrong all the same. */
const UNBUILT =
	'<!doctype html><html lang="en"><head><title></title></head><body><main id="content"></main></body></html>';

interface PageContent {
	/** What the head has beside the page's own. */
	readonly head: string;
	readonly status?: number;
	readonly headers?: Readonly<Record<string, string>>;
	/** What the page says, for a page of text. */
	readonly main?: string;
}

/** @throws nothing: a page whose file is not there has the status that its file has */
export async function page(c: Context<AppEnv>, name: PageName, content: PageContent): Promise<Response> {
	const { env } = c;
	const { head, status = 200, headers, main } = content;
	const stored = await env.ASSETS.fetch(new URL(`/pages/${name}.html`, c.req.url));
	const file = stored.ok || name !== "plain" ? stored : new Response(UNBUILT);
	const config = {
		paymentProvider: isStripe(env) ? "stripe" : env.PAYMENT_PROVIDER,
		stripePublishableKey: env.STRIPE_PUBLISHABLE_KEY,
		isLocal: env.ENVIRONMENT === "local",
		shopName: env.SHOP_NAME,
		hasAccess: accessIsConfigured(env),
		sendsMail: configuredMailer(env) !== null,
		turnstileSiteKey: asksTurnstile(env) ? env.TURNSTILE_SITE_KEY : "",
	};
	// A page of text has no script that would read it.
	const meta = name === "plain" ? "" : `<meta name="holdfast-config" content="${escapeHtml(JSON.stringify(config))}">`;
	const policy = {
		...POLICY,
		...(name === "pay" && isStripe(env) ? STRIPE_POLICY : {}),
		...(asksTurnstile(env) && FOR_SHOPPERS.includes(name) ? withTurnstile(name === "pay" && isStripe(env)) : {}),
		// A laptop has no certificate, and is reached under several names.
		...(env.ENVIRONMENT === "local" ? { "img-src": `${POLICY["img-src"]} http:` } : {}),
	};
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
		.on(".brand", {
			element: (element) => {
				element.setInnerContent(env.SHOP_NAME);
			},
		})
		.on("#content", {
			element: (element) => {
				if (main !== undefined) element.setInnerContent(main, { html: true });
			},
		})
		.transform(file);
	return new Response(html.body, {
		status: file.ok ? status : file.status,
		headers: {
			...headers,
			"content-type": "text/html; charset=utf-8",
			"cache-control": "no-cache",
			"content-security-policy": policyText(policy),
		},
	});
}
