/**
 * Weakens the checker in one place at a time, and looks whether its tests notice: `node test/cli/race/checker/mutants.ts`,
 * with numbers of mutants as arguments for some of them. It changes a copy. Exit 1 when one survives, or when its text is
 * not in the file any more.
 */
import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

type Mutant = readonly [file: string, text: string, replacement: string, what: string];

const MUTANTS: readonly Mutant[] = [
	[
		"model",
		"const free = stock.free + own - act.units;\n\t\t\tif (free < 0) return null;\n\t\t\tconst hold",
		"const free = stock.free + own - act.units;\n\t\t\tconst hold",
		"a hold needs no unit",
	],
	[
		"model",
		"if (free < 0) return null;\n\t\t\tconst { units } = act;",
		"const { units } = act;",
		"a sale needs no unit",
	],
	["model", "if (buyer.bought > 0) return stock;", "", "a purchase sells as often as it is told"],
	[
		"model",
		"return changed({ hold, bought: 0, waits: 0 }, { free });",
		"return changed({ hold, waits: 0 }, { free });",
		"a second purchase is never a sale",
	],
	[
		"model",
		"return changed({ hold, bought: 0, waits: 0 }, { free });",
		"return changed({ hold, bought: 0 }, { free });",
		"who is served still waits",
	],
	[
		"model",
		"return changed({ hold: null, hasLost: true, waits: 0 }, { free: stock.free + own });",
		"return changed({ hold: null, hasLost: true, waits: 0 });",
		"what is given back is lost",
	],
	[
		"model",
		"return changed({ hold: null, hasLost: true }, { free: stock.free + own });",
		"return changed({ hold: null, hasLost: true }, { free: stock.free });",
		"an ended hold keeps its units",
	],
	[
		"model",
		"if (units === 0 || stock.free < units) return null;",
		"if (units === 0) return null;",
		"what is owed comes from nowhere",
	],
	[
		"model",
		"return hold === null && hasLost && bought === 0;",
		"return hold === null && bought === 0;",
		"who never held may be charged for nothing",
	],
	[
		"model",
		"return hold === null && hasLost && bought === 0;",
		"return hasLost && bought === 0;",
		"who holds may be charged for nothing",
	],
	["model", "return hasLost || bought > 0 || isShort(stock, fact);", "return true;", "any payment may be turned away"],
	[
		"model",
		"return fact.units <= stock.free && fact.units >=",
		"return fact.units >=",
		"any number may be shown as available",
	],
	[
		"model",
		"return fact.units <= stock.free && fact.units >= stock.free - stock.waiting - stock.owed;",
		"return fact.units <= stock.free;",
		"units may be hidden",
	],
	[
		"model",
		"return fact.units >= stock.sold && fact.units <= stock.sold + stock.owed;",
		"return fact.units >= stock.sold;",
		"sales may be made up in the count",
	],
	[
		"model",
		"return stock.free < units || stock.waiting > own.waits || stock.owed > own.owed;",
		"return stock.free <= units || stock.waiting > own.waits || stock.owed > own.owed;",
		"the last unit may be refused",
	],
	[
		"model",
		"return stock.free < units || stock.waiting > own.waits || stock.owed > own.owed;",
		"return stock.free < units || stock.waiting > 0 || stock.owed > own.owed;",
		"one's own place bars oneself",
	],
	["duties", "fromMs: untilMs - clockMs, byMs };", "fromMs: -NEVER, byMs };", "a hold may end at any time"],
	[
		"duties",
		"Math.max(untilMs + graceMs + clockMs, endedAtMs)",
		"Math.max(untilMs + graceMs + clockMs + 1000, endedAtMs)",
		"a hold may be counted long after its end",
	],
	[
		"duties",
		"if (calledAtMs <= byMs) byMs = Math.max(byMs, settledAtMs);",
		"byMs = Math.max(byMs, settledAtMs);",
		"any payment prolongs the hold",
	],
	[
		"duties",
		"if (told.length > 0) this.#act(act, [...open, ...told], earliestEnd(told));",
		"if (told.length > 0) for (const each of told) this.#act(act, [...open, ...told], each);",
		"a repetition is done twice",
	],
	[
		"duties",
		'if (other !== undefined) this.#fact({ kind: "contradiction", buyer }, other);',
		"",
		"a payment may be told two things",
	],
	[
		"duties",
		'this.#fact({ kind: "uncovered", buyer, units, before }, operation);',
		"",
		"who holds may be refused at the bank",
	],
	[
		"duties",
		'this.#fact({ kind: "turned-away", buyer, units }, operation, this.#history.promises.staleMs);',
		"",
		"a payment needs no reason to be refused",
	],
	[
		"duties",
		"return this.#acts.push({ what, fromMs, byMs: told?.endedAtMs ?? NEVER, operation: id }) - 1;",
		"return this.#acts.push({ what, fromMs, byMs: NEVER, operation: id }) - 1;",
		"nothing has to be done",
	],
	["duties", 'this.#fact({ kind: "refunded", buyer }, operation);', "", "an order may be refunded for nothing"],
	[
		"duties",
		"fromMs: calledAtMs - earlierMs, byMs: endedAtMs",
		"fromMs: calledAtMs - earlierMs, byMs: endedAtMs + 3",
		"an answer may tell of what comes later",
	],
	[
		"search",
		'const isLate = what.kind === "uncovered" && what.before !== null && this.#isDone(situation, what.before);',
		"const isLate = false;",
		"a payment is refused after its own sale",
	],
	["search", 'if (step.kind === "done") yield step.to;', "", "acts never wait for others"],
	[
		"search",
		"if (isBorrowed || to.unmet.length < before.unmet.length) return true;",
		"if (to.unmet.length < before.unmet.length) return true;",
		"what was borrowed is not given back",
	],
	[
		"matters",
		"if (change < 0 && before.todo.some((index) => this.#symmetry.mayBorrow(index))) return true;",
		"",
		"nobody borrows the last unit",
	],
	[
		"matters",
		"return isWaitingChanged || change > 0 || (change < 0 && !this.#isUniform);",
		"return false;",
		"a refusal waits for its own end",
	],
	[
		"symmetry",
		"if (!this.#isAlone[index] || (hold !== null && hold.fromMs <= byMs)) return null;",
		"",
		"all holds of a size are alike",
	],
	[
		"bounds",
		"this.#leastIn.add(axis.at(act.byMs) + 1, act.what.units);",
		"this.#leastIn.add(axis.at(act.fromMs), act.what.units);",
		"a restock is there when it is called",
	],
	[
		"bounds",
		"return this.#leastIn.at(place) - this.#mostTaken.at(place);",
		"return this.#leastIn.at(place);",
		"nobody may have had a unit",
	],
	[
		"buyer-bounds",
		"if (act === hold || act.byMs < hold.fromMs) continue;",
		"continue;",
		"nothing ends a hold but its end",
	],
	[
		"buyer-bounds",
		"if (last !== null && !this.#mustBeginBetween(last, sale)) continue;",
		"",
		"each sale that is told is a sale",
	],
	["buyer-bounds", "if (ends && fromMs > hold.byMs)", "if (ends)", "a hold is over when it may be over"],
	[
		"weaken",
		"if (words.some((word) => word.byMs >= fromMs && word.fromMs <= byMs)) return null;",
		"",
		"a buyer may go though somebody counted their units",
	],
	[
		"weaken",
		"if (isOwe || words.some((word) => isGlobal(word.what) && word.byMs >= fromMs)) return null;",
		"if (isOwe) return null;",
		"a step may go though somebody counted its units",
	],
	[
		"weaken",
		"if (!isSale && sales.some((sale) => sale.fromMs <= lastMs)) return null;",
		"",
		"the beginning of a second purchase may go",
	],
	[
		"weaken",
		"if (!takes.every((act) => act.fromMs > takenByMs) && !nothingComesBack(duties)) return null;",
		"",
		"an owner may go though others shared their unit",
	],
	[
		"weaken",
		'if (answer?.kind === "owed" || (request.kind === "pay" && !request.approves)) return null;',
		"",
		"what was owed may be forgotten as a sale",
	],
	[
		"weaken",
		'if (what.kind === "hold" && old?.kind === "hold" && what.byMs < old.byMs) return null;',
		"",
		"a hold may end sooner in the part",
	],
	["shrink", "this.#cutEnd();", "", "the end stays"],
	["shrink", "this.#drop(wordsOf(this.#witness.history).reverse(), withoutWords);", "", "all words stay"],
	["shrink", "this.#drop(this.#buyers(), withoutBuyers);", "", "all buyers stay"],
	[
		"shrink",
		"for (const id of this.#ids()) this.#try(() => withoutStep(this.#witness.history, id));",
		"",
		"all steps stay",
	],
	[
		"shrink",
		"if (rest !== null) this.#try(() => rest.history,",
		"if (rest === null) this.#try(() => null,",
		"nobody is set aside",
	],
];

