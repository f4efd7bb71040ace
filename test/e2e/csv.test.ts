/** Files in and out, against a shop that runs: nothing is lost, nothing is counted twice, and each row has its answer. */
import { readFileSync, statSync } from "node:fs";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Admin, createAdmin, createShop, memoryTokens, unwrap } from "../../src/client/index.ts";
import { lines } from "../csv/files.ts";
import { TestServer } from "../support/server.ts";
import { CsvCommands } from "./csv-commands.ts";

let server: TestServer;
let admin: Admin;
let csv: CsvCommands;

beforeAll(async () => {
	server = await TestServer.start();
	admin = createAdmin({ origin: server.origin, token: server.env.ADMIN_TOKEN });
	csv = new CsvCommands(server);
});
afterAll(async () => {
	csv?.end();
	await server?.end();
});

const product = async (sku: string) => unwrap(await admin.getDefinedProduct({ sku }));
const stock = async (sku: string) => unwrap(await admin.getStock({ sku }));
const records = (text: string) => parse(text, { bom: true, columns: true }) as Record<string, string>[];

async function stocked(sku: string, units: number, title = sku): Promise<void> {
	unwrap(await admin.defineProduct({ sku, title, price: { amount: 1_000, currency: "USD" } }));
	if (units > 0) unwrap(await admin.restock({ sku, quantity: units }));
}

async function sell(sku: string, quantity: number): Promise<string> {
	const shopper = createShop({ origin: server.origin, tokens: memoryTokens(), WebSocket: null });
	const checkout = unwrap(await shopper.openCheckout({ lines: [{ sku, quantity }], email: "ada@example.com" }));
	unwrap(await shopper.service.confirmSandboxPayment({ id: checkout.payment?.id ?? "", outcome: "approve" }));
	return `or_${checkout.id.slice(3)}`;
}

const FIRST = lines(
	"Handle,Title,Body (HTML),Vendor,Option1 Value,Variant SKU,Variant Price,Variant Inventory Qty,Image Src,Status",
	'shirt,Shirt,"<p>Soft &amp; ""warm""</p>",Acme,Red,shirt-red,19.99,5,https://cdn.example/1.jpg,active',
	"shirt,,,,Blue,shirt-blue,19.99,3,,",
	"shirt,,,,,,,,https://cdn.example/2.jpg,",
	"draft,Draft,,Acme,Default Title,draft-1,8.00,2,,draft",
	"bad,Bad,,Acme,Default Title,bad 1,8.00,2,,active",
);

