/**
 * Executes the effects of a checkout, and makes events of their results.
 *
 * Every effect may be executed twice and takes effect once. A SKU knows the checkout by its id and its attempt; a call to
 * the provider has a key that is the same for the same intent (`rules/model.ts` says when its number grows); an order is
 * recorded by version. An effect that failed, or took too long, is deferred and never treated as done. An unclear result
 * of the provider leaves the payment in doubt, and it is read before anything else.
 *
 * Not here: which effect comes next (`rules/next-effect.ts`), what a SKU is asked (`stock-claims.ts`), storage
 * (`checkout.ts`).
 */
import {
	CALL_TIMEOUT_MS,
	EFFECT_TIMEOUT_MS,
	FRESH_READ_MS,
	RESEND_FIRST_MS,
	RESEND_MOST_MS,
	RETRY_FIRST_MS,
	RETRY_MOST_MS,
} from "../limits.ts";
import type { RecordMessage, Traced } from "../orders/messages.ts";
import type { UnsettledReason } from "../orders/order.ts";
import type { Payment, PaymentProvider, PaymentResult, ProviderName, Unknown } from "../payments/provider.ts";
import { assert, assertNever } from "../platform/assert.ts";
import { messageOf } from "../platform/errors.ts";
import { backoffMs } from "../platform/retry.ts";
import { withTimeout } from "../platform/timeout.ts";
import type { SkuRpc } from "../stock/rpc.ts";
import { orderOf, settlementRecordOf } from "./order.ts";
import type { Effect, MoneyEffect } from "./rules/effect.ts";
import type { Checkout, Event } from "./rules/model.ts";
import { retryScopeOf } from "./rules/next-effect.ts";
import { isTooOldToCallOff } from "./rules/payment-verdict.ts";
import { toldVersionOf } from "./rules/versions.ts";
import { changeStock } from "./stock-claims.ts";

/** What a checkout acts upon: the SKUs, the payment provider, and the queue to D1. */
export interface CheckoutPorts {
	sku<R>(sku: string, call: (object: SkuRpc) => Promise<R>): Promise<R>;
	/**
	 * @param name the provider that has the payment; null for the one that is configured
	 * @param seen the payment as it is known: of the merchant's own, nobody else knows anything
	 * @throws Error when it is not configured, or a secret of it is missing
	 */
	paymentProvider(name: ProviderName | null, seen: Payment | null): PaymentProvider;
	send(message: RecordMessage & Traced): Promise<void>;
}

export interface Performed {
	readonly event: Event;
	/** In place of an event that changes nothing, which would call for the same effect for ever. */
	readonly otherwise: Event;
	/** The message of an error that kept the effect from being done. */
	readonly error?: string;
	/** The SKU where units became free for the public. */
	readonly freed?: string | null;
}

/** Executes `effect`. Never throws: a failure is a `deferred` event, with the message of the error beside it. */
export async function perform(effect: Effect, c: Checkout, ports: CheckoutPorts): Promise<Performed> {
	const otherwise = deferEffect(c, effect, { reason: reasonOf(effect, "provider-refuses") });
	try {
		const lateness = () => new TookTooLong(`no answer within ${EFFECT_TIMEOUT_MS} ms`);
		return { otherwise, ...(await withTimeout(execute(effect, c, traced(ports, c)), EFFECT_TIMEOUT_MS, lateness)) };
	} catch (error) {
		// The provider may yet do what takes too long.
		const unclear = error instanceof TookTooLong && retryScopeOf(effect) === "money";
		const event = deferEffect(c, effect, { unclear, reason: reasonOf(effect, "provider-unclear") });
		return { event, otherwise, error: messageOf(error) };
	}
}

/** What is sent names the request that opened the checkout. */
const traced = (ports: CheckoutPorts, { requestId }: Checkout): CheckoutPorts =>
	requestId === undefined ? ports : { ...ports, send: (message) => ports.send({ ...message, requestId }) };

