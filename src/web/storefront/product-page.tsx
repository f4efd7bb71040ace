/** `/products/{sku}`: one product, and what this visitor has of it or can do about it. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Product } from "../../client/index.ts";
import { bagItem, lastCheckout, putInBag } from "../shared/bag.ts";
import { Clock } from "../shared/clock.tsx";
import { endOf, type Face, faceOf } from "../shared/face.ts";
import { formatDay, formatTime } from "../shared/format.ts";
import { formatMoney } from "../shared/money.ts";
import { Picture } from "../shared/picture.tsx";
import { T } from "../shared/strings.ts";
import { isBagOpen } from "./bag-dialog.tsx";
import { AddressField, isAddress, MailWhileWaiting, NoMailButton } from "./mail-when-due.tsx";
import { NotFound } from "./not-found.tsx";
import { type SkuView, useSku } from "./sku.ts";

export function ProductPage({ sku }: { readonly sku: string }) {
	const view = useSku(sku);
	const product = view.product;
	if (product === "missing") return <NotFound />;
	if (product === null) {
		const isAway = view.connection === "offline";
		return (
			<p class={isAway ? "notice bad" : "soft"} role="status">
				{isAway ? T.offline : T.loading}
			</p>
		);
	}
	return (
		<article class="product">
			<div class="product-picture card">
				<Picture title={product.title} imageUrl={product.imageUrl} />
			</div>
			<div class="product-side">
				<h1>{product.title}</h1>
				<p class="price numbers">{formatMoney(product.price)}</p>
				{product.limitPerShopper !== null && <p class="soft">{T.perShopper(product.limitPerShopper)}</p>}
				<ConnectionNotice view={view} />
				<Stand view={view} product={product} />
				{product.description !== null && <p class="description">{product.description}</p>}
			</div>
		</article>
	);
}

function ConnectionNotice({ view }: { readonly view: SkuView }) {
	const text = view.connection === "offline" ? T.offline : null;
	return <div role="status">{text !== null && <p class="notice time">{text}</p>}</div>;
}

/** What the visitor sees and can do, whatever the state of the SKU. */
function Stand({ view, product }: { readonly view: SkuView; readonly product: Product }) {
	const availability = view.availability ?? product.availability;
	const reservation = view.reservation;
	const item = bagItem(product.sku);
	const face = faceOf(product, availability, reservation, item?.wasWaiting ?? false);
	const ended = face.kind === "held" || face.kind === "waiting" || face.kind === "paying" ? null : endOf(reservation);
	const { available, held } = availability;
	return (
		<section class="stand card" aria-label="Availability" aria-busy={view.isBusy}>
			{ended === "expired" && <p class="notice time">{T.expired}</p>}
			{(ended === "sold" || ended === "preordered") && (
				<p class="notice">
					{T.bought} <a href="/orders">{T.seeOrders}</a>
				</p>
			)}
			<FaceView key={face.kind} face={face} view={view} product={product} />
			<div role="status">{view.message !== "" && <p class="notice">{view.message}</p>}</div>
			<p class="fine-print soft numbers">
				{T.numbers(available, held)} {view.connection !== null && T.freshness[view.connection]}
			</p>
		</section>
	);
}

interface FaceProps {
	readonly face: Face;
	readonly view: SkuView;
	readonly product: Product;
}

function FaceView({ face, view, product }: FaceProps) {
	switch (face.kind) {
		case "before-sale":
			return (
				<>
					<Clock label={T.startsIn} endsAt={face.startsAt} onEnd={() => void view.store.refresh()} />
					<p class="soft">{T.startsAt(formatTime(face.startsAt))}</p>
				</>
			);
		case "in-stock":
			return (
				<ReserveForm view={view} product={product} most={face.available} wait={false} label={T.buy}>
					<p class="soft">{T.buyHelp}</p>
				</ReserveForm>
			);
		case "all-held":
			return (
				<>
					<h2>{T.allHeld}</h2>
					<p class="soft">{T.allHeldHelp(face.held, face.waiting)}</p>
					<ReserveForm view={view} product={product} most={face.held} wait={true} label={T.wait}>
						<p class="soft">{T.waitHelp}</p>
					</ReserveForm>
				</>
			);
		case "held":
			return <HeldFace face={face} view={view} />;
		case "waiting":
			return (
				<>
					<h2>{T.waiting}</h2>
					<p class="ahead">{T.ahead(face.ahead)}</p>
					<p class="soft">{T.aheadHelp(face.held)}</p>
					{view.reservation !== null && <MailWhileWaiting {...{ view, product, reservation: view.reservation }} />}
					<Actions>
						<button type="button" class="button" disabled={view.isBusy} onClick={() => void view.store.release()}>
							{T.leaveLine}
						</button>
						<NoMailButton view={view} />
					</Actions>
				</>
			);
		case "paying":
			return (
				<>
					<h2>{T.paying}</h2>
					<p class="soft">{T.payingHelp}</p>
					<PaymentLink />
				</>
			);
		case "preorder":
			return <PreorderFace offer={face.offer} product={product} />;
		case "sold-out":
			return (
				<>
					<h2>{T.soldOut}</h2>
					<p class="soft">{T.soldOutHelp}</p>
				</>
			);
		case "ended":
			return <h2>{T.ended}</h2>;
	}
}

