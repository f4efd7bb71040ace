/**
 * Where a checkout can be when something happens at the provider, and what can happen there: the rows and the columns
 * of `state-table.ts`.
 *
 * No state is made up: each scenario is played until the lifecycle itself is there. Two lines, "a" for 100 and "b" for
 * 50, unless a scenario says otherwise.
 */
import type { Effect } from "../../src/checkout/rules/effect.ts";
import type { Event } from "../../src/checkout/rules/model.ts";
import { decideRefund } from "../../src/checkout/rules/refunds.ts";
import type { Payment } from "../../src/payments/provider.ts";
import {
	type CardOutcome,
	capturePayment,
	confirmPayment,
	refundPayment,
	voidPayment,
} from "../../src/payments/sandbox/rules.ts";
import { GRACE, LATE, NOW, PAY_BY } from "../checkout/saga-dsl.ts";
import { CheckoutHarness } from "./checkout-harness.ts";

export const UNCLEAR = { kind: "deferred", strand: "money", pauseMs: 1_000, unclear: true } as const satisfies Event;

function awaiting(...shop: ConstructorParameters<typeof CheckoutHarness>): CheckoutHarness {
	const checkout = new CheckoutHarness(...shop);
	checkout.run();
	return checkout;
}

/** The shopper pays, and the webhook arrives. */
function paid(checkout: CheckoutHarness, outcome: CardOutcome = "approve"): CheckoutHarness {
	checkout.changePayment((payment) => confirmPayment(payment, outcome, NOW));
	checkout.receive(checkout.payment as Payment);
	return checkout;
}

function bought(...shop: ConstructorParameters<typeof CheckoutHarness>): CheckoutHarness {
	const checkout = paid(awaiting(...shop));
	checkout.run();
	return checkout;
}

function refund(checkout: CheckoutHarness, skus: readonly string[] | null): CheckoutHarness {
	const requested = skus?.map((sku) => ({ sku, quantity: 1 })) ?? null;
	const decision = decideRefund(checkout.c, requested);
	if (decision.kind !== "refundable") throw new Error("it cannot be refunded");
	for (const { sku, quantity } of decision.units) checkout.refunded.set(sku, quantity);
	checkout.apply({ kind: "refund", units: decision.units, restock: false, reason: "", evenIfFilled: true });
	return checkout;
}

const cancelling = (): CheckoutHarness => {
	const checkout = awaiting();
	checkout.apply({ kind: "cancel" });
	return checkout;
};

const expiring = (): CheckoutHarness => {
	const checkout = awaiting();
	checkout.nowMs = PAY_BY;
	checkout.apply({ kind: "tick" });
	return checkout;
};

/** Executes what is due up to this effect, which takes effect and whose answer is lost. */
function loseAnswer(checkout: CheckoutHarness, kind: Effect["kind"]): CheckoutHarness {
	checkout.run((effect) => {
		if (effect.kind === kind) checkout.execute(effect);
		return effect.kind === kind;
	});
	checkout.apply(UNCLEAR);
	checkout.nowMs += 1_000;
	return checkout;
}

const SHIPPED = { adjustments: ["shipping 30", "discount -10"] };

export const SCENARIOS = {
	/** One line is pinned, the other is not yet. */
	pinning: () => {
		const checkout = new CheckoutHarness();
		checkout.run((effect) => effect.kind === "pin" && effect.sku === "b");
		return checkout;
	},
	/** The payment was created, and the answer was lost. */
	creating: () => loseAnswer(new CheckoutHarness(), "create-payment"),
	awaiting: () => awaiting(),
	declined: () => paid(awaiting(), "decline"),
	/** The window and the grace are over, and the alarm has not rung. */
	overdue: () => {
		const checkout = awaiting();
		checkout.nowMs = LATE;
		return checkout;
	},
	/** Authorised, and no line is sold yet. */
	paid: () => paid(awaiting()),
	halfSold: () => {
		const checkout = paid(awaiting());
		checkout.run((effect) => effect.kind === "commit" && effect.sku === "b");
		return checkout;
	},
	/** Every line is sold, and the money is not captured yet. */
	sold: () => {
		const checkout = paid(awaiting());
		checkout.run((effect) => effect.kind === "capture");
		return checkout;
	},
	/** The money was captured, and the answer was lost. */
	capturing: () => loseAnswer(paid(awaiting()), "capture"),
	/** The units of one line were gone: the price of the other is to be captured. */
	partLost: () => {
		const checkout = paid(awaiting({ losing: ["b"] }));
		checkout.run((effect) => effect.kind === "capture");
		return checkout;
	},
	cancelling,
	/** Cancelled, and the payment is voided; the units are still pinned. */
	unpinning: () => {
		const checkout = cancelling();
		checkout.run((effect) => effect.kind === "unpin");
		return checkout;
	},
	/** The payment was voided, and the answer was lost. */
	voiding: () => loseAnswer(cancelling(), "void"),
	/** The window is over, and the payment is to be read once more. */
	expiring,
	cancelled: () => {
		const checkout = cancelling();
		checkout.run();
		return checkout;
	},
	expired: () => {
		const checkout = expiring();
		checkout.run();
		return checkout;
	},
	/** No line could be had. */
	refused: () => awaiting({ none: ["a", "b"] }),
	/** It could not be opened in time, although there is a payment. */
	failed: () => {
		const checkout = loseAnswer(new CheckoutHarness(), "create-payment");
		checkout.nowMs = NOW + 60_000;
		checkout.apply({ kind: "tick" });
		checkout.run();
		return checkout;
	},
	/** Authorised, and the units of every line were gone. */
	lost: () => bought({ losing: ["a", "b"] }),
	/** Captured at once, and the units of every line were gone. */
	lostRefunded: () => {
		const checkout = paid(awaiting({ losing: ["a", "b"] }), "capture");
		checkout.run();
		return checkout;
	},
	completed: () => bought(),
	/** The price of "a" is to be refunded. */
	refunding: () => refund(bought(), ["a"]),
	/** The price of "a" was refunded, and the answer was lost. */
	refundUnclear: () => loseAnswer(refund(bought(), ["a"]), "refund"),
	partRefunded: () => {
		const checkout = refund(bought(), ["a"]);
		checkout.run();
		return checkout;
	},
	refunded: () => {
		const checkout = refund(bought(), null);
		checkout.run();
		return checkout;
	},
	/** "b" is a pre-order that is owed. */
	preordered: () => bought({ preorder: ["b"] }),
	/** With shipping and a discount, 20 more than the lines: not paid; with "b" lost; and with "a" to be refunded. */
	shipped: () => awaiting(SHIPPED),
	shippedLost: () => {
		const checkout = paid(awaiting({ ...SHIPPED, losing: ["b"] }));
		checkout.run((effect) => effect.kind === "capture");
		return checkout;
	},
	shippedBack: () => refund(bought(SHIPPED), ["a"]),
	/** It costs nothing, and there is no payment. */
	free: () => awaiting({ price: { a: 0, b: 0 } }),
} satisfies Record<string, () => CheckoutHarness>;

