/** Erasing a shopper: what is asked, and what became of it. */
import { z } from "@hono/zod-openapi";
import { STILL_NEEDED } from "../../checkout/rpc.ts";
import { SHOPPER_ID_PATTERN } from "../../ids.ts";
import { type EraseReport, orderIdOfKept } from "../../operations/erase.ts";
import { Cursor, EXAMPLE, NextCursor } from "./common.ts";
import { ANY_CASE, Email } from "./email.ts";

export const ShopperPath = z.object({
	id: z
		.string()
		.regex(SHOPPER_ID_PATTERN)
		.openapi({ param: { name: "id", in: "path", description: "The shopper's id." } }),
});

export const EraseQuery = z.object({ cursor: Cursor });

export const EraseByEmailBody = z
	.strictObject({ email: Email.openapi({ description: ANY_CASE }) })
	.openapi("EraseByEmailRequest", { example: { email: "ada@example.com" } });

export const EraseResponse = z
	.object({
		orders: z.array(z.string()).openapi({
			description:
				"Orders without e-mail address, `shipTo` and `metadata` now. Their lines, amounts, payment, times and the shopper's " +
				"id stay, for the books and for refunds.",
		}),
		checkouts: z.array(z.string()).openapi({
			description: "Checkouts that ended without a sale, and have nothing now but a payment that moved.",
		}),
		kept: z
			.array(
				z
					.object({
						checkoutId: z.string(),
						orderId: z.string().nullable().openapi({ description: "Null while it is no order." }),
						reason: z.enum(STILL_NEEDED),
					})
					.openapi("KeptFromErasure"),
			)
			.openapi({
				description:
					"What keeps its address for now. `under-way`: it may yet be paid. `preorder-owed`: fill or cancel it first. " +
					"`unsettled`: somebody may have to pay the shopper back by hand.",
			}),
		payingFor: z.array(z.string()).openapi({
			description: "SKUs that the shopper is paying for now. Erase again when that has ended.",
		}),
		mayFollow: z.boolean().openapi({
			description:
				"Whether anything is left, or may turn up that was there before: something was kept, is being paid for, or did not " +
				"answer. By an e-mail address always: it finds an order, and what was called off, some seconds after that. Erase " +
				"once more then, and in any case when an outage of the database or the queue is over.",
		}),
		unreachable: z.array(z.string()).openapi({ description: "What did not answer, and is not erased. Erase again." }),
		nextCursor: NextCursor,
	})
	.openapi("Erasure", {
		example: {
			orders: [EXAMPLE.orderId],
			checkouts: [],
			kept: [],
			payingFor: [],
			mayFollow: false,
			unreachable: [],
			nextCursor: null,
		},
	});

export const erasureView = (report: EraseReport) => ({
	orders: [...report.orders],
	checkouts: [...report.checkouts],
	kept: report.kept.map((kept) => ({
		checkoutId: kept.checkoutId,
		orderId: orderIdOfKept(kept),
		reason: kept.reason,
	})),
	payingFor: [...report.payingFor],
	mayFollow: report.mayFollow,
	unreachable: [...report.unreachable],
	nextCursor: report.nextCursor,
});
