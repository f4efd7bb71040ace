/**
 * The body of a refusal: RFC 9457 problem details, with a schema for each problem. A client that is generated from the
 * OpenAPI document gets a union by `type`, with the members that each problem has beside the standard ones.
 *
 * No request is checked by these schemas, so they are made on first use: at the start of an isolate they would take
 * some 20 ms more on top of 70. Names, statuses and titles are in `../problems.ts`.
 */
import { z } from "@hono/zod-openapi";
import { CHECKOUT_STATUSES } from "../../checkout/status.ts";
import { CREATE_REFUSALS, PAYMENT_STATUSES } from "../../payments/provider.ts";
import { assert } from "../../platform/assert.ts";
import { PROBLEM_NAMES, type ProblemName, problemStatus, problemTitle } from "../problems.ts";
import { UnavailableLineResponse } from "./checkout.ts";
import { STOCK_REFUSALS } from "./refusal.ts";
import { StockCounters } from "./stock.ts";

/** Members of each problem beside the standard ones. A problem that is not here has none. */
function membersByName(): Partial<Record<ProblemName, z.ZodRawShape>> {
	const sku = z.string().openapi({ description: "The SKU that it is about." });
	const paymentStatus = z.enum(PAYMENT_STATUSES).openapi({ description: "Where the payment stands now." });
	const siteKey = z.string().openapi({ description: "The site key of the widget that gives what is missing." });
	return {
		...STOCK_REFUSALS,
		"challenge-required": { siteKey },
		"challenge-failed": { siteKey },
		"invalid-request": {
			errors: z
				.array(z.object({ path: z.string(), message: z.string() }))
				.optional()
				.openapi({ description: "The first of the members that are not valid; absent when the body is not JSON." }),
		},
		"too-many-held": { limit: z.int().openapi({ description: "SKUs that one shopper may hold at once." }) },
		"lines-unavailable": {
			lines: z.array(UnavailableLineResponse).openapi({ description: "Each line that is refused, and why." }),
		},
		"terms-changed": {
			...STOCK_REFUSALS["terms-changed"],
			lines: z
				.array(UnavailableLineResponse)
				.optional()
				.openapi({ description: "Every line that is refused, when a checkout is; `sku` is the first of them." }),
		},
		"payment-refused": {
			reason: z.enum(CREATE_REFUSALS).openapi({ description: "What the provider does not accept." }),
		},
		"not-cancellable": {
			checkoutStatus: z.enum(CHECKOUT_STATUSES).openapi({ description: "Where the checkout stands now." }),
		},
		"not-refundable": { sku, refundable: z.int().openapi({ description: "Units that can still be refunded." }) },
		"preorder-filled": { orderId: z.string().openapi({ description: "The order to refund instead." }) },
		"on-hand-changed": { sku, onHand: z.int().openapi({ description: "Units on hand now." }) },
		"below-held": {
			sku,
			shortBy: z.int().openapi({ description: "Units that shoppers hold and the adjustment would take." }),
			...StockCounters.shape,
		},
		"payment-not-payable": { paymentStatus },
		"incident-impossible": { paymentStatus },
	};
}

const standardMembers = () => ({
	title: z.string(),
	detail: z.string().openapi({ description: "What happened this time, for the person who reads it." }),
	requestId: z.string().openapi({ description: "Name it when you ask for help." }),
});

function makeSchemas() {
	const standard = standardMembers();
	const members = membersByName();
	const schemaOf = (name: ProblemName) => {
		const component = name.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
		const type = z.literal(`/problems/${name}`);
		const status = z.literal(problemStatus(name));
		return z
			.object({ type, ...standard, status, ...members[name] })
			.openapi(`${component}Problem`, { description: problemTitle(name) });
	};
	const unlisted = z
		.looseObject({
			type: z.string().openapi({ description: "`/problems/<name>`." }),
			...standard,
			status: z.int(),
		})
		.openapi("Problem", {
			example: {
				type: "/problems/internal-error",
				title: problemTitle("internal-error"),
				status: 500,
				detail: "The error is ours and has been logged.",
				requestId: "6f1c2b1e-3d64-4f0e-9f62-0d7c1a5b8e11",
			},
		});
	return { byName: new Map(PROBLEM_NAMES.map((name) => [name, schemaOf(name)])), unlisted };
}

let made: ReturnType<typeof makeSchemas> | null = null;

/** The schemas are made once: the OpenAPI document names each of them once, and references it by that name. */
function schemas(): ReturnType<typeof makeSchemas> {
	made ??= makeSchemas();
	return made;
}

export function problemSchema(name: ProblemName) {
	const schema = schemas().byName.get(name);
	assert(schema !== undefined, `every problem has a schema: ${name}`);
	return schema;
}

/** One of several problems, told apart by `type`. */
export function anyProblem([first, ...others]: readonly [ProblemName, ...ProblemName[]]) {
	return others.length === 0
		? problemSchema(first)
		: z.discriminatedUnion("type", [problemSchema(first), ...others.map(problemSchema)]);
}

/** Any problem, for the answers that a route does not list. */
export const unlistedProblem = () => schemas().unlisted;
