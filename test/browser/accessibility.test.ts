/** Every page in its states: nothing that axe finds, nothing wider than a small screen, and all of it by keyboard. */
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { unwrap } from "../../src/client/index.ts";
import { isWithoutBrowser } from "./chromium.ts";
import { BrowserShop } from "./shop.ts";
import { closeBrowser, Visitor, type VisitorOptions } from "./visitor.ts";

const skip = isWithoutBrowser();
let shop: BrowserShop;

const DAY_MS = 86_400_000;
const later = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString();
const OFFER = { capacity: 5, expectedAt: later(20), termsVersion: "v1" };

beforeAll(async () => {
	if (skip) return;
	shop = await BrowserShop.open();
	await shop.product("in-stock", 5);
	await shop.product("few", 1, { policy: { waitlistLimit: 9 } });
	await shop.product("taken", 1, { policy: { waitlistLimit: 9 } });
	unwrap(await shop.shopper().reserve({ sku: "taken", quantity: 1 }));
	await shop.product("sold-out", 0);
	await shop.product("ahead", 0, { policy: { preorder: OFFER } });
	await shop.product("soon", 5, { policy: { saleStartsAt: later(2) } });
	await shop.product("over", 5, { policy: { saleStartsAt: later(-3), saleEndsAt: later(-1) } });
});
afterAll(async () => {
	await closeBrowser();
	await shop?.close();
});

const AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

async function expectAccessible(visitor: Visitor, where: string): Promise<void> {
	const { violations } = await new AxeBuilder({ page: visitor.page as never }).withTags(AXE_TAGS).analyze();
	const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`);
	expect(found, where).toEqual([]);
	expect(await visitor.overflows(), `${where} is wider than the screen`).toBe(false);
}

const ready = (page: Page) => page.locator("main h1, main h2, main form").first().waitFor();

async function signIn(page: Page): Promise<void> {
	await page.goto(`${shop.origin}/admin`);
	await page.getByLabel("Admin token").fill(shop.server.env.ADMIN_TOKEN);
	await page.getByRole("button", { name: "Sign in" }).click();
	await page.getByRole("heading", { name: "Overview" }).waitFor();
}

const LOOKS: readonly VisitorOptions[] = [
	{ width: 1280, scheme: "light" },
	{ width: 320, scheme: "dark" },
];

describe.skipIf(skip).each(LOOKS)("at $width px in the $scheme scheme", (look) => {
	it("every page of the storefront is accessible in each state of a product", async () => {
		const visitor = await Visitor.arrive(shop.origin, { ...look, expectedError: /404/ });
		const { page } = visitor;
		const products = ["in-stock", "few", "taken", "sold-out", "ahead", "soon", "over", "missing"];
		const texts = ["/problems/below-held", "/problems/unauthorized", "/nothing-is-here"];
		for (const path of ["/", "/orders", "/elements", ...texts, ...products.map((sku) => `/products/${sku}`)]) {
			await page.goto(shop.origin + path);
			await ready(page);
			await page.waitForLoadState("networkidle").catch(() => {});
			await expectAccessible(visitor, path);
		}
		await visitor.leave();
	});

	it("a hold, a place in line, the bag, the payment and the order are accessible", async () => {
		const visitor = await Visitor.arrive(shop.origin, look);
		const { page } = visitor;
		await page.goto(`${shop.origin}/products/taken`);
		await page.getByLabel("Mail me when it is my turn").fill("nobody");
		await page.getByRole("button", { name: "Wait in line" }).click();
		await page.getByText("Write an e-mail address").waitFor();
		await expectAccessible(visitor, "a wrong address");
		await page.getByLabel("Mail me when it is my turn").fill("");
		await page.getByRole("button", { name: "Wait in line" }).click();
		await page.getByText("You are in line").waitFor();
		await expectAccessible(visitor, "waiting");
		await page.getByLabel("Mail me when it is my turn").fill("ada@example.com");
		await page.getByRole("button", { name: "Mail me" }).click();
		await page.getByText("A mail will tell you").waitFor();
		await expectAccessible(visitor, "waiting for a mail");
		await page.goto(`${shop.origin}/products/in-stock`);
		await page.getByRole("button", { name: "Hold it for me" }).click();
		await page.getByText("It is held for you").waitFor();
		await expectAccessible(visitor, "held");
		await page.getByRole("button", { name: "Open the bag" }).click();
		await page.getByLabel("E-mail for the order").waitFor();
		await expectAccessible(visitor, "the bag");
		await page.getByLabel("E-mail for the order").fill("ada@example.com");
		await page.getByRole("button", { name: /^Continue to payment/ }).click();
		await page.getByRole("group", { name: "Card" }).waitFor();
		await expectAccessible(visitor, "the payment");
		await page.getByRole("button", { name: /^Pay \$/ }).click();
		await page.getByText("Thank you: it is yours.").waitFor();
		await expectAccessible(visitor, "paid");
		await page.getByRole("link", { name: "See the order" }).click();
		await page.getByRole("heading", { name: "Paid" }).waitFor();
		await expectAccessible(visitor, "the order");
		await visitor.leave();
	});

	it("every screen of the admin page is accessible", async () => {
		const visitor = await Visitor.arrive(shop.origin, look);
		const { page } = visitor;
		await page.goto(`${shop.origin}/admin`);
		await page.getByLabel("Admin token").waitFor();
		await expectAccessible(visitor, "sign in");
		await signIn(page);
		const webhook = await page.evaluate(async () => {
			const headers = {
				"content-type": "application/json",
				authorization: `Bearer ${sessionStorage["holdfast.admin"]}`,
			};
			const body = JSON.stringify({ url: "http://127.0.0.1:9/", events: ["order.created"] });
			const created = await fetch("/admin/v1/webhooks", { method: "POST", headers, body });
			const { id } = (await created.json()) as { id: string };
			await fetch(`/admin/v1/webhooks/${id}/ping`, { method: "POST", headers });
			return `webhooks/${id}`;
		});
		const product = ["stock", "reservations", "policy", "details", "journal"].map((tab) => `products/taken/${tab}`);
		for (const screen of [
			"overview",
			"products",
			...product,
			"new",
			"orders",
			"preorders",
			"books",
			"files",
			"webhooks",
			webhook,
			"settings",
		]) {
			await page.goto(`${shop.origin}/admin#/${screen}`);
			await ready(page);
			await page.getByText("Loading…").first().waitFor({ state: "detached" });
			await expectAccessible(visitor, screen);
		}
		await page.goto(`${shop.origin}/admin#/files`);
		const file = (text: string) => ({ name: "file.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
		await page.getByLabel("CSV file").setInputFiles(file("Name,Colour\n1,red\n"));
		await page.getByText("The file has neither the columns of products").waitFor();
		await expectAccessible(visitor, "a file that cannot be imported");
		await page
			.getByLabel("CSV file")
			.setInputFiles(file("SKU,Title,Price,Vendor\nin-stock,New,5.00,A\nbad 1,Bad,5.00,A\n"));
		await page.getByText("Columns that are not read: Vendor.").waitFor();
		await page.getByLabel("Currency of its prices").selectOption("EUR");
		await page.getByRole("button", { name: "Try it out" }).click();
		await page.getByText("Nothing was changed yet.").waitFor();
		await expectAccessible(visitor, "what a file would change");
		await visitor.leave();
	});
});

