/**
 * The options of a command, declared once in a table. The table gives their types, the check of each value and the help
 * text. A command that is called wrongly ends before it does anything (`command.ts`).
 */
import { accessSync, constants } from "node:fs";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";

/** A mistake in the call of a command. The message is one sentence for the person who typed it. */
export class UsageError extends Error {}

interface SwitchOption {
	readonly help: string;
}

interface ValueOption extends SwitchOption {
	/** What the help calls the value: `N`, `FILE`. */
	readonly value: string;
	/** Reads the value as typed. Its error completes the sentence "--name …". */
	readonly schema: z.ZodType<unknown, string>;
	/** As typed. An option without a default that is not given is null. */
	readonly default?: string;
	/** The option may be repeated, and is a list. */
	readonly multiple?: true;
}

/** Options by their names in camelCase: `payRate` is `--pay-rate` on the command line. */
export type OptionTable = Readonly<Record<string, SwitchOption | ValueOption>>;
/** What a command takes without an option's name, in this order. Each of them is needed. */
export type OperandTable = Readonly<Record<string, Omit<ValueOption, "default" | "multiple">>>;

type OperandValues<Table extends OperandTable> = {
	readonly [Name in keyof Table]: z.infer<Table[Name]["schema"]>;
};

type OptionValue<Option> = Option extends { readonly schema: z.ZodType<infer Value> }
	? Option extends { readonly multiple: true }
		? readonly Value[]
		: Option extends { readonly default: string }
			? Value
			: Value | null
	: boolean;

export type OptionValues<Table extends OptionTable> = { readonly [Name in keyof Table]: OptionValue<Table[Name]> };

export const wholeNumber = (min: number, max: number) => number(/^\d+$/, "a whole number", min, max);
/** A file that is written when the work is done, which takes minutes: one that cannot be written is refused before that. */
export const outputFile = () =>
	z.string().refine(standsInOurFolder, { error: "must be a file in a folder that exists and is yours" });
export const decimal = (min: number, max: number) => number(/^\d*\.?\d+$/, "a number", min, max);

/** @returns null when help was asked for @throws UsageError with what is wrong in the first wrong option */
export function parseOptions<Table extends OptionTable, Operands extends OperandTable = Record<never, never>>(
	table: Table,
	args: readonly string[],
	operands: Operands = {} as Operands,
): (OptionValues<Table> & OperandValues<Operands>) | null {
	const names = new Map(Object.keys(table).map((name) => [flagOf(name), name]));
	const declared = Object.entries(table).map(([name, option]) => [flagOf(name), { type: typeOf(option) }] as const);
	// Not strict: parseArgs would refuse a wrong call too, but in several lines about how to write positional
	// arguments.
	const { tokens } = parseArgs({
		args: [...args],
		options: { ...Object.fromEntries(declared), help: { type: "boolean", short: "h" } },
		strict: false,
		allowPositionals: true,
		tokens: true,
	});
	const given = new Map<string, unknown[]>();
	const missing = Object.entries(operands);
	const found: [name: string, value: unknown][] = [];
	for (const token of tokens) {
		if (token.kind === "option-terminator") continue;
		if (token.kind === "positional") {
			const [name, operand] = missing.shift() ?? [];
			if (name === undefined || operand === undefined) {
				throw new UsageError(`The argument "${token.value}" belongs to no option.`);
			}
			found.push([name, read(operand.value, operand, token.value)]);
			continue;
		}
		if (token.name === "help") return null;
		const name = names.get(token.name);
		const option = name === undefined ? undefined : table[name];
		if (name === undefined || option === undefined) throw new UsageError(`There is no option ${token.rawName}.`);
		given.set(name, [...(given.get(name) ?? []), read(token.rawName, option, token.value)]);
	}
	const [first] = missing;
	if (first !== undefined) throw new UsageError(`${first[1].value} is missing.`);
	const values = Object.entries(table).map(([name, option]) => [name, finalValue(name, option, given.get(name) ?? [])]);
	return Object.fromEntries([...found, ...values]) as OptionValues<Table> & OperandValues<Operands>;
}

/** One line for each option, under the title of its group. @param operands what has no name of its own, as a group */
export function describeOptions(groups: Readonly<Record<string, OptionTable>>, operands?: OperandTable): string {
	const label = ([name, option]: [string, OptionTable[string]]) =>
		operands?.[name] === option
			? `  ${operands[name]?.value}`
			: `  --${flagOf(name)}${"value" in option ? ` ${option.value}` : ""}`;
	const width = Math.max(
		...Object.values(groups)
			.flatMap((table) => Object.entries(table).map(label))
			.map(lengthOf),
	);
	const line = (entry: [string, OptionTable[string]]) => {
		const [, option] = entry;
		const standard = "default" in option && option.default !== undefined ? ` (default ${option.default})` : "";
		return `${label(entry).padEnd(width)}  ${option.help}${standard}`;
	};
	return Object.entries(groups)
		.map(([title, table]) => [`${title}:`, ...Object.entries(table).map(line)].join("\n"))
		.join("\n\n");
}

const lengthOf = (text: string): number => text.length;
const typeOf = (option: SwitchOption | ValueOption) => ("schema" in option ? "string" : "boolean");
const flagOf = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

function finalValue(name: string, option: SwitchOption | ValueOption, given: readonly unknown[]): unknown {
	if (!("schema" in option)) return given.length > 0;
	if (option.multiple) return given;
	return given.at(-1) ?? (option.default === undefined ? null : read(`--${flagOf(name)}`, option, option.default));
}

function read(flag: string, option: SwitchOption | ValueOption, text: string | undefined): unknown {
	if (!("schema" in option)) {
		if (text !== undefined) throw new UsageError(`${flag} takes no value.`);
		return true;
	}
	if (text === undefined) throw new UsageError(`${flag} needs a value.`);
	const result = option.schema.safeParse(text);
	if (result.success) return result.data;
	throw new UsageError(`${flag} ${result.error.issues[0]?.message}, not "${text}".`);
}

function number(form: RegExp, kind: string, min: number, max: number) {
	const error = `must be ${kind} from ${min.toLocaleString("en-US")} to ${max.toLocaleString("en-US")}`;
	const withinBounds = z.number().min(min, { error }).max(max, { error });
	return z.string().regex(form, { error, abort: true }).transform(Number).pipe(withinBounds);
}

function standsInOurFolder(file: string): boolean {
	try {
		accessSync(dirname(file), constants.W_OK);
		return file !== "";
	} catch {
		return false;
	}
}
