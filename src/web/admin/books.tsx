/** Whether everything adds up, and the ways to find out and to put it right. */
import { useState } from "preact/hooks";
import { type OverdueCheckout, pagesOf, type Reconciliation, unwrap } from "../../client/index.ts";
import { formatTime } from "../shared/format.ts";
import { admin } from "./api.ts";
import { ActionMessage, useAction } from "./form.tsx";
import { A } from "./strings.ts";
import { Table } from "./table.tsx";

interface Books {
	readonly balanced: boolean;
	readonly skus: Reconciliation["skus"];
	readonly overdue: readonly OverdueCheckout[];
	readonly unreachable: readonly string[];
}

/** Every page of it. */
async function reconcileAll(): Promise<Books> {
	let books: Books = { balanced: true, skus: [], overdue: [], unreachable: [] };
	for await (const page of pagesOf(async (at) => unwrap(await admin.reconcile(at)))) {
		books = {
			balanced: books.balanced && page.balanced,
			skus: [...books.skus, ...page.skus],
			overdue: [...books.overdue, ...page.overdue],
			unreachable: [...books.unreachable, ...page.unreachable],
		};
	}
	return books;
}

async function sweepAll(): Promise<string> {
	let [skus, compared, resent] = [0, 0, 0];
	for await (const page of pagesOf(async (at) => unwrap(await admin.sweep(at)))) {
		skus += page.skus;
		compared += page.payments.compared;
		resent += page.resent;
	}
	return A.swept(skus, compared, resent);
}

export function BooksScreen() {
	const [books, setBooks] = useState<Books | null>(null);
	const comparison = useAction();
	const sweeping = useAction();
	const compare = () =>
		comparison.run(async () => {
			const all = await reconcileAll();
			setBooks(all);
			return all.balanced ? A.allBalanced : A.someUnbalanced;
		});
	return (
		<>
			<h1>{A.nav.books}</h1>
			<p class="soft">{A.booksLead}</p>
			<div class="actions">
				<button type="button" class="button primary" disabled={comparison.isBusy} onClick={() => void compare()}>
					{A.runReconciliation}
				</button>
				<button
					type="button"
					class="button"
					disabled={sweeping.isBusy}
					onClick={() => void sweeping.run(sweepAll).then(compare)}
				>
					{A.runSweep}
				</button>
			</div>
			<p class="soft">{A.sweepHelp}</p>
			<ActionMessage {...comparison} />
			<ActionMessage {...sweeping} />
			{books !== null && <BooksTable books={books} />}
		</>
	);
}

function BooksTable({ books }: { readonly books: Books }) {
	const { received, adjusted, available, held, sold } = A.counters;
	return (
		<>
			<Table
				caption={A.nav.books}
				head={[A.sku, received, adjusted, available, held, sold, A.inDatabase, A.difference, A.equation]}
			>
				{books.skus.map((row) => (
					<tr key={row.sku} class={row.balanced && row.difference === 0 ? "" : "bad"}>
						<th scope="row">
							<a href={`#/products/${encodeURIComponent(row.sku)}`}>{row.sku}</a>
						</th>
						<td class="numbers">{row.received}</td>
						<td class="numbers">{row.adjusted}</td>
						<td class="numbers">{row.available}</td>
						<td class="numbers">{row.held}</td>
						<td class="numbers">{row.sold}</td>
						<td class="numbers">{row.soldInD1}</td>
						<td class="numbers">{row.difference}</td>
						<td>{row.balanced ? A.balanced : A.unbalanced}</td>
					</tr>
				))}
			</Table>
			<h2>{A.overdue}</h2>
			{books.overdue.length === 0 ? (
				<p class="soft">{A.noneOverdue}</p>
			) : (
				<Table caption={A.overdue} head={[A.checkout, A.phase, A.when]}>
					{books.overdue.map(({ checkoutId, phase, since }) => (
						<tr key={checkoutId}>
							<th scope="row">
								<a href={`#/checkouts/${encodeURIComponent(checkoutId)}`}>{checkoutId}</a>
							</th>
							<td>{phase}</td>
							<td class="numbers">{formatTime(since)}</td>
						</tr>
					))}
				</Table>
			)}
			{books.unreachable.length > 0 && (
				<p class="notice bad">
					{A.unreachable}: {books.unreachable.join(", ")}
				</p>
			)}
		</>
	);
}
