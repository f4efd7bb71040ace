/** Checkouts and a shopper's own orders: `/v1/checkouts` and `/v1/orders`. */
import { createRoute } from "@hono/zod-openapi";
import { callCheckout, checkoutIdOf, newestOrder } from "../../checkout/client.ts";
import type { Checkout } from "../../checkout/rpc.ts";
import { endReasonOf, wasOpened } from "../../checkout/status.ts";
import { knownRefusals, rememberCart } from "../../edge/cart.ts";
import { checkHoldings } from "../../edge/holding-limit.ts";
import { CHECKOUT_ID_PATTERN, ORDER_ID_PATTERN } from "../../ids.ts";
import { paymentProvider } from "../../payments/configured.ts";
import type { CreateRefusal } from "../../payments/provider.ts";
import { fingerprint } from "../../platform/hash.ts";
import { changed, edgeOf, mayBeHeard, requireSku } from "../context.ts";
import { shopperOnly } from "../middleware/auth.ts";
import { limitCheckouts } from "../middleware/rate-limits.ts";
import { Problem, unknownSku } from "../problems.ts";
import {
	BODY_PROBLEMS,
	json,
	jsonBody,
	LOCATION,
	newRouter,
	problemResponses,
	RequiredIdempotencyHeader,
	requiredIdempotencyKey,
	SHOPPER,
	TOKEN_PROBLEMS,
} from "../route.ts";
import {
	CheckoutBody,
	CheckoutResponse,
	checkoutView,
	refusedLineView,
	type UnavailableLine,
} from "../shapes/checkout.ts";
import { idPath } from "../shapes/common.ts";
import { OrderResponse, orderView } from "../shapes/order.ts";
import { tooManyHeld } from "../stock-problems.ts";

const middleware = [shopperOnly, limitCheckouts];
const shared = { tags: ["Checkouts"], security: SHOPPER, middleware };
const byId = { ...shared, path: "/v1/checkouts/{id}", request: { params: idPath("The checkout's id.") } } as const;

const openCheckout = createRoute({
	...shared,
	method: "post",
	path: "/v1/checkouts",
	operationId: "openCheckout",
	summary: "Open a checkout",
	description:
		"Secures every line, then creates the payment. The same `Idempotency-Key` with the same body answers with the " +
		"same checkout.",
	request: { headers: RequiredIdempotencyHeader, ...jsonBody(CheckoutBody) },
	responses: {
		201: json("The lines are yours if you pay by `expiresAt`.", CheckoutResponse, LOCATION),
		...problemResponses(
			...TOKEN_PROBLEMS,
			...BODY_PROBLEMS,
			"idempotency-key-missing",
			"unknown-sku",
			"lines-unavailable",
			"terms-changed",
			"too-many-held",
			"idempotency-key-reused",
			"payment-refused",
			"too-many-requests",
		),
	},
});

const getCheckout = createRoute({
	...byId,
	method: "get",
	operationId: "getCheckout",
	summary: "Get a checkout",
	responses: {
		200: json("The checkout.", CheckoutResponse),
		...problemResponses(...TOKEN_PROBLEMS, "unknown-checkout", "too-many-requests"),
	},
});

const cancelCheckout = createRoute({
	...byId,
	method: "delete",
	operationId: "cancelCheckout",
	summary: "Cancel a checkout",
	description: "Gives back what the checkout had pinned, and cancels its payment.",
	responses: {
		200: json("The checkout, cancelled now or ended before.", CheckoutResponse),
		...problemResponses(...TOKEN_PROBLEMS, "unknown-checkout", "not-cancellable", "too-many-requests"),
	},
});

const getOrder = createRoute({
	method: "get",
	path: "/v1/orders/{id}",
	operationId: "getOrder",
	summary: "Get an order",
	description: "The shopper's own order, from the moment it is paid.",
	tags: ["Orders"],
	security: SHOPPER,
	middleware,
	request: { params: idPath("The order's id.") },
	responses: {
		200: json("The order.", OrderResponse),
		...problemResponses(...TOKEN_PROBLEMS, "unknown-order", "too-many-requests"),
	},
});

