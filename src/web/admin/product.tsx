/** One product: its stock, how it is sold, who holds or waits for it, and everything that ever changed it. */
import { useState } from "preact/hooks";
import { type AdminReservation, unwrap } from "../../client/index.ts";
import { formatTime } from "../shared/format.ts";
import { useReading } from "../shared/reading.ts";
import { admin } from "./api.ts";
import { useAsk } from "./ask.tsx";
import { Demand, Equation } from "./equation.tsx";
import { Choice } from "./form.tsx";
import { Loaded } from "./loaded.tsx";
import { DetailsForm, PolicyForm } from "./product-forms.tsx";
import { changeRevision, type RevisionProps } from "./revision.ts";
import { AdjustForm, RestockForm } from "./stock-forms.tsx";
import { A } from "./strings.ts";
import { Empty, Table, usePages } from "./table.tsx";

const REFRESH_MS = 2_000;
const PAGE = 50;

const TABS = ["stock", "reservations", "policy", "details", "journal"] as const;
type Tab = (typeof TABS)[number];

export function ProductScreen({ sku, tab }: { readonly sku: string; readonly tab: string }) {
	const reading = useReading(`product ${sku}`, null, async (signal) => {
		const result = await admin.getDefinedProduct({ sku }, { signal });
		return { product: unwrap(result), etag: result.ok ? result.etag : null };
	});
	const [note, say] = useState("");
	const chosen: Tab = TABS.find((one) => one === tab) ?? "stock";
	const address = `#/products/${encodeURIComponent(sku)}`;
	return (
		<Loaded reading={reading}>
			{({ product, etag }) => (
				<>
					<header class="screen-header">
						<h1>{product.title}</h1>
						<div class="actions">
							{!product.archived && (
								<a class="button" href={`/products/${encodeURIComponent(sku)}`}>
									{A.onThePage}
								</a>
							)}
							<ArchiveButton {...{ product, etag, say }} again={reading.again} />
						</div>
					</header>
					{product.archived && <p class="notice time">{A.archivedNotice}</p>}
					<nav class="tabs" aria-label={product.title}>
						{TABS.map((one) => (
							<a key={one} class="tab" href={`${address}/${one}`} aria-current={one === chosen ? "page" : undefined}>
								{A[one]}
							</a>
						))}
					</nav>
					<div role="status">{note !== "" && <p class="notice">{note}</p>}</div>
					{chosen === "stock" && <StockTab sku={sku} />}
					{chosen === "reservations" && <ReservationsTab sku={sku} />}
					{chosen === "policy" && <PolicyForm {...{ product, etag, say }} again={reading.again} key={etag} />}
					{chosen === "details" && <DetailsForm {...{ product, etag, say }} again={reading.again} key={etag} />}
					{chosen === "journal" && <JournalTab sku={sku} />}
				</>
			)}
		</Loaded>
	);
}

/** Archives the product, or puts it back, if it is still the one that is seen. */
function ArchiveButton(props: RevisionProps) {
	const ask = useAsk();
	const { sku, archived } = props.product;
	const [title, text, button, done] = archived
		? [A.unarchiveTitle, A.unarchiveText, A.unarchive, A.unarchiveDone]
		: [A.archiveTitle, A.archiveText, A.archive, A.archiveDone];
	const change = archived ? admin.unarchiveProduct : admin.archiveProduct;
	const onYes = async () => {
		await changeRevision(props, done, (condition) => change({ sku }, condition));
	};
	return (
		<button type="button" class="button" onClick={() => ask({ title, text, button, isReversible: true, onYes })}>
			{button}
		</button>
	);
}

const COUNTERS = ["onHand", "available", "held", "paying", "sold", "waiting", "returned"] as const;

function StockTab({ sku }: { readonly sku: string }) {
	const reading = useReading(`stock ${sku}`, REFRESH_MS, async (signal) =>
		unwrap(await admin.getStock({ sku }, { signal })),
	);
	return (
		<Loaded reading={reading}>
			{(stock) => (
				<>
					<dl class="tiles">
						{COUNTERS.map((name) => (
							<div class="tile" key={name}>
								<dt>{A.counters[name]}</dt>
								<dd class="numbers">{stock[name]}</dd>
							</div>
						))}
					</dl>
					<Equation counters={stock} />
					<Demand demand={stock.demand} />
					<div class="columns">
						<RestockForm sku={sku} again={reading.again} />
						<AdjustForm sku={sku} again={reading.again} />
					</div>
				</>
			)}
		</Loaded>
	);
}

