/**
 * A product's price against what this deployment's payment provider can charge. It is refused when the product is
 * defined: later, each checkout of it would fail.
 */
import { priceProblem } from "../payments/currencies.ts";
import { assertNever } from "../platform/assert.ts";
import { invalidRequest } from "./route.ts";

/** @throws Problem `invalid-request` that names the member, unless the provider can charge this price */
export function requireChargeable(env: { readonly PAYMENT_PROVIDER: string }, amount: number, currency: string): void {
	const problem = priceProblem(env.PAYMENT_PROVIDER, amount, currency);
	if (problem === null) return;
	switch (problem.kind) {
		case "currency": {
			const message = `${currency} is no currency that this shop's payment provider charges`;
			throw invalidRequest([{ path: ["price", "currency"], message }]);
		}
		case "not-a-multiple": {
			const message = `the payment provider charges ${currency} in multiples of ${problem.stepMinor} minor units`;
			throw invalidRequest([{ path: ["price", "amount"], message }]);
		}
		default:
			assertNever(problem);
	}
}
