/** Histories in a file: the whole one, and what was left of it when it had been shrunk. Read as from a stranger. */
import { readFileSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { UsageError } from "../options.ts";
import type { History } from "./history.ts";

/** Bytes. Histories of a hundred thousand operations are smaller. */
const LARGEST_FILE = 64 * 2 ** 20;
const LONGEST_NAME = 200;

const count = z.int().min(0).max(1_000_000);
const time = z.number().min(0);
const kind = <const Name extends string>(name: Name) => z.strictObject({ kind: z.literal(name) });
const unitsOf = <const Name extends string>(name: Name) => z.strictObject({ kind: z.literal(name), units: count });

const request = z.discriminatedUnion("kind", [
	unitsOf("restock"),
	unitsOf("reserve").extend({ waits: z.exactOptional(z.boolean()) }),
	kind("release"),
	unitsOf("check-out"),
	unitsOf("pay").extend({ approves: z.boolean() }),
	kind("read-order"),
	kind("read-stock"),
]);

const answer = z.discriminatedUnion("kind", [
	unitsOf("held").extend({ untilMs: time }),
	unitsOf("carted"),
	unitsOf("waiting"),
	kind("refused"),
	kind("released"),
	unitsOf("sold"),
	kind("declined"),
	kind("charged-for-nothing"),
	unitsOf("owed"),
	kind("pending"),
	kind("none"),
	kind("stock").extend({ available: z.int(), sold: z.int().nullable() }),
	kind("restocked"),
	kind("failed").extend({ status: z.int() }),
]);

const operation = z.strictObject({
	id: count,
	actor: z.string().max(LONGEST_NAME),
	request,
	calledAtMs: time,
	endedAtMs: time,
	answer: answer.nullable(),
	repeats: count.nullable(),
});

const history = z.strictObject({
	seed: z.int().min(0),
	promises: z.strictObject({ staleMs: time, clockMs: time, graceMs: time }),
	operations: z.array(operation),
}) satisfies z.ZodType<History>;

/** One file is one history. What was shrunk of it is for people, and is not read again. */
const file = z.looseObject({ history });

/** @param shrunk null for a history that was not shrunk */
export function saveHistory(path: string, whole: History, shrunk: History | null): void {
	writeFileSync(path, `${JSON.stringify({ history: whole, shrunk }, null, "\t")}\n`);
}

/** @throws UsageError when there is no such history */
export function readHistory(path: string): History {
	let text: string;
	try {
		text = readFileSync(path, "utf8");
	} catch (error) {
		throw new UsageError(`--check cannot read ${path}: ${(error as Error).message}.`);
	}
	if (text.length > LARGEST_FILE) throw new UsageError(`--check takes files of up to ${LARGEST_FILE} bytes.`);
	const parsed = file.safeParse(jsonOrNull(text));
	if (parsed.success) return parsed.data.history;
	const [issue] = parsed.error.issues;
	throw new UsageError(`${path} is no saved history: ${issue?.path.join(".") || "the file"}: ${issue?.message}.`);
}

function jsonOrNull(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return null;
	}
}
