/** What rows want, and what is to be done for them: each trap by its name. */
import { describe, expect, it } from "vitest";
import { readHeader } from "../../src/csv/columns.ts";
import type { CsvFileError } from "../../src/csv/csv-file-error.ts";
import { readInventoryRow } from "../../src/csv/inventory-rows.ts";
import { planCount, planProduct } from "../../src/csv/plan.ts";
import { type PriceFormat, ProductRows } from "../../src/csv/product-rows.ts";
import { MAX_DESCRIPTION } from "../../src/limits.ts";
import { knownProduct } from "./known-product.ts";

const USD: PriceFormat = { currency: "USD", point: "." };
const record = (row: number, cells: readonly string[], delimiter = ",") => ({ row, cells, delimiter, isSpoilt: false });

/** What each row of a product file wants; the first is the header. */
function wants([names = [], ...rows]: readonly (readonly string[])[], format = USD) {
	const header = readHeader(names);
	if (header.kind !== "products") throw new Error(`these are ${header.kind}`);
	const reader = new ProductRows(header.places, format);
	return rows.map((cells, index) => reader.read(record(index + 2, cells)));
}

const refusalsOf = (rows: readonly (readonly string[])[], format = USD) =>
	wants(rows, format).map((row) => ("refusal" in row ? row.refusal : null));

describe("a header", () => {
	const faultOf = (names: readonly string[]) => {
		try {
			return readHeader(names).kind;
		} catch (error) {
			return (error as CsvFileError).fault;
		}
	};

	it.each([
		["old columns", ["Handle", "Title", "Body (HTML)", "Variant SKU", "Variant Price"], "products"],
		["new columns", ["Title", "URL handle", "SKU", "Price"], "products"],
		["columns in other letters", ["title", "Url Handle", "sku", "PRICE"], "products"],
		["prices alone", ["SKU", "Price"], "products"],
		["an inventory", ["Handle", "Title", "SKU", "On hand (current)", "On hand (new)"], "inventory"],
		["an inventory without new counts", ["SKU", "Available (not editable)"], "inventory"],
	])("of %s says what the file is", (_, names, kind) => {
		expect(faultOf(names)).toBe(kind);
	});

	it.each([
		["orders", ["Name", "Email", "Financial Status", "Lineitem sku"], { kind: "orders" }],
		["WooCommerce", ["ID", "Type", "SKU", "Name"], { kind: "unknown-columns", columns: ["ID", "Type", "SKU", "Name"] }],
		["no SKU", ["Title", "Price"], { kind: "unknown-columns", columns: ["Title", "Price"] }],
		["two prices", ["SKU", "Price", "Variant Price"], { kind: "column-twice", columns: ["Price", "Variant Price"] }],
	])("of %s is refused by name", (_, names, fault) => {
		expect(faultOf(names)).toEqual(fault);
	});

	it("names the columns that are not read", () => {
		expect(readHeader(["SKU", "Title", "Vendor", "Price", "", "Tags"]).ignored).toEqual(["Vendor", "Tags"]);
	});
});

