/** A server in this process: answers what a test has scripted, and keeps what was asked. */

export interface Asked {
	readonly method: string;
	readonly path: string;
	readonly headers: Headers;
	readonly body: unknown;
}

export type Scripted = Response | Error;

export const json = (data: unknown, status = 200, headers: Record<string, string> = {}): Response =>
	new Response(JSON.stringify(data), { status, headers: { "content-type": "application/json", ...headers } });

export const problem = (name: string, status: number, members: object = {}, headers: Record<string, string> = {}) =>
	new Response(JSON.stringify({ type: `/problems/${name}`, title: name, detail: "", status, ...members }), {
		status,
		headers: { "content-type": "application/problem+json", ...headers },
	});

export const lost = (): Error => new TypeError("fetch failed");

/** Answers the calls in order. A call beyond the script fails the test that made it. */
export function fakeServer(script: readonly (Scripted | ((asked: Asked) => Scripted))[]) {
	const asked: Asked[] = [];
	const rest = [...script];
	const fetch = async (input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
		const url = new URL(String(input));
		const call: Asked = {
			method: init.method ?? "GET",
			path: url.pathname + url.search,
			headers: new Headers(init.headers),
			body: typeof init.body === "string" ? JSON.parse(init.body) : null,
		};
		asked.push(call);
		const next = rest.shift();
		if (next === undefined) throw new Error(`nothing is scripted for ${call.method} ${call.path}`);
		const answer = typeof next === "function" ? next(call) : next;
		if (answer instanceof Error) throw answer;
		return answer;
	};
	return { fetch: fetch as typeof globalThis.fetch, asked };
}
