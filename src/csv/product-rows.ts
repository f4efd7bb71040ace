/**
 * What the rows of a product file want. Pure.
 *
 * A product of Shopify is several rows with one handle: the first says what it is, each further one is a variant with a
 * SKU of its own, or one more picture. Here every SKU is a product, so a variant gets what the first row says, and its
 * options in its title. Rows of one handle stand together, and no more than the first of them is kept.
 */
import { SKU_PATTERN } from "../ids.ts";
import { MAX_DESCRIPTION, MAX_PRICE_MINOR, MAX_RESTOCK, MAX_TITLE, MAX_URL } from "../limits.ts";
import { minorUnitOf } from "../payments/iso-4217.ts";
import { parseCount, parsePrice, unguardFormula } from "./cells.ts";
import type { ProductColumn } from "./columns.ts";
import { textOf } from "./html-text.ts";
import type { CsvRecord } from "./record-reader.ts";
import { type Refusal, type Remark, type RowReport, refused } from "./report.ts";

export interface Price {
	readonly amount: number;
	readonly currency: string;
}

/** What a row wants of its product. What the file does not say is absent, and stays as it is. */
export interface WantedProduct {
	readonly kind: "product";
	readonly row: number;
	readonly sku: string;
	readonly title?: string;
	readonly description?: string | null;
	readonly imageUrl?: string | null;
	readonly price?: Price;
	readonly isArchived?: boolean;
	/** Units for a SKU that never had any. */
	readonly firstStock: number | null;
	readonly remarks: readonly Remark[];
}

export interface PriceFormat {
	/** Of rows that name none; null when there is none to go by. */
	readonly currency: string | null;
	/** What may stand before decimal places. */
	readonly point: "." | ".,";
}

/** Ends the reading of a row. */
class Refused extends Error {
	readonly refusal: Refusal;

	constructor(refusal: Refusal) {
		super(refusal.kind);
		this.refusal = refusal;
	}
}

type Cell = (column: ProductColumn) => string;

/** Reads the rows of one file, in order. */
export class ProductRows {
	readonly #places: ReadonlyMap<ProductColumn, number>;
	readonly #format: PriceFormat;
	/** The first row of the handle that is being read. */
	#first: Cell = () => "";

	constructor(places: ReadonlyMap<ProductColumn, number>, format: PriceFormat) {
		this.#places = places;
		this.#format = format;
	}