describe.skipIf(skip)("somebody without a mouse", () => {
	/** Presses Tab until this is focused. */
	async function tabTo(page: Page, name: string | RegExp): Promise<void> {
		for (let presses = 0; presses < 40; presses++) {
			await page.keyboard.press("Tab");
			const focused = await page.evaluate(() => {
				const element = document.activeElement as HTMLElement | null;
				const label = element?.getAttribute("aria-label") ?? "";
				const input = element instanceof HTMLInputElement ? (element.labels?.[0]?.textContent ?? "") : "";
				return `${label} ${input} ${element?.textContent ?? ""}`;
			});
			if (typeof name === "string" ? focused.includes(name) : name.test(focused)) return;
		}
		throw new Error(`${name} cannot be reached by Tab`);
	}

	it("buys a unit by the keyboard alone, and sees where the focus is", async () => {
		const visitor = await Visitor.arrive(shop.origin);
		const { page } = visitor;
		await page.goto(shop.origin);
		await page.getByRole("link", { name: /The in-stock/ }).waitFor();
		await page.keyboard.press("Tab");
		expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Skip to the content");
		await tabTo(page, "The in-stock");
		await page.keyboard.press("Enter");
		await page.getByRole("button", { name: "Hold it for me" }).waitFor();
		await tabTo(page, "Hold it for me");
		const outline = await page.evaluate(() => getComputedStyle(document.activeElement as Element).outlineStyle);
		expect(outline).toBe("solid");
		await page.keyboard.press("Enter");
		await page.getByText("It is held for you").waitFor();
		await tabTo(page, "Open the bag");
		await page.keyboard.press("Enter");
		await tabTo(page, "E-mail for the order");
		await page.keyboard.type("ada@example.com");
		await page.keyboard.press("Enter");
		await page.getByRole("group", { name: "Card" }).waitFor();
		await tabTo(page, /^ *Pay \$|Pay \$/);
		await page.keyboard.press("Enter");
		await page.getByText("Thank you: it is yours.").waitFor();
		await visitor.leave();
	});
});
