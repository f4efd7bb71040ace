/**
 * Which prices and amounts a payment provider can charge at all. Pure.
 *
 * A product is checked when it is defined, so that a merchant hears of it and not the first shopper; a checkout's total
 * is checked when its payment is created. The sandbox charges every currency of ISO 4217, in any amount. A deployment
 * whose provider is not known yet is treated likewise.
 */
import { minorUnitOf } from "./iso-4217.ts";
import type { ProviderName } from "./provider.ts";
import { STRIPE_CURRENCIES, smallestMinor, stepMinor } from "./stripe/currencies.ts";

export { minorUnitOf };

/** Why an amount can never be charged. */
export type AmountProblem =
	/** Not an ISO 4217 currency, or not one that this provider charges. */
	| { readonly kind: "currency" }
	/** The provider charges only multiples of `stepMinor`. */
	| { readonly kind: "not-a-multiple"; readonly stepMinor: number }
	| { readonly kind: "too-small"; readonly smallestMinor: number };

/** Whether this provider can charge in this currency (ISO 4217, in capitals). */
export function isCurrencySupported(provider: ProviderName | string, currency: string): boolean {
	return minorUnitOf(currency) !== null && (provider !== "stripe" || STRIPE_CURRENCIES.has(currency));
}

/**
 * Why no product can have this price; null when it can. A price below the provider's smallest charge is possible: two
 * units may be enough.
 */
export function priceProblem(
	provider: ProviderName | string,
	priceMinor: number,
	currency: string,
): Exclude<AmountProblem, { kind: "too-small" }> | null {
	if (!isCurrencySupported(provider, currency)) return { kind: "currency" };
	const step = provider === "stripe" ? stepMinor(currency) : 1;
	return priceMinor % step === 0 ? null : { kind: "not-a-multiple", stepMinor: step };
}

/** Why no payment can have this amount, which is above zero; null when it can. */
export function amountProblem(
	provider: ProviderName | string,
	amountMinor: number,
	currency: string,
): AmountProblem | null {
	const problem = priceProblem(provider, amountMinor, currency);
	if (problem !== null) return problem;
	const smallest = provider === "stripe" ? smallestMinor(currency) : 1;
	return amountMinor < smallest ? { kind: "too-small", smallestMinor: smallest } : null;
}