const root = join(import.meta.dirname, "../../../..");
const wanted = process.argv.slice(2).map(Number);
let failures = 0;
for (const [index, mutant] of MUTANTS.entries()) {
	if (wanted.length > 0 && !wanted.includes(index)) continue;
	const result = await fateOf(mutant);
	if (!result.startsWith("caught")) failures++;
	const [file, , , what] = mutant;
	process.stdout.write(`${String(index).padStart(2)}  ${file.padEnd(12)}  ${what.padEnd(52)}  ${result}\n`);
}
process.exitCode = failures === 0 ? 0 : 1;

async function fateOf([file, text, replacement]: Mutant): Promise<string> {
	const copy = await mkdtemp(join(tmpdir(), "mutant-"));
	try {
		const path = join("src/cli/race/checker", `${file}.ts`);
		const source = await readFile(join(root, path), "utf8");
		if (source.split(text).length !== 2) return "NOT APPLICABLE: its text is not there once";
		await cp(join(root, "src/cli/race"), join(copy, "src/cli/race"), { recursive: true });
		await cp(join(root, "test/cli/race/checker"), join(copy, "test/cli/race/checker"), { recursive: true });
		await symlink(join(root, "node_modules"), join(copy, "node_modules"));
		await writeFile(
			join(copy, path),
			source.replace(text, () => replacement),
		);
		return await testsOf(copy);
	} finally {
		await rm(copy, { recursive: true });
	}
}

