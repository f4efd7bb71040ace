/** How many decimal places an amount of the API has: its `amount` is in the minor unit of its `currency`. */

const NO_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF";
const THREE_DECIMALS = "BHD IQD JOD KWD LYD OMR TND";

/**
 * By ISO 4217, as the server counts. `Intl` does not say it: it knows how people write a price, and leaves out the
 * decimals of COP, HUF or IDR, which have two.
 */
export function minorUnitOf(currency: string): number {
	if (NO_DECIMALS.includes(currency)) return 0;
	return THREE_DECIMALS.includes(currency) ? 3 : 2;
}
