/**
 * Executes the effects of a checkout, and makes events of their results.
 *
 * Every effect may be executed twice and takes effect once. A SKU knows the checkout by its id; a call to the provider
 * has a key that is the same for the same intent; an order is recorded by version. An effect that failed is deferred,
 * never treated as done. An unclear result of the provider leaves the payment in doubt, and it is read before anything
 * else.
 *
 * Not here: which effect comes next (`rules/next-effect.ts`), storage (`checkout.ts`).
 */
import { RESEND_FIRST_MS, RESEND_MOST_MS, RETRY_FIRST_MS, RETRY_MOST_MS } from "../limits.ts";
import type { Order } from "../orders/order.ts";
import type { PaymentProvider, PaymentResult } from "../payments/provider.ts";
import { assert, assertNever } from "../platform/assert.ts";
import { messageOf } from "../platform/errors.ts";
import { backoffMs } from "../platform/retry.ts";
import type { PinResult, SkuRpc } from "../stock/rpc.ts";
import { orderOf } from "./order.ts";
import type { Checkout, Effect, Event, PinOutcome } from "./rules/model.ts";
import { retryScopeOf } from "./rules/next-effect.ts";

/** What a checkout acts upon: the SKUs, the payment provider, and the queue to D1. */
export interface CheckoutPorts {
	sku<R>(sku: string, call: (object: SkuRpc) => Promise<R>): Promise<R>;
	/** @throws Error when no provider is configured, or a secret of it is missing */
	paymentProvider(): PaymentProvider;
	sendOrder(order: Order): Promise<void>;
}

/** Executes `effect`. Never throws: a failure is a `deferred` event, with the message of the error beside it. */
export async function perform(
	effect: Effect,
	c: Checkout,
	ports: CheckoutPorts,
): Promise<{ event: Event; error?: string }> {
	try {
		return { event: await execute(effect, c, ports) };
	} catch (error) {
		return { event: deferEffect(c, effect, false), error: messageOf(error) };
	}
}

/**
 * The event that puts an effect off, for longer after each failure in a row.
 * @param unclear the provider may or may not have done it
 */
export function deferEffect(
	c: Checkout,
	effect: Effect,
	unclear: boolean,
	{ firstMs, mostMs } = { firstMs: RETRY_FIRST_MS, mostMs: RETRY_MOST_MS },
): Event {
	const strand = retryScopeOf(effect);
	return { kind: "deferred", strand, pauseMs: backoffMs(c.pauses[strand]?.failures ?? 0, firstMs, mostMs), unclear };
}

