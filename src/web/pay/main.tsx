/** `/checkout/{id}`: pays for one checkout, and shows what becomes of it. */
import "../shared/style.css";
import "./pay.css";
import { render } from "preact";
import { useCallback, useEffect, useState } from "preact/hooks";
import type { Checkout } from "../../client/index.ts";
import { Address, AdjustmentRows } from "../shared/amounts.tsx";
import { rememberCheckout, takeFromBag } from "../shared/bag.ts";
import { Clock } from "../shared/clock.tsx";
import { formatMoney } from "../shared/money.ts";
import { pageConfig } from "../shared/page-config.ts";
import { shop } from "../shared/shop.ts";
import { T } from "../shared/strings.ts";
import { SandboxForm } from "./sandbox-form.tsx";
import { StripeForm } from "./stripe-form.tsx";

/** How often the checkout is asked for while something is to be expected of it. */
const ASK_MS = 1_000;
const FINAL: readonly Checkout["status"][] = ["completed", "cancelled", "expired", "refunded"];

type Loaded = Checkout | "missing" | "failed" | null;

function useCheckout(id: string): {
	readonly checkout: Loaded;
	readonly read: () => Promise<void>;
	show(c: Checkout): void;
} {
	const [checkout, setCheckout] = useState<Loaded>(null);
	const read = useCallback(async () => {
		const result = await shop.getCheckout({ id }, { patienceMs: 0 }).catch(() => null);
		if (result?.ok) setCheckout(result.data);
		else if (result?.problem.type === "/problems/unknown-checkout") setCheckout("missing");
		else setCheckout((before) => before ?? "failed");
	}, [id]);
	const isOver = typeof checkout === "object" && checkout !== null && FINAL.includes(checkout.status);
	useEffect(() => {
		void read();
		if (isOver) return;
		const timer = setInterval(() => void read(), ASK_MS);
		return () => clearInterval(timer);
	}, [read, isOver]);
	return { checkout, read, show: setCheckout };
}

function PayPage({ id }: { readonly id: string }) {
	const { checkout, read, show } = useCheckout(id);
	const bought = typeof checkout === "object" && checkout?.status === "completed" ? checkout.lines : null;
	useEffect(() => {
		for (const { sku } of bought ?? []) takeFromBag(sku);
	}, [bought]);
	if (checkout === null) return <p class="soft">{T.loading}</p>;
	if (checkout === "missing") {
		return (
			<>
				<h1>{T.notFound}</h1>
				<a class="button" href="/">
					{T.backToProducts}
				</a>
			</>
		);
	}
	if (checkout === "failed") {
		return (
			<div role="alert">
				<p class="notice bad">{T.failed}</p>
				<button type="button" class="button" onClick={() => void read()}>
					{T.retry}
				</button>
			</div>
		);
	}
	return (
		<>
			<h1>{T.payTitle}</h1>
			<Summary checkout={checkout} />
			<Outcome checkout={checkout} />
			<PayForm checkout={checkout} read={read} show={show} />
		</>
	);
}

function Summary({ checkout }: { readonly checkout: Checkout }) {
	const { lines, adjustments, total, shipTo } = checkout;
	return (
		<section class="card summary" aria-label={T.bag}>
			<ul>
				{lines.map((line) => (
					<li key={line.sku}>
						<span>
							{line.quantity} × {"title" in line ? line.title : line.sku}
							{line.fulfilment === "preorder" && <span class="soft"> · {T.preorderButton}</span>}
							{line.fulfilment === "refused" && (
								<span class="soft"> · {T.refusedBecause[line.reason] ?? line.reason}</span>
							)}
						</span>
						{"unitPrice" in line && (
							<span class="numbers">
								{formatMoney({ ...line.unitPrice, amount: line.unitPrice.amount * line.quantity })}
							</span>
						)}
					</li>
				))}
				<AdjustmentRows adjustments={adjustments} />
			</ul>
			{total !== null && (
				<p class="summary-total numbers">
					<span>{T.total}</span> <strong>{formatMoney(total)}</strong>
				</p>
			)}
			<Address title={T.shipTo} shipTo={shipTo} />
		</section>
	);
}

function Outcome({ checkout }: { readonly checkout: Checkout }) {
	const { status, orderId } = checkout;
	return (
		<div role="status" class="outcome">
			{status === "payment_failed" && <p class="notice bad">{T.declined}</p>}
			{status === "committing" && <p class="notice">{T.committing}</p>}
			{status === "expired" && <p class="notice time">{T.checkoutExpired}</p>}
			{status === "cancelled" && <p class="notice">{T.checkoutCancelled}</p>}
			{status === "refunded" && orderId === null && <p class="notice time">{T.checkoutRefunded}</p>}
			{status === "completed" && <p class="notice">{T.completed}</p>}
			{orderId !== null && (
				<a class="button primary" href={`/orders/${encodeURIComponent(orderId)}`}>
					{T.seeOrder}
				</a>
			)}
			{["expired", "cancelled"].includes(status) && (
				<a class="button primary" href="/">
					{T.backToProducts}
				</a>
			)}
		</div>
	);
}

interface PayFormProps {
	readonly checkout: Checkout;
	readonly read: () => Promise<void>;
	readonly show: (checkout: Checkout) => void;
}

function PayForm({ checkout, read, show }: PayFormProps) {
	const [isCancelling, setCancelling] = useState(false);
	const [problem, setProblem] = useState("");
	const { status, payment, total, expiresAt, id } = checkout;
	if (status !== "awaiting_payment" && status !== "payment_failed") return null;
	if (payment === null || total === null) return <p class="soft">{T.loading}</p>;
	const cancel = async () => {
		setCancelling(true);
		const result = await shop.cancelCheckout({ id }).catch(() => null);
		if (result?.ok) show(result.data);
		else {
			setProblem(result === null ? T.failed : result.problem.detail);
			await read();
		}
		setCancelling(false);
	};
	return (
		<>
			{expiresAt !== null && <Clock label={T.payBefore} endsAt={expiresAt} onEnd={() => void read()} />}
			<section class="card pay-form" aria-label={T.payTitle}>
				{payment.provider === "external" && <p>{T.shopTakesPayment}</p>}
				{payment.provider === "sandbox" && (
					<SandboxForm paymentId={payment.id} total={total} expiresAt={expiresAt} onDone={read} />
				)}
				{payment.provider === "stripe" && "clientSecret" in payment && (
					<StripeForm clientSecret={payment.clientSecret} total={total} onDone={read} />
				)}
			</section>
			<div role="alert">{problem !== "" && <p class="notice bad">{problem}</p>}</div>
			<button type="button" class="button" disabled={isCancelling} onClick={() => void cancel()}>
				{T.cancelCheckout}
			</button>
		</>
	);
}

function App() {
	const id = decodeURIComponent(location.pathname.split("/")[2] ?? "");
	rememberCheckout(id);
	return (
		<>
			<a class="skip-link" href="#content">
				{T.skip}
			</a>
			<header class="pay-header">
				<a class="brand" href="/">
					{pageConfig().shopName}
				</a>
			</header>
			<main id="content" class="pay">
				<PayPage id={id} />
			</main>
		</>
	);
}

const root = document.getElementById("app");
if (root !== null) render(<App />, root);
