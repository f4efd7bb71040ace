/**
 * Which effects the state of a checkout calls for, and when the checkout has something to do next. Pure.
 *
 * Effects are computed from the state alone. Storing the state *is* storing the effects still to be done, in one write,
 * and a checkout that crashed continues by computing them again. Every effect may be executed twice.
 *
 * The order of effects carries the promises:
 * - units before money: every line is pinned or refused before a payment exists, and sold before money is captured;
 * - money follows units (`settlement.ts`);
 * - a closing checkout voids its payment first and unpins the units after that, so nobody can pay for units that are
 *   somebody else's.
 *
 * Not here: what a checkout becomes (`lifecycle.ts`), how an effect is executed (`effects.ts`).
 */
import { MAX_WAITS, OPENING_MS, WAIT_MOST_MS } from "../../limits.ts";
import { assertNever } from "../../platform/assert.ts";
import type { Effect } from "./effect.ts";
import { isCommitted, nextToUnpin } from "./lines.ts";
import type { Checkout, Committed, EndReason, RetryScope } from "./model.ts";
import { awaitsPaymentVerdict, graceEndMs, isWaitedFor } from "./payment-verdict.ts";
import { pausedUntilMs } from "./retries.ts";
import { createPayment, nextMoneyEffect } from "./settlement.ts";
import { toldVersionOf } from "./versions.ts";

/** The scope in which this effect is retried: the others go on while it fails. */
export function retryScopeOf(effect: Effect): RetryScope {
	switch (effect.kind) {
		case "create-payment":
		case "read-payment":
		case "void":
		case "capture":
		case "refund":
			return "money";
		case "pin":
		case "commit":
		case "unpin":
		case "take-back":
		case "give-back":
		case "cancel-preorder":
			return "units";
		case "record":
		case "tell":
			return "record";
		case "record-settlement":
			return "settlement";
		default:
			return assertNever(effect);
	}
}

/** Whether the effect only tells others how the checkout is. Those come after everything else that is due. */
export const isMessage = (effect: Effect): boolean => {
	const scope = retryScopeOf(effect);
	return scope === "record" || scope === "settlement";
};

/** The next effect, paused or not; null when there is nothing to do but wait. */
export function nextEffect(c: Checkout): Effect | null {
	return pendingEffects(c)[0] ?? null;
}

/** The next effect that is not paused: the provider may be down while units can be returned. */
export function dueEffect(c: Checkout, nowMs: number): Effect | null {
	return pendingEffects(c).find((effect) => pausedUntilMs(c, retryScopeOf(effect)) <= nowMs) ?? null;
}

/** The effects to execute, in order. An effect that must wait for another is not listed before that one is done. */
function pendingEffects(c: Checkout): readonly Effect[] {
	const isNamed = c.unsettled == null || c.unsettled.recordedVersion >= c.unsettled.version;
	return isNamed ? effectsOfPhase(c) : [...effectsOfPhase(c), { kind: "record-settlement" }];
}

function effectsOfPhase(c: Checkout): readonly Effect[] {
	const present = (...effects: readonly (Effect | null | undefined)[]) => effects.filter((effect) => effect != null);
	switch (c.phase) {
		case "opening": {
			const asked = c.lines.find((line) => line.claim === "asked");
			if (asked === undefined) return [createPayment(c)];
			// Once a line is refused, the others are only probed, to name each that is not available: a cart that is
			// lost must not take, even for a moment, what another cart needs.
			const probe = !c.partial && c.lines.some((line) => line.claim === "refused");
			return [{ kind: "pin", sku: asked.sku, quantity: asked.quantity, probe }];
		}
		case "awaiting":
			return present(readPayment(c));
		case "closed":
			return present(readPayment(c), isEndUntold(c) ? { kind: "tell" } : null);
		case "committing": {
			const pinned = c.lines.find((line) => line.claim === "pinned");
			if (pinned) return [{ kind: "commit", sku: pinned.sku, quantity: pinned.quantity }];
			const returning = c.lines.find((line) => line.claim === "returning");
			if (returning) return [{ kind: "take-back", sku: returning.sku, total: returning.quantity }];
			return present(nextMoneyEffect(c));
		}
		case "closing": {
			const line = nextToUnpin(c);
			return present(nextMoneyEffect(c) ?? (line && { kind: "unpin", sku: line.sku }));
		}
		case "completed": {
			// Each of these may be done without the others: the price of a pre-order is due until its SKU has answered
			// that it was cancelled and not filled. The record comes last, since it carries the results of the others.
			const lines = c.lines.filter(isCommitted);
			const cancelling = lines.find((line) => line.cancelling);
			const back = lines.find((line) => line.returned < line.toReturn);
			const paidBack = lines.find(isToBeGivenBack);
			return present(
				cancelling && { kind: "cancel-preorder", sku: cancelling.sku },
				nextMoneyEffect(c),
				back && { kind: "take-back", sku: back.sku, total: back.toReturn },
				paidBack && { kind: "give-back", sku: paidBack.sku, total: paidBack.refunded },
				c.recordedVersion < c.version ? { kind: "record" } : null,
			);
		}
		default:
			return assertNever(c);
	}
}

const readPayment = (c: Checkout): Effect | null =>
	c.payment?.inDoubt ? { kind: "read-payment", paymentId: c.payment.seen.id } : null;

/** D1 lists what ended without a sale, and webhooks may hear of it. One that was refused stores nothing. */
const isEndUntold = (c: Extract<Checkout, { readonly ending: EndReason }>): boolean =>
	c.ending !== "refused" && toldVersionOf(c) < c.version;

/** Units were paid back and stay with the shopper, and their SKU does not know it. A cancelled pre-order has none. */
const isToBeGivenBack = (line: Committed): boolean =>
	line.refunded > line.toReturn && line.refunded > (line.givenBack ?? 0) && line.preorderStatus !== "cancelled";

/** When the checkout has something to do without an event; null when it never has. */
export function wakeAtMs(c: Checkout): number | null {
	const timesMs = pendingEffects(c).map((effect) => pausedUntilMs(c, retryScopeOf(effect)));
	const wakeMs = Math.min(...timesMs, ...deadlinesOfPhase(c));
	return Number.isFinite(wakeMs) ? wakeMs : null;
}

/** When the clock alone changes the checkout. */
function deadlinesOfPhase(c: Checkout): readonly number[] {
	if (c.phase === "opening") return [c.createdAtMs + OPENING_MS];
	if (c.phase === "awaiting") return [c.payByMs];
	const hasGrace = c.phase === "closing" && c.window !== null && !c.graceOver && awaitsPaymentVerdict(c);
	return hasGrace && isWaitedFor(c) ? [graceEndMs(c.window)] : [];
}

/** By when the checkout should have ended; null when it has ended, and neither money nor units are left to settle. */
export function deadlineMs(c: Checkout): number | null {
	switch (c.phase) {
		case "opening":
			return c.createdAtMs + OPENING_MS;
		case "awaiting":
		case "committing":
			return c.payByMs + c.graceMs;
		case "closing": {
			const endMs = c.window === null ? c.createdAtMs + OPENING_MS : graceEndMs(c.window);
			return isWaitedFor(c) ? endMs + MAX_WAITS * WAIT_MOST_MS : endMs;
		}
		case "completed": {
			const effect = nextEffect(c);
			const isRecord = effect?.kind === "record" || effect?.kind === "record-settlement";
			return effect === null || isRecord ? null : c.completedAtMs;
		}
		case "closed":
			return null;
		default:
			return assertNever(c);
	}
}
