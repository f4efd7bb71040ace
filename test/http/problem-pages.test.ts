/** What somebody with a browser gets: a page for each problem, for an address with nothing, and for a shop not set up. */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { createApp } from "../../src/http/app.ts";
import { PROBLEM_TEXTS } from "../../src/http/problem-texts.ts";
import { PROBLEM_NAMES, problemStatus, problemTitle } from "../../src/http/problems.ts";
import { NO_DATABASE } from "../support/counted.ts";
import { call, callWith, expectProblem, ORIGIN } from "../support/http.ts";

/** As browsers ask for a page. */
const ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
const app = createApp({ batching: false });

/** Opens an address in a browser, at a deployment with these bindings in place of its own. */
async function open(path: string, bindings: Readonly<Record<string, unknown>> = {}, inApp = app) {
	const ctx = createExecutionContext();
	const request = new Request(`${ORIGIN}${path}`, { headers: { accept: ACCEPT } });
	const response = await inApp.fetch(request, { ...env, ...bindings } as Env, ctx);
	const html = await response.text();
	await waitOnExecutionContext(ctx);
	const text = html.replace(/<[^>]*>/g, "").replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
	return { status: response.status, headers: response.headers, html, text };
}

const plain = (text: string): string => text.replaceAll("`", "");

describe("GET /problems/{name}", () => {
	it.each(PROBLEM_NAMES)("explains %s: what it means, what to do, and each member", async (name) => {
		const { status, headers, html, text } = await open(`/problems/${name}`);
		expect([status, headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
		expect(headers.get("content-security-policy")).toMatch(/default-src 'none'.*script-src 'self'/);
		expect(html).toMatch(/<link rel="stylesheet"/);
		expect(html).not.toMatch(/<script|\sstyle=/);
		for (const part of [problemTitle(name), name, PROBLEM_TEXTS[name].means, PROBLEM_TEXTS[name].next]) {
			expect(text).toContain(plain(part));
		}
		expect(text).toContain(String(problemStatus(name)));
		// Each member says what it is for.
		expect(html).not.toMatch(/<dd>\s*<span/);
	});

	it("names the members that the OpenAPI document has, and which of them may be absent", async () => {
		const { text } = await open("/problems/sold-out");
		expect(text).toContain("skuThe SKU that it is about. string");
		expect(text).toContain("preorderPresent when the SKU takes pre-orders. object; may be absent");
		expect((await open("/problems/no-reservation")).text).toMatch(/lastStatus.*waiting, held/);
		expect((await open("/problems/unauthorized")).text).toContain("It has no others.");
	});

	it("is where the type of each problem leads", async () => {
		const { body } = await call("GET", "/v1/products/nothing-has-this-name");
		expect(await open(body.type)).toMatchObject({ status: 200, text: expect.stringContaining("SKU not found") });
	});

	it("is 404 for a name that no problem has, and 405 for another method", async () => {
		expect(await open("/problems/nothing")).toMatchObject({ status: 404 });
		expectProblem(await call("GET", "/problems/constructor"), 404, "not-found");
		expectProblem(await call("POST", "/problems/sold-out"), 405, "method-not-allowed");
	});
});

describe("an address at which there is nothing", () => {
	it("is a page with a way back to somebody with a browser, and problem details to everybody else", async () => {
		const { status, headers, html, text } = await open("/nothing/<script>alert(1)</script>");
		expect([status, headers.get("content-type"), headers.get("vary")]).toEqual([
			404,
			"text/html; charset=utf-8",
			"accept",
		]);
		expect(text).toContain("There is nothing here");
		expect(html).toMatch(/<a class="button primary" href="\/">/);
		expect(html).not.toContain("<script");
		expectProblem(await call("GET", "/nothing"), 404, "not-found");
		expectProblem(await call("GET", "/nothing", { headers: { accept: "*/*" } }), 404, "not-found");
		expectProblem(await call("POST", "/nothing", { headers: { accept: ACCEPT } }), 404, "not-found");
	});

	it.each(["/v1/nothing", "/v1/products/nothing", "/v1/reservations/x", "/admin/v1/orders", "/webhooks/stripe"])(
		"is problem details at %s, an address of the API, to a browser too",
		async (path) => {
			const { headers } = await open(path);
			expect(headers.get("content-type")).toBe("application/problem+json");
		},
	);
});

describe("a page of a shop that is not set up", () => {
	/** A D1 that no migration has seen. */
	const EMPTY = {
		prepare: () => {
			const fail = async () => {
				throw new Error("D1_ERROR: no such table: products: SQLITE_ERROR");
			};
			return { bind: () => ({ first: fail, all: fail, run: fail }), first: fail };
		},
	};
	const SHOP = ["/", "/products/lamp", "/orders", "/checkout/co_1"];

	it.each([...SHOP, "/admin"])("says at %s how the database gets its tables", async (path) => {
		const { status, headers, text } = await open(path, { DB: EMPTY }, createApp({ batching: false }));
		expect([status, headers.get("content-type")]).toEqual([503, "text/html; charset=utf-8"]);
		expect(headers.get("retry-after")).toMatch(/^\d+$/);
		expect(text).toContain("npx wrangler d1 migrations apply DB --remote");
	});

	it.each(SHOP)("says at %s how shoppers' secret is set", async (path) => {
		const { status, text } = await open(path, { SHOPPER_TOKEN_SECRET: undefined });
		expect([status, text]).toEqual([503, expect.stringContaining("npx wrangler secret put SHOPPER_TOKEN_SECRET")]);
	});

	it("says at /admin how the merchant's is, unless Cloudflare Access lets merchants in", async () => {
		const { status, text } = await open("/admin", { ADMIN_TOKEN: "hunter2" });
		expect([status, text]).toEqual([503, expect.stringContaining("npx wrangler secret put ADMIN_TOKEN")]);
		expect(text).not.toContain("hunter2");
		const access = { ACCESS_TEAM_URL: "https://team.cloudflareaccess.com", ACCESS_AUDIENCE: "a" };
		expect(await open("/admin", { ADMIN_TOKEN: undefined, ...access })).toMatchObject({ status: 200 });
	});

	it("tells a client of the API the same, as problem details", async () => {
		const problem = await callWith({ DB: EMPTY }, "GET", "/v1/products?limit=7");
		expectProblem(problem, 503, "not-configured", { detail: expect.stringContaining("migrations apply") });
	});

	it("is shown while D1 is away, and where the deployment is whole", async () => {
		expect(await open("/", { DB: NO_DATABASE }, createApp({ batching: false }))).toMatchObject({ status: 200 });
		expect(await open("/")).toMatchObject({ status: 200 });
		expect(await open("/admin")).toMatchObject({ status: 200 });
	});
});
