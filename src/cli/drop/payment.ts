/**
 * How a buyer checks out and pays: at once or too late, with a card that may be turned down, through a provider that may be
 * slow to tell.
 *
 * What it keeps true: a buyer knows whether the provider took the payment, and does not call a sale lost that was not paid in
 * time. Not here: what the provider's books say in the end (`money.ts`).
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Answer } from "../http.ts";
import type { Buyer } from "./buyer-context.ts";
import type { BuyerReport } from "./outcome.ts";
import { problemName, statusOf, UnexpectedAnswer } from "./shop.ts";

interface OpenCheckout {
	readonly id: string;
	readonly paymentId: string;
	/** By the server's clock. */
	readonly payByMs: number;
}

/** How the provider is told to go about it: the body of a confirmation. */
interface Confirmation {
	readonly outcome: "approve" | "capture" | "decline";
	readonly paidAt?: string;
	readonly delayMs?: number;
	readonly copies?: number;
	readonly silent?: boolean;
}

const POLL_FIRST_MS = 50;
const POLL_LONGEST_MS = 1000;
/** Before the end of the window, for whoever pays in the last moments. */
const LAST_MOMENT_MS = 1200;
/** After a deadline, for whoever misses it. */
const MISSED_BY_MS = 300;
/** Webhooks that are to come when everything is over. */
const OVER_MS = 1000;

/**
 * @param occasion a buyer may open one checkout for each; every attempt has the same key, so that it never becomes two
 * @returns null when the lines cannot be had
 */
export async function checkOut(buyer: Buyer, occasion: "hold" | "preorder"): Promise<BuyerReport | null> {
	const { context, plan, state } = buyer;
	const created = await context.shop.request("checkout", {
		method: "POST",
		path: "/v1/checkouts",
		token: buyer.token,
		idempotencyKey: `${context.runId}-${plan.index}-${occasion}`,
		json: {
			lines: [{ sku: context.sku, quantity: 1 }],
			email: `buyer-${plan.index}@example.com`,
			...(context.acceptsPreorder ? { acceptPreorder: true } : {}),
		},
	});
	if (created.status === 409 && problemName(created) === "lines-unavailable") return null;
	const body = created.body as { id?: string; expiresAt?: unknown; payment?: { id?: string } } | undefined;
	const payByMs = Date.parse(String(body?.expiresAt));
	// The shop was away while it opened the checkout, and found the window over when it came back.
	if (created.status <= 201 && statusOf(created) === "expired" && buyer.serverNowMs >= payByMs) {
		return buyer.end("too-late");
	}
	if (created.status > 201 || !body?.id || !body.payment?.id || Number.isNaN(payByMs)) {
		throw new UnexpectedAnswer("the checkout", created);
	}
	state.checkoutId = body.id;
	state.payByMs = payByMs;
	if (fulfilmentOf(created) === "in_stock") {
		markHeld(buyer, state.expiresAtMs);
		state.expiresAtMs = payByMs;
	} else state.expiresAtMs ??= payByMs;
	// Only who has no unit to lose comes this far without meaning to pay.
	if (!plan.pays) return buyer.end("unpaid");
	return await pay(buyer, { id: body.id, paymentId: body.payment.id, payByMs });
}

/** A unit is theirs; unless they had it without a break, since now: what they held before may have been another's meanwhile. */
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
	buyer.context.onEvent("paid");
	return await awaitCompletion(buyer, checkout, isLate);
}

/** Waits until it is time to pay, and says how. */
async function waitForPaymentTime(buyer: Buyer, { payByMs }: OpenCheckout): Promise<Confirmation> {
	const { plan, context } = buyer;
	const { outcome, ...card } = plan.card;
	const until = async (serverMs: number) => {
		const waitMs = serverMs - buyer.serverNowMs;
		if (waitMs > 0) await sleep(waitMs);
	};
	const tellAtMs = payByMs + context.graceMs + OVER_MS;
	switch (plan.late) {
		case null:
			return plan.card;
		case "told-late": {
			await until(payByMs - LAST_MOMENT_MS);
			return { ...plan.card, delayMs: Math.max(0, Math.round(tellAtMs - buyer.serverNowMs)) };
		}
		case "confirmed-late": {
			await until(payByMs + MISSED_BY_MS);
			const delayMs = Math.max(0, Math.round(tellAtMs - buyer.serverNowMs));
			return { ...plan.card, delayMs, paidAt: new Date(payByMs - MISSED_BY_MS).toISOString() };
		}
		case "paid-late":
			await until(payByMs + context.graceMs + MISSED_BY_MS);
			return { ...card, outcome: "approve" };
		case "taken-late":
			await until(payByMs + context.graceMs + MISSED_BY_MS);
			return { ...card, outcome: "capture" };
	}
}

