/**
 * A small JSON client for one origin that keeps its connections open.
 *
 * An answer is never an exception, whatever its status: a refusal is an answer. Only a call that got no whole answer
 * throws, as `NoAnswer`, because then nobody knows whether it took effect. Retries are left to the caller, who knows
 * what was asked.
 */
import { Agent, errors, request } from "undici";

export interface Answer {
	readonly status: number;
	readonly headers: Readonly<Record<string, string | string[] | undefined>>;
	/** The parsed JSON; undefined when the body is not JSON. */
	readonly body: unknown;
}

export interface Call {
	readonly method: "GET" | "PUT" | "POST" | "DELETE";
	readonly path: string;
	readonly token?: string;
	readonly idempotencyKey?: string;
	readonly json?: unknown;
}

/** The connection failed, or the answer did not come in time. */
export class NoAnswer extends Error {}

const CALL_TIMEOUT_MS = 30_000;

export class HttpClient {
	readonly #origin: string;
	readonly #agent: Agent;

	constructor(origin: string, connections: number) {
		this.#origin = new URL(origin).origin;
		this.#agent = new Agent({
			connections,
			connect: { timeout: CALL_TIMEOUT_MS },
			headersTimeout: CALL_TIMEOUT_MS,
			bodyTimeout: CALL_TIMEOUT_MS,
		});
	}

	/** @throws NoAnswer */
	async send(call: Call): Promise<Answer> {
		const { method, path, json } = call;
		try {
			const { statusCode, headers, body } = await request(this.#origin + path, {
				...{ dispatcher: this.#agent, method, headers: headersOf(call) },
				body: json === undefined ? null : JSON.stringify(json),
			});
			return { status: statusCode, headers, body: parsed(await body.text()) };
		} catch (error) {
			// A mistake in the call itself, such as a line break in the token: it was never sent.
			if (error instanceof errors.InvalidArgumentError) throw error;
			throw new NoAnswer(`${method} ${path}: ${reasonOf(error as Error)}`, { cause: error });
		}
	}

	/** Calls in flight end as `NoAnswer`. */
	close(): void {
		void this.#agent.destroy();
	}
}

function reasonOf(error: Error): string {
	const isTimeout = error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError;
	return isTimeout ? `no answer within ${CALL_TIMEOUT_MS / 1000} s` : error.message;
}

function headersOf({ json, token, idempotencyKey }: Call): Record<string, string> {
	return {
		accept: "application/json",
		...(json === undefined ? {} : { "content-type": "application/json" }),
		...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
		...(idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey }),
	};
}

function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

/** One line about an answer that was not expected: `503 overloaded: Try again.` */
export function describe(answer: Answer): string {
	const problem = (answer.body ?? {}) as { type?: unknown; title?: unknown; detail?: unknown };
	const name = typeof problem.type === "string" ? problem.type.replace("/problems/", "") : "";
	return [`${answer.status}`, name, problem.detail ?? problem.title ?? ""].filter(Boolean).join(" ");
}
