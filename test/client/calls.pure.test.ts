/** Calls of the client: what is sent, what is repeated, and what comes back. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createAdmin, createShop, memoryTokens, NoAnswerError, storedTokens, unwrap } from "../../src/client/index.ts";
import { fakeServer, json, lost, problem, type Scripted } from "./fake-server.ts";

const ORIGIN = "https://shop.example";
const SHOPPER = { shopperId: "s_1", token: "first", expiresAt: "2027-01-01T00:00:00.000Z" };
const RENEWED = { shopperId: "s_2", token: "second", expiresAt: "2027-01-01T00:00:00.000Z" };
const HELD = { sku: "mug", id: "r_1", quantity: 1, status: "held", expiresAt: "2026-12-12T12:10:00.000Z", version: 1 };
const LINES = [{ sku: "mug", quantity: 1 }];

function shopOf(script: Parameters<typeof fakeServer>[0], tokens = memoryTokens(SHOPPER)) {
	const server = fakeServer(script);
	return { ...server, tokens, shop: createShop({ origin: ORIGIN, tokens, fetch: server.fetch, WebSocket: null }) };
}

beforeEach(() => {
	vi.useFakeTimers();
});
afterEach(() => {
	vi.useRealTimers();
});

/** Lets every pause of the client pass at once. */
async function settle<T>(work: Promise<T>): Promise<T> {
	let isDone = false;
	const done = work.finally(() => {
		isDone = true;
	});
	done.catch(() => {});
	while (!isDone) await vi.advanceTimersByTimeAsync(50);
	return done;
}

describe("a call", () => {
	it("puts its input where the operation wants it: path, query and body", async () => {
		const { shop, asked } = shopOf([json(HELD, 201, { etag: '"r_1-1"' }), json({ products: [], nextCursor: null })]);
		const held = await shop.reserve({ sku: "a.b-c", quantity: 2, wait: true });
		await shop.listProducts({ cursor: "x y", limit: 5 });
		expect(held).toEqual({ ok: true, status: 201, data: HELD, etag: '"r_1-1"' });
		expect(asked.map(({ method, path, body }) => [method, path, body])).toEqual([
			["PUT", "/v1/reservations/a.b-c", { quantity: 2, wait: true }],
			["GET", "/v1/products?cursor=x+y&limit=5", null],
		]);
		expect(asked[0]?.headers.get("authorization")).toBe("Bearer first");
	});

	it("keeps what a name has in it out of the path", async () => {
		const { shop, asked } = shopOf([json(HELD)]);
		await shop.getReservation({ sku: "../x?y#z/é" });
		expect(asked[0]?.path).toBe("/v1/reservations/..%2Fx%3Fy%23z%2F%C3%A9");
	});

	it("sends no token to look at products, and makes no shopper for it", async () => {
		const { shop, asked } = shopOf([json({})], memoryTokens());
		await shop.getProduct({ sku: "mug" });
		expect(asked.map(({ headers }) => headers.get("authorization"))).toEqual([null]);
	});

	it("returns a documented problem with its members, and throws nothing", async () => {
		const offer = { expectedAt: null, termsVersion: "v1", remaining: 5 };
		const { shop } = shopOf([problem("sold-out", 409, { preorder: offer }, { "retry-after": "7" })]);
		const result = await shop.reserve({ sku: "mug", quantity: 1 });
		if (result.ok || result.problem.type !== "/problems/sold-out") throw new Error("not sold out");
		expect(result.problem.preorder).toEqual(offer);
		expect(result.retryAfterMs).toBe(7_000);
	});

	it("throws with the status when the answer is a fault or not the API's", async () => {
		const { shop } = shopOf([problem("internal-error", 500), new Response("<html>", { status: 502 })]);
		for (const status of [500, 502]) {
			const error = await shop.extendReservation({ sku: "mug" }).catch((error: unknown) => error);
			expect(error).toBeInstanceOf(NoAnswerError);
			expect((error as NoAnswerError).status).toBe(status);
		}
	});

	it("says with a fault of the server which request it was", async () => {
		const { shop } = shopOf([problem("internal", 500, { requestId: "req_1" })]);
		const error = await shop.extendReservation({ sku: "mug" }).catch((error: unknown) => error);
		expect((error as NoAnswerError).problem).toMatchObject({ type: "/problems/internal", requestId: "req_1" });
	});

	it("says of a lost answer what was asked, and why there is none", async () => {
		const { shop } = shopOf([lost()]);
		const call = shop.extendReservation({ sku: "mug" });
		await expect(call).rejects.toThrow(`POST ${ORIGIN}/v1/reservations/mug/extend: fetch failed`);
	});

	it("is given up when nothing answers in time, and never where the caller's fetch decides", async () => {
		const asked: (AbortSignal | null | undefined)[] = [];
		const silent = ((_: unknown, { signal }: RequestInit = {}) => {
			asked.push(signal);
			return new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
		}) as typeof fetch;
		vi.useRealTimers();
		const of = (timeoutMs: number) =>
			createShop({ origin: ORIGIN, tokens: memoryTokens(SHOPPER), fetch: silent, timeoutMs, patienceMs: 0 });
		await expect(of(10).getReservation({ sku: "mug" })).rejects.toBeInstanceOf(NoAnswerError);
		void of(Number.POSITIVE_INFINITY).getReservation({ sku: "mug" });
		await vi.waitFor(() => expect(asked).toHaveLength(2));
		expect(asked[1]).toBeNull();
	});

	it("throws its problem when the caller unwraps it", async () => {
		const { shop } = shopOf([problem("unknown-sku", 404, { sku: "mug" })]);
		const result = await shop.getProduct({ sku: "mug" });
		expect(() => unwrap(result)).toThrow("unknown-sku");
	});
});