class TookTooLong extends Error {
	override readonly name = "TookTooLong";
}

const reasonOf = (effect: Effect, ofMoney: UnsettledReason): UnsettledReason =>
	retryScopeOf(effect) === "money" ? ofMoney : "units";

interface Deferral {
	/** The provider may or may not have done it. */
	readonly unclear?: boolean;
	readonly isRemembered?: boolean;
	readonly reason?: UnsettledReason | null;
	readonly firstMs?: number;
	readonly mostMs?: number;
}

/** The event that puts an effect off, for longer after each failure in a row. */
function deferEffect(c: Checkout, effect: Effect, deferral: Deferral): Event {
	const { unclear = false, isRemembered = false, reason = null } = deferral;
	const { firstMs = RETRY_FIRST_MS, mostMs = RETRY_MOST_MS } = deferral;
	const strand = retryScopeOf(effect);
	const pauseMs = backoffMs(c.pauses[strand]?.failures ?? 0, firstMs, mostMs);
	return { kind: "deferred", strand, pauseMs, unclear, effect: effect.kind, reason, isRemembered };
}

/**
 * Reads a payment outside of the effects, for a comparison.
 * @returns null when the provider did not say
 */
export async function readPayment(
	ports: CheckoutPorts,
	name: ProviderName,
	paymentId: string,
): Promise<Payment | null> {
	try {
		const lateness = () => new TookTooLong(`no answer within ${EFFECT_TIMEOUT_MS} ms`);
		const result = await withTimeout(ports.paymentProvider(name, null).read(paymentId), EFFECT_TIMEOUT_MS, lateness);
		return result.kind === "ok" ? result.payment : null;
	} catch {
		return null;
	}
}

type Executed = Pick<Performed, "event" | "freed"> & { readonly otherwise?: Event };

async function execute(effect: Effect, c: Checkout, ports: CheckoutPorts): Promise<Executed> {
	switch (effect.kind) {
		case "pin":
		case "commit":
		case "unpin":
		case "take-back":
		case "give-back":
		case "cancel-preorder":
			return changeStock(effect, c, (call) =>
				withTimeout(ports.sku(effect.sku, call), CALL_TIMEOUT_MS, () => new Error(`${effect.sku} does not answer`)),
			);
		case "create-payment":
			return { event: await createPayment(effect, c, ports) };
		case "read-payment": {
			const askedAtMs = Date.now();
			const result = await providerOf(c, ports).read(effect.paymentId);
			const isOld = result.kind === "ok" && isTooOldToCallOff(c, result.payment, askedAtMs, Date.now(), FRESH_READ_MS);
			if (isOld) return { event: deferEffect(c, effect, { unclear: true, reason: "provider-unclear" }) };
			return toPaymentEvent(c, effect, result);
		}
		case "void":
			return toPaymentEvent(c, effect, await providerOf(c, ports).void(effect.paymentId, keyOf(c, effect)));
		case "capture": {
			const { paymentId, amountMinor } = effect;
			const result = await providerOf(c, ports).capture(
				paymentId,
				amountMinor,
				keyOf(c, effect),
				c.payment?.seen.currency,
			);
			return toPaymentEvent(c, effect, result);
		}
		case "refund": {
			const { paymentId, amountMinor } = effect;
			const result = await providerOf(c, ports).refund(
				paymentId,
				amountMinor,
				keyOf(c, effect),
				c.payment?.seen.currency,
			);
			return toPaymentEvent(c, effect, result);
		}
		case "record": {
			const order = orderOf(c);
			assert(order !== null, "only a completed checkout is recorded");
			await ports.send({ kind: "order", order, toldVersion: toldVersionOf(c) });
			return { event: resend(c, effect) };
		}
		case "tell": {
			const { id: checkoutId, version, shopperId } = c;
			await ports.send({ kind: "ended-checkout", checkoutId, version, shopperId, ...endOf(c) });
			return { event: resend(c, effect) };
		}
		case "record-settlement": {
			const record = settlementRecordOf(c);
			assert(record !== null, "only what is or was unsettled is recorded");
			await ports.send({ kind: "settlement", record });
			return { event: resend(c, effect) };
		}
		default:
			return assertNever(effect);
	}
}

