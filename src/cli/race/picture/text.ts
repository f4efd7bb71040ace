/** The picture and the table of a witness as text, for the terminal. */
import type { Operation } from "../history.ts";
import { layOut } from "./layout.ts";
import { askedText, barText, timeText, toldText } from "./words.ts";

/** A line of the table: time of the call and of the answer, who, what they asked, what they were told. */
export type TableRow = readonly [called: string, answered: string, who: string, asked: string, told: string];

export function tableRows(operations: readonly Operation[]): TableRow[] {
	const startMs = Math.min(...operations.map(({ calledAtMs }) => calledAtMs));
	return operations.map((operation) => [
		timeText(operation.calledAtMs - startMs),
		operation.answer === null ? "" : timeText(operation.endedAtMs - startMs),
		operation.actor,
		askedText(operation),
		toldText(operation, startMs),
	]);
}

export const TABLE_HEAD: TableRow = ["called", "answered", "who", "asked", "was told"];

/** @param marked ids of those that contradict each other */
export function tableText(operations: readonly Operation[], marked: ReadonlySet<number>): string {
	const rows = [TABLE_HEAD, ...tableRows(operations)];
	const widths = TABLE_HEAD.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
	const line = (row: TableRow) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ");
	const marks = ["  ", ...operations.map(({ id }) => (marked.has(id) ? "▶ " : "  "))];
	return rows.map((row, index) => `${marks[index]}${line(row)}`.trimEnd()).join("\n");
}

const THIN = { left: "├", line: "─", right: "┤", open: "╌" };
const THICK = { left: "┣", line: "━", right: "┫", open: "╌" };

/** Time to the right, a row for each buyer; those that contradict each other have thick bars. */
export function pictureText(operations: readonly Operation[], marked: ReadonlySet<number>): string {
	const { rows, bars, promised, width } = layOut(operations, marked, {
		widthOf: (operation) => barText(operation).length + 5,
		gap: 2,
	});
	const names = rows.map((name) => name ?? "");
	const margin = Math.max(...names.map(({ length }) => length)) + 2;
	const canvas = rows.map(() => new Array<string>(width + 1).fill(" "));
	const write = (row: number, at: number, text: string) => {
		for (const [index, letter] of [...text].entries()) (canvas[row] as string[])[at + index] = letter;
	};
	for (const { row, from, to, isOpen } of promised) write(row, from, "·".repeat(to - from) + (isOpen ? "▸" : "|"));
	for (const { operation, row, from, to, isMarked } of bars) {
		const { left, line, right, open } = isMarked ? THICK : THIN;
		const end = operation.answer === null ? open : right;
		write(row, from, `${left}${line.repeat(Math.max(0, to - from - 1))}${end}`);
		write(row, from + 2, ` ${barText(operation)} `);
	}
	return names.map((name, row) => `${name.padEnd(margin)}${(canvas[row] ?? []).join("")}`.trimEnd()).join("\n");
}
