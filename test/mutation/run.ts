/**
 * `npm run mutation [-- FILE…]`: changes the rules of stock, checkout and webhooks in one place after the other, and runs
 * their tests against each such mutant. One that no test and no type notices shows a rule that nothing holds, or code that
 * does nothing: it fails the run unless `explained.ts` says why it may survive.
 *
 * Stryker makes the mutants, knows which tests reach which, and runs those. It works in a copy of the tree. What is left
 * is given to the compiler, all at once: each mutant as a file of its own beside the original.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { basename, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { LogLevel } from "@stryker-mutator/api/core";
import { Stryker } from "@stryker-mutator/core";
import { EXPLAINED, type Explained } from "./explained.ts";
import { NAME as IGNORED } from "./ignored.ts";
import { addMutators } from "./mutators.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url).href);
const ROOMS = ["src/stock/rules", "src/checkout/rules", "src/webhooks/rules"];
/** What the tests of the rules read. */
const COPIED = ["src", "test", "migrations", "package.json", "tsconfig.json", "wrangler.toml"];

type Mutant = Awaited<ReturnType<Stryker["runMutationTest"]>>[number];

/** The files whose name ends as an argument does; all without arguments. */
function filesToMutate(args: readonly string[]): readonly string[] {
	const all = ROOMS.flatMap((room) => readdirSync(join(ROOT, room)).map((name) => `${room}/${name}`));
	const none = args.find((arg) => !all.some((file) => file.endsWith(arg)));
	if (none === undefined) return all.filter((file) => args.length === 0 || args.some((arg) => file.endsWith(arg)));
	console.error(`No file of ${ROOMS.join(" or ")} is called ${none}.`);
	process.exit(2);
}

/** A copy of the tree that goes with this process. Stryker changes its files, and puts them back. */
function copyOfTree(): string {
	const copy = mkdtempSync(join(tmpdir(), "holdfast-mutation-"));
	process.on("exit", () => rmSync(copy, { recursive: true, force: true }));
	for (const name of COPIED) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
	symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
	return copy;
}

function runTests(files: readonly string[]): Promise<Mutant[]> {
	return new Stryker({
		mutate: [...files],
		inPlace: true,
		testRunner: "vitest",
		plugins: ["@stryker-mutator/vitest-runner", fileURLToPath(import.meta.resolve("./ignored.ts"))],
		ignorers: [IGNORED],
		vitest: { configFile: "test/mutation/vitest.config.ts" },
		coverageAnalysis: "perTest",
		concurrency: availableParallelism(),
		reporters: [process.stdout.isTTY ? "progress" : "progress-append-only"],
		logLevel: "warn" as LogLevel,
		warnings: false,
		allowConsoleColors: process.stdout.isTTY,
		// Stryker would rewrite it with an interface of TypeScript that version 7 no longer has.
		tsconfigFile: "none.json",
	}).runMutationTest();
}

/** The file as the mutant has it. Stryker counts lines and columns from 1. */
function mutated(source: string, { location: { start, end }, replacement }: Mutant): string {
	const lines = source.split("\n");
	const offset = ({ line, column }: { line: number; column: number }) =>
		lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0) + column - 1;
	return source.slice(0, offset(start)) + replacement + source.slice(offset(end));
}

/** The mutants that the compiler refuses: nobody can write them. */
function refusedByTypes(copy: string, mutants: readonly Mutant[]): ReadonlySet<Mutant> {
	const options = { extends: "./tsconfig.json", compilerOptions: { noUnusedLocals: false, noUnusedParameters: false } };
	const include = ["src/env.d.ts"];
	const byFile = new Map<string, Mutant>();
	for (const mutant of mutants) {
		const path = mutant.fileName.replace(/\.ts$/, `.mutant${mutant.id}.ts`);
		writeFileSync(path, mutated(readFileSync(mutant.fileName, "utf8"), mutant));
		byFile.set(basename(path), mutant);
		include.push(relative(copy, path));
	}
	writeFileSync(join(copy, "tsconfig.mutants.json"), JSON.stringify({ ...options, include }));
	const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
	const { stdout } = spawnSync(
		process.execPath,
		[tsc, "-p", join(copy, "tsconfig.mutants.json"), "--pretty", "false"],
		{
			encoding: "utf8",
			maxBuffer: 2 ** 28,
		},
	);
	const refused = new Set<Mutant>();
	for (const [, name = "", line] of stdout.matchAll(/^(\S+?)\(\d+,\d+\): (error .*)$/gm)) {
		const mutant = byFile.get(basename(name));
		if (mutant === undefined) throw new Error(`the compiler refuses the rules themselves: ${name}: ${line}`);
		refused.add(mutant);
	}
	return refused;
}