/** The hand-made histories first, which take no time. */
async function testsOf(copy: string): Promise<string> {
	for (const test of ["stories", "shrink", "search", "weaken", "large"]) {
		const title = await failing(copy, `test/cli/race/checker/${test}.pure.test.ts`);
		if (title !== null) return `caught by ${test}: ${title.slice(0, 60)}`;
	}
	return "SURVIVED";
}

/** @returns the first test of the file that fails, or null */
async function failing(copy: string, test: string): Promise<string | null> {
	const report = join(copy, "report.json");
	const vitest = join(root, "node_modules/vitest/vitest.mjs");
	const args = ["--root", copy, "--bail", "1", "--reporter", "json", "--outputFile", report, test];
	const env = { ...process.env, RUNS: process.env["RUNS"] ?? "1000" };
	const hasFailed = await new Promise<boolean>((resolve) => {
		execFile(process.execPath, [vitest, "run", ...args], { cwd: copy, env }, (error) => resolve(error !== null));
	});
	if (!hasFailed) return null;
	const { testResults } = JSON.parse(await readFile(report, "utf8")) as Report;
	const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
	const failed = tests.find(({ status }) => status === "failed");
	// A file that cannot even be read proves nothing.
	if (failed === undefined) throw new Error(`${test}: ${testResults[0]?.message}`);
	return failed.fullName;
}

interface Report {
	readonly testResults: readonly {
		readonly message: string;
		readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
	}[];
}
