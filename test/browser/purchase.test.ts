/** What a shopper does on the pages, from the first look to the order. */
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { unwrap } from "../../src/client/index.ts";
import { isWithoutBrowser } from "./chromium.ts";
import { BrowserShop } from "./shop.ts";
import { closeBrowser, Visitor, type VisitorOptions } from "./visitor.ts";

const skip = isWithoutBrowser();
let shop: BrowserShop;
const visitors: Visitor[] = [];

beforeAll(async () => {
	if (!skip) shop = await BrowserShop.open();
});
afterEach(async () => {
	for (const visitor of visitors.splice(0)) await visitor.leave();
});
afterAll(async () => {
	await closeBrowser();
	await shop?.close();
});

async function visit(address: string, options: VisitorOptions = {}): Promise<Page> {
	const visitor = await Visitor.arrive(shop.origin, options);
	visitors.push(visitor);
	await visitor.page.goto(address);
	return visitor.page;
}

const button = (page: Page, name: string | RegExp) => page.getByRole("button", { name });
const hold = (page: Page) => button(page, "Hold it for me").click();

/** From what is held to the pay page. */
async function checkOut(page: Page): Promise<void> {
	await button(page, "Open the bag").click();
	await page.getByLabel("E-mail for the order").fill("ada@example.com");
	await button(page, /^Continue to payment/).click();
	await page.waitForURL(/\/checkout\//);
	await page.getByRole("group", { name: "Card" }).waitFor();
}

async function pay(page: Page, bank: string): Promise<void> {
	await page.getByLabel(bank, { exact: true }).check();
	await button(page, /^Pay \$/).click();
}

async function seeOrder(page: Page): Promise<void> {
	await page.getByText("Thank you: it is yours.").waitFor();
	await page.getByRole("link", { name: "See the order" }).click();
	await page.getByRole("heading", { name: "Paid" }).waitFor();
}

describe.skipIf(skip)("a shopper with a browser", () => {
	it("finds a product in the list, holds it, pays after a declined card, and sees the order", async () => {
		await shop.product("mug", 5);
		const page = await visit(shop.origin);
		await page.getByRole("link", { name: /The mug/ }).click();
		await hold(page);
		await page.getByText("It is held for you").waitFor();
		await checkOut(page);
		await pay(page, "The bank declines");
		await page.getByText("The bank declined this card").waitFor();
		await pay(page, "The bank approves");
		await seeOrder(page);
		await page.getByRole("link", { name: "Your orders" }).click();
		await page.getByRole("link", { name: /1 × The mug/ }).waitFor();
		expect(unwrap(await shop.admin.getStock({ sku: "mug" }))).toMatchObject({ available: 4, sold: 1, balanced: true });
	});

	it("pays by a slow bank without doing anything while it is asked", async () => {
		const page = await visit(await shop.product("slow", 1));
		await hold(page);
		await checkOut(page);
		await pay(page, "The bank approves after 5 seconds");
		await page.getByText("Your bank is asked").waitFor();
		await seeOrder(page);
	});

	it("pays for what they hold of a product that was archived meanwhile, after a reload too", async () => {
		const page = await visit(await shop.product("retired", 2), { expectedError: /404/ });
		await hold(page);
		await page.getByText("It is held for you").waitFor();
		unwrap(await shop.admin.archiveProduct({ sku: "retired" }));
		await page.goto(shop.origin);
		await button(page, /Your bag/).click();
		await button(page, "Give it back").waitFor();
		await page.getByLabel("E-mail for the order").fill("ada@example.com");
		await button(page, "Open the bag").click();
		await page.getByRole("group", { name: "Card" }).waitFor();
		await pay(page, "The bank approves");
		await seeOrder(page);
		expect(unwrap(await shop.admin.getStock({ sku: "retired" }))).toMatchObject({ sold: 1, available: 1 });
	});

	it("pays for several products at once", async () => {
		const page = await visit(await shop.product("left-shoe", 3));
		await page.getByLabel("Quantity").selectOption("2");
		await hold(page);
		await page.getByText("2 are held for you").waitFor();
		await page.goto(await shop.product("right-shoe", 3));
		await hold(page);
		await checkOut(page);
		await page.getByText("$59.97", { exact: true }).waitFor();
		await pay(page, "The bank approves");
		await seeOrder(page);
		await page.getByText("2 × The left-shoe").waitFor();
		await page.getByText("1 × The right-shoe").waitFor();
	});

	it("cancels the payment and still holds what they held", async () => {
		const page = await visit(await shop.product("undecided", 1));
		await hold(page);
		await checkOut(page);
		await button(page, "Cancel, and keep what I hold").click();
		await page.getByText("This checkout was cancelled").waitFor();
		await page.goto(`${shop.origin}/products/undecided`);
		await page.getByText("It is held for you").waitFor();
	});

	it("sees that nothing is at a mistyped address, and the way back", async () => {
		const page = await visit(`${shop.origin}/products/nothing-here`, { expectedError: /404/ });
		await page.getByText("There is nothing here.").waitFor();
		await page.getByRole("link", { name: "See all products" }).click();
		await page.waitForURL(`${shop.origin}/`);
	});
});

describe.skipIf(skip)("two shoppers and one unit", () => {
	it("the second one waits, sees the first one give it back, is promoted without a reload, and buys it", async () => {
		const address = await shop.product("last-one", 1, { policy: { waitlistLimit: 5 } });
		const [ada, bob] = [await visit(address), await visit(address, { width: 375, scheme: "dark" })];
		await hold(ada);
		await ada.getByText("It is held for you").waitFor();
		await button(bob, "Wait in line").click();
		await bob.getByText("You are next.").waitFor();
		await bob.getByText("1 unit is held or being paid for").waitFor();
		await button(ada, "Give it back").click();
		await ada.getByText("Given back.").waitFor();
		await bob.getByText("Your turn").waitFor();
		await checkOut(bob);
		await pay(bob, "The bank approves");
		await seeOrder(bob);
		await ada.getByRole("heading", { name: "Sold out" }).waitFor();
	});

	it("the second one asks for a mail in line, changes their mind, asks again, and has the longer time that was said", async () => {
		const policy = { waitlistLimit: 5, offerSecondsAbsent: 5_400, offerSeconds: 60 };
		const address = await shop.product("far-away", 1, { policy });
		const ada = shop.shopper();
		unwrap(await ada.reserve({ sku: "far-away", quantity: 1 }));
		const bob = await visit(address, { width: 320 });
		await bob.getByText("you have 90 minutes to buy").waitFor();
		await bob.getByLabel("Mail me when it is my turn").fill("bob");
		await button(bob, "Wait in line").click();
		await bob.getByText("Write an e-mail address").waitFor();
		await bob.getByLabel("Mail me when it is my turn").fill("bob@example.com");
		await button(bob, "Wait in line").click();
		await bob.getByText("A mail will tell you").waitFor();
		await button(bob, "Do not mail me").click();
		await bob.getByLabel("Mail me when it is my turn").fill("bob@example.com");
		await button(bob, "Mail me").click();
		await bob.getByText("A mail will tell you").waitFor();
		unwrap(await ada.releaseReservation({ sku: "far-away" }));
		await bob.getByText("Your turn").waitFor();
		await expect(bob.locator(".clock-time").textContent()).resolves.toMatch(/^1:(30:00|29:5\d)$/);
		await button(bob, /Give me more time/).click();
		await bob.getByText("nothing was used up").waitFor();
		await button(bob, /Give me more time \(3 more times\)/).waitFor();
	});

	it("the first one's time runs out on the page, and the next in line gets the unit", async () => {
		const address = await shop.product("brief", 1, { policy: { waitlistLimit: 5, holdSeconds: 4, maxExtensions: 0 } });
		const [ada, bob] = [await visit(address), await visit(address)];
		await hold(ada);
		await ada.getByText("Time left to check out").waitFor();
		await button(bob, "Wait in line").click();
		await ada.getByText("Your time ran out").waitFor();
		await bob.getByText("Your turn").waitFor();
	});

	it("extends a hold as often as the shop allows, and no further", async () => {
		const page = await visit(await shop.product("patient", 1, { policy: { maxExtensions: 1 } }));
		await hold(page);
		await button(page, /Give me more time/).click();
		await button(page, /Give me more time/).waitFor({ state: "detached" });
	});
});

describe.skipIf(skip)("a page that stays open", () => {
	it("shows a restock within a second", async () => {
		const page = await visit(await shop.product("empty", 0));
		await page.getByRole("heading", { name: "Sold out" }).waitFor();
		// One look at the socket, so that what follows is measured from an open one.
		await page.waitForTimeout(500);
		unwrap(await shop.admin.restock({ sku: "empty", quantity: 3, reference: "late" }));
		await button(page, "Hold it for me").waitFor({ timeout: 1_000 });
	});

	it("opens the sale by the shop's clock, on a laptop whose clock is an hour slow", async () => {
		const saleStartsAt = new Date(Date.now() + 6_000).toISOString();
		const address = await shop.product("soon", 1, { policy: { saleStartsAt } });
		const page = await visit(address, { clockOffMs: -3_600_000 });
		await page.getByText("The sale starts in").waitFor();
		await expect(page.locator(".clock-time").textContent()).resolves.toMatch(/^0:0\d$/);
		await button(page, "Hold it for me").waitFor();
	});

	it("shows the time left of a hold on a laptop whose clock is an hour fast", async () => {
		const address = await shop.product("wrong-clock", 1, { policy: { holdSeconds: 300 } });
		const page = await visit(address, { clockOffMs: 3_600_000 });
		await hold(page);
		await page.getByText("Time left to check out").waitFor();
		await expect(page.locator(".clock-time").textContent()).resolves.toMatch(/^(5:00|4:5\d)$/);
	});

	it("keeps what they type in the bag while the numbers of what they hold change", async () => {
		const page = await visit(await shop.product("busy", 2));
		await hold(page);
		await button(page, "Open the bag").click();
		const email = page.getByLabel("E-mail for the order");
		await email.pressSequentially("ada@");
		unwrap(await shop.shopper().reserve({ sku: "busy", quantity: 1 }));
		await page.getByText("0 units free, 2 held or being paid for.").waitFor();
		// The product is read again, since its status has changed.
		await page.waitForResponse(/\/v1\/products\/busy$/);
		await page.keyboard.type("example.com");
		expect(await email.inputValue()).toBe("ada@example.com");
	});

	it("keeps the hold over a reload", async () => {
		const page = await visit(await shop.product("reloaded", 2));
		await hold(page);
		await page.getByText("It is held for you").waitFor();
		await page.reload();
		await page.getByText("It is held for you").waitFor();
		await page.getByRole("button", { name: "Your bag, 1 unit" }).waitFor();
	});
});

describe.skipIf(skip)("a pre-order", () => {
	const preorder = {
		capacity: 5,
		expectedAt: new Date(Date.now() + 20 * 86_400_000).toISOString(),
		termsVersion: "v1",
	};

	it("is paid under the terms that were shown, and the order page follows it until it is filled", async () => {
		const page = await visit(await shop.product("lamp", 0, { policy: { preorder } }));
		await button(page, "Pre-order").click();
		await page.getByText("Accept the terms of the pre-order first.").waitFor();
		await page.getByLabel(/I order in advance.*Terms v1/).check();
		await button(page, "Pre-order").click();
		await page.getByLabel("E-mail for the order").fill("ada@example.com");
		await button(page, /^Continue to payment/).click();
		await page.waitForURL(/\/checkout\//);
		await page.getByRole("group", { name: "Card" }).waitFor();
		await pay(page, "The bank approves");
		await seeOrder(page);
		await page.getByText("Pre-ordered, expected").waitFor();
		unwrap(await shop.admin.restock({ sku: "lamp", quantity: 1, reference: "the batch" }));
		await page.getByText("Pre-order filled").waitFor();
	});

	it.each([
		["vase", "terms", { termsVersion: "v2" }],
		["bowl", "a date", { expectedAt: new Date(Date.now() + 90 * 86_400_000).toISOString() }],
	])("for a %s is not paid under %s that changed after it was shown", async (sku, _, change) => {
		const address = await shop.product(sku, 0, { policy: { preorder } });
		const page = await visit(address, { expectedError: /409/ });
		await page.getByLabel(/I order in advance/).check();
		await button(page, "Pre-order").click();
		unwrap(await shop.admin.changeProduct({ sku, policy: { preorder: change } }));
		await page.getByLabel("E-mail for the order").fill("ada@example.com");
		await button(page, /^Continue to payment/).click();
		await page
			.getByText(/terms .*have changed/)
			.first()
			.waitFor();
		expect(unwrap(await shop.admin.getStock({ sku })).preorders.owed).toBe(0);
	});

	it("is shown as refunded on the order page when the merchant refunds it", async () => {
		const page = await visit(await shop.product("refunded", 1));
		await hold(page);
		await checkOut(page);
		await pay(page, "The bank approves");
		await seeOrder(page);
		const id = decodeURIComponent(new URL(page.url()).pathname.split("/")[2] ?? "");
		unwrap(await shop.admin.refundOrder({ id, restock: true, reason: "changed their mind" }));
		await page.getByRole("heading", { name: "Refunded" }).waitFor();
		await page.getByText("$19.99 refunded").waitFor();
	});
});
