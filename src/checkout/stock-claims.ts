/**
 * What a checkout asks a SKU, and the events that the answers become. Each claim names its attempt, so that a message of
 * an older one that comes late changes nothing.
 */
import { isNamedBy } from "../catalog/policy.ts";
import { assertNever } from "../platform/assert.ts";
import type { CommitResult, PinResult, SkuRpc } from "../stock/rpc.ts";
import type { Effect } from "./rules/effect.ts";
import type { Checkout, CommitOutcome, Event, PinOutcome } from "./rules/model.ts";

type StockEffect = Extract<Effect, { readonly sku: string }>;

/** Executes one effect at its SKU, by `call`. */
export async function changeStock(
	effect: StockEffect,
	c: Checkout,
	call: <R>(method: (object: SkuRpc) => Promise<R>) => Promise<R>,
): Promise<{ readonly event: Event; readonly freed?: string | null }> {
	const { id: checkoutId, shopperId, acceptPreorder, terms, attempt } = c;
	const { sku } = effect;
	switch (effect.kind) {
		case "pin": {
			const { quantity, probe } = effect;
			const request = { shopperId, checkoutId, quantity, acceptPreorder, terms, attempt, probe };
			const result = await call((object) => object.pin(request));
			// The clock may have been behind when this attempt began. The next one is later than any.
			if (result.kind === "attempt-over") {
				return { event: { kind: "attempt-over", attempt: Math.max(attempt + 1, Date.now()) } };
			}
			const outcome = toPinOutcome(c, result);
			return {
				event: { kind: "line-pinned", sku, outcome: probe && outcome.kind === "pinned" ? { kind: "spared" } : outcome },
				freed: freedBy(result, sku),
			};
		}
		case "commit": {
			const line = c.lines.find((line) => line.sku === sku);
			const accepted = (line?.claim === "pinned" ? line.accepted : null) ?? null;
			const request = { shopperId, checkoutId, quantity: effect.quantity, acceptPreorder, terms, attempt, accepted };
			const result = await call((object) => object.commit(request));
			const outcome = toCommitOutcome(result, accepted);
			return { event: { kind: "line-committed", sku, outcome }, freed: freedBy(result, sku) };
		}
		case "unpin": {
			const result = await call((object) => object.unpin(shopperId, checkoutId, true, attempt));
			return { event: { kind: "line-released", sku }, freed: freedBy(result, sku) };
		}
		case "take-back": {
			const { total } = effect;
			const result = await call((object) => object.takeBack(shopperId, checkoutId, total, attempt));
			return { event: { kind: "line-returned", sku, total }, freed: freedBy(result, sku) };
		}
		case "give-back": {
			const { total } = effect;
			await call((object) => object.givenBack(shopperId, checkoutId, total, attempt));
			return { event: { kind: "line-given-back", sku, total } };
		}
		case "cancel-preorder": {
			const result = await call((object) => object.cancelPreorder(shopperId, checkoutId, attempt));
			const kind = result.kind === "filled" ? "preorder-filled" : "preorder-cancelled";
			return { event: { kind, sku }, freed: freedBy(result, sku) };
		}
		default:
			return assertNever(effect);
	}
}

const freedBy = (result: { readonly kind: string; readonly freed?: number }, sku: string): string | null =>
	(result.freed ?? 0) > 0 ? sku : null;

function toPinOutcome(c: Checkout, result: Exclude<PinResult, { kind: "attempt-over" }>): PinOutcome {
	if (result.kind !== "pinned" && result.kind !== "preordered") return { kind: "refused", refusal: result };
	const { title, unitPriceMinor, currency, payByMs, graceMs, allowDelayedMethods = false } = result;
	const price = { title, unitPriceMinor, currency, payByMs, graceMs, allowDelayedMethods };
	const acceptedAtMs = c.createdAtMs;
	if (result.kind === "pinned") {
		// The units may be gone when the payment comes, and the line become a pre-order: on the terms of this moment, unless
		// the shopper accepted others.
		const { reservationId: subjectId, offer } = result;
		const isAccepted = c.acceptPreorder && offer && isNamedBy(offer, c.terms ?? offer);
		const accepted = isAccepted
			? { termsVersion: offer.termsVersion, expectedAtMs: offer.expectedAtMs, acceptedAtMs }
			: null;
		return { kind: "pinned", line: { ...price, fulfilment: "in_stock", subjectId, preorder: null, accepted } };
	}
	const { preorderId: subjectId, expectedAtMs, termsVersion } = result;
	const accepted = { termsVersion, expectedAtMs, acceptedAtMs };
	const preorder = { expectedAtMs, termsVersion };
	return { kind: "pinned", line: { ...price, fulfilment: "preorder", subjectId, preorder, accepted } };
}

function toCommitOutcome(
	result: CommitResult,
	accepted: { readonly expectedAtMs: number | null; readonly termsVersion: string } | null,
): CommitOutcome {
	switch (result.kind) {
		case "sold":
			return { kind: "committed", fulfilment: "in_stock", subjectId: result.reservationId, preorder: null };
		case "owed": {
			const { preorderId: subjectId } = result;
			const { expectedAtMs, termsVersion } = accepted ?? result;
			return { kind: "committed", fulfilment: "preorder", subjectId, preorder: { expectedAtMs, termsVersion } };
		}
		case "lost":
		case "unknown-sku":
			return { kind: "lost" };
		default:
			return assertNever(result);
	}
}
