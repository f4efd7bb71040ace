/** Watching a SKU over a WebSocket: what is sent at once, what is sent later, and to whom. */
import { exports } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { LIVE_INTERVAL_MS } from "../../src/limits.ts";
import { callWith, expectProblem } from "../support/http.ts";
import { newProduct } from "../support/merchant.ts";
import { newShopper } from "../support/shopper.ts";

type Message = {
	type: string;
	availability?: { available: number; held: number };
	reservation?: { status: string } | null;
};

async function watch(sku: string, headers: Record<string, string> = {}) {
	const response = await exports.default.fetch(`https://shop.test/v1/products/${sku}/live`, {
		headers: { upgrade: "websocket", ...headers },
	});
	const socket = response.webSocket;
	const messages: Message[] = [];
	socket?.addEventListener("message", (event) => {
		messages.push(JSON.parse(event.data as string) as Message);
	});
	socket?.accept();
	return { response, socket, messages };
}

describe("GET /v1/products/{sku}/live", () => {
	it("sends availability at once, and again when it changes", async () => {
		const sku = await newProduct({ units: 3 });
		const { response, socket, messages } = await watch(sku);
		expect(response.status).toBe(101);
		await vi.waitFor(() => expect(messages).toMatchObject([{ type: "availability", availability: { available: 3 } }]));
		await (await newShopper()).reserve(sku, 2);
		await vi.waitFor(() => expect(messages.at(-1)).toMatchObject({ availability: { available: 1, held: 2 } }));
		socket?.close();
	});

	it("sends shoppers their own reservation, with the token in a header or as a subprotocol", async () => {
		const sku = await newProduct({ units: 1 });
		const ada = await newShopper();
		const watchers = await Promise.all([
			watch(sku, { authorization: `Bearer ${ada.token}` }),
			watch(sku, { "sec-websocket-protocol": `holdfast, ${ada.token}` }),
		]);
		expect(watchers[1].response.headers.get("sec-websocket-protocol")).toBe("holdfast");
		await ada.reserve(sku, 1);
		for (const { messages, socket } of watchers) {
			const mine = () => messages.filter(({ type }) => type === "reservation").map(({ reservation }) => reservation);
			await vi.waitFor(() => expect(mine()).toMatchObject([null, { status: "held" }]));
			socket?.close();
		}
	});

	it("sends a burst of changes in one message an interval, and always the last state", async () => {
		const sku = await newProduct({ units: 30 });
		const { socket, messages } = await watch(sku);
		const shoppers = await Promise.all(Array.from({ length: 30 }, () => newShopper()));
		await vi.waitFor(() => expect(messages).toHaveLength(1));
		const startMs = Date.now();
		// Some milliseconds apart, so that each change is one of its own and could have had its own message.
		for (const shopper of shoppers) {
			await shopper.reserve(sku, 1);
			await scheduler.wait(20);
		}
		const tookMs = Date.now() - startMs;
		await vi.waitFor(() => expect(messages.at(-1)).toMatchObject({ availability: { available: 0, held: 30 } }));
		expect(messages.length).toBeLessThanOrEqual(2 + Math.ceil(tookMs / LIVE_INTERVAL_MS));
		// Nothing follows the last state: every message says something new.
		await scheduler.wait(2 * LIVE_INTERVAL_MS);
		const available = messages.map(({ availability }) => availability?.available);
		expect(available).toEqual([...new Set(available)].sort((a, b) => Number(b) - Number(a)));
		socket?.close();
	});

	it("sends nobody a reservation of another shopper", async () => {
		const sku = await newProduct({ units: 1 });
		const { socket, messages } = await watch(sku);
		await (await newShopper()).reserve(sku, 1);
		await vi.waitFor(() => expect(messages.at(-1)).toMatchObject({ availability: { held: 1 } }));
		expect(messages.filter(({ type }) => type === "reservation")).toEqual([]);
		socket?.close();
	});

	it("refuses a request without an upgrade, with an invalid token, or for an unknown SKU", async () => {
		const sku = await newProduct({ units: 1 });
		const plain = await exports.default.fetch(`https://shop.test/v1/products/${sku}/live`);
		expect(plain.status).toBe(426);
		expect((await watch(sku, { authorization: "Bearer no.such.token" })).response.status).toBe(401);
		expect((await watch("no-such-sku")).response.status).toBe(404);
	});
});

describe("what the SKU's object is told of a watcher", () => {
	async function askedWith(bindings: Record<string, unknown>, headers: Record<string, string>, status = 503) {
		const sku = await newProduct({ units: 1 });
		let seen = new Headers();
		const SKU = {
			getByName: () => ({
				fetch: async (request: Request) => {
					seen = request.headers;
					return new Response(null, { status });
				},
			}),
		};
		const answer = await callWith({ SKU, ...bindings }, "GET", `/v1/products/${sku}/live`, {
			headers: { upgrade: "websocket", ...headers },
		});
		return { seen, answer };
	}

	it("is who they are and when their token runs out, whatever their own headers say", async () => {
		const ada = await newShopper();
		const { exp } = JSON.parse(atob(ada.token.split(".")[1] as string)) as { exp: number };
		const { seen } = await askedWith({}, { authorization: `Bearer ${ada.token}`, "holdfast-shopper": "bob" });
		expect(seen.get("holdfast-shopper")).toBe(ada.id);
		expect(seen.get("holdfast-until")).toBe(String(exp * 1000));
		expect(seen.has("holdfast-address")).toBe(false);
		const nobody = await askedWith({}, { "holdfast-shopper": "bob", "holdfast-until": "1", "holdfast-address": "a" });
		for (const name of ["holdfast-shopper", "holdfast-until", "holdfast-address"]) {
			expect(nobody.seen.has(name)).toBe(false);
		}
	});

	it("is a name of their network, the same for a /64, in which nobody can read the address", async () => {
		const nameOf = async (address: string) => {
			const { seen } = await askedWith({ RATE_LIMITS: "on" }, { "cf-connecting-ip": address });
			return seen.get("holdfast-address");
		};
		const name = await nameOf("2001:db8::1");
		expect(name).toMatch(/^[0-9a-f]{16}$/);
		expect(await nameOf("2001:db8::2:1")).toBe(name);
		expect(await nameOf("192.0.2.1")).not.toBe(name);
	});

	it("decides the refusal: 429 for too many of one address, 503 for too many at all, 404 for no such SKU", async () => {
		const refusal = async (status: number) => (await askedWith({}, {}, status)).answer;
		expectProblem(await refusal(429), 429, "too-many-requests");
		expectProblem(await refusal(503), 503, "temporarily-unavailable");
		expectProblem(await refusal(404), 404, "unknown-sku");
	});
});
