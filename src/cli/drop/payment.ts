/**
 * How a buyer checks out and pays: in time or too late, with a card that may be declined, through a provider whose
 * webhooks may be late. A buyer always knows whether the provider accepted the payment, and reports no sale as lost
 * that was not paid in time. What the provider kept in the end is compared in `money.ts`.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Checkout, SandboxConfirmation, Success } from "../../client/index.ts";
import type { Buyer } from "./buyer-context.ts";
import type { BuyerReport } from "./outcome.ts";
import { isProblem, UnexpectedAnswer } from "./shop.ts";

interface OpenCheckout {
	readonly id: string;
	readonly paymentId: string;
	/** By the server's clock. */
	readonly payByMs: number;
}

const POLL_FIRST_MS = 50;
const POLL_LONGEST_MS = 1000;
/** This long before the end of the window is its last moment. */
const LAST_MOMENT_MS = 1200;
/** A buyer who misses a deadline misses it by this much. */
const MISSED_BY_MS = 300;
/** A late webhook comes this long after the grace. */
const OVER_MS = 1000;

/**
 * @param occasion a buyer opens at most one checkout for each; all attempts have the same key, so there is never a
 * second
 * @returns null when the server has nothing to sell to this buyer
 */
export async function checkOut(buyer: Buyer, occasion: "hold" | "preorder"): Promise<BuyerReport | null> {
	const { context, plan, state } = buyer;
	const created = await open(buyer, occasion);
	if (isProblem(created, "lines-unavailable")) return null;
	if (!created.ok || created.status > 201) throw new UnexpectedAnswer("the checkout", created);
	const { id, status, payment, expiresAt } = created.data;
	const payByMs = Date.parse(String(expiresAt));
	// The server was away while it opened the checkout, and the window was over when it came back.
	if (status === "expired" && buyer.serverNowMs >= payByMs) return buyer.end("too-late");
	if (!id || !payment?.id || Number.isNaN(payByMs)) throw new UnexpectedAnswer("the checkout", created);
	state.checkoutId = id;
	state.payByMs = payByMs;
	if (fulfilmentOf(created.data) === "in_stock") {
		markHeld(buyer, state.expiresAtMs);
		state.expiresAtMs = payByMs;
	} else state.expiresAtMs ??= payByMs;
	// Buyers with a unit who do not mean to pay never open a checkout: this one would have been a pre-order.
	if (!plan.pays) return buyer.end("unpaid");
	context.onEvent("paying", plan);
	return await pay(buyer, { id, paymentId: payment.id, payByMs });
}

function open({ context, plan, token }: Buyer, occasion: "hold" | "preorder") {
	const order = {
		lines: [{ sku: context.sku, quantity: 1 }],
		email: `buyer-${plan.index}@example.com`,
		...(context.acceptsPreorder ? { acceptPreorder: true } : {}),
	};
	const idempotencyKey = `${context.runId}-${plan.index}-${occasion}`;
	return context.shop.ask("checkout", token, (client) => client.openCheckout(order, { idempotencyKey }));
}

/** Goes to pay for the unit that the buyer holds, and calls that off: the buyer holds it as before. */
export async function callOff(buyer: Buyer): Promise<void> {
	const created = await open(buyer, "hold");
	if (isProblem(created, "lines-unavailable")) return;
	if (!created.ok) throw new UnexpectedAnswer("the checkout", created);
	const { id } = created.data;
	buyer.state.checkoutId = id;
	const { shop, sku, patienceMs } = buyer.context;
	const ended = await shop.ask("call off", buyer.token, (client) => client.cancelCheckout({ id }));
	if (!ended.ok && !isProblem(ended, "not-cancellable")) throw new UnexpectedAnswer("calling the checkout off", ended);
	// While the provider does not say that it takes no money, the unit stays in the checkout.
	const deadlineMs = performance.now() + patienceMs;
	for (let pauseMs = POLL_FIRST_MS; ; pauseMs = Math.min(pauseMs * 1.5, POLL_LONGEST_MS)) {
		const held = await shop.ask("read reservation", buyer.token, (client) => client.getReservation({ sku }));
		if (!held.ok) throw new UnexpectedAnswer("the reservation", held);
		if (held.data.status !== "paying" || performance.now() > deadlineMs) return;
		await sleep(pauseMs);
	}
}

/**
 * The buyer holds a unit: since before, if the hold never lapsed; else since now, for it may have been another's
 * meanwhile.
 */
function markHeld({ state, serverNowMs }: Buyer, lapsesAtMs: number | null): void {
	if (state.heldAtMs === null || (lapsesAtMs !== null && serverNowMs >= lapsesAtMs)) state.heldAtMs = Date.now();
}

async function pay(buyer: Buyer, checkout: OpenCheckout): Promise<BuyerReport> {
	const { plan } = buyer;
	if (plan.declinedFirst) {
		const declined = await confirm(buyer, checkout, { outcome: "decline" });
		if (declined === "not-payable") return endNotPayable(buyer, checkout);
		if (!plan.triesAgain) return buyer.end("unpaid");
		await sleep(plan.thinksForMs);
	}
	const confirmed = await confirm(buyer, checkout, await waitForPaymentTime(buyer, checkout));
	if (confirmed === "not-payable") return endNotPayable(buyer, checkout);
	const isLate = buyer.serverNowMs >= checkout.payByMs;
	buyer.state.paid = true;
	buyer.context.onEvent("paid", plan);
	return await awaitCompletion(buyer, checkout, isLate);
}

