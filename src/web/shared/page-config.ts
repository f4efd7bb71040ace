/** What the Worker told this page about the deployment: `src/http/pages.ts` writes it into the page's head. */

export interface PageConfig {
	/** `sandbox` shows a card form of its own, `stripe` loads Stripe's. */
	readonly paymentProvider: "sandbox" | "stripe" | "none";
	/** Stripe's publishable key; empty for every other provider. */
	readonly stripePublishableKey: string;
	/** A laptop: the sandbox's outcomes may be chosen by hand. */
	readonly isLocal: boolean;
	readonly shopName: string;
	/** Cloudflare Access may have let the merchant in already. */
	readonly hasAccess: boolean;
	/** Whoever waits may be told by mail. */
	readonly sendsMail: boolean;
	/** Cloudflare Turnstile is asked before somebody becomes a shopper; empty where it is not. */
	readonly turnstileSiteKey: string;
}

const FALLBACK: PageConfig = {
	paymentProvider: "none",
	stripePublishableKey: "",
	isLocal: false,
	shopName: "Holdfast",
	hasAccess: false,
	sendsMail: false,
	turnstileSiteKey: "",
};

export function pageConfig(): PageConfig {
	const text = document.querySelector('meta[name="holdfast-config"]')?.getAttribute("content");
	return text ? { ...FALLBACK, ...(JSON.parse(text) as Partial<PageConfig>) } : FALLBACK;
}
