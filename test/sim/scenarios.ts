/**
 * Where a checkout can be when news comes, and what the provider can say: the rows and the columns of `table.ts`.
 *
 * Each situation is played, and not made up: the saga itself got there. Two lines, "a" for 100 and "b" for 50, unless it says
 * otherwise.
 */
import type { Effect, Event } from "../../src/checkout/rules/model.ts";
import { decideRefund } from "../../src/checkout/rules/refunds.ts";
import type { Payment } from "../../src/payments/provider.ts";
import {
	capturePayment,
	confirmPayment,
	type Outcome,
	refundPayment,
	voidPayment,
} from "../../src/payments/sandbox/rules.ts";
import { GRACE, LATE, NOW, PAY_BY, Stage } from "./checkout-harness.ts";

export const UNCLEAR: Event = { kind: "deferred", strand: "money", pauseMs: 1_000, unclear: true };

function awaiting(...shop: ConstructorParameters<typeof Stage>): Stage {
	const stage = new Stage(...shop);
	stage.run();
	return stage;
}

/** The shopper pays, and we hear of it. */
function paid(stage: Stage, outcome: Outcome = "approve"): Stage {
	stage.happen((payment) => confirmPayment(payment, outcome, NOW));
	stage.hear(stage.payment as Payment);
	return stage;
}

function bought(...shop: ConstructorParameters<typeof Stage>): Stage {
	const stage = paid(awaiting(...shop));
	stage.run();
	return stage;
}

function refund(stage: Stage, skus: readonly string[] | null): Stage {
	const asked = skus?.map((sku) => ({ sku, quantity: 1 })) ?? null;
	const answer = decideRefund(stage.c, asked);
	if (answer.kind !== "refundable") throw new Error("it cannot be refunded");
	for (const { sku, quantity } of answer.units) stage.refunded.set(sku, quantity);
	stage.tell({ kind: "refund", units: answer.units, restock: false, reason: "", evenIfFilled: true });
	return stage;
}

const calledOff = (): Stage => {
	const stage = awaiting();
	stage.tell({ kind: "cancel" });
	return stage;
};

const ranOut = (): Stage => {
	const stage = awaiting();
	stage.nowMs = PAY_BY;
	stage.tell({ kind: "tick" });
	return stage;
};

/** Does what is due up to this call, which takes effect and whose answer is lost. */
function unheard(stage: Stage, call: Effect["kind"]): Stage {
	stage.run((effect) => {
		if (effect.kind === call) stage.perform(effect);
		return effect.kind === call;
	});
	stage.tell(UNCLEAR);
	stage.nowMs += 1_000;
	return stage;
}

export const SITUATIONS = {
	/** One line is pinned, the other asked for. */
	pinning: () => {
		const stage = new Stage();
		stage.run((effect) => effect.kind === "pin" && effect.sku === "b");
		return stage;
	},
	/** There is a payment, and the answer that says so was lost. */
	creating: () => unheard(new Stage(), "create-payment"),
	awaiting: () => awaiting(),
	declined: () => paid(awaiting(), "decline"),
	/** Window and grace are over, and the alarm has not rung. */
	overdue: () => {
		const stage = awaiting();
		stage.nowMs = LATE;
		return stage;
	},
	/** Authorised, and nothing sold yet. */
	paid: () => paid(awaiting()),
	halfSold: () => {
		const stage = paid(awaiting());
		stage.run((effect) => effect.kind === "commit" && effect.sku === "b");
		return stage;
	},
	/** All is sold, and the money not taken. */
	sold: () => {
		const stage = paid(awaiting());
		stage.run((effect) => effect.kind === "capture");
		return stage;
	},
	/** The money was taken, and the answer that says so was lost. */
	capturing: () => unheard(paid(awaiting()), "capture"),
	/** One line was found gone: the price of the other is to be taken. */
	partLost: () => {
		const stage = paid(awaiting({ losing: ["b"] }));
		stage.run((effect) => effect.kind === "capture");
		return stage;
	},
	calledOff,
	/** Called off, and the provider has heard; the units are still pinned. */
	lettingGo: () => {
		const stage = calledOff();
		stage.run((effect) => effect.kind === "unpin");
		return stage;
	},
	/** The payment was called off, and the answer that says so was lost. */
	voiding: () => unheard(calledOff(), "void"),
	/** The window is over; the provider is to be asked once more. */
	ranOut,
	cancelled: () => {
		const stage = calledOff();
		stage.run();
		return stage;
	},
	expired: () => {
		const stage = ranOut();
		stage.run();
		return stage;
	},
	/** There was nothing to be had. */
	refused: () => awaiting({ none: ["a", "b"] }),
	/** It could not be opened in time, though there is a payment. */
	failed: () => {
		const stage = unheard(new Stage(), "create-payment");
		stage.nowMs = NOW + 60_000;
		stage.tell({ kind: "tick" });
		stage.run();
		return stage;
	},
	/** Authorised, and every line found gone. */
	lost: () => bought({ losing: ["a", "b"] }),
	/** Taken at once, and every line found gone. */
	paidBack: () => {
		const stage = paid(awaiting({ losing: ["a", "b"] }), "capture");
		stage.run();
		return stage;
	},
	completed: () => bought(),
	/** The price of "a" is to be given back. */
	refunding: () => refund(bought(), ["a"]),
	/** It was, and the answer that says so was lost. */
	refundUnheard: () => unheard(refund(bought(), ["a"]), "refund"),
	partRefunded: () => {
		const stage = refund(bought(), ["a"]);
		stage.run();
		return stage;
	},
	refunded: () => {
		const stage = refund(bought(), null);
		stage.run();
		return stage;
	},
	/** "b" is owed. */
	preordered: () => bought({ preorder: ["b"] }),
	/** It costs nothing, and there is no payment. */
	free: () => awaiting({ price: { a: 0, b: 0 } }),
} satisfies Record<string, () => Stage>;

