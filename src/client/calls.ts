/**
 * Sends the calls of one table of operations, and repeats those that may be repeated.
 *
 * - One call is one intent: its Idempotency-Key is made once and kept over every repetition.
 * - 429 and 503 are repeated after `Retry-After`, while the caller's patience lasts. Nothing was done.
 * - No answer at all is repeated only where a repetition does no harm: the call may have taken effect.
 */
import { type AnyProblem, NoAnswerError, type Result } from "./result.ts";

/** Method, path, names of the query, whether it takes an Idempotency-Key, whether it has a body. */
export type OperationRow = readonly [
	method: string,
	path: string,
	query: readonly string[],
	hasKey: boolean,
	hasBody: boolean,
];
export type OperationTable = Readonly<Record<string, OperationRow>>;
type OperationTypes = {
	readonly [id: string]: { readonly input: unknown; readonly data: unknown; readonly problem: unknown };
};

export interface CallOptions {
	/** Names the intent, so that it also survives a reload of the page. Without it the call makes one. */
	readonly idempotencyKey?: string;
	/** The tag of the state that the caller has seen: the server refuses if it has changed. */
	readonly ifMatch?: string;
	readonly signal?: AbortSignal;
	/** How long the call may be repeated. 0 answers at once. */
	readonly patienceMs?: number;
}

/** Arguments of a call: what it needs may be left out where nothing is needed. */
type Arguments<Input> =
	Record<never, never> extends Input ? [input?: Input, options?: CallOptions] : [input: Input, options?: CallOptions];

/** A method for each operation of a table, named by its operation id. */
export type Calls<Types> = {
	readonly [Id in keyof Types]: Types[Id] extends {
		readonly input: infer Input;
		readonly data: infer Data;
		readonly problem: infer Problem;
	}
		? (...args: Arguments<Input>) => Promise<Result<Data, Problem>>
		: never;
};

export interface CallContext {
	/** Where the shop answers, without a slash at the end. */
	readonly origin: string;
	readonly fetch: typeof fetch;
	readonly patienceMs: number;
	/** Headers of every call, who sends it first of all. */
	headers(): Promise<Readonly<Record<string, string>>>;
	/** The token in these headers was refused. @returns whether there is another one to try with */
	renew?(refused: Readonly<Record<string, string>>): Promise<boolean>;
}

/** Where to ask: the address that was given, or the page's own. Without a slash at the end. */
export function originOf(given: string | undefined): string {
	const { location } = globalThis as { readonly location?: { readonly origin: string } };
	return (given ?? location?.origin ?? "").replace(/\/$/, "");
}

/** The first pause before a call without an answer is repeated. It doubles, up to the second number. */
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;
/** A call that nothing answers is over after this. */
const TIMEOUT_MS = 20_000;

/** Makes a method for each row of the table. */
export function makeCalls<Types extends { [Id in keyof Types]: OperationTypes[string] }>(
	table: { readonly [Id in keyof Types]: OperationRow },
	context: CallContext,
): Calls<Types> {
	const ids = Object.keys(table) as (keyof Types)[];
	const entries = ids.map((id) => [
		id,
		(input: Readonly<Record<string, unknown>> = {}, options: CallOptions = {}) =>
			call(table[id], input, options, context),
	]);
	return Object.fromEntries(entries) as Calls<Types>;
}

