/** Downloads: what the shop has, as a file. */
import { useEffect, useRef, useState } from "preact/hooks";
import { EXPORTS, type ExportKind, exportFile } from "../../csv/index.ts";
import { admin } from "./api.ts";
import { ActionMessage, useAction } from "./form.tsx";
import { A } from "./strings.ts";

export function FileExport() {
	const action = useAction();
	const [items, setItems] = useState<number | null>(null);
	const left = useRef(new AbortController());
	useEffect(() => () => left.current.abort(), []);
	const download = (kind: ExportKind) =>
		action.run(async () => {
			const parts: string[] = [];
			let count = 0;
			try {
				for await (const part of exportFile(admin, kind, left.current.signal)) {
					parts.push(part.text);
					count += part.items;
					setItems(count);
				}
			} finally {
				setItems(null);
			}
			save(`${kind}.csv`, new Blob(parts, { type: "text/csv" }));
			return A.exported(count, kind);
		});
	return (
		<section class="card form">
			<p class="soft">{A.exportHelp}</p>
			<div class="actions">
				{EXPORTS.map((kind) => (
					<button key={kind} type="button" class="button" disabled={action.isBusy} onClick={() => void download(kind)}>
						{A.download[kind]}
					</button>
				))}
			</div>
			{items !== null && <p class="soft">{A.exporting(items)}</p>}
			<ActionMessage {...action} />
		</section>
	);
}

/** Offers the file under this name, as a link to it would. */
function save(name: string, file: Blob): void {
	const link = document.createElement("a");
	link.href = URL.createObjectURL(file);
	link.download = name;
	link.click();
	// The browser has begun to read it by then.
	setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
