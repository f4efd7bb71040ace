/**
 * Reads CSV (RFC 4180) from text that comes in pieces, and keeps no more of it than one record. Pure.
 *
 * A spreadsheet's dialects are understood: CRLF, LF and CR, and any one character between cells. What no dialect means
 * is told apart: text after a closing quote spoils its record only, a quote that never closes the file.
 */
import { MAX_CSV_RECORD } from "../limits.ts";
import { CsvFileError } from "./csv-file-error.ts";

export interface CsvRecord {
	/** As a spreadsheet counts rows: the header is 1, and a row with line breaks in its cells is one. */
	readonly row: number;
	readonly cells: readonly string[];
	/** What stands between the cells of the file. */
	readonly delimiter: string;
	/** Text stands after a closing quote, so nobody knows where the cells end. */
	readonly isSpoilt: boolean;
}

const QUOTE = 34;
const LF = 10;
const CR = 13;

export class RecordReader {
	readonly #delimiter: string;
	#row = 1;
	#cells: string[] = [];
	#cell = "";
	/** Characters of the record so far. */
	#length = 0;
	#isSpoilt = false;
	/** Where in a cell the next character stands. */
	#at: "start" | "plain" | "quoted" | "after-quote" = "start";
	#isAfterCr = false;

	/** @param delimiter one character */
	constructor(delimiter: string) {
		this.#delimiter = delimiter;
	}

	/** The records that this piece of the text completes. @throws CsvFileError for a record longer than any */
	*push(text: string): Generator<CsvRecord> {
		const delimiter = this.#delimiter.charCodeAt(0);
		let from = 0;
		for (let i = 0; i < text.length; i++) {
			const code = text.charCodeAt(i);
			if (this.#isAfterCr) {
				this.#isAfterCr = false;
				if (code === LF) {
					from = i + 1;
					continue;
				}
			}
			if (this.#at === "quoted") {
				if (code !== QUOTE) continue;
				this.#take(text, from, i);
				this.#at = "after-quote";
				from = i + 1;
			} else if (code === QUOTE && this.#at === "start") {
				this.#at = "quoted";
				from = i + 1;
			} else if (code === QUOTE && this.#at === "after-quote") {
				// Two quotes are one: this one begins what follows.
				this.#at = "quoted";
				from = i;
			} else if (code === delimiter) {
				this.#take(text, from, i);
				this.#endCell();
				from = i + 1;
			} else if (code === LF || code === CR) {
				this.#take(text, from, i);
				this.#isAfterCr = code === CR;
				from = i + 1;
				yield this.#endRecord();
			} else if (this.#at === "start") {
				this.#at = "plain";
			} else if (this.#at === "after-quote") {
				this.#isSpoilt = true;
				this.#at = "plain";
			}
		}
		this.#take(text, from, text.length);
	}

	/** The last record, when no line break ends it. @throws CsvFileError when a quote is still open */
	end(): CsvRecord | null {
		if (this.#at === "quoted") throw this.#open();
		return this.#at === "start" && this.#cells.length === 0 ? null : this.#endRecord();
	}

	#take(text: string, from: number, to: number): void {
		if (from >= to) return;
		this.#length += to - from;
		if (this.#length > MAX_CSV_RECORD) throw this.#open();
		this.#cell += text.slice(from, to);
	}

	#endCell(): void {
		this.#cells.push(this.#cell);
		this.#cell = "";
		this.#at = "start";
	}

	#endRecord(): CsvRecord {
		this.#endCell();
		const record = { row: this.#row, cells: this.#cells, delimiter: this.#delimiter, isSpoilt: this.#isSpoilt };
		this.#row += 1;
		this.#cells = [];
		this.#length = 0;
		this.#isSpoilt = false;
		return record;
	}

	/** A record that does not end is nearly always one quote too many. */
	#open(): CsvFileError {
		return new CsvFileError({ kind: "open-quote", row: this.#row });
	}
}

/** Characters between cells that programs write: the last is what "Text (tab delimited)" has. */
const DELIMITERS = [",", ";", "\t"] as const;

/** The character between the cells of a header: the one that it has most of, outside of quotes. */
export function delimiterOf(header: string): string {
	const text = header.replace(/"(?:[^"]|"")*"/g, "");
	const count = (one: string): number => text.split(one).length;
	return DELIMITERS.reduce((best, one) => (count(one) > count(best) ? one : best));
}
