/**
 * The problem that each refusal of the stock becomes: one exhaustive switch for reservations and for the lines of a
 * checkout.
 */

import type { TooManyHeld } from "../edge/holding-limit.ts";
import { MAX_RETRY_AFTER_SECONDS } from "../limits.ts";
import { assertNever } from "../platform/assert.ts";
import { time } from "../platform/rfc3339.ts";
import type { ExtendResult, PinResult, PreorderOffer, ReleaseResult, ReserveResult } from "../stock/rpc.ts";
import { Problem, retryAfter, unknownSku } from "./problems.ts";

type Done = { readonly kind: "held" | "waiting" | "extended" | "released" | "pinned" | "preordered" };
/** `attempt-over` is for a message that comes too late, and so for nobody who could read it. */
export type Refusal = Exclude<
	ReserveResult | ExtendResult | ReleaseResult | PinResult,
	Done | { readonly kind: "attempt-over" }
>;

const offerView = ({ expectedAtMs, termsVersion, remaining }: PreorderOffer) => ({
	expectedAt: time(expectedAtMs),
	termsVersion,
	remaining,
});

/** Bounded, since a merchant may open the sale earlier. */
const retryAfterUntil = (startsAtMs: number, nowMs: number) =>
	retryAfter(Math.min((startsAtMs - nowMs) / 1000, MAX_RETRY_AFTER_SECONDS));

/** @param nowMs the present, from which `Retry-After` counts */
export function stockProblem(refusal: Refusal, sku: string, nowMs: number): Problem {
	switch (refusal.kind) {
		case "sold-out": {
			const preorder = refusal.preorder && offerView(refusal.preorder);
			const retryAtMs = "retryAtMs" in refusal ? refusal.retryAtMs : null;
			return new Problem("sold-out", `${sku} is not available in this quantity now.`, {
				members: preorder ? { sku, preorder } : { sku },
				headers: retryAtMs === null ? {} : retryAfter((retryAtMs - nowMs) / 1000),
			});
		}
		case "limit-exceeded": {
			const { limit, owned } = refusal;
			const detail = `A shopper may have ${limit} of ${sku}, and you have bought or pre-ordered ${owned}.`;
			return new Problem("limit-exceeded", detail, { members: { sku, limit, owned } });
		}
		case "sale-not-open": {
			const members = { sku, saleStartsAt: time(refusal.startsAtMs), saleEndsAt: time(refusal.endsAtMs) };
			const early = refusal.startsAtMs !== null && nowMs < refusal.startsAtMs;
			const headers = early ? retryAfterUntil(refusal.startsAtMs as number, nowMs) : {};
			const detail = `The sale of ${sku} ${early ? "has not begun" : "is over"}.`;
			return new Problem("sale-not-open", detail, { members, headers });
		}
		case "terms-changed":
			return new Problem("terms-changed", `Pre-orders of ${sku} have other terms now than the accepted ones.`, {
				members: { sku, preorder: offerView(refusal.preorder) },
			});
		case "in-checkout":
			return new Problem("in-checkout", "Cancel the checkout first.", {
				members: { sku, checkoutId: refusal.checkoutId },
			});
		case "stale":
			return new Problem("precondition-failed", "If-Match is not the ETag of the reservation as it is now.", {
				headers: refusal.current === null ? {} : { etag: `"${refusal.current}"` },
			});
		case "not-held":
			return new Problem("not-held", "Only a reservation that holds its units can be extended.", { members: { sku } });
		case "extension-limit":
			return new Problem("extension-limit", `A hold of ${sku} can be extended ${refusal.limit} times.`, {
				members: { sku, limit: refusal.limit },
			});
		case "no-reservation":
			return new Problem("no-reservation", `You have no reservation of ${sku}.`, {
				members: { sku, lastStatus: refusal.lastStatus },
			});
		case "already-sold":
			return new Problem("already-sold", "The units were bought. They can be returned by a refund.", {
				members: { sku },
			});
		case "unknown-sku":
			return unknownSku(sku);
		default:
			return assertNever(refusal);
	}
}

export function tooManyHeld({ limit, retryAtMs }: TooManyHeld, nowMs: number): Problem {
	const detail = `You hold or wait for units of ${limit} SKUs. Buy or release some of them first.`;
	return new Problem("too-many-held", detail, { members: { limit }, headers: retryAfter((retryAtMs - nowMs) / 1000) });
}

/** Why a line could not be had: the name and members of the problem that a reservation of it would get. */
export function lineRefusalView(refusal: Refusal, sku: string) {
	const { problem, extras } = stockProblem(refusal, sku, 0);
	return { ...extras.members, reason: problem };
}
