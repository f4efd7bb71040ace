/** A file as its records: strict UTF-8, read in pieces, each of them dropped before the next. */
import { MAX_CSV_RECORD } from "../limits.ts";
import { CsvFileError } from "./csv-file-error.ts";
import { type CsvRecord, delimiterOf, RecordReader } from "./record-reader.ts";

/** A file that can be read more than once: in Node, or one that was chosen in a browser. */
export interface CsvFile {
	readonly name: string;
	bytes(): AsyncIterable<Uint8Array>;
}

/** Every record of the file, its header first. Blank ones are left out, and counted. @throws CsvFileError */
export async function* readRecords(file: CsvFile): AsyncGenerator<CsvRecord> {
	let reader: RecordReader | null = null;
	let text = "";
	let row = 0;
	for await (const piece of decode(file.bytes(), () => row + 1)) {
		text += piece;
		reader ??= readerFor(text, false);
		if (reader === null) continue;
		for (const record of reader.push(text)) {
			row = record.row;
			if (isContent(record)) yield record;
		}
		text = "";
	}
	reader ??= readerFor(text, true);
	for (const record of reader.push(text)) if (isContent(record)) yield record;
	const last = reader.end();
	if (last !== null && isContent(last)) yield last;
}

/** Excel's `sep=;` in the first row is no content; its reader was made by it. */
const SEPARATOR = /^sep=(.)?$/i;

const isContent = ({ row, cells: [first = "", ...others] }: CsvRecord): boolean =>
	!(row === 1 && SEPARATOR.test(first)) && (first.trim() !== "" || others.some((cell) => cell.trim() !== ""));

/** The reader by what stands between the cells of the header. Null until the text has all of that, or there is no more. */
function readerFor(text: string, isAll: true): RecordReader;
function readerFor(text: string, isAll: boolean): RecordReader | null;
function readerFor(text: string, isAll: boolean): RecordReader | null {
	const header = firstLine(text);
	if (header === null && !isAll && text.length <= MAX_CSV_RECORD) return null;
	const line = header ?? text;
	return new RecordReader(SEPARATOR.exec(line)?.[1] ?? delimiterOf(line));
}

/** The first line that is not blank; null when it is not there as a whole. */
function firstLine(text: string): string | null {
	let from = 0;
	let isQuoted = false;
	for (let i = 0; i < text.length; i++) {
		const char = text[i];
		if (char === '"') isQuoted = !isQuoted;
		if (isQuoted || (char !== "\n" && char !== "\r")) continue;
		const line = text.slice(from, i);
		if (line.trim() !== "") return line;
		from = i + 1;
	}
	return null;
}

/** @param rowNow the row that is being read, for who has to find the mistake */
async function* decode(bytes: AsyncIterable<Uint8Array>, rowNow: () => number): AsyncGenerator<string> {
	// It also leaves out a byte order mark.
	const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });
	let isFirst = true;
	for await (const piece of bytes) {
		if (piece.length === 0) continue;
		if (isFirst && isUtf16(piece)) throw new CsvFileError({ kind: "utf-16" });
		isFirst = false;
		let text: string;
		try {
			text = decoder.decode(piece, { stream: true });
		} catch {
			// What comes before the mistake is read, so that its row is known.
			const [before = ""] = new TextDecoder().decode(piece).split("\ufffd", 1);
			yield before;
			throw new CsvFileError({ kind: "not-utf-8", row: rowNow() });
		}
		if (text.includes("\0")) throw new CsvFileError({ kind: "not-text" });
		yield text;
	}
	try {
		yield decoder.decode();
	} catch {
		throw new CsvFileError({ kind: "not-utf-8", row: rowNow() });
	}
}

/** By its byte order mark, or by the zero that every second byte of Latin text is then. */
function isUtf16([first, second]: Uint8Array): boolean {
	if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return true;
	return second !== undefined && (first === 0) !== (second === 0);
}
