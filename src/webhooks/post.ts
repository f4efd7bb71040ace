/** One attempt at a delivery: a signed request to the receiver, and nothing of its answer but the status. */
import { WEBHOOK_TIMEOUT_MS } from "../limits.ts";
import { addressRefusal } from "./rules/address.ts";
import type { Answer } from "./rules/delivery.ts";
import { signedHeaders } from "./signature.ts";

interface Message {
	readonly id: string;
	readonly body: string;
	readonly secrets: readonly string[];
	readonly atMs: number;
}

/** Never throws: what went wrong is an answer too. @param isLocal any address may be called */
export async function post(url: string, isLocal: boolean, { id, body, secrets, atMs }: Message): Promise<Answer> {
	// The rules may have changed since the endpoint was created, and so may its URL.
	if (addressRefusal(url, isLocal) !== null) return { kind: "error", error: "forbidden-address" };
	try {
		const headers = {
			...{ "content-type": "application/json", "user-agent": "Holdfast-Webhooks" },
			...(await signedHeaders(secrets, id, atMs, body)),
		};
		const signal = AbortSignal.timeout(WEBHOOK_TIMEOUT_MS);
		const response = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal });
		// The body is the receiver's own affair, and may be endless.
		await response.body?.cancel();
		return { kind: "answered", status: response.status, retryAfterMs: retryAfterMs(response.headers, Date.now()) };
	} catch (error) {
		const isLate = error instanceof Error && error.name === "TimeoutError";
		return { kind: "error", error: isLate ? "timeout" : "unreachable" };
	}
}

/** `Retry-After` as seconds or as a date (RFC 9110, section 10.2.3); null when it says nothing. */
function retryAfterMs(headers: Headers, nowMs: number): number | null {
	const text = headers.get("retry-after")?.trim() ?? "";
	const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - nowMs;
	return Number.isFinite(ms) ? ms : null;
}
