/** Products, stock and orders as CSV files: in and out. */
import { FileExport } from "./file-export.tsx";
import { FileImport } from "./file-import.tsx";
import { A } from "./strings.ts";

export function Files() {
	return (
		<>
			<h1>{A.nav.files}</h1>
			<p class="soft">{A.filesLead}</p>
			<h2>{A.exportTitle}</h2>
			<FileExport />
			<h2>{A.importTitle}</h2>
			<FileImport />
		</>
	);
}
