/** Messages between the bench and its load generator, a process of its own. */

/** One request, repeated on each connection as soon as the last one was answered. */
export interface LoadOrder {
	readonly port: number;
	readonly connections: number;
	/** Time before the measured one, in which caches fill and code is compiled. */
	readonly warmMs: number;
	readonly measureMs: number;
	readonly request: {
		readonly method: "GET" | "PUT" | "POST";
		readonly path: string;
		readonly body: string | null;
		/** One request in `every` has this body instead. */
		readonly sometimes?: { readonly every: number; readonly body: string };
		/** Signs a token of a new shopper for each request; null for requests without a token. */
		readonly tokenSecret: string | null;
	};
	/** The load ends after so many requests, which are all prepared before it. */
	readonly atMost: number;
}

export interface LoadResult {
	readonly answered: number;
	readonly seconds: number;
	readonly perSecond: number;
	readonly p50Ms: number;
	readonly p99Ms: number;
	/** Answers by status, including those before the measured time. */
	readonly statuses: Readonly<Record<number, number>>;
}

export type LoadReply =
	| { readonly ok: true; readonly result: LoadResult }
	| { readonly ok: false; readonly error: string };
