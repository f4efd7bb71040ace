/**
 * The lifecycle of one checkout: which events change it, and what it is after each.
 *
 * Pure. `evolve` applies an event, and then moves the checkout through its phases as far as the facts allow. The
 * effects that a state calls for are computed from it (`next-effect.ts`), those about money by one rule
 * (`settlement.ts`).
 *
 * Times are milliseconds since 1970, amounts are minor units.
 */
import { MAX_REFUND_RETURNS, OPENING_MS } from "../../limits.ts";
import type { CreateRefusal } from "../../payments/provider.ts";
import { assert, assertNever } from "../../platform/assert.ts";
import { adjustmentFault, patchedMetadata } from "./amounts.ts";
import { payOutside } from "./external.ts";
import { nextToUnpin, withLine } from "./lines.ts";
import type {
	Checkout,
	CheckoutBase,
	Committed,
	EndReason,
	Event,
	Line,
	OpenRequest,
	PaymentWindow,
	PricedLine,
} from "./model.ts";
import {
	isCaptured,
	isPaid,
	mergePaymentSnapshot,
	paidInTime,
	type Sighting,
	showsReturnedRefund,
} from "./payment-snapshot.ts";
import { awaitsPaymentVerdict, graceEndMs, isWaitedFor } from "./payment-verdict.ts";
import { refundUnits, startRefund } from "./refunds.ts";
import { forgetShopper, isForgotten, stillNeededFor } from "./retention.ts";
import { defer, giveUpRefunding, tryAgain, waitForPayment, withoutPause } from "./retries.ts";
import { dueMinor, isSettled, keptMinor, totalMinor } from "./settlement.ts";
import { keepBooks, toldVersionOf } from "./versions.ts";

/**
 * A new checkout. Lines of the same SKU become one, or both would pass a check that only their sum fails. Lines are
 * sorted by SKU, or two carts that share two SKUs could each take the one that the other needs.
 *
 * @param past the same checkout as an earlier attempt left it. Its versions go on, and so does what D1 has to be told of
 *   it: D1 keeps the newest version, and would name for ever what the earlier attempt had not settled.
 */
export function open(request: OpenRequest, nowMs: number, past: Checkout | null = null): Checkout {
	const quantities = new Map<string, number>();
	for (const { sku, quantity } of request.lines) quantities.set(sku, (quantities.get(sku) ?? 0) + quantity);
	const lines = [...quantities]
		.sort(([a], [b]) => (a < b ? -1 : 1))
		.map(([sku, quantity]): Line => ({ claim: "asked", sku, quantity }));
	assert(lines.length > 0, "a checkout has a line");
	return {
		...request,
		terms: request.terms ?? null,
		phase: "opening",
		lines,
		adjustments: (request.adjustments ?? []).map((adjustment) => ({ ...adjustment, refundedMinor: 0 })),
		shipTo: request.shipTo ?? null,
		metadata: request.metadata ?? {},
		isExternal: request.isExternal ?? false,
		payment: null,
		paymentAsked: false,
		createdAtMs: nowMs,
		// From the clock, so that it is above any that an attempt had of which nothing is left.
		version: Math.max((past?.version ?? 0) + 1, Math.floor(nowMs / 1000)),
		pauses: {},
		keyNumber: 0,
		refundsReturned: 0,
		unsettled: past?.unsettled ?? null,
	};
}

// ---- Events --------------------------------------------------------------------------------------------------------

/** The checkout after `event`; the same object for an event that means nothing in this phase, but for `deferred`. */
export function evolve(before: Checkout, event: Event, nowMs: number): Checkout {
	const after =
		event.kind === "deferred" ? defer(before, event, nowMs) : settlePhase(applyEvent(before, event, nowMs), nowMs);
	return after === before ? before : keepBooks(before, after, event, nowMs);
}

