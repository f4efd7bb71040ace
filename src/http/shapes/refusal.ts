/**
 * The facts that a refusal of the stock carries: as members of a problem, and as members of a line that a checkout
 * could not get. The values are put in by `../stock-problems.ts`.
 */
import { z } from "@hono/zod-openapi";
import { RESERVATION_STATUSES } from "../../stock/rpc.ts";
import { EXAMPLE, Instant } from "./common.ts";

const sku = z.string().openapi({ example: EXAMPLE.sku, description: "The SKU that it is about." });

const PreorderOffer = z
	.object({
		expectedAt: Instant.nullable().openapi({ description: "When the units are expected; null when unknown." }),
		termsVersion: z.string().openapi({ description: "Version of the terms that a pre-order accepts." }),
		remaining: z.int().openapi({ description: "Units that may still be pre-ordered." }),
	})
	.openapi("PreorderOffer", { description: "The pre-order that can be had now." });

export const STOCK_REFUSALS = {
	"unknown-sku": { sku },
	"sold-out": {
		sku,
		preorder: PreorderOffer.optional().openapi({ description: "Present when the SKU takes pre-orders." }),
	},
	"limit-exceeded": {
		sku,
		limit: z.int().openapi({ description: "Units that one shopper may have." }),
		owned: z.int().openapi({ description: "Units that the shopper has bought or pre-ordered." }),
	},
	"sale-not-open": {
		sku,
		saleStartsAt: Instant.nullable().openapi({ description: "Null when it has begun long since." }),
		saleEndsAt: Instant.nullable().openapi({ description: "Null when it has no end." }),
	},
	"terms-changed": { sku, preorder: PreorderOffer.openapi({ description: "The terms that can be accepted now." }) },
	"in-checkout": { sku, checkoutId: z.string().openapi({ description: "The checkout to cancel first." }) },
	"not-held": { sku },
	"extension-limit": { sku, limit: z.int().openapi({ description: "Extensions that one hold may have." }) },
	"no-reservation": {
		sku,
		lastStatus: z
			.enum(RESERVATION_STATUSES)
			.nullable()
			.openapi({ description: "How the last reservation ended; null when there was none." }),
	},
	"already-sold": { sku },
};