const Actions = ({ children }: { readonly children: ComponentChildren }) => <div class="actions">{children}</div>;

const openBag = () => {
	isBagOpen.value = true;
};

function PaymentLink() {
	const id = lastCheckout();
	if (id === null) return null;
	return (
		<Actions>
			<a class="button primary" href={`/checkout/${encodeURIComponent(id)}`}>
				{T.openPayment}
			</a>
		</Actions>
	);
}

interface ReserveFormProps {
	readonly view: SkuView;
	readonly product: Product;
	/** Units that it makes sense to ask for. */
	readonly most: number;
	readonly wait: boolean;
	readonly label: string;
	readonly children: ComponentChildren;
}

/** More than this in one go is no purchase of a person. */
const MOST_CHOICES = 10;

function ReserveForm({ view, product, most, wait, label, children }: ReserveFormProps) {
	const [quantity, setQuantity] = useState(1);
	const [email, setEmail] = useState("");
	const [isWrong, setWrong] = useState(false);
	const limit = Math.max(1, Math.min(most, product.limitPerShopper ?? MOST_CHOICES, MOST_CHOICES));
	const chosen = Math.min(quantity, limit);
	return (
		<form
			class="reserve"
			noValidate
			onSubmit={(event) => {
				event.preventDefault();
				setWrong(email !== "" && !isAddress(email));
				if (email === "") void view.store.reserve(chosen, wait);
				else if (isAddress(email)) void view.store.reserve(chosen, wait, { email });
				else document.getElementById("mail-to")?.focus();
			}}
		>
			{limit > 1 && (
				<div class="field quantity">
					<label for="quantity">{T.quantity}</label>
					<select id="quantity" value={chosen} onChange={(event) => setQuantity(Number(event.currentTarget.value))}>
						{Array.from({ length: limit }, (_, index) => (
							<option key={index + 1} value={index + 1}>
								{index + 1}
							</option>
						))}
					</select>
				</div>
			)}
			{wait && <AddressField {...{ label: T.mailToOptional, product, email, isWrong, onInput: setEmail }} />}
			<button type="submit" class="button primary wide" disabled={view.isBusy}>
				{label}
			</button>
			{children}
		</form>
	);
}

function HeldFace({ face, view }: { readonly face: Extract<Face, { kind: "held" }>; readonly view: SkuView }) {
	return (
		<>
			<h2>{T.held(face.quantity)}</h2>
			{face.isOffer && <p class="notice">{T.offered}</p>}
			<Clock label={T.heldFor} endsAt={face.expiresAt} onEnd={() => void view.store.refresh()} />
			<Actions>
				<button type="button" class="button primary" onClick={openBag}>
					{T.goPay}
				</button>
				{face.extensionsLeft > 0 && (
					<button type="button" class="button" disabled={view.isBusy} onClick={() => void view.store.extend()}>
						{T.extend} <span class="soft">({T.extensionsLeft(face.extensionsLeft)})</span>
					</button>
				)}
				<button type="button" class="button" disabled={view.isBusy} onClick={() => void view.store.release()}>
					{T.giveBack}
				</button>
			</Actions>
		</>
	);
}

interface PreorderProps {
	readonly offer: NonNullable<Product["preorder"]>;
	readonly product: Product;
}

function PreorderFace({ offer, product }: PreorderProps) {
	const [isAccepted, setAccepted] = useState(false);
	const [isMissing, setMissing] = useState(false);
	const inBag = bagItem(product.sku)?.acceptedTerms === offer.termsVersion;
	const { expectedAt, termsVersion, remaining } = offer;
	if (inBag) {
		return (
			<>
				<h2>{T.preorderInBag}</h2>
				<Actions>
					<button type="button" class="button primary" onClick={openBag}>
						{T.goPay}
					</button>
				</Actions>
			</>
		);
	}
	return (
		<form
			class="reserve"
			onSubmit={(event) => {
				event.preventDefault();
				setMissing(!isAccepted);
				if (!isAccepted) return;
				putInBag({
					sku: product.sku,
					quantity: 1,
					wasWaiting: false,
					acceptedTerms: termsVersion,
					acceptedDate: expectedAt,
				});
				openBag();
			}}
		>
			<h2>{T.preorder}</h2>
			<p>{expectedAt === null ? T.preorderUnknown : T.preorderExpected(formatDay(expectedAt))}</p>
			<p class="soft numbers">{T.preorderRemaining(remaining)}</p>
			<label class="check">
				<input
					type="checkbox"
					checked={isAccepted}
					aria-invalid={isMissing && !isAccepted}
					aria-describedby={isMissing && !isAccepted ? "terms-missing" : undefined}
					onChange={(event) => setAccepted(event.currentTarget.checked)}
				/>
				<span>{T.preorderTerms(termsVersion)}</span>
			</label>
			{isMissing && !isAccepted && (
				<p class="error" id="terms-missing" role="alert">
					{T.termsMissing}
				</p>
			)}
			<button type="submit" class="button primary wide">
				{T.preorderButton}
			</button>
		</form>
	);
}