describe("a product file", () => {
	it("says in a dry run what would happen, does it, and a second time changes nothing", async () => {
		const dry = await csv.import("first.csv", FIRST, ["--currency", "usd", "--dry-run"]);
		expect(dry.code).toBe(1);
		expect(dry.out).toEqual([
			"row 2\tshirt-red\tto create\ton hand 0 → 5.",
			"row 3\tshirt-blue\tto create\ton hand 0 → 3.",
			"row 4\t–\tunchanged\tA further picture: a product has one here.",
			"row 5\tdraft-1\tto create\tarchived; on hand 0 → 2.",
			expect.stringMatching(/^row 6\tbad 1\trefused\t"bad 1" is no SKU/),
			"3 to create, 0 to change, 1 unchanged, 1 refused.",
		]);
		expect(dry.err).toContain("columns that are not read: Vendor");
		expect(await admin.getDefinedProduct({ sku: "shirt-red" })).toMatchObject({ ok: false });

		const done = await csv.import("first.csv", FIRST, ["--currency", "USD"]);
		expect([done.code, done.out.at(-1)]).toEqual([1, "3 created, 0 changed, 1 unchanged, 1 refused."]);
		expect(await product("shirt-red")).toMatchObject({
			...{ title: "Shirt - Red", description: 'Soft & "warm"', imageUrl: "https://cdn.example/1.jpg" },
			...{ price: { amount: 1_999, currency: "USD" }, archived: false, stock: { available: 5 } },
		});
		expect(await product("draft-1")).toMatchObject({ archived: true, stock: { available: 2 } });

		const again = await csv.import("renamed.csv", FIRST, ["--currency", "USD"]);
		expect(again.out.at(-1)).toBe("0 created, 0 changed, 4 unchanged, 1 refused.");
		expect((await product("shirt-red")).revision).toBe(1);
		expect((await stock("shirt-red")).received).toBe(5);
	});

	it("gives no second first stock after all of it was sold, and says what there is", async () => {
		const file = lines("SKU,Title,Price,Inventory quantity", "sold-out,Sold out,5.00,2");
		await csv.import("a.csv", file, ["--currency", "USD"]);
		await sell("sold-out", 2);
		const again = await csv.import("a.csv", file, ["--currency", "USD"]);
		expect(again.out[0]).toBe(
			"row 2\tsold-out\tunchanged\t0 are available, and the file says 2: only an inventory file changes a stock that is there.",
		);
		expect(await stock("sold-out")).toMatchObject({ received: 2, available: 0, balanced: true });
	});

	it("changes what differs, and leaves what is not in it", async () => {
		await stocked("partly", 1, "Partly");
		unwrap(await admin.changeProduct({ sku: "partly", description: "kept", policy: { limitPerShopper: 2 } }));
		const file = lines("SKU;Price;Currency;Status", "partly;1500;JPY;archived");
		const { out, code } = await csv.import("b.csv", file);
		expect([code, out[0]]).toEqual([0, "row 2\tpartly\tchanged\tprice 10.00 USD → 1500 JPY; archived."]);
		const after = await product("partly");
		expect(after).toMatchObject({
			title: "Partly",
			description: "kept",
			archived: true,
			policy: { limitPerShopper: 2 },
		});
		expect(after.price).toEqual({ amount: 1_500, currency: "JPY" });
	});

	it.each<[string, string | Uint8Array, string]>([
		["UTF-16", Uint8Array.of(0xff, 0xfe, 0x53, 0), "UTF-16"],
		["a quote that nothing closes", 'SKU,Title\nnever,"Never', "a quote opens a cell"],
		["no rows", "SKU,Title\n", "no rows"],
		["the columns of orders", "Name,Financial Status\n#1,paid\n", "cannot be imported"],
	])("with %s is refused as a whole", async (_, content, reason) => {
		const { code, out, err } = await csv.import("bad.csv", content);
		expect([code, out]).toEqual([1, []]);
		expect(err).toContain(reason);
	});

	it("goes on where it was stopped, when it is imported again", async () => {
		const rows = Array.from({ length: 150 }, (_, i) => `many-${i},Many ${i},1.00,1`);
		const file = lines("SKU,Title,Price,Inventory quantity", ...rows);
		let isAsked = false;
		const stopped = await csv.import("many.csv", file, ["--currency", "EUR"], {
			onOut: (_, child) => {
				if (!isAsked) child.kill("SIGINT");
				isAsked = true;
			},
		});
		expect([stopped.code, stopped.err.includes("Stopped before the end.")]).toEqual([1, true]);
		const again = await csv.import("many.csv", file, ["--currency", "EUR"]);
		expect(again.code).toBe(0);
		// A product that was defined and not yet stocked is changed now: the counters tell that each was stocked once.
		expect(again.out.at(-1)).toMatch(/^\d+ created, \d+ changed, \d+ unchanged, 0 refused\.$/);
		for (const at of [0, 7, 99, 149]) expect(await stock(`many-${at}`)).toMatchObject({ received: 1, available: 1 });
	});
});

describe("an inventory file", () => {
	it("that was sold from since it was exported loses nothing, and names the rows that conflict", async () => {
		for (const sku of ["inv-a", "inv-b", "inv-c"]) await stocked(sku, 10);
		const exported = await csv.export("inventory");
		const ours = records(exported.text).filter(({ SKU }) => SKU?.startsWith("inv-"));
		expect(ours.map((row) => row["On hand (current)"])).toEqual(["10", "10", "10"]);
		await sell("inv-b", 3);
		const counted = exported.text
			.split("\r\n")
			.filter((line) => line.includes("inv-") || line.includes("On hand"))
			.map((line) => line.replace(/,10,,(\d+)$/, (_, version) => `,10,12,${version}`))
			.join("\r\n");
		const dry = await csv.import("counted.csv", counted, ["--dry-run"]);
		expect(dry.out.at(-1)).toBe("0 to create, 2 to change, 0 unchanged, 1 refused.");
		const done = await csv.import("counted.csv", counted);
		expect(done.code).toBe(1);
		expect(done.out).toEqual([
			"row 2\tinv-a\tchanged\ton hand 10 → 12.",
			"row 3\tinv-b\trefused\tThe count has changed: 7 are on hand, and the file expects 10.",
			"row 4\tinv-c\tchanged\ton hand 10 → 12.",
			"0 created, 2 changed, 0 unchanged, 1 refused.",
		]);
		expect(await stock("inv-b")).toMatchObject({ onHand: 7, sold: 3, adjusted: 0, balanced: true });

		// Two are sold: the count is again what the file expects, and its correction is in it already.
		await sell("inv-a", 2);
		const again = await csv.import("again.csv", counted);
		expect(again.out).toEqual([
			"row 2\tinv-a\tunchanged\tIt was imported before.",
			"row 3\tinv-b\trefused\tThe count has changed: 7 are on hand, and the file expects 10.",
			"row 4\tinv-c\tunchanged",
			"0 created, 0 changed, 2 unchanged, 1 refused.",
		]);
		expect(await stock("inv-a")).toMatchObject({ onHand: 10, sold: 2, adjusted: 2, balanced: true });
	});

	it("never takes units that shoppers hold", async () => {
		await stocked("held", 5);
		const shopper = createShop({ origin: server.origin, tokens: memoryTokens(), WebSocket: null });
		unwrap(await shopper.reserve({ sku: "held", quantity: 4 }));
		const file = lines("SKU,On hand (current),On hand (new)", "held,5,2", "nowhere,1,2");
		const { out } = await csv.import("held.csv", file);
		expect(out.slice(0, 2)).toEqual([
			"row 2\theld\trefused\tShoppers hold 2 too many of them.",
			"row 3\tnowhere\trefused\tThe shop has no such SKU. Import the products first.",
		]);
		expect(await stock("held")).toMatchObject({ onHand: 5, held: 4 });
	});

	it("of Shopify brings the first stock of what is available, and not of what is on hand", async () => {
		await stocked("moved", 0);
		const header = "SKU,Committed (not editable),Available (not editable),On hand (current),On hand (new)";
		const { out } = await csv.import("shopify.csv", lines(header, "moved,3,7,10,"));
		expect(out[0]).toBe("row 2\tmoved\tchanged\ton hand 0 → 7.");
		expect(await stock("moved")).toMatchObject({ received: 7, onHand: 7 });
	});
});

