/** One order, and its refunds line by line. */
import { useState } from "preact/hooks";
import { type AdminOrder, unwrap } from "../../client/index.ts";
import { formatTime } from "../shared/format.ts";
import { formatMoney } from "../shared/money.ts";
import { useReading } from "../shared/reading.ts";
import { admin } from "./api.ts";
import { useAsk } from "./ask.tsx";
import { Check, Choice, Form, TextField } from "./form.tsx";
import { Loaded } from "./loaded.tsx";
import { A } from "./strings.ts";
import { Table } from "./table.tsx";

const REFRESH_MS = 3_000;

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
		<Form
			{...{ button: A.refundButton(price), isReady: lines.length > 0, isDanger: true }}
			onSubmit={() =>
				ask({
					title: A.refundTitle,
					text: A.refundButton(price),
					button: A.refund,
					onYes: async () => {
						unwrap(await admin.refundOrder({ id: order.id, lines, restock, reason: reason || A.refund }));
						setChosen({});
						await again();
					},
				})
			}
		>
			<h2>{A.refund}</h2>
			{left.map(({ sku, title, quantity, refunded }) => (
				<Choice
					{...{ key: sku, label: A.refundUnits(title), value: String(chosen[sku] ?? 0) }}
					options={Array.from({ length: quantity - refunded + 1 }, (_, count) => [String(count), String(count)])}
					onChange={(count) => setChosen({ ...chosen, [sku]: Number(count) })}
				/>
			))}
			<TextField label={A.refundReason} value={reason} onInput={setReason} />
			<Check {...{ label: A.refundRestock, checked: restock, onChange: setRestock }} />
			{lines.length === 0 && <p class="soft">{A.refundNothing}</p>}
		</Form>
	);
}
