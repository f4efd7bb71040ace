/** A shop that goes away and comes back while somebody holds something of it. */
import { afterAll, beforeAll, describe, it } from "vitest";
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