const collapsed = (text: string): string => text.replaceAll(/\s+/g, " ").trim();

/** The lines of a mutant, before and after. */
function changeOf(copy: string, mutant: Mutant): Omit<Explained, "why"> {
	const file = relative(join(copy, "src"), mutant.fileName);
	const source = readFileSync(mutant.fileName, "utf8");
	const { start, end } = mutant.location;
	const before = source.split("\n");
	const after = mutated(source, mutant).split("\n");
	const lines = (text: readonly string[], to: number) => collapsed(text.slice(start.line - 1, to).join("\n"));
	return { file, code: lines(before, end.line), becomes: lines(after, end.line + after.length - before.length) };
}

const isSame = (a: Omit<Explained, "why">, b: Omit<Explained, "why">): boolean =>
	a.file === b.file && collapsed(a.code) === collapsed(b.code) && collapsed(a.becomes) === collapsed(b.becomes);

const lineOf = ({ location }: Mutant): number => location.start.line;

const files = filesToMutate(process.argv.slice(2));
const startedMs = Date.now();
const copy = copyOfTree();
process.chdir(copy);
await addMutators();
const mutants = (await runTests(files)).filter(({ status }) => status !== "Ignored");
const unnoticed = mutants.filter(({ status }) => status !== "Killed" && status !== "Timeout");
const byTypes = refusedByTypes(copy, unnoticed);
const survivors = unnoticed
	.filter((mutant) => !byTypes.has(mutant))
	.map((mutant) => ({ mutant, change: changeOf(copy, mutant) }));
survivors.sort(
	(a, b) =>
		files.indexOf(`src/${a.change.file}`) - files.indexOf(`src/${b.change.file}`) ||
		lineOf(a.mutant) - lineOf(b.mutant),
);
const explained = survivors.filter(({ change }) => EXPLAINED.some((entry) => isSame(entry, change)));
const unexplained = survivors.filter((survivor) => !explained.includes(survivor));
const obsolete = EXPLAINED.filter((entry) => files.includes(`src/${entry.file}`)).filter(
	(entry) => !survivors.some(({ change }) => isSame(entry, change)),
);

/** A row of the table: of the mutants whose file begins so. */
function row(name: string) {
	const isHere = ({ fileName }: Mutant) => relative(copy, fileName).startsWith(name);
	const count = (list: readonly { mutant: Mutant }[]) => list.filter(({ mutant }) => isHere(mutant)).length;
	const [all, left] = [mutants.filter(isHere).length, unnoticed.filter(isHere).length];
	const types = [...byTypes].filter(isHere).length;
	return { mutants: all, tests: all - left, types, explained: count(explained), survived: count(unexplained) };
}

for (const { mutant, change } of unexplained) {
	console.log(`\n${change.file}:${lineOf(mutant)}  ${mutant.mutatorName}  ${mutant.status}`);
	console.log(`  - ${change.code}\n  + ${change.becomes}`);
}
const rows = [...files, ...ROOMS, "src"].map((name) => [name, row(name)] as const);
console.table(Object.fromEntries(rows.filter(([, { mutants }]) => mutants > 0)));
for (const { file, code, becomes } of obsolete)
	console.log(`\nexplained.ts explains a mutant of ${file} that does not survive:\n  - ${code}\n  + ${becomes}`);
console.log(`\n${Math.round((Date.now() - startedMs) / 1000)} s.`);
if (unexplained.length === 0 && obsolete.length === 0) {
	console.log("Every mutant is noticed or explained.");
	process.exit(0);
}
console.log(
	`${unexplained.length} mutants are neither noticed nor explained, ${obsolete.length} explained for nothing.`,
);
process.exit(1);
