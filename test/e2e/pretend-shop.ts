/**
 * A shop in memory that speaks as much of the contract as a drop needs, and lies on request.
 *
 * It exists to put the replay itself to the test: a tool that finds nothing wrong is only worth something if it would
 * have found it. Each shopper asks for one unit. Not here: anything of the real Worker.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type Lie =
	/** Gives away five units more than there are, and keeps books that balance. */
	| "oversells"
	/** Takes the money of every tenth who pays, and then refunds it. */
	| "loses-paid"
	/**
	 * The reply to every fifth first reservation is lost on the way, after it took effect. Not a lie: the contract allows
	 * it.
	 */
	| "drops-replies"
	/** Every tenth order never reaches D1. */
	| "loses-orders"
	/** Every tenth buyer gets a 500. */
	| "breaks"
	/** Holds never end. */
	| "keeps-holds"
	/** Refuses while half of the units are free. */
	| "sits-on-stock"
	/** Gives a unit that comes free to whoever came last into the line. */
	| "serves-backwards"
	/** Fills the first pre-order with every unit that comes. */
	| "fills-twice"
	/** Charges every tenth shopper a little more. */
	| "keeps-money"
	/** Tells a shopper whose card was charged that the checkout expired. */
	| "keeps-quiet";

interface Policy {
	readonly holdSeconds: number;
	readonly paymentWindowSeconds: number;
	readonly preorder?: { readonly capacity: number };
}

interface Reservation {
	readonly id: string;
	status: "waiting" | "held" | "paying" | "sold" | "released" | "expired" | "converted";
	expiresAtMs: number;
}

interface Preorder {
	readonly id: string;
	readonly checkoutId: string;
	status: "pending" | "owed" | "filled" | "cancelled";
}

interface Checkout {
	readonly id: string;
	readonly shopper: string;
	readonly fulfilment: "in_stock" | "preorder";
	readonly payByMs: number;
	status: "awaiting_payment" | "payment_failed" | "completed" | "expired" | "refunded";
	payment: "open" | "captured" | "voided";
	captured: number;
	refunded: number;
}

type Answer = readonly [status: number, body: unknown];
type Json = Record<string, unknown>;

const PRICE = 1999;
const money = (amount: number) => ({ amount, currency: "USD" });
const iso = (ms: number) => new Date(ms).toISOString();
const problem = (status: number, name: string): Answer => [
	status,
	{ type: `/problems/${name}`, title: name, detail: "", status },
];

class PretendShop {
	readonly #lie: Lie | null;
	readonly #reservations = new Map<string, Reservation>();
	readonly #preorders = new Map<string, Preorder>();
	readonly #checkouts = new Map<string, Checkout>();
	readonly #journal: Json[] = [];
	readonly #dropped = new Set<string>();
	#sku = "";
	#policy: Policy = { holdSeconds: 0, paymentWindowSeconds: 0 };
	#received = 0;
	#available = 0;
	#held = 0;
	#sold = 0;
	#filled = 0;
	#asked = 0;
	#charged = 0;
	#ids = 0;

	constructor(lie: Lie | null) {
		this.#lie = lie;
	}

