/** The bag: everything that this shopper holds, waits for or orders in advance, and the way to pay for it. */
import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Product } from "../../client/index.ts";
import { type BagItem, bag, putInBag, rememberCheckout, takeFromBag } from "../shared/bag.ts";
import { Clock } from "../shared/clock.tsx";
import { formatMoney } from "../shared/money.ts";
import { Picture } from "../shared/picture.tsx";
import { refusalText } from "../shared/refusal-text.ts";
import { shop } from "../shared/shop.ts";
import { T } from "../shared/strings.ts";
import { type SkuView, useSku } from "./sku.ts";

export const isBagOpen = signal(false);

export function BagDialog() {
	const dialog = useRef<HTMLDialogElement>(null);
	const isOpen = isBagOpen.value;
	useEffect(() => {
		if (isOpen) dialog.current?.showModal();
		else dialog.current?.close();
	}, [isOpen]);
	const close = () => {
		isBagOpen.value = false;
	};
	return (
		<dialog class="bag" ref={dialog} aria-labelledby="bag-title" onClose={close}>
			<header class="bag-header">
				<h2 id="bag-title">{T.bag}</h2>
				<button type="button" class="button" onClick={close}>
					{T.close}
				</button>
			</header>
			{isOpen && <BagContent />}
		</dialog>
	);
}

/** What can be paid for now, by SKU: the price of a line that is held or ordered in advance. */
const payable = signal<ReadonlyMap<string, PayableLine>>(new Map());

interface PayableLine {
	readonly quantity: number;
	/** Null for a product that the shop does not show any more: the payment says what it costs. */
	readonly price: Product["price"] | null;
	readonly acceptedTerms: string | null;
}

function setPayable(sku: string, line: PayableLine | null): void {
	const before = payable.value.get(sku) ?? null;
	if (JSON.stringify(before) === JSON.stringify(line)) return;
	const next = new Map(payable.value);
	if (line === null) next.delete(sku);
	else next.set(sku, line);
	payable.value = next;
}

function BagContent() {
	if (bag.value.length === 0) return <p class="soft bag-empty">{T.bagEmpty}</p>;
	return (
		<>
			<ul class="bag-lines">
				{bag.value.map((item) => (
					<li key={item.sku}>
						<BagLine item={item} />
					</li>
				))}
			</ul>
			<CheckoutForm />
		</>
	);
}

function BagLine({ item }: { readonly item: BagItem }) {
	const view = useSku(item.sku);
	const product = view.product;
	const reservation = view.reservation;
	const isHeld = reservation?.status === "held";
	const { acceptedTerms, quantity } = item;
	const isAccepted = acceptedTerms !== null && acceptedTerms !== "";
	useEffect(() => {
		const isThere = product === "missing" ? isHeld : product !== null && (isHeld || isAccepted);
		const price = product === "missing" || product === null ? null : product.price;
		const line = isThere ? { quantity: isHeld ? reservation.quantity : quantity, price, acceptedTerms } : null;
		setPayable(item.sku, line);
	}, [item.sku, product, isHeld, reservation?.quantity, quantity, acceptedTerms, isAccepted]);
	// Only a line that goes is taken away. A form without lines is gone for a moment, with the e-mail and the focus.
	useEffect(() => () => setPayable(item.sku, null), [item.sku]);
	if (product === null) return <p class="soft">{T.loading}</p>;
	if (product === "missing") {
		return (
			<>
				<p>{item.sku}</p>
				{reservation === null ? <RemoveButton sku={item.sku} /> : <LineState item={item} view={view} />}
			</>
		);
	}
	const { title, imageUrl, price, sku } = product;
	return (
		<div class="bag-line">
			<Picture title={title} imageUrl={imageUrl} />
			<div class="bag-line-text">
				<a href={`/products/${encodeURIComponent(sku)}`} onClick={() => (isBagOpen.value = false)}>
					{title}
				</a>
				<p class="numbers">
					{reservation?.quantity ?? quantity} × {formatMoney(price)}
				</p>
				<LineState item={item} view={view} />
			</div>
		</div>
	);
}

const RemoveButton = ({ sku }: { readonly sku: string }) => (
	<button type="button" class="button small" onClick={() => takeFromBag(sku)}>
		{T.remove}
	</button>
);

