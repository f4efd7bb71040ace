/**
 * Every refusal of this API, as RFC 9457 problem details.
 *
 * The name of a problem fixes its status and title. `detail` is for the person who reads it, and carries nothing
 * internal: no stack, no SQL, no secret. Members beside the standard ones carry the facts; `shapes/problem.ts` has
 * their schemas, and `stock-problems.ts` makes problems of what the stock refuses.
 */
import { HTTPException } from "hono/http-exception";
import { RETRY_AFTER_JITTER_SECONDS, RETRY_AFTER_SECONDS } from "../limits.ts";
import { DatabaseUnavailable, isDatabaseError, ObjectUnavailable } from "../platform/errors.ts";
import { log } from "../platform/log.ts";

const PROBLEMS = {
	"invalid-request": [400, "Invalid request"],
	"idempotency-key-missing": [400, "Idempotency-Key missing"],
	"bad-signature": [400, "Invalid webhook signature"],
	unauthorized: [401, "Valid token required"],
	"not-found": [404, "Address not found"],
	"unknown-sku": [404, "SKU not found"],
	"no-reservation": [404, "Reservation not found"],
	"unknown-checkout": [404, "Checkout not found"],
	"unknown-order": [404, "Order not found"],
	"unknown-payment": [404, "Payment not found"],
	"unknown-preorder": [404, "Pre-order not found"],
	"method-not-allowed": [405, "Method not allowed at this address"],
	"sold-out": [409, "Sold out"],
	"limit-exceeded": [409, "Per-shopper limit exceeded"],
	"too-many-held": [409, "Too many SKUs held"],
	"sale-not-open": [409, "Sale not open"],
	"terms-changed": [409, "Pre-order terms changed"],
	"in-checkout": [409, "Reservation is in a checkout"],
	"not-held": [409, "Reservation holds no units"],
	"extension-limit": [409, "No extensions left"],
	"already-sold": [409, "Reservation already sold"],
	"lines-unavailable": [409, "Lines unavailable"],
	"not-refundable": [409, "Order not refundable"],
	"payment-disputed": [409, "Payment disputed by the shopper's bank"],
	"preorder-filled": [409, "Pre-order already filled"],
	"not-cancellable": [409, "Checkout not cancellable"],
	"on-hand-changed": [409, "Units on hand changed"],
	"below-held": [409, "Adjustment exceeds free units"],
	"payment-not-payable": [409, "Payment not payable"],
	"incident-impossible": [409, "Incident not possible"],
	"precondition-failed": [412, "Changed since it was read"],
	"body-too-large": [413, "Request body too large"],
	"unsupported-media-type": [415, "Unsupported media type"],
	"upgrade-required": [426, "WebSocket upgrade required"],
	"idempotency-key-reused": [422, "Idempotency-Key already used"],
	"payment-refused": [422, "Payment refused by the provider"],
	"challenge-required": [403, "Challenge required"],
	"challenge-failed": [403, "Challenge failed"],
	"too-many-requests": [429, "Too many requests"],
	"internal-error": [500, "Internal error"],
	"not-configured": [503, "Deployment not configured"],
	"temporarily-unavailable": [503, "Temporarily unavailable"],
} as const satisfies Record<string, readonly [status: number, title: string]>;

export type ProblemName = keyof typeof PROBLEMS;
export const PROBLEM_NAMES = Object.keys(PROBLEMS) as readonly ProblemName[];

export const problemStatus = (name: ProblemName): number => PROBLEMS[name][0];
export const problemTitle = (name: ProblemName): string => PROBLEMS[name][1];

/** Statuses that say "later", and so always come with `Retry-After`. */
export const RETRY_LATER: readonly number[] = [429, 503];

export interface ProblemExtras {
	/** Members beside the standard ones. */
	readonly members?: Readonly<Record<string, unknown>>;
	readonly headers?: Readonly<Record<string, string>>;
}

/** A refusal, thrown only in `http/`; `app.ts` answers with it. */
export class Problem extends Error {
	override readonly name = "Problem";
	readonly problem: ProblemName;
	readonly extras: ProblemExtras;

	constructor(problem: ProblemName, detail: string, extras: ProblemExtras = {}) {
		// Nobody needs the stack of a refusal, and a drop makes a million of them.
		const { stackTraceLimit } = Error;
		Error.stackTraceLimit = 0;
		super(detail);
		Error.stackTraceLimit = stackTraceLimit;
		this.problem = problem;
		this.extras = extras;
	}

	get status(): number {
		return problemStatus(this.problem);
	}
}

/** The headers of the problem's own, whatever its body is. */
export const problemHeaders = ({ status, extras }: Problem): Readonly<Record<string, string>> => ({
	...(RETRY_LATER.includes(status) ? retryShortly() : {}),
	...extras.headers,
});

export function problemResponse(problem: Problem, requestId: string): Response {
	const { status } = problem;
	const body = {
		...problem.extras.members,
		type: `/problems/${problem.problem}`,
		title: problemTitle(problem.problem),
		status,
		detail: problem.message,
		requestId,
	};
	return new Response(JSON.stringify(body), {
		status,
		headers: {
			...problemHeaders(problem),
			"content-type": "application/problem+json",
		},
	});
}

/** `Retry-After` in whole seconds, at least one (RFC 9110, section 10.2.3). */
export function retryAfter(seconds: number): { readonly "retry-after": string } {
	return { "retry-after": String(Math.max(1, Math.ceil(seconds))) };
}

/** `Retry-After` where nothing says when, so that those who are turned away together do not come back together. */
export const retryShortly = () => retryAfter(RETRY_AFTER_SECONDS + Math.random() * RETRY_AFTER_JITTER_SECONDS);

/** The problem that an error becomes. An unforeseen error is logged, and the caller learns nothing of it. */
export function toProblem(error: Error, requestId: string): Problem {
	if (error instanceof Problem) return error;
	if (isWithoutTables(error)) return withoutTables();
	if (error instanceof DatabaseUnavailable) return databaseUnavailable();
	if (error instanceof ObjectUnavailable) {
		return new Problem("temporarily-unavailable", "Too many requests at once. Try again.");
	}
	// Hono throws these: 400 for a body that is not JSON, 415 for one without a content type.
	if (error instanceof HTTPException && error.status === 400) return new Problem("invalid-request", error.message);
	if (error instanceof HTTPException && error.status === 415) {
		return new Problem("unsupported-media-type", "Send application/json.");
	}
	log("request-failed", { requestId, name: error.name, error: error.message });
	if (isDatabaseError(error)) return databaseUnavailable();
	return new Problem("internal-error", "The error is ours and has been logged.");
}

/** Whether D1 lacks what a migration makes, as this error or its cause says. */
export function isWithoutTables(error: unknown): boolean {
	if (!(error instanceof Error)) return false;
	return (isDatabaseError(error) && /\bno such (table|column)\b/.test(error.message)) || isWithoutTables(error.cause);
}

export const withoutTables = (): Problem =>
	new Problem(
		"not-configured",
		"The database is not set up for this version. Run `npx wrangler d1 migrations apply DB --remote`. On a laptop, start " +
			"the shop by `npm run dev`, which does it.",
	);

const databaseUnavailable = (): Problem =>
	new Problem("temporarily-unavailable", "The shop's records cannot be read or written just now. Try again.");

export const unknownSku = (sku: string): Problem =>
	new Problem("unknown-sku", `No product has the SKU ${sku}.`, { members: { sku } });
