/** Cloudflare Turnstile in front of new shoppers: asked where it is configured, and never passed without a yes. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { callWith, expectProblem } from "../support/http.ts";

const SECRET = "1x0000000000000000000000000000000AA";
const configured = { TURNSTILE_SECRET_KEY: SECRET, TURNSTILE_SITE_KEY: "1x00000000000000000000AA" };

afterEach(() => vi.unstubAllGlobals());

/** Stands in for Turnstile's server. @returns what it was asked */
function turnstile(answer: () => Response | Promise<Response>): { readonly url: string; readonly form: object }[] {
	const asked: { url: string; form: object }[] = [];
	vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
		asked.push({ url, form: Object.fromEntries(init.body as URLSearchParams) });
		return answer();
	});
	return asked;
}
const yes = () => Response.json({ success: true, hostname: "shop.example" });
const no = (...codes: string[]) => Response.json({ success: false, "error-codes": codes });

const become = (json?: object, vars: Record<string, string> = configured) =>
	callWith<{ token?: string }>(vars, "POST", "/v1/shoppers", json === undefined ? {} : { json });

describe("POST /v1/shoppers where Turnstile is configured", () => {
	it("makes a shopper of who solved the challenge, and tells Turnstile nothing but the answer", async () => {
		const asked = turnstile(yes);
		expect(await become({ turnstileToken: "solved" })).toMatchObject({ status: 201 });
		const url = "https://challenges.cloudflare.com/turnstile/v0/siteverify";
		expect(asked).toEqual([{ url, form: { secret: SECRET, response: "solved" } }]);
	});

	it("asks for the challenge first, and says which, without asking Turnstile", async () => {
		const asked = turnstile(yes);
		for (const json of [undefined, {}]) {
			const answer = await become(json);
			expectProblem(answer, 403, "challenge-required");
			expect(answer.body).toMatchObject({ siteKey: configured.TURNSTILE_SITE_KEY });
		}
		expect(asked).toEqual([]);
	});

	it.each(["invalid-input-response", "timeout-or-duplicate", "missing-input-response"])(
		"refuses an answer of which Turnstile says %s",
		async (code) => {
			turnstile(() => no(code));
			expectProblem(await become({ turnstileToken: "forged" }), 403, "challenge-failed");
		},
	);

	it.each<[string, () => Response | Promise<Response>]>([
		["it cannot be reached", () => Promise.reject(new TypeError("fetch failed"))],
		["it answers with a page", () => new Response("<html>", { status: 502 })],
		["it has trouble of its own", () => no("internal-error")],
		["our secret is wrong", () => no("invalid-input-secret")],
		["it says neither yes nor no", () => Response.json({ success: "true" })],
	])("lets nobody in while Turnstile does not say: %s", async (_, answer) => {
		turnstile(answer);
		const refused = await become({ turnstileToken: "solved" });
		expectProblem(refused, 503, "temporarily-unavailable");
		expect(refused.headers.get("retry-after")).not.toBeNull();
		expect(JSON.stringify(refused.body)).not.toContain(SECRET);
	});

	it("bounds the answer before Turnstile is asked", async () => {
		const asked = turnstile(yes);
		for (const turnstileToken of ["", "x".repeat(2_049), 7])
			expectProblem(await become({ turnstileToken }), 400, "invalid-request");
		expect(asked).toEqual([]);
	});
});

describe("POST /v1/shoppers where it is not", () => {
	it("needs no challenge and no body, and asks nobody", async () => {
		const asked = turnstile(yes);
		for (const json of [undefined, {}, { turnstileToken: "of another shop" }])
			expect(await become(json, { TURNSTILE_SECRET_KEY: "" })).toMatchObject({ status: 201 });
		expect(asked).toEqual([]);
	});
});
