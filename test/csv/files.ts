/** Files of a test: texts and bytes, in pieces of any size. */
import type { CsvFile } from "../../src/csv/index.ts";

/** @param pieceBytes how many bytes come at once: a character may be cut in the middle */
export function csvFile(content: string | Uint8Array, name = "file.csv", pieceBytes = 65_536): CsvFile {
	const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
	return {
		name,
		async *bytes() {
			for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
		},
	};
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
	const list: T[] = [];
	for await (const item of items) list.push(item);
	return list;
}

/** The lines as a file has them. */
export const lines = (...rows: readonly string[]): string => rows.map((row) => `${row}\r\n`).join("");