	/** What the row wants, or what is to be said of a row that wants nothing. */
	read({ row, cells }: CsvRecord): WantedProduct | RowReport {
		const cell: Cell = (column) => {
			const text = cells[this.#places.get(column) ?? cells.length] ?? "";
			// Of a text with lines and spaces of its own, all belongs to it.
			return unguardFormula(column === "description" ? text : text.trim());
		};
		const isOfFirst = cell("handle") !== "" && cell("handle") === this.#first("handle");
		const isFurther = isOfFirst && ["", this.#first("title")].includes(cell("title"));
		if (!isFurther) this.#first = cell;
		// Older exports of Shopify have an apostrophe before it, so that a spreadsheet leaves digits alone.
		const sku = cell("sku").replace(/^'/, "");
		const isPicture = isFurther && sku === "" && cell("price") === "" && cell("option1") === "";
		if (isPicture) {
			const remarks = [{ kind: "only-a-picture" }] as const;
			return { row, sku: null, outcome: "unchanged", changes: [], refusal: null, remarks };
		}
		try {
			if (sku === "") throw new Refused({ kind: "no-sku" });
			if (!SKU_PATTERN.test(sku)) throw new Refused({ kind: "not-a-sku", text: sku });
			return this.#wanted(row, sku, cell);
		} catch (error) {
			if (error instanceof Refused) return refused(row, sku === "" ? null : sku, error.refusal);
			throw error;
		}
	}

	#wanted(row: number, sku: string, cell: Cell): WantedProduct {
		const of = (column: ProductColumn): string => cell(column) || this.#first(column);
		const title = this.#title(cell);
		const [text, isCut] = cut(textOf(of("description")));
		const stock = this.#stock(cell("quantity"));
		const price = this.#price(cell("price"), of("currency"));
		const archived = archivedBy(of("status").toLowerCase(), of("published").toLowerCase());
		// A variant that was sorted away from its first row lacks what that says, and does not take it from the product.
		const isWhole = title !== null || !this.#places.has("title");
		const hasPicture = this.#places.has("picture") || this.#places.has("variantPicture");
		const imageUrl = pictureOf(cell, of);
		const isOversold = ["continue", "true"].includes(cell("oversell").toLowerCase());
		return {
			...{ kind: "product", row, sku, firstStock: stock !== null && stock > 0 ? stock : null },
			...(title === null ? {} : { title }),
			...(text !== "" || (isWhole && this.#places.has("description")) ? { description: text || null } : {}),
			...(imageUrl !== null || (isWhole && hasPicture) ? { imageUrl } : {}),
			...(price === null ? {} : { price }),
			...(archived === null ? {} : { isArchived: archived }),
			remarks: [
				...(stock !== null && stock < 0 ? [{ kind: "oversold", inFile: stock } as const] : []),
				...(isOversold ? [{ kind: "oversell-ignored" } as const] : []),
				...(isCut ? [{ kind: "description-cut", most: MAX_DESCRIPTION } as const] : []),
			],
		};
	}

	#title(cell: Cell): string | null {
		const title = this.#first("title");
		if (title === "") return null;
		// What Shopify writes for a product without variants.
		const values = (["option1", "option2", "option3"] as const).map(cell).filter(Boolean);
		const isPlain = values.length === 0 || (values.length === 1 && values[0] === "Default Title");
		const whole = isPlain ? title : `${title} - ${values.join(" / ")}`;
		if (charactersOf(whole) > MAX_TITLE) throw new Refused({ kind: "title-too-long", most: MAX_TITLE });
		return whole;
	}

	#price(text: string, named: string): Price | null {
		if (text === "") return null;
		const currency = named.toUpperCase() || this.#format.currency;
		if (currency === null) throw new Refused({ kind: "no-currency" });
		const decimals = minorUnitOf(currency);
		if (decimals === null) throw new Refused({ kind: "not-a-currency", text: currency });
		const price = parsePrice(text, decimals, this.#format.point);
		if (price.kind === "malformed") throw new Refused({ kind: "not-a-price", text });
		if (price.kind === "too-precise") throw new Refused({ kind: "too-precise", text, currency, decimals });
		if (price.minor > MAX_PRICE_MINOR) throw new Refused({ kind: "too-dear" });
		return { amount: price.minor, currency };
	}

	#stock(text: string): number | null {
		if (text === "") return null;
		const units = parseCount(text);
		if (units === null) throw new Refused({ kind: "not-a-count", text });
		if (units > MAX_RESTOCK) throw new Refused({ kind: "too-many-units", most: MAX_RESTOCK });
		return units;
	}
}

function pictureOf(cell: Cell, of: Cell): string | null {
	const text = cell("variantPicture") || of("picture");
	if (text === "") return null;
	if (!/^https?:\/\//i.test(text) || !URL.canParse(text) || charactersOf(text) > MAX_URL) {
		throw new Refused({ kind: "not-a-picture", text });
	}
	return text;
}

/** What a shop has not published is not sold here either. Null when the file says neither. */
function archivedBy(status: string, published: string): boolean | null {
	if (!["", "active", "archived", "draft", "unlisted"].includes(status)) {
		throw new Refused({ kind: "not-a-status", text: status });
	}
	if (status === "" && published === "") return null;
	return (status !== "" && status !== "active") || published === "false";
}

/** A text that a product may have, at the end of a word if there is one near. @returns whether something is gone */
function cut(text: string): readonly [string, boolean] {
	if (charactersOf(text) <= MAX_DESCRIPTION) return [text, false];
	const head = [...text].slice(0, MAX_DESCRIPTION - 1).join("");
	return [`${head.replace(/\s+\S{0,40}$/, "").trimEnd()}…`, true];
}

/** As the shop counts them: an emoji is one, and two in JavaScript's length. */
const charactersOf = (text: string): number => [...text].length;
