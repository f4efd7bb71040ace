/** What a call comes back with: data, or a problem that the API documents for it. */

/** The server did it. */
export interface Success<Data> {
	readonly ok: true;
	readonly status: number;
	readonly data: Data;
	/** For `ifMatch` of a later call; null where the resource has no tag. */
	readonly etag: string | null;
}

/**
 * The server refused. `problem.type` tells the problems apart, each with members of its own:
 * `if (!result.ok && result.problem.type === "/problems/sold-out") result.problem.preorder`.
 */
export interface Refused<Problem> {
	readonly ok: false;
	readonly status: number;
	readonly problem: Problem;
	/** When asking again makes sense, in milliseconds from now; null when the server did not say. */
	readonly retryAfterMs: number | null;
}

export type Result<Data, Problem> = Success<Data> | Refused<Problem>;

/** The members that every problem has (RFC 9457). */
export interface AnyProblem {
	readonly type: string;
	readonly title: string;
	readonly detail: string;
	readonly status: number;
	readonly requestId?: string;
}

/**
 * No usable answer: the network failed, or somebody between here and the shop answered in its place. The call may or
 * may not have taken effect.
 */
export class NoAnswerError extends Error {
	override readonly name = "NoAnswerError";
	/** The status of an answer that is not the API's; null when nothing came. */
	readonly status: number | null;

	/** What the server says of its fault, with the `requestId` to ask for help with; null when it did not answer. */
	readonly problem: AnyProblem | null;

	constructor(message: string, status: number | null, from: { cause?: unknown; problem?: AnyProblem | null } = {}) {
		super(message, { cause: from.cause });
		this.status = status;
		this.problem = from.problem ?? null;
	}
}

/** A refusal that the caller did not want to handle: `unwrap` throws it. */
export class ProblemError extends Error {
	override readonly name = "ProblemError";
	readonly problem: AnyProblem;

	constructor(problem: AnyProblem) {
		super(`${problem.title}: ${problem.detail}`);
		this.problem = problem;
	}
}

/** The data of a call that must have worked. @throws ProblemError when it was refused */
export function unwrap<Data>(result: Result<Data, AnyProblem>): Data {
	if (result.ok) return result.data;
	throw new ProblemError(result.problem);
}
