/**
 * A merchant known by Cloudflare Access instead of by the admin token: whoever got past the policy that stands before
 * `/admin` brings a token signed by the team's own keys.
 * https://developers.cloudflare.com/cloudflare-one/access-controls/applications/http-apps/authorization-cookie/validating-json/
 *
 * What it keeps true: both the team and the application must be the configured ones, and without both settings no such
 * token is looked at.
 */
import { createRemoteJWKSet, errors, type JWTVerifyGetKey, jwtVerify } from "jose";

export const ACCESS_HEADER = "cf-access-jwt-assertion";

export interface AccessSettings {
	/** `https://<team>.cloudflareaccess.com`, or empty. */
	readonly ACCESS_TEAM_URL: string;
	/** The application's audience tag, or empty. */
	readonly ACCESS_AUDIENCE: string;
}

export const accessIsConfigured = (settings: AccessSettings): boolean =>
	settings.ACCESS_TEAM_URL !== "" && settings.ACCESS_AUDIENCE !== "";

/** The team's keys, fetched when first needed and again when they are rotated; kept for the life of the isolate. */
let teamKeys: { readonly url: string; readonly keys: JWTVerifyGetKey } | null = null;

function keysOf(teamUrl: string): JWTVerifyGetKey {
	const url = `${teamUrl}/cdn-cgi/access/certs`;
	if (teamKeys?.url !== url) teamKeys = { url, keys: createRemoteJWKSet(new URL(url)) };
	return teamKeys.keys;
}

/** @param keys in place of the team's published ones; tests bring their own */
export async function isAccessToken(
	settings: AccessSettings,
	token: string,
	nowMs: number,
	keys: JWTVerifyGetKey = keysOf(settings.ACCESS_TEAM_URL),
): Promise<boolean> {
	try {
		await jwtVerify(token, keys, {
			algorithms: ["RS256"],
			issuer: settings.ACCESS_TEAM_URL,
			audience: settings.ACCESS_AUDIENCE,
			requiredClaims: ["exp"],
			currentDate: new Date(nowMs),
		});
		return true;
	} catch (fault) {
		if (fault instanceof errors.JOSEError) return false;
		throw fault;
	}
}
