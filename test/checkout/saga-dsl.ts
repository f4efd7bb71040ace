/**
 * A small language for tests of the lifecycle: `given(checkout, ...events).then(effect)`. Pure, as the lifecycle is:
 * the test sets the clock.
 */
import { expect } from "vitest";
import type { Effect } from "../../src/checkout/rules/effect.ts";
import { evolve, open } from "../../src/checkout/rules/lifecycle.ts";
import type {
	Adjustment,
	Checkout,
	CommitOutcome,
	Event,
	LinePrice,
	LineRefusal,
} from "../../src/checkout/rules/model.ts";
import { nextEffect } from "../../src/checkout/rules/next-effect.ts";
import type { Payment } from "../../src/payments/provider.ts";

export const NOW = 1_000_000;
/** The payment window of every line ends here. */
export const PAY_BY = NOW + 900_000;
export const GRACE = 120_000;
/** The price of one unit, unless a test says otherwise. */
export const PRICE = 100;
export const PAYMENT_ID = "pay_1";
export const LATE = PAY_BY + GRACE + 1;

export interface CartOptions {
	readonly partial?: boolean;
	readonly acceptPreorder?: boolean;
	readonly isExternal?: boolean;
	/** As "kind amount"; an amount in another currency than USD ends with it. */
	readonly adjustments?: readonly string[];
}

function adjustment(text: string): Omit<Adjustment, "refundedMinor"> {
	const [kind, amount, currency = "USD"] = text.split(" ");
	return { kind: kind as Adjustment["kind"], label: text, amountMinor: Number(amount), currency };
}

/** A checkout that was just requested, and of whose end nobody is to be told; lines as "sku quantity". */
export function cart(lines: readonly string[], options: CartOptions = {}): Checkout {
	const opened = open(
		{
			id: "co_1",
			shopperId: "s_1",
			email: "ada@example.com",
			acceptPreorder: options.acceptPreorder ?? false,
			partial: options.partial ?? false,
			attempt: 1,
			adjustments: (options.adjustments ?? []).map(adjustment),
			isExternal: options.isExternal ?? false,
			lines: lines.map((line) => {
				const [sku = "", quantity = "1"] = line.split(" ");
				return { sku, quantity: Number(quantity) };
			}),
		},
		NOW,
	);
	return { ...opened, toldVersion: Number.MAX_SAFE_INTEGER };
}

/** The events after this one happen at this time. */
export interface At {
	readonly at: number;
}
export const at = (ms: number): At => ({ at: ms });

export function after(checkout: Checkout, ...steps: readonly (Event | At)[]): Checkout {
	let [c, nowMs] = [checkout, NOW];
	for (const step of steps) {
		if ("at" in step) nowMs = step.at;
		else c = evolve(c, step, nowMs);
	}
	return c;
}

/** An effect, by the members that matter to a test. */
type ExpectedEffect = { readonly kind: Effect["kind"] } & Readonly<Record<string, string | number | boolean>>;

interface Scenario {
	readonly checkout: Checkout;
	/** Expects this effect next; null for none. */
	then(effect: ExpectedEffect | null): Scenario;
	/** Applies more events. */
	and(...steps: readonly (Event | At)[]): Scenario;
	is(expected: object): Scenario;
}

export function given(checkout: Checkout, ...steps: readonly (Event | At)[]): Scenario {
	let nowMs = NOW;
	const outcome = (c: Checkout): Scenario => ({
		checkout: c,
		// biome-ignore lint/suspicious/noThenProperty: nothing awaits a scenario, and `then` reads best
		then(effect) {
			if (effect === null) expect(nextEffect(c)).toBeNull();
			else expect(nextEffect(c)).toMatchObject(effect);
			return outcome(c);
		},
		and(...more) {
			const last = more.findLast((step): step is At => "at" in step);
			const next = after(c, at(nowMs), ...more);
			nowMs = last?.at ?? nowMs;
			return outcome(next);
		},
		is(expected) {
			expect(c).toMatchObject(expected);
			return outcome(c);
		},
	});
	return outcome(checkout).and(...steps);
}

// ---- Events from the SKUs ------------------------------------------------------------------------------------------

export function pinned(sku: string, line: Partial<LinePrice> = {}): Event {
	const defaults = {
		title: sku,
		unitPriceMinor: PRICE,
		currency: "USD",
		fulfilment: "in_stock" as const,
		subjectId: `r_${sku}`,
		preorder: null,
		payByMs: PAY_BY,
		graceMs: GRACE,
	};
	return { kind: "line-pinned", sku, outcome: { kind: "pinned", line: { ...defaults, ...line } } };
}

