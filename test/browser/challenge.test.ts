/** A shop that asks for a challenge before somebody becomes a shopper: its pages show it, and only then. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { unwrap } from "../../src/client/index.ts";
import { isWithoutBrowser } from "./chromium.ts";
import { BrowserShop } from "./shop.ts";
import { closeBrowser, Visitor } from "./visitor.ts";

const skip = isWithoutBrowser();
let shop: BrowserShop;

beforeAll(async () => {
	if (skip) return;
	shop = await BrowserShop.open({ TURNSTILE_SECRET_KEY: "secret", TURNSTILE_SITE_KEY: "a-site-key" });
	await shop.product("candle", 1);
});
afterAll(async () => {
	await closeBrowser();
	await shop?.close();
});

/** Stands in for the widget: it gives what the page has to send on. */
const WIDGET = `window.turnstile = {
	render(place, { sitekey, callback }) { place.textContent = "widget"; callback("solved " + sitekey); return "w1"; },
	remove() {},
};`;

it.skipIf(skip)("sends what the widget gave, and leaves visitors alone who only look", async () => {
	const visitor = await Visitor.arrive(shop.origin, { alsoAsks: ["https://challenges.cloudflare.com"] });
	const { page } = visitor;
	let loaded = 0;
	await page.route("https://challenges.cloudflare.com/**", (route) => {
		loaded++;
		return route.fulfill({ contentType: "text/javascript", body: WIDGET });
	});
	const sent: unknown[] = [];
	// Turnstile's own server cannot be reached from here: the merchant makes the shopper instead.
	await page.route("**/v1/shoppers", async (route) => {
		sent.push(route.request().postDataJSON());
		await route.fulfill({ status: 201, json: unwrap(await shop.admin.createShopperToken({ shopperId: "visitor-1" })) });
	});
	await page.goto(`${shop.origin}/products/candle`);
	const button = page.getByRole("button", { name: "Hold it for me" });
	await button.waitFor();
	expect(loaded).toBe(0);
	await button.click();
	await page.getByText("It is held for you").waitFor();
	expect([loaded, sent]).toEqual([1, [{ turnstileToken: "solved a-site-key" }]]);
	expect(await page.locator(".challenge").count()).toBe(0);
	await visitor.leave();
});
