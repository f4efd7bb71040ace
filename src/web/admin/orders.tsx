/** Orders, one order with its refunds, pre-orders, and the history of a checkout. */
import { useState } from "preact/hooks";
import { type AdminOrder, type Preorder, unwrap } from "../../client/index.ts";
import { formatDay, formatTime } from "../shared/format.ts";
import { formatMoney } from "../shared/money.ts";
import { useReading } from "../shared/reading.ts";
import { admin } from "./api.ts";
import { Empty, Field, Loaded, Table, TextField, useAsk } from "./parts.tsx";
import { A } from "./strings.ts";

const REFRESH_MS = 3_000;
const PAGE = 50;
const STATUSES = ["paid", "partially_refunded", "refunded", "disputed"] as const;

type Filter = Parameters<typeof admin.listOrders>[0];

/** Which page of a list is shown, and how to get to its neighbours. */
function usePages(): { readonly cursor: string; reset(): void; buttons(next: string | null): preact.JSX.Element } {
	const [cursors, setCursors] = useState<readonly string[]>([""]);
	return {
		cursor: cursors.at(-1) ?? "",
		reset: () => setCursors([""]),
		buttons: (next) => (
			<div class="actions">
				{cursors.length > 1 && (
					<button type="button" class="button" onClick={() => setCursors(cursors.slice(0, -1))}>
						{A.back}
					</button>
				)}
				{next !== null && (
					<button type="button" class="button" onClick={() => setCursors([...cursors, next])}>
						{A.more}
					</button>
				)}
			</div>
		),
	};
}

