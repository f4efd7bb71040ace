/** Why a file cannot be imported at all. Nothing was changed for it, since a file is read through before its first row is. */
export type CsvFileFault =
	| { readonly kind: "empty" }
	/** UTF-16: Excel's "Unicode text" writes it. */
	| { readonly kind: "utf-16" }
	/** Not UTF-8. `row` is the one that was being read. */
	| { readonly kind: "not-utf-8"; readonly row: number }
	| { readonly kind: "not-text" }
	/** A quote opens a cell in this row, and no other closes it. */
	| { readonly kind: "open-quote"; readonly row: number }
	/** These are the columns, and none of what can be imported has them. */
	| { readonly kind: "unknown-columns"; readonly columns: readonly string[] }
	| { readonly kind: "orders" }
	/** Two columns say the same. */
	| { readonly kind: "column-twice"; readonly columns: readonly [string, string] };

export class CsvFileError extends Error {
	override readonly name = "CsvFileError";
	readonly fault: CsvFileFault;

	constructor(fault: CsvFileFault) {
		super(fault.kind);
		this.fault = fault;
	}
}
