/** Merchants who sign in with Cloudflare Access: valid tokens, and every way in which one may be invalid. */
import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { accessIsConfigured, isAccessToken } from "../../src/http/middleware/cloudflare-access.ts";
import { useStoppedClock } from "../support/clock.ts";
import { ADMIN, callWith, expectProblem, ORIGIN } from "../support/http.ts";

const TEAM = "https://a-team.cloudflareaccess.com";
const SETTINGS = { ACCESS_TEAM_URL: TEAM, ACCESS_AUDIENCE: "aud-of-the-app" };
const NOW = Date.UTC(2026, 11, 12);

type Pair = Awaited<ReturnType<typeof generateKeyPair>>;
let team: Pair;
let stranger: Pair;
let keys: ReturnType<typeof createLocalJWKSet>;

beforeAll(async () => {
	[team, stranger] = await Promise.all([generateKeyPair("RS256"), generateKeyPair("RS256")]);
	keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(team.publicKey)), alg: "RS256", kid: "1" }] });
});

function token(change: { issuer?: string; audience?: string; expiresAtMs?: number; by?: Pair } = {}): Promise<string> {
	return new SignJWT({ email: "merchant@example.com" })
		.setProtectedHeader({ alg: "RS256", kid: "1" })
		.setIssuer(change.issuer ?? TEAM)
		.setAudience(change.audience ?? SETTINGS.ACCESS_AUDIENCE)
		.setExpirationTime(Math.floor((change.expiresAtMs ?? NOW + 60_000) / 1000))
		.sign((change.by ?? team).privateKey);
}

describe("a token of Cloudflare Access", () => {
	it("is valid when the team signed it for this application", async () => {
		expect(await isAccessToken(SETTINGS, await token(), NOW, keys)).toBe(true);
	});

	it.each([
		["another team", { issuer: "https://b-team.cloudflareaccess.com" }],
		["another application", { audience: "other" }],
		["the past", { expiresAtMs: NOW - 60_000 }],
	])("is not valid when it is of %s", async (_, change) => {
		expect(await isAccessToken(SETTINGS, await token(change), NOW, keys)).toBe(false);
	});

	it("is not valid when somebody else signed it", async () => {
		expect(await isAccessToken(SETTINGS, await token({ by: stranger }), NOW, keys)).toBe(false);
	});

	it("is not read without both settings", () => {
		expect(accessIsConfigured(SETTINGS)).toBe(true);
		expect(accessIsConfigured({ ...SETTINGS, ACCESS_AUDIENCE: "" })).toBe(false);
		expect(accessIsConfigured({ ...SETTINGS, ACCESS_TEAM_URL: "" })).toBe(false);
	});
});

describe("a merchant behind Cloudflare Access", () => {
	useStoppedClock(NOW);
	afterEach(() => vi.unstubAllGlobals());

	/** Serves the team's keys, or nothing. Each test has a team of its own: an isolate keeps the keys that it got. */
	function access({ team: url, isReachable = true }: { team: string; isReachable?: boolean }) {
		vi.stubGlobal("fetch", async () => {
			if (!isReachable) throw new TypeError("the network is down");
			return Response.json({ keys: [{ ...(await exportJWK(team.publicKey)), alg: "RS256", kid: "1" }] });
		});
		const settings = { ...SETTINGS, ACCESS_TEAM_URL: url };
		const sweep = async (headers: Record<string, string>, vars: Record<string, string> = {}) =>
			callWith({ ...settings, ...vars }, "POST", "/admin/v1/sweep", {
				headers: { "cf-access-jwt-assertion": await token({ issuer: url }), ...headers },
			});
		return { sweep, settings };
	}

	it("posts without a body from a page of ours or as JSON, and no other site posts with their cookie", async () => {
		const { sweep } = access({ team: "https://c-team.cloudflareaccess.com" });
		expectProblem(await sweep({}), 415, "unsupported-media-type");
		expectProblem(await sweep({ origin: "https://evil.example" }), 415, "unsupported-media-type");
		expectProblem(await sweep({ origin: "null" }), 415, "unsupported-media-type");
		expectProblem(await sweep({ "content-type": "text/plain" }), 415, "unsupported-media-type");
		expect(await sweep({ origin: ORIGIN })).toMatchObject({ status: 200 });
		expect(await sweep({ "content-type": "application/json" })).toMatchObject({ status: 200 });
	});

	it("needs no Origin and no content type with the admin token, which no other site can send", async () => {
		const { settings } = access({ team: "https://d-team.cloudflareaccess.com" });
		expect(await callWith(settings, "POST", "/admin/v1/sweep", { token: ADMIN })).toMatchObject({ status: 200 });
	});

	it("gets in by the admin token while the team's keys cannot be read, and 503 without it", async () => {
		const { sweep } = access({ team: "https://e-team.cloudflareaccess.com", isReachable: false });
		expect(await sweep({ authorization: `Bearer ${ADMIN}` })).toMatchObject({ status: 200 });
		expectProblem(await sweep({}), 503, "temporarily-unavailable");
	});

	it("is the only one who gets in where the admin token is too short", async () => {
		const { sweep, settings } = access({ team: "https://f-team.cloudflareaccess.com" });
		const vars = { ADMIN_TOKEN: "short" };
		expect(await sweep({ origin: ORIGIN }, vars)).toMatchObject({ status: 200 });
		const withToken = callWith({ ...settings, ...vars }, "GET", "/admin/v1/orders", { token: "short" });
		expectProblem(await withToken, 401, "unauthorized");
	});
});
