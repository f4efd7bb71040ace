/** Opens a checkout, be it for a shopper or for the merchant's server, and names the reason when it cannot be opened. */
import type { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { callCheckout } from "../checkout/client.ts";
import type { Checkout } from "../checkout/rpc.ts";
import { type AdjustmentFault, adjustmentFault, endReasonOf, wasOpened } from "../checkout/status.ts";
import { knownRefusals, rememberCart } from "../edge/cart.ts";
import { checkHoldings } from "../edge/holding-limit.ts";
import type { CreateRefusal } from "../payments/provider.ts";
import { fingerprint } from "../platform/hash.ts";
import { type AppEnv, changed, edgeOf, mayBeHeard, requireSku } from "./context.ts";
import { Problem, unknownSku } from "./problems.ts";
import { toAdjustment } from "./shapes/amounts.ts";
import { type CheckoutBody, lineView, refusedLineView, toNamedTerms, type UnavailableLine } from "./shapes/checkout.ts";
import type { MerchantCheckoutBody } from "./shapes/merchant-checkout.ts";
import { tooManyHeld } from "./stock-problems.ts";

const UNACCEPTED: Readonly<Record<CreateRefusal, string>> = {
	amount: "a payment of this amount",
	currency: "a payment in this currency",
	email: "this e-mail address",
	other: "this payment",
};

const FAULTS: Readonly<Record<AdjustmentFault, string>> = {
	"currencies-differ": "The adjustments are in another currency than the lines. The lines were released.",
	"below-zero": "The adjustments take the total below zero. The lines were released.",
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
	const lines = checkout.lines.map((line) => lineView(line, null));
	const currencies = new Set(checkout.lines.flatMap((line) => ("currency" in line ? [line.currency] : [])));
	// Each line that has a price could be bought by itself, but one payment has one currency.
	const named = lines.flatMap((line): UnavailableLine[] => {
		// A checkout that was refused was never paid, so none of its lines is lost.
		if (line.fulfilment === "refused") return [line as UnavailableLine];
		return currencies.size > 1 && line.fulfilment !== null ? [{ ...line, reason: "currencies-differ" }] : [];
	});
	requireKnown(named);
	const [first] = named;
	// The lines that could be had would have been sold, if it were not for the adjustments.
	const fault = currencies.size === 1 && (first === undefined || checkout.partial) ? adjustmentFault(checkout) : null;
	if (fault !== null) return new Problem("adjustments-refused", FAULTS[fault], { members: { reason: fault } });
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

async function isOpened(env: Env, id: string): Promise<boolean> {
	const checkout = await callCheckout(env, id, (object) => object.read());
	return checkout !== null && wasOpened(checkout);
}

type Body = z.infer<typeof CheckoutBody> | z.infer<typeof MerchantCheckoutBody>;

/** @throws Problem with the reason when the checkout cannot be opened */
export async function openCheckout(
	c: Context<AppEnv>,
	id: string,
	shopperId: string,
	body: Body,
	by: "shopper" | "merchant",
): Promise<Checkout> {
	await Promise.all(body.lines.map(({ sku }) => requireSku(c, sku)));
	const digest = await fingerprint(body);
	const lines = sumsOf(body.lines);
	const mayGetOther = body.partial || body.acceptPreorder !== false;
	const refusals = mayGetOther ? null : await knownRefusals(edgeOf(c), { checkoutId: id, shopperId, lines });
	if (refusals !== null) {
		const named = refusals.map(({ line, refusal }) => refusedLineView(line, refusal));
		requireKnown(named);
		throw linesUnavailable(named, lines.length);
	}
	const skus = body.lines.map(({ sku }) => sku);
	const tooMany = await checkHoldings(edgeOf(c), shopperId, skus);
	// A checkout that was opened before is answered as before.
	if (tooMany !== null && !(await isOpened(c.env, id))) throw tooManyHeld(tooMany, Date.now());
	const { email, partial, acceptPreorder: accepted, shipTo = null, metadata = {} } = body;
	const terms = typeof accepted === "boolean" ? null : toNamedTerms(accepted);
	const adjustments = "adjustments" in body ? (body.adjustments ?? []).map(toAdjustment) : [];
	const request = {
		...{ id, shopperId, lines: body.lines, email, partial, acceptPreorder: accepted !== false, terms },
		...{ adjustments, shipTo, metadata, isExternal: "payment" in body && body.payment === "external" },
		requestId: c.var.requestId,
		...(mayBeHeard(c, "checkout.ended") ? { isHeard: true } : {}),
	};
	const result = await callCheckout(c.env, id, (object) =>
		by === "merchant" ? object.openForMerchant(request, digest) : object.open(request, digest),
	);
	if (result.kind === "key-reused") {
		throw new Problem("idempotency-key-reused", "This key belongs to a checkout with another body.");
	}
	changed(c, "openCheckout", body.lines, result);
	rememberCart(edgeOf(c), shopperId, result.checkout.lines);
	return requireOpened(result.checkout);
}