describe("a repetition", () => {
	it("keeps the Idempotency-Key of its intent, and another intent has another key", async () => {
		const { shop, asked } = shopOf([lost(), problem("temporarily-unavailable", 503), json({}, 201), json({}, 201)]);
		const open = () => settle(shop.openCheckout({ lines: LINES, email: "a@b.example" }));
		expect((await open()).ok).toBe(true);
		await open();
		const keys = asked.map(({ headers }) => headers.get("idempotency-key"));
		expect(new Set(keys.slice(0, 3)).size).toBe(1);
		expect(keys[3]).not.toBe(keys[0]);
		expect(keys[0]).toMatch(/^[\x21-\x7e]{8,}$/);
	});

	it("uses the key that the caller gives, so that an intent survives a reload", async () => {
		const { shop, asked } = shopOf([json({}, 201)]);
		await shop.openCheckout({ lines: LINES, email: "a@b.example" }, { idempotencyKey: "cart-7" });
		expect(asked[0]?.headers.get("idempotency-key")).toBe("cart-7");
	});

	it("comes no sooner than Retry-After says", async () => {
		const { shop, asked } = shopOf([problem("too-many-requests", 429, {}, { "retry-after": "5" }), json(HELD)]);
		const work = shop.reserve({ sku: "mug", quantity: 1 });
		await vi.advanceTimersByTimeAsync(4_990);
		expect(asked).toHaveLength(1);
		expect((await settle(work)).ok).toBe(true);
		expect(asked).toHaveLength(2);
	});

	it("ends with the last refusal when the patience does, and never begins with none", async () => {
		const busy = () => problem("temporarily-unavailable", 503, {}, { "retry-after": "2" });
		const { shop, asked } = shopOf([busy(), busy(), busy(), busy()]);
		const result = await settle(shop.reserve({ sku: "mug", quantity: 1 }, { patienceMs: 5_000 }));
		expect(result.ok || result.problem.type).toBe("/problems/temporarily-unavailable");
		expect(asked.length).toBeLessThanOrEqual(3);
		await shop.reserve({ sku: "mug", quantity: 1 }, { patienceMs: 0 });
	});

	it.each([
		["a POST without a key", (shop: ReturnType<typeof createShop>) => shop.extendReservation({ sku: "mug" })],
		[
			"a PUT with If-Match",
			(shop: ReturnType<typeof createShop>) => shop.reserve({ sku: "mug", quantity: 1 }, { ifMatch: '"r_1-1"' }),
		],
	])("is not made of %s whose answer was lost: it may have taken effect", async (_, call) => {
		const { shop, asked } = shopOf([lost()]);
		await expect(settle<unknown>(call(shop))).rejects.toBeInstanceOf(NoAnswerError);
		expect(asked).toHaveLength(1);
	});

	it("is made of a POST without a key where the caller knows that it does no harm", async () => {
		const { shop, asked } = shopOf([lost(), problem("internal", 500), json(HELD)]);
		const extended = await settle(shop.extendReservation({ sku: "mug" }, { afterLostAnswer: "repeat" }));
		expect(extended.ok).toBe(true);
		expect(asked).toHaveLength(3);
	});

	it("is not made when the caller finds that the lost call took effect: it comes back with what was found", async () => {
		const { shop, asked } = shopOf([lost(), json(HELD)]);
		const found = await settle(
			shop.reserve({ sku: "mug", quantity: 1 }, { afterLostAnswer: () => shop.getReservation({ sku: "mug" }) }),
		);
		expect(found.ok && found.data).toEqual(HELD);
		expect(asked.map(({ method }) => method)).toEqual(["PUT", "GET"]);
	});

	it("is made when the caller finds that the lost call took no effect", async () => {
		const { shop, asked } = shopOf([lost(), problem("no-reservation", 404), json(HELD)]);
		const afterLostAnswer = async () => {
			const found = await shop.getReservation({ sku: "mug" });
			return found.ok ? found : null;
		};
		const held = await settle(shop.reserve({ sku: "mug", quantity: 1 }, { ifMatch: '"r_1-1"', afterLostAnswer }));
		expect(held.ok).toBe(true);
		expect(asked.map(({ method }) => method)).toEqual(["PUT", "GET", "PUT"]);
	});

	it("comes once more at the end of the patience after a lost answer that took nearly all of it", async () => {
		const slowlyLost = () => {
			vi.setSystemTime(Date.now() + 4_950);
			return lost();
		};
		const { shop, asked } = shopOf([slowlyLost, json(HELD)]);
		expect((await settle(shop.getReservation({ sku: "mug" }, { patienceMs: 5_000 }))).ok).toBe(true);
		expect(asked).toHaveLength(2);
	});

	it("is not made of a lost answer when the patience is over, or is none", async () => {
		const { shop, asked } = shopOf([lost(), lost(), lost(), lost(), lost(), lost(), lost(), lost()]);
		await expect(shop.getReservation({ sku: "mug" }, { patienceMs: 0 })).rejects.toBeInstanceOf(NoAnswerError);
		expect(asked).toHaveLength(1);
		const startMs = Date.now();
		const impatient = settle(shop.getReservation({ sku: "mug" }, { patienceMs: 2_000 }));
		await expect(impatient).rejects.toBeInstanceOf(NoAnswerError);
		expect(Date.now() - startMs).toBeLessThanOrEqual(2_050);
	});

	it("reads nothing first after a refusal, which has done nothing", async () => {
		const { shop, asked } = shopOf([problem("temporarily-unavailable", 503), json(HELD)]);
		const afterLostAnswer = vi.fn(async () => null);
		await settle(shop.reserve({ sku: "mug", quantity: 1 }, { afterLostAnswer }));
		expect([asked.length, afterLostAnswer.mock.calls.length]).toEqual([2, 0]);
	});

	it("is not made of a fault of the server where the caller wants to see each", async () => {
		const server = fakeServer([lost(), problem("internal", 500)]);
		const tokens = memoryTokens(SHOPPER);
		const shop = createShop({ origin: ORIGIN, tokens, fetch: server.fetch, repeatsFaults: false, WebSocket: null });
		const error = await settle(shop.getReservation({ sku: "mug" })).catch((error: unknown) => error);
		expect((error as NoAnswerError).status).toBe(500);
		expect(server.asked).toHaveLength(2);
	});

	it("is made while another attempt of the same intent is under way", async () => {
		const { shop, asked } = shopOf([problem("idempotency-key-in-flight", 409), json({}, 201)]);
		expect((await settle(shop.openCheckout({ lines: LINES, email: "a@b.example" }))).ok).toBe(true);
		expect(asked).toHaveLength(2);
	});

	it("is not made of a deployment that lacks its secrets", async () => {
		const { shop, asked } = shopOf([problem("not-configured", 503, {}, { "retry-after": "2" })]);
		const result = await settle(shop.reserve({ sku: "mug", quantity: 1 }));
		expect(result.ok || result.problem.type).toBe("/problems/not-configured");
		expect(asked).toHaveLength(1);
	});

	it("stops when the caller aborts", async () => {
		const { shop, asked } = shopOf([lost(), lost(), lost(), lost(), lost(), lost(), lost(), lost()]);
		const abort = new AbortController();
		const work = shop.reserve({ sku: "mug", quantity: 1 }, { signal: abort.signal });
		const ended = expect(work).rejects.toThrow("enough");
		await vi.advanceTimersByTimeAsync(600);
		const before = asked.length;
		abort.abort(new Error("enough"));
		await ended;
		await vi.advanceTimersByTimeAsync(60_000);
		expect(asked).toHaveLength(before);
	});

	it("is not made of a call that the caller aborts while it is on its way, and the caller gets the reason", async () => {
		const ending = new AbortController();
		const reason = new Error("the page is left");
		const silent = ((_: unknown, { signal }: RequestInit = {}) =>
			new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)))) as typeof fetch;
		const asked = vi.fn(silent);
		const shop = createShop({ origin: ORIGIN, tokens: memoryTokens(SHOPPER), fetch: asked, WebSocket: null });
		const call = shop.extendReservation({ sku: "mug" }, { signal: ending.signal });
		call.catch(() => {});
		await vi.advanceTimersByTimeAsync(10);
		ending.abort(reason);
		await expect(call).rejects.toBe(reason);
		expect(asked).toHaveBeenCalledTimes(1);
	});

	it("comes ever later, up to some seconds, so that a server that comes back is not overrun", async () => {
		const { shop, asked } = shopOf(Array.from({ length: 40 }, lost));
		await expect(settle(shop.getReservation({ sku: "mug" }, { patienceMs: 60_000 }))).rejects.toThrow("fetch failed");
		expect(asked.length).toBeGreaterThan(8);
		expect(asked.length).toBeLessThan(30);
	});
});