const SOLD_OUT = { kind: "sold-out", preorder: null } as LineRefusal;
export const refused = (sku: string, refusal: LineRefusal = SOLD_OUT): Event => ({
	kind: "line-pinned",
	sku,
	outcome: { kind: "refused", refusal },
});

export const sold = (sku: string): Event =>
	committed(sku, { kind: "committed", fulfilment: "in_stock", subjectId: `r_${sku}`, preorder: null });
export const owed = (sku: string): Event =>
	committed(sku, {
		kind: "committed",
		fulfilment: "preorder",
		subjectId: `p_${sku}`,
		preorder: { expectedAtMs: null, termsVersion: "v1" },
	});
export const lost = (sku: string): Event => committed(sku, { kind: "lost" });
export const spared = (sku: string): Event => ({ kind: "line-pinned", sku, outcome: { kind: "spared" } });
export const unpinned = (sku: string): Event => ({ kind: "line-released", sku });

function committed(sku: string, outcome: CommitOutcome): Event {
	return { kind: "line-committed", sku, outcome };
}

// ---- Events from the provider --------------------------------------------------------------------------------------

export const PAYMENT: Payment = {
	id: PAYMENT_ID,
	checkoutId: "co_1",
	status: "open",
	currency: "USD",
	amountMinor: PRICE,
	authorisedMinor: 0,
	capturedMinor: 0,
	refundedMinor: 0,
	disputedMinor: 0,
	paidAtMs: null,
	attemptUnderWay: false,
	declined: null,
};

export const created: Event = {
	kind: "payment-created",
	provider: "sandbox",
	payment: PAYMENT,
	payWith: { url: "/pay" },
};

/** A snapshot from a webhook, or from the answer to a call when `asked`. */
export const webhook = (payment: Partial<Payment>, asked = false): Event => ({
	kind: "payment-seen",
	payment: { ...PAYMENT, ...payment },
	asked,
});
export const answer = (payment: Partial<Payment>): Event => webhook(payment, true);

export const authorised = (amountMinor: number, paidAtMs = NOW): Partial<Payment> => ({
	status: "authorised",
	amountMinor,
	authorisedMinor: amountMinor,
	paidAtMs,
});
export const captured = (capturedMinor: number, refundedMinor = 0, paidAtMs = NOW): Partial<Payment> => ({
	status: "captured",
	capturedMinor,
	refundedMinor,
	paidAtMs,
});
export const voided: Partial<Payment> = { status: "voided" };
export const declined = (atMs = NOW): Partial<Payment> => ({ declined: { code: "card_declined", atMs } });

export const unclear: Event = { kind: "deferred", strand: "money", pauseMs: 1_000, unclear: true };
export const deferred: Event = { kind: "deferred", strand: "units", pauseMs: 1_000, unclear: false };
export const cancel: Event = { kind: "cancel" };
export const tick: Event = { kind: "tick" };

// ---- Effects -------------------------------------------------------------------------------------------------------

export const toPin = (sku: string, quantity: number): ExpectedEffect => ({ kind: "pin", sku, quantity, probe: false });
export const toProbe = (sku: string, quantity: number): ExpectedEffect => ({ kind: "pin", sku, quantity, probe: true });
export const toCommit = (sku: string, quantity: number): ExpectedEffect => ({ kind: "commit", sku, quantity });
export const toUnpin = (sku: string): ExpectedEffect => ({ kind: "unpin", sku });
export const toTakeBack = (sku: string, total: number): ExpectedEffect => ({ kind: "take-back", sku, total });
export const toCreate = (amountMinor: number): ExpectedEffect => ({
	kind: "create-payment",
	amountMinor,
	currency: "USD",
});
export const toRead: ExpectedEffect = { kind: "read-payment", paymentId: PAYMENT_ID };
export const toVoid: ExpectedEffect = { kind: "void", paymentId: PAYMENT_ID };
export const toCapture = (amountMinor: number): ExpectedEffect => ({
	kind: "capture",
	paymentId: PAYMENT_ID,
	amountMinor,
});
export const toRefund = (amountMinor: number, refundedMinor = 0): ExpectedEffect => ({
	kind: "refund",
	paymentId: PAYMENT_ID,
	amountMinor,
	refundedMinor,
});
export const toRecord: ExpectedEffect = { kind: "record" };
