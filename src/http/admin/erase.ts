/** Erasing a shopper: `POST /admin/v1/shoppers/{id}/erase`, and by an e-mail address, which stands in no URL. */
import { createRoute } from "@hono/zod-openapi";
import type { Context } from "hono";
import { erase, parseErasePlace, type Whom } from "../../operations/erase.ts";
import type { AppEnv } from "../context.ts";
import { ADMIN, BODY_PROBLEMS, invalidRequest, json, jsonBody, newRouter, problemResponses } from "../route.ts";
import { EraseByEmailBody, EraseQuery, EraseResponse, erasureView, ShopperPath } from "../shapes/erase.ts";

const WHAT =
	"Forgets e-mail addresses, `shipTo` and `metadata` at once, and empties checkouts that ended without a sale. It cannot be " +
	"undone. Orders stay without them, and can be refunded. What is still needed is named and kept: a checkout that may yet " +
	"be paid, a pre-order that is owed, money that cannot be settled. One call goes through a page, of the SKUs first, which know " +
	"what was bought or called off a moment ago: call it again with `nextCursor` until that is null. Again later it does no " +
	"harm, and erases what has ended meanwhile: `mayFollow` says whether that is needed. What the shopper does during the " +
	"call may come after it.";

const shared = {
	tags: ["Merchant: shoppers"],
	security: ADMIN,
	description: WHAT,
	responses: {
		200: json("What was erased on this page, and what is kept.", EraseResponse),
		...problemResponses(...BODY_PROBLEMS, "unauthorized", "not-configured", "temporarily-unavailable"),
	},
};

const eraseShopper = createRoute({
	...shared,
	method: "post",
	path: "/admin/v1/shoppers/{id}/erase",
	operationId: "eraseShopper",
	summary: "Erase a shopper",
	request: { params: ShopperPath, query: EraseQuery },
});

const eraseByEmail = createRoute({
	...shared,
	method: "post",
	path: "/admin/v1/shoppers/erase",
	operationId: "eraseByEmail",
	summary: "Erase whoever has an e-mail address",
	description: `${WHAT} Found are orders with this address, what their shoppers ended without a sale under it, and who waits for a mail to it.`,
	request: { query: EraseQuery, ...jsonBody(EraseByEmailBody) },
});

/** @throws Problem `invalid-request` when the cursor is not one of ours */
async function eraseAll(c: Context<AppEnv>, whom: Whom, cursor: string) {
	const place = parseErasePlace(cursor);
	if (place === null) throw invalidRequest([{ path: ["cursor"], message: "not a cursor of this list" }]);
	return erasureView(await erase(c.env, whom, place, c.var.actor));
}

export const adminErase = newRouter()
	// First the parameter, then the name: `router.ts`.
	.openapi(eraseShopper, async (c) => {
		const { id: shopperId } = c.req.valid("param");
		return c.json(await eraseAll(c, { shopperId }, c.req.valid("query").cursor), 200);
	})
	.openapi(eraseByEmail, async (c) => {
		const { email } = c.req.valid("json");
		return c.json(await eraseAll(c, { email }, c.req.valid("query").cursor), 200);
	});
