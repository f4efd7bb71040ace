/**
 * The currencies of ISO 4217 that a shop can sell in, and how many decimal places the minor unit of each has. Pure.
 *
 * Every amount of this program is in these minor units: ¥500 is 500, 5.000 KWD is 5000. Left out are codes that are no
 * money of a country: funds (CLF, USN, …), metals, test codes and "no currency" (XXX), and what was withdrawn (ANG in
 * March 2025, BGN in January 2026). Not here: how a provider counts (`stripe/currencies.ts`).
 *
 * Source: ISO 4217, List One (currencies and minor units), as kept by its maintenance agency.
 * https://www.six-group.com/en/products-services/financial-information/data-standards.html
 */

const NO_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF";

const TWO_DECIMALS = `
	AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE CZK
	DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD
	KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP
	PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH
	USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG`;

const THREE_DECIMALS = "BHD IQD JOD KWD LYD OMR TND";

const DECIMALS: ReadonlyMap<string, number> = new Map(
	[NO_DECIMALS, TWO_DECIMALS, THREE_DECIMALS].flatMap((codes, at) =>
		codes
			.trim()
			.split(/\s+/)
			.map((code) => [code, [0, 2, 3][at] ?? 0] as const),
	),
);

/** How many decimal places the currency's minor unit has; null for what is not a currency. */
export function minorUnitOf(currency: string): number | null {
	return DECIMALS.get(currency) ?? null;
}

/** Every currency, in the order of the alphabet. */
export const CURRENCIES: readonly string[] = [...DECIMALS.keys()].sort();