const unknownCheckout = (): Problem => new Problem("unknown-checkout", "You have no checkout with this id.");

async function isOpened(env: Env, id: string): Promise<boolean> {
	const checkout = await callCheckout(env, id, (object) => object.read());
	return checkout !== null && wasOpened(checkout);
}

/** @throws Problem `unknown-checkout`, also for a checkout of another shopper: ids are not secret */
function requireOwn<C extends Checkout>(checkout: C | null, shopperId: string): C {
	if (checkout === null || checkout.shopperId !== shopperId || !wasOpened(checkout)) throw unknownCheckout();
	return checkout;
}

const UNACCEPTED: Readonly<Record<CreateRefusal, string>> = {
	amount: "a payment of this amount",
	currency: "a payment in this currency",
	email: "this e-mail address",
	other: "this payment",
};

/** What several lines of one SKU ask for is one line. */
function sumsOf(lines: readonly { readonly sku: string; readonly quantity: number }[]) {
	const sums = new Map<string, number>();
	for (const { sku, quantity } of lines) sums.set(sku, (sums.get(sku) ?? 0) + quantity);
	return [...sums].map(([sku, quantity]) => ({ sku, quantity }));
}

/** @param named those of the cart's lines that are the reason */
function linesUnavailable(named: readonly UnavailableLine[], ofAll: number): Problem {
	const skus = named.map(({ sku }) => sku).join(", ");
	const detail = `${named.length} of ${ofAll} lines are not available: ${skus}.`;
	return new Problem("lines-unavailable", detail, { members: { lines: named } });
}

/**
 * As `requireSku` answers it, which does not see that a shopper has nothing of an archived product.
 * @throws Problem `unknown-sku`
 */
function requireKnown(named: readonly UnavailableLine[]): void {
	const unknown = named.find(({ reason }) => reason === "unknown-sku");
	if (unknown !== undefined) throw unknownSku(unknown.sku);
}

/** Names each line that could not be had, and why. @throws Problem `unknown-sku` for one that is unknown */
function refusalOf(checkout: Checkout): Problem {
	const { lines } = checkoutView(checkout);
	const currencies = new Set(checkout.lines.flatMap((line) => ("currency" in line ? [line.currency] : [])));
	// Each line that has a price could be bought by itself, but one payment has one currency.
	const named = lines.flatMap((line): UnavailableLine[] => {
		// A checkout that was refused was never paid, so none of its lines is lost.
		if (line.fulfilment === "refused") return [line as UnavailableLine];
		return currencies.size > 1 && line.fulfilment !== null ? [{ ...line, reason: "currencies-differ" }] : [];
	});
	requireKnown(named);
	const [first] = named;
	if (first?.reason === "terms-changed" && named.every(({ reason }) => reason === "terms-changed")) {
		const detail = `Pre-orders of ${first.sku} have other terms now than the accepted ones.`;
		return new Problem("terms-changed", detail, {
			members: { sku: first.sku, preorder: first.preorder, lines: named },
		});
	}
	return linesUnavailable(named, lines.length);
}

/** @throws Problem with the reason when the checkout could not be opened, or is not open yet */
function requireOpened(checkout: Checkout): Checkout {
	const ending = endReasonOf(checkout);
	if (ending === "refused") throw refusalOf(checkout);
	if (ending === "unpayable") {
		const refusal = ("refusal" in checkout && checkout.refusal) || "other";
		const detail = `The provider does not accept ${UNACCEPTED[refusal]}. The lines were released.`;
		throw new Problem("payment-refused", detail, { members: { reason: refusal } });
	}
	if (ending === "failed" || checkout.phase === "opening") {
		throw new Problem(
			"temporarily-unavailable",
			"The checkout is not open yet. Send the request again with the same Idempotency-Key.",
		);
	}
	return checkout;
}

