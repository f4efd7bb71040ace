/** `FastRouter` finds what Hono's slow router finds: for each address that there is, for its neighbours, by each method. */
import type { Router } from "hono/router";
import { UnsupportedPathError } from "hono/router";
import { TrieRouter } from "hono/router/trie-router";
import { describe, expect, it } from "vitest";
import { createApp } from "../../src/http/app.ts";
import { FastRouter } from "../../src/http/router.ts";

const { routes } = createApp({ batching: false });
const METHODS = [...new Set(routes.map(({ method }) => method)), "HEAD", "PROPFIND"];
// Without ":id" and "*": as an address the slow one takes them for its own marks.
const VALUES = ["x", "erase", "a.b_c-d", "%2F", "%E2%82%AC"];

function filled<R extends Router<number>>(router: R): R {
	for (const [index, { method, path }] of routes.entries()) router.add(method, path, index);
	return router;
}

/** What is called, in order, and with which parameters. */
function found(router: Router<number>, method: string, path: string): unknown {
	const [handlers, values] = router.match(method, path);
	return handlers.map(([handler, params]) => {
		const entries = Object.entries(params).map(([name, at]) => [name, typeof at === "number" ? values?.[at] : at]);
		return [handler, Object.fromEntries(entries)];
	});
}

describe("the fast router", () => {
	it("calls the same handlers with the same parameters as the slow one", () => {
		const fast = filled(new FastRouter<number>());
		const slow = filled(new TrieRouter<number>());
		const declared = routes.flatMap(({ path }) =>
			VALUES.map((value) => path.replaceAll(/:\w+/g, value).replace(/\*$/, value)),
		);
		const paths = [...new Set(declared)].flatMap((path) => [
			path,
			`${path}/`,
			`${path}/more`,
			`/more${path}`,
			`${path}x`,
		]);
		for (const path of paths)
			for (const method of METHODS)
				expect(found(fast, method, path), `${method} ${path}`).toEqual(found(slow, method, path));
		expect(paths.length).toBeGreaterThan(1000);
	});

	it("refuses a parameter that is declared after a name in its place", () => {
		const router = new FastRouter<number>();
		router.add("POST", "/shoppers/erase", 1);
		expect(() => router.add("POST", "/shoppers/:id/erase", 2)).toThrow(UnsupportedPathError);
	});
});
