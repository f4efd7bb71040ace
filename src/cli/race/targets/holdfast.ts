/** Holdfast as a target, by its typed client. Holds and payment windows are short, so that histories see them end. */
import { setTimeout as sleep } from "node:timers/promises";
import {
	type AnyProblem,
	type Checkout,
	createAdmin,
	createShop,
	NoAnswerError,
	type Reservation,
	type Result,
	type Shop,
	unwrap,
} from "../../../client/index.ts";
import { startFreshServer } from "../../fresh-server.ts";
import { pooledFetch } from "../../pooled-fetch.ts";
import { refusalAnswer } from "../client-answers.ts";
import type { Answer } from "../history.ts";
import type { Target, TargetFactory } from "../target.ts";

/** What the contract gives for the "sold out" that an isolate remembers. */
const STALE_MS = 1000;
/** The Worker's clock stands still while it computes. */
const CLOCK_MS = 100;
const GRACE_SECONDS = 1;
const CONNECTIONS = 256;
const LOOKS_EVERY_MS = 100;

interface Session {
	readonly shop: Shop;
	checkoutId: string | null;
}
interface Order {
	readonly id: string;
	readonly paymentId: string;
}

export default (async ({ url, adminToken, signal, holdMs }): Promise<Target> => {
	const server =
		url === null
			? await startFreshServer("race", signal, { rateLimits: false })
			: { url, adminToken, close: async () => {} };
	const { fetch, close } = pooledFetch(CONNECTIONS);
	// One call is one request here: the driver decides which come again.
	const exactly = { origin: server.url, fetch, patienceMs: 0, timeoutMs: 30_000 };
	const admin = createAdmin({ ...exactly, token: server.adminToken });
	const seconds = Math.ceil(holdMs / 1000);
	const policy = {
		...{ holdSeconds: seconds, offerSeconds: seconds },
		...{ paymentWindowSeconds: seconds, paymentGraceSeconds: GRACE_SECONDS },
	};

	return {
		name: "Holdfast",
		promises: { staleMs: STALE_MS, clockMs: CLOCK_MS, graceMs: GRACE_SECONDS * 1000 },
		async putStock(sku, quantity) {
			unwrap(await admin.defineProduct({ sku, title: sku, price: { amount: 1999, currency: "USD" }, policy }));
			unwrap(await admin.restock({ sku, quantity, reference: "the first units" }));
		},
		restock: (sku, quantity, { key, signal }) =>
			answerTo(admin.restock({ sku, quantity }, { idempotencyKey: key, signal }), () => ({ kind: "restocked" })),
		async openSession(buyer): Promise<Session> {
			const shopperId = buyer.replaceAll(" ", "-");
			const { token, expiresAt } = unwrap(await admin.createShopperToken({ shopperId }));
			const kept = { shopperId, token, expiresAt };
			const tokens = { get: () => kept, set: () => {} };
			return {
				shop: createShop({ ...exactly, tokens, newShopper: async () => kept, WebSocket: null }),
				checkoutId: null,
			};
		},
		reserve: (session, sku, quantity, { signal }) =>
			answerTo((session as Session).shop.reserve({ sku, quantity }, { signal }), heldOrNot),
		joinWaitlist: (session, sku, quantity, { signal }) =>
			answerTo((session as Session).shop.reserve({ sku, quantity, wait: true }, { signal }), heldOrNot),
		async release(session, sku, { signal }) {
			const { shop, checkoutId: id } = session as Session;
			const done = (): Answer => ({ kind: "released" });
			const cancelled = id === null ? null : await answerTo(shop.cancelCheckout({ id }, { signal }), done);
			if (cancelled?.kind === "failed") return cancelled;
			// The hold from before the checkout goes on until its end.
			const released = await answerTo(shop.releaseReservation({ sku }, { signal }), ({ status }) =>
				status === "released" ? done() : ({ kind: "none" } as const),
			);
			return released.kind === "none" && cancelled !== null ? cancelled : released;
		},
		async checkOut(session, sku, quantity, { key, signal }) {
			const { shop } = session as Session;
			let order: Order | null = null;
			const body = { lines: [{ sku, quantity }], email: "buyer@example.com" };
			const answer = await answerTo(shop.openCheckout(body, { idempotencyKey: key, signal }), (checkout) => {
				order = { id: checkout.id, paymentId: checkout.payment?.id ?? "" };
				(session as Session).checkoutId = checkout.id;
				const isOpen = checkout.status === "awaiting_payment" && checkout.expiresAt !== null;
				const untilMs = Date.parse(checkout.expiresAt ?? "");
				return isOpen ? { kind: "held", units: quantity, untilMs } : outcomeOf(checkout);
			});
			return { answer, order };
		},
		async pay(session, order, approves, { signal }) {
			const { shop } = session as Session;
			const { id, paymentId } = order as Order;
			const outcome = approves ? "approve" : "decline";
			const asked = await answerTo(
				shop.service.confirmSandboxPayment({ id: paymentId, outcome }, { signal }),
				() => null,
			);
			if (asked?.kind === "failed") return asked;
			const read = () => answerTo(shop.getCheckout({ id }, { signal }), outcomeOf);
			let answer = await read();
			// What the bank said is on its way to the shop.
			for (let looks = 1; answer.kind === "pending" && looks < 10; looks++) {
				if (!approves && asked === null) return { kind: "declined" };
				await sleep(LOOKS_EVERY_MS, undefined, { signal });
				answer = await read();
			}
			return answer;
		},
		readOrder: (session, order) =>
			answerTo((session as Session).shop.getCheckout({ id: (order as Order).id }), outcomeOf),
		readStock: (sku) =>
			answerTo(admin.getStock({ sku }), ({ available, waiting, sold }) => {
				// What is free while somebody waits stands free for them.
				return { kind: "stock", available: waiting > 0 ? 0 : available, sold };
			}),
		async close() {
			close();
			await server.close();
		},
	};
}) satisfies TargetFactory;

function heldOrNot({ status, quantity, expiresAt }: Reservation): Answer {
	if (status === "waiting") return { kind: "waiting", units: quantity };
	if (status === "held" && expiresAt !== null) return { kind: "held", units: quantity, untilMs: Date.parse(expiresAt) };
	return status === "sold" ? { kind: "sold", units: quantity } : { kind: "none" };
}

/**
 * What became of a checkout: of its money, and of its one line. Whoever asked for money is held to it here: a payment that was
 * only authorised and is called off was for nothing too, unless its buyer came too late.
 */
function outcomeOf({ status, lines, payment }: Checkout): Answer {
	const [line] = lines;
	const units = line?.quantity ?? 0;
	if (status === "completed") return { kind: line?.fulfilment === "preorder" ? "owed" : "sold", units };
	const hasEnded = status === "cancelled" || status === "expired";
	// Money that was taken for a checkout that goes on may yet be for something.
	const isKept = hasEnded && (payment?.captured?.amount ?? 0) > 0;
	if (status === "refunded" || isKept) return { kind: "charged-for-nothing" };
	return hasEnded ? { kind: "none" } : { kind: "pending" };
}

/** The answer to one request, in the words of a history. */
async function answerTo<Data, Made extends Answer | null>(
	call: Promise<Result<Data, AnyProblem>>,
	meaning: (data: Data) => Made,
): Promise<Made | Answer> {
	const result = await call.catch((error: unknown) => {
		if (error instanceof NoAnswerError && error.status !== null)
			return { kind: "failed", status: error.status } as const;
		throw error;
	});
	if ("kind" in result) return result;
	return result.ok ? meaning(result.data) : refusalAnswer(result);
}
