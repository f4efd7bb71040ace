/** Money as a person reads it. Amounts are minor units of their currency. */
import { minorUnitOf } from "../../client/index.ts";

/** An amount as the API has it. */
export interface Money {
	readonly amount: number;
	readonly currency: string;
}

/** `{amount: 1999, currency: "USD"}` as "$19.99", in the reader's language. */
export function formatMoney({ amount, currency }: Money, locale: string | undefined = undefined): string {
	const digits = minorUnitOf(currency);
	// Where people leave out the decimals of a currency, a price still must not be shown rounded.
	const shown = { minimumFractionDigits: digits, maximumFractionDigits: digits };
	const format = new Intl.NumberFormat(locale, { style: "currency", currency, ...shown });
	return format.format(amount / 10 ** digits);
}

/** "19.99" in minor units of its currency; null for what is no amount of it. */
export function parseMoney(text: string, currency: string): number | null {
	const digits = minorUnitOf(currency);
	const match = /^(\d{1,12})(?:[.,](\d+))?$/.exec(text.trim());
	if (match === null || (match[2]?.length ?? 0) > digits) return null;
	return Number(`${match[1]}${(match[2] ?? "").padEnd(digits, "0")}`);
}
