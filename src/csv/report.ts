/** What becomes of each row of a file, and why. `texts.ts` says it in English. */

export type Outcome = "created" | "changed" | "unchanged" | "refused";

/** One thing that a row changes of a product. A price is written with its currency, and stock counts units. */
export interface FieldChange {
	readonly field: "title" | "description" | "picture" | "price" | "archived" | "stock";
	readonly from: string;
	readonly to: string;
}

/** Why a row is refused. */
export type Refusal =
	| { readonly kind: "spoilt" }
	| { readonly kind: "too-many-cells" }
	| { readonly kind: "no-sku" }
	| { readonly kind: "not-a-sku"; readonly text: string }
	/** Its SKU stands in an earlier row already, so one of the two is wrong; or the units are in several places. */
	| { readonly kind: "sku-twice"; readonly row: number }
	| { readonly kind: "no-title" }
	| { readonly kind: "title-too-long"; readonly most: number }
	| { readonly kind: "no-price" }
	| { readonly kind: "no-currency" }
	| { readonly kind: "not-a-currency"; readonly text: string }
	| { readonly kind: "not-a-price"; readonly text: string }
	| { readonly kind: "too-precise"; readonly text: string; readonly currency: string; readonly decimals: number }
	| { readonly kind: "too-dear" }
	| { readonly kind: "not-a-picture"; readonly text: string }
	| { readonly kind: "not-a-status"; readonly text: string }
	| { readonly kind: "not-a-count"; readonly text: string }
	| { readonly kind: "too-many-units"; readonly most: number }
	| { readonly kind: "no-expected-count" }
	| { readonly kind: "unknown-sku" }
	/** Somebody else has changed the count since the file was made. */
	| { readonly kind: "count-changed"; readonly expected: number; readonly onHand: number }
	| { readonly kind: "below-held"; readonly shortBy: number }
	/** The shop could not serve it for long. */
	| { readonly kind: "busy" }
	/** The shop refuses it, in its own words. */
	| { readonly kind: "problem"; readonly title: string; readonly detail: string }
	/** The shop failed at this row. */
	| { readonly kind: "fault"; readonly message: string };

/** What else is to be said of a row that is not refused. */
export type Remark =
	| { readonly kind: "only-a-picture" }
	| { readonly kind: "no-count" }
	| { readonly kind: "done-before" }
	| { readonly kind: "stock-kept"; readonly inFile: number; readonly available: number }
	| { readonly kind: "oversold"; readonly inFile: number }
	| { readonly kind: "oversell-ignored" }
	| { readonly kind: "description-cut"; readonly most: number };

export interface RowReport {
	/** As a spreadsheet counts it. */
	readonly row: number;
	/** Null for a row without one. */
	readonly sku: string | null;
	readonly outcome: Outcome;
	/** What is changed; of a refused row, what had been changed before it was refused. */
	readonly changes: readonly FieldChange[];
	/** Of a refused row, and null otherwise. */
	readonly refusal: Refusal | null;
	readonly remarks: readonly Remark[];
}

export type Tally = Readonly<Record<Outcome, number>>;

export const EMPTY_TALLY: Tally = { created: 0, changed: 0, unchanged: 0, refused: 0 };

export const count = (tally: Tally, { outcome }: RowReport): Tally => ({ ...tally, [outcome]: tally[outcome] + 1 });

export const refused = (row: number, sku: string | null, refusal: Refusal): RowReport => ({
	...{ row, sku, outcome: "refused", changes: [], refusal, remarks: [] },
});
