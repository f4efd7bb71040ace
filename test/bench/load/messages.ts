/** What the bench and its load generator, a process of its own, say to each other. */

/** One request, sent over and over on each connection as soon as the last one was answered. */
export interface LoadOrder {
	readonly port: number;
	readonly connections: number;
	/** Not measured: caches fill, code gets compiled. */
	readonly warmMs: number;
	readonly measureMs: number;
	readonly request: {
		readonly method: "GET" | "PUT" | "POST";
		readonly path: string;
		readonly body: string | null;
		/** Each request comes from a shopper never seen before, with a token signed with this; null for no token. */
		readonly tokenSecret: string | null;
	};
	/** Requests to prepare at most, or to send in all; the load ends when they are used up. */
	readonly atMost: number;
}

export interface LoadResult {
	readonly answered: number;
	readonly seconds: number;
	readonly perSecond: number;
	readonly p50Ms: number;
	readonly p99Ms: number;
	/** Answers by status, those before the measured time included. */
	readonly statuses: Readonly<Record<number, number>>;
}

export type LoadReply =
	| { readonly ok: true; readonly result: LoadResult }
	| { readonly ok: false; readonly fault: string };
