/** `/orders` and `/orders/{id}`: what this shopper has bought, and what becomes of it. */
import { type Order, unwrap } from "../../client/index.ts";
import { Address, AdjustmentRows } from "../shared/amounts.tsx";
import { formatDay, formatTime } from "../shared/format.ts";
import { formatMoney } from "../shared/money.ts";
import { useReading } from "../shared/reading.ts";
import { shop } from "../shared/shop.ts";
import { T } from "../shared/strings.ts";
import { NotFound } from "./not-found.tsx";

/** An order changes by a refund or a filled pre-order: seldom, so it is asked for seldom. */
const REFRESH_MS = 3_000;

export function OrderList() {
	const { data: orders, failure } = useReading<readonly Order[]>("orders", REFRESH_MS, async (signal) => {
		if ((await shop.shopperId()) === null) return [];
		return unwrap(await shop.listOwnOrders({}, { signal })).orders;
	});
	return (
		<>
			<h1>{T.orders}</h1>
			<p class="soft">{T.saveTheAddress}</p>
			{orders === null && failure === null && <p class="soft">{T.loading}</p>}
			{failure !== null && (
				<p class="notice bad" role="alert">
					{T.failed}
				</p>
			)}
			{orders?.length === 0 && (
				<div class="empty card">
					<p>{T.noOrders}</p>
					<a class="button" href="/">
						{T.backToProducts}
					</a>
				</div>
			)}
			<ul class="order-list">
				{orders?.map((order) => (
					<li key={order.id}>
						<a class="card order-row" href={`/orders/${encodeURIComponent(order.id)}`}>
							<span>{order.lines.map(({ title, quantity }) => `${quantity} × ${title}`).join(", ")}</span>
							<span class="numbers">{formatMoney(order.total)}</span>
							<span class="soft">{formatTime(order.completedAt)}</span>
							<span class={`badge ${order.status}`}>{T.orderStatus[order.status] ?? order.status}</span>
						</a>
					</li>
				))}
			</ul>
		</>
	);
}

export function OrderPage({ id }: { readonly id: string }) {
	const { data: order, failure } = useReading<Order | "missing">(id, REFRESH_MS, async (signal) => {
		const result = await shop.getOrder({ id }, { signal });
		if (!result.ok && result.problem.type === "/problems/unknown-order") return "missing";
		return unwrap(result);
	});
	if (order === "missing") return <NotFound />;
	if (order === null) {
		return failure === null ? (
			<p class="soft">{T.loading}</p>
		) : (
			<p class="notice bad" role="alert">
				{T.failed}
			</p>
		);
	}
	const { refunded, refundPending } = order;
	return (
		<article class="order card">
			<header>
				<h1>{T.orderStatus[order.status] ?? order.status}</h1>
				<p class="soft">
					{T.order(order.id)} · {T.orderedAt(formatTime(order.completedAt))}
					{order.email !== null && <> · {T.confirmationFor(order.email)}</>}
				</p>
			</header>
			<ul class="order-lines">
				{order.lines.map((line) => (
					<li key={line.sku}>
						<span>
							{line.quantity} × {line.title}
						</span>
						<span class="numbers">
							{formatMoney({ ...line.unitPrice, amount: line.unitPrice.amount * line.quantity })}
						</span>
						<LineNote line={line} />
					</li>
				))}
				<AdjustmentRows adjustments={order.adjustments} />
			</ul>
			<p class="order-total numbers">
				<span>{T.total}</span> <strong>{formatMoney(order.total)}</strong>
			</p>
			<Address title={T.shipTo} shipTo={order.shipTo} />
			<div role="status">
				{refunded.amount > 0 && <p class="notice">{T.refunded(formatMoney(refunded))}</p>}
				{refundPending.amount > 0 && <p class="notice time">{T.refundPending(formatMoney(refundPending))}</p>}
			</div>
			<p>
				<a href="/orders">{T.allOrders}</a>
			</p>
		</article>
	);
}

function LineNote({ line }: { readonly line: Order["lines"][number] }) {
	const notes: string[] = [];
	if (line.fulfilment === "preorder") {
		const { preorder, expectedAt } = line;
		notes.push(
			preorder === "owed"
				? T.preorderStatus.owed(expectedAt === null ? null : formatDay(expectedAt))
				: T.preorderStatus[preorder],
		);
	}
	if (line.refunded > 0) notes.push(T.refundedUnits(line.refunded));
	return notes.length === 0 ? null : <span class="soft order-note">{notes.join(" · ")}</span>;
}
