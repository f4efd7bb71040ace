/**
 * `npm run screenshots`: takes pictures of every page, light and dark, wide and narrow, of a shop in the middle of a drop.
 * They are for looking at, in `node_modules/.cache/screenshots/`. Those that the README shows go to `.github/images/` too,
 * and are committed: run it when the pages have changed.
 */
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { seedWhenEmpty } from "../../src/cli/seed.ts";
import { unwrap } from "../../src/client/index.ts";
import { CHROMIUM } from "./chromium.ts";
import { BrowserShop } from "./shop.ts";

const ROOT = join(import.meta.dirname, "../..");
const OUT = join(ROOT, "node_modules/.cache/screenshots");
const COMMITTED = join(ROOT, ".github/images");
const README_SHOWS = ["product", "admin"].flatMap((page) => [`${page}-wide-light.jpg`, `${page}-wide-dark.jpg`]);
const DROP = "drop-12-12";
const LOOKS = [
	{ name: "wide-light", width: 1280, height: 800, scheme: "light" },
	{ name: "wide-dark", width: 1280, height: 800, scheme: "dark" },
	{ name: "small-light", width: 375, height: 760, scheme: "light" },
	{ name: "small-dark", width: 375, height: 760, scheme: "dark" },
] as const;

if (CHROMIUM === null) throw new Error("no Chromium is installed");
for (const directory of [OUT, COMMITTED]) mkdirSync(directory, { recursive: true });
const shop = await BrowserShop.open();
await seedWhenEmpty(shop.origin, shop.server.env.ADMIN_TOKEN);
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });

const picture = (page: Page, name: string, look: string) =>
	page.screenshot({ path: join(OUT, `${name}-${look}.jpg`), type: "jpeg", quality: 82 });

/** Nine buy, two hold, five wait and a few are refused, while somebody watches. */
async function playDrop(): Promise<void> {
	const crowd = Array.from({ length: 20 }, () => shop.shopper());
	for (const [index, shopper] of crowd.entries()) {
		await shopper.reserve({ sku: DROP, quantity: 1, wait: index < 17 });
		if (index >= 9) continue;
		const lines = [{ sku: DROP, quantity: 1 }];
		const checkout = unwrap(await shopper.openCheckout({ lines, email: `shopper${index}@example.com` }));
		await shopper.service.confirmSandboxPayment({ id: checkout.payment?.id ?? "", outcome: "approve" });
	}
}

async function admin(context: BrowserContext): Promise<Page> {
	const page = await context.newPage();
	await page.goto(`${shop.origin}/admin`);
	await page.getByLabel("Admin token").fill(shop.server.env.ADMIN_TOKEN);
	await page.getByRole("button", { name: "Sign in" }).click();
	await page.getByRole("heading", { name: "Overview" }).waitFor();
	return page;
}

const contexts = await Promise.all(
	LOOKS.map(async ({ name, width, height, scheme }) => {
		const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme });
		return { name, context, overview: await admin(context) };
	}),
);
for (const { overview } of contexts) {
	await overview.getByRole("button", { name: /Chart: 12\.12 hoodie/ }).click();
}
await playDrop();
for (const { name, context, overview } of contexts) {
	await overview.waitForTimeout(1_500);
	await picture(overview, "admin", name);
	const page = await context.newPage();
	const shots: readonly (readonly [name: string, path: string])[] = [
		["shop", "/"],
		["product", `/products/${DROP}`],
		["preorder", "/products/walnut-lamp"],
		["elements", "/elements"],
	];
	for (const [shot, path] of shots) {
		await page.goto(shop.origin + path);
		await page.waitForLoadState("networkidle").catch(() => {});
		await page.waitForTimeout(400);
		await picture(page, shot, name);
	}
	await page.goto(`${shop.origin}/products/canvas-tote`);
	await page.getByRole("button", { name: "Hold it for me" }).click();
	await page.getByText("It is held for you").waitFor();
	await page.waitForTimeout(700);
	await picture(page, "hold", name);
	await page.getByRole("button", { name: "Open the bag" }).click();
	await page.getByLabel("E-mail for the order").fill("ada@example.com");
	await page.waitForTimeout(300);
	await picture(page, "bag", name);
	await page.getByRole("button", { name: /^Continue to payment/ }).click();
	await page.getByRole("group", { name: "Card" }).waitFor();
	await picture(page, "pay", name);
	await page.getByRole("button", { name: /^Pay \$/ }).click();
	await page.getByText("Thank you: it is yours.").waitFor();
	await page.getByRole("link", { name: "See the order" }).click();
	await page.getByRole("heading", { name: "Paid" }).waitFor();
	await picture(page, "order", name);
	for (const screen of [
		"products",
		`products/${DROP}`,
		`products/${DROP}/policy`,
		`products/${DROP}/journal`,
		"orders",
	]) {
		await overview.goto(`${shop.origin}/admin#/${screen}`);
		await overview.waitForTimeout(900);
		await picture(overview, `admin-${screen.replace(`${DROP}`, "product").replaceAll("/", "-")}`, name);
	}
}
await browser.close();
await shop.close();
for (const name of README_SHOWS) copyFileSync(join(OUT, name), join(COMMITTED, name));
console.log(`The pictures are in ${OUT}.`);
