/** How often somebody may ask. The platform's limiter is real here; its numbers are those of wrangler.toml. */

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
 * Asks `times` times and answers the last of each status. More than twice the limit, since a period may end in between; and
 * for the same reason what is to be looked at is one of these answers and not one more.
 */
async function answers(times: number, ask: () => Response | Promise<Response>): Promise<Map<number, Response>> {
	const seen = new Map<number, Response>();
	for (let i = 0; i < times; i++) {
		const answer = await ask();
		seen.set(answer.status, answer);
	}
	return seen;
}

describe("asking too often", () => {
	it("is 429 with Retry-After, for the address that did it and for no other", async () => {
		const seen = await answers(121, () => newShopper("192.0.2.1"));
		expect([...seen.keys()].sort()).toEqual([201, 429]);
		const refused = seen.get(429);
		expect(refused?.headers.get("retry-after")).toBe("60");
		expect(await refused?.json()).toMatchObject({ type: "/problems/too-many-requests", status: 429 });
		expect((await newShopper("192.0.2.2")).status).toBe(201);
	});

	it("counts a shopper's reservations from whatever address (OWASP OAT-021)", async () => {
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

	it("is nobody's business with RATE_LIMITS=off", async () => {
		expect([...(await answers(70, () => newShopper("192.0.2.3", { RATE_LIMITS: "off" }))).keys()]).toEqual([201]);
	});
});