	/** null: the reply is lost. */
	answer(method: string, path: string, shopper: string, body: Json): Answer | null {
		this.#settle();
		const [, area, what = "", name = "", more] = path.split("/");
		if (area === "admin") return this.#admin(method, path, body);
		if (area === "sandbox") return this.#sandbox(path, body);
		switch (what) {
			case "products":
				return [200, { availability: { asOf: iso(Date.now()) } }];
			case "reservations":
				if (more === undefined && method === "PUT") return this.#reserve(shopper, body["wait"] === true);
				return this.#reservation(method, shopper);
			case "checkouts":
				return method === "POST" ? this.#checkOut(shopper, body) : [200, this.#view(name)];
			default:
				return [200, this.#order(this.#checkouts.get(name.slice(2)) as Checkout)];
		}
	}

	#enter(kind: string, subjectId: string | null, moves: { available?: number; held?: number; sold?: number }): void {
		this.#available += moves.available ?? 0;
		this.#held += moves.held ?? 0;
		this.#sold += moves.sold ?? 0;
		const counters = { available: this.#available, held: this.#held, sold: this.#sold };
		const quantity = kind === "received" ? moves.available : 1;
		this.#journal.push({ seq: this.#journal.length + 1, kind, quantity, subjectId, ...counters });
	}

	/** Ends what has run out, and hands out what is free. */
	#settle(): void {
		for (const reservation of this.#reservations.values()) {
			const isHeld = reservation.status === "held" || reservation.status === "paying";
			if (!isHeld || reservation.expiresAtMs > Date.now() || this.#lie === "keeps-holds") continue;
			reservation.status = "expired";
			this.#enter("expired", reservation.id, { available: 1, held: -1 });
		}
		for (const checkout of this.#checkouts.values()) {
			if (checkout.payment !== "open" || checkout.payByMs > Date.now()) continue;
			Object.assign(checkout, { payment: "voided", status: "expired" });
			const preorder = this.#preorderOf(checkout.id);
			if (preorder?.status !== "pending") continue;
			preorder.status = "cancelled";
			this.#enter("preorder-cancelled", preorder.id, {});
		}
		while (this.#available > 0 && this.#handOut());
	}

	#handOut(): boolean {
		const owed = this.#those(this.#preorders, "owed");
		const again = this.#lie === "fills-twice" ? this.#those(this.#preorders, "filled") : [];
		const preorder = again[0] ?? owed[0];
		if (preorder) {
			preorder.status = "filled";
			this.#filled += 1;
			this.#enter("preorder-filled", preorder.id, { available: -1, sold: 1 });
			return true;
		}
		const next = this.#those(this.#reservations, "waiting").at(this.#lie === "serves-backwards" ? -1 : 0);
		if (!next) return false;
		Object.assign(next, { status: "held", expiresAtMs: Date.now() + this.#policy.holdSeconds * 1000 });
		this.#enter("promoted", next.id, { available: -1, held: 1 });
		return true;
	}

	#those<T extends { status: string }>(all: Map<string, T>, status: string): T[] {
		return [...all.values()].filter((one) => one.status === status);
	}

	#preorderOf(checkoutId: string): Preorder | undefined {
		return [...this.#preorders.values()].find((preorder) => preorder.checkoutId === checkoutId);
	}

	#canHave(): boolean {
		const ahead = this.#those(this.#reservations, "waiting").length + this.#those(this.#preorders, "owed").length;
		const secret = this.#lie === "oversells" ? -5 : this.#lie === "sits-on-stock" ? this.#received / 2 : 0;
		return this.#available > secret && ahead === 0;
	}

	#reserve(shopper: string, wait: boolean): Answer | null {
		this.#asked += 1;
		if (this.#lie === "breaks" && this.#asked % 10 === 0) return problem(500, "internal");
		const has = this.#canHave();
		if (!has && !(wait && this.#held > 0)) return problem(409, "sold-out");
		const reservation: Reservation = {
			id: `r-${++this.#ids}`,
			status: has ? "held" : "waiting",
			expiresAtMs: Date.now() + this.#policy.holdSeconds * 1000,
		};
		this.#reservations.delete(shopper);
		this.#reservations.set(shopper, reservation);
		this.#enter(reservation.status, reservation.id, has ? { available: -1, held: 1 } : {});
		if (this.#lie === "drops-replies" && this.#asked % 5 === 0 && !this.#dropped.has(shopper)) {
			this.#dropped.add(shopper);
			return null;
		}
		return [has ? 201 : 202, this.#standing(reservation)];
	}

	#standing(reservation: Reservation) {
		const position = this.#those(this.#reservations, "waiting").indexOf(reservation) + 1 || null;
		return { status: reservation.status, quantity: 1, expiresAt: iso(reservation.expiresAtMs), position };
	}

	#reservation(method: string, shopper: string): Answer {
		const reservation = this.#reservations.get(shopper);
		if (!reservation) return problem(404, "no-reservation");
		if (method === "DELETE" && reservation.status === "waiting") {
			reservation.status = "released";
			this.#enter("left", reservation.id, {});
		} else if (method === "DELETE" && reservation.status === "held") {
			reservation.status = "released";
			this.#enter("released", reservation.id, { available: 1, held: -1 });
			this.#settle();
		}
		return [200, this.#standing(reservation)];
	}

	#checkOut(shopper: string, body: Json): Answer {
		const id = `c-${++this.#ids}`;
		const payByMs = Date.now() + this.#policy.paymentWindowSeconds * 1000;
		const hold = this.#reservations.get(shopper);
		const holds = hold?.status === "held";
		const promised = this.#those(this.#preorders, "pending").length + this.#those(this.#preorders, "owed").length;
		if (holds) {
			Object.assign(hold, { status: "paying", expiresAtMs: payByMs });
			this.#enter("paying", hold.id, {});
		} else if (body["acceptPreorder"] === true && promised < (this.#policy.preorder?.capacity ?? 0)) {
			const preorder: Preorder = { id: `p-${++this.#ids}`, checkoutId: id, status: "pending" };
			this.#preorders.set(preorder.id, preorder);
			this.#enter("preorder-pending", preorder.id, {});
		} else return problem(409, "lines-unavailable");
		const fulfilment = holds ? "in_stock" : "preorder";
		const nothing = { status: "awaiting_payment", payment: "open", captured: 0, refunded: 0 } as const;
		this.#checkouts.set(id, { id, shopper, fulfilment, payByMs, ...nothing });
		return [201, this.#view(id)];
	}

	#view(id: string) {
		const checkout = this.#checkouts.get(id) as Checkout;
		const { status, fulfilment, captured, refunded, payByMs } = checkout;
		const payment = { id, status: checkout.payment, captured: money(captured), refunded: money(refunded) };
		return { id, status, lines: [{ quantity: 1, fulfilment }], payment, orderId: `o-${id}`, expiresAt: iso(payByMs) };
	}

	#confirm(checkout: Checkout, outcome: unknown): Answer {
		if (checkout.payment === "voided") return problem(409, "payment-not-payable");
		if (outcome === "decline") checkout.status = "payment_failed";
		if (outcome === "decline" || checkout.payment === "captured") return [200, {}];
		this.#charged += 1;
		const isTenth = this.#charged % 10 === 0;
		checkout.payment = "captured";
		checkout.captured = PRICE + (this.#lie === "keeps-money" && isTenth ? 100 : 0);
		const hold = this.#reservations.get(checkout.shopper);
		if ((this.#lie === "loses-paid" || this.#lie === "keeps-quiet") && isTenth) {
			checkout.status = this.#lie === "loses-paid" ? "refunded" : "expired";
			if (this.#lie === "loses-paid") checkout.refunded = PRICE;
			if (hold) hold.expiresAtMs = 0;
			return [200, {}];
		}
		checkout.status = "completed";
		const preorder = this.#preorderOf(checkout.id);
		if (preorder) {
			preorder.status = "owed";
			this.#enter("preorder-owed", preorder.id, {});
			this.#settle();
		} else if (hold) {
			hold.status = "sold";
			this.#enter("sold", hold.id, { held: -1, sold: 1 });
		}
		return [200, {}];
	}

	#order({ id, fulfilment }: Checkout) {
		const preorder = this.#preorderOf(id);
		const line = { sku: this.#sku, quantity: 1, refunded: 0, unitPrice: money(PRICE), fulfilment };
		const lines = [preorder ? { ...line, preorder: preorder.status } : line];
		return { id: `o-${id}`, checkoutId: id, status: "paid", lines };
	}

	#sandbox(path: string, body: Json): Answer {
		if (path === "/sandbox/faults") return [200, {}];
		if (path.endsWith("/confirm")) {
			return this.#confirm(this.#checkouts.get(path.split("/")[3] ?? "") as Checkout, body["outcome"]);
		}
		const payments = [...this.#checkouts.values()].map(({ id, payment, captured, refunded }) => ({
			...{ id, checkoutId: id, status: payment, paidAt: null },
			...{ amount: money(PRICE), captured: money(captured), refunded: money(refunded) },
		}));
		return [200, { payments, nextCursor: null }];
	}

	#admin(method: string, path: string, body: Json): Answer {
		const nextCursor = null;
		const [, , , list, name = "", part] = path.split("/");
		if (list === "shoppers") return [201, { token: String(body["shopperId"]) }];
		if (list === "reconciliation") return [200, { skus: [{ sku: this.#sku, difference: 0 }], nextCursor }];
		if (list === "orders") {
			const done = this.#those(this.#checkouts, "completed").map((checkout) => this.#order(checkout));
			const kept = this.#lie === "loses-orders" ? done.filter((_, index) => index % 10 !== 0) : done;
			return [200, { orders: kept, nextCursor }];
		}
		if (list === "preorders") {
			const paid = [...this.#preorders.values()].filter(({ status }) => status === "owed" || status === "filled");
			const preorders = paid.map(({ id, status }) => ({
				id,
				status,
				quantity: 1,
				returned: 0,
				termsVersion: "drop-1",
			}));
			return [200, { preorders, nextCursor }];
		}
		if (part === "journal") return [200, { entries: this.#journal, nextCursor }];
		if (part === "restock") {
			this.#received += Number(body["quantity"]);
			this.#enter("received", null, { available: Number(body["quantity"]) });
			this.#settle();
		}
		if (method === "PUT") {
			this.#sku = name;
			this.#policy = body["policy"] as Policy;
		}
		const owed = this.#those(this.#preorders, "owed").length;
		const counters = { received: this.#received, adjusted: 0, available: this.#available, held: this.#held };
		const waiting = this.#those(this.#reservations, "waiting").length;
		const preorders = { owed, filled: this.#filled, cancelled: 0 };
		const rest = { sold: this.#sold, waiting, preorders, balanced: true, version: this.#journal.length };
		return [200, { ...counters, ...rest }];
	}
}

export async function pretendShop(lie: Lie | null): Promise<{ url: string; close(): Promise<void> }> {
	const shop = new PretendShop(lie);

	async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const shopper = request.headers.authorization?.slice("Bearer ".length) ?? "";
		const path = (request.url ?? "").split("?")[0] ?? "";
		const answer = shop.answer(request.method ?? "", path, shopper, await json(request));
		if (answer === null) {
			response.destroy();
			return;
		}
		const [status, content] = answer;
		response.writeHead(status, { "content-type": status < 400 ? "application/json" : "application/problem+json" });
		response.end(JSON.stringify(content));
	}

	const server = createServer((request, response) => void serve(request, response));
	await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
	const { port } = server.address() as AddressInfo;
	return {
		url: `http://127.0.0.1:${port}`,
		close: async () => {
			server.closeAllConnections();
			await new Promise((done) => server.close(done));
		},
	};
}

async function json(request: IncomingMessage): Promise<Json> {
	let text = "";
	for await (const chunk of request) text += chunk;
	return text === "" ? {} : (JSON.parse(text) as Json);
}
