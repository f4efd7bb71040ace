/** A merchant's day on the admin page. */
import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { unwrap } from "../../src/client/index.ts";
import { isWithoutBrowser } from "./chromium.ts";
import { BrowserShop } from "./shop.ts";
import { closeBrowser, Visitor } from "./visitor.ts";

const skip = isWithoutBrowser();
let shop: BrowserShop;
let merchant: Visitor;
let page: Page;

beforeAll(async () => {
	if (skip) return;
	shop = await BrowserShop.open();
	merchant = await Visitor.arrive(shop.origin, { expectedError: /401|404|409|412/ });
	page = merchant.page;
	await page.goto(`${shop.origin}/admin`);
	await page.getByLabel("Admin token").fill("not-the-token-of-this-shop-at-all-000");
	await page.getByRole("button", { name: "Sign in" }).click();
	await page.getByText("This token is not the shop's.").waitFor();
	await page.getByLabel("Admin token").fill(shop.server.env.ADMIN_TOKEN);
	await page.getByRole("button", { name: "Sign in" }).click();
	await page.getByRole("heading", { name: "Overview" }).waitFor();
});
afterAll(async () => {
	await merchant?.leave();
	await closeBrowser();
	await shop?.close();
});

const open = async (screen: string): Promise<void> => {
	await page.goto(`${shop.origin}/admin#/${screen}`);
};
const button = (name: string | RegExp) => page.getByRole("button", { name });
const confirm = (name: string) => page.getByRole("dialog").getByRole("button", { name });
const tile = (name: string) => page.locator(".tile", { hasText: name }).locator("dd");

/** Waits until a counter on the screen has this value. */
const showsIn = (name: string, value: string) =>
	tile(name)
		.filter({ hasText: new RegExp(`^${value}$`) })
		.waitFor();

/** An order of units that a shopper has paid. */
async function paidOrder(sku: string, quantity: number): Promise<string> {
	const shopper = shop.shopper();
	const checkout = unwrap(await shopper.openCheckout({ lines: [{ sku, quantity }], email: "bob@example.com" }));
	unwrap(await shopper.service.confirmSandboxPayment({ id: checkout.payment?.id ?? "", outcome: "approve" }));
	return `or_${checkout.id.slice(3)}`;
}

/** D1 has the order: until then it is not found by its shopper. */
async function eventuallyListed(id: string): Promise<void> {
	for (;;) {
		const { orders } = unwrap(await shop.admin.listOrders({ email: "bob@example.com" }));
		if (orders.some((order) => order.id === id)) return;
		await page.waitForTimeout(50);
	}
}