/** Waits until the plan says to pay. @returns how to pay then */
async function waitForPaymentTime(buyer: Buyer, { payByMs }: OpenCheckout): Promise<SandboxConfirmation> {
	const { plan, context } = buyer;
	const { outcome, ...card } = plan.card;
	const until = async (serverMs: number) => {
		const waitMs = serverMs - buyer.serverNowMs;
		if (waitMs > 0) await sleep(waitMs);
	};
	const webhookAtMs = payByMs + context.graceMs + OVER_MS;
	switch (plan.late) {
		case null:
			return plan.card;
		case "notified-late": {
			await until(payByMs - LAST_MOMENT_MS);
			return { ...plan.card, delayMs: Math.max(0, Math.round(webhookAtMs - buyer.serverNowMs)) };
		}
		case "confirmed-late": {
			await until(payByMs + MISSED_BY_MS);
			const delayMs = Math.max(0, Math.round(webhookAtMs - buyer.serverNowMs));
			return { ...plan.card, delayMs, paidAt: new Date(payByMs - MISSED_BY_MS).toISOString() };
		}
		case "authorised-late":
			await until(payByMs + context.graceMs + MISSED_BY_MS);
			return { ...card, outcome: "approve" };
		case "captured-late":
			await until(payByMs + context.graceMs + MISSED_BY_MS);
			return { ...card, outcome: "capture" };
	}
}

/** @returns `not-payable` when the payment was voided before; the provider took nothing then */
async function confirm(
	buyer: Buyer,
	{ id, paymentId }: OpenCheckout,
	how: SandboxConfirmation,
): Promise<"confirmed" | "not-payable"> {
	let isVoided = false;
	const afterLostAnswer = async (): Promise<Success<Checkout> | null> => {
		const found = await readCheckout(buyer, id);
		if (!found.ok) return null;
		isVoided = moneyOf(found.data) === "voided";
		return isVoided || found.data.status === "committing" || found.data.status === "completed" ? found : null;
	};
	const answer = await buyer.context.shop.ask("pay", buyer.token, ({ service }) =>
		service.confirmSandboxPayment({ id: paymentId, ...how }, { afterLostAnswer }),
	);
	// The reply was lost, and by now the payment is voided.
	if (isVoided) return "not-payable";
	if (isProblem(answer, "payment-not-payable")) return "not-payable";
	if (!answer.ok) throw new UnexpectedAnswer("the payment", answer);
	return "confirmed";
}

/** Nothing wrong when the window is over; a loss when it is not. */
function endNotPayable(buyer: Buyer, { payByMs }: OpenCheckout): BuyerReport {
	if (buyer.serverNowMs >= payByMs) return buyer.end("too-late");
	return buyer.end("lost", "the payment was voided before the window ended");
}

async function awaitCompletion(buyer: Buyer, { id, payByMs }: OpenCheckout, isLate: boolean): Promise<BuyerReport> {
	const { context, state } = buyer;
	// If no webhook comes, the server reads the payment when the window ends.
	const promisedInMs = Math.max(0, payByMs + context.graceMs - buyer.serverNowMs);
	const deadlineMs = performance.now() + promisedInMs + context.patienceMs;
	for (let pauseMs = POLL_FIRST_MS; ; pauseMs = Math.min(pauseMs * 1.5, POLL_LONGEST_MS)) {
		const answer = await readCheckout(buyer, id);
		if (!answer.ok) throw new UnexpectedAnswer("reading a paid checkout", answer);
		const { status, orderId } = answer.data;
		const money = moneyOf(answer.data);
		if (status === "completed") {
			state.orderId = orderId ?? null;
			if (fulfilmentOf(answer.data) === "preorder") return buyer.end("preordered");
			markHeld(buyer, payByMs + context.graceMs);
			return buyer.end("bought");
		}
		if (money !== "kept") {
			// A server that was away for longer than the grace, or on a machine that is too busy to answer within it, may look
			// at the payment after the pins have run out. It must pay back then.
			const excused = isLate || context.shop.longestWaitMs > context.graceMs;
			return buyer.end(excused ? "paid-back" : "lost", `a paid checkout ended as ${status}`);
		}
		if (performance.now() > deadlineMs) return buyer.end("hanging", `a paid checkout is still ${status}`);
		await sleep(pauseMs);
	}
}

function readCheckout(buyer: Buyer, id: string) {
	return buyer.context.shop.ask("read checkout", buyer.token, (client) => client.getCheckout({ id }));
}

/** A buyer who paid is done with an unserved checkout once the money is back: until then it may still be served. */
function moneyOf({ payment }: Checkout): "kept" | "voided" | "refunded" {
	if (payment?.status === "voided") return "voided";
	const captured = payment?.captured?.amount ?? 0;
	return captured > 0 && captured === payment?.refunded?.amount ? "refunded" : "kept";
}

function fulfilmentOf({ lines }: Checkout): string | null | undefined {
	return lines?.[0]?.fulfilment;
}
