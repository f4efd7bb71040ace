/**
 * `npm run import`: products or counts of stock from a CSV file, row by row. What a row means and does is in `src/csv`; the
 * admin page does the same.
 */
import { createReadStream, existsSync } from "node:fs";
import { basename } from "node:path";
import { z } from "zod";
import { NoAnswerError, ProblemError } from "../client/index.ts";
import {
	type CsvFile,
	CsvFileError,
	CURRENCIES,
	count,
	EMPTY_TALLY,
	fileFaultText,
	importRows,
	inspectFile,
	outcomeText,
	type RowReport,
	rowText,
	tallyText,
} from "../csv/index.ts";
import { runCommand } from "./command.ts";
import { adminOf, TARGET, TARGET_HELP, typedPath } from "./merchant-target.ts";
import { describeOptions, parseOptions, UsageError } from "./options.ts";
import { shutdownSignal } from "./shutdown-signal.ts";
import { Progress, printStatus } from "./terminal.ts";

const PLAIN_LINE_EVERY_MS = 5_000;

const OPERANDS = { file: { value: "FILE", schema: z.string(), help: "the CSV file, in UTF-8" } } as const;
const OPTIONS = {
	dryRun: { help: "say of each row what would happen, and change nothing" },
	currency: {
		value: "CODE",
		schema: z
			.string()
			.transform((code) => code.toUpperCase())
			.refine((code) => CURRENCIES.includes(code), "must be a code of ISO 4217, as in USD"),
		help: "currency of prices where the file has no column Currency; Shopify's have none",
	},
	...TARGET,
} as const;

const HELP = `npm run import -- FILE [options]

Imports products or an inventory in Shopify's columns, the old or the new ones: the header says which it is. A row changes
only what differs, so the same file a second time changes nothing, and an import that was stopped is run again. Each row is
answered on standard output.

${describeOptions({ Argument: OPERANDS, Options: OPTIONS }, OPERANDS)}

${TARGET_HELP}

Exit status: 0 when no row was refused; 1 when one was, or the import did not come to its end; 2 when an option is wrong.`;

const fileAt = (path: string): CsvFile => ({ name: basename(path), bytes: () => createReadStream(path) });

function print({ row, sku, ...rest }: RowReport, isDryRun: boolean): void {
	const cells = [`row ${row}`, sku ?? "–", outcomeText(rest.outcome, isDryRun), rowText({ row, sku, ...rest })];
	console.log(cells.join("\t").trimEnd());
}

runCommand("import", async () => {
	const options = parseOptions(OPTIONS, process.argv.slice(2), OPERANDS);
	if (options === null) {
		console.log(HELP);
		return 0;
	}
	const path = typedPath(options.file, process.env);
	if (!existsSync(path)) throw new UsageError(`There is no file ${path}.`);
	const admin = adminOf(options.url, process.env);
	const signal = shutdownSignal();
	const { dryRun: isDryRun } = options;
	let tally = EMPTY_TALLY;
	let progress: Progress<Record<never, never>> | null = null;
	try {
		const inspected = await inspectFile(fileAt(path), signal);
		const { header, rows } = inspected;
		printStatus(`${rows} rows of ${header.kind}${isDryRun ? ", a dry run: nothing is changed" : ""}`);
		if (header.ignored.length > 0) printStatus(`columns that are not read: ${header.ignored.join(", ")}`);
		// Where the rows are printed to the same terminal they are the progress.
		if (!process.stdout.isTTY) progress = new Progress("rows {bar} {value}/{total}", rows, {}, PLAIN_LINE_EVERY_MS);
		for await (const report of importRows(inspected, { admin, currency: options.currency, isDryRun, signal })) {
			tally = count(tally, report);
			print(report, isDryRun);
			progress?.step();
		}
		progress?.stop();
		console.log(tallyText(tally, isDryRun));
		return tally.refused === 0 ? 0 : 1;
	} catch (error) {
		progress?.stop();
		printStatus(reasonOf(error, signal.aborted));
		if (!(error instanceof CsvFileError)) {
			printStatus(`${tallyText(tally, isDryRun)} Run it again: what is done is unchanged then.`);
		}
		return 1;
	}
});

function reasonOf(error: unknown, isStopped: boolean): string {
	if (isStopped) return "Stopped before the end.";
	if (error instanceof CsvFileError) return fileFaultText(error.fault);
	if (error instanceof NoAnswerError || error instanceof ProblemError)
		return `The import has stopped: ${error.message}.`;
	throw error;
}