// ---- What happens at the provider ----------------------------------------------------------------------------------

const confirm = (outcome: CardOutcome, paidAtMs: number) => (checkout: CheckoutHarness) => {
	checkout.nowMs = Math.max(checkout.nowMs, paidAtMs);
	return checkout.changePayment((payment) => confirmPayment(payment, outcome, paidAtMs));
};

/** Somebody refunds at the provider's dashboard; a payment that was not captured yet is captured first. */
const refundByHand = (amountMinor: number | null) => (checkout: CheckoutHarness) => {
	checkout.changePayment((payment) => confirmPayment(payment, "capture", NOW));
	checkout.changePayment((payment) => capturePayment(payment, payment.amountMinor));
	const refundedMinor = amountMinor ?? Math.max(1, checkout.keptMinor);
	const done = checkout.changePayment((payment) => refundPayment(payment, refundedMinor));
	if (done && checkout.c.phase === "completed") checkout.giftMinor = refundedMinor;
	return done;
};

/**
 * `happen` changes the payment, and is false when that cannot happen any more. The webhook carries the payment as it is
 * after that. Where it cannot happen, the webhook carries what such an event would have said (`past`), true or not;
 * null where no webhook can come, since no webhook claims money that is not there.
 */
export const PROVIDER_EVENTS: Readonly<
	Record<string, { readonly happen: (checkout: CheckoutHarness) => boolean; readonly past: Partial<Payment> | null }>
> = {
	open: { happen: () => false, past: { status: "open" } },
	declined: { happen: confirm("decline", NOW), past: { status: "open", declined: { code: "no", atMs: NOW } } },
	paid: { happen: confirm("approve", NOW), past: { status: "authorised", paidAtMs: NOW } },
	/** Paid after the window and within its grace. */
	inGrace: { happen: confirm("approve", PAY_BY + GRACE / 2), past: { status: "authorised", paidAtMs: PAY_BY + 1 } },
	late: { happen: confirm("approve", LATE), past: { status: "authorised", paidAtMs: LATE } },
	/** Paid by a method that captures at once. */
	captured: { happen: confirm("capture", NOW), past: null },
	capturedLate: { happen: confirm("capture", LATE), past: null },
	/** Captured less than the shopper owes: 50. */
	underpaid: {
		happen: (checkout) => {
			checkout.changePayment((payment) => confirmPayment(payment, "approve", NOW));
			return checkout.changePayment((payment) => capturePayment(payment, 50));
		},
		past: null,
	},
	/** Voided at the provider's dashboard, or the authorisation lapsed. */
	voided: { happen: (checkout) => checkout.changePayment(voidPayment), past: { status: "voided" } },
	partRefund: { happen: refundByHand(50), past: null },
	refund: { happen: refundByHand(null), past: null },
	/** Nothing happens there: the answer to a call of ours is lost. */
	unclear: { happen: () => true, past: null },
	/** The webhook is about a payment of another checkout. */
	foreign: { happen: () => false, past: { id: "pay_2", status: "captured", capturedMinor: 150, paidAtMs: NOW } },
};

/**
 * How the webhook is delivered. For an unclear answer: the call took effect; three in a row did; the call never
 * arrived; the call took effect, and time passes.
 */
export const DELIVERIES = ["fresh", "repeated", "outOfOrder", "veryLate"] as const;
export type Delivery = (typeof DELIVERIES)[number];
