/** Writes a history down while it happens: each request before it is sent, each answer when it has come. */
import type { Answer, History, Operation, Promises, Request } from "./history.ts";

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** The recorder's clock: milliseconds since 1970, which nobody sets while it runs. */
export const nowMs = (): number => performance.timeOrigin + performance.now();

export interface Asked {
	readonly actor: string;
	readonly request: Request;
	/** The operation of which this is the same request again. */
	readonly repeats?: number | null;
	/** The answer gets lost on its way: it is written down that none came. */
	readonly isReplyLost?: boolean;
	/** The caller hangs up after this. */
	readonly cutAfterMs?: number | null;
}

/** An answer, and whatever the target gives along with it. */
export interface Reply {
	readonly answer: Answer;
	readonly order?: unknown;
}

export interface Recorded<R extends Reply> {
	readonly id: number;
	/** Null when no answer came. */
	readonly reply: R | null;
}

export class Recorder {
	/** Requests that got no answer though nobody cut the connection or lost the reply. */
	unanswered = 0;
	/** Why the first of them got none. */
	firstError: unknown = null;
	readonly #operations: Mutable<Operation>[] = [];
	readonly #stop: AbortSignal;

	/** @param stop aborted when the history is over before its end */
	constructor(stop: AbortSignal) {
		this.#stop = stop;
	}

	get size(): number {
		return this.#operations.length;
	}

	/** Sends a request, and writes down what came of it. It never throws. */
	async ask<R extends Reply>(asked: Asked, send: (signal: AbortSignal) => Promise<R>): Promise<Recorded<R>> {
		const { actor, request, repeats = null, isReplyLost = false, cutAfterMs = null } = asked;
		const id = this.#operations.length;
		const calledAtMs = nowMs();
		const operation: Mutable<Operation> = {
			...{ id, actor, request, repeats },
			...{ calledAtMs, endedAtMs: calledAtMs, answer: null },
		};
		this.#operations.push(operation);
		const cut = new AbortController();
		const cutter = cutAfterMs === null ? undefined : setTimeout(() => cut.abort(), cutAfterMs);
		try {
			const reply = await send(AbortSignal.any([this.#stop, cut.signal]));
			if (isReplyLost) return { id, reply: null };
			operation.answer = reply.answer;
			return { id, reply };
		} catch (error) {
			if (!cut.signal.aborted && !this.#stop.aborted) {
				this.unanswered += 1;
				this.firstError ??= error;
			}
			return { id, reply: null };
		} finally {
			clearTimeout(cutter);
			operation.endedAtMs = nowMs();
		}
	}

	history(seed: number, promises: Promises): History {
		return { seed, promises, operations: [...this.#operations] };
	}
}