describe("an export", () => {
	it("of any titles and descriptions is read by another parser, and changes nothing when it is imported", async () => {
		const wild = fc.string({
			unit: fc.constantFrom(
				"a",
				" ",
				'"',
				",",
				";",
				"\n",
				"\r",
				"\t",
				"=",
				"'",
				"-",
				"+",
				"@",
				"😀",
				"é",
				"<b>",
				"&amp;",
				"<",
			),
			minLength: 1,
			maxLength: 12,
		});
		const title = wild.filter((text) => text.trim() !== "").map((text) => text.trim());
		const money = fc.constantFrom(
			{ amount: 1_999, currency: "USD" },
			{ amount: 5, currency: "JPY" },
			{ amount: 5_001, currency: "KWD" },
		);
		const drafts = fc.sample(fc.record({ title, description: fc.option(wild), price: money }), {
			numRuns: 120,
			seed: 12,
		});
		for (const [at, draft] of drafts.entries()) unwrap(await admin.defineProduct({ sku: `Wild_${at}`, ...draft }));
		const { text, code, err } = await csv.export("products");
		expect(code, err).toBe(0);
		const rows = records(text).filter(({ SKU }) => SKU?.startsWith("Wild_"));
		expect(rows.length).toBe(drafts.length);
		expect(new Set(rows.map((row) => row["URL handle"])).size).toBe(drafts.length);
		for (const row of rows) {
			const draft = drafts[Number(row["SKU"]?.slice(5))];
			expect(row["Title"]?.replace(/^'(?='*[=+\-@\t\r\n])/, "")).toBe(draft?.title);
			expect(row["Title"]).not.toMatch(/^[=+@]/);
		}
		const { out } = await csv.import("round-trip.csv", text);
		expect(out.filter((line) => line.startsWith("row") && !/\tunchanged$/.test(line))).toEqual([]);
	});

	it("of orders has a row for each line, and amounts that add up", async () => {
		await stocked("ord-a", 5, "=SUM(A1)");
		const id = await sell("ord-a", 2);
		// In D1, which the list and so the export are read from.
		const isListed = async () => unwrap(await admin.listOrders({ sku: "ord-a" })).orders.length;
		await expect.poll(isListed, { timeout: 20_000 }).toBe(1);
		const path = csv.path("orders.csv");
		const { code, err } = await csv.export("orders", ["--out", path]);
		expect(code, err).toBe(0);
		expect(statSync(path).mode & 0o077).toBe(0);
		const row = records(readFileSync(path, "utf8")).find(({ Name }) => Name === id);
		expect(row).toMatchObject({
			...{ Email: "ada@example.com", "Financial Status": "paid", Currency: "USD", Subtotal: "20.00", Total: "20.00" },
			...{
				Shipping: "0.00",
				Taxes: "0.00",
				"Lineitem quantity": "2",
				"Lineitem price": "10.00",
				"Lineitem sku": "ord-a",
			},
			...{ "Lineitem name": "'=SUM(A1)", "Payment Method": "sandbox" },
		});
		expect(row?.["Paid at"]).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000$/);
	});
});
