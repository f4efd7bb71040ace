import { exports } from "cloudflare:workers";
import { expect, it } from "vitest";

it("whole", async () => {
	const f = (m: string, p: string, b?: unknown, h: Record<string, string> = {}) =>
		exports.default
			.fetch(
				new Request(`http://x${p}`, {
					method: m,
					headers: { "content-type": "application/json", ...h },
					...(b ? { body: JSON.stringify(b) } : {}),
				}),
			)
			.then(async (r: Response) => {
				const t = await r.text();
				return { s: r.status, b: JSON.parse(t) };
			});
	const A = { authorization: "Bearer test-admin-token-0123456789abcdef" };
	console.log((await f("PUT", "/admin/v1/products/a1", { title: "T", price: { amount: 1000, currency: "USD" } }, A)).s);
	console.log((await f("POST", "/admin/v1/products/a1/restock", { quantity: 5 }, { ...A, "idempotency-key": "r1" })).s);
	const sh = await f("POST", "/v1/shoppers", {});
	const S = { authorization: `Bearer ${sh.b.token}` };
	const co = await f(
		"POST",
		"/v1/checkouts",
		{ lines: [{ sku: "a1", quantity: 2 }], email: "a@b.co" },
		{ ...S, "idempotency-key": "k1" },
	);
	console.log(JSON.stringify(co));
	const pid = co.b.payment.id;
	console.log(JSON.stringify(await f("POST", `/sandbox/payments/${pid}/confirm`, { outcome: "approve", copies: 2 })));
	console.log(JSON.stringify(await f("GET", `/v1/checkouts/${co.b.id}`, undefined, S)));
	console.log(JSON.stringify((await f("GET", `/sandbox/books`)).b));
	expect(1).toBe(1);
});
