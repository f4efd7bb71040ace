/**
 * HTTP requests of the tests in workerd, to the Worker beside the real objects.
 *
 * `call` and `callWith` compare each response with what its route declares: the zod schemas from which `/openapi.json`
 * is made. A member that is not declared fails the test, and so does an error that is not a problem of RFC 9457.
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
	/** The Idempotency-Key header. */
	readonly key?: string;
	readonly json?: unknown;
	/** Sent unchanged, in place of `json`. */
	readonly body?: BodyInit;
	readonly headers?: Readonly<Record<string, string>>;
}

export interface HttpResponse<T> {
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

/** Sends a request to the Worker, as the internet does. */
export async function call<T = ProblemBody>(
	method: string,
	path: string,
	options: CallOptions = {},
): Promise<HttpResponse<T>> {
	return checkedResponse<T>(method, path, await exports.default.fetch(requestOf(method, path, options)));
}

/** Sends a request straight to the app, with these bindings in place of its own. */
export async function callWith<T = ProblemBody>(
	bindings: Readonly<Record<string, unknown>>,
	method: string,
	path: string,
	options: CallOptions = {},
): Promise<HttpResponse<T>> {
	const ctx = createExecutionContext();
	const response = await app.fetch(requestOf(method, path, options), { ...env, ...bindings } as Env, ctx);
	await waitOnExecutionContext(ctx);
	return checkedResponse<T>(method, path, response);
}

/** Reads the response to `method path`, and compares it with what that route declares. */
async function checkedResponse<T>(method: string, path: string, response: Response): Promise<HttpResponse<T>> {
	const text = await response.text();
	const isText = response.headers.get("content-type")?.startsWith("text/plain") ?? false;
	const body = text === "" ? null : isText ? text : JSON.parse(text);
	expectDeclared(method, new URL(path, ORIGIN).pathname, response, body);
	return { status: response.status, headers: response.headers, body: body as T };
}

/** Expects the problem of this name, with at least these members of its own. */
export function expectProblem(
	response: HttpResponse<unknown>,
	status: number,
	name: string,
	members: Record<string, unknown> = {},
): void {
	expect(response).toMatchObject({ status, body: { type: `/problems/${name}`, status, ...members } });
}