describe("a token", () => {
	const answers = (...script: Scripted[]) => script;

	it("is made when the first call needs one, once for calls that begin together", async () => {
		const { shop, asked, tokens } = shopOf(answers(json(SHOPPER, 201), json(HELD), json(HELD)), memoryTokens());
		await Promise.all([shop.getReservation({ sku: "a" }), shop.getReservation({ sku: "b" })]);
		expect(asked.map(({ path }) => path)).toEqual(["/v1/shoppers", "/v1/reservations/a", "/v1/reservations/b"]);
		expect(tokens.get()).toEqual(SHOPPER);
		expect(await shop.shopperId()).toBe("s_1");
	});

	it("is renewed once when the server refuses it, and the call repeated with the new one", async () => {
		const { shop, asked, tokens } = shopOf([problem("unauthorized", 401), json(RENEWED, 201), json(HELD)]);
		expect((await shop.getReservation({ sku: "mug" })).ok).toBe(true);
		expect(asked.map(({ headers }) => headers.get("authorization"))).toEqual(["Bearer first", null, "Bearer second"]);
		expect(tokens.get()).toEqual(RENEWED);
	});

	it("is not renewed when another tab has done it meanwhile", async () => {
		const tokens = memoryTokens(SHOPPER);
		const otherTab = () => {
			void tokens.set(RENEWED);
			return problem("unauthorized", 401);
		};
		const { shop, asked } = shopOf([otherTab, json(HELD)], tokens);
		expect((await shop.getReservation({ sku: "mug" })).ok).toBe(true);
		expect(asked.map(({ path }) => path)).toEqual(["/v1/reservations/mug", "/v1/reservations/mug"]);
	});

	it("that is refused again is the caller's problem", async () => {
		const { shop } = shopOf([problem("unauthorized", 401), json(RENEWED, 201), problem("unauthorized", 401)]);
		const result = await shop.getReservation({ sku: "mug" });
		expect(result.ok || result.problem.type).toBe("/problems/unauthorized");
	});

	it("comes from the merchant's own server where the page says so", async () => {
		const server = fakeServer([json(HELD)]);
		const shop = createShop({ origin: ORIGIN, fetch: server.fetch, newShopper: async () => RENEWED });
		await shop.getReservation({ sku: "mug" });
		expect(server.asked[0]?.headers.get("authorization")).toBe("Bearer second");
	});

	it("is kept in storage, and in memory where storage fails", () => {
		const kept = new Map<string, string>();
		const storage = {
			getItem: (key: string) => kept.get(key) ?? null,
			setItem: (k: string, v: string) => kept.set(k, v),
		};
		void storedTokens(storage).set(SHOPPER);
		expect(storedTokens(storage).get()).toEqual(SHOPPER);
		kept.set("holdfast.shopper", "{not json");
		expect(storedTokens(storage).get()).toBeNull();
		const deny = () => {
			throw new Error("denied");
		};
		const broken = storedTokens({ getItem: deny, setItem: deny });
		void broken.set(SHOPPER);
		expect(broken.get()).toEqual(SHOPPER);
	});
});

describe("the client of a merchant", () => {
	it("sends its token and a JSON content type with every call, and a key where one is taken", async () => {
		const server = fakeServer([json({}), json({})]);
		const admin = createAdmin({ origin: `${ORIGIN}/`, token: "secret", fetch: server.fetch });
		await admin.restock({ sku: "mug", quantity: 5 });
		await admin.sweep();
		expect(server.asked.map(({ path }) => path)).toEqual(["/admin/v1/products/mug/restock", "/admin/v1/sweep"]);
		for (const { headers } of server.asked) {
			expect(headers.get("authorization")).toBe("Bearer secret");
			expect(headers.get("content-type")).toBe("application/json");
		}
		expect(server.asked[0]?.headers.get("idempotency-key")).toBeTruthy();
		expect(server.asked[1]?.headers.get("idempotency-key")).toBeNull();
	});
});