export const checkouts = newRouter()
	.openapi(openCheckout, async (c) => {
		const key = requiredIdempotencyKey(c.req.header("idempotency-key"));
		const configured = paymentProvider(c.env);
		if (configured.kind === "not-configured") throw new Problem("not-configured", "This shop has no payment provider.");
		const { shopperId } = c.var;
		const body = c.req.valid("json");
		await Promise.all(body.lines.map(({ sku }) => requireSku(c, sku)));
		const [id, digest] = await Promise.all([checkoutIdOf(shopperId, key), fingerprint(body)]);
		const skus = body.lines.map(({ sku }) => sku);
		const mayGetOther = body.partial || body.acceptPreorder !== false;
		const lines = sumsOf(body.lines);
		const refusals = mayGetOther ? null : await knownRefusals(edgeOf(c), { checkoutId: id, shopperId, lines });
		if (refusals !== null) {
			const named = refusals.map(({ line, refusal }) => refusedLineView(line, refusal));
			requireKnown(named);
			throw linesUnavailable(named, lines.length);
		}
		const tooMany = await checkHoldings(edgeOf(c), shopperId, skus);
		// A checkout that was opened before is answered as before.
		if (tooMany !== null && !(await isOpened(c.env, id))) throw tooManyHeld(tooMany, Date.now());
		const { acceptPreorder: accepted, ...rest } = body;
		const terms = typeof accepted === "boolean" ? null : accepted;
		const heard = mayBeHeard(c, "checkout.ended") ? { isHeard: true } : {};
		const request = { id, shopperId, ...rest, acceptPreorder: accepted !== false, terms, ...heard };
		const result = await callCheckout(c.env, id, (object) => object.open(request, digest));
		if (result.kind === "key-reused") {
			throw new Problem("idempotency-key-reused", "This key belongs to a checkout with another body.");
		}
		changed(c, "openCheckout", body.lines, result);
		rememberCart(edgeOf(c), shopperId, result.checkout.lines);
		const checkout = requireOpened(result.checkout);
		c.header("location", `/v1/checkouts/${id}`);
		return c.json(checkoutView(checkout), 201);
	})
	.openapi(getCheckout, async (c) => {
		const { id } = c.req.valid("param");
		if (!CHECKOUT_ID_PATTERN.test(id)) throw unknownCheckout();
		const own = requireOwn(await callCheckout(c.env, id, (object) => object.read()), c.var.shopperId);
		// Reading may have been what ended it.
		changed(c, "readEndedCheckout", endReasonOf(own) === null ? [] : own.lines, own);
		return c.json(checkoutView(own), 200);
	})
	.openapi(cancelCheckout, async (c) => {
		const { id } = c.req.valid("param");
		if (!CHECKOUT_ID_PATTERN.test(id)) throw unknownCheckout();
		requireOwn(await callCheckout(c.env, id, (object) => object.read()), c.var.shopperId);
		const checkout = requireOwn(await callCheckout(c.env, id, (object) => object.cancel()), c.var.shopperId);
		changed(c, "cancelCheckout", checkout.lines, checkout);
		if (checkout.phase === "committing" || checkout.phase === "completed") {
			throw new Problem("not-cancellable", "The checkout has been paid. Ask the shop for a refund.", {
				members: { checkoutStatus: checkoutView(checkout).status },
			});
		}
		return c.json(checkoutView(checkout), 200);
	})
	.openapi(getOrder, async (c) => {
		const { id } = c.req.valid("param");
		const order = ORDER_ID_PATTERN.test(id) ? await newestOrder(c.env, id) : null;
		if (order === null || order.shopperId !== c.var.shopperId) {
			throw new Problem("unknown-order", "You have no order with this id.");
		}
		return c.json(orderView(order), 200);
	});
