/**
 * A shop in memory that speaks as much of the contract as a drop needs, and lies on request.
 *
 * It exists to put the replay itself to the test: a tool that finds nothing wrong is only worth something if it would
 * have found it. Not here: anything of the real Worker.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type Lie =
	/** Gives away five units more than there are, and keeps books that balance. */
	| "oversells"
	/** Takes the money for every tenth checkout and then refunds it. */
	| "loses-paid"
	/** The reply to every fifth first reservation is lost on the way, after it took effect. Not a lie: the contract allows it. */
	| "drops-replies"
	/** Every tenth order never reaches D1. */
	| "loses-orders"
	/** Every tenth buyer gets a 500. */
	| "breaks"
	/** Holds never end. */
	| "keeps-holds"
	/** Refuses while half of the units are free. */
	| "sits-on-stock";

interface Hold {
	expiresAtMs: number;
	state: "held" | "paying" | "sold";
}

export async function pretendShop(lie: Lie | null): Promise<{ url: string; close(): Promise<void> }> {
	const holds = new Map<string, Hold>();
	const checkouts = new Map<string, { shopper: string; status: string; sku: string }>();
	const dropped = new Set<string>();
	let sku = "";
	let stock = 0;
	let holdSeconds = 0;
	let asked = 0;

	const live = () =>
		[...holds.values()].filter(({ state, expiresAtMs }) => state !== "held" || isLive(expiresAtMs)).length;
	const isLive = (expiresAtMs: number) => lie === "keeps-holds" || Date.now() < expiresAtMs;
	const sold = () => [...holds.values()].filter(({ state }) => state === "sold").length;
	const room = () => (lie === "oversells" ? stock + 5 : lie === "sits-on-stock" ? stock / 2 : stock) - live();
	const nth = (part: number) => asked % part === 0;

	const reservation = (hold: Hold) => ({ status: hold.state, expiresAt: new Date(hold.expiresAtMs).toISOString() });
	const isHeld = (hold: Hold | undefined) => hold !== undefined && (hold.state !== "held" || isLive(hold.expiresAtMs));

	async function answer(request: IncomingMessage, response: ServerResponse): Promise<[number, unknown] | null> {
		const { method, url = "" } = request;
		const shopper = request.headers.authorization?.slice("Bearer ".length) ?? "";
		const body = await json(request);
		const path = url.split("?")[0] ?? "";
		const [, , third, fourth] = path.split("/");
		if (path === "/admin/v1/shoppers") return [201, { token: String(body["shopperId"]) }];
		if (path === "/admin/v1/reconciliation") return [200, { skus: [{ sku, difference: 0 }], nextCursor: null }];
		if (path === "/admin/v1/orders") {
			const done = [...checkouts].filter(([, { status }]) => status === "completed");
			const kept = lie === "loses-orders" ? done.filter((_, index) => index % 10 !== 0) : done;
			const orders = kept.map(([id, { sku }]) => ({ id, status: "paid", lines: [{ sku, quantity: 1 }] }));
			return [200, { orders, nextCursor: null }];
		}
		if (path.endsWith("/stock")) {
			const held = live() - sold();
			const counts = { received: stock, adjusted: 0, available: stock - live(), held, waiting: 0, sold: sold() };
			return [200, { ...counts, balanced: true }];
		}
		if (path.endsWith("/restock")) {
			stock += Number(body["quantity"]);
			return [200, {}];
		}
		if (method === "PUT" && path.startsWith("/admin/v1/products/")) {
			sku = path.split("/")[4] ?? "";
			holdSeconds = Number((body["policy"] as { holdSeconds: number }).holdSeconds);
			return [201, {}];
		}
		if (third === "reservations") {
			const hold = holds.get(shopper);
			if (method === "GET") {
				return hold && isHeld(hold) ? [200, reservation(hold)] : [404, { type: "/problems/no-reservation" }];
			}
			asked += 1;
			if (lie === "breaks" && nth(10)) return [500, { type: "/problems/internal" }];
			if (room() < 1) return [409, { type: "/problems/sold-out" }];
			const fresh: Hold = { expiresAtMs: Date.now() + holdSeconds * 1000, state: "held" };
			holds.set(shopper, fresh);
			if (lie === "drops-replies" && nth(5) && !dropped.has(shopper)) {
				dropped.add(shopper);
				response.destroy();
				return null;
			}
			return [201, reservation(fresh)];
		}
		if (path === "/v1/checkouts") {
			const hold = holds.get(shopper);
			const id = `c-${shopper}`;
			if (hold) hold.state = "paying";
			const [line] = body["lines"] as [{ sku: string }];
			checkouts.set(id, { shopper, status: "awaiting_payment", sku: line.sku });
			return [201, { id, status: "awaiting_payment", payment: { provider: "sandbox", id } }];
		}
		if (third === "checkouts") return [200, checkouts.get(fourth ?? "")];
		const checkout = checkouts.get(path.split("/")[3] ?? "");
		if (!path.endsWith("/confirm") || !checkout) return [404, { type: "/problems/not-found" }];
		const hold = holds.get(checkout.shopper);
		const lost = lie === "loses-paid" && checkouts.size % 10 === 0;
		checkout.status = lost ? "refunded" : "completed";
		if (hold) {
			if (lost) holds.delete(checkout.shopper);
			else hold.state = "sold";
		}
		return [200, {}];
	}

	const server = createServer((request, response) => {
		void answer(request, response).then((result) => {
			if (result === null) return;
			response.writeHead(result[0], { "content-type": "application/json" });
			response.end(JSON.stringify(result[1]));
		});
	});
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

async function json(request: IncomingMessage): Promise<Record<string, unknown>> {
	let text = "";
	for await (const chunk of request) text += chunk;
	return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
}
