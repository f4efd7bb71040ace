/** Rate limits: the platform's own limiter with the numbers of wrangler.toml, and what each route counts by. */

import { createExecutionContext } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { createApp } from "../../src/http/app.ts";
import { RATE_PERIOD_SECONDS, RATE_QUOTAS } from "../../src/limits.ts";
import { useStoppedClock } from "../support/clock.ts";
import { counted } from "../support/counted.ts";
import { ADMIN } from "../support/http.ts";
import { newProduct } from "../support/merchant.ts";
import { newShopper as aShopper, type Shopper } from "../support/shopper.ts";
import { app } from "../support/worker.ts";

const newShopper = (address: string, vars: Partial<Env> = {}) =>
	app.fetch(
		new Request("https://shop.test/v1/shoppers", { method: "POST", headers: { "cf-connecting-ip": address } }),
		{ ...env, RATE_LIMITS: "on", ...vars },
		createExecutionContext(),
	);

/**
 * Sends a request `times` times, and returns the last response of each status. Send more than twice the limit, since a
 * period may end in between. For the same reason check one of these responses, and not that of another request.
 */
async function answers(times: number, ask: () => Response | Promise<Response>): Promise<Map<number, Response>> {
	const seen = new Map<number, Response>();
	for (let i = 0; i < times; i++) {
		const answer = await ask();
		seen.set(answer.status, answer);
	}
	return seen;
}

describe("a rate limit", () => {
	it("answers 429 with Retry-After to the address that exceeded it, and to no other", async () => {
		const seen = await answers(1_201, () => newShopper("192.0.2.1"));
		expect([...seen.keys()].sort()).toEqual([201, 429]);
		const refused = seen.get(429);
		expect(refused?.headers.get("retry-after")).toBe("60");
		expect(refused?.headers.get("ratelimit")).toBe('"address-new-shoppers";r=0;t=60');
		expect(refused?.headers.get("ratelimit-policy")).toBe('"address-new-shoppers";q=600;w=60');
		expect(await refused?.json()).toMatchObject({ type: "/problems/too-many-requests", status: 429 });
		expect((await newShopper("192.0.2.2")).status).toBe(201);
	});

	it("lets the shoppers of a carrier's address become somebody in the same minute", async () => {
		expect([...(await answers(500, () => newShopper("192.0.2.4"))).keys()]).toEqual([201]);
	});

	it("counts a shopper's reservations over all addresses (OWASP OAT-021)", async () => {
		const { token } = await (await exports.default.fetch("https://shop.test/v1/shoppers", { method: "POST" })).json<{
			token: string;
		}>();
		let address = 0;
		const reserve = () =>
			app.fetch(
				new Request("https://shop.test/v1/reservations/no-such-sku", {
					method: "PUT",
					headers: {
						authorization: `Bearer ${token}`,
						"content-type": "application/json",
						"cf-connecting-ip": `198.51.100.${address++}`,
					},
					body: JSON.stringify({ quantity: 1 }),
				}),
				{ ...env, RATE_LIMITS: "on" },
				createExecutionContext(),
			);
		expect([...(await answers(241, reserve)).keys()].sort()).toEqual([404, 429]);
	});

	it("keeps a shopper who only reads from the SKU's object too", async () => {
		const sku = await newProduct({ units: 1 });
		const { token } = await aShopper();
		const { bindings, calls } = counted();
		const request = new Request(`https://shop.test/v1/reservations/${sku}`, {
			headers: { authorization: `Bearer ${token}`, "cf-connecting-ip": "192.0.2.5" },
		});
		const vars = { ...env, ...bindings, RATE_LIMITS: "on" } as unknown as Env;
		const seen = await answers(600, () => app.fetch(request, vars, createExecutionContext()));
		expect([...seen.keys()].sort()).toEqual([404, 429]);
		expect(calls.sku).toBeLessThan(500);
	});

	it("is told with every answer of its route, refusals of another kind too, and with no word of what is left", async () => {
		const { token } = await aShopper();
		const ask = (vars: Partial<Env>, path = "/v1/reservations/no-such-sku") =>
			app.fetch(
				new Request(`https://shop.test${path}`, { headers: { authorization: `Bearer ${token}` } }),
				{ ...env, RATE_LIMITS: "on", ...vars },
				createExecutionContext(),
			);
		const refused = await ask({});
		expect(refused.status).toBe(404);
		const policy = '"address-reads";q=12000;w=60, "shopper-reads";q=240;w=60';
		expect(refused.headers.get("ratelimit-policy")).toBe(policy);
		expect(refused.headers.get("ratelimit")).toBeNull();
		expect(refused.headers.get("access-control-expose-headers")?.split(",")).toEqual(
			expect.arrayContaining(["ratelimit", "ratelimit-policy"]),
		);
		const shown = await ask({}, "/v1/products");
		expect([shown.status, shown.headers.get("ratelimit-policy")]).toEqual([200, '"address-reads";q=12000;w=60']);
		expect((await ask({ RATE_LIMITS: "off" })).headers.get("ratelimit-policy")).toBeNull();
	});

	it("is not applied with RATE_LIMITS=off", async () => {
		expect([...(await answers(700, () => newShopper("192.0.2.3", { RATE_LIMITS: "off" }))).keys()]).toEqual([201]);
	});
});

