/** Rate limits. The platform's limiter is real here, with the numbers of wrangler.toml. */

import { createExecutionContext } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
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
		const seen = await answers(121, () => newShopper("192.0.2.1"));
		expect([...seen.keys()].sort()).toEqual([201, 429]);
		const refused = seen.get(429);
		expect(refused?.headers.get("retry-after")).toBe("60");
		expect(await refused?.json()).toMatchObject({ type: "/problems/too-many-requests", status: 429 });
		expect((await newShopper("192.0.2.2")).status).toBe(201);
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

	it("is not applied with RATE_LIMITS=off", async () => {
		expect([...(await answers(130, () => newShopper("192.0.2.3", { RATE_LIMITS: "off" }))).keys()]).toEqual([201]);
	});
});
