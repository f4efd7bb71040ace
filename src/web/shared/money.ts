/** Money as a person reads it. Amounts are minor units of their currency. */

/** An amount as the API has it. */
export interface Money {
	readonly amount: number;
	readonly currency: string;
}

/** `{amount: 1999, currency: "USD"}` as "$19.99", in the reader's language. */
export function formatMoney({ amount, currency }: Money, locale: string | undefined = undefined): string {
	const format = new Intl.NumberFormat(locale, { style: "currency", currency });
	return format.format(amount / 10 ** minorDigits(currency));
}

/** Digits after the point: 2 for USD, 0 for JPY, 3 for KWD (ISO 4217, as the browser knows it). */
export function minorDigits(currency: string): number {
	const { maximumFractionDigits } = new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions();
	return maximumFractionDigits ?? 2;
}

/** "19.99" in minor units of its currency; null for what is no amount of it. */
export function parseMoney(text: string, currency: string): number | null {
	const digits = minorDigits(currency);
	const match = /^(\d{1,12})(?:[.,](\d+))?$/.exec(text.trim());
	if (match === null || (match[2]?.length ?? 0) > digits) return null;
	return Number(`${match[1]}${(match[2] ?? "").padEnd(digits, "0")}`);
}