/** One that failed to open may be opened again: nobody is told of it, and `erase` finds it all the same. */
const endOf = (c: Checkout) => ({
	endedAtMs: ("endedAtMs" in c && c.endedAtMs) || c.createdAtMs,
	...(c.isHeard && "ending" in c && c.ending !== "failed" ? {} : { isUnheard: true }),
});

/** Sending is no proof: it is sent again unless D1 confirms it first. A local queue lives in memory only. */
const resend = (c: Checkout, effect: Effect): Event =>
	deferEffect(c, effect, { firstMs: RESEND_FIRST_MS, mostMs: RESEND_MOST_MS });

// ---- The payment ---------------------------------------------------------------------------------------------------

/** The provider that has the payment, whatever is configured now. */
const providerOf = (c: Checkout, ports: CheckoutPorts): PaymentProvider =>
	ports.paymentProvider(c.payment?.provider ?? null, c.payment?.seen ?? null);

/** The idempotency key of an effect. */
function keyOf(c: Checkout, effect: MoneyEffect): string {
	// The attempt, since a checkout that failed to open and is requested again needs a payment of its own.
	const key = `${c.id}:${c.attempt}:${effect.kind}`;
	// What had been refunded before makes the key different for each refund, and the same for a retry.
	const intent = effect.kind === "refund" ? `${key}:${effect.refundedMinor}:${effect.amountMinor}` : key;
	// Not with "~", which the Stripe provider of the version before put before numbers of its own.
	return c.keyNumber === 0 ? intent : `${intent}#${c.keyNumber}`;
}

async function createPayment(
	effect: Extract<Effect, { readonly kind: "create-payment" }>,
	c: Checkout,
	ports: CheckoutPorts,
): Promise<Event> {
	const { amountMinor, currency, allowDelayedMethods } = effect;
	const provider = ports.paymentProvider(c.isExternal ? "external" : null, null);
	const key = keyOf(c, effect);
	const result = await provider.create({
		...{ key, checkoutId: c.id, amountMinor, currency, email: c.email, allowDelayedMethods },
	});
	switch (result.kind) {
		case "created": {
			const { payment, payWith } = result;
			return { kind: "payment-created", provider: provider.name, payment, payWith };
		}
		case "refused":
			return { kind: "payment-refused", reason: result.reason };
		case "unknown":
			return deferUnknown(c, effect, result);
		default:
			return assertNever(result);
	}
}

const deferUnknown = (c: Checkout, effect: MoneyEffect, { isRemembered = false }: Unknown): Event =>
	deferEffect(c, effect, { unclear: true, isRemembered, reason: "provider-unclear" });

function toPaymentEvent(c: Checkout, effect: MoneyEffect, result: PaymentResult): Executed {
	if (result.kind === "unknown") return { event: deferUnknown(c, effect, result) };
	const { payment } = result;
	const reason = result.kind === "refused" && result.reason === "disputed" ? "disputed" : "provider-refuses";
	// A provider that does not know the payment says nothing about it.
	if (payment === null) return { event: deferEffect(c, effect, { unclear: true, reason }) };
	// A refusal carries the payment as it is, which says why. One that shows nothing new is tried again later.
	const event: Event = { kind: "payment-seen", payment, asked: true, revision: c.payment?.revision ?? null };
	// Done, and no more is refunded than before: an earlier refund came back meanwhile. The same key would get the same
	// answer for ever, so the payment is read, and then refunded under another one.
	const isUsedUp = result.kind === "ok" && effect.kind === "refund";
	return { event, otherwise: deferEffect(c, effect, { reason, unclear: isUsedUp, isRemembered: isUsedUp }) };
}