export function Orders() {
	const [status, setStatus] = useState("");
	const [sku, setSku] = useState("");
	const [email, setEmail] = useState("");
	const pages = usePages();
	const { cursor } = pages;
	const filter = {
		limit: PAGE,
		...(status === "" ? {} : { status }),
		...(sku === "" ? {} : { sku }),
		...(email === "" ? {} : { email }),
		...(cursor === "" ? {} : { cursor }),
	} as NonNullable<Filter>;
	const reading = useReading(`orders ${JSON.stringify(filter)}`, REFRESH_MS, async (signal) =>
		unwrap(await admin.listOrders(filter, { signal })),
	);
	return (
		<>
			<h1>{A.nav.orders}</h1>
			<p class="soft">{A.ordersLead}</p>
			<div class="filters">
				<Field label={A.status}>
					{(attributes) => (
						<select
							{...attributes}
							value={status}
							onChange={(event) => {
								setStatus(event.currentTarget.value);
								pages.reset();
							}}
						>
							<option value="">{A.all}</option>
							{STATUSES.map((one) => (
								<option key={one} value={one}>
									{A.statusText[one]}
								</option>
							))}
						</select>
					)}
				</Field>
				<TextField
					label={A.sku}
					value={sku}
					onInput={(text) => {
						setSku(text.trim());
						pages.reset();
					}}
				/>
				<TextField
					label={A.email}
					value={email}
					onInput={(text) => {
						setEmail(text.trim());
						pages.reset();
					}}
				/>
			</div>
			<Loaded reading={reading}>
				{({ orders, nextCursor }) => (
					<>
						{orders.length === 0 ? (
							<Empty />
						) : (
							<Table caption={A.nav.orders} head={[A.order, A.when, A.email, A.status, A.total]}>
								{orders.map((order) => (
									<tr key={order.id}>
										<th scope="row">
											<a href={`#/orders/${encodeURIComponent(order.id)}`}>
												{order.lines.map(({ quantity, title }) => `${quantity} × ${title}`).join(", ")}
											</a>
										</th>
										<td class="numbers">{formatTime(order.completedAt)}</td>
										<td>{order.email}</td>
										<td>{A.statusText[order.status] ?? order.status}</td>
										<td class="numbers">{formatMoney(order.total)}</td>
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

export function OrderScreen({ id }: { readonly id: string }) {
	const reading = useReading(`order ${id}`, REFRESH_MS, async (signal) =>
		unwrap(await admin.getAnyOrder({ id }, { signal })),
	);
	return (
		<Loaded reading={reading}>
			{(order) => (
				<>
					<h1>{A.statusText[order.status] ?? order.status}</h1>
					<p class="soft">
						{order.id} · {order.email} · {formatTime(order.completedAt)} ·{" "}
						<a href={`#/checkouts/${encodeURIComponent(order.id.replace(/^or_/, "co_"))}`}>{A.checkout}</a>
					</p>
					<Table caption={A.order} head={[A.productTitle, A.sku, A.quantity, A.price, A.refunded, A.counters.returned]}>
						{order.lines.map((line) => (
							<tr key={line.sku}>
								<th scope="row">{line.title}</th>
								<td>
									<a href={`#/products/${encodeURIComponent(line.sku)}`}>{line.sku}</a>
								</td>
								<td class="numbers">{line.quantity}</td>
								<td class="numbers">{formatMoney(line.unitPrice)}</td>
								<td class="numbers">{line.refunded}</td>
								<td class="numbers">{line.returned}</td>
							</tr>
						))}
					</Table>
					<dl class="tiles">
						<div class="tile">
							<dt>{A.total}</dt>
							<dd class="numbers">{formatMoney(order.total)}</dd>
						</div>
						<div class="tile">
							<dt>{A.refunded}</dt>
							<dd class="numbers">{formatMoney(order.refunded)}</dd>
						</div>
						<div class="tile">
							<dt>{A.refundPending}</dt>
							<dd class="numbers">{formatMoney(order.refundPending)}</dd>
						</div>
					</dl>
					<RefundForm order={order} again={reading.again} />
				</>
			)}
		</Loaded>
	);
}

function RefundForm({ order, again }: { readonly order: AdminOrder; readonly again: () => Promise<void> }) {
	const ask = useAsk();
	const [chosen, setChosen] = useState<Readonly<Record<string, number>>>({});
	const [restock, setRestock] = useState(true);
	const [reason, setReason] = useState("");
	const left = order.lines.filter((line) => line.refunded < line.quantity);
	if (left.length === 0) return null;
	const lines = left.map(({ sku }) => ({ sku, quantity: chosen[sku] ?? 0 })).filter(({ quantity }) => quantity > 0);
	const amount = left.reduce((sum, { sku, unitPrice }) => sum + (chosen[sku] ?? 0) * unitPrice.amount, 0);
	const price = formatMoney({ amount, currency: order.total.currency });
	return (
		<form
			class="form card"
			onSubmit={(event) => {
				event.preventDefault();
				ask({
					title: A.refundTitle,
					text: A.refundButton(price),
					button: A.refund,
					onYes: async () => {
						unwrap(await admin.refundOrder({ id: order.id, lines, restock, reason: reason || A.refund }));
						setChosen({});
						await again();
					},
				});
			}}
		>
			<h2>{A.refund}</h2>
			{left.map(({ sku, title, quantity, refunded }) => (
				<Field key={sku} label={A.refundUnits(title)}>
					{(attributes) => (
						<select
							{...attributes}
							value={chosen[sku] ?? 0}
							onChange={(event) => setChosen({ ...chosen, [sku]: Number(event.currentTarget.value) })}
						>
							{Array.from({ length: quantity - refunded + 1 }, (_, count) => (
								<option key={count} value={count}>
									{count}
								</option>
							))}
						</select>
					)}
				</Field>
			))}
			<TextField label={A.refundReason} value={reason} onInput={setReason} />
			<label class="check">
				<input type="checkbox" checked={restock} onChange={(event) => setRestock(event.currentTarget.checked)} />
				<span>{A.refundRestock}</span>
			</label>
			{lines.length === 0 && <p class="soft">{A.refundNothing}</p>}
			<button type="submit" class="button danger" disabled={lines.length === 0}>
				{A.refundButton(price)}
			</button>
		</form>
	);
}

export function Preorders() {
	const ask = useAsk();
	const pages = usePages();
	const { cursor } = pages;
	const reading = useReading(`preorders ${cursor}`, REFRESH_MS, async (signal) =>
		unwrap(await admin.listPreorders({ limit: PAGE, ...(cursor === "" ? {} : { cursor }) }, { signal })),
	);
	const cancel = ({ id }: Preorder) =>
		ask({
			title: A.cancelPreorderTitle,
			text: A.cancelPreorderText,
			button: A.cancelPreorder,
			onYes: async () => {
				unwrap(await admin.cancelPreorder({ id }));
				await reading.again();
			},
		});
	return (
		<>
			<h1>{A.nav.preorders}</h1>
			<p class="soft">{A.preordersLead}</p>
			<Loaded reading={reading}>
				{({ preorders, nextCursor }) => (
					<>
						{preorders.length === 0 ? (
							<Empty />
						) : (
							<Table
								caption={A.nav.preorders}
								head={[A.sku, A.status, A.quantity, A.expected, A.terms, A.shopper, A.order, A.cancelPreorder]}
							>
								{preorders.map((preorder) => (
									<tr key={preorder.id}>
										<th scope="row">{preorder.sku}</th>
										<td>{preorder.status}</td>
										<td class="numbers">{preorder.quantity}</td>
										<td class="numbers">{preorder.expectedAt === null ? "–" : formatDay(preorder.expectedAt)}</td>
										<td>{preorder.termsVersion}</td>
										<td>{preorder.shopperId}</td>
										<td>
											<a href={`#/orders/${encodeURIComponent(preorder.orderId)}`}>{preorder.orderId}</a>
										</td>
										<td>
											<button
												type="button"
												class="button small danger"
												disabled={preorder.status !== "owed"}
												aria-label={`${A.cancelPreorder}: ${preorder.id}`}
												onClick={() => cancel(preorder)}
											>
												{A.cancelPreorder}
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

export function CheckoutScreen({ id }: { readonly id: string }) {
	const reading = useReading(`checkout ${id}`, REFRESH_MS, async (signal) =>
		unwrap(await admin.getCheckoutHistory({ id }, { signal })),
	);
	return (
		<Loaded reading={reading}>
			{(checkout) => (
				<>
					<h1>
						{A.checkout}: {checkout.status.replace("_", " ")}
					</h1>
					<p class="soft">
						{checkout.id} · {checkout.email} · {checkout.shopperId} · {A.phase}: {checkout.phase}
					</p>
					{checkout.orderId !== null && (
						<p>
							<a href={`#/orders/${encodeURIComponent(checkout.orderId)}`}>{A.order}</a>
						</p>
					)}
					<p class="soft">{A.checkoutLead}</p>
					<ol class="history card">
						{checkout.events.map((event, index) => (
							<li key={index}>
								<span class="numbers soft">{formatTime(event.at)}</span> <strong>{event.kind}</strong>
								<details>
									<summary class="soft">{A.details}</summary>
									<pre>{JSON.stringify(event.detail, null, 2)}</pre>
								</details>
							</li>
						))}
					</ol>
				</>
			)}
		</Loaded>
	);
}