describe("a product file", () => {
	it("in old columns has variants and pictures in further rows of a handle", () => {
		const rows = wants([
			[
				"Handle",
				"Title",
				"Body (HTML)",
				"Option1 Value",
				"Option2 Value",
				"Variant SKU",
				"Variant Price",
				"Image Src",
				"Variant Image",
			],
			["shirt", "Shirt", "<p>Soft &amp; warm</p>", "Red", "S", "shirt-r-s", "19.99", "https://cdn.example/1.jpg", ""],
			["shirt", "", "", "Red", "M", "shirt-r-m", "20.00", "https://cdn.example/2.jpg", "https://cdn.example/m.jpg"],
			["shirt", "", "", "", "", "", "", "https://cdn.example/3.jpg", ""],
			["mug", "Mug", "", "Default Title", "", "mug", "8.00", "", ""],
		]);
		expect(rows).toMatchObject([
			{
				sku: "shirt-r-s",
				title: "Shirt - Red / S",
				description: "Soft & warm",
				imageUrl: "https://cdn.example/1.jpg",
				price: { amount: 1_999, currency: "USD" },
			},
			{ sku: "shirt-r-m", title: "Shirt - Red / M", description: "Soft & warm", imageUrl: "https://cdn.example/m.jpg" },
			{ outcome: "unchanged", remarks: [{ kind: "only-a-picture" }] },
			{ sku: "mug", title: "Mug", description: null, imageUrl: null },
		]);
	});

	it("in new columns says the same", () => {
		const [row] = wants([
			[
				"Title",
				"URL handle",
				"Description",
				"SKU",
				"Option1 value",
				"Price",
				"Product image URL",
				"Variant image URL",
				"Inventory quantity",
			],
			["Mug", "mug", "White", "mug", "Default Title", "8.00", "https://cdn.example/1.jpg", "", "12"],
		]);
		expect(row).toMatchObject({
			sku: "mug",
			title: "Mug",
			description: "White",
			imageUrl: "https://cdn.example/1.jpg",
			firstStock: 12,
		});
	});

	it("leaves alone what it has no column for", () => {
		const [row] = wants([
			["SKU", "Price"],
			["mug", "8.00"],
		]);
		expect(row).toEqual({
			kind: "product",
			row: 2,
			sku: "mug",
			price: { amount: 800, currency: "USD" },
			firstStock: null,
			remarks: [],
		});
	});

	it.each([
		["active", "TRUE", false],
		["active", "FALSE", true],
		["draft", "", true],
		["archived", "TRUE", true],
		["Unlisted", "TRUE", true],
		["", "true", false],
		["", "", undefined],
	])("with the status %s and published %s sells no more than the other shop did", (status, published, archived) => {
		const [row] = wants([
			["SKU", "Title", "Status", "Published"],
			["mug", "Mug", status, published],
		]);
		expect(row).toHaveProperty("sku", "mug");
		expect((row as { isArchived?: boolean }).isArchived).toBe(archived);
	});

	it("takes no description and no picture from a variant that was sorted away from its first row", () => {
		const rows = wants([
			["Handle", "Title", "Body (HTML)", "Variant SKU", "Variant Price", "Image Src"],
			["mug", "Mug", "", "mug", "8.00", ""],
			["shirt", "", "", "shirt-r-s", "19.99", ""],
		]);
		expect(rows).toEqual([
			expect.objectContaining({ sku: "mug", description: null, imageUrl: null }),
			{
				kind: "product",
				row: 3,
				sku: "shirt-r-s",
				price: { amount: 1_999, currency: "USD" },
				firstStock: null,
				remarks: [],
			},
		]);
	});

	it("takes the apostrophe off a SKU, which older exports have before digits", () => {
		expect(
			wants([
				["SKU", "Title"],
				["'0012", "Mug"],
			]),
		).toMatchObject([{ sku: "0012" }]);
	});

	it("has cells without the spaces around them, but for a description", () => {
		const [row] = wants([
			["SKU", "Title", "Description", "Price"],
			[" mug ", " Mug ", " two\n  spaces ", " 8.00 "],
		]);
		expect(row).toMatchObject({ sku: "mug", title: "Mug", description: " two\n  spaces ", price: { amount: 800 } });
	});

	it("takes yen and dinars in their own decimal places, and the currency of a row before the one that was asked for", () => {
		const rows = wants([
			["SKU", "Price", "Currency"],
			["a", "1500", "JPY"],
			["b", "5.250", "kwd"],
			["c", "2.50", ""],
			["d", "10.500", "IQD"],
		]);
		expect(rows.map((row) => "price" in row && row.price)).toEqual([
			{ amount: 1_500, currency: "JPY" },
			{ amount: 5_250, currency: "KWD" },
			{ amount: 250, currency: "USD" },
			{ amount: 10_500, currency: "IQD" },
		]);
	});

	it("of European Excel has a comma before decimal places, and only there", () => {
		expect(
			wants(
				[
					["SKU", "Price"],
					["a", "19,99"],
				],
				{ currency: "EUR", point: ".," },
			),
		).toMatchObject([{ price: { amount: 1_999 } }]);
		expect(
			refusalsOf([
				["SKU", "Price"],
				["a", "1,299"],
			]),
		).toEqual([{ kind: "not-a-price", text: "1,299" }]);
	});

	it.each([
		["no SKU", ["", "Mug", "8.00", "", "", ""], { kind: "no-sku" }],
		["a SKU that cannot be one", ["mug 1", "Mug", "8.00", "", "", ""], { kind: "not-a-sku", text: "mug 1" }],
		["a SKU that Excel has rounded", ["1.2E+11", "Mug", "8.00", "", "", ""], { kind: "not-a-sku", text: "1.2E+11" }],
		["a price with a sign", ["mug", "Mug", "$8", "", "", ""], { kind: "not-a-price", text: "$8" }],
		[
			"a price more precise than its currency",
			["mug", "Mug", "8.001", "", "", ""],
			{ kind: "too-precise", text: "8.001", currency: "USD", decimals: 2 },
		],
		["a price beyond all", ["mug", "Mug", "100000001", "", "", ""], { kind: "too-dear" }],
		["a currency that is none", ["mug", "Mug", "8", "XXX", "", ""], { kind: "not-a-currency", text: "XXX" }],
		[
			"a picture that is no address",
			["mug", "Mug", "8", "", "//cdn.example/1.jpg", ""],
			{ kind: "not-a-picture", text: "//cdn.example/1.jpg" },
		],
		[
			"a picture that is a script",
			["mug", "Mug", "8", "", "javascript:alert(1)", ""],
			{ kind: "not-a-picture", text: "javascript:alert(1)" },
		],
		["a count that is none", ["mug", "Mug", "8", "", "", "many"], { kind: "not-a-count", text: "many" }],
		["a title of too many emoji", ["mug", "😀".repeat(201), "8", "", "", ""], { kind: "title-too-long", most: 200 }],
		["a title beyond all", ["mug", "M".repeat(201), "8", "", "", ""], { kind: "title-too-long", most: 200 }],
	])("has a row refused with %s", (_, cells, refusal) => {
		expect(refusalsOf([["SKU", "Title", "Price", "Currency", "Image Src", "Inventory quantity"], cells])).toEqual([
			refusal,
		]);
	});

	it("is asked for its currency only where a row has a price and names none", () => {
		const rows = [
			["SKU", "Price", "Title"],
			["a", "8", ""],
			["b", "", "Mug"],
		];
		expect(refusalsOf(rows, { currency: null, point: "." })).toEqual([{ kind: "no-currency" }, null]);
	});

	it("keeps texts that the shop has room for, whose characters it counts", () => {
		const [row] = wants([
			["SKU", "Title", "Description"],
			["mug", "😀".repeat(200), "😀".repeat(2_000)],
		]);
		expect(row).toMatchObject({ title: "😀".repeat(200), description: "😀".repeat(2_000), remarks: [] });
	});

	it("has a long description cut at a word, and says so", () => {
		const [row] = wants([
			["SKU", "Title", "Description"],
			["mug", "Mug", `${"word ".repeat(1_000)}😀`],
		]);
		const { description = "" } = row as { description?: string };
		expect(description?.length).toBeLessThanOrEqual(MAX_DESCRIPTION);
		expect(description).toMatch(/word…$/);
		expect(row).toMatchObject({ remarks: [{ kind: "description-cut", most: MAX_DESCRIPTION }] });
	});

	it("has a description cut between characters, and not inside of one", () => {
		const [row] = wants([
			["SKU", "Title", "Description"],
			["mug", "Mug", "😀".repeat(2_500)],
		]);
		expect((row as { description: string }).description.isWellFormed()).toBe(true);
	});

	it("makes no pre-order of a shop's overselling, and says so", () => {
		const rows = wants([
			["SKU", "Title", "Variant Inventory Policy", "Variant Inventory Qty"],
			["mug", "Mug", "continue", "-3"],
		]);
		expect(rows).toMatchObject([
			{ firstStock: null, remarks: [{ kind: "oversold", inFile: -3 }, { kind: "oversell-ignored" }] },
		]);
	});
});