function applyEvent(c: Checkout, event: Exclude<Event, { kind: "deferred" }>, nowMs: number): Checkout {
	switch (event.kind) {
		case "line-pinned": {
			const { outcome } = event;
			return withLine(c, event.sku, "asked", ({ sku, quantity }) => {
				switch (outcome.kind) {
					case "pinned":
						return { claim: "pinned", sku, quantity, ...outcome.line };
					case "spared":
						return { claim: "spared", sku, quantity };
					case "refused":
						return { claim: "refused", sku, quantity, refusal: outcome.refusal };
					default:
						return assertNever(outcome);
				}
			});
		}
		case "line-committed": {
			const { outcome } = event;
			return withLine(c, event.sku, "pinned", (line) => {
				if (outcome.kind === "lost") return { ...line, claim: "lost" };
				const { fulfilment, subjectId, preorder } = outcome;
				const preorderStatus = fulfilment === "preorder" ? "owed" : null;
				const refunds = { cancelling: false, refunded: 0, toReturn: 0, returned: 0 };
				return { ...line, claim: "committed", fulfilment, subjectId, preorder, preorderStatus, ...refunds };
			});
		}
		case "line-released":
			// A late answer: the line was paid for meanwhile, and its commit takes the units again.
			if (c.phase === "committing") return c;
			return withLine(withLine(c, event.sku, "pinned", toReleased), event.sku, "asked", ({ sku, quantity }) => ({
				claim: "spared",
				sku,
				quantity,
			}));
		case "line-returned": {
			const { total } = event;
			const back = withLine(c, event.sku, "returning", toReleased);
			return withLine(back, event.sku, "committed", (line) =>
				line.returned >= total ? line : { ...line, returned: total },
			);
		}
		case "refund":
			return c.phase === "completed"
				? startRefund(c, { adjustments: [], ...event }, event.restock, event.evenIfFilled ?? false)
				: c;
		case "metadata": {
			const metadata = c.phase === "completed" ? patchedMetadata(c.metadata, event.patch) : null;
			return metadata === null || metadata === c.metadata ? c : { ...c, metadata };
		}
		case "erased":
			return isForgotten(c) || stillNeededFor(c) !== null ? c : forgetShopper(c);
		case "preorder-filled":
			return withLine(c, event.sku, "committed", (line) => {
				if (line.preorderStatus !== "owed") return line;
				const filled: Committed = { ...line, preorderStatus: "filled", cancelling: false, refundIfFilled: null };
				return line.refundIfFilled ? refundUnits(filled, line.quantity, line.refundIfFilled.restock) : filled;
			});
		case "preorder-cancelled":
			return withLine(c, event.sku, "committed", (line) =>
				line.preorderStatus === "owed"
					? { ...line, preorderStatus: "cancelled", cancelling: false, refunded: line.quantity }
					: line,
			);
		case "line-given-back":
			return withLine(c, event.sku, "committed", (line) =>
				(line.givenBack ?? 0) >= event.total ? line : { ...line, givenBack: event.total },
			);
		case "attempt-over":
			return c.phase === "opening" && event.attempt > c.attempt ? { ...c, attempt: event.attempt } : c;
		case "payment-created": {
			if (c.payment !== null) return c;
			const { provider, payment, payWith } = event;
			return { ...c, payment: { provider, payWith, seen: payment, inDoubt: false, revision: 0, unclear: null } };
		}
		case "payment-refused":
			if (c.phase === "opening") return unpayable(c, event.reason ?? null);
			return c.phase === "closing" && c.paymentAsked ? { ...c, paymentAsked: false } : c;
		case "payment-seen":
		case "refund-returned":
			return seePayment(c, event, nowMs);
		case "paid-outside":
			return payOutside(c, event, nowMs);
		case "cancel":
			if (c.phase === "opening") return beginClosing(c, "cancelled", null);
			if (c.phase === "awaiting") return beginClosing(c, "cancelled", c);
			return c.phase === "closing" && awaitsPaymentVerdict(c) ? { ...c, ending: "cancelled" } : c;
		case "tick":
			if (c.phase === "opening" && nowMs >= c.createdAtMs + OPENING_MS) return beginClosing(c, "failed", null);
			return endGrace(c, nowMs);
		case "recorded":
			if (c.phase !== "completed" || event.version <= c.recordedVersion) return c;
			return { ...c, recordedVersion: event.version, toldVersion: Math.max(toldVersionOf(c), event.version) };
		case "record-again": {
			if (c.phase !== "completed") return c;
			// A D1 that has lost the order may have lost this too.
			const unsettled = c.unsettled?.settledAtMs === null ? { ...c.unsettled, recordedVersion: 0 } : c.unsettled;
			// Webhooks were told of what D1 had, and are not told again.
			return { ...c, unsettled, recordedVersion: 0, toldVersion: toldVersionOf(c) };
		}
		case "told":
			return event.version <= toldVersionOf(c) ? c : { ...c, toldVersion: event.version };
		case "settlement-recorded":
			if (c.unsettled === null || event.version <= c.unsettled.recordedVersion) return c;
			return { ...c, unsettled: { ...c.unsettled, recordedVersion: event.version } };
		case "retry-settlement":
			return tryAgain(c, event.byMerchant, nowMs);
		default:
			return assertNever(event);
	}
}

