/** A refusal in the shopper's words. Pure. */
import { T } from "./strings.ts";

/** What every problem has, and what some of them have. */
export interface Refusal {
	readonly type: string;
	readonly detail: string;
	readonly limit?: number;
}

export function refusalText(problem: Refusal): string {
	switch (problem.type) {
		case "/problems/sold-out":
			return T.soldOutNow;
		case "/problems/limit-exceeded":
			return T.limitExceeded(problem.limit ?? 1);
		case "/problems/too-many-held":
			return T.tooManyHeld;
		case "/problems/sale-not-open":
			return T.saleNotOpen;
		case "/problems/in-checkout":
			return T.inCheckout;
		case "/problems/extension-limit":
			return T.extensionLimit;
		case "/problems/too-many-requests":
			return T.tooManyRequests;
		case "/problems/challenge-required":
		case "/problems/challenge-failed":
			return T.challengeFailed;
		case "/problems/temporarily-unavailable":
			return T.failed;
		default:
			return problem.detail;
	}
}
