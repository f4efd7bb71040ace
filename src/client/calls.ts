/**
 * Sends the calls of one table of operations, and repeats those that may be repeated.
 *
 * - One call is one intent: its Idempotency-Key is made once and kept over every repetition.
 * - 429 and 503 are repeated after `Retry-After`, while the caller's patience lasts. Nothing was done.
 * - No answer at all is repeated only where a repetition does no harm: the call may have taken effect. A caller who can
 *   read what became of it reads first (`afterLostAnswer`).
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

/** `Found` is what `afterLostAnswer` finds; `never` without it. */
export interface CallOptions<Found = never> {
	/** Names the intent, so that it also survives a reload of the page. Without it the call makes one. */
	readonly idempotencyKey?: string;
	/** The tag of the state that the caller has seen: the server refuses if it has changed. */
	readonly ifMatch?: string;
	readonly signal?: AbortSignal;
	/** How long the call may be repeated. 0 answers at once. */
	readonly patienceMs?: number;
	/**
	 * What to do when the answer was lost, so that nobody knows whether the call took effect. `"repeat"`: the caller knows
	 * that a repetition does no harm. A function: it reads what became of the call, which comes back with what it found,
	 * and is repeated when it found null. Without it a call is repeated if it is not a POST, or has a key, and has no
	 * `ifMatch`.
	 */
	readonly afterLostAnswer?: "repeat" | (() => Promise<Found | null>);
}

/** Arguments of a call: what it needs may be left out where nothing is needed. */
type Arguments<Input, Found> =
	Record<never, never> extends Input
		? [input?: Input, options?: CallOptions<Found>]
		: [input: Input, options?: CallOptions<Found>];

/** A method for each operation of a table, named by its operation id. */
export type Calls<Types> = {
	readonly [Id in keyof Types]: Types[Id] extends {
		readonly input: infer Input;
		readonly data: infer Data;
		readonly problem: infer Problem;
	}
		? <Found = never>(...args: Arguments<Input, Found>) => Promise<Result<Data, Problem> | Found>
		: never;
};

export interface CallContext {
	/** Where the shop answers, without a slash at the end. */
	readonly origin: string;
	readonly fetch: typeof fetch;
	readonly patienceMs: number;
	/** How long one exchange may take; `Infinity` where `fetch` decides. */
	readonly timeoutMs: number;
	/** Whether a fault of the server (a 5xx that is not 503) is like a lost answer, or the end of the call. */
	readonly repeatsFaults: boolean;
	/** Headers of every call, who sends it first of all. */
	headers(): Promise<Readonly<Record<string, string>>>;
	/** The token in these headers was refused. @returns whether there is another one to try with */
	renew?(refused: Readonly<Record<string, string>>): Promise<boolean>;
}

/** What a merchant's and a shopper's client have in common. */
export interface ClientOptions {
	/** The shop's address, as in `https://shop.example`; by default the page's own. */
	readonly origin?: string;
	/** Sends every call. By default the runtime's own. */
	readonly fetch?: typeof fetch;
	/** How long a call may be repeated, in milliseconds. 15 s by default. */
	readonly patienceMs?: number;
	/** How long one exchange may take, in milliseconds; `Infinity` where `fetch` has a limit of its own. 20 s by default. */
	readonly timeoutMs?: number;
	/**
	 * Whether a fault of the server (a 5xx that is not 503) is repeated like a lost answer, as it is by default. With false
	 * it is thrown at once, for who wants to see each.
	 */
	readonly repeatsFaults?: boolean;
}

const PATIENCE_MS = 15_000;
/** A call that nothing answers is over after this. */
const TIMEOUT_MS = 20_000;

/** The options, with what is left out. */
export function contextOf(options: ClientOptions): Omit<CallContext, "headers" | "renew"> {
	const { location } = globalThis as { readonly location?: { readonly origin: string } };
	return {
		origin: (options.origin ?? location?.origin ?? "").replace(/\/$/, ""),
		// A browser's own fetch must not be called as a method of this object.
		fetch: options.fetch ?? ((input, init) => fetch(input, init)),
		patienceMs: options.patienceMs ?? PATIENCE_MS,
		timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
		repeatsFaults: options.repeatsFaults ?? true,
	};
}

/** The first pause before a call without an answer is repeated. It doubles, up to the second number. */
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;

/** Makes a method for each row of the table. */
export function makeCalls<Types extends { [Id in keyof Types]: OperationTypes[string] }>(
	table: { readonly [Id in keyof Types]: OperationRow },
	context: CallContext,
): Calls<Types> {
	const ids = Object.keys(table) as (keyof Types)[];
	const entries = ids.map((id) => [
		id,
		(input: Readonly<Record<string, unknown>> = {}, options: CallOptions<unknown> = {}) =>
			call(table[id], input, options, context),
	]);
	return Object.fromEntries(entries) as Calls<Types>;
}

async function call(
	row: OperationRow,
	input: Readonly<Record<string, unknown>>,
	options: CallOptions<unknown>,
	context: CallContext,
): Promise<unknown> {
	const [method, , , hasKey] = row;
	const { url, body } = addressOf(row, input, context.origin);
	const key = hasKey ? (options.idempotencyKey ?? crypto.randomUUID()) : null;
	// The same PUT or DELETE has the same effect twice, and a key makes a POST so. With `If-Match` nothing has: the first
	// one may have worked, and changed the tag.
	const isHarmless = (method !== "POST" || key !== null) && options.ifMatch === undefined;
	const { afterLostAnswer } = options;
	const isRepeatable = isHarmless || afterLostAnswer !== undefined;
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
			const isFinal = outcome.status !== null && !context.repeatsFaults;
			const leftMs = endsAtMs - Date.now();
			if (isFinal || !isRepeatable || leftMs <= 0) throw outcome;
			// What is left of the patience is enough for one more attempt.
			await pause(Math.min(withJitter(pauseMs), leftMs), options.signal);
			const found = typeof afterLostAnswer === "function" ? await afterLostAnswer() : null;
			if (found !== null) return found;
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
	const limits = [
		...(context.timeoutMs < Number.POSITIVE_INFINITY ? [AbortSignal.timeout(context.timeoutMs)] : []),
		...(signal ? [signal] : []),
	];
	try {
		const response = await context.fetch(url, { ...init, signal: limits.length > 0 ? AbortSignal.any(limits) : null });
		return await toResult(response);
	} catch (error) {
		signal?.throwIfAborted();
		if (error instanceof NoAnswerError) return error;
		const reason = error instanceof Error ? error.message : String(error);
		return new NoAnswerError(`no answer to ${init.method} ${url}: ${reason}`, null, { cause: error });
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
	const isProblem = type.startsWith("application/problem+json");
	const problem = isProblem ? ((await response.json()) as AnyProblem) : null;
	if (problem === null || (status >= 500 && status !== 503)) {
		throw new NoAnswerError(`the answer has the status ${status}`, status, { problem });
	}
	const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
	const retryAfterMs = Number.isFinite(seconds) ? Math.max(0, seconds) * 1000 : null;
	return { ok: false, status, problem, retryAfterMs };
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
