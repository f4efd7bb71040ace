/**
 * The story that Holdfast was made for, against the built Worker, by the clock on the wall and the platform's own
 * alarms: one unit, three shoppers in the same moment. The same by a clock that the test sets:
 * `test/features/waitlist/story.test.ts`.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TestServer } from "../support/server.ts";

let server: TestServer;
beforeAll(async () => {
	server = await TestServer.start();
});
afterAll(() => server.end());

interface Answer {
	readonly status: number;
	// biome-ignore lint/suspicious/noExplicitAny: what a server says is checked by what is expected of it
	readonly body: any;
}

async function call(token: string | null, method: string, path: string, json?: unknown): Promise<Answer> {
	const response = await fetch(`${server.origin}${path}`, {
		method,
		headers: {
			"idempotency-key": crypto.randomUUID(),
			...(token === null ? {} : { authorization: `Bearer ${token}` }),
			...(json === undefined ? {} : { "content-type": "application/json" }),
		},
		body: json === undefined ? null : JSON.stringify(json),
	});
	return { status: response.status, body: await response.json() };
}

const merchant = (method: string, path: string, json?: unknown) =>
	call(server.env.ADMIN_TOKEN, method, `/admin/v1/products/${path}`, json);

interface Shopper {
	readonly shopperId: string;
	readonly token: string;
}
const newShopper = async (): Promise<Shopper> => (await call(null, "POST", "/v1/shoppers")).body;

/** One unit and three who ask for it at once: who got what. */
async function story(sku: string, policy: Record<string, unknown>) {
	const product = { title: "The last one", price: { amount: 1999, currency: "USD" }, policy };
	expect(await merchant("PUT", sku, product)).toMatchObject({ status: 201 });
	expect(await merchant("POST", `${sku}/restock`, { quantity: 1 })).toMatchObject({ status: 200 });
	const three = await Promise.all([newShopper(), newShopper(), newShopper()]);
	const answers = await Promise.all(
		three.map(({ token }) => call(token, "PUT", `/v1/reservations/${sku}`, { quantity: 1, wait: true })),
	);
	expect(answers.map(({ status }) => status).sort()).toEqual([201, 202, 409]);
	const of = (status: number) => answers.findIndex((answer) => answer.status === status);
	expect(answers[of(202)]?.body).toMatchObject({ status: "waiting", position: 1 });
	expect(answers[of(409)]?.body).toMatchObject({ type: "/problems/sold-out" });
	return {
		first: three[of(201)] as Shopper,
		second: three[of(202)] as Shopper,
		third: three[of(409)] as Shopper,
		expiresAtMs: Date.parse(answers[of(201)]?.body.expiresAt),
	};
}

async function until<T>(check: () => Promise<T | null>): Promise<T> {
	for (const endMs = Date.now() + 20_000; Date.now() < endMs; await sleep(50)) {
		const found = await check();
		if (found !== null) return found;
	}
	throw new Error("it did not come to pass");
}

/** Checks out and pays; answers the completed checkout. */
async function buy({ token }: Shopper, sku: string, acceptPreorder = false) {
	const order = { lines: [{ sku, quantity: 1 }], email: "ada@example.com", acceptPreorder };
	const opened = await call(token, "POST", "/v1/checkouts", order);
	expect(opened, JSON.stringify(opened.body)).toMatchObject({ status: 201 });
	const { id, payment } = opened.body;
	await call(null, "POST", `/sandbox/payments/${payment.id}/confirm`, { outcome: "approve" });
	return await until(async () => {
		const { body } = await call(token, "GET", `/v1/checkouts/${id}`);
		return body.status === "completed" ? body : null;
	});
}

describe.concurrent("one unit and three shoppers at once", () => {
	test("promotes the second, who buys, when the first does not pay, though nobody asks", async () => {
		const sku = "unpaid";
		const { first, second, third, expiresAtMs } = await story(sku, { holdSeconds: 1, offerSeconds: 60 });
		const early = { lines: [{ sku, quantity: 1 }], email: "bob@example.com" };
		expect(await call(second.token, "POST", "/v1/checkouts", early)).toMatchObject({
			status: 409,
			body: { type: "/problems/lines-unavailable", lines: [{ sku, reason: "sold-out" }] },
		});

		// Any question to the SKU would bring its books up to the clock, so for two seconds none is asked.
		await sleep(expiresAtMs + 2_000 - Date.now());
		const askedAtMs = Date.now();
		const { entries } = (await merchant("GET", `${sku}/journal`)).body;
		const promoted = entries.find(({ kind }: { kind: string }) => kind === "promoted");
		expect(promoted).toMatchObject({ shopperId: second.shopperId });
		expect(Date.parse(promoted.at)).toBeGreaterThanOrEqual(expiresAtMs);
		expect(Date.parse(promoted.at)).toBeLessThan(askedAtMs);

		expect((await call(first.token, "GET", `/v1/reservations/${sku}`)).body.status).toBe("expired");
		expect((await call(third.token, "PUT", `/v1/reservations/${sku}`, { quantity: 1 })).status).toBe(409);
		const { payment } = await buy(second, sku);
		expect((await call(null, "GET", `/sandbox/payments/${payment.id}`)).body).toMatchObject({
			status: "captured",
			captured: { amount: 1999 },
		});
		expect((await merchant("GET", `${sku}/stock`)).body).toMatchObject({
			sold: 1,
			available: 0,
			held: 0,
			balanced: true,
		});
	});

	test("fills the pre-order of the second before any newcomer's wish, when the first has paid and 1 unit arrives", async () => {
		const sku = "paid";
		const preorder = { capacity: 1, termsVersion: "2026-12" };
		const { first, second, third } = await story(sku, { preorder });
		await buy(first, sku);
		const { orderId, lines } = await buy(second, sku, true);
		expect(lines).toMatchObject([{ fulfilment: "preorder", termsVersion: "2026-12" }]);

		const newcomers = [third, ...(await Promise.all(Array.from({ length: 9 }, newShopper)))];
		const ask = ({ token }: Shopper) => call(token, "PUT", `/v1/reservations/${sku}`, { quantity: 1 });
		const before = newcomers.slice(0, 5).map(ask);
		const restock = merchant("POST", `${sku}/restock`, { quantity: 1 });
		const after = newcomers.slice(5).map(ask);
		expect((await restock).body).toMatchObject({ filledPreorders: 1, promoted: 0, available: 0 });
		for (const { status } of await Promise.all([...before, ...after])) expect(status).toBe(409);

		await until(async () => {
			const { body } = await call(second.token, "GET", `/v1/orders/${orderId}`);
			return body.lines[0].preorder === "filled" ? body : null;
		});
		const inD1 = await until(async () => {
			const { body } = await call(server.env.ADMIN_TOKEN, "GET", `/admin/v1/preorders?sku=${sku}&status=filled`);
			return body.preorders.length > 0 ? body.preorders : null;
		});
		expect(inD1).toMatchObject([{ shopperId: second.shopperId, orderId, quantity: 1 }]);
		expect((await merchant("GET", `${sku}/stock`)).body).toMatchObject({ sold: 2, available: 0, balanced: true });
	});
});
