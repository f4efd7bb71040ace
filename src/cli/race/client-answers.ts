/** What the answers of Holdfast's typed client mean, in the words of a history. Checkouts of one line. Pure. */
import type { AnyProblem, Checkout, Refused, Reservation, Result, SandboxPayment } from "../../client/index.ts";
import type { Answer } from "./history.ts";

/** Null: no answer came. */
export type Told<Data> = Result<Data, AnyProblem> | null;

/** @param aheadMs the shop's clock minus the recorder's */
export const reservationAnswer = (told: Told<Reservation>, aheadMs: number): Answer | null =>
	answerTo(told, ({ status, quantity: units, expiresAt }) => {
		if (status === "waiting") return { kind: "waiting", units };
		const isHeld = (status === "held" || status === "paying") && expiresAt !== null;
		return isHeld ? { kind: "held", units, untilMs: Date.parse(expiresAt) - aheadMs } : { kind: "none" };
	});

export const releaseAnswer = (told: Told<Reservation>): Answer | null =>
	answerTo(told, ({ status }) => ({ kind: status === "released" ? "released" : "none" }));

/** @param aheadMs the shop's clock minus the recorder's */
export const checkoutAnswer = (told: Told<Checkout>, aheadMs: number): Answer | null =>
	answerTo(told, (checkout) => {
		const { status, expiresAt, lines } = checkout;
		const units = lines[0]?.quantity ?? 0;
		// One that has ended before its buyer heard of it may have held units in between.
		if (status !== "awaiting_payment" || expiresAt === null) return { kind: "pending" };
		// A pre-order takes no unit.
		if (fulfilmentOf(checkout) === "preorder") return { kind: "carted", units };
		return { kind: "held", units, untilMs: Date.parse(expiresAt) - aheadMs };
	});

/** @param told by the provider, or by the checkout when the provider's answer was lost */
export const paymentAnswer = (told: Told<SandboxPayment | Checkout>): Answer | null =>
	answerTo(told, (data) => {
		if ("lines" in data) return outcomeOf(data);
		return { kind: data.status === "open" && data.declined !== null ? "declined" : "pending" };
	});

export const outcomeAnswer = (told: Told<Checkout>): Answer | null => answerTo(told, outcomeOf);

const fulfilmentOf = ({ lines: [line] }: Checkout) => line?.fulfilment;

/** Until the money of a checkout that failed is back, it may still be served. */
function outcomeOf(checkout: Checkout): Answer {
	const { status, lines, payment } = checkout;
	const units = lines[0]?.quantity ?? 0;
	if (status === "completed") return { kind: fulfilmentOf(checkout) === "preorder" ? "owed" : "sold", units };
	if (payment === null || payment.status === "voided") {
		const hasEnded = status === "cancelled" || status === "expired" || status === "refunded";
		return { kind: hasEnded ? "none" : "pending" };
	}
	const captured = payment.captured.amount;
	return { kind: captured > 0 && captured === payment.refunded.amount ? "charged-for-nothing" : "pending" };
}

function answerTo<Data>(told: Told<Data>, meaning: (data: Data) => Answer): Answer | null {
	if (told === null) return null;
	return told.ok ? meaning(told.data) : refusalAnswer(told);
}

/** What a problem means. One that is about the units is an answer, any other says nothing of them. */
export function refusalAnswer({ problem, status }: Refused<AnyProblem>): Answer {
	switch (problem.type) {
		case "/problems/sold-out":
		case "/problems/lines-unavailable":
			return { kind: "refused" };
		// What was sold cannot be given back: there is nothing left to give.
		case "/problems/already-sold":
		case "/problems/not-cancellable":
		case "/problems/no-reservation":
		case "/problems/payment-not-payable":
			return { kind: "none" };
		default:
			return { kind: "failed", status };
	}
}
