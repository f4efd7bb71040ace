/** What the command and the page use of this room. */

export { CURRENCIES } from "../payments/iso-4217.ts";
export { CsvFileError } from "./csv-file-error.ts";
export { EXPORTS, type ExportKind, exportFile } from "./export.ts";
export { type ImportOptions, type InspectedFile, importRows, inspectFile } from "./import.ts";
export type { CsvFile } from "./read-records.ts";
export { count, EMPTY_TALLY, type Outcome, type RowReport, type Tally } from "./report.ts";
export { fileFaultText, outcomeText, rowText, tallyText } from "./texts.ts";
