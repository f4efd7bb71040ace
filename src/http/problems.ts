/**
 * Every way in which this API says no, as RFC 9457 problem details.
 *
 * What it keeps true: a problem has a name from this list, and the name fixes its status and title. `detail` is for the
 * person who reads it and carries nothing of ours: no stack, no SQL, no secret. Members of its own carry the facts.
 *
 * Not here: which refusal of the stock becomes which problem (`refusals.ts`).
 */
import { HTTPException } from "hono/http-exception";
import { RETRY_AFTER_SECONDS } from "../limits.ts";
import { ObjectUnavailable } from "../platform/errors.ts";

const PROBLEMS = {
	"invalid-request": [400, "The request is not valid"],
	"idempotency-key-missing": [400, "This request needs an Idempotency-Key"],
	"bad-signature": [400, "The webhook's signature does not hold"],
	unauthorized: [401, "A valid token is needed"],
	"not-found": [404, "There is nothing at this address"],
	"unknown-sku": [404, "There is no such SKU"],
	"no-reservation": [404, "There is no reservation"],
	"unknown-checkout": [404, "There is no such checkout"],
	"unknown-order": [404, "There is no such order"],
	"unknown-payment": [404, "There is no such payment"],
	"sold-out": [409, "These units cannot be had now"],
	"limit-exceeded": [409, "More than one shopper may have"],
	"too-many-held": [409, "More SKUs than one shopper may hold at once"],
	"sale-not-open": [409, "The sale is not open"],
	"in-checkout": [409, "The reservation is in a checkout"],
	"not-held": [409, "The reservation is waiting and holds nothing yet"],
	"extension-limit": [409, "The reservation cannot be extended again"],
	"already-sold": [409, "The reservation has ended in a sale"],
	"lines-unavailable": [409, "Not every line can be had"],
	"idempotency-key-in-flight": [409, "The first request with this Idempotency-Key has not ended yet"],
	"not-refundable": [409, "This order cannot be refunded so"],
	"preorder-filled": [409, "The pre-order has been filled"],
	"unknown-preorder": [404, "There is no such pre-order"],
	"not-cancellable": [409, "It is too late to cancel this checkout"],
	"on-hand-changed": [409, "The units on hand are not what was expected"],
	"below-held": [409, "This would take units that shoppers hold"],
	"payment-not-payable": [409, "This payment can no longer be paid"],
	"precondition-failed": [412, "The reservation has changed"],
	"body-too-large": [413, "The body is too large"],
	"unsupported-media-type": [415, "The body must be application/json"],
	"upgrade-required": [426, "This address speaks WebSocket"],
	"idempotency-key-reused": [422, "This Idempotency-Key was used for another request"],
	"payment-refused": [422, "The payment provider does not take such a payment"],
	"too-many-requests": [429, "Too many requests"],
	"internal-error": [500, "Something went wrong on our side"],
	"not-configured": [503, "This deployment lacks a setting"],
	"temporarily-unavailable": [503, "This cannot be served just now"],
} as const satisfies Record<string, readonly [number, string]>;

export type ProblemName = keyof typeof PROBLEMS;

export interface ProblemExtras {
	/** Members of its own, beside the standard ones. */
	readonly members?: Readonly<Record<string, unknown>>;
	readonly headers?: Readonly<Record<string, string>>;
}

/** A refusal on its way out. Thrown only in `http/`; `app.ts` turns it into the answer. */
export class Problem extends Error {
	override readonly name = "Problem";
	readonly problem: ProblemName;
	readonly extras: ProblemExtras;

	constructor(problem: ProblemName, detail: string, extras: ProblemExtras = {}) {
		// A refusal is no fault: nobody asks where in the code it was made, and a drop makes a million of them.
		const { stackTraceLimit } = Error;
		Error.stackTraceLimit = 0;
		super(detail);
		Error.stackTraceLimit = stackTraceLimit;
		this.problem = problem;
		this.extras = extras;
	}

	get status(): number {
		return PROBLEMS[this.problem][0];
	}
}

export function problemResponse(problem: Problem, requestId: string): Response {
	const [status, title] = PROBLEMS[problem.problem];
	const again = status === 429 || status === 503 ? retryAfter(RETRY_AFTER_SECONDS) : {};
	const body = {
		...problem.extras.members,
		type: `/problems/${problem.problem}`,
		title,
		status,
		detail: problem.message,
		requestId,
	};
	return new Response(JSON.stringify(body), {
		status,
		headers: {
			...again,
			...problem.extras.headers,
			"content-type": "application/problem+json",
		},
	});
}

/** `Retry-After` in whole seconds, at least one (RFC 9110, section 10.2.3). */
export function retryAfter(seconds: number): { readonly "retry-after": string } {
	return { "retry-after": String(Math.max(1, Math.ceil(seconds))) };
}

/** The problem that an error becomes. One that we did not foresee is logged, and says nothing of itself to the caller. */
export function toProblem(error: Error): Problem {
	if (error instanceof Problem) return error;
	if (error instanceof ObjectUnavailable) {
		return new Problem("temporarily-unavailable", "Too many requests at once. Try again.");
	}
	// Hono's own: a body that is not JSON, and one that does not say that it is.
	if (error instanceof HTTPException && error.status === 400) return new Problem("invalid-request", error.message);
	if (error instanceof HTTPException && error.status === 415) {
		return new Problem("unsupported-media-type", "Send application/json.");
	}
	console.error(`error: ${error.name}: ${error.message}`);
	return new Problem("internal-error", "The fault is ours and has been logged. Nothing was left half done.");
}

export const unknownSku = (sku: string): Problem =>
	new Problem("unknown-sku", `No product has the SKU ${sku}.`, { members: { sku } });
