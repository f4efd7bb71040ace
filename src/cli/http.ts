/**
 * A small JSON-over-HTTP client for the tools: one origin, connections kept open, answers as they came.
 *
 * What it keeps true: a status is never an exception, since a refusal is an answer; only a call that got no answer at all
 * throws, as `NoAnswer`, because then nobody knows whether it took effect. Not here: retries, which depend on what was asked.
 */
import http from "node:http";
import https from "node:https";

export interface Answer {
	readonly status: number;
	readonly headers: http.IncomingHttpHeaders;
	/** The parsed JSON; undefined when the body was none. */
	readonly body: unknown;
}

export interface Call {
	readonly method: "GET" | "PUT" | "POST" | "DELETE";
	readonly path: string;
	readonly token?: string;
	readonly idempotencyKey?: string;
	readonly json?: unknown;
}

export class NoAnswer extends Error {}

const CALL_TIMEOUT_MS = 30_000;

export class HttpClient {
	readonly #origin: URL;
	readonly #agent: http.Agent;
	readonly #request: typeof http.request;

	constructor(origin: string, connections: number) {
		this.#origin = new URL(origin);
		const module = this.#origin.protocol === "https:" ? https : http;
		this.#agent = new module.Agent({ keepAlive: true, maxSockets: connections });
		this.#request = module.request;
	}

	send(call: Call): Promise<Answer> {
		const payload = call.json === undefined ? undefined : JSON.stringify(call.json);
		return new Promise((resolve, reject) => {
			const fail = (cause: Error) => reject(new NoAnswer(`${call.method} ${call.path}: ${cause.message}`, { cause }));
			const request = this.#request(
				new URL(call.path, this.#origin),
				{ method: call.method, agent: this.#agent, headers: headersOf(call, payload), timeout: CALL_TIMEOUT_MS },
				(response) => {
					const chunks: Buffer[] = [];
					response.on("data", (chunk: Buffer) => chunks.push(chunk));
					response.on("error", fail);
					response.on("end", () => {
						const body = parsed(Buffer.concat(chunks).toString("utf8"));
						resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
					});
				},
			);
			request.on("timeout", () => request.destroy(new Error(`no answer within ${CALL_TIMEOUT_MS / 1000} s`)));
			request.on("error", fail);
			request.end(payload);
		});
	}

	close(): void {
		this.#agent.destroy();
	}
}

function headersOf(call: Call, payload: string | undefined): http.OutgoingHttpHeaders {
	return {
		accept: "application/json",
		...(payload === undefined
			? {}
			: { "content-type": "application/json", "content-length": Buffer.byteLength(payload) }),
		...(call.token === undefined ? {} : { authorization: `Bearer ${call.token}` }),
		...(call.idempotencyKey === undefined ? {} : { "idempotency-key": call.idempotencyKey }),
	};
}

function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

/** A readable line about an answer nobody expected: `503 overloaded: Try again.` */
export function describe(answer: Answer): string {
	const problem = (answer.body ?? {}) as { type?: unknown; title?: unknown; detail?: unknown };
	const name = typeof problem.type === "string" ? problem.type.replace("/problems/", "") : "";
	return [`${answer.status}`, name, problem.detail ?? problem.title ?? ""].filter(Boolean).join(" ");
}
