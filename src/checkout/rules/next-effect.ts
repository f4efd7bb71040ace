/**
 * What a checkout wants done to the world, and when it has to be looked at. Pure.
 *
 * Computed from the state alone: storing the state *is* storing the effects still to be done, in one write, and a checkout
 * that crashed goes on from where it was by asking again. Every effect may be done twice.
 *
 * The order of effects carries the promises:
 * - units before money: every line is pinned before a payment exists, and sold before the money is taken;
 * - money follows units (`money.ts`);
 * - a checkout that closes calls its payment off first and gives the units back after, so nobody can pay for units that
 *   are somebody else's.
 *
 * Not here: what a checkout becomes (`saga.ts`), doing any of it (`effects.ts`).
 */
import { OPENING_MS } from "../../limits.ts";
import { assertNever } from "../../platform/assert.ts";
import { isCommitted, nextToUnpin } from "./lines.ts";
import type { Checkout, Effect, RetryScope } from "./model.ts";
import { createPayment, nextMoneyEffect } from "./settlement.ts";

/** What may fail while the rest of a checkout goes on. */
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
		case "cancel-preorder":
			return "units";
		case "record":
			return "record";
		default:
			return assertNever(effect);
	}
}

/** What has to be done to the world; null when there is nothing to do but wait. */
export function nextEffect(c: Checkout): Effect | null {
	return pendingEffects(c)[0] ?? null;
}

/** The same, without what is paused: the provider may be down while units can go back. */
export function dueEffect(c: Checkout, nowMs: number): Effect | null {
	return pendingEffects(c).find((effect) => pausedUntilMs(c, effect) <= nowMs) ?? null;
}

const pausedUntilMs = (c: Checkout, effect: Effect): number => c.pauses[retryScopeOf(effect)]?.untilMs ?? 0;

/** What has to be done, the first first. Where one must not be done before another, only the other is wanted. */
function pendingEffects(c: Checkout): readonly Effect[] {
	const present = (...effects: readonly (Effect | null | undefined)[]) => effects.filter((effect) => effect != null);
	switch (c.phase) {
		case "opening": {
			const asked = c.lines.find((line) => line.claim === "asked");
			if (asked === undefined) return [createPayment(c)];
			// Once a line is refused the others are only asked about, so that each can be named: a cart that is lost must not take
			// for a moment what another cart needs to be whole.
			const probe = !c.partial && c.lines.some((line) => line.claim === "refused");
			return [{ kind: "pin", sku: asked.sku, quantity: asked.quantity, probe }];
		}
		case "awaiting":
		case "closed":
			return [];
		case "committing": {
			const pinned = c.lines.find((line) => line.claim === "pinned");
			if (pinned) return [{ kind: "commit", sku: pinned.sku, quantity: pinned.quantity }];
			const returning = c.lines.find((line) => line.claim === "returning");
			if (returning) return [{ kind: "take-back", sku: returning.sku, total: returning.quantity }];
			return present(nextMoneyEffect(c));
		}
		case "closing": {
			const line = nextToUnpin(c);
			// Who was refused, or could not be asked to pay, has not given up anything.
			const keepHold = c.ending === "refused" || c.ending === "unpayable" || c.ending === "failed";
			return present(nextMoneyEffect(c) ?? (line && { kind: "unpin", sku: line.sku, keepHold }));
		}
		case "completed": {
			// Each of these may be done without the others: what a cancelled pre-order costs is due until its SKU has said that
			// it was not filled. The record comes last, since it tells of the others.
			const lines = c.lines.filter(isCommitted);
			const cancelling = lines.find((line) => line.cancelling);
			const back = lines.find((line) => line.returned < line.toReturn);
			return present(
				cancelling && { kind: "cancel-preorder", sku: cancelling.sku },
				nextMoneyEffect(c),
				back && { kind: "take-back", sku: back.sku, total: back.toReturn },
				c.recordedVersion < c.version ? { kind: "record" } : null,
			);
		}
		default:
			return assertNever(c);
	}
}

/** When the checkout has to be looked at though nothing happened to it; null when it never has to. */
export function wakeAtMs(c: Checkout): number | null {
	const effects = pendingEffects(c);
	if (effects.length > 0) return Math.min(...effects.map((effect) => pausedUntilMs(c, effect)));
	return c.phase === "awaiting" ? c.payByMs : null;
}

/** By when the checkout should have ended; null when it has, and nothing is left to be done about money or units. */
export function deadlineMs(c: Checkout): number | null {
	switch (c.phase) {
		case "opening":
			return c.createdAtMs + OPENING_MS;
		case "awaiting":
		case "committing":
			return c.payByMs + c.graceMs;
		case "closing":
			return c.window === null ? c.createdAtMs + OPENING_MS : c.window.payByMs + c.window.graceMs;
		case "completed": {
			const effect = nextEffect(c);
			return effect === null || effect.kind === "record" ? null : c.completedAtMs;
		}
		case "closed":
			return null;
		default:
			return assertNever(c);
	}
}