const STATUSES = [
	["held", A.counters.held],
	["paying", A.counters.paying],
	["waiting", A.counters.waiting],
	["", A.all],
] as const;

function ReservationsTab({ sku }: { readonly sku: string }) {
	const ask = useAsk();
	const [status, setStatus] = useState<string>("held");
	const pages = usePages();
	const filter = {
		...{ sku, limit: PAGE, ...pages.at },
		...(status === "" ? {} : { status: status as AdminReservation["status"] }),
	};
	const reading = useReading(`reservations ${JSON.stringify(filter)}`, REFRESH_MS, async (signal) =>
		unwrap(await admin.listReservations(filter, { signal })),
	);
	const release = (id: string, quantity: number) =>
		ask({
			title: A.releaseTitle,
			text: A.releaseText(quantity),
			button: A.release,
			onYes: async () => {
				unwrap(await admin.releaseReservationById({ sku, id }));
				await reading.again();
			},
		});
	return (
		<>
			<div class="filters">
				<Choice
					{...{ label: A.status, value: status, options: STATUSES }}
					onChange={(wanted) => {
						setStatus(wanted);
						pages.reset();
					}}
				/>
			</div>
			<Loaded reading={reading}>
				{({ reservations, nextCursor }) => (
					<>
						{reservations.length === 0 ? (
							<Empty />
						) : (
							<Table
								caption={A.reservations}
								head={[A.shopper, A.status, A.quantity, A.until, A.position, A.checkout, A.release]}
							>
								{reservations.map(({ id, shopperId, status, quantity, expiresAt, position, checkoutId }) => (
									<tr key={id}>
										<th scope="row">{shopperId}</th>
										<td>{status}</td>
										<td class="numbers">{quantity}</td>
										<td class="numbers">{expiresAt === null ? "–" : formatTime(expiresAt)}</td>
										<td class="numbers">{position ?? "–"}</td>
										<td>
											{checkoutId === null ? (
												"–"
											) : (
												<a href={`#/checkouts/${encodeURIComponent(checkoutId)}`}>{checkoutId}</a>
											)}
										</td>
										<td>
											<button
												type="button"
												class="button small danger"
												disabled={status !== "held" && status !== "waiting"}
												aria-label={`${A.release}: ${shopperId}`}
												onClick={() => release(id, quantity)}
											>
												{A.release}
											</button>
										</td>
									</tr>
								))}
							</Table>
						)}
						{pages.buttons(nextCursor)}
					</>
				)}
			</Loaded>
		</>
	);
}

function JournalTab({ sku }: { readonly sku: string }) {
	const pages = usePages();
	const after = Number(pages.at.cursor ?? 0);
	const reading = useReading(`journal ${sku} ${after}`, REFRESH_MS, async (signal) =>
		unwrap(await admin.getJournal({ sku, after, limit: PAGE }, { signal })),
	);
	const { available, held, sold } = A.counters;
	return (
		<>
			<p class="soft">{A.journalLead}</p>
			<Loaded reading={reading}>
				{({ entries, nextCursor }) => (
					<>
						{entries.length === 0 ? (
							<Empty />
						) : (
							<Table
								caption={A.journal}
								head={["#", A.when, A.kind, A.quantity, A.shopper, A.reference, A.by, available, held, sold]}
							>
								{entries.map((entry) => (
									<tr key={entry.seq}>
										<td class="numbers">{entry.seq}</td>
										<td class="numbers">{formatTime(entry.at)}</td>
										<th scope="row">{entry.kind}</th>
										<td class="numbers">{entry.quantity}</td>
										<td>{entry.shopperId ?? "–"}</td>
										<td>{entry.note ?? entry.checkoutId ?? "–"}</td>
										<td>{entry.actor ?? "–"}</td>
										<td class="numbers">{entry.available}</td>
										<td class="numbers">{entry.held}</td>
										<td class="numbers">{entry.sold}</td>
									</tr>
								))}
							</Table>
						)}
						{pages.buttons(nextCursor)}
					</>
				)}
			</Loaded>
		</>
	);
}