describe("what a request is counted by", () => {
	const LIMITERS = Object.keys(RATE_QUOTAS);
	let ada: Shopper;
	beforeAll(async () => {
		ada = await aShopper();
	});

	/** Limiters that note by which key they were asked, and let everybody pass. */
	async function countedBy(method: string, path: string, headers: Record<string, string> = {}): Promise<string[]> {
		const keys: string[] = [];
		const limiters = LIMITERS.map((name) => {
			const limit = async ({ key }: { key: string }) => {
				keys.push(`${name} ${key.replace(ada.id, "ada")}`);
				return { success: true };
			};
			return [name, { limit }] as const;
		});
		const request = new Request(`https://shop.test${path}`, {
			method,
			headers: { "cf-connecting-ip": "2001:db8:1:2:3:4:5:6", authorization: `Bearer ${ada.token}`, ...headers },
		});
		const vars = { ...env, ...Object.fromEntries(limiters), RATE_LIMITS: "on" } as unknown as Env;
		await (await app.fetch(request, vars, createExecutionContext())).body?.cancel();
		return keys;
	}

	const CALLER = "2001:db8:1:2::/64";
	const live = { upgrade: "websocket" };
	const id = `co_${"0".repeat(32)}`;

	it.each<[string, string, string[], Record<string, string>?]>([
		["POST", "/v1/shoppers", [`RATE_TOKENS ${CALLER}`]],
		["PUT", "/v1/reservations/none", [`RATE_ADDRESS ${CALLER}`, "RATE_RESERVATIONS ada"]],
		["DELETE", "/v1/reservations/none", [`RATE_ADDRESS ${CALLER}`, "RATE_RESERVATIONS ada"]],
		["POST", "/v1/checkouts", [`RATE_ADDRESS ${CALLER}`, "RATE_CHECKOUTS ada"]],
		["GET", "/v1/reservations/none", [`RATE_READS ${CALLER}`, "RATE_SHOPPER_READS ada"]],
		["GET", `/v1/checkouts/${id}`, [`RATE_READS ${CALLER}`, "RATE_SHOPPER_READS ada"]],
		["GET", "/v1/orders/none", [`RATE_READS ${CALLER}`, "RATE_SHOPPER_READS ada"]],
		["GET", "/v1/products", [`RATE_READS ${CALLER}`]],
		["GET", "/v1/products/none", [`RATE_READS ${CALLER}`]],
		["GET", "/v1/products/none/live", [`RATE_READS ${CALLER}`, "RATE_SHOPPER_READS ada"], live],
		["GET", "/admin/v1/orders", [`RATE_REFUSALS ${CALLER}`]],
	])("%s %s is counted by %s", async (method, path, keys, headers) => {
		expect(await countedBy(method, path, headers)).toEqual(keys);
	});

	it("is nothing for who has the admin token", async () => {
		expect(await countedBy("GET", "/admin/v1/orders", { authorization: `Bearer ${ADMIN}` })).toEqual([]);
	});
});

describe("the admin door", () => {
	useStoppedClock();

	it("does not look at the tokens of an address that guesses, and serves every other", async () => {
		const own = createApp({ batching: false });
		const ask = (token: string, address: string) =>
			own.fetch(
				new Request("https://shop.test/admin/v1/orders", {
					headers: { authorization: `Bearer ${token}`, "cf-connecting-ip": address },
				}),
				{ ...env, RATE_LIMITS: "on" },
				createExecutionContext(),
			);
		const seen = await answers(60, () => ask("a guess", "203.0.113.1"));
		expect([...seen.keys()].sort()).toEqual([401, 429]);
		expect(seen.get(429)?.headers.get("retry-after")).toBe("60");
		expect(seen.get(429)?.headers.get("ratelimit")).toBe('"address-refused-tokens";r=0;t=60');
		expect((await ask(ADMIN, "203.0.113.1")).status).toBe(429);
		expect((await ask(ADMIN, "203.0.113.2")).status).toBe(200);
		vi.setSystemTime(Date.now() + RATE_PERIOD_SECONDS * 1000);
		expect((await ask(ADMIN, "203.0.113.1")).status).toBe(200);
	});
});
