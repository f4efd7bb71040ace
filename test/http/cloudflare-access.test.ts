/** Merchants who sign in with Cloudflare Access: valid tokens, every way in which one may be invalid, and no keys. */
import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { accessIdentity, accessIsConfigured } from "../../src/http/middleware/cloudflare-access.ts";
import { useStoppedClock } from "../support/clock.ts";
import { ADMIN, callWith, expectProblem, ORIGIN } from "../support/http.ts";
import { asMerchant, newProduct } from "../support/merchant.ts";
import { newShopper } from "../support/shopper.ts";

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
		expect(await accessIdentity(SETTINGS, await token(), NOW, keys)).toBe("merchant@example.com");
	});

	it.each([
		["another team", { issuer: "https://b-team.cloudflareaccess.com" }],
		["another application", { audience: "other" }],
		["the past", { expiresAtMs: NOW - 60_000 }],
	])("is not valid when it is of %s", async (_, change) => {
		expect(await accessIdentity(SETTINGS, await token(change), NOW, keys)).toBeNull();
	});

	it("is not valid when somebody else signed it", async () => {
		expect(await accessIdentity(SETTINGS, await token({ by: stranger }), NOW, keys)).toBeNull();
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

	/** Serves the team's keys. Each test has a team of its own: an isolate keeps the keys that it got. */
	function access({ team: url }: { team: string }) {
		vi.stubGlobal("fetch", async () => {
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

	it("is the only one who gets in where the admin token is too short", async () => {
		const { sweep, settings } = access({ team: "https://f-team.cloudflareaccess.com" });
		const vars = { ADMIN_TOKEN: "short" };
		expect(await sweep({ origin: ORIGIN }, vars)).toMatchObject({ status: 200 });
		const withToken = callWith({ ...settings, ...vars }, "GET", "/admin/v1/orders", { token: "short" });
		expectProblem(await withToken, 401, "unauthorized");
	});
});

describe("the journal", () => {
	it("says who of the merchant's people did it, and names nobody for what others did", async () => {
		vi.stubGlobal("fetch", async () =>
			Response.json({ keys: [{ ...(await exportJWK(team.publicKey)), alg: "RS256", kid: "1" }] }),
		);
		onTestFinished(() => void vi.unstubAllGlobals());
		vi.useFakeTimers({ toFake: ["Date"], now: NOW });
		onTestFinished(() => void vi.useRealTimers());
		const url = "https://g-team.cloudflareaccess.com";
		const sku = await newProduct({ units: 1 });
		const shopper = await newShopper();
		await shopper.reserve(sku, 1);
		const asPerson = async (path: string, json?: object) =>
			callWith({ ...SETTINGS, ACCESS_TEAM_URL: url }, "POST", `/admin/v1/products/${sku}${path}`, {
				headers: {
					"cf-access-jwt-assertion": await token({ issuer: url }),
					"idempotency-key": path,
					"content-type": "application/json",
				},
				...(json && { json }),
			});
		expect(await asPerson("/restock", { quantity: 2 })).toMatchObject({ status: 200 });
		expect(await asPerson("/adjust", { delta: -1, reason: "broken" })).toMatchObject({ status: 200 });
		const { body: held } = await shopper.reservation(sku);
		expect(await asPerson(`/reservations/${held.id}/release`)).toMatchObject({ status: 200 });
		const { body } = await asMerchant<{ entries: { kind: string; actor: string | null }[] }>(
			"GET",
			`/products/${sku}/journal`,
		);
		expect(body.entries.map(({ kind, actor }) => [kind, actor])).toEqual([
			["received", "admin"],
			["held", null],
			["received", "merchant@example.com"],
			["adjusted", "merchant@example.com"],
			["released", "merchant@example.com"],
		]);
	});
});

describe("a key set that cannot be fetched", () => {
	afterEach(() => vi.unstubAllGlobals());

	/** Each kind of failure has a team of its own, since the keys of the last team are kept. */
	const FAILURES: [string, () => Promise<Response>][] = [
		["the network fails", () => Promise.reject(new TypeError("fetch failed"))],
		["it answers 500", async () => new Response("down", { status: 500 })],
		["it answers with a page", async () => new Response("<html>", { status: 200 })],
		["it answers with no key set", async () => Response.json({ keys: "none" })],
	];

	async function ask(name: string, fetch: () => Promise<Response>, authorization: string, adminToken?: string) {
		vi.stubGlobal("fetch", fetch);
		const ACCESS_TEAM_URL = `https://${name.replaceAll(" ", "-")}.cloudflareaccess.com`;
		const settings = { ...SETTINGS, ACCESS_TEAM_URL, ADMIN_TOKEN: adminToken };
		const headers = { authorization, "cf-access-jwt-assertion": await token({ issuer: ACCESS_TEAM_URL }) };
		return callWith(settings, "GET", "/admin/v1/orders", { headers });
	}

	it.each(FAILURES)("lets in who has the admin token too: %s", async (name, fetch) => {
		expect(await ask(`in ${name}`, fetch, `Bearer ${ADMIN}`, ADMIN)).toMatchObject({ status: 200 });
	});

	it.each(FAILURES)("asks everybody else to come again, and lets nobody in: %s", async (name, fetch) => {
		expectProblem(await ask(`a ${name}`, fetch, "Bearer wrong", ADMIN), 503, "temporarily-unavailable");
		expectProblem(await ask(`b ${name}`, fetch, "", ADMIN), 503, "temporarily-unavailable");
		expectProblem(await ask(`c ${name}`, fetch, `Bearer ${ADMIN}`), 503, "temporarily-unavailable");
	});
});