async function call(
	row: OperationRow,
	input: Readonly<Record<string, unknown>>,
	options: CallOptions,
	context: CallContext,
): Promise<Result<unknown, AnyProblem>> {
	const [method, , , hasKey] = row;
	const { url, body } = addressOf(row, input, context.origin);
	const key = hasKey ? (options.idempotencyKey ?? crypto.randomUUID()) : null;
	// The same PUT or DELETE has the same effect twice, and a key makes a POST so. With `If-Match` nothing has: the first
	// one may have worked, and changed the tag.
	const isRepeatable = (method !== "POST" || key !== null) && options.ifMatch === undefined;
	const endsAtMs = Date.now() + (options.patienceMs ?? context.patienceMs);
	let hasRenewed = false;
	for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
		const identity = await context.headers();
		const headers: Record<string, string> = { ...identity };
		if (body !== null) headers["content-type"] = "application/json";
		if (key !== null) headers["idempotency-key"] = key;
		if (options.ifMatch !== undefined) headers["if-match"] = options.ifMatch;
		const outcome = await send(context, url, { method, headers, body }, options.signal);
		if (outcome instanceof NoAnswerError) {
			if (!isRepeatable || Date.now() + pauseMs > endsAtMs) throw outcome;
			await pause(withJitter(pauseMs), options.signal);
			continue;
		}
		if (!outcome.ok && outcome.status === 401 && context.renew && !hasRenewed) {
			hasRenewed = true;
			if (await context.renew(identity)) continue;
		}
		if (outcome.ok || !isForLater(outcome)) return outcome;
		const laterMs = Math.max(outcome.retryAfterMs ?? 0, pauseMs);
		if (Date.now() + laterMs > endsAtMs) return outcome;
		// Later than asked for, never sooner.
		await pause(laterMs + Math.random() * Math.min(laterMs, 1_000), options.signal);
	}
}

const isForLater = ({ status, problem }: { readonly status: number; readonly problem: AnyProblem }): boolean =>
	status === 429 ||
	(status === 503 && problem.type !== "/problems/not-configured") ||
	problem.type === "/problems/idempotency-key-in-flight";

function addressOf([, path, query, , hasBody]: OperationRow, input: Readonly<Record<string, unknown>>, origin: string) {
	const rest = { ...input };
	const take = (name: string): unknown => {
		const value = rest[name];
		delete rest[name];
		return value;
	};
	const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(take(name))));
	const search = new URLSearchParams();
	for (const name of query) {
		const value = take(name);
		if (value !== undefined && value !== null) search.set(name, String(value));
	}
	const suffix = search.size > 0 ? `?${search}` : "";
	return { url: `${origin}${filled}${suffix}`, body: hasBody ? JSON.stringify(rest) : null };
}

async function send(
	context: CallContext,
	url: string,
	init: { method: string; headers: Record<string, string>; body: string | null },
	signal: AbortSignal | undefined,
): Promise<Result<unknown, AnyProblem> | NoAnswerError> {
	signal?.throwIfAborted();
	const limits = [AbortSignal.timeout(TIMEOUT_MS), ...(signal ? [signal] : [])];
	try {
		const response = await context.fetch(url, { ...init, signal: AbortSignal.any(limits) });
		return await toResult(response);
	} catch (error) {
		signal?.throwIfAborted();
		return error instanceof NoAnswerError ? error : new NoAnswerError(`no answer from ${url}`, null, error);
	}
}

async function toResult(response: Response): Promise<Result<unknown, AnyProblem>> {
	const { status } = response;
	const type = response.headers.get("content-type") ?? "";
	if (response.ok) {
		const data: unknown = type.startsWith("application/json") ? await response.json() : null;
		return { ok: true, status, data, etag: response.headers.get("etag") };
	}
	// A fault of the server, or an answer of something in between, is no refusal: nobody knows what was done.
	if (!type.startsWith("application/problem+json") || (status >= 500 && status !== 503)) {
		throw new NoAnswerError(`the answer has the status ${status}`, status);
	}
	const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
	const retryAfterMs = Number.isFinite(seconds) ? Math.max(0, seconds) * 1000 : null;
	return { ok: false, status, problem: (await response.json()) as AnyProblem, retryAfterMs };
}

const withJitter = (ms: number): number => ms * (0.5 + Math.random());

/** @throws the signal's reason when it is aborted meanwhile */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
	return new Promise((resolve, reject) => {
		const stop = () => {
			clearTimeout(timer);
			reject(signal?.reason);
		};
		const timer = setTimeout(() => {
			signal?.removeEventListener("abort", stop);
			resolve();
		}, ms);
		if (signal?.aborted) stop();
		else signal?.addEventListener("abort", stop, { once: true });
	});
}
