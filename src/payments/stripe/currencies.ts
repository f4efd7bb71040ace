/**
 * How Stripe counts money: which currencies it charges, in which unit, and from which amount on. Pure.
 *
 * Our amounts are in the minor units of ISO 4217. Stripe's are too, with these exceptions:
 * - ISK and UGX have no minor unit, and Stripe wants hundredths that are always 00: 5,000 ISK is `500000`.
 * - MGA has hundredths by ISO 4217, and Stripe counts whole ariary.
 * - A currency with three decimals may only be charged in hundredths: the last digit is 0.
 * HUF and TWD are whole in payouts only; a charge has hundredths, as ISO 4217 says.
 *
 * Sources, read in November 2026: https://docs.stripe.com/currencies (presentment, zero-decimal, special cases, minimum
 * charge amounts); for three decimals https://web.archive.org/web/20221231002856/https://stripe.com/docs/currencies
 */
import { minorUnitOf } from "../iso-4217.ts";

/** What Stripe presents to shoppers. Some of it depends on the account's country: then Stripe itself refuses. */
export const STRIPE_CURRENCIES: ReadonlySet<string> = new Set(
	`AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CVE
	CZK DJF DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR ISK JMD JOD JPY KES KGS
	KHR KMF KRW KWD KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD
	OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SEK SGD SHP SLE SOS SRD SZL THB TJS TND TOP TRY TTD TWD
	TZS UAH UGX USD UYU UZS VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW`.split(/\s+/),
);

/** Decimal places of Stripe's unit where they are not those of ISO 4217. */
const STRIPE_DECIMALS: Readonly<Record<string, number>> = { ISK: 2, UGX: 2, MGA: 0 };

/**
 * The smallest charge in our minor units, by the currency. It holds for an account that settles in this currency; of
 * another account Stripe demands as much in that account's currency, and answers so itself. It can also be less by some
 * methods (iDEAL), which a shop with prices below half a dollar would miss.
 */
const SMALLEST_MINOR: Readonly<Record<string, number>> = {
	AED: 200,
	ARS: 50,
	AUD: 50,
	BRL: 50,
	CAD: 50,
	CHF: 50,
	COP: 50,
	CZK: 1500,
	DKK: 250,
	EUR: 50,
	GBP: 30,
	HKD: 400,
	HUF: 17_500,
	IDR: 50,
	ILS: 50,
	INR: 50,
	JPY: 50,
	KRW: 50,
	MXN: 1000,
	MYR: 200,
	NOK: 300,
	NZD: 50,
	PHP: 50,
	PLN: 200,
	RON: 200,
	RUB: 50,
	SEK: 300,
	SGD: 50,
	THB: 1000,
	USD: 50,
	ZAR: 50,
};

/** Amounts that Stripe can charge are multiples of this, in our minor units. */
export function stepMinor(currency: string): number {
	const decimals = minorUnitOf(currency) ?? 2;
	if (decimals === 3) return 10;
	return 10 ** Math.max(0, decimals - (STRIPE_DECIMALS[currency] ?? decimals));
}

/** The smallest amount that Stripe charges, in our minor units; 1 where Stripe names none. */
export function smallestMinor(currency: string): number {
	return SMALLEST_MINOR[currency] ?? 1;
}

/** An amount as Stripe counts it; null when Stripe cannot express it. */
export function toStripeAmount(amountMinor: number, currency: string): number | null {
	return amountMinor % stepMinor(currency) === 0 ? Math.round(amountMinor * factor(currency)) : null;
}

/** An amount of Stripe's in our minor units. @param currency in capitals or not: Stripe's are in lower case */
export function fromStripeAmount(amount: number, currency: string): number {
	return Math.round(amount / factor(currency.toUpperCase()));
}

/** Stripe's units in one of ours. */
function factor(currency: string): number {
	const decimals = minorUnitOf(currency) ?? 2;
	return 10 ** ((STRIPE_DECIMALS[currency] ?? decimals) - decimals);
}