function LineState({ item, view }: { readonly item: BagItem; readonly view: SkuView }) {
	const reservation = view.reservation;
	const isBusy = view.isBusy;
	if (reservation?.status === "held" && reservation.expiresAt !== null) {
		return (
			<>
				<Clock label={T.heldFor} endsAt={reservation.expiresAt} onEnd={() => void view.store.refresh()} />
				<div class="actions">
					{reservation.extensionsLeft > 0 && (
						<button type="button" class="button small" disabled={isBusy} onClick={() => void view.store.extend()}>
							{T.extend}
						</button>
					)}
					<button type="button" class="button small" disabled={isBusy} onClick={() => void view.store.release()}>
						{T.giveBack}
					</button>
				</div>
			</>
		);
	}
	if (reservation?.status === "waiting") {
		return (
			<>
				<p>
					{T.waiting}. {T.ahead(Math.max(0, (reservation.position ?? 1) - 1))}
				</p>
				<button type="button" class="button small" disabled={isBusy} onClick={() => void view.store.release()}>
					{T.leaveLine}
				</button>
			</>
		);
	}
	if (reservation?.status === "paying") return <p>{T.paying}.</p>;
	return (
		<>
			<p>{item.acceptedTerms === "" ? T.termsChanged : T.preorderButton}</p>
			<RemoveButton sku={item.sku} />
		</>
	);
}

interface Unavailable {
	readonly sku: string;
	readonly reason: string;
}

function CheckoutForm() {
	const [email, setEmail] = useState(localStorage.getItem("holdfast.email") ?? "");
	const [error, setError] = useState("");
	const [unavailable, setUnavailable] = useState<readonly Unavailable[]>([]);
	const [isBusy, setBusy] = useState(false);
	const lines = [...payable.value];
	if (lines.length === 0) return null;
	const prices = lines.flatMap(([, { quantity, price }]) => (price === null ? [] : [{ ...price, quantity }]));
	const amount = prices.reduce((sum, price) => sum + price.quantity * price.amount, 0);
	const currency = prices[0]?.currency ?? "USD";
	const isPriced = prices.length === lines.length;

	const open = async () => {
		if (!/^\S+@\S+$/.test(email)) {
			setError(T.emailMissing);
			document.getElementById("email")?.focus();
			return;
		}
		setBusy(true);
		setError("");
		setUnavailable([]);
		try {
			localStorage.setItem("holdfast.email", email);
			const result = await shop.openCheckout({
				lines: lines.map(([sku, { quantity }]) => ({ sku, quantity })),
				email,
				...acceptedBy(lines.map(([sku]) => sku)),
			});
			if (result.ok) {
				rememberCheckout(result.data.id);
				for (const [sku, { acceptedTerms }] of lines) if (acceptedTerms !== null) takeFromBag(sku);
				location.assign(`/checkout/${encodeURIComponent(result.data.id)}`);
				return;
			}
			if (result.problem.type === "/problems/lines-unavailable") {
				setUnavailable(result.problem.lines.map(({ sku, reason }) => ({ sku, reason })));
				forgetChangedTerms(result.problem.lines);
			} else if (result.problem.type === "/problems/terms-changed") {
				setError(T.termsChanged);
				const { sku, lines: named = [{ sku, reason: "terms-changed" }] } = result.problem;
				forgetChangedTerms(named);
			} else setError(refusalText(result.problem));
		} catch {
			setError(T.failed);
		}
		setBusy(false);
	};

	return (
		<form
			class="checkout-form"
			noValidate
			onSubmit={(event) => {
				event.preventDefault();
				void open();
			}}
		>
			<div class="field">
				<label for="email">{T.email}</label>
				<input
					id="email"
					type="email"
					autocomplete="email"
					value={email}
					aria-describedby="email-help"
					aria-invalid={error === T.emailMissing}
					onInput={(event) => setEmail(event.currentTarget.value)}
				/>
				<p class="hint" id="email-help">
					{T.emailHelp}
				</p>
			</div>
			<div role="alert">
				{error !== "" && <p class="notice bad">{error}</p>}
				{unavailable.length > 0 && (
					<div class="notice bad">
						<p>{T.unavailable}</p>
						<ul class="bullets">
							{unavailable.map(({ sku, reason }) => (
								<li key={sku}>
									{sku}: {T.refusedBecause[reason] ?? reason}
								</li>
							))}
						</ul>
					</div>
				)}
			</div>
			<button type="submit" class="button primary wide" disabled={isBusy}>
				{isPriced ? T.checkoutPriced(formatMoney({ amount, currency })) : T.goPay}
			</button>
		</form>
	);
}

/** What the request says of the terms of its pre-orders. It names one version and one date, which hold for each of them. */
function acceptedBy(skus: readonly string[]) {
	const accepted = bag.value.filter(({ sku, acceptedTerms }) => skus.includes(sku) && acceptedTerms);
	const [first] = accepted;
	if (first === undefined || first.acceptedTerms === null) return {};
	const isOne = accepted.length === 1 && first.acceptedDate !== undefined;
	const date = isOne ? { expectedAt: first.acceptedDate } : {};
	return { acceptPreorder: { termsVersion: first.acceptedTerms, ...date } };
}

/** What was accepted is not what is offered now: it has to be read and accepted anew. */
function forgetChangedTerms(lines: readonly Unavailable[]): void {
	for (const { sku, reason } of lines) {
		const item = bag.value.find((one) => one.sku === sku);
		if (reason === "terms-changed" && item) putInBag({ ...item, acceptedTerms: "" });
	}
}