async function execute(effect: Effect, c: Checkout, ports: CheckoutPorts): Promise<Event> {
	const { id: checkoutId, shopperId, acceptPreorder } = c;
	// The key contains the attempt: a checkout that failed to open and is requested again needs a payment of its own.
	const key = `${checkoutId}:${c.attempt}:${effect.kind}`;
	switch (effect.kind) {
		case "pin": {
			const { sku, quantity, probe } = effect;
			const request = { shopperId, checkoutId, quantity, acceptPreorder, probe };
			const outcome = toPinOutcome(await ports.sku(sku, (object) => object.pin(request)));
			return { kind: "line-pinned", sku, outcome: probe && outcome.kind === "pinned" ? { kind: "spared" } : outcome };
		}
		case "commit": {
			const { sku, quantity } = effect;
			const result = await ports.sku(sku, (object) =>
				object.commit({ shopperId, checkoutId, quantity, acceptPreorder }),
			);
			switch (result.kind) {
				case "sold":
					return {
						kind: "line-committed",
						sku,
						outcome: { kind: "committed", fulfilment: "in_stock", subjectId: result.reservationId, preorder: null },
					};
				case "owed": {
					const { preorderId: subjectId, expectedAtMs, termsVersion } = result;
					const preorder = { expectedAtMs, termsVersion };
					return {
						kind: "line-committed",
						sku,
						outcome: { kind: "committed", fulfilment: "preorder", subjectId, preorder },
					};
				}
				case "lost":
				case "unknown-sku":
					return { kind: "line-committed", sku, outcome: { kind: "lost" } };
				default:
					return assertNever(result);
			}
		}
		case "unpin":
			await ports.sku(effect.sku, (object) => object.unpin(shopperId, checkoutId, effect.keepHold));
			return { kind: "line-released", sku: effect.sku };
		case "take-back":
			await ports.sku(effect.sku, (object) => object.takeBack(shopperId, checkoutId, effect.total));
			return { kind: "line-returned", sku: effect.sku, total: effect.total };
		case "cancel-preorder": {
			const { sku } = effect;
			const result = await ports.sku(sku, (object) => object.cancelPreorder(shopperId, checkoutId));
			return { kind: result.kind === "filled" ? "preorder-filled" : "preorder-cancelled", sku };
		}
		case "create-payment": {
			const { amountMinor, currency } = effect;
			const result = await ports.paymentProvider().create({
				key,
				checkoutId,
				amountMinor,
				currency,
				email: c.email,
				allowDelayedMethods: false,
			});
			switch (result.kind) {
				case "created":
					return {
						kind: "payment-created",
						provider: ports.paymentProvider().name,
						payment: result.payment,
						payWith: result.payWith,
					};
				case "refused":
					return { kind: "payment-refused" };
				case "unknown":
					return deferEffect(c, effect, true);
				default:
					return assertNever(result);
			}
		}
		case "read-payment":
			return toPaymentEvent(c, effect, await ports.paymentProvider().read(effect.paymentId));
		case "void":
			return toPaymentEvent(c, effect, await ports.paymentProvider().void(effect.paymentId, key));
		case "capture":
			return toPaymentEvent(
				c,
				effect,
				await ports.paymentProvider().capture(effect.paymentId, effect.amountMinor, key, c.payment?.seen.currency),
			);
		case "refund": {
			// What had been refunded before makes the key different for each refund, and the same for a retry.
			const refundKey = `${key}:${effect.refundedMinor}:${effect.amountMinor}`;
			return toPaymentEvent(
				c,
				effect,
				await ports.paymentProvider().refund(effect.paymentId, effect.amountMinor, refundKey, c.payment?.seen.currency),
			);
		}
		case "record": {
			const order = orderOf(c);
			assert(order !== null, "only a completed checkout is recorded");
			await ports.sendOrder(order);
			// Sending is no proof: the order is sent again unless D1 confirms it first. A local queue lives in memory only.
			return deferEffect(c, effect, false, { firstMs: RESEND_FIRST_MS, mostMs: RESEND_MOST_MS });
		}
		default:
			return assertNever(effect);
	}
}

function toPaymentEvent(c: Checkout, effect: Effect, result: PaymentResult): Event {
	switch (result.kind) {
		case "ok":
			return { kind: "payment-seen", payment: result.payment, asked: true };
		case "refused":
			// A refusal carries the payment as it is, which says why. A provider that does not know the payment says
			// nothing.
			return result.payment
				? { kind: "payment-seen", payment: result.payment, asked: true }
				: deferEffect(c, effect, true);
		case "unknown":
			return deferEffect(c, effect, true);
		default:
			return assertNever(result);
	}
}

function toPinOutcome(result: PinResult): PinOutcome {
	if (result.kind !== "pinned" && result.kind !== "preordered") return { kind: "refused", refusal: result };
	const { title, unitPriceMinor, currency, payByMs, graceMs } = result;
	const price = { title, unitPriceMinor, currency, payByMs, graceMs };
	if (result.kind === "pinned") {
		return {
			kind: "pinned",
			line: { ...price, fulfilment: "in_stock", subjectId: result.reservationId, preorder: null },
		};
	}
	const { preorderId: subjectId, expectedAtMs, termsVersion } = result;
	return {
		kind: "pinned",
		line: { ...price, fulfilment: "preorder", subjectId, preorder: { expectedAtMs, termsVersion } },
	};
}