describe("the plan of a product", () => {
	const [wanted] = wants([
		["SKU", "Title", "Description", "Price", "Status", "Inventory quantity", "Product image URL"],
		["mug", "Mug", "White", "8.00", "active", "10", "https://cdn.example/1.jpg"],
	]);
	if (wanted === undefined || "refusal" in wanted || wanted.kind !== "product") throw new Error("it is refused");
	const same = {
		title: "Mug",
		description: "White",
		imageUrl: "https://cdn.example/1.jpg",
		price: { amount: 800, currency: "USD" },
	};

	it("that is new is to define it and give it its first stock", () => {
		expect(planProduct(wanted, null)).toMatchObject({
			steps: [
				{ kind: "define", product: same },
				{ kind: "first-stock", units: 10 },
			],
		});
	});

	it("that is archived and new has no unit before it is archived", () => {
		const plan = planProduct({ ...wanted, isArchived: true }, null);
		expect(plan).toMatchObject({
			steps: [{ kind: "define" }, { kind: "archive", isArchived: true }, { kind: "first-stock" }],
		});
	});

	it("that is new and lacks a title or a price is to refuse it", () => {
		const { title, price, ...others } = wanted;
		expect(planProduct({ ...others, price: price ?? same.price }, null)).toMatchObject({
			refusal: { kind: "no-title" },
		});
		expect(planProduct({ ...others, title: title ?? "" }, null)).toMatchObject({ refusal: { kind: "no-price" } });
	});

	it("that is there and the same is to do nothing", () => {
		expect(planProduct(wanted, knownProduct({ ...same, stock: { available: 10 } }))).toEqual({
			kind: "steps",
			steps: [],
			remarks: [],
		});
	});

	it("that has its stock is never to give it another, and says what it has", () => {
		expect(planProduct(wanted, knownProduct({ ...same, stock: { available: 7 } }))).toMatchObject({
			steps: [],
			remarks: [{ kind: "stock-kept", inFile: 10, available: 7 }],
		});
	});

	it("that never had a unit is to give it its first", () => {
		const known = { ...knownProduct({ ...same, stock: { available: 0 } }), isNeverStocked: true };
		expect(planProduct(wanted, known)).toMatchObject({ steps: [{ kind: "first-stock", units: 10 }] });
	});

	it("is to change what differs and nothing else, before it comes back into the shop", () => {
		const known = knownProduct({
			...same,
			title: "A mug",
			price: { amount: 900, currency: "EUR" },
			archived: true,
			stock: { available: 10 },
		});
		expect(planProduct(wanted, known)).toMatchObject({
			steps: [
				{
					kind: "change",
					details: { title: "Mug", price: { amount: 800, currency: "USD" } },
					changes: [
						{ field: "title", from: "A mug", to: "Mug" },
						{ field: "price", from: "9.00 EUR", to: "8.00 USD" },
					],
				},
				{ kind: "archive", isArchived: false },
			],
		});
	});
});