function seePayment(c: Checkout, event: Sighting, nowMs: number): Checkout {
	const seen = mergePaymentSnapshot(c, event);
	// The next refund is another request to the provider, and so has another key (`payment-snapshot.ts`).
	const counted = showsReturnedRefund(c, event) ? { ...seen, refundsReturned: c.refundsReturned + 1 } : seen;
	if (counted.refundsReturned > Math.max(MAX_REFUND_RETURNS, c.refundsReturned)) return giveUpRefunding(counted, nowMs);
	return event.asked && counted !== c && isWaitedFor(counted) ? waitForPayment(counted, nowMs) : counted;
}

/** The grace is over: what was waited for is read once more, and then called off. */
function endGrace(c: Checkout, nowMs: number): Checkout {
	if (c.phase !== "closing" || c.window === null || c.payment === null || c.graceOver) return c;
	if (!awaitsPaymentVerdict(c) || !isWaitedFor(c) || nowMs < graceEndMs(c.window)) return c;
	const { money: _, ...pauses } = c.pauses;
	return { ...c, graceOver: true, pauses, payment: { ...c.payment, inDoubt: true } };
}

function unpayable(c: Extract<Checkout, { phase: "opening" }>, refusal: CreateRefusal | null): Checkout {
	return { ...beginClosing(c, "unpayable", null), paymentAsked: false, refusal };
}

const toReleased = (line: PricedLine): Line => ({ ...line, claim: "released" });

function beginClosing(
	c: Checkout,
	ending: EndReason,
	window: PaymentWindow | null,
): Extract<Checkout, { phase: "closing" | "closed" }> {
	const paymentAsked = c.payment !== null || (c.phase === "opening" && c.paymentAsked);
	return {
		...baseOf(c),
		phase: "closing",
		ending,
		paymentAsked,
		window: window && { payByMs: window.payByMs, graceMs: window.graceMs },
	};
}

/** The fields that every phase has, without those of the present one. */
function baseOf(c: Checkout): CheckoutBase {
	const { id, shopperId, email, acceptPreorder, terms, partial, attempt, createdAtMs, lines, payment } = c;
	const { version, pauses, keyNumber, refundsReturned, unsettled, adjustments, shipTo, metadata, isExternal } = c;
	const { isHeard, toldVersion, requestId } = c;
	return {
		...{ id, shopperId, email, acceptPreorder, terms, partial, attempt, createdAtMs, lines, payment },
		...{ version, pauses, keyNumber, refundsReturned, unsettled, adjustments, shipTo, metadata, isExternal },
		...(isHeard === undefined ? {} : { isHeard }),
		...(requestId === undefined ? {} : { requestId }),
		...(toldVersion === undefined ? {} : { toldVersion }),
	};
}

// ---- Phases --------------------------------------------------------------------------------------------------------

/** Moves the checkout to the last phase that the facts allow. */
function settlePhase(c: Checkout, nowMs: number): Checkout {
	const next = nextPhase(c, nowMs);
	return next === c ? c : settlePhase(next, nowMs);
}

