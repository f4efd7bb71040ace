/**
 * The body of a refusal: RFC 9457 problem details, with a schema for each problem. A client that is generated from the OpenAPI
 * document gets a union by `type`, with the members that each problem has beside the standard ones.
 *
 * Names, statuses and titles are in `../problems.ts`.
 */
import { z } from "@hono/zod-openapi";
import { CHECKOUT_STATUSES } from "../../checkout/status.ts";
import { PAYMENT_STATUSES } from "../../payments/provider.ts";
import { type ProblemName, problemStatus, problemTitle } from "../problems.ts";
import { UnavailableLineResponse } from "./checkout.ts";
import { STOCK_REFUSALS } from "./refusal.ts";
import { StockCounters } from "./stock.ts";

const EXAMPLE_REQUEST_ID = "6f1c2b1e-3d64-4f0e-9f62-0d7c1a5b8e11";
const sku = z.string();

/** Members of a problem beside the standard ones. A problem that is not here has none. */
const MEMBERS: Partial<Record<ProblemName, z.ZodRawShape>> = {
	...STOCK_REFUSALS,
	"invalid-request": {
		errors: z
			.array(z.object({ path: z.string(), message: z.string() }))
			.optional()
			.openapi({ description: "The first of the members that are not valid; absent when the body is not JSON." }),
	},
	"too-many-held": { limit: z.int().openapi({ description: "SKUs that one shopper may hold at once." }) },
	"lines-unavailable": { lines: z.array(UnavailableLineResponse) },
	"not-cancellable": { checkoutStatus: z.enum(CHECKOUT_STATUSES) },
	"not-refundable": { sku, refundable: z.int().openapi({ description: "Units that can still be refunded." }) },
	"preorder-filled": { orderId: z.string().openapi({ description: "The order to refund instead." }) },
	"on-hand-changed": { sku, onHand: z.int().openapi({ description: "Units on hand now." }) },
	"below-held": {
		sku,
		shortBy: z.int().openapi({ description: "Units that shoppers hold and the adjustment would take." }),
		...StockCounters.shape,
	},
	"payment-not-payable": { paymentStatus: z.enum(PAYMENT_STATUSES) },
};

const standard = {
	title: z.string(),
	detail: z.string().openapi({ description: "What happened this time, for the person who reads it." }),
	requestId: z.string().openapi({ description: "Name it when you ask for help." }),
};

/** Any problem, for answers that a route does not list. */
export const ProblemBody = z
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
			requestId: EXAMPLE_REQUEST_ID,
		},
	});

const componentName = (name: ProblemName): string =>
	`${name.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase())}Problem`;

function makeSchema(name: ProblemName) {
	return z
		.object({
			type: z.literal(`/problems/${name}`),
			...standard,
			status: z.literal(problemStatus(name)),
			...MEMBERS[name],
		})
		.openapi(componentName(name), { description: problemTitle(name) });
}

const schemas = new Map<ProblemName, ReturnType<typeof makeSchema>>();

/** The schema of one problem. It is made once: the OpenAPI document names each schema once. */
export function problemSchema(name: ProblemName): ReturnType<typeof makeSchema> {
	const schema = schemas.get(name) ?? makeSchema(name);
	schemas.set(name, schema);
	return schema;
}

/** One of several problems, told apart by `type`. */
export function anyProblem([first, ...others]: readonly [ProblemName, ...ProblemName[]]) {
	return others.length === 0
		? problemSchema(first)
		: z.discriminatedUnion("type", [problemSchema(first), ...others.map(problemSchema)]);
}
