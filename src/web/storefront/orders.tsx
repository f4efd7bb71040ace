/** `/orders` and `/orders/{id}`: what this shopper has bought, and what becomes of it. */
import { useEffect, useState } from "preact/hooks";
import type { Order } from "../../client/index.ts";
import { formatDay, formatTime } from "../shared/format.ts";
import { formatMoney } from "../shared/money.ts";
import { shop } from "../shared/shop.ts";
import { T } from "../shared/strings.ts";
import { NotFound } from "./not-found.tsx";

/** An order changes by a refund or a filled pre-order: seldom, so it is asked for seldom. */
const REFRESH_MS = 3_000;

type Loaded<Data> = Data | "missing" | "failed" | null;

/** Reads now, and again while the page is seen. */
function useReading<Data>(read: () => Promise<Loaded<Data>>, key: string): Loaded<Data> {
	const [data, setData] = useState<Loaded<Data>>(null);
	useEffect(() => {
		let isOver = false;
		const again = async () => {
			const next = await read().catch((): Loaded<Data> => "failed");
			if (!isOver) setData((before) => (next === "failed" && before !== null ? before : next));
		};
		void again();
		const timer = setInterval(() => {
			if (document.visibilityState === "visible") void again();
		}, REFRESH_MS);
		return () => {
			isOver = true;
			clearInterval(timer);
		};
	}, [key]);
	return data;
}

export function OrderList() {
	const orders = useReading<readonly Order[]>(async () => {
		if ((await shop.shopperId()) === null) return [];
		const result = await shop.listOwnOrders();
		return result.ok ? result.data.orders : "failed";
	}, "orders");
	return (
		<>
			<h1>{T.orders}</h1>
			<p class="soft">{T.saveTheAddress}</p>
			{orders === null && <p class="soft">{T.loading}</p>}
			{(orders === "failed" || orders === "missing") && (
				<p class="notice bad" role="alert">
					{T.failed}
				</p>
			)}
			{Array.isArray(orders) && orders.length === 0 && (
				<div class="empty card">
					<p>{T.noOrders}</p>
					<a class="button" href="/">
						{T.backToProducts}
					</a>
				</div>
			)}
			{Array.isArray(orders) && orders.length > 0 && (
				<ul class="order-list">
					{(orders as readonly Order[]).map((order) => (
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
			)}
		</>
	);
}

export function OrderPage({ id }: { readonly id: string }) {
	const order = useReading<Order>(async () => {
		const result = await shop.getOrder({ id });
		if (result.ok) return result.data;
		return result.problem.type === "/problems/unknown-order" ? "missing" : "failed";
	}, id);
	if (order === null) return <p class="soft">{T.loading}</p>;
	if (order === "missing") return <NotFound />;
	if (order === "failed") {
		return (
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
			</ul>
			<p class="order-total numbers">
				<span>{T.total}</span> <strong>{formatMoney(order.total)}</strong>
			</p>
			<div role="status">
				{refunded.amount > 0 && <p class="notice">{T.refunded(formatMoney(refunded))}</p>}
				{refundPending.amount > 0 && <p class="notice time">{T.refundPending(formatMoney(refundPending))}</p>}
			</div>
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
