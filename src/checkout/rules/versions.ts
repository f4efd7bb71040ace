/**
 * What every change of a checkout entails, whatever the event: which pauses it ends, what is unsettled now, and whether
 * it is a new version. Pure.
 */
import type { Checkout, Event, RetryScope, Unsettled } from "./model.ts";
import { compareProgress } from "./payment-snapshot.ts";
import { isWaitedFor } from "./payment-verdict.ts";
import { unsettledReason, withoutPause } from "./retries.ts";

export function keepBooks(before: Checkout, after: Checkout, event: Event, nowMs: number): Checkout {
	const strand = endedStrand(before, after, event);
	const going = strand === null ? after : withoutPause(after, strand);
	const unsettled = nextUnsettled(going, before.version + 1, nowMs);
	const named = unsettled === going.unsettled ? going : withoutPause({ ...going, unsettled }, "settlement");
	if (isSameVersion(before, named)) return named;
	// A new version is sent at once, also while an older one waits to be sent again.
	return withoutPause({ ...named, version: before.version + 1 }, "record");
}

/** The strand in which this event is a success, or news that nobody asked for. */
function endedStrand(before: Checkout, after: Checkout, event: Event): RetryScope | null {
	switch (event.kind) {
		case "line-pinned":
		case "line-committed":
		case "line-released":
		case "line-returned":
		case "line-given-back":
		case "preorder-filled":
		case "preorder-cancelled":
			return "units";
		case "payment-created":
		case "payment-refused":
		case "paid-outside":
			return "money";
		case "payment-seen":
		case "refund-returned": {
			if (before.payment === null || after.payment === null) return null;
			// The bank has answered; what comes now has had no try yet.
			if (isWaitedFor(before) && !isWaitedFor(after)) return "money";
			const [was, is] = [before.payment.seen, after.payment.seen];
			return compareProgress(is, was) > 0 || is.disputedMinor < was.disputedMinor ? "money" : null;
		}
		case "recorded":
		case "record-again":
		case "told":
			return "record";
		case "settlement-recorded":
			return "settlement";
		default:
			return null;
	}
}

function nextUnsettled(c: Checkout, version: number, nowMs: number): Unsettled | null {
	const reason = unsettledReason(c);
	const { unsettled } = c;
	const isOpen = unsettled !== null && unsettled.settledAtMs === null;
	if (reason === null) return isOpen ? { ...unsettled, settledAtMs: nowMs, version } : unsettled;
	if (isOpen && unsettled.reason === reason) return unsettled;
	const sinceMs = isOpen ? unsettled.sinceMs : nowMs;
	return { reason, sinceMs, settledAtMs: null, version, recordedVersion: unsettled?.recordedVersion ?? 0 };
}

/** The newest version that webhooks were told of; 0 for none. Earlier code told nobody of what D1 has. */
export const toldVersionOf = (c: Checkout): number =>
	c.toldVersion ?? (c.phase === "completed" ? c.recordedVersion : 0);

/** What is the checkout's own affair. Of `payment` and `unsettled` a part is; the rest is compared below. */
const OWN_AFFAIRS: ReadonlySet<string> = new Set([
	...["pauses", "keyNumber", "payment", "unsettled"],
	...["recordedVersion", "graceOver", "attempt", "toldVersion"],
]);

/**
 * Whether both are the same to everybody else. A doubt and its end, pauses, keys and what D1 is known to have make no
 * new version, so that nothing is sent to D1 on their account.
 */
function isSameVersion(a: Checkout, b: Checkout): boolean {
	if (a.payment?.seen !== b.payment?.seen || a.unsettled?.version !== b.unsettled?.version) return false;
	const [x, y] = [a, b] as unknown as [Record<string, unknown>, Record<string, unknown>];
	// A member that only one of them has comes with another phase.
	return Object.keys(y).every((name) => OWN_AFFAIRS.has(name) || x[name] === y[name]);
}
