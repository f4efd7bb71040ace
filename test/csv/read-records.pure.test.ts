/** The parser, against what spreadsheets write, and against another parser. */
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CsvFileError, type CsvFileFault } from "../../src/csv/csv-file-error.ts";
import { readRecords } from "../../src/csv/read-records.ts";
import { MAX_CSV_RECORD } from "../../src/limits.ts";
import { all, csvFile } from "./files.ts";

const read = async (content: string | Uint8Array, pieceBytes?: number) =>
	all(readRecords(csvFile(content, "f", pieceBytes)));
const cellsOf = async (content: string | Uint8Array, pieceBytes?: number) =>
	(await read(content, pieceBytes)).map(({ cells }) => cells);

async function faultOf(content: string | Uint8Array): Promise<CsvFileFault | null> {
	try {
		await read(content);
		return null;
	} catch (error) {
		expect(error).toBeInstanceOf(CsvFileError);
		return (error as CsvFileError).fault;
	}
}

const bytes = (...parts: readonly (string | number)[]): Uint8Array =>
	Uint8Array.from(parts.flatMap((part) => (typeof part === "number" ? [part] : [...new TextEncoder().encode(part)])));

describe("a file", () => {
	const RECORDS = [
		["SKU", "Title"],
		["a", "one\nand a half"],
		["b", 'two, "and"'],
	];

	it.each([
		["LF", 'SKU,Title\na,"one\nand a half"\nb,"two, ""and"""\n'],
		["CRLF", 'SKU,Title\r\na,"one\nand a half"\r\nb,"two, ""and"""\r\n'],
		["CR", 'SKU,Title\ra,"one\nand a half"\rb,"two, ""and"""\r'],
		["no line break at its end", 'SKU,Title\na,"one\nand a half"\nb,"two, ""and"""'],
		["a byte order mark", '\ufeffSKU,Title\na,"one\nand a half"\nb,"two, ""and"""\n'],
		["semicolons", 'SKU;Title\na;"one\nand a half"\nb;"two, ""and"""\n'],
		["tabs", 'SKU\tTitle\na\t"one\nand a half"\nb\t"two, ""and"""\n'],
		["Excel's hint", 'sep=;\nSKU;Title\na;"one\nand a half"\nb;"two, ""and"""\n'],
		["blank rows", '\n\nSKU,Title\n,,\na,"one\nand a half"\n\n , \nb,"two, ""and"""\n,\n\n'],
	])("with %s is read, whatever the pieces that it comes in", async (_, text) => {
		for (const pieceBytes of [1, 2, 3, 7, 65_536]) expect(await cellsOf(text, pieceBytes)).toEqual(RECORDS);
	});

	it("has a header that tells its delimiter, though the header's cells have the others in quotes", async () => {
		expect(await cellsOf('"a,b,c";"d,e\tf"\n1;2\n')).toEqual([
			["a,b,c", "d,e\tf"],
			["1", "2"],
		]);
	});

	it("has rows that count as in a spreadsheet: blank ones too, and one with line breaks once", async () => {
		expect((await read('SKU\n\n"a\nb"\nc\n')).map(({ row }) => row)).toEqual([1, 3, 4]);
	});

	it("keeps a quote inside a plain cell, and spoils no other row by text after a quote", async () => {
		expect(
			(await read('SKU,Title\na,5" disk\nb,"x"y\nc,z\n')).map(({ cells, isSpoilt }) => [...cells, isSpoilt]),
		).toEqual([
			["SKU", "Title", false],
			["a", '5" disk', false],
			["b", "xy", true],
			["c", "z", false],
		]);
	});

	it.each<[string, string | Uint8Array, CsvFileFault]>([
		["UTF-16, little end first", bytes(0xff, 0xfe, "S", 0), { kind: "utf-16" }],
		["UTF-16, big end first", bytes(0xfe, 0xff, 0, "S"), { kind: "utf-16" }],
		["UTF-16 without a mark", bytes("S", 0, "K", 0), { kind: "utf-16" }],
		["Latin-1", bytes("SKU\na\nb\ncaf", 0xe9, "\n"), { kind: "not-utf-8", row: 4 }],
		["a character cut off at the end", bytes("SKU\na\ncaf", 0xc3), { kind: "not-utf-8", row: 3 }],
		["a workbook", bytes("PK", 3, 4, 20, 0, 0), { kind: "not-text" }],
		["a quote that nothing closes", 'SKU\na\n"b\nc\nd', { kind: "open-quote", row: 3 }],
		["a row without an end", `SKU\n"${"x".repeat(MAX_CSV_RECORD + 1)}"\n`, { kind: "open-quote", row: 2 }],
	])("with %s is refused by name", async (_, content, fault) => {
		expect(await faultOf(content)).toEqual(fault);
	});

	it("is read as another parser reads it, whatever its cells have", async () => {
		const cell = fc.string({ unit: fc.constantFrom("a", "é", "😀", '"', ",", ";", "\n", "\r", " ", "'", "=") });
		const rows = fc.array(fc.array(cell, { minLength: 2, maxLength: 2 }), { minLength: 1 });
		const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
		const plain = fc.constantFrom("a", "b c", "1.5", "é");
		await fc.assert(
			fc.asyncProperty(
				rows,
				plain,
				fc.constantFrom("\n", "\r\n"),
				fc.integer({ min: 1, max: 9 }),
				async (cells, own, end, size) => {
					const header = `SKU,Title${end}`;
					const text = header + cells.map((row) => `${row.map(quoted).join(",")},${own}${end}`).join("");
					const theirs = parse(text, { relax_column_count: true }) as string[][];
					expect(await cellsOf(text, size)).toEqual(theirs);
				},
			),
		);
	});
});
