/** A file from its choice to its report: read through, tried out, imported. What its rows mean is in `src/csv`. */
import { useEffect, useRef, useState } from "preact/hooks";
import { NoAnswerError, ProblemError } from "../../client/index.ts";
import {
	type CsvFile,
	CsvFileError,
	CURRENCIES,
	count,
	EMPTY_TALLY,
	fileFaultText,
	type InspectedFile,
	importRows,
	inspectFile,
	type RowReport,
	type Tally,
	tallyText,
} from "../../csv/index.ts";
import { admin } from "./api.ts";
import { FileReport } from "./file-report.tsx";
import { Choice, FileField } from "./form.tsx";
import { failureText } from "./loaded.tsx";
import { A } from "./strings.ts";

/** How often a table of many rows is drawn again. */
const REDRAW_MS = 200;

interface Run {
	readonly isDryRun: boolean;
	readonly reports: readonly RowReport[];
	readonly tally: Tally;
	/** "running", or how it ended: "" when it came to its end, and else why it did not. */
	readonly end: "running" | "done" | { readonly reason: string };
}

const CURRENCY_OPTIONS = [["", A.chooseCurrency], ...CURRENCIES.map((code) => [code, code] as const)] as const;

export function FileImport() {
	const [chosen, setChosen] = useState<InspectedFile | null>(null);
	const [fault, setFault] = useState("");
	const [currency, setCurrency] = useState("");
	const [run, setRun] = useState<Run | null>(null);
	const stop = useRef(new AbortController());
	useEffect(() => () => stop.current.abort(), []);

	const choose = async (file: File | undefined) => {
		stop.current.abort();
		stop.current = new AbortController();
		const { signal } = stop.current;
		setChosen(null);
		setRun(null);
		setFault("");
		if (file === undefined) return;
		try {
			const inspected = await inspectFile(csvFileOf(file), signal);
			if (!signal.aborted) setChosen(inspected);
		} catch (error) {
			if (!signal.aborted) setFault(reasonOf(error));
		}
	};

	const start = async (inspected: InspectedFile, isDryRun: boolean) => {
		stop.current = new AbortController();
		const { signal } = stop.current;
		const reports: RowReport[] = [];
		let tally = EMPTY_TALLY;
		let drawnAtMs = 0;
		const draw = (end: Run["end"]) => setRun({ isDryRun, reports, tally, end });
		draw("running");
		try {
			const options = { admin, currency: currency || null, isDryRun, signal };
			for await (const report of importRows(inspected, options)) {
				reports.push(report);
				tally = count(tally, report);
				if (performance.now() - drawnAtMs < REDRAW_MS) continue;
				drawnAtMs = performance.now();
				draw("running");
			}
			draw("done");
		} catch (error) {
			draw({ reason: signal.aborted ? A.importStopped : reasonOf(error) });
		}
	};

	const isRunning = run?.end === "running";
	const asksCurrency = chosen?.header.kind === "products" && !chosen.header.places.has("currency");
	const isReady = chosen !== null && !isRunning && !(asksCurrency && currency === "");
	// What the dry run has shown is what is imported: another currency is another file.
	const isTried = run?.isDryRun === true && run.end === "done" && run.tally.created + run.tally.changed > 0;
	return (
		<>
			<section class="card form">
				<FileField
					{...{ label: A.file, hint: A.fileHelp, accept: ".csv,text/csv", error: fault }}
					onChoose={(file) => void choose(file)}
				/>
				{chosen !== null && <Chosen file={chosen} />}
				{asksCurrency && (
					<Choice
						{...{ label: A.importCurrency, value: currency, options: CURRENCY_OPTIONS }}
						onChange={(code) => {
							setCurrency(code);
							setRun(null);
						}}
					/>
				)}
				{chosen !== null && (
					<div class="actions">
						<button
							type="button"
							class={`button ${isTried ? "" : "primary"}`}
							disabled={!isReady}
							onClick={() => void start(chosen, true)}
						>
							{A.tryImport}
						</button>
						<button
							type="button"
							class={`button ${isTried ? "primary" : ""}`}
							disabled={!isReady || !isTried}
							onClick={() => void start(chosen, false)}
						>
							{A.importNow}
						</button>
						{isRunning && (
							<button type="button" class="button" onClick={() => stop.current.abort()}>
								{A.stop}
							</button>
						)}
					</div>
				)}
			</section>
			{chosen !== null && run !== null && (
				<>
					{isRunning && <progress aria-label={A.importTitle} value={run.reports.length} max={chosen.rows} />}
					<div role="status">
						<p class={`notice${typeof run.end === "object" ? " bad" : ""}`}>{statusOf(run, chosen.rows)}</p>
					</div>
					<FileReport reports={run.reports} tally={run.tally} isDryRun={run.isDryRun} />
				</>
			)}
		</>
	);
}

function Chosen({ file: { header, rows } }: { readonly file: InspectedFile }) {
	return (
		<p class="soft">
			{A.fileKind[header.kind](rows)}
			{header.ignored.length > 0 && ` ${A.ignoredColumns(header.ignored.join(", "))}`}
		</p>
	);
}

function statusOf({ isDryRun, reports, tally, end }: Run, rows: number): string {
	const sums = tallyText(tally, isDryRun);
	if (end === "running") return A.importing(reports.length, rows);
	if (end === "done") return `${isDryRun ? A.triedOut : A.imported} ${sums}`;
	return `${end.reason} ${sums} ${A.importAgain}`;
}

function reasonOf(error: unknown): string {
	if (error instanceof CsvFileError) return fileFaultText(error.fault);
	if (error instanceof NoAnswerError || error instanceof ProblemError) return failureText(error);
	// A browser no longer reads a file that was saved since it was chosen.
	return A.fileChanged;
}

function csvFileOf(file: File): CsvFile {
	return {
		name: file.name,
		// Not every browser can iterate over a stream.
		async *bytes() {
			const reader = file.stream().getReader();
			try {
				for (let piece = await reader.read(); !piece.done; piece = await reader.read()) yield piece.value;
			} finally {
				await reader.cancel();
			}
		},
	};
}