// ---- What the provider says ----------------------------------------------------------------------------------------

const confirm = (outcome: Outcome, paidAtMs: number) => (stage: Stage) => {
	stage.nowMs = Math.max(stage.nowMs, paidAtMs);
	return stage.happen((payment) => confirmPayment(payment, outcome, paidAtMs));
};

/** Somebody at the provider's desk gives money back, of a payment that was taken if it was not yet. */
const giveBack = (amountMinor: number | null) => (stage: Stage) => {
	stage.happen((payment) => confirmPayment(payment, "capture", NOW));
	stage.happen((payment) => capturePayment(payment, payment.amountMinor));
	const givenMinor = amountMinor ?? Math.max(1, stage.kept);
	const done = stage.happen((payment) => refundPayment(payment, givenMinor));
	if (done && stage.c.phase === "completed") stage.giftMinor = givenMinor;
	return done;
};

/**
 * What happens at the provider; false when it cannot. What is heard of it is the payment as it is after that; or, when it cannot
 * be news any more, what such news would have said (`past`), be it true or not. Nobody is told of money that is not there.
 */
export const NEWS: Readonly<
	Record<string, { readonly happen: (stage: Stage) => boolean; readonly past: Partial<Payment> | null }>
> = {
	open: { happen: () => false, past: { status: "open" } },
	denied: { happen: confirm("decline", NOW), past: { status: "open", declined: { code: "no", atMs: NOW } } },
	paid: { happen: confirm("approve", NOW), past: { status: "authorised", paidAtMs: NOW } },
	/** Paid after the window, and within its grace. */
	inGrace: { happen: confirm("approve", PAY_BY + GRACE / 2), past: { status: "authorised", paidAtMs: PAY_BY + 1 } },
	late: { happen: confirm("approve", LATE), past: { status: "authorised", paidAtMs: LATE } },
	/** By a method that takes the money at once. */
	taken: { happen: confirm("capture", NOW), past: null },
	takenLate: { happen: confirm("capture", LATE), past: null },
	/** Less than the shopper was asked for: 50. */
	less: {
		happen: (stage) => {
			stage.happen((payment) => confirmPayment(payment, "approve", NOW));
			return stage.happen((payment) => capturePayment(payment, 50));
		},
		past: null,
	},
	/** Called off at the provider's desk, or the authorisation lapsed. */
	voided: { happen: (stage) => stage.happen(voidPayment), past: { status: "voided" } },
	partBack: { happen: giveBack(50), past: null },
	allBack: { happen: giveBack(null), past: null },
	/** No news: the answer to a call of ours is lost. */
	unclear: { happen: () => true, past: null },
	/** Of a payment that is none of this checkout's. */
	foreign: { happen: () => false, past: { id: "pay_2", status: "captured", capturedMinor: 150, paidAtMs: NOW } },
};

/**
 * How the news travels. Of an unclear answer: the call took effect; so did three in a row; the call never arrived; it took effect,
 * and time passes.
 */
export const DELIVERIES = ["fresh", "repeated", "outOfOrder", "veryLate"] as const;
export type Delivery = (typeof DELIVERIES)[number];
