/** One order, and its refunds line by line. */
import { useState } from "preact/hooks";
import { type AdminOrder, unwrap } from "../../client/index.ts";
import { Address } from "../shared/amounts.tsx";
import { formatTime } from "../shared/format.ts";
import { formatMoney } from "../shared/money.ts";
import { useReading } from "../shared/reading.ts";
import { admin } from "./api.ts";
import { useAsk } from "./ask.tsx";
import { EraseShopper } from "./erase.tsx";
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
						{order.id} · {order.email ?? A.erased} · {formatTime(order.completedAt)} ·{" "}
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
					<Adjustments list={order.adjustments} />
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
					{order.refundedBy === "shop" && <p class="notice">{A.paidToShop(order.payment?.id ?? "")}</p>}
					<Address title={A.shipTo} shipTo={order.shipTo} />
					<Metadata names={order.metadata} />
					<RefundForm order={order} again={reading.again} />
					<EraseShopper order={order} again={reading.again} />
				</>
			)}
		</Loaded>
	);
}

function RefundForm({ order, again }: { readonly order: AdminOrder; readonly again: () => Promise<void> }) {
	const ask = useAsk();
	const [chosen, setChosen] = useState<Readonly<Record<string, number>>>({});
	const [named, setNamed] = useState<readonly number[]>([]);
	const [restock, setRestock] = useState(true);
	const [reason, setReason] = useState("");
	const left = order.lines.filter((line) => line.refunded < line.quantity);
	const others = order.adjustments
		.map(({ label, amount, refunded }, index) => ({ index, label, leftMinor: amount.amount - refunded.amount }))
		.filter(({ leftMinor }) => leftMinor > 0);
	if (left.length === 0 && others.length === 0) return null;
	const lines = left.map(({ sku }) => ({ sku, quantity: chosen[sku] ?? 0 })).filter(({ quantity }) => quantity > 0);
	const adjustments = others.filter(({ index }) => named.includes(index));
	const linesMinor = left.reduce((sum, { sku, unitPrice }) => sum + (chosen[sku] ?? 0) * unitPrice.amount, 0);
	const inCurrency = (amount: number) => formatMoney({ amount, currency: order.total.currency });
	// A discount may make it less: no more goes back than was paid.
	const leftToGive = order.total.amount - order.refunded.amount - order.refundPending.amount;
	const chosenMinor = adjustments.reduce((sum, { leftMinor }) => sum + leftMinor, linesMinor);
	const price = inCurrency(Math.max(0, Math.min(chosenMinor, leftToGive)));
	const isChosen = lines.length > 0 || adjustments.length > 0;
	return (
		<Form
			{...{ button: A.refundButton(price), isReady: isChosen, isDanger: true }}
			onSubmit={() =>
				ask({
					title: A.refundTitle,
					text: A.refundButton(price),
					button: A.refund,
					onYes: async () => {
						const what = {
							...(lines.length > 0 ? { lines } : {}),
							...(adjustments.length > 0 ? { adjustments: adjustments.map(({ index }) => ({ index })) } : {}),
						};
						unwrap(await admin.refundOrder({ id: order.id, ...what, restock, reason: reason || A.refund }));
						setChosen({});
						setNamed([]);
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
			{others.map(({ index, label, leftMinor }) => (
				<Check
					{...{ key: index, label: A.refundAdjustment(label, inCurrency(leftMinor)), checked: named.includes(index) }}
					onChange={(checked) => setNamed(checked ? [...named, index] : named.filter((other) => other !== index))}
				/>
			))}
			<TextField label={A.refundReason} value={reason} onInput={setReason} />
			<Check {...{ label: A.refundRestock, checked: restock, onChange: setRestock }} />
			{!isChosen && <p class="soft">{A.refundNothing}</p>}
		</Form>
	);
}

function Adjustments({ list }: { readonly list: AdminOrder["adjustments"] }) {
	if (list.length === 0) return null;
	return (
		<Table caption={A.otherAmounts} head={[A.kind, A.amount, A.refunded]}>
			{list.map(({ label, amount, refunded }, index) => (
				<tr key={index}>
					<th scope="row">{label}</th>
					<td class="numbers">{formatMoney(amount)}</td>
					<td class="numbers">{formatMoney(refunded)}</td>
				</tr>
			))}
		</Table>
	);
}

function Metadata({ names }: { readonly names: AdminOrder["metadata"] }) {
	const entries = Object.entries(names);
	if (entries.length === 0) return null;
	return (
		<section>
			<h2>{A.metadata}</h2>
			<dl>
				{entries.map(([name, value]) => (
					<div key={name}>
						<dt>{name}</dt>
						<dd>{value}</dd>
					</div>
				))}
			</dl>
		</section>
	);
}
