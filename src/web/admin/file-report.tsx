/** What became of each row of a file, or would become of it. */
import { useState } from "preact/hooks";
import { type Outcome, outcomeText, type RowReport, rowText, type Tally } from "../../csv/index.ts";
import { Choice } from "./form.tsx";
import { A } from "./strings.ts";
import { Empty, Table } from "./table.tsx";

/** Rows that are drawn, and how many more are at each request. */
const PAGE = 100;
const OUTCOMES: readonly Outcome[] = ["created", "changed", "unchanged", "refused"];

interface FileReportProps {
	readonly reports: readonly RowReport[];
	readonly tally: Tally;
	readonly isDryRun: boolean;
}

export function FileReport({ reports, tally, isDryRun }: FileReportProps) {
	const [wanted, setWanted] = useState<Outcome | "">("");
	const [most, setMost] = useState(PAGE);
	const found = wanted === "" ? reports : reports.filter(({ outcome }) => outcome === wanted);
	const options = [
		["", `${A.all} (${reports.length})`],
		...OUTCOMES.map((outcome) => [outcome, `${outcomeText(outcome, isDryRun)} (${tally[outcome]})`] as const),
	] as const;
	return (
		<>
			<div class="filters">
				<Choice
					{...{ label: A.outcome, value: wanted, options }}
					onChange={(value) => {
						setWanted(value as Outcome | "");
						setMost(PAGE);
					}}
				/>
			</div>
			{found.length === 0 ? (
				<Empty />
			) : (
				<Table caption={A.report} head={[A.row, A.sku, A.outcome, A.details]}>
					{found.slice(0, most).map((report) => (
						<tr key={report.row}>
							<td class="numbers">{report.row}</td>
							<th scope="row">{report.sku ?? "–"}</th>
							<td>
								<span class={`badge${report.outcome === "refused" ? " bad" : ""}`}>
									{outcomeText(report.outcome, isDryRun)}
								</span>
							</td>
							<td>{rowText(report)}</td>
						</tr>
					))}
				</Table>
			)}
			{found.length > most && (
				<div class="actions">
					<button type="button" class="button" onClick={() => setMost(most + PAGE)}>
						{A.more}
					</button>
				</div>
			)}
		</>
	);
}
