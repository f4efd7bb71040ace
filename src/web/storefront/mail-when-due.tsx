/** Being told by mail when it is one's turn: asked for when one joins the waitlist, or while one waits. */
import { useState } from "preact/hooks";
import type { Product, Reservation } from "../../client/index.ts";
import { formatSpan } from "../shared/format.ts";
import { pageConfig } from "../shared/page-config.ts";
import { T } from "../shared/strings.ts";
import type { SkuView } from "./sku.ts";

interface AddressProps {
	readonly label: string;
	readonly product: Product;
	readonly email: string;
	readonly isWrong: boolean;
	readonly onInput: (email: string) => void;
}

/** An address, as far as a browser's page can tell. The shop looks closer. */
export const isAddress = (text: string): boolean => /^\S+@\S+\.\S+$/.test(text);

/** The field of the address. Nothing where the shop sends no mail. */
export function AddressField({ label, product, email, isWrong, onInput }: AddressProps) {
	if (!pageConfig().sendsMail) return null;
	return (
		<div class="field">
			<label for="mail-to">{label}</label>
			<input
				id="mail-to"
				type="email"
				autocomplete="email"
				value={email}
				aria-describedby={isWrong ? "mail-to-help mail-to-error" : "mail-to-help"}
				aria-invalid={isWrong}
				onInput={(event) => onInput(event.currentTarget.value)}
			/>
			{isWrong && (
				<p class="error" id="mail-to-error" role="alert">
					{T.mailToWrong}
				</p>
			)}
			<p class="hint" id="mail-to-help">
				{T.mailToHelp(formatSpan(product.offerSecondsAbsent))}
			</p>
		</div>
	);
}

interface WhileWaitingProps {
	readonly view: SkuView;
	readonly product: Product;
	readonly reservation: Reservation;
}

/** For who waits: that a mail will come, or how to get one. */
export function MailWhileWaiting({ view, product, reservation }: WhileWaitingProps) {
	const [email, setEmail] = useState("");
	const [isWrong, setWrong] = useState(false);
	const { quantity } = reservation;
	if (!pageConfig().sendsMail) return null;
	if (reservation.notify) return <p>{T.mailComes(formatSpan(product.offerSecondsAbsent))}</p>;
	return (
		<form
			class="reserve"
			noValidate
			onSubmit={(event) => {
				event.preventDefault();
				setWrong(!isAddress(email));
				if (isAddress(email)) void view.store.reserve(quantity, true, { email });
				else document.getElementById("mail-to")?.focus();
			}}
		>
			<AddressField {...{ label: T.mailTo, product, email, isWrong, onInput: setEmail }} />
			<button type="submit" class="button" disabled={view.isBusy}>
				{T.mailMe}
			</button>
		</form>
	);
}

/** Nothing while no mail would come. */
export function NoMailButton({ view }: { readonly view: SkuView }) {
	const { reservation, isBusy, store } = view;
	if (!reservation?.notify) return null;
	const { quantity } = reservation;
	return (
		<button type="button" class="button" disabled={isBusy} onClick={() => void store.reserve(quantity, true, null)}>
			{T.mailNone}
		</button>
	);
}
