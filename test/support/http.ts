/**
 * HTTP requests of the tests in workerd, to the Worker beside the real objects.
 *
 * `call` and `callWith` compare each response with what its route declares: the zod schemas from which `/openapi.json` is
 * made. A member that is not declared fails the test, and so does an error that is not a problem of RFC 9457.
 */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { expect } from "vitest";
import { expectDeclared, type ProblemBody } from "./contract.ts";
import { app } from "./worker.ts";

export const ORIGIN = "https://shop.example";
export const ADMIN = env.ADMIN_TOKEN;

export interface CallOptions {
	readonly token?: string;
	/** Idempotency-Key. */
	readonly key?: string;
	readonly json?: unknown;
	/** Sent as it is, in place of `json`. */
	readonly body?: BodyInit;
	readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer<T> {
	readonly status: number;
	readonly headers: Headers;
	readonly body: T;
}

function requestOf(method: string, path: string, options: CallOptions): Request {
	const headers = new Headers(options.headers);
	if (options.token !== undefined) headers.set("authorization", `Bearer ${options.token}`);
	if (options.key !== undefined) headers.set("idempotency-key", options.key);
	if (options.json !== undefined && !headers.has("content-type")) headers.set("content-type", "application/json");
	const body = options.body ?? (options.json === undefined ? null : JSON.stringify(options.json));
	return new Request(`${ORIGIN}${path}`, { method, headers, body });
}

/** One request, through the door that the internet uses. */
export async function call<T = ProblemBody>(
	method: string,
	path: string,
	options: CallOptions = {},
): Promise<Answer<T>> {
	return declared<T>(method, path, await exports.default.fetch(requestOf(method, path, options)));
}

/** One request to the app itself, with these in its environment in place of what is there. */
export async function callWith<T = ProblemBody>(
	bindings: Readonly<Record<string, unknown>>,
	method: string,
	path: string,
	options: CallOptions = {},
): Promise<Answer<T>> {
	const ctx = createExecutionContext();
	const response = await app.fetch(requestOf(method, path, options), { ...env, ...bindings } as Env, ctx);
	await waitOnExecutionContext(ctx);
	return declared<T>(method, path, response);
}

/** Reads an answer to `method path`, and holds it against the contract. */
async function declared<T>(method: string, path: string, response: Response): Promise<Answer<T>> {
	const text = await response.text();
	const body = text === "" ? null : JSON.parse(text);
	expectDeclared(method, new URL(path, ORIGIN).pathname, response, body);
	return { status: response.status, headers: response.headers, body: body as T };
}

/** The answer is the problem of this name, with at least these members of its own. */
export function expectProblem(
	answer: Answer<unknown>,
	status: number,
	name: string,
	members: Record<string, unknown> = {},
): void {
	expect(answer).toMatchObject({ status, body: { type: `/problems/${name}`, status, ...members } });
}