function nextPhase(c: Checkout, nowMs: number): Checkout {
	switch (c.phase) {
		case "opening":
			return finishOpening(c, nowMs);
		case "awaiting": {
			if (isPaid(c) && paidInTime(c, c, nowMs)) {
				return { ...baseOf(c), phase: "committing", payByMs: c.payByMs, graceMs: c.graceMs };
			}
			if (c.payment?.seen.status === "voided") return beginClosing(c, "cancelled", c);
			if (isCaptured(c) && !isPaid(c)) return beginClosing(c, "lost", c);
			if (nowMs < c.payByMs) return c;
			// The window is over. The payment is read before it is voided: the shopper may have paid in time, with the
			// webhook still on its way.
			// It is read now, also when it was to be waited for longer.
			const closing = beginClosing(c.pauses.money?.reason === "overdue" ? withoutPause(c, "money") : c, "expired", c);
			return closing.payment === null ? closing : { ...closing, payment: { ...closing.payment, inDoubt: true } };
		}
		case "committing": {
			const isVoided = c.payment?.seen.status === "voided" && dueMinor(c) > 0;
			const isGone = isVoided || (isCaptured(c) && keptMinor(c) < dueMinor(c));
			if (isGone && c.lines.some((line) => line.claim === "committed")) {
				// The authorisation lapsed, or the payment was voided or refunded at the provider, before the sale was
				// complete: no money, no units.
				const lines = c.lines.map(
					(line): Line => (line.claim === "committed" ? { ...line, claim: "returning" } : line),
				);
				return { ...c, lines };
			}
			if (c.lines.some((line) => line.claim === "pinned" || line.claim === "returning") || !isSettled(c)) return c;
			if (c.lines.some((line) => line.claim === "committed")) {
				const { payByMs, graceMs } = c;
				return { ...baseOf(c), phase: "completed", payByMs, graceMs, completedAtMs: nowMs, recordedVersion: 0 };
			}
			return beginClosing(c, "lost", c);
		}
		case "closing": {
			if (c.ending === "expired" && c.window !== null && isPaid(c) && paidInTime(c, c.window, nowMs)) {
				return { ...baseOf(c), phase: "committing", ...c.window };
			}
			return isCleanedUp(c) ? { ...c, phase: "closed", endedAtMs: nowMs } : c;
		}
		case "closed":
			// Money or a pin that turned up after the end is not kept: the checkout closes again, and gives it back. A
			// payment in doubt is only read.
			return c.payment?.inDoubt || isCleanedUp(c) ? c : { ...c, phase: "closing" };
		case "completed":
			return c;
		default:
			return assertNever(c);
	}
}

function finishOpening(c: Extract<Checkout, { phase: "opening" }>, nowMs: number): Checkout {
	if (c.lines.some((line) => line.claim === "asked")) return c;
	const pinned = c.lines.filter((line) => line.claim === "pinned");
	const refused = c.lines.length - pinned.length;
	if (pinned.length === 0 || (refused > 0 && !c.partial)) return beginClosing(c, "refused", null);
	if (new Set(pinned.map((line) => line.currency)).size > 1) return beginClosing(c, "refused", null);

	if (adjustmentFault(c) !== null) return beginClosing(c, "refused", null);
	const window = {
		payByMs: Math.min(...pinned.map((line) => line.payByMs)),
		graceMs: Math.min(...pinned.map((line) => line.graceMs)),
	};
	// Opened too late to be paid. The shopper was never shown how to pay, and may repeat the request with the same key.
	if (nowMs >= window.payByMs) return beginClosing(c, "failed", null);
	if (totalMinor(c) === 0) return { ...baseOf(c), phase: "committing", ...window };
	if (c.payment === null) return c.paymentAsked ? c : { ...c, paymentAsked: true };
	return { ...baseOf(c), phase: "awaiting", ...window };
}

/** Whether nothing is left to do: no money to settle, no units to unpin. */
const isCleanedUp = (c: Checkout): boolean => isSettled(c) && nextToUnpin(c) === undefined;
