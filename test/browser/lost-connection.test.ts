/** A shop, or a SKU of it, that goes away while somebody looks at it or holds something of it. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isWithoutBrowser } from "./chromium.ts";
import { BrowserShop } from "./shop.ts";
import { closeBrowser, Visitor } from "./visitor.ts";

const skip = isWithoutBrowser();
let shop: BrowserShop;

beforeAll(async () => {
	if (!skip) shop = await BrowserShop.open();
});
afterAll(async () => {
	await closeBrowser();
	await shop?.close();
});

describe.skipIf(skip)("a shopper whose connection is lost in a hold", () => {
	it("is told so, loses nothing, and goes on by themselves when the shop is back", async () => {
		const address = await shop.product("mug", 1);
		const visitor = await Visitor.arrive(shop.origin, { expectedError: /ERR_CONNECTION|WebSocket|Failed to load/ });
		const { page } = visitor;
		await page.goto(address);
		await page.getByRole("button", { name: "Hold it for me" }).click();
		await page.getByText("It is held for you").waitFor();
		await shop.server.kill();
		await page.getByText("No connection to the shop").waitFor();
		await shop.server.restart();
		await page.getByText("No connection to the shop").waitFor({ state: "detached" });
		await page.getByText("It is held for you").waitFor();
		await page.getByRole("button", { name: "Give it back" }).click();
		await page.getByText("Given back.").waitFor();
		await visitor.leave();
	});
});

describe.skipIf(skip)("a shopper who looks at the list while one SKU cannot answer", () => {
	it("sees every product, that one without saying what is left of it", async () => {
		await shop.product("away", 1);
		await shop.product("there", 3);
		const visitor = await Visitor.arrive(shop.origin);
		const { page } = visitor;
		await page.route("**/v1/products?*", async (route) => {
			const answer = await route.fetch();
			const body = (await answer.json()) as { products: { sku: string; availability: object | null }[] };
			for (const product of body.products) if (product.sku === "away") product.availability = null;
			await route.fulfill({ response: answer, json: body });
		});
		await page.goto(shop.origin);
		const card = (name: string) => page.getByRole("link", { name });
		await card("The there").getByText("3 left").waitFor();
		expect(await card("The away").textContent()).toBe("The away$19.99");
		await visitor.leave();
	});
});
