/** The fields of a product that a merchant writes, the same for a new one and for one that is changed. */
import { useState } from "preact/hooks";
import { parseMoney } from "../shared/money.ts";
import { TextField } from "./form.tsx";
import { A } from "./strings.ts";

/** As they stand in the fields. */
export interface ProductTexts {
	readonly title: string;
	readonly description: string;
	readonly imageUrl: string;
	readonly price: string;
	readonly currency: string;
}

export interface ProductFields {
	readonly texts: ProductTexts;
	/** The price in minor units of its currency. Null when there is none, and then the field says so. */
	readonly price: () => { readonly amount: number; readonly currency: string } | null;
	readonly fields: preact.JSX.Element;
}

export function useProductFields(initial: ProductTexts): ProductFields {
	const [texts, setTexts] = useState(initial);
	const [error, setError] = useState("");
	const field = (name: keyof ProductTexts) => ({
		value: texts[name],
		onInput: (value: string) => setTexts((before) => ({ ...before, [name]: value })),
	});
	const price = () => {
		const currency = texts.currency.trim().toUpperCase();
		const amount = /^[A-Z]{3}$/.test(currency) ? parseMoney(texts.price, currency) : null;
		setError(amount === null ? A.priceWrong : "");
		return amount === null ? null : { amount, currency };
	};
	const fields = (
		<>
			<TextField label={A.productTitle} required {...field("title")} />
			<TextField label={A.description} {...field("description")} />
			<TextField label={A.imageUrl} hint={A.imageUrlHelp} {...field("imageUrl")} />
			<div class="pair">
				<TextField
					{...{ label: A.price, hint: A.priceHelp, error, inputMode: "decimal", required: true }}
					{...field("price")}
				/>
				<TextField label={A.currency} hint={A.currencyHelp} required {...field("currency")} />
			</div>
		</>
	);
	return { texts, price, fields };
}