describe.skipIf(skip)("a merchant with a browser", () => {
	it("makes a product, restocks it, and sees the equation balance", async () => {
		await open("new");
		await page.getByLabel("SKU").fill("poster");
		await page.getByLabel("Title").fill("A poster");
		await page.getByLabel("Price").fill("12.50");
		await button("Create it").click();
		await page.getByRole("heading", { name: "A poster" }).waitFor();
		await page.getByLabel("Quantity").fill("30");
		await page.getByLabel("Reference").fill("delivery 7");
		await button("Restock").click();
		await page.getByText("30 units received").waitFor();
		await showsIn("Available", "30");
		await page.getByText("balances").waitFor();
		expect(unwrap(await shop.admin.getDefinedProduct({ sku: "poster" })).price).toEqual({
			amount: 1_250,
			currency: "USD",
		});
	});

	it("is shown a product that is there already, and does not write over it", async () => {
		// A search for `pin` finds more than a page of others first.
		for (let i = 10; i < 35; i++) await shop.product(`a-pin-${i}`, 0);
		await shop.product("pin", 1);
		await open("new");
		await page.getByLabel("SKU").fill("pin");
		await page.getByLabel("Title").fill("Another pin");
		await page.getByLabel("Price").fill("1.00");
		await button("Create it").click();
		await page.getByRole("heading", { name: "The pin" }).waitFor();
		expect(unwrap(await shop.admin.getDefinedProduct({ sku: "pin" })).price.amount).toBe(1_999);
	});

	it("adjusts the count with a reason and against what was counted, and is told when it has changed", async () => {
		await shop.product("counted", 10);
		await open("products/counted");
		await page.getByLabel("By how many").fill("-2");
		await page.getByLabel("Reason").selectOption("Damaged");
		await page.getByLabel("Only if on hand is").fill("9");
		await button("Adjust the count").click();
		await page.getByText("Not done: 10 are on hand now.").waitFor();
		await page.getByLabel("Only if on hand is").fill("10");
		await button("Adjust the count").click();
		await showsIn("Available", "8");
		await open("products/counted/journal");
		await page.getByRole("cell", { name: "Damaged" }).waitFor();
	});

	it("changes one field of a policy, and does not undo what somebody else changed meanwhile", async () => {
		await shop.product("policed", 1, { policy: { holdSeconds: 300 } });
		await open("products/policed/policy");
		await page.getByLabel("Limit for each shopper").fill("2");
		unwrap(await shop.admin.changeProduct({ sku: "policed", title: "Renamed by somebody" }));
		await button("Save").click();
		await page.getByText("Somebody has changed this product meanwhile").waitFor();
		await page.getByRole("heading", { name: "Renamed by somebody" }).waitFor();
		await page.getByLabel("Limit for each shopper").fill("2");
		await button("Save").click();
		await page.getByText("Saved.").waitFor();
		const { policy, title } = unwrap(await shop.admin.getDefinedProduct({ sku: "policed" }));
		expect([title, policy.limitPerShopper, policy.holdSeconds]).toEqual(["Renamed by somebody", 2, 300]);
	});

	it("archives a product after being asked, finds it among the archived, and puts it back", async () => {
		await shop.product("retired", 1);
		await open("products/retired");
		await button("Archive").click();
		await confirm("Cancel").click();
		expect(unwrap(await shop.admin.getDefinedProduct({ sku: "retired" })).archived).toBe(false);
		await button("Archive").click();
		await confirm("Archive").click();
		await page.getByText("Archived: it is not in the shop.").waitFor();
		expect(await shop.shopper().getProduct({ sku: "retired" })).toMatchObject({ ok: false });
		await open("products");
		await page.getByLabel("Search").fill("retired");
		await page.getByText("Nothing here.").waitFor();
		await page.getByLabel("Status").selectOption("Archived");
		await page.getByRole("link", { name: "The retired" }).click();
		await button("Put back into the shop").click();
		await confirm("Put back into the shop").click();
		await page.getByText("It is in the shop again.").waitFor();
		expect(unwrap(await shop.shopper().getProduct({ sku: "retired" })).availability.status).toBe("in_stock");
	});

	it("sees who holds and who waits, and releases a hold after being asked", async () => {
		await shop.product("held", 1, { policy: { waitlistLimit: 3 } });
		const [ada, bob] = [shop.shopper(), shop.shopper()];
		unwrap(await ada.reserve({ sku: "held", quantity: 1 }));
		unwrap(await bob.reserve({ sku: "held", quantity: 1, wait: true }));
		await open("products/held/reservations");
		const row = page.getByRole("row", { name: new RegExp((await ada.shopperId()) ?? "") });
		await row.getByRole("button", { name: /Release/ }).click();
		await confirm("Release").click();
		await row.waitFor({ state: "detached" });
		expect(unwrap(await bob.getReservation({ sku: "held" })).status).toBe("held");
		await page.getByLabel("Status").selectOption("All");
		await row.getByText("released").waitFor();
		expect(await row.getByRole("button", { name: /Release/ }).isDisabled()).toBe(true);
	});

	it("finds an order by its e-mail, refunds one unit of it, and sees the unit come back", async () => {
		await shop.product("sold", 3);
		const id = await paidOrder("sold", 2);
		await open("orders");
		await page.getByLabel("E-mail").fill("bob@example.com");
		await page.getByRole("link", { name: "2 × The sold" }).click();
		await page.getByLabel("Units of The sold to refund").selectOption("1");
		await button("Refund $19.99").click();
		await confirm("Refund").click();
		await page.getByRole("heading", { name: "Partly refunded" }).waitFor();
		expect(unwrap(await shop.admin.getAnyOrder({ id })).refunded.amount).toBe(1_999);
		expect(unwrap(await shop.admin.getStock({ sku: "sold" })).available).toBe(2);
		await page.getByRole("link", { name: "Checkout" }).click();
		await page.getByText("payment-created", { exact: true }).waitFor();
	});

	it("erases the shopper of an order after being asked, and sees what that did", async () => {
		await shop.product("private", 2);
		const id = await paidOrder("private", 2);
		await eventuallyListed(id);
		await open(`orders/${id}`);
		await page.getByText("bob@example.com").waitFor();
		await button("Erase shopper").click();
		await page.getByRole("dialog").getByText("This cannot be undone").waitFor();
		await confirm("Cancel").click();
		await page.getByText("bob@example.com").first().waitFor();
		await button("Erase shopper").click();
		await confirm("Erase shopper").click();
		await page.getByText(/^Erased in \d orders? and 0 unbought checkouts\.$/).waitFor();
		await page.getByText(/· erased ·/).waitFor();
		expect(unwrap(await shop.admin.getAnyOrder({ id }))).toMatchObject({ email: null, total: { amount: 2 * 1_999 } });
		await button("Refund $0.00").waitFor();
	});

	it("cancels a pre-order after being asked", async () => {
		await shop.product("ahead", 0, { policy: { preorder: { capacity: 5, termsVersion: "v1" } } });
		const shopper = shop.shopper();
		const lines = [{ sku: "ahead", quantity: 1 }];
		const checkout = unwrap(
			await shopper.openCheckout({ lines, email: "cyd@example.com", acceptPreorder: { termsVersion: "v1" } }),
		);
		unwrap(await shopper.service.confirmSandboxPayment({ id: checkout.payment?.id ?? "", outcome: "approve" }));
		await open("preorders");
		const row = page.getByRole("row", { name: /ahead/ });
		await row.getByRole("button", { name: /Cancel/ }).click();
		await confirm("Cancel").first().click();
		await row.getByText("cancelled").waitFor();
	});

	it("creates a webhook, sees its secret once, pings it, pauses it and deletes it", async () => {
		await open("webhooks");
		await page.getByLabel("URL").fill("http://127.0.0.1:9/hook");
		await page.getByLabel("All events").uncheck();
		await page.getByLabel(/An order was paid/).check();
		await button("Create").click();
		await page.getByText(/^whsec_/).waitFor();
		await page.getByRole("link", { name: "http://127.0.0.1:9/hook" }).click();
		await button("Send a test").click();
		await page.getByText("The receiver's answer: unreachable.").waitFor();
		await page.getByRole("row", { name: /ping/ }).waitFor();
		expect(await page.getByText(/^whsec_/).count()).toBe(0);
		await button("Pause").click();
		await button("Resume").waitFor();
		await button("New secret").click();
		await confirm("New secret").click();
		await page.getByText(/^whsec_/).waitFor();
		await button("Delete").click();
		await confirm("Delete").click();
		await page.getByRole("heading", { name: "New webhook" }).waitFor();
		expect(unwrap(await shop.admin.listWebhooks()).webhooks).toEqual([]);
	});

	it("compares the books and sweeps, and is told that everything adds up", async () => {
		await open("books");
		await button("Sweep now").click();
		await page.getByText(/SKUs swept/).waitFor();
		await page.getByText("Everything adds up.").waitFor();
	});

	it("watches a drop live, with the numbers that the API has", async () => {
		await shop.product("drop", 5, { policy: { waitlistLimit: 5 } });
		const shoppers = Array.from({ length: 7 }, () => shop.shopper());
		await Promise.all(shoppers.map((shopper) => shopper.reserve({ sku: "drop", quantity: 1, wait: true })));
		await open("overview");
		await page.getByRole("button", { name: "Chart: The drop" }).click();
		await showsIn("Held", "5");
		await showsIn("Waited for", "2");
		unwrap(await (shoppers[0] as (typeof shoppers)[0]).getReservation({ sku: "drop" }));
		unwrap(await shop.admin.restock({ sku: "drop", quantity: 2, reference: "more" }));
		await showsIn("Held", "7");
		await showsIn("Waited for", "0");
		await page.getByRole("img", { name: /Units of drop/ }).waitFor();
	});

	it("tries a file of products out, imports it, and sees that it changes nothing again", async () => {
		await shop.product("filed", 4);
		await open("files");
		const text =
			"SKU;Title;Price;Vendor;Inventory quantity\r\nfiled;Filed;19,99;A;9\r\nbrand-new;Brand new;5,00;A;3\r\nbad 1;Bad;1,00;A;\r\n";
		const file = { name: "products.csv", mimeType: "text/csv", buffer: Buffer.from(text) };
		await page.getByLabel("CSV file").setInputFiles(file);
		await page.getByText("3 rows of products. Columns that are not read: Vendor.").waitFor();
		expect(await button("Try it out").isDisabled()).toBe(true);
		await page.getByLabel("Currency of its prices").selectOption("EUR");
		expect(await button("Import now").isDisabled()).toBe(true);
		await button("Try it out").click();
		await page.getByText("Nothing was changed yet. 1 to create, 1 to change, 0 unchanged, 1 refused.").waitFor();
		await page
			.getByRole("row", { name: /filed to change title The filed → Filed; price 19.99 USD → 19.99 EUR/ })
			.waitFor();
		expect(unwrap(await shop.admin.getDefinedProduct({ sku: "filed" })).title).toBe("The filed");
		await page.getByLabel("Outcome").selectOption("refused");
		await page.getByText('"bad 1" is no SKU').waitFor();
		expect(await page.getByRole("row").count()).toBe(2);
		await button("Import now").click();
		await page.getByText("Imported. 1 created, 1 changed, 0 unchanged, 1 refused.").waitFor();
		expect(unwrap(await shop.admin.getStock({ sku: "brand-new" }))).toMatchObject({ received: 3, available: 3 });
		await button("Try it out").click();
		await page.getByText("Nothing was changed yet. 0 to create, 0 to change, 2 unchanged, 1 refused.").waitFor();
		expect(await button("Import now").isDisabled()).toBe(true);
	});

	it("downloads the inventory, corrects a count in it, and imports it", async () => {
		await shop.product("counted-in-file", 6);
		await open("files");
		const [download] = await Promise.all([page.waitForEvent("download"), button("Inventory").click()]);
		expect(download.suggestedFilename()).toBe("inventory.csv");
		const exported = readFileSync(await download.path(), "utf8");
		const corrected = exported.replace(/^(counted-in-file.*),6,,/m, "$1,6,5,");
		expect(corrected).not.toBe(exported);
		const file = { name: "inventory.csv", mimeType: "text/csv", buffer: Buffer.from(corrected) };
		await page.getByLabel("CSV file").setInputFiles(file);
		await button("Try it out").click();
		await page.getByRole("row", { name: /counted-in-file to change on hand 6 → 5/ }).waitFor();
		await button("Import now").click();
		await page.getByText(/^Imported\. 0 created, 1 changed/).waitFor();
		const stock = unwrap(await shop.admin.getStock({ sku: "counted-in-file" }));
		expect(stock).toMatchObject({ onHand: 5, adjusted: -1, balanced: true });
	});

	it("forgets the token when told to", async () => {
		await button("Sign out").click();
		await page.getByLabel("Admin token").waitFor();
		await page.reload();
		await page.getByLabel("Admin token").waitFor();
	});
});
