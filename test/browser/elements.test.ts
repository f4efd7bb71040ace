/** The elements on a page of another shop, at another origin, under a policy as strict as ours. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { unwrap } from "../../src/client/index.ts";
import { isWithoutBrowser } from "./chromium.ts";
import { BrowserShop } from "./shop.ts";
import { closeBrowser, Visitor } from "./visitor.ts";

const skip = isWithoutBrowser();
let shop: BrowserShop;
let host: Server;
let hostOrigin: string;

/** A page of somebody else's shop. */
const pageOf = (body: string, withScript: boolean) => `<!doctype html><html lang="en"><title>Another shop</title>
<body><main><h1>Another shop</h1>${body}</main>
${withScript ? `<script type="module" src="${shop.origin}/elements.js"></script>` : ""}</body></html>`;

beforeAll(async () => {
	if (skip) return;
	shop = await BrowserShop.open();
	host = createServer((request, response) => {
		const { searchParams } = new URL(request.url ?? "/", "http://host");
		const strict = `default-src 'none'; script-src ${shop.origin}; connect-src ${shop.origin} ${shop.origin.replace("http", "ws")}`;
		response.writeHead(200, { "content-type": "text/html", "content-security-policy": strict });
		response.end(pageOf(searchParams.get("body") ?? "", searchParams.has("script")));
	});
	await new Promise<void>((resolve) => host.listen(0, "127.0.0.1", resolve));
	hostOrigin = `http://127.0.0.1:${(host.address() as AddressInfo).port}`;
});
afterAll(async () => {
	host?.close();
	await closeBrowser();
	await shop?.close();
});

async function visit(body: string, script = true): Promise<Visitor> {
	const options = { alsoAsks: [hostOrigin], expectedError: /favicon|404/ };
	const visitor = await Visitor.arrive(shop.origin, options);
	const query = new URLSearchParams({ body, ...(script ? { script: "" } : {}) });
	await visitor.page.goto(`${hostOrigin}/?${query}`);
	return visitor;
}

describe.skipIf(skip)("the elements on a page of another origin", () => {
	it("hold a unit, show its clock and the stock, and lead to the payment as the same shopper", async () => {
		await shop.product("print", 3);
		const tags = ["stock", "buy", "hold"].map((name) => `<holdfast-${name} sku="print"></holdfast-${name}>`).join("");
		const visitor = await visit(tags);
		const { page } = visitor;
		await page.locator("holdfast-stock").getByText("3 left").waitFor();
		await page.evaluate(() => {
			addEventListener("holdfast-held", (event) => {
				document.title = `held ${(event as CustomEvent<{ quantity: number }>).detail.quantity}`;
			});
		});
		await page.getByRole("button", { name: "Hold one for me, $19.99" }).click();
		await page.locator("holdfast-buy").getByText("It is held for you").waitFor();
		await page.locator("holdfast-hold").getByText("1 × The print").waitFor();
		await page.locator("holdfast-stock").getByText("2 left").waitFor();
		expect(await page.title()).toBe("held 1");
		await page.locator("holdfast-buy").getByLabel("E-mail for the order").fill("ada@example.com");
		await page.locator("holdfast-buy").getByRole("button", { name: "Pay for it" }).click();
		await page.waitForURL(/\/checkout\//);
		await page.getByRole("group", { name: "Card" }).waitFor();
		expect(new URL(page.url()).hash).toBe("");
		await page.getByRole("button", { name: /^Pay \$/ }).click();
		await page.getByText("Thank you: it is yours.").waitFor();
		await visitor.leave();
	});

	it("promote who waits, and tell the page", async () => {
		await shop.product("rare", 1, { policy: { waitlistLimit: 5 } });
		const other = shop.shopper();
		unwrap(await other.reserve({ sku: "rare", quantity: 1 }));
		const visitor = await visit(`<holdfast-buy sku="rare"></holdfast-buy>`);
		const { page } = visitor;
		await page.evaluate(() => {
			addEventListener("holdfast-promoted", () => {
				document.title = "promoted";
			});
		});
		await page.getByRole("button", { name: "Wait in line" }).click();
		await page.getByText("You are next.").waitFor();
		unwrap(await other.releaseReservation({ sku: "rare" }));
		await page.getByText("Your turn").first().waitFor();
		expect(await page.title()).toBe("promoted");
		await visitor.leave();
	});

	it("keep what was typed while what they show changes", async () => {
		await shop.product("vase", 1, { policy: { maxExtensions: 1 } });
		const visitor = await visit(`<holdfast-buy sku="vase"></holdfast-buy><holdfast-hold sku="vase"></holdfast-hold>`);
		const { page } = visitor;
		await page.getByRole("button", { name: "Hold one for me, $19.99" }).click();
		const email = page.locator("holdfast-buy").getByLabel("E-mail for the order");
		await email.fill("ada@example.com");
		const field = await email.elementHandle();
		await page.getByRole("button", { name: "Give me more time" }).click();
		await page.getByRole("button", { name: "Give me more time" }).waitFor({ state: "detached" });
		expect(await field?.evaluate((node) => node.isConnected), "the clock's end is another one").toBe(false);
		expect(await email.inputValue()).toBe("ada@example.com");
		await visitor.leave();
	});

	it("leave a button where it is while only the number of units changes, so that no click is lost", async () => {
		await shop.product("lively", 3);
		const tags = `<holdfast-stock sku="lively"></holdfast-stock><holdfast-buy sku="lively"></holdfast-buy>`;
		const visitor = await visit(tags);
		const { page } = visitor;
		const button = page.getByRole("button", { name: /Hold one for me/ });
		await page.locator("holdfast-stock").getByText("3 left").waitFor();
		const node = await button.elementHandle();
		unwrap(await shop.shopper().reserve({ sku: "lively", quantity: 1 }));
		await page.locator("holdfast-stock").getByText("2 left").waitFor();
		expect(await node?.evaluate((one) => one.isConnected)).toBe(true);
		await visitor.leave();
	});

	it("are themed by the page: custom properties and parts", async () => {
		await shop.product("themed", 1);
		const visitor = await visit(`<holdfast-buy sku="themed"></holdfast-buy>`);
		await visitor.page.locator("holdfast-buy").evaluate((element) => {
			(element as HTMLElement).style.setProperty("--holdfast-accent", "rgb(1, 2, 3)");
		});
		const button = visitor.page.getByRole("button", { name: /Hold one for me/ });
		await button.waitFor();
		expect(await button.evaluate((element) => getComputedStyle(element).backgroundColor)).toBe("rgb(1, 2, 3)");
		expect(await button.getAttribute("part")).toBe("button");
		await visitor.leave();
	});

	it("are a plain link without JavaScript", async () => {
		const visitor = await visit(
			`<holdfast-buy sku="x"><a href="${shop.origin}/products/x">Buy it in the shop</a></holdfast-buy>`,
			false,
		);
		await visitor.page.getByRole("link", { name: "Buy it in the shop" }).waitFor();
		await visitor.leave();
	});
});