/** `not-payable`: the provider took nothing, since the payment was called off before. */
async function confirm(
	buyer: Buyer,
	{ id, paymentId }: OpenCheckout,
	how: Confirmation,
): Promise<"confirmed" | "not-payable"> {
	let isOff = false;
	const answer = await buyer.context.shop.request(
		"pay",
		{ method: "POST", path: `/sandbox/payments/${paymentId}/confirm`, json: how },
		async () => {
			const found = await readCheckout(buyer, id);
			isOff = moneyOf(found) === "called-off";
			return isOff || statusOf(found) === "committing" || statusOf(found) === "completed" ? found : null;
		},
	);
	// The reply was lost, and by now there is nothing to pay any more.
	if (isOff) return "not-payable";
	if (answer.status === 409 && problemName(answer) === "payment-not-payable") return "not-payable";
	if (answer.status >= 300) throw new UnexpectedAnswer("the payment", answer);
	return "confirmed";
}

/** Fair enough when the window is over, and a loss when it is not. */
function endNotPayable(buyer: Buyer, { payByMs }: OpenCheckout): BuyerReport {
	if (buyer.serverNowMs >= payByMs) return buyer.end("too-late");
	return buyer.end("lost", "the payment was called off before its time");
}

async function awaitCompletion(buyer: Buyer, { id, payByMs }: OpenCheckout, isLate: boolean): Promise<BuyerReport> {
	const { context, state } = buyer;
	// News that never comes is found out when the window ends.
	const promisedInMs = Math.max(0, payByMs + context.graceMs - buyer.serverNowMs);
	const deadlineMs = performance.now() + promisedInMs + context.patienceMs;
	for (let pauseMs = POLL_FIRST_MS; ; pauseMs = Math.min(pauseMs * 1.5, POLL_LONGEST_MS)) {
		const answer = await readCheckout(buyer, id);
		const status = statusOf(answer);
		const money = moneyOf(answer);
		if (answer.status >= 300) throw new UnexpectedAnswer("reading a paid checkout", answer);
		if (status === "completed") {
			state.orderId = (answer.body as { orderId?: string | null }).orderId ?? null;
			if (fulfilmentOf(answer) === "preorder") return buyer.end("preordered");
			markHeld(buyer, payByMs + context.graceMs);
			return buyer.end("bought");
		}
		if (money !== "ours") {
			// Nobody can keep a promise while being away for longer than the grace; then the money has to come back.
			const excused = isLate || context.shop.longestSilenceMs > context.graceMs;
			return buyer.end(excused ? "paid-back" : "lost", `a paid checkout ended as ${status}`);
		}
		if (performance.now() > deadlineMs) return buyer.end("hanging", `a paid checkout is still ${status}`);
		await sleep(pauseMs);
	}
}

function readCheckout(buyer: Buyer, id: string): Promise<Answer> {
	const call = { method: "GET", path: `/v1/checkouts/${id}`, token: buyer.token } as const;
	return buyer.context.shop.request("read checkout", call);
}

/** A checkout is over for a buyer who paid when their money is theirs again: until then it may yet be served. */
function moneyOf(answer: Answer): "ours" | "called-off" | "given-back" {
	const { payment } = (answer.body ?? {}) as {
		payment?: { status?: string; captured?: { amount: number }; refunded?: { amount: number } } | null;
	};
	if (payment?.status === "voided") return "called-off";
	const captured = payment?.captured?.amount ?? 0;
	return captured > 0 && captured === payment?.refunded?.amount ? "given-back" : "ours";
}

function fulfilmentOf(answer: Answer): string | undefined {
	const { lines } = (answer.body ?? {}) as { lines?: readonly { fulfilment?: string }[] };
	return lines?.[0]?.fulfilment;
}