describe("an inventory file", () => {
	const header = readHeader([
		"SKU",
		"Available (not editable)",
		"On hand (current)",
		"On hand (new)",
		"Version (not editable)",
	]);
	if (header.kind !== "inventory") throw new Error("these are products");
	const read = (...cells: string[]) => readInventoryRow(header.places, record(2, cells));

	it.each([
		["a new count", ["mug", "7", "10", "12", "40"], { kind: "count", expected: 10, counted: 12, version: 40 }],
		["a count of nothing", ["mug", "7", "10", "0", ""], { kind: "count", expected: 10, counted: 0, version: null }],
		["no new count", ["mug", "7", "10", "", ""], { kind: "first-stock", units: 7 }],
		["nothing to say", ["mug", "0", "10", "", ""], { outcome: "unchanged", remarks: [{ kind: "no-count" }] }],
		["an item that a place does not stock", ["mug", "not stocked", "not stocked", "", ""], { outcome: "unchanged" }],
		["no count before", ["mug", "", "", "12", ""], { refusal: { kind: "no-expected-count" } }],
		["a count that is none", ["mug", "7", "10", "a dozen", ""], { refusal: { kind: "not-a-count", text: "a dozen" } }],
		["a count below zero", ["mug", "7", "10", "-1", ""], { refusal: { kind: "not-a-count", text: "-1" } }],
		["no SKU", ["", "7", "10", "12", ""], { refusal: { kind: "no-sku" } }],
		["more units than one delivery brings", ["mug", "", "2000000000", "2000000000", ""], { counted: 2_000_000_000 }],
		["too large a correction", ["mug", "", "7", "1000000008", ""], { refusal: { kind: "too-many-units" } }],
	])("has a row with %s", (_, cells, wanted) => {
		expect(read(...cells)).toMatchObject(wanted);
	});

	const count = { kind: "count", row: 2, sku: "mug", expected: 10, counted: 12, version: 40 } as const;

	it("corrects a count that is what the file expects", () => {
		expect(planCount(count, knownProduct({ stock: { onHand: 10 } }))).toMatchObject({ steps: [{ kind: "adjust" }] });
	});

	it("leaves a count that is as it says already", () => {
		expect(planCount(count, knownProduct({ stock: { onHand: 12 } }))).toMatchObject({ kind: "steps", steps: [] });
	});

	it("refuses a count that was made of other units, by name", () => {
		const plan = planCount(count, knownProduct({ stock: { onHand: 9 } }));
		expect(plan).toEqual({ kind: "refused", refusal: { kind: "count-changed", expected: 10, onHand: 9 } });
	});
});
