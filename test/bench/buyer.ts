/**
 * One purchase over HTTP, as a shopper's browser makes it: reserve, check out, pay, and read the completed checkout.
 */
import { type Answer, type Call, describe, type HttpClient } from "../../src/cli/http.ts";

/** Holds a unit, or what else is wanted. */
export async function reserveOne(
	client: HttpClient,
	token: string,
	sku: string,
	wanted: { readonly quantity: number; readonly wait?: boolean } = { quantity: 1 },
): Promise<void> {
	const status = wanted.wait ? 202 : 201;
	await expect(client, status, { method: "PUT", path: `/v1/reservations/${sku}`, token, json: wanted });
}

/** @returns the checkout's id, once it is completed */
export async function pay(client: HttpClient, token: string, sku: string, idempotencyKey: string): Promise<string> {
	const opened = await expect(client, 201, {
		...{ method: "POST", path: "/v1/checkouts", token, idempotencyKey },
		json: { lines: [{ sku, quantity: 1 }], email: "shopper@example.com" },
	});
	const { id, payment } = opened.body as { id: string; payment: { id: string } };
	await expect(client, 200, {
		...{ method: "POST", path: `/sandbox/payments/${payment.id}/confirm` },
		json: { outcome: "approve" },
	});
	const { body } = await expect(client, 200, { method: "GET", path: `/v1/checkouts/${id}`, token });
	const { status } = body as { status: string };
	if (status !== "completed") throw new Error(`a checkout that was paid is ${status}`);
	return id;
}

async function expect(client: HttpClient, status: number, call: Call): Promise<Answer> {
	const answer = await client.send(call);
	if (answer.status !== status) throw new Error(`${call.method} ${call.path} was answered ${describe(answer)}`);
	return answer;
}
