/** Merchants who sign in with Cloudflare Access: valid tokens, and every way in which one may be invalid. */
import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { accessIsConfigured, isAccessToken } from "../../src/http/middleware/cloudflare-access.ts";

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
